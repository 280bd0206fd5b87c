//! Holds what is written against the schema: unknown and missing keys, kinds, and values.
//!
//! The schema is generated from the types of [`spec`](super::spec), so there is one truth about
//! what may be written. What is found is found everywhere at once, with the nearest valid key.

use std::ops::Range;

use serde_json::Value;
use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::{Problem, nearest, one_of};
use super::judge::problem_of;
use super::tree::LEAF_MARK;

/// What the walk has found.
#[derive(Debug, Default)]
pub struct Findings {
    pub problems: Vec<Problem>,
    /// Whether the types can be read from what is left.
    pub is_readable: bool,
}

/// Where a value stands that was put in for a missing one; what is wrong with it has been said.
const NOWHERE: Range<usize> = usize::MAX..usize::MAX;

/// Whether `problem` is of a value that stands in for a missing one.
pub fn is_said_already(problem: &Problem) -> bool {
    problem.span == NOWHERE
}

/// Compares `table` with `schema`, and mends it so that the rest can be judged as well: unknown
/// keys and unreadable workloads and architectures are taken out, missing values put in.
pub fn check(table: &mut DeTable<'_>, span: Range<usize>, schema: &Value) -> Findings {
    let mut walk = Walk { root: schema, problems: Vec::new() };
    let is_readable = walk.table(table, span, schema, "");
    Findings { problems: walk.problems, is_readable }
}

struct Walk<'s> {
    root: &'s Value,
    problems: Vec<Problem>,
}

impl<'s> Walk<'s> {
    /// Whether `value` can be read as a whole.
    fn value(&mut self, value: &mut Spanned<DeValue<'_>>, schema: &'s Value, path: &str) -> bool {
        let schema = self.resolved(schema);
        if let Some(type_name) = schema.get(LEAF_MARK).and_then(Value::as_str) {
            self.problems.extend(problem_of(type_name, value));
            return true;
        }
        let span = value.span();
        if let Some(kinds) = kinds_of(schema) {
            return match value.get_mut() {
                DeValue::Table(table) => self.kind(table, span, &kinds, path),
                _ => self.unreadable(span, format!("`{path}` is a table"), "expected a table"),
            };
        }
        if let Some(items) = schema.get("items") {
            match value.get_mut() {
                DeValue::Array(array) => {
                    let mut is_readable = true;
                    for (index, item) in array.iter_mut().enumerate() {
                        is_readable &= self.value(item, items, &format!("{path}[{index}]"));
                    }
                    is_readable
                }
                _ => self.unreadable(
                    span,
                    format!("`{path}` is a list of tables, written [[{path}]] each"),
                    "expected a list",
                ),
            }
        } else if let DeValue::Table(table) = value.get_mut() {
            self.table(table, span, schema, path)
        } else {
            self.unreadable(span, format!("`{path}` is a table"), "expected a table")
        }
    }

    fn table(
        &mut self,
        table: &mut DeTable<'_>,
        span: Range<usize>,
        schema: &'s Value,
        path: &str,
    ) -> bool {
        let schema = self.resolved(schema);
        let keys: Vec<&'s str> = properties_of(schema).map(|(key, _)| key).collect();
        let others = schema.get("additionalProperties").filter(|others| others.is_object());
        // Nodes are referred to by what follows.
        let is_separable = others.is_some() && path != "nodes";
        let mut unusable = Vec::new();
        let mut is_readable = true;
        for (key, value) in table.iter_mut() {
            let name = key.get_ref().as_ref();
            let inner_path =
                if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let known = properties_of(schema).find(|(known, _)| *known == name);
            match known.map(|(_, schema)| schema).or(others) {
                Some(inner) => {
                    if !self.value(value, inner, &inner_path) {
                        if is_separable {
                            unusable.push(name.to_owned());
                        } else {
                            is_readable = false;
                        }
                    }
                }
                None => {
                    unusable.push(name.to_owned());
                    self.problems.push(unknown_key(key.span(), name, &keys, path));
                }
            }
        }
        for name in &unusable {
            table.remove(name.as_str());
        }
        // With none left the next problem would be that there is none.
        is_readable &= !(is_separable && table.is_empty() && !unusable.is_empty());
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for key in required.filter_map(Value::as_str) {
            if table.contains_key(key) {
                continue;
            }
            let place = if path.is_empty() { "the scenario" } else { path };
            let message = format!("`{key}` is missing in {place}");
            let mut problem = Problem::new(span.clone(), message, format!("needs `{key}`"));
            let property = properties_of(schema).find(|(known, _)| *known == key);
            let property = property.map_or(&Value::Null, |(_, property)| property);
            if let Some(help) = property.get("description").and_then(Value::as_str) {
                problem.help = Some(format!("{key}: {}", help.replace('\n', " ")));
            }
            self.problems.push(problem);
            if self.resolved(property).get(LEAF_MARK).is_some() {
                let stand_in = Spanned::new(NOWHERE, DeValue::Table(DeTable::new()));
                table.insert(Spanned::new(NOWHERE, key.to_owned().into()), stand_in);
            } else {
                is_readable = false;
            }
        }
        is_readable
    }

