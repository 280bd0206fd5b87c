//! One number of every node of a GraphML file, such as its population.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::GraphmlError;

/// The number that each node has under the name `attribute`, in the order of the file, and the
/// names of all attributes that nodes have; `None` for a node without it or with no number there.
///
/// # Errors
/// When the text cannot be read as XML.
pub fn parse_node_numbers(
    text: &str,
    attribute: &str,
) -> Result<(Vec<Option<f64>>, BTreeSet<String>), GraphmlError> {
    let mut reader = Reader::from_str(text);
    let mut names = BTreeSet::new();
    let mut keys = BTreeSet::new();
    let mut numbers: Vec<Option<f64>> = Vec::new();
    let mut is_in_node = false;
    let mut is_in_number = false;
    loop {
        let event = reader.read_event().map_err(|error| {
            GraphmlError::Malformed(error.to_string()).at(text, reader.error_position())
        })?;
        match event {
            Event::Start(ref tag) | Event::Empty(ref tag) => match tag.local_name().as_ref() {
                "key" if value(tag, "for").is_none_or(|owner| owner != "edge") => {
                    if let (Some(id), Some(name)) = (value(tag, "id"), value(tag, "attr.name")) {
                        if name == attribute {
                            keys.insert(id);
                        }
                        names.insert(name);
                    }
                }
                "node" => {
                    numbers.push(None);
                    is_in_node = matches!(event, Event::Start(_));
                }
                "data" if is_in_node => {
                    is_in_number = value(tag, "key").is_some_and(|key| keys.contains(&key));
                }
                _ => {}
            },
            Event::Text(ref words) if is_in_number => {
                if let Some(number) = numbers.last_mut() {
                    *number = words.trim().parse().ok().filter(|number: &f64| number.is_finite());
                }
            }
            Event::End(ref tag) => match tag.local_name().as_ref() {
                "data" => is_in_number = false,
                "node" => is_in_node = false,
                _ => {}
            },
            Event::Eof => return Ok((numbers, names)),
            _ => {}
        }
    }
}

fn value(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    tag.attributes()
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)
        .map(|attribute| attribute.value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_the_order_of_the_nodes() {
        let text = r#"<graphml><key id="d0" for="node" attr.name="Population"/>
            <key id="d1" for="edge" attr.name="Speed"/><graph>
            <node id="a"><data key="d0"> 3.5e6 </data></node><node id="b"/>
            <node id="c"><data key="d0">many</data></node>
            <edge source="a" target="b"><data key="d0">7</data></edge></graph></graphml>"#;
        let (numbers, names) = parse_node_numbers(text, "Population").unwrap();
        assert_eq!(numbers, [Some(3.5e6), None, None]);
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["Population"]);
        assert!(parse_node_numbers("<a><b></a>", "x").is_err());
    }
}
