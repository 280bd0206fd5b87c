//! What is no TOML: said once a line, and how to mend it where it can be guessed.

use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::{MOST_SHOWN, Problem};

/// The problems behind `errors`, which a parser has found in `text`.
pub fn problems_of(text: &str, tree: &DeTable<'_>, errors: &[toml::de::Error]) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    // After the first mistake of a line the parser guesses at the rest of it, and after a list
    // without an end at the rest of the file.
    let mut last_line = None;
    let mut is_in_list = false;
    let mut errors: Vec<&toml::de::Error> = errors.iter().collect();
    errors.sort_by_key(|error| error.span().map(|span| span.start));
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let start = text[..span.start.min(text.len())].rfind('\n').map_or(0, |at| at + 1);
        if last_line.replace(start) == Some(start) {
            continue;
        }
        if is_in_list && is_of_list(error) {
            continue;
        }
        let is_first = text[start..span.start.min(text.len())].trim().is_empty();
        is_in_list = is_of_list(error) && is_first;
        // Where the first of two equal keys stands takes a look at all of them.
        let problem = match problems.len() {
            0..MOST_SHOWN => with_cure(error, text, tree),
            _ => problem(error),
        };
        problems.push(problem);
    }
    problems
}

/// As the parser says it.
pub fn problem(error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or(0..0);
    Problem::new(span, error.message().trim().replace('\n', "; "), "here")
}

/// What a list without an end makes of the lines behind it.
fn is_of_list(error: &toml::de::Error) -> bool {
    let message = error.message();
    message.contains("array") || message.starts_with("string values must be quoted")
}

fn with_cure(error: &toml::de::Error, text: &str, tree: &DeTable<'_>) -> Problem {
    let plain = problem(error);
    let span = plain.span.clone();
    let wrong = text.get(span.clone()).unwrap_or_default().trim();
    let rest = text.get(span.start..).unwrap_or_default();
    let message = plain.message.as_str();
    let new = |message: &str, label: &str, help: String| {
        Problem::new(span.clone(), message, label).with_help(help)
    };
    if message.starts_with("duplicate key") {
        let message = format!("duplicate key `{wrong}`");
        let first = first_of(wrong, text, span.clone(), tree);
        let line = first.map(|first| text[..first].matches('\n').count() + 1);
        let help = match line {
            Some(line) => format!("the first is in line {line}; keep one of them"),
            None => "keep one of them".to_owned(),
        };
        return new(&message, "the second time", help);
    }
    if rest.starts_with(',') {
        return new("a comma where none belongs", "one too many", "leave it out".to_owned());
    }
    if rest.starts_with(':') {
        let help = "TOML writes `=` between a key and its value";
        return new("a colon where `=` is expected", "expected `=`", help.to_owned());
    }
    if wrong.starts_with(['“', '”', '„', '‘', '’', '«', '»', '`']) {
        let help = "write straight quotes, \" before and \" behind";
        return new("quotes that TOML does not know", "here", help.to_owned());
    }
    let help = match message {
        _ if message.starts_with("string values must be quoted") => match wrong {
            "" => {
                let help = "write a value, such as 3, true or \"10 s\"";
                return new("a value is missing", "expected a value", help.to_owned());
            }
            _ => format!("text stands between quotes: \"{wrong}\""),
        },
        _ if message.starts_with("invalid boolean") => match wrong.to_lowercase().as_str() {
            "true" | "false" => "write true or false, in small letters".to_owned(),
            _ => format!("text stands between quotes: \"{wrong}\""),
        },
        _ if message.contains("multi-line") => "close it by three quotes".to_owned(),
        _ if message.contains("string, expected") => {
            let help = match message.contains("literal") {
                true => "close it with '",
                false => "close it with \"",
            };
            return new("this text has no end on its line", "a quote is missing", help.to_owned());
        }
        _ if message.starts_with("unclosed array,") || message.contains("array elements") => {
            let help = "elements of a list are separated by `,`, and it ends with `]`";
            help.to_owned()
        }
        _ if message.starts_with("unclosed") => "close it".to_owned(),
        _ if message.starts_with("key with no value") => "write KEY = VALUE".to_owned(),
        _ if message.starts_with("unexpected key or value") => {
            "each key stands on a line of its own".to_owned()
        }
        _ if message.starts_with("missing escaped value") => {
            "write \\\\ for a backslash, or the text between single quotes".to_owned()
        }
        _ => return plain,
    };
    Problem { help: Some(help), ..plain }
}

