//! The text of a scenario with the overrides of the command line, as one tree with places.

use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::{Problem, Problems, nearest};

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
                Ok(table) => {
                    let key = line.split(" = ").next().unwrap_or_default();
                    put(tree.get_mut(), table.into_inner(), start, key_length(key));
                }
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

    /// Overrides that make a table beside one of nearly the same name: a likely slip, worth a word
    /// when something is wrong.
    pub fn new_tables(&self) -> Vec<Problem> {
        let length = self.sources[0].1.len();
        let (tree, _) = DeTable::parse_recoverable(&self.whole[..length]);
        let mut start = length + 1;
        let mut found = Vec::new();
        for (_, line) in &self.sources[1..] {
            let mut table = tree.get_ref();
            let mut path = Vec::new();
            let key = line.split(" = ").next().unwrap_or_default();
            for name in key.split('.').take(key_length(key) - 1) {
                path.push(name);
                match table.get(name).map(Spanned::get_ref) {
                    Some(DeValue::Table(inner)) => table = inner,
                    Some(_) => break,
                    None => {
                        let near = nearest(name, table.keys().map(|key| key.get_ref().as_ref()));
                        found.extend(near.map(|near| {
                            let message =
                                format!("the scenario has no `{}`; this adds it", path.join("."));
                            Problem::new(start..start + key.len(), message, "not in the file")
                                .with_help(format!("did you mean `{near}`?"))
                        }));
                        break;
                    }
                }
            }
            start += line.len() + 1;
        }
        found
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

/// How many names a dotted key has.
fn key_length(key: &str) -> usize {
    let assignment = format!("{key} = 0");
    let Ok(tree) = DeTable::parse(&assignment) else {
        return 1;
    };
    let mut length = 1;
    let mut table = tree.get_ref();
    while let Some(DeValue::Table(inner)) = table.values().next().map(Spanned::get_ref) {
        length += 1;
        table = inner;
    }
    length
}

/// Puts the only value of `from`, below a key of `length` names, into `into`; what was there
/// before is replaced whole.
fn put<'i>(into: &mut DeTable<'i>, from: DeTable<'i>, offset: usize, length: usize) {
    for (key, value) in from {
        let present = into.get_mut(key.get_ref().as_ref());
        match (present.map(|present| (present.get_mut(), length)), value) {
            (Some((DeValue::Table(table), 2..)), value) => {
                if let DeValue::Table(inner) = value.into_inner() {
                    put(table, inner, offset, length - 1);
                }
            }
            (_, value) => {
                let place = Spanned::new(moved(key.span(), offset), key.into_inner());
                let value = shifted(value, offset);
                match into.get_mut(place.get_ref().as_ref()) {
                    Some(present) => *present = value,
                    None => {
                        into.insert(place, value);
                    }
                }
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
