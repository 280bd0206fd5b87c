//! Sites from a matrix of latencies.

use std::path::Path;

use super::super::build::Checks;
use super::super::file::text_of;
use super::super::network_spec::{MatrixKind, MatrixSpec, MatrixUnit};
use super::super::values::Word;
use super::Terrain;
use crate::network::{LatencyMatrix, MatrixOptions, Topology};
use crate::units::Duration;

pub fn terrain(spec: MatrixSpec, folder: &Path, checks: &mut Checks<'_>) -> Option<Terrain> {
    let file = checks.required(spec.file);
    let unit = checks.required(spec.unit);
    let kind = checks.or(spec.kind, Word(MatrixKind::RoundTrip));
    let missing = checks.optional(spec.missing);
    let (span, file) = file?;
    let options = MatrixOptions {
        unit: match unit?.1.0 {
            MatrixUnit::Second => Duration::from_whole_secs(1),
            MatrixUnit::Millisecond => Duration::from_nanos(1_000_000),
            MatrixUnit::Microsecond => Duration::from_nanos(1_000),
        },
        is_round_trip: kind?.0 == MatrixKind::RoundTrip,
        missing: missing?.map(|(_, latency)| latency),
    };
    let text = text_of(&folder.join(&file.0));
    let read = text
        .and_then(|text| LatencyMatrix::parse(&text, &options).map_err(|error| error.to_string()));
    match read {
        Ok(matrix) => {
            if matrix.replaced_count > 0 {
                let replacement = match options.missing {
                    Some(latency) => format!("{latency}"),
                    None => "the median of its row".to_owned(),
                };
                checks.warnings.push(format!(
                    "{}: {} latencies are missing (zero), and each is taken to be {replacement}",
                    file.0, matrix.replaced_count
                ));
            }
            Some(Terrain::with_all_ends(Topology::of_matrix(matrix)))
        }
        Err(error) => {
            checks.problem(span, format!("{}: {error}", file.0), "this matrix");
            None
        }
    }
}