/// Where the key stands that the one at `second` repeats.
fn first_of(name: &str, text: &str, second: Range<usize>, tree: &DeTable<'_>) -> Option<usize> {
    let start = text[..second.start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    if let Some(header) = header_of(line) {
        // The tree has the second of two tables.
        let mut at = 0;
        for line in text[..start].split_inclusive('\n') {
            if header_of(line) == Some(header) {
                return Some(at);
            }
            at += line.len();
        }
        return key_at(&path_of(header)?, &second, tree);
    }
    let bare = name.trim_matches(['"', '\'']);
    let mut nearest = None;
    visit(tree, &mut |key| {
        let span = key.span();
        if key.get_ref() == bare && span.start < second.start {
            nearest = nearest.max(Some(span.start));
        }
    });
    nearest
}

/// What stands between the brackets of a table's line.
fn header_of(line: &str) -> Option<&str> {
    let header = line.trim_start().strip_prefix('[')?.trim_start_matches('[');
    Some(header.split(']').next().unwrap_or_default().trim())
}

/// Where the key at the end of `path` stands, if before `second`.
fn key_at(path: &[String], second: &Range<usize>, tree: &DeTable<'_>) -> Option<usize> {
    let (last, before) = path.split_last()?;
    let mut table = tree;
    for name in before {
        match table.get(name.as_str())?.get_ref() {
            DeValue::Table(inner) => table = inner,
            _ => return None,
        }
    }
    let (key, _) = table.get_key_value(last.as_str())?;
    Some(key.span().start).filter(|&at| at < second.start)
}

fn visit<'t, 'i>(
    table: &'t DeTable<'i>,
    see: &mut impl FnMut(&'t Spanned<std::borrow::Cow<'i, str>>),
) {
    for (key, value) in table {
        see(key);
        visit_value(value.get_ref(), see);
    }
}

fn visit_value<'t, 'i>(
    value: &'t DeValue<'i>,
    see: &mut impl FnMut(&'t Spanned<std::borrow::Cow<'i, str>>),
) {
    match value {
        DeValue::Table(table) => visit(table, see),
        DeValue::Array(array) => {
            array.iter().for_each(|value| visit_value(value.get_ref(), see));
        }
        _ => {}
    }
}

/// The names of a dotted key; `None` when it is no key.
pub fn path_of(key: &str) -> Option<Vec<String>> {
    if key.contains(char::is_control) || key.trim_start().starts_with(['[', '#']) {
        return None;
    }
    let assignment = format!("{key} = 0");
    let tree = DeTable::parse(&assignment).ok()?;
    let mut path = Vec::new();
    let mut table = tree.get_ref();
    loop {
        let (name, value) = table.iter().next()?;
        path.push(name.get_ref().to_string());
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            _ => return Some(path),
        }
    }
}

/// `text` between quotes, on one line.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_is_read_as_it_was() {
        for text in ["", "3 Mbit/s", "a\"b\\c", "a\tb\n\u{7}\u{7f}\u{85}é", "\r\n", "it's"] {
            let line = format!("x = {}", quoted(text));
            let table = DeTable::parse(&line).unwrap();
            assert_eq!(table.get_ref()["x"].get_ref().as_str(), Some(text), "{line}");
            assert!(!line.contains('\n'));
        }
    }

    #[test]
    fn a_path_is_what_is_a_key_and_nothing_else() {
        assert_eq!(path_of("a.\"b.c\" . d").unwrap(), ["a", "b.c", "d"]);
        for key in ["", "a b", "#a", "[a]", "[a]\nb", "a..b", "a\nb"] {
            assert_eq!(path_of(key), None, "{key}");
        }
    }
}
