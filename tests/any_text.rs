//! Any text whatever is a scenario or a list of problems: no panic, no hang.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hubmesh::scenario::{Scenario, ScenarioError, TEMPLATE};
use proptest::prelude::*;

/// What an editor that checks while one types can bear at the most.
const PATIENCE: Duration = Duration::from_secs(20);

fn scenario_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// The shipped scenarios and the template of `init`, in the order of their names.
fn shipped() -> Vec<String> {
    let entries = fs::read_dir(scenario_folder()).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut texts: Vec<String> =
        paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    texts.push(TEMPLATE.to_owned());
    texts
}

/// Reads `text`, and shows what is wrong with it; `Ok` when it is sound.
fn read(text: &str, overrides: &[String]) -> Result<(), String> {
    let began = Instant::now();
    let outcome = Scenario::parse("any.toml", text, &scenario_folder(), overrides);
    let answer = match outcome {
        Ok(scenario) => {
            assert!(scenario.replications > 0 && !scenario.contenders.is_empty());
            Ok(())
        }
        Err(ScenarioError::Override(message)) => Err(message),
        Err(ScenarioError::Invalid(problems)) => {
            assert!(!problems.problems.is_empty(), "refused without a reason:\n{text}");
            let plain = problems.plain();
            for line in plain.lines().take(1) {
                assert!(line.starts_with("any.toml:") || line.starts_with("--set:"), "{line}");
            }
            assert!(!problems.rendered(false).is_empty());
            assert!(!problems.rendered(true).is_empty());
            Err(plain)
        }
    };
    let took = began.elapsed();
    let beginning: String = text.chars().take(1_000).collect();
    assert!(took < PATIENCE, "{took:?} for {} bytes: {beginning:?}", text.len());
    answer
}

/// A change to a text; numbers choose lines, words and replacements, modulo what there is.
#[derive(Clone, Debug)]
enum Change {
    DeleteLine(usize),
    DuplicateLine(usize),
    ReplaceLine(usize, usize),
    SwapWords(usize, usize),
    SetDigit(usize, u8),
    Insert(usize, String),
    DeleteCharacter(usize),
    RepeatCharacter(usize, u8),
    ReplaceWord(usize, &'static str),
}

/// Values at the edges of what may be written, and beyond.
const WORDS: &[&str] = &[
    "0",
    "-1",
    "1e400",
    "nan",
    "inf",
    "-inf",
    "18446744073709551616",
    "9223372036854775807",
    "1_000_000_000_000",
    "\"0 B\"",
    "\"1e18 B\"",
    "\"0 bit/s\"",
    "\"1e15 bit/s\"",
    "\"0 s\"",
    "\"1e10 s\"",
    "\"1e-9 s\"",
    "\"1e-300 /s\"",
    "\"1e300 /s\"",
    "\"\"",
    "\"é\"",
    "[]",
    "{}",
    "[[]]",
    "true",
    "1979-05-27",
    "{ zipf = 1e9 }",
    "{ choice = [] }",
    "{ pareto = { shape = 1e-9, min = \"1 B\" } }",
    "{ weibull = { shape = 0.05, mean = \"1 s\" } }",
    "{ lognormal = { median = \"1 MB\", sigma = 1e9 } }",
    "{ normal = { mean = \"1 MB\", sd = \"1e17 B\" } }",
    "\"user\"",
    "\"origin\"",
    "\"done\"",
    "[nodes]",
    "[nodes.user]",
    "[[nodes]]",
    "=",
    "'''",
    "\"\"\"",
    "\u{feff}",
    "\u{202e}",
];

fn change() -> impl Strategy<Value = Change> {
    let any_index = 0..100_000usize;
    prop_oneof![
        any_index.clone().prop_map(Change::DeleteLine),
        any_index.clone().prop_map(Change::DuplicateLine),
        (any_index.clone(), any_index.clone()).prop_map(|(to, from)| Change::ReplaceLine(to, from)),
        (any_index.clone(), any_index.clone()).prop_map(|(a, b)| Change::SwapWords(a, b)),
        (any_index.clone(), b'0'..=b'9').prop_map(|(at, digit)| Change::SetDigit(at, digit)),
        (any_index.clone(), "\\PC{1,4}").prop_map(|(at, text)| Change::Insert(at, text)),
        any_index.clone().prop_map(Change::DeleteCharacter),
        (any_index.clone(), 2u8..40).prop_map(|(at, times)| Change::RepeatCharacter(at, times)),
        (any_index, prop::sample::select(WORDS))
            .prop_map(|(at, word)| Change::ReplaceWord(at, word)),
    ]
}

fn applied(text: &str, change: &Change) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let count = lines.len();
    let characters: Vec<char> = text.chars().collect();
    // Of the line that `at` falls on, what stands behind the first `=`.
    let value_of = |at: usize| {
        let values: Vec<usize> = (0..count).filter(|&line| lines[line].contains('=')).collect();
        let line = *values.get(at % values.len().max(1))?;
        let start = lines[line].find('=')? + 1;
        Some((line, start))
    };
    match change {
        Change::DeleteLine(at) => {
            lines.remove(at % count);
            lines.join("\n")
        }
        Change::DuplicateLine(at) => {
            lines.insert(at % count, lines[at % count]);
            lines.join("\n")
        }
        Change::ReplaceLine(to, from) => {
            lines[to % count] = lines[from % count];
            lines.join("\n")
        }
        Change::SwapWords(a, b) => {
            let mut words: Vec<&str> = text.split_inclusive([' ', '\n', '.', '"']).collect();
            let (a, b) = (a % words.len().max(1), b % words.len().max(1));
            if a < words.len() && b < words.len() {
                words.swap(a, b);
            }
            words.concat()
        }
        Change::SetDigit(at, digit) => {
            let mut bytes = text.as_bytes().to_vec();
            let digits: Vec<usize> =
                (0..bytes.len()).filter(|&place| bytes[place].is_ascii_digit()).collect();
            if let Some(&place) = digits.get(at % digits.len().max(1)) {
                bytes[place] = *digit;
            }
            String::from_utf8(bytes).unwrap()
        }
        Change::Insert(at, inserted) => {
            let at = at % (characters.len() + 1);
            let (before, after) = characters.split_at(at);
            before.iter().copied().chain(inserted.chars()).chain(after.iter().copied()).collect()
        }
        Change::DeleteCharacter(at) => {
            let mut characters = characters;
            if !characters.is_empty() {
                characters.remove(at % characters.len());
            }
            characters.into_iter().collect()
        }
        Change::RepeatCharacter(at, times) => {
            let at = at % characters.len().max(1);
            let repeat = |(place, c): (usize, &char)| {
                let times = if place == at { usize::from(*times) } else { 1 };
                std::iter::repeat_n(*c, times)
            };
            characters.iter().enumerate().flat_map(repeat).collect()
        }
        Change::ReplaceWord(at, word) => match value_of(*at) {
            Some((line, start)) => {
                let replaced = format!("{} {word}", &lines[line][..start]);
                lines[line] = &replaced;
                lines.join("\n")
            }
            None => text.to_owned(),
        },
    }
}

