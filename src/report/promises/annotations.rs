//! Promises as workflow commands of GitHub Actions, which mark lines of a change.

use super::Promises;
use crate::stats::Outcome;

/// A line for each promise that does not pass. What is undecided is a warning, or an error when that
/// is not allowed.
///
/// Form: <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>.
pub fn github_annotations(checked: &[Promises], is_strict: bool) -> String {
    let mut lines = String::new();
    for promises in checked {
        for promise in &promises.all {
            let (command, title) = match promise.outcome {
                Outcome::Pass => continue,
                Outcome::Fail => ("error", "promise broken"),
                Outcome::Undecided(_) if is_strict => ("error", "promise undecided"),
                Outcome::Undecided(_) => ("warning", "promise undecided"),
            };
            let line = promise.line.map_or(String::new(), |line| format!(",line={line}"));
            let file = property(&promises.scenario);
            let message = data(&format!("{}: {}", promise.claim, promise.finding));
            lines.push_str(&format!("::{command} file={file}{line},title={title}::{message}\n"));
        }
    }
    lines
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::Promise;
    use super::*;

    #[test]
    fn what_has_a_meaning_in_a_command_is_escaped() {
        let promise = |outcome| Promise {
            claim: "a: availability above 99 %".to_owned(),
            finding: "0.5".to_owned(),
            outcome,
            line: Some(7),
        };
        let all = vec![promise(Outcome::Pass), promise(Outcome::Fail)];
        let promises = Promises { scenario: "a,b.toml".into(), title: "t".into(), all };
        assert_eq!(
            github_annotations(&[promises], false),
            "::error file=a%2Cb.toml,line=7,title=promise broken::a: availability above 99 %25: 0.5\n"
        );
    }
}
