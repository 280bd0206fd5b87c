//! What is wrong with a scenario, and how it is shown: file, line, column, cause and cure.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Bytes of the text that it is about.
    pub span: Range<usize>,
    /// What is wrong, in a sentence that names the value.
    pub message: String,
    /// What is expected at that place.
    pub label: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl Problem {
    pub fn new(
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Problem {
        Problem { span, message: message.into(), label: label.into(), help: None }
    }

    pub fn with_help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
}

/// Nobody reads more than this at a time.
pub const MOST_SHOWN: usize = 30;

/// Everything that is wrong with a scenario, and the text that it is wrong in.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.plain())]
pub struct Problems {
    /// Name and text of the scenario and of each override of a key, in the order of the spans.
    pub(super) sources: Vec<(String, String)>,
    pub problems: Vec<Problem>,
}

impl Problems {
    /// `file:line:column: message` for each problem.
    pub fn plain(&self) -> String {
        let mut lines: Vec<String> = self
            .problems
            .iter()
            .take(MOST_SHOWN)
            .map(|problem| {
                let (name, text, span) = self.place(&problem.span);
                let before = &text[..span.start];
                let line = before.matches('\n').count() + 1;
                let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
                format!("{name}:{line}:{column}: {}", problem.message)
            })
            .collect();
        lines.extend(self.not_shown());
        lines.join("\n")
    }

    /// As a compiler shows its errors, with the lines in question.
    pub fn rendered(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let mut output = String::new();
        for problem in self.problems.iter().take(MOST_SHOWN) {
            let (name, text, span) = self.place(&problem.span);
            let annotation = AnnotationKind::Primary.span(span).label(&problem.label);
            let snippet = Snippet::source(text).path(name).annotation(annotation);
            let mut group = Level::ERROR.primary_title(&problem.message).element(snippet);
            if let Some(help) = &problem.help {
                group = group.element(Level::HELP.message(help));
            }
            output.push_str(&renderer.render(&[group]));
            output.push_str("\n\n");
        }
        output.extend(self.not_shown().map(|line| line + "\n\n"));
        output
    }

    fn not_shown(&self) -> Option<String> {
        let more = self.problems.len().checked_sub(MOST_SHOWN).filter(|&more| more > 0)?;
        Some(format!("... and {more} more like these"))
    }

    /// The source that a span lies in, and the span inside of it, on character boundaries.
    fn place(&self, span: &Range<usize>) -> (&str, &str, Range<usize>) {
        let mut start = 0;
        for (index, (name, text)) in self.sources.iter().enumerate() {
            let end = start + text.len();
            if span.start <= end || index + 1 == self.sources.len() {
                let inside = |at: usize| {
                    let mut at = at.saturating_sub(start).min(text.len());
                    while !text.is_char_boundary(at) {
                        at -= 1;
                    }
                    at
                };
                return (name, text, inside(span.start)..inside(span.end.max(span.start)));
            }
            // One line feed stands between two sources.
            start = end + 1;
        }
        ("scenario", "", 0..0)
    }
}

/// Names longer than this are compared with nothing: the time goes with the product of lengths.
const LONGEST_COMPARED: usize = 200;

/// The candidate that was probably meant, if one is near.
///
/// Cost: a comparison with each candidate of about the same length.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    if word.len() > LONGEST_COMPARED {
        return None;
    }
    let word = word.to_lowercase();
    let length = word.chars().count();
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST_COMPARED)
        .filter_map(|candidate| {
            let other = candidate.chars().count();
            let most = 1 + other / 3;
            if length.abs_diff(other) > most {
                return None;
            }
            let distance = strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
            // Of short names that differ in most of their letters none is a slip for the other.
            let is_near = length.min(other) >= 3 || 2 * distance < length.max(other);
            (distance <= most && is_near).then_some((distance, candidate))
        })
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// "a, b or c", each in backticks.
pub fn one_of<'c>(candidates: impl IntoIterator<Item = &'c str>) -> String {
    let quoted: Vec<String> = candidates.into_iter().map(|c| format!("`{c}`")).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let keys = ["count", "up", "down", "latency"];
        assert_eq!(nearest("cuont", keys), Some("count"));
        assert_eq!(nearest("Latency", keys), Some("latency"));
        assert_eq!(nearest("bandwidth", keys), None);
        assert_eq!(nearest("uup", keys), Some("up"));
        assert_eq!(nearest("rnu", ["title", "run"]), Some("run"));
    }

    #[test]
    fn one_letter_is_no_slip_for_another() {
        assert_eq!(nearest("D", ["A", "B", "dd", "DC1"]), None);
        assert_eq!(nearest("D", ["A", "d"]), Some("d"));
        assert_eq!(nearest("s1", ["t1", "s12"]), Some("s12"));
    }

    #[test]
    fn endless_names_are_compared_with_nothing() {
        let endless = "x".repeat(1_000_000);
        assert_eq!(nearest(&endless, [endless.as_str(), "xx"]), None);
    }

    #[test]
    fn a_problem_names_its_line_and_column() {
        let problems = Problems {
            sources: vec![
                ("a.toml".into(), "x = 1\nyé = 2\n".into()),
                ("--set".into(), "z = 3".into()),
            ],
            problems: vec![Problem::new(12..13, "no", ""), Problem::new(15..16, "nor this", "")],
        };
        assert_eq!(problems.plain(), "a.toml:2:6: no\n--set:1:1: nor this");
        assert!(problems.rendered(false).contains("a.toml:2:6"));
    }
}