#[test]
fn shipped_scenarios_are_sound() {
    for text in shipped() {
        assert_eq!(read(&text, &[]), Ok(()), "{text}");
    }
}

#[test]
fn every_beginning_of_a_scenario_is_read_in_time() {
    // What an editor sees while somebody types.
    for text in shipped() {
        // A prime step meets every kind of place in the end.
        for (end, _) in text.char_indices().step_by(7) {
            let _ = read(&text[..end], &[]);
        }
    }
}

#[test]
fn deep_nesting_and_long_lines_are_read_in_time() {
    let deep = |open: &str, close: &str, count: usize| {
        format!("title = {}{}", open.repeat(count), close.repeat(count))
    };
    let texts = [
        deep("[", "]", 10_000),
        deep("{ a = ", " }", 10_000),
        deep("[", "", 100_000),
        format!("[{}a]", "a.".repeat(10_000)),
        format!("{}a = 1", "a.".repeat(10_000)),
        format!("title = \"{}\"", "é".repeat(1_000_000)),
        "\n".repeat(1_000_000),
    ];
    for text in texts {
        let _ = read(&text, &[]);
    }
}

#[test]
fn many_mistakes_are_shown_in_time() {
    let texts: [String; 3] = [
        "x = 1\n".repeat(12_000),
        (0..12_000).map(|number| format!("k{number} = 1\n")).collect(),
        (0..12_000).map(|number| format!("[nodes.n{number}]\n")).collect(),
    ];
    for text in texts {
        let _ = read(&text, &[]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_in_time(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&String::from_utf8_lossy(&bytes), &[]);
    }

    #[test]
    fn any_words_of_the_language_are_read_in_time(
        words in prop::collection::vec(prop_oneof![
            prop::sample::select(WORDS),
            prop::sample::select(&["title", "run", "nodes", "[run]\n", "\n", " ", ".", "=", "{", "}", "[", "]",
                "[network.graph]\n", "[workloads.a.trace]\n", "[architectures.a.bittorrent]\n", "\"", "#", ","][..]),
        ], 0..60),
    ) {
        let _ = read(&words.concat(), &[]);
    }

    #[test]
    fn a_changed_scenario_is_read_in_time(
        which in 0..100usize,
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let texts = shipped();
        let mut text = texts[which % texts.len()].clone();
        for change in &changes {
            text = applied(&text, change);
        }
        let _ = read(&text, &[]);
    }

    #[test]
    fn any_value_of_any_key_is_read_in_time(
        which in 0..100usize,
        at in 0..100usize,
        word in prop::sample::select(WORDS),
    ) {
        let texts = shipped();
        let text = applied(&texts[which % texts.len()], &Change::ReplaceWord(at, word));
        let _ = read(&text, &[]);
    }

    #[test]
    fn any_override_is_read_in_time(
        key in prop_oneof![
            prop::sample::select(&["seed", "run.replications", "nodes.user.count", "nodes.user", "run",
                "workloads.release.download.catalogue.size", "architectures.swarm.bittorrent.seeds"][..])
                .prop_map(str::to_owned),
            "\\PC{0,12}",
        ],
        value in prop_oneof![prop::sample::select(WORDS).prop_map(str::to_owned), "\\PC{0,12}"],
    ) {
        let _ = read(TEMPLATE, &[format!("{key}={value}")]);
        let _ = read("é = ", &[format!("{key}={value}"), "seed=1".to_owned()]);
    }
}
