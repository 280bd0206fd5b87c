//! Promises as Markdown, for the summary of a build.

use super::{Promises, word};

/// A table for each scenario.
pub fn markdown(checked: &[Promises]) -> String {
    let mut text = String::new();
    for promises in checked {
        let (title, scenario) = (escaped(&promises.title), &promises.scenario);
        text.push_str(&format!("### {title}\n\n`{scenario}`: {}\n\n", promises.counts()));
        text.push_str("| | promise | found |\n| --- | --- | --- |\n");
        for promise in &promises.all {
            text.push_str(&format!(
                "| {} | {} | {} |\n",
                word(promise.outcome),
                escaped(&promise.claim),
                escaped(&promise.finding)
            ));
        }
        text.push('\n');
    }
    text
}

/// What would be a mark, a tag or the end of a cell is taken as it stands.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_[]<>|#".contains(c) {
            escaped.push('\\');
        }
        escaped.push(if c.is_control() { ' ' } else { c });
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::Promise;
    use super::*;
    use crate::stats::Outcome;

    #[test]
    fn a_cell_does_not_end_early() {
        let promise = Promise {
            claim: "a_b: hops below 3".to_owned(),
            finding: "2 | 4".to_owned(),
            outcome: Outcome::Pass,
            line: None,
        };
        let promises =
            Promises { scenario: "s.toml".into(), title: "a <b>".into(), all: vec![promise] };
        let text = markdown(&[promises]);
        assert!(text.starts_with("### a \\<b\\>\n\n`s.toml`: 1 pass\n"), "{text}");
        assert!(text.contains("| pass | a\\_b: hops below 3 | 2 \\| 4 |\n"), "{text}");
    }
}
