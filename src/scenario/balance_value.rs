//! How requests are spread over servers: a word, or a table with the name of a way and its
//! parameters.

use std::ops::Range;

use serde_json::json;

use super::diagnostics::{Problem, nearest, one_of};
use super::tree::{Leaf, Node, Tree};
use super::values::{Count, Number, Word, Words, quantity_schema};
use crate::architectures::RingKey;
use crate::units::Duration;

/// The value of `balance`.
#[derive(Clone, Debug)]
pub enum BalanceValue {
    Random,
    RoundRobin,
    LeastOutstanding,
    ShortestQueue,
    Nearest,
    /// How many are drawn, and where it stands.
    PowerOf(u64, Range<usize>),
    ConsistentHashing {
        virtual_nodes: u32,
        key: RingKey,
    },
    /// Fail-over time.
    PrimaryBackup(Duration),
    WeightedBy(WeightWord),
    /// Name of a group, its place in the text, and its weight.
    Weighted(Vec<(String, Range<usize>, f64)>),
}

/// Weights that need no numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightWord {
    Speed,
    Uplink,
}

impl Words for WeightWord {
    const WORDS: &'static [(&'static str, Self)] =
        &[("speed", WeightWord::Speed), ("uplink", WeightWord::Uplink)];
    const CURE: Option<&'static str> =
        Some("for weights of your own write { weighted = { GROUP = NUMBER, ... } }");
}

impl Words for RingKey {
    const WORDS: &'static [(&'static str, Self)] =
        &[("client", RingKey::Client), ("object", RingKey::Object)];
}

const WORDS: [&str; 8] = [
    "random",
    "round-robin",
    "least-outstanding",
    "shortest-queue",
    "two-choices",
    "consistent-hashing",
    "nearest",
    "primary-backup",
];
/// What load balancers call the same.
const OTHER_NAMES: [(&str, &str); 10] = [
    ("least-connections", "least-outstanding"),
    ("least-conn", "least-outstanding"),
    ("leastconn", "least-outstanding"),
    ("least_conn", "least-outstanding"),
    ("least-requests", "least-outstanding"),
    ("least-loaded", "least-outstanding"),
    ("power-of-two", "two-choices"),
    ("join-shortest-queue", "shortest-queue"),
    ("closest", "nearest"),
    ("latency", "nearest"),
];
const TABLES: [&str; 4] = ["weighted", "power-of", "consistent-hashing", "primary-backup"];
const FAIL_OVER: Duration = Duration::from_whole_secs(30);
const VIRTUAL_NODES: u32 = 128;
const MOST_VIRTUAL_NODES: u64 = 10_000;

impl Leaf for BalanceValue {
    fn expected() -> String {
        format!("{}, or a table with {}", one_of(WORDS), one_of(TABLES))
    }

    fn read(node: &Node) -> Result<Self, Problem> {
        match node.get_ref() {
            Tree::Text(word) => of_word(word, node),
            Tree::Table(entries) => match entries.as_slice() {
                [(key, value)] => of_table(key.get_ref(), key.span(), value),
                _ => Err(Problem::new(
                    node.span(),
                    "a balance is a table with one key, its name",
                    format!("expected {}", one_of(TABLES)),
                )),
            },
            _ => Err(Self::mismatch(node)),
        }
    }

    fn schema() -> serde_json::Value {
        let weights = json!({ "anyOf": [
            { "enum": ["speed", "uplink"] },
            { "type": "object", "additionalProperties": { "type": "number", "minimum": 0 } },
        ]});
        let ring = json!({ "type": "object", "additionalProperties": false, "properties": {
            "virtual_nodes": { "type": "integer", "minimum": 1, "maximum": MOST_VIRTUAL_NODES },
            "key": { "enum": ["client", "object"] },
        }});
        let spare = json!({ "type": "object", "additionalProperties": false, "properties": {
            "fail_over": quantity_schema::<Duration>(),
        }});
        let table = |name: &str, value: serde_json::Value| {
            json!({ "type": "object", "properties": { name: value }, "required": [name],
                    "additionalProperties": false })
        };
        json!({ "anyOf": [
            { "enum": WORDS },
            table("weighted", weights),
            table("power-of", json!({ "type": "integer", "minimum": 1 })),
            table("consistent-hashing", ring),
            table("primary-backup", spare),
        ]})
    }
}

fn of_word(word: &str, node: &Node) -> Result<BalanceValue, Problem> {
    match word {
        "random" => Ok(BalanceValue::Random),
        "round-robin" => Ok(BalanceValue::RoundRobin),
        "least-outstanding" => Ok(BalanceValue::LeastOutstanding),
        "shortest-queue" => Ok(BalanceValue::ShortestQueue),
        "two-choices" => Ok(BalanceValue::PowerOf(2, node.span())),
        "consistent-hashing" => Ok(BalanceValue::ConsistentHashing {
            virtual_nodes: VIRTUAL_NODES,
            key: RingKey::default(),
        }),
        "nearest" => Ok(BalanceValue::Nearest),
        "primary-backup" => Ok(BalanceValue::PrimaryBackup(FAIL_OVER)),
        "weighted" => Err(Problem::new(node.span(), "`weighted` needs weights", "which ones?")
            .with_help(
                "write { weighted = { GROUP = NUMBER, ... } }, { weighted = \"speed\" } or { weighted = \"uplink\" }",
            )),
        "power-of" => Err(Problem::new(node.span(), "`power-of` needs a number", "of how many?")
            .with_help("write { power-of = 2 }")),
        _ => {
            let problem = BalanceValue::mismatch(node);
            let other = OTHER_NAMES.iter().find(|(other, _)| *other == word);
            Err(match other.map(|(_, known)| *known).or_else(|| nearest(word, WORDS)) {
                Some(near) => problem.with_help(format!("did you mean \"{near}\"?")),
                None => problem,
            })
        }
    }
}

