//! The text of a scenario with the overrides of the command line, as one tree with places.

use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::{Problem, Problems};

/// The scenario's text and, behind it, a line for each override.
///
/// A place is a range of bytes of the whole, so an error in an override has a place as well.
#[derive(Debug)]
pub struct Source {
    sources: Vec<(String, String)>,
    whole: String,
}

impl Source {
    /// `name`: of the file, for messages. `overrides`: `key=value`, as after `--set`.
    ///
    /// # Errors
    /// When an override has no `=`.
    pub fn new(name: &str, text: &str, overrides: &[String]) -> Result<Source, String> {
        let mut sources = vec![(name.to_owned(), text.to_owned())];
        let mut whole = text.to_owned();
        for assignment in overrides {
            let (key, value) = assignment.split_once('=').ok_or_else(|| {
                format!("--set {assignment}: a key and its value are written as key=value")
            })?;
            let (key, value) = (key.trim(), value.trim());
            // What is no TOML value is text without its quotes: up=3 Mbit/s.
            let value = match DeValue::parse(value) {
                Ok(_) if !value.contains('\n') => value.to_owned(),
                _ => format!("{value:?}"),
            };
            let line = format!("{key} = {value}");
            whole.push('\n');
            whole.push_str(&line);
            sources.push(("--set".to_owned(), line));
        }
        Ok(Source { sources, whole })
    }

    /// The tree of all that is written, overrides in the place of what they override.
    pub fn tree(&self) -> Result<Spanned<DeTable<'_>>, Problems> {
        let length = self.sources[0].1.len();
        let (mut tree, errors) = DeTable::parse_recoverable(&self.whole[..length]);
        let mut problems: Vec<Problem> = errors.iter().map(syntax_problem).collect();
        let mut start = length + 1;
        for (_, line) in &self.sources[1..] {
            match DeTable::parse(&self.whole[start..start + line.len()]) {
                Ok(table) => merge(tree.get_mut(), table.into_inner(), start),
                Err(error) => {
                    let mut problem = syntax_problem(&error);
                    problem.span = problem.span.start + start..problem.span.end + start;
                    problems.push(problem);
                }
            }
            start += line.len() + 1;
        }
        if problems.is_empty() { Ok(tree) } else { Err(self.problems(problems)) }
    }

    pub fn problems(&self, mut problems: Vec<Problem>) -> Problems {
        problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        problems.dedup();
        Problems { sources: self.sources.clone(), problems }
    }
}

pub fn syntax_problem(error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or(0..0);
    Problem::new(span, error.message().trim().replace('\n', "; "), "here")
}

/// Puts `from` into `into`; tables are merged, anything else is replaced.
fn merge<'i>(into: &mut DeTable<'i>, from: DeTable<'i>, offset: usize) {
    for (key, value) in from {
        let value = shifted(value, offset);
        let name: &str = key.get_ref();
        match into.get_mut(name) {
            Some(present) => match (present.get_mut(), value) {
                (DeValue::Table(present), value)
                    if matches!(value.get_ref(), DeValue::Table(_)) =>
                {
                    if let DeValue::Table(table) = value.into_inner() {
                        merge(present, table, 0);
                    }
                }
                (_, value) => *present = value,
            },
            None => {
                let key = Spanned::new(moved(key.span(), offset), key.into_inner());
                into.insert(key, value);
            }
        }
    }
}

fn moved(span: Range<usize>, offset: usize) -> Range<usize> {
    span.start + offset..span.end + offset
}

fn shifted(value: Spanned<DeValue<'_>>, offset: usize) -> Spanned<DeValue<'_>> {
    let span = moved(value.span(), offset);
    let value = match value.into_inner() {
        DeValue::Table(table) => DeValue::Table(
            table
                .into_iter()
                .map(|(key, value)| {
                    let key = Spanned::new(moved(key.span(), offset), key.into_inner());
                    (key, shifted(value, offset))
                })
                .collect(),
        ),
        DeValue::Array(array) => {
            DeValue::Array(array.into_iter().map(|value| shifted(value, offset)).collect())
        }
        other => other,
    };
    Spanned::new(span, value)
}
