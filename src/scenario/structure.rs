//! Holds what is written against the schema: unknown and missing keys, kinds, and values.
//!
//! The schema is generated from the types of [`spec`](super::spec), so there is one truth about
//! what may be written. What is found is found everywhere at once, with the nearest valid key.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use serde_json::Value;
use serde_spanned::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::diagnostics::{Problem, nearest, one_of};
use super::judge::problem_of;
use super::tree::LEAF_MARK;

/// Where a value stands that was put in for one that is missing or cannot be read.
const NOWHERE: Range<usize> = usize::MAX..usize::MAX;

/// Whether something stands in for what is missing or cannot be read; what is wrong with it has
/// been said.
pub fn is_nowhere(span: &Range<usize>) -> bool {
    *span == NOWHERE
}

/// Whether `problem` is of a value that stands in for a missing one.
pub fn is_said_already(problem: &Problem) -> bool {
    is_nowhere(&problem.span)
}

/// Compares `table` with `schema`, and mends it so that it can be read whole and the rest judged
/// as well: unknown keys are taken out, and something stands in for what is missing or unreadable.
pub fn check(table: &mut DeTable<'_>, span: Range<usize>, schema: &Value) -> Vec<Problem> {
    let mut walk = Walk { root: schema, problems: Vec::new() };
    walk.table(table, span, schema, "");
    walk.problems
}

struct Walk<'s> {
    root: &'s Value,
    problems: Vec<Problem>,
}

impl<'s> Walk<'s> {
    fn value(&mut self, value: &mut Spanned<DeValue<'_>>, schema: &'s Value, path: &str) {
        let schema = self.resolved(schema);
        if let Some(type_name) = schema.get(LEAF_MARK).and_then(Value::as_str) {
            self.problems.extend(problem_of(type_name, value));
            return;
        }
        let span = value.span();
        let is_list = schema.get("items").is_some();
        match (value.get_mut(), schema.get("items")) {
            (DeValue::Array(array), Some(items)) => {
                // Numbered as after `--set`.
                for (number, item) in (1..).zip(array.iter_mut()) {
                    self.value(item, items, &format!("{path}.{number}"));
                }
                return;
            }
            (DeValue::Table(table), None) => {
                let Some(kinds) = kinds_of(schema) else {
                    return self.table(table, span, schema, path);
                };
                if self.kind(table, span, &kinds, path) {
                    return;
                }
            }
            (_, Some(items)) if self.resolved(items).get(LEAF_MARK).is_some() => {
                let key = path.rsplit('.').next().unwrap_or(path);
                let written = match value.get_ref() {
                    DeValue::String(text) => format!("{text:?}, .."),
                    _ => "..".to_owned(),
                };
                let problem = Problem::new(span, format!("`{path}` is a list"), "expected a list");
                self.problems.push(problem.with_help(format!("write {key} = [{written}]")));
            }
            _ => {
                let (message, label) = match is_list {
                    true => (
                        format!("`{path}` is a list of tables, written [[{path}]] each"),
                        "expected a list",
                    ),
                    false => (format!("`{path}` is a table"), "expected a table"),
                };
                let problem = Problem::new(span, message, label);
                let help = if is_list { None } else { self.form(value, schema, path) };
                self.problems.push(match help {
                    Some(help) => problem.with_help(help),
                    None => problem,
                });
            }
        }
        *value = self.stand_in(schema);
    }

