//! Values of a scenario that remember where they stand, and are judged later.
//!
//! Reading never stops at the first bad value: a [`Field`] keeps either the value or what is
//! wrong with it, so that all that is wrong can be said at once.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_spanned::Spanned;

use super::diagnostics::Problem;

/// Any TOML value, with the place of everything in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    Text(String),
    Integer(i64),
    Float(f64),
    Flag(bool),
    List(Vec<Node>),
    /// In the order of the file.
    Table(Vec<(Spanned<String>, Node)>),
}

pub type Node = Spanned<Tree>;

/// What can be read from a single value.
pub trait Leaf: Sized {
    /// Completes "expected ...".
    fn expected() -> String;

    /// # Errors
    /// A problem at the very place that is wrong.
    fn read(node: &Node) -> Result<Self, Problem>;

    fn schema() -> serde_json::Value;

    /// That `node` is something else altogether.
    fn mismatch(node: &Node) -> Problem {
        let expected = Self::expected();
        let found = describe(node.get_ref());
        Problem::new(node.span(), format!("{found} where {expected} is expected"), {
            format!("expected {expected}")
        })
    }
}

/// A value with its place, good or bad.
#[derive(Clone, Debug)]
pub struct Field<T> {
    pub span: Range<usize>,
    pub value: Result<T, Problem>,
}

/// Marks the schema of a [`Field`] with the name of its type, which judges what is inside.
pub const LEAF_MARK: &str = "x-hubmesh-value";

/// Takes out of a schema what is for this program only, and `null`, which TOML has not.
pub fn remove_marks(schema: &mut serde_json::Value) {
    match schema {
        serde_json::Value::Object(entries) => {
            entries.remove(LEAF_MARK);
            entries.values_mut().for_each(remove_marks);
            for key in ["anyOf", "oneOf", "enum", "type"] {
                if let Some(serde_json::Value::Array(alternatives)) = entries.get_mut(key) {
                    alternatives.retain(|alternative| {
                        let kind = alternative.get("type").unwrap_or(alternative);
                        !kind.is_null() && kind != "null"
                    });
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(remove_marks),
        _ => {}
    }
}

/// "the number 3", "the text \"abc\"", ...
pub fn describe(tree: &Tree) -> String {
    match tree {
        Tree::Text(text) => format!("the text {text:?}"),
        Tree::Integer(number) => format!("the number {number}"),
        Tree::Float(number) => format!("the number {number}"),
        Tree::Flag(flag) => format!("the value {flag}"),
        Tree::List(_) => "a list".to_owned(),
        Tree::Table(_) => "a table".to_owned(),
    }
}

impl<'de, T: Leaf> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        Ok(Field { span: node.span(), value: T::read(&node) })
    }
}

impl<T: Leaf> JsonSchema for Field<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Field".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::schema();
        if let Some(object) = schema.as_object_mut() {
            object.insert(LEAF_MARK.to_owned(), std::any::type_name::<T>().into());
        }
        Schema::try_from(schema).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "text, a number, true or false, a list or a table")
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Integer(number))
    }

    fn visit_i128<E>(self, number: i128) -> Result<Tree, E> {
        Ok(i64::try_from(number).map_or(Tree::Float(number as f64), Tree::Integer))
    }

    fn visit_u128<E>(self, number: u128) -> Result<Tree, E> {
        Ok(i64::try_from(number).map_or(Tree::Float(number as f64), Tree::Integer))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(i64::try_from(number).map_or(Tree::Float(number as f64), Tree::Integer))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Tree, E> {
        Ok(Tree::Float(number))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Tree, E> {
        Ok(Tree::Flag(flag))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut table = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            table.push(entry);
        }
        Ok(Tree::Table(table))
    }
}