    /// A table whose only key says what kind of thing it is.
    fn kind(
        &mut self,
        table: &mut DeTable<'_>,
        span: Range<usize>,
        kinds: &[(&'s str, &'s Value)],
        path: &str,
    ) -> bool {
        let names = || kinds.iter().map(|&(name, _)| name);
        if table.len() != 1 {
            let message = match table.len() {
                0 => format!("`{path}` does not say of what kind it is"),
                _ => {
                    format!("`{path}` says twice of what kind it is, or has a key outside its kind")
                }
            };
            let span = table.keys().nth(1).map_or(span, |key| key.span());
            self.unreadable(span, message, &format!("expected one of {}", one_of(names())));
            if let Some(problem) = self.problems.last_mut() {
                let example = format!("[{path}.{}]", kinds[0].0);
                problem.help =
                    Some(format!("the kind is the name of its table, for example {example}"));
            }
            return false;
        }
        let mut is_readable = true;
        for (key, value) in table.iter_mut() {
            let name = key.get_ref().as_ref();
            let known = kinds.iter().find(|(kind, _)| *kind == name);
            match known {
                Some((kind, schema)) => {
                    is_readable &= self.value(value, schema, &format!("{path}.{kind}"));
                }
                None => {
                    let mut problem = unknown_key(key.span(), name, &[], path);
                    problem.message = format!("unknown kind `{name}` of `{path}`");
                    problem.label = format!("expected one of {}", one_of(names()));
                    problem.help =
                        nearest(name, names()).map(|near| format!("did you mean `{near}`?"));
                    self.problems.push(problem);
                    is_readable = false;
                }
            }
        }
        is_readable
    }

    /// Says what makes a part unreadable; `false`, for the caller to return.
    fn unreadable(&mut self, span: Range<usize>, message: impl Into<String>, label: &str) -> bool {
        self.problems.push(Problem::new(span, message, label));
        false
    }

    /// Follows references, and looks through what is optional.
    fn resolved(&self, schema: &'s Value) -> &'s Value {
        let mut schema = schema;
        loop {
            if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
                match self.root.pointer(reference.trim_start_matches('#')) {
                    Some(target) => schema = target,
                    None => return schema,
                }
            } else if let Some([one, other]) =
                schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice)
                && other.get("type").is_some_and(|kind| kind == "null")
            {
                schema = one;
            } else {
                return schema;
            }
        }
    }
}

fn properties_of(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().map(|(key, schema)| (key.as_str(), schema))
}

/// The alternatives of a table with one key, by that key.
fn kinds_of(schema: &Value) -> Option<Vec<(&str, &Value)>> {
    let alternatives = schema.get("oneOf")?.as_array()?;
    alternatives.iter().map(|alternative| properties_of(alternative).next()).collect()
}

fn unknown_key(span: Range<usize>, name: &str, keys: &[&str], path: &str) -> Problem {
    let place = if path.is_empty() { "a scenario".to_owned() } else { format!("`{path}`") };
    let problem = Problem::new(span, format!("unknown key `{name}` in {place}"), "not known here");
    match nearest(name, keys.iter().copied()) {
        Some(near) => problem.with_help(format!("did you mean `{near}`?")),
        None => problem.with_help(format!("the keys are {}", one_of(keys.iter().copied()))),
    }
}