    fn table(
        &mut self,
        table: &mut DeTable<'_>,
        span: Range<usize>,
        schema: &'s Value,
        path: &str,
    ) {
        let schema = self.resolved(schema);
        let keys: Vec<&'s str> = properties_of(schema).map(|(key, _)| key).collect();
        let others = schema.get("additionalProperties").filter(|others| others.is_object());
        let mut unknown = HashSet::new();
        // Keys that are there under a wrong name.
        let mut meant = HashSet::new();
        for (key, value) in table.iter_mut() {
            let name = key.get_ref().as_ref();
            let inner_path =
                if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let known = properties_of(schema).find(|(known, _)| *known == name);
            match known.map(|(_, schema)| schema).or(others) {
                Some(inner) => self.value(value, inner, &inner_path),
                None => {
                    unknown.insert(name.to_owned());
                    meant.extend(key_meant(name, &keys));
                    self.problems.push(unknown_key(key.span(), name, &keys, path));
                }
            }
        }
        retain(table, |name| !unknown.contains(name));
        let mut needs_kind = path == "network" && !unknown.is_empty();
        needs_kind &= !table.keys().any(|key| is_kind_of_network(key.get_ref()));
        // What was meant is there, though nothing is known of it.
        let is_open = |key: &str| needs_kind || path != "network" || !is_kind_of_network(key);
        for (key, property) in properties_of(schema) {
            let is_meant = meant.contains(key) && is_open(key) && !table.contains_key(key);
            // One of the unknown keys is the kind of network, so this is not the default one.
            let is_some_kind =
                needs_kind && key == "graph" && !meant.iter().any(|k| is_kind_of_network(k));
            if is_meant || is_some_kind {
                let stand_in = self.stand_in(property);
                table.insert(Spanned::new(NOWHERE, key.to_owned().into()), stand_in);
            }
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for key in required.filter_map(Value::as_str) {
            if table.contains_key(key) {
                continue;
            }
            let property = properties_of(schema).find(|(known, _)| *known == key);
            let property = property.map_or(&Value::Null, |(_, property)| property);
            let place = if path.is_empty() { "the scenario" } else { path };
            let message = format!("`{key}` is missing in {place}");
            let mut problem = Problem::new(span.clone(), message, format!("needs `{key}`"));
            if let Some(help) = property.get("description").and_then(Value::as_str) {
                problem.help = Some(format!("{key}: {}", help.replace('\n', " ")));
            }
            self.problems.push(problem);
            let stand_in = self.stand_in(property);
            table.insert(Spanned::new(NOWHERE, key.to_owned().into()), stand_in);
        }
    }

    /// A table whose only key says what kind of thing it is; whether it is of a known kind.
    fn kind(
        &mut self,
        table: &mut DeTable<'_>,
        span: Range<usize>,
        kinds: &[(&'s str, &'s Value)],
        path: &str,
    ) -> bool {
        let names = || kinds.iter().map(|&(name, _)| name);
        let expected = format!("expected one of {}", one_of(names()));
        let example = format!(
            "the kind is the name of its table, for example [{path}.{}]",
            kinds.first().map_or("", |(name, _)| name)
        );
        let kind_of = |key: &str| kinds.iter().find(|(kind, _)| *kind == key);
        let of_kind = table
            .keys()
            .find(|key| kind_of(key.get_ref()).is_some())
            .map(|key| key.get_ref().to_string());
        let Some(of_kind) = of_kind else {
            // A table of an unknown name is meant as a kind if it is alone, or nearly a known one.
            let is_alone = table.len() == 1;
            let misspelt = table.iter().find_map(|(key, value)| {
                let near = nearest(key.get_ref(), names());
                let is_meant = value.get_ref().is_table() && (is_alone || near.is_some());
                is_meant.then(|| (key.span(), key.get_ref().to_string(), near))
            });
            let problem = match misspelt {
                Some((span, name, near)) => {
                    let message = format!("unknown kind `{name}` of `{path}`");
                    let problem = Problem::new(span, message, expected);
                    match near {
                        Some(near) => problem.with_help(format!("did you mean `{near}`?")),
                        None => problem.with_help(example),
                    }
                }
                None => {
                    let message = format!("`{path}` does not say of what kind it is");
                    Problem::new(span, message, expected).with_help(example)
                }
            };
            self.problems.push(problem);
            return false;
        };
        for (key, value) in table.iter_mut() {
            let name = key.get_ref().as_ref();
            if let Some((kind, schema)) = kind_of(name) {
                self.value(value, schema, &format!("{path}.{kind}"));
            }
            if name == of_kind {
                continue;
            }
            let problem = match kind_of(name) {
                Some(_) => {
                    let message = format!("`{path}` says twice of what kind it is");
                    Problem::new(key.span(), message, expected.clone()).with_help(example.clone())
                }
                None => {
                    let message = format!("`{path}` has the key `{name}` outside its kind");
                    Problem::new(key.span(), message, "not known here")
                        .with_help(format!("write it in [{path}.{of_kind}]"))
                }
            };
            self.problems.push(problem);
        }
        // What is of the first kind can be judged.
        retain(table, |name| name == of_kind);
        true
    }

    /// How the table `schema` is written that stands at `path` as `value`: the value is that of its
    /// only necessary key, when it can be.
    fn form(&self, value: &Spanned<DeValue<'_>>, schema: &Value, path: &str) -> Option<String> {
        let key = path.rsplit('.').next().filter(|key| !key.ends_with(']'))?;
        if let Some(kinds) = kinds_of(schema) {
            let kinds = one_of(kinds.iter().map(|&(kind, _)| kind));
            return Some(format!("write {key} = {{ KIND = {{ .. }} }}, where KIND is {kinds}"));
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let required: Vec<&str> = required.filter_map(Value::as_str).collect();
        let [only] = required.as_slice() else {
            let keys = || properties_of(schema).map(|(key, _)| key);
            keys().next()?;
            return Some(format!("the keys of {key} are {}", one_of(keys())));
        };
        let (_, inner) = properties_of(schema).find(|(known, _)| known == only)?;
        let leaf = self.resolved(inner).get(LEAF_MARK).and_then(Value::as_str);
        let is_meant = leaf.is_some_and(|leaf| problem_of(leaf, value).is_none());
        let written = match value.get_ref() {
            DeValue::Integer(number) if is_meant => number.to_string(),
            DeValue::String(text) if is_meant => format!("{text:?}"),
            _ => "..".to_owned(),
        };
        Some(format!("write {key} = {{ {only} = {written} }}"))
    }

    /// Something that can be read as `schema`, so that the rest can be judged; nothing of it is
    /// anywhere in the text.
    fn stand_in<'i>(&self, schema: &Value) -> Spanned<DeValue<'i>> {
        let schema = self.resolved(schema);
        let key = |name: &str| Spanned::new(NOWHERE, Cow::from(name.to_owned()));
        let mut table = DeTable::new();
        if schema.get(LEAF_MARK).is_some() {
            // No value is a table without keys.
        } else if let Some(items) = schema.get("items") {
            let mut array = DeArray::new();
            array.push(self.stand_in(items));
            return Spanned::new(NOWHERE, DeValue::Array(array));
        } else if let Some(&(kind, inner)) = kinds_of(schema).as_ref().and_then(|k| k.first()) {
            table.insert(key(kind), self.stand_in(inner));
        } else if let Some(others) = schema.get("additionalProperties").filter(|o| o.is_object()) {
            table.insert(key(""), self.stand_in(others));
        } else {
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            for name in required.filter_map(Value::as_str) {
                let property = properties_of(schema).find(|(known, _)| *known == name);
                let property = property.map_or(&Value::Null, |(_, property)| property);
                table.insert(key(name), self.stand_in(property));
            }
        }
        Spanned::new(NOWHERE, DeValue::Table(table))
    }

    /// Follows references, and looks through what is optional.
    fn resolved<'v>(&self, schema: &'v Value) -> &'v Value
    where
        's: 'v,
    {
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

/// Keeps the keys that `is_kept`, in one pass: each removal on its own moves all that follow.
fn retain(table: &mut DeTable<'_>, is_kept: impl Fn(&str) -> bool) {
    let all = std::mem::replace(table, DeTable::new());
    *table = all.into_iter().filter(|(key, _)| is_kept(key.get_ref())).collect();
}

fn is_kind_of_network(key: &str) -> bool {
    !matches!(key, "transport" | "tcp")
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

/// What other programs call a key; of a slip of the finger the nearest one is meant.
const OTHER_NAMES: [(&str, &str); 7] = [
    ("duration", "for"),
    ("length", "for"),
    ("lasts", "for"),
    ("start", "at"),
    ("bandwidth", "capacity"),
    ("delay", "latency"),
    ("rate", "arrivals"),
];

fn key_meant<'k>(name: &str, keys: &[&'k str]) -> Option<&'k str> {
    let is_other = |(other, _): &&(&str, &str)| *other == name;
    let called = OTHER_NAMES
        .iter()
        .filter(is_other)
        .find_map(|(_, known)| keys.iter().copied().find(|key| key == known));
    called.or_else(|| nearest(name, keys.iter().copied()))
}

fn unknown_key(span: Range<usize>, name: &str, keys: &[&str], path: &str) -> Problem {
    let place = if path.is_empty() { "a scenario".to_owned() } else { format!("`{path}`") };
    let problem = Problem::new(span, format!("unknown key `{name}` in {place}"), "not known here");
    match key_meant(name, keys) {
        Some(near) => problem.with_help(format!("did you mean `{near}`?")),
        None => problem.with_help(format!("the keys are {}", one_of(keys.iter().copied()))),
    }
}
