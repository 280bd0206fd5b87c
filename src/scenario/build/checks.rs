//! Takes values out of their fields and collects what is wrong with them.

use std::ops::Range;

use serde_spanned::Spanned;

use super::super::diagnostics::{MOST_SHOWN, Problem, nearest, one_of};
use super::super::tree::Field;

/// Collects problems while values are taken out of their fields.
pub struct Checks<'p> {
    pub problems: &'p mut Vec<Problem>,
    /// What a user must check before he trusts the results.
    pub warnings: Vec<String>,
    /// How often the nearest of many names has been looked for.
    guesses: usize,
}

impl Checks<'_> {
    pub fn new(problems: &mut Vec<Problem>) -> Checks<'_> {
        Checks { problems, warnings: Vec::new(), guesses: 0 }
    }

    pub fn required<T>(&mut self, field: Field<T>) -> Option<(Range<usize>, T)> {
        match field.value {
            Ok(value) => Some((field.span, value)),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    /// `Some(None)` when it is not written, `None` when it is wrong.
    pub fn optional<T>(&mut self, field: Option<Field<T>>) -> Option<Option<(Range<usize>, T)>> {
        match field {
            None => Some(None),
            Some(field) => self.required(field).map(Some),
        }
    }

    /// The value or its default; `None` when it is wrong.
    pub fn or<T>(&mut self, field: Option<Field<T>>, default: T) -> Option<T> {
        Some(self.optional(field)?.map_or(default, |(_, value)| value))
    }

    pub fn problem(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Cure<'_> {
        self.problems.push(Problem::new(span, message, label));
        Cure(self.problems.last_mut())
    }
}

/// The problem that was just found, for telling how to mend it.
pub struct Cure<'p>(Option<&'p mut Problem>);

impl Cure<'_> {
    pub fn help(self, help: impl Into<String>) {
        if let Some(problem) = self.0 {
            problem.help = Some(help.into());
        }
    }
}

/// What [`is_name`] lets through.
pub const NAMES: &str =
    "up to 60 letters, digits, `-`, `_` and `.`, beginning with a letter or digit; `all` is taken";

/// Names go into file names, CSV cells, charts and commands: what could hurt there is refused.
pub fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == '.';
    name != "all"
        && name.chars().count() <= 60
        && name.chars().all(is_plain)
        && name.chars().next().is_some_and(char::is_alphanumeric)
}

pub fn check_name(kind: &str, name: &Spanned<String>, checks: &mut Checks<'_>) -> Option<String> {
    if is_name(name.get_ref()) {
        return Some(name.get_ref().clone());
    }
    let message = format!("{:?} cannot be the name of {kind}", name.get_ref());
    checks.problem(name.span(), message, "not a usable name").help(NAMES);
    None
}

/// Says that `name` is none of the `known` ones, and which is meant.
///
/// Among many names the nearest is looked for a few times only: nobody reads more, and each time
/// takes a look at all of them.
pub fn unknown_name<'k, K: Iterator<Item = &'k str>>(
    checks: &mut Checks<'_>,
    span: Range<usize>,
    name: &str,
    message: String,
    known: impl Fn() -> K,
) {
    const FEW: usize = 12;
    let first: Vec<&str> = known().take(FEW + 1).collect();
    let is_looked_for = first.len() <= FEW || checks.guesses < MOST_SHOWN;
    checks.guesses += 1;
    let label = match first.len() {
        0..=FEW => format!("expected {}", one_of(first)),
        _ if is_looked_for => format!("none of the {} that there are", known().count()),
        _ => "none of those that there are".to_owned(),
    };
    let near = if is_looked_for { nearest(name, known()) } else { None };
    let cure = checks.problem(span, message, label);
    if let Some(near) = near {
        cure.help(format!("did you mean \"{near}\"?"));
    }
}
