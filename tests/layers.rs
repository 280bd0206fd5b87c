//! The layers of `src/lib.rs`: each module uses only those below it, and no file grows too long.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Lowest first; modules on one line do not use each other.
const LAYERS: &[&[&str]] = &[
    &["units", "random", "heap", "prefetch"],
    &["ladder"],
    &["network"],
    &["model"],
    &["metrics"],
    &["engine"],
    &["architectures"],
    &["stats"],
    &["scenario"],
    &["run"],
    &["stress", "sweep"],
    &["report"],
];

/// A file is one concept; this much of it, without its tests, can still be held in mind.
const MOST_LINES: usize = 500;

/// Longer files, each with its reason.
const LONGER_FILES: &[(&str, &str)] = &[];

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every Rust file below `folder`, by its path inside of `src`.
fn sources() -> BTreeMap<String, String> {
    fn collect(folder: &Path, into: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(source_folder()).unwrap();
                let name = name.to_string_lossy().replace('\\', "/");
                into.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut sources = BTreeMap::new();
    collect(&source_folder(), &mut sources);
    sources
}

/// The text without its comments, which may name what they like.
fn without_comments(text: &str) -> String {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines().filter(is_code).flat_map(|line| [line, "\n"]).collect()
}

/// The module that each `crate::` or `hubmesh::` path of the text begins with.
fn used_modules(text: &str) -> Vec<String> {
    let is_part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let first_name = |text: &str| -> String {
        text.trim_start().chars().take_while(|&c| is_part_of_name(c)).collect()
    };
    let text = without_comments(text);
    let mut used = Vec::new();
    for root in ["crate::", "hubmesh::"] {
        for (at, _) in text.match_indices(root) {
            if text[..at].chars().next_back().is_some_and(is_part_of_name) {
                continue;
            }
            let rest = text[at + root.len()..].trim_start();
            match rest.strip_prefix('{') {
                Some(group) => used.extend(first_names_of_group(group).map(first_name)),
                None => used.push(first_name(rest)),
            }
        }
    }
    used
}

/// The items of `{a::b, c::{d, e}}` behind its opening brace, one text each.
fn first_names_of_group(group: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    let mut items = Vec::new();
    let mut start = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                items.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items.into_iter().filter(|item| !item.trim().is_empty())
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// `network` of `network/sharing.rs`.
fn module_of(file: &str) -> &str {
    let first = file.split('/').next().unwrap_or(file);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// The line where the tests at the end of a file begin, or its length.
fn lines_without_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| {
        pair[0].trim() == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
    });
    tests.unwrap_or(lines.len())
}

#[test]
fn every_module_has_a_place_in_the_layers() {
    let library = fs::read_to_string(source_folder().join("lib.rs")).unwrap();
    let declared: Vec<&str> = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")))
        .filter_map(|rest| rest.strip_suffix(';'))
        .collect();
    for module in &declared {
        assert!(layer_of(module).is_some(), "{module} is in src/lib.rs and in no layer");
    }
    for module in LAYERS.iter().copied().flatten() {
        assert!(declared.contains(module), "{module} is a layer and not in src/lib.rs");
    }
}

#[test]
fn a_module_uses_only_those_below_it() {
    let mut mistakes = Vec::new();
    let mut checked = 0;
    for (file, text) in sources() {
        let module = module_of(&file);
        let Some(layer) = layer_of(module) else {
            // The binary is the library's user, and the root only lists the modules.
            let known = ["lib", "main", "cli", "commands"];
            assert!(known.contains(&module), "{file} belongs to no layer");
            continue;
        };
        for used in used_modules(&text) {
            checked += 1;
            match layer_of(&used) {
                Some(below) if below < layer || used == module => {}
                Some(_) => mistakes.push(format!("{file}: {module} uses {used}")),
                None => mistakes.push(format!("{file}: {used} is no module of the library")),
            }
        }
    }
    assert!(mistakes.is_empty(), "imports against the layers:\n{}", mistakes.join("\n"));
    assert!(checked > 50, "only {checked} imports were found; does the search still work?");
}

#[test]
fn the_network_knows_neither_events_nor_requests() {
    let sources = sources();
    let network = sources.iter().filter(|(file, _)| module_of(file) == "network");
    for (file, text) in network {
        for word in ["RequestId", "EventQueue", "Scenario"] {
            assert!(!without_comments(text).contains(word), "{file} mentions {word}");
        }
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    let mut long = Vec::new();
    for (file, text) in sources() {
        let lines = lines_without_tests(&text);
        let is_known = LONGER_FILES.iter().any(|&(name, _)| name == file);
        // A file of tests is a list, not an argument.
        let is_tests = file.ends_with("/tests.rs");
        if lines > MOST_LINES && !is_known && !is_tests {
            long.push(format!("{file} has {lines} lines outside of its tests"));
        }
    }
    assert!(long.is_empty(), "more than {MOST_LINES} lines:\n{}", long.join("\n"));
}

#[test]
fn the_search_finds_imports_however_they_are_written() {
    let text = "
        use crate::units::{Time, Bytes};
        use crate::{model::Model, network::{Link, Site},\n            stats};
        // crate::report is only mentioned
        fn f() -> hubmesh::engine::World { mycrate::run() }
    ";
    let mut used = used_modules(text);
    used.sort_unstable();
    assert_eq!(used, ["engine", "model", "network", "stats", "units"]);
}
