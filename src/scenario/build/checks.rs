//! Takes values out of their fields and collects what is wrong with them.

use std::ops::Range;

use serde_spanned::Spanned;

use super::super::diagnostics::{Problem, nearest, one_of};
use super::super::tree::Field;
use super::super::values::Names;
use crate::model::Group;
use crate::network::NodeId;

/// Collects problems while values are taken out of their fields.
pub struct Checks<'p> {
    pub problems: &'p mut Vec<Problem>,
    /// What a user must check before he trusts the results.
    pub warnings: Vec<String>,
}

impl Checks<'_> {
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

/// Names go into file names, CSV cells, charts and commands: what could hurt there is refused.
pub fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == '.';
    !name.is_empty()
        && name.chars().count() <= 60
        && name.chars().all(is_plain)
        && name.chars().next().is_some_and(char::is_alphanumeric)
}

pub fn check_name(kind: &str, name: &Spanned<String>, checks: &mut Checks<'_>) -> Option<String> {
    if is_name(name.get_ref()) && name.get_ref() != "all" {
        return Some(name.get_ref().clone());
    }
    let message = format!("{:?} cannot be the name of {kind}", name.get_ref());
    checks.problem(name.span(), message, "not a usable name").help(
        "up to 60 letters, digits, `-`, `_` and `.`, beginning with a letter or digit; `all` is taken",
    );
    None
}

pub fn unknown_name(
    checks: &mut Checks<'_>,
    span: Range<usize>,
    name: &str,
    message: String,
    known: &[&str],
) {
    let label = match known.len() {
        0..=12 => format!("expected {}", one_of(known.iter().copied())),
        many => format!("none of the {many} that there are"),
    };
    let cure = checks.problem(span, message, label);
    if let Some(near) = nearest(name, known.iter().copied()) {
        cure.help(format!("did you mean \"{near}\"?"));
    }
}

/// Nodes of the named groups; at least one.
pub fn nodes_of(
    field: Field<Names>,
    groups: &[Group],
    checks: &mut Checks<'_>,
) -> Option<Vec<NodeId>> {
    let (list_span, names) = checks.required(field)?;
    let mut nodes = Vec::new();
    let mut is_sound = true;
    for (name, span) in names.0 {
        match groups.iter().find(|group| group.name == name) {
            Some(group) => nodes.extend(group.nodes()),
            None => {
                let known: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
                let message = format!("{name:?} is no group of nodes");
                unknown_name(checks, span, &name, message, &known);
                is_sound = false;
            }
        }
    }
    nodes.sort_unstable();
    nodes.dedup();
    if is_sound && nodes.is_empty() {
        checks.problem(list_span, "these groups have no nodes", "expected at least one node");
        return None;
    }
    is_sound.then_some(nodes)
}
