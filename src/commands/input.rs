//! Reads scenarios and other texts that the command line names.

use std::io::{self, Read};
use std::path::Path;

use hubmesh::scenario::{Scenario, ScenarioError, did_you_mean};

use super::{FAILED, Failure, INVALID_SCENARIO, USAGE};

/// The text of a scenario, and what it says with these `key=value` in force.
pub fn read_scenario(
    path: &Path,
    overrides: &[String],
    styled: bool,
) -> Result<(String, Scenario), Failure> {
    let text = read_text(path)?;
    let scenario = parse_scenario(path, &text, overrides, styled)?;
    Ok((text, scenario))
}

/// More than this is no scenario and no topology, but a device without an end.
const MOST_BYTES: u64 = 1 << 30;

/// As a tree it takes some fifty times more.
const LONGEST_SCENARIO: usize = 64 << 20;

/// The text of a file, or of standard input for `-`.
pub fn read_text(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().take(MOST_BYTES + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
    };
    if bytes.len() as u64 > MOST_BYTES {
        let message = format!("cannot read {}: it has more than 1 GiB", path.display());
        return Err(Failure::new(FAILED, message));
    }
    read.map_err(|error| {
        let near = did_you_mean(path, &error);
        Failure::new(FAILED, format!("cannot read {}: {error}{near}", path.display()))
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..place].iter().filter(|&&byte| byte == b'\n').count() + 1;
        Failure::new(INVALID_SCENARIO, format!("{}:{line}: this is not UTF-8 text", path.display()))
    })
}

pub fn parse_scenario(
    path: &Path,
    text: &str,
    overrides: &[String],
    styled: bool,
) -> Result<Scenario, Failure> {
    if text.len() > LONGEST_SCENARIO {
        let message = format!("{} has more than 64 MiB; is it a scenario?", path.display());
        return Err(Failure::new(INVALID_SCENARIO, message));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    Scenario::parse(&path.to_string_lossy(), text, folder, overrides)
        .map_err(|error| refusal(error, &path.to_string_lossy(), styled))
}

/// What is wrong with the scenario of this name, as it is shown.
pub fn refusal(error: ScenarioError, name: &str, styled: bool) -> Failure {
    match error {
        ScenarioError::Override(message) => Failure::new(USAGE, message),
        ScenarioError::Invalid(problems) => {
            let count = problems.problems.len();
            let plural = if count == 1 { "" } else { "s" };
            let message =
                format!("{}error: {count} problem{plural} in {name}", problems.rendered(styled));
            Failure(INVALID_SCENARIO, message)
        }
    }
}
