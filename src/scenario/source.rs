//! The text of a scenario with the overrides of the command line, as one tree with places.

use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::diagnostics::{Problem, Problems, nearest};
use super::syntax::{self, path_of, quoted};

/// The scenario's text and, behind it, a line for each override.
///
/// A place is a range of bytes of the whole, so an error in an override has a place as well.
#[derive(Debug)]
pub struct Source {
    sources: Vec<(String, String)>,
    whole: String,
    overrides: Vec<Override>,
}

/// A line `key = value`.
#[derive(Debug)]
struct Override {
    /// Where its line begins in the whole.
    start: usize,
    /// Bytes.
    key_length: usize,
    /// The names of its key, at least one.
    path: Vec<String>,
}

impl Source {
    /// `name`: of the file, for messages. `overrides`: `key=value`, as after `--set`.
    ///
    /// # Errors
    /// When an override is not of this form.
    pub fn new(name: &str, text: &str, overrides: &[String]) -> Result<Source, String> {
        let mut source = Source {
            sources: vec![(name.to_owned(), text.to_owned())],
            whole: text.to_owned(),
            overrides: Vec::new(),
        };
        for assignment in overrides {
            let (key, value) = assignment.split_once('=').ok_or_else(|| {
                format!("--set {assignment}: a key and its value are written as key=value")
            })?;
            let (key, value) = (key.trim(), value.trim());
            let path = path_of(key).ok_or_else(|| {
                format!("--set {assignment}: {key:?} is no key; write names joined by dots, as in run.replications=3")
            })?;
            // What is no TOML value is text without its quotes: up=3 Mbit/s. What begins like a
            // list, a table or a text was meant as one.
            let is_meant = value.starts_with(['[', '{', '"', '\'']);
            let value = match DeValue::parse(value) {
                Err(_) if !is_meant => quoted(value),
                _ => value.to_owned(),
            };
            let line = format!("{key} = {value}");
            source.whole.push('\n');
            let start = source.whole.len();
            source.whole.push_str(&line);
            source.overrides.push(Override { start, key_length: key.len(), path });
            source.sources.push(("--set".to_owned(), line));
        }
        Ok(source)
    }

    /// The tree of all that is written, overrides in the place of what they override.
    pub fn tree(&self) -> Result<Spanned<DeTable<'_>>, Problems> {
        let text = &self.whole[..self.sources[0].1.len()];
        let (mut tree, errors) = DeTable::parse_recoverable(text);
        let mut problems = syntax::problems_of(text, tree.get_ref(), &errors);
        for (assignment, (_, line)) in self.overrides.iter().zip(&self.sources[1..]) {
            let start = assignment.start;
            let (table, errors) =
                DeTable::parse_recoverable(&self.whole[start..start + line.len()]);
            if errors.is_empty() {
                problems.extend(put(
                    tree.get_mut(),
                    table.into_inner(),
                    start,
                    assignment.path.len(),
                ));
                give_way(tree.get_mut(), &assignment.path);
                continue;
            }
            let found = syntax::problems_of(line, table.get_ref(), &errors);
            problems.extend(found.into_iter().map(|problem| {
                let span = moved(problem.span.clone(), start);
                Problem { span, ..problem }
            }));
        }
        if problems.is_empty() { Ok(tree) } else { Err(self.problems(problems)) }
    }

    /// Together with the overrides that make a table of their own, which then lacks something, or is
    /// beside one of nearly the same name: a likely slip, in the place of what is wrong with that table.
    /// What tables a scenario has is known: of these the problem itself says what is wrong.
    pub fn with_new_tables(&self, mut problems: Vec<Problem>) -> Vec<Problem> {
        let length = self.sources[0].1.len();
        let (tree, _) = DeTable::parse_recoverable(&self.whole[..length]);
        for assignment in &self.overrides {
            let Some((path, beside)) = assignment.new_table(tree.get_ref()) else { continue };
            let span = assignment.start..assignment.start + assignment.key_length;
            let is_within = |problem: &Problem| {
                span.start <= problem.span.start && problem.span.end <= span.end
            };
            let Some((_, name)) = path.rsplit_once('.') else { continue };
            let help = match nearest(name, beside.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if !problems.iter().any(is_within) => continue,
                None => format!("there is {}", beside.join(", ")),
            };
            let message = format!("the scenario has no `{path}`, and this alone does not make one");
            problems.retain(|problem| !is_within(problem));
            problems.push(Problem::new(span, message, "not in the file").with_help(help));
        }
        problems
    }

    /// The line of the file in which the byte at `place` stands, from 1; `None` when it is of an override.
    pub fn line_of(&self, place: usize) -> Option<usize> {
        let before = self.sources[0].1.get(..place)?;
        Some(before.matches('\n').count() + 1)
    }

    pub fn problems(&self, mut problems: Vec<Problem>) -> Problems {
        problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        problems.dedup();
        Problems { sources: self.sources.clone(), problems }
    }
}

