//! No request is lost in silence: in every scenario that is shipped and under every architecture, what is
//! issued is answered, has failed for a reason, or is open at the end. Read from the tables that users get.

use std::path::{Path, PathBuf};
use std::process::Command;

use hubmesh::metrics::FailureReason;

#[test]
fn every_request_of_every_shipped_scenario_is_accounted_for() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = std::fs::read_dir(&folder).expect("scenarios are shipped");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    paths.sort();
    assert!(paths.len() > 20, "{paths:?}");
    let results = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conservation");
    for path in paths {
        let _ = std::fs::remove_dir_all(&results);
        let run = Command::new(env!("CARGO_BIN_EXE_hubmesh"))
            .args(["run", "--replications", "1", "--no-charts", "--quiet", "--out"])
            .args([&results, &path])
            .output()
            .expect("it can be run");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stderr));
        check(&name, &results.join("replications.csv"));
    }
    let _ = std::fs::remove_dir_all(&results);
}

/// That the rows of `table` account for all requests.
fn check(name: &str, table: &Path) {
    let mut reader = csv::Reader::from_path(table).expect("every run writes this table");
    let headings = reader.headers().expect("it has headings").clone();
    let column = |name: &str| headings.iter().position(|heading| heading == name);
    let reasons: Vec<usize> =
        (0..headings.len()).filter(|&column| headings[column].starts_with("failed.")).collect();
    assert_eq!(reasons.len(), FailureReason::ALL.len());
    let [issued, answered, open] =
        ["issued", "answered", "open"].map(|name| column(name).expect("it is a metric"));
    let mut sum = 0;
    for record in reader.records() {
        let record = record.expect("it is a table");
        let count = |column: usize| -> u64 { record[column].parse().expect("it is a count") };
        let failed: u64 = reasons.iter().map(|&column| count(column)).sum();
        let row = format!("{name}: {} of {}", &record[1], &record[0]);
        assert_eq!(count(issued), count(answered) + failed + count(open), "{row}");
        sum += count(issued);
    }
    assert!(sum > 0, "{name}: nothing is asked for");
}
