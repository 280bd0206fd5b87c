//! The edges of what comes out: the result folder, its CSV files and charts, and the terminal.

mod bottlenecks;
mod charts;
mod folder;
mod numbers;
mod tables;
mod terminal;
mod timeline;

pub use charts::{ChartError, draw_charts};
pub use folder::{FolderError, FolderSettings, check_folder, write_folder};
pub use tables::{
    write_comparison, write_links, write_nodes, write_replications, write_requests, write_summary,
    write_timeline,
};
pub use terminal::terminal_summary;
pub use timeline::{Bin, timeline};
