//! Promises as JUnit XML, which build servers show as tests.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Promises;
use crate::stats::Outcome;

/// A suite for each scenario, a case for each promise. What is undecided is skipped, or failed when
/// that is not allowed.
pub fn junit(checked: &[Promises], is_strict: bool) -> String {
    let mut report = Report::new("hubmesh check");
    for promises in checked {
        let mut suite = TestSuite::new(promises.scenario.as_str());
        for promise in &promises.all {
            let status = match promise.outcome {
                Outcome::Pass => TestCaseStatus::success(),
                Outcome::Undecided(_) if !is_strict => TestCaseStatus::skipped(),
                Outcome::Fail | Outcome::Undecided(_) => {
                    TestCaseStatus::non_success(NonSuccessKind::Failure)
                }
            };
            let mut case = TestCase::new(promise.claim.as_str(), status);
            case.set_classname(promises.scenario.as_str());
            if promise.outcome == Outcome::Pass {
                case.set_system_out(promise.finding.as_str());
            } else {
                case.status.set_message(promise.finding.as_str());
            }
            if let Some(line) = promise.line {
                case.extra.insert("file".into(), promises.scenario.as_str().into());
                case.extra.insert("line".into(), line.to_string().into());
            }
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    // Writing into memory does not fail.
    report.to_string().unwrap_or_default()
}
