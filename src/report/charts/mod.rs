//! stand-in until the charts land
use crate::stats::{Study, Summary};
use std::path::{Path, PathBuf};
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    #[error("{0}")]
    Io(#[from] std::io::Error),
}
pub fn draw_charts(_: &Study, _: &Summary, _: &Path) -> Result<Vec<PathBuf>, ChartError> {
    Ok(Vec::new())
}