fn of_table(name: &str, span: Range<usize>, value: &Node) -> Result<BalanceValue, Problem> {
    match (name, value.get_ref()) {
        ("weighted", Tree::Text(_)) => {
            Word::<WeightWord>::read(value).map(|word| BalanceValue::WeightedBy(word.0))
        }
        ("weighted", Tree::Table(weights)) if !weights.is_empty() => weights
            .iter()
            .map(|(name, weight)| match Number::read(weight)?.0 {
                number if (0.0..=1e9).contains(&number) => {
                    Ok((name.get_ref().clone(), name.span(), number))
                }
                number => {
                    let message = format!("a weight of {number}");
                    Err(Problem::new(weight.span(), message, "expected 0 to 10^9"))
                }
            })
            .collect::<Result<_, _>>()
            .map(BalanceValue::Weighted),
        ("weighted", _) => Err(Problem::new(
            value.span(),
            "weights are a table of groups and their numbers, \"speed\" or \"uplink\"",
            "expected { GROUP = NUMBER, ... }",
        )),
        ("power-of", _) => match Count::read(value)?.0 {
            0 => Err(Problem::new(value.span(), "a choice of none", "expected 1 or more")),
            count => Ok(BalanceValue::PowerOf(count, value.span())),
        },
        ("consistent-hashing", Tree::Table(keys)) => hashing(keys),
        ("consistent-hashing", _) => Err(Problem::new(
            value.span(),
            "consistent hashing has a table of keys",
            "expected { virtual_nodes = NUMBER, key = \"client\" or \"object\" }",
        )),
        ("primary-backup", Tree::Table(keys)) => spare(keys),
        ("primary-backup", _) => Err(Problem::new(
            value.span(),
            "a primary and its backups have a table of keys",
            "expected { fail_over = TIME }",
        )),
        (word, _) if WORDS.contains(&word) => {
            let message = format!("`{word}` has no parameters");
            Err(Problem::new(span, message, "expected text")
                .with_help(format!("write balance = \"{word}\"")))
        }
        (unknown, _) => {
            let message = format!("unknown balance `{unknown}`");
            let problem = Problem::new(span, message, format!("expected {}", one_of(TABLES)));
            Err(match nearest(unknown, TABLES) {
                Some(near) => problem.with_help(format!("did you mean `{near}`?")),
                None => problem,
            })
        }
    }
}

fn hashing(keys: &[(serde_spanned::Spanned<String>, Node)]) -> Result<BalanceValue, Problem> {
    const KEYS: [&str; 2] = ["virtual_nodes", "key"];
    let (mut virtual_nodes, mut ring_key) = (VIRTUAL_NODES, RingKey::default());
    for (key, value) in keys {
        match key.get_ref().as_str() {
            "virtual_nodes" => match Count::read(value)?.0 {
                count @ 1..=MOST_VIRTUAL_NODES => virtual_nodes = count as u32,
                count => {
                    let message = format!("{count} points of each server on the ring");
                    let label = format!("expected 1 to {MOST_VIRTUAL_NODES}");
                    return Err(Problem::new(value.span(), message, label));
                }
            },
            "key" => ring_key = Word::<RingKey>::read(value)?.0,
            unknown => {
                let message = format!("unknown key `{unknown}` of consistent hashing");
                let problem =
                    Problem::new(key.span(), message, format!("expected {}", one_of(KEYS)));
                return Err(match nearest(unknown, KEYS) {
                    Some(near) => problem.with_help(format!("did you mean `{near}`?")),
                    None => problem,
                });
            }
        }
    }
    Ok(BalanceValue::ConsistentHashing { virtual_nodes, key: ring_key })
}

fn spare(keys: &[(serde_spanned::Spanned<String>, Node)]) -> Result<BalanceValue, Problem> {
    let mut fail_over = FAIL_OVER;
    for (key, value) in keys {
        if key.get_ref() != "fail_over" {
            let message = format!("unknown key `{}` of a primary and its backups", key.get_ref());
            let problem = Problem::new(key.span(), message, "expected `fail_over`");
            return Err(match nearest(key.get_ref(), ["fail_over"]) {
                Some(near) => problem.with_help(format!("did you mean `{near}`?")),
                None => problem,
            });
        }
        fail_over = Duration::read(value)?;
    }
    Ok(BalanceValue::PrimaryBackup(fail_over))
}