impl Override {
    /// The first table on its path that `tree` has not, and those beside it; `None` without any of
    /// these.
    fn new_table<'t>(&self, tree: &'t DeTable<'_>) -> Option<(String, Vec<&'t str>)> {
        let mut table = tree;
        for (index, name) in self.path[..self.path.len() - 1].iter().enumerate() {
            match table.get(name.as_str()).map(Spanned::get_ref) {
                Some(DeValue::Table(inner)) => table = inner,
                Some(_) => return None,
                None => {
                    let beside: Vec<&str> =
                        table.keys().map(|key| key.get_ref().as_ref()).collect();
                    return Some((self.path[..=index].join("."), beside))
                        .filter(|(_, b)| !b.is_empty());
                }
            }
        }
        None
    }
}

/// Of the two ways to say when a run ends, the one that is set takes the place of the other.
fn give_way(tree: &mut DeTable<'_>, path: &[String]) {
    let other = match path {
        [run, key] if run == "run" && key == "duration" => "until",
        [run, key] if run == "run" && key == "until" => "duration",
        _ => return,
    };
    if let Some(DeValue::Table(run)) = tree.get_mut("run").map(Spanned::get_mut) {
        run.remove(other);
    }
}

/// Puts the only value of `from`, below a key of `length` names, into `into`; what was there
/// before is replaced whole. A number is the name of an entry of a list, 1 of the first.
fn put<'i>(
    into: &mut DeTable<'i>,
    from: DeTable<'i>,
    offset: usize,
    length: usize,
) -> Option<Problem> {
    let (key, value) = from.into_iter().next()?;
    if let Some(present) = into.get_mut(key.get_ref().as_ref()) {
        return put_over(present, value, offset, length - 1);
    }
    let place = Spanned::new(moved(key.span(), offset), key.into_inner());
    into.insert(place, shifted(value, offset));
    None
}

/// The same for the entry of a list that the only key of `from` names.
fn put_into_list<'i>(
    list: &mut DeArray<'i>,
    from: DeTable<'i>,
    offset: usize,
    length: usize,
) -> Option<Problem> {
    let (key, value) = from.into_iter().next()?;
    let count = list.len();
    // "02" and "+2" are no names of the second.
    let number = key.get_ref().parse::<usize>().ok();
    let number = number.filter(|number| number.to_string() == **key.get_ref());
    let place = number.and_then(|number| number.checked_sub(1));
    if let Some(entry) = place.and_then(|place| list.get_mut(place)) {
        return put_over(entry, value, offset, length - 1);
    }
    let message = format!("{:?} is no entry of this list", key.get_ref());
    let label = match count {
        0 => "it has none".to_owned(),
        1 => "expected 1, its only entry".to_owned(),
        _ => format!("expected a number from 1 to {count}"),
    };
    Some(Problem::new(moved(key.span(), offset), message, label))
}

/// Puts what is below `length` further names into or over what is there.
fn put_over<'i>(
    present: &mut Spanned<DeValue<'i>>,
    value: Spanned<DeValue<'i>>,
    offset: usize,
    length: usize,
) -> Option<Problem> {
    let span = value.span();
    match (present.get_mut(), value.into_inner()) {
        (DeValue::Table(table), DeValue::Table(inner)) if length > 0 => {
            put(table, inner, offset, length)
        }
        (DeValue::Array(list), DeValue::Table(inner)) if length > 0 => {
            put_into_list(list, inner, offset, length)
        }
        (_, value) => {
            *present = shifted(Spanned::new(span, value), offset);
            None
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
