//! A GraphML file as it stands: nodes and edges with their fields, whatever these mean.
//!
//! Fields are known by the `attr.name` of their `<key>`, and by the key itself where there is
//! none. Ports, hyperedges and graphs inside of nodes, which no file of the Topology Zoo has,
//! are refused rather than read wrongly.

use std::collections::HashMap;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::GraphmlError;

/// A node or an edge as it stands in the file.
#[derive(Default)]
pub struct Element {
    /// Byte of the text at which its tag begins.
    pub position: u64,
    pub attributes: HashMap<String, String>,
    /// By `attr.name` of the key.
    pub fields: HashMap<String, String>,
}

#[derive(Default)]
pub struct Document {
    pub directed: bool,
    pub nodes: Vec<Element>,
    pub edges: Vec<Element>,
}

/// What is open while the text is read.
#[derive(Default)]
struct Parser {
    document: Document,
    key_names: HashMap<String, String>,
    /// Names of the open elements, outermost first.
    path: Vec<String>,
    graph_count: usize,
    /// The open node or edge, and whether it is a node.
    element: Option<(bool, Element)>,
    /// The name of the open field.
    field: Option<String>,
    content: String,
}

pub fn parse(text: &str) -> Result<Document, GraphmlError> {
    let mut reader = Reader::from_str(text);
    let mut parser = Parser::default();
    loop {
        let position = reader.buffer_position();
        let event = reader.read_event().map_err(|error| {
            GraphmlError::Malformed(error.to_string()).at(text, reader.error_position())
        })?;
        let read = match event {
            Event::Start(ref tag) => parser.open(tag, position),
            Event::Empty(ref tag) => parser.open(tag, position).map(|()| parser.close()),
            Event::End(_) => {
                parser.close();
                Ok(())
            }
            Event::Text(ref words) => {
                parser.text(words);
                Ok(())
            }
            Event::CData(ref words) => {
                parser.text(words);
                Ok(())
            }
            Event::GeneralRef(ref reference) => {
                resolved(reference).map(|character| parser.text(&character))
            }
            Event::Eof => return parser.finished().map_err(|error| error.at(text, position)),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => Ok(()),
        };
        read.map_err(|error| error.at(text, position))?;
    }
}

impl Parser {
    fn open(&mut self, tag: &BytesStart<'_>, position: u64) -> Result<(), GraphmlError> {
        let attributes = attributes_of(tag)?;
        let name = tag.local_name().as_ref().to_owned();
        match name.as_str() {
            "key" => {
                if let (Some(id), Some(name)) = (attributes.get("id"), attributes.get("attr.name"))
                {
                    self.key_names.insert(id.clone(), name.clone());
                }
            }
            "graph" => {
                self.graph_count += 1;
                if self.graph_count > 1 {
                    return Err(GraphmlError::Unsupported("a second <graph>"));
                }
                self.document.directed =
                    attributes.get("edgedefault").is_some_and(|default| default == "directed");
            }
            "hyperedge" => return Err(GraphmlError::Unsupported("a <hyperedge>")),
            "node" | "edge" => {
                if self.element.is_some() {
                    return Err(GraphmlError::Unsupported("a node or edge inside of another"));
                }
                let element = Element { position, attributes, fields: HashMap::new() };
                self.element = Some((name == "node", element));
            }
            "data" if self.element.is_some() => {
                let key = attributes.get("key").cloned().unwrap_or_default();
                self.field = Some(self.key_names.get(&key).cloned().unwrap_or(key));
                self.content.clear();
            }
            _ => {}
        }
        self.path.push(name);
        Ok(())
    }

    fn text(&mut self, words: &str) {
        if self.field.is_some() {
            self.content.push_str(words);
        }
    }

    fn close(&mut self) {
        match self.path.pop().as_deref() {
            Some("data") => {
                if let (Some(name), Some((_, element))) = (self.field.take(), self.element.as_mut())
                {
                    element.fields.insert(name, self.content.trim().to_owned());
                }
            }
            Some("node" | "edge") => {
                if let Some((is_node, element)) = self.element.take() {
                    let list =
                        if is_node { &mut self.document.nodes } else { &mut self.document.edges };
                    list.push(element);
                }
            }
            _ => {}
        }
    }

    /// A text that ends too early is no smaller network, but half of one.
    fn finished(self) -> Result<Document, GraphmlError> {
        match self.path.last() {
            Some(name) if !self.document.nodes.is_empty() => {
                Err(GraphmlError::Malformed(format!("the file ends inside of <{name}>")))
            }
            _ => Ok(self.document),
        }
    }
}

fn attributes_of(tag: &BytesStart<'_>) -> Result<HashMap<String, String>, GraphmlError> {
    tag.attributes()
        .map(|attribute| {
            let attribute =
                attribute.map_err(|error| GraphmlError::Malformed(error.to_string()))?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| GraphmlError::Malformed(error.to_string()))?;
            Ok((attribute.key.local_name().as_ref().to_owned(), value.into_owned()))
        })
        .collect()
}

/// The character that `&NAME;` or `&#NUMBER;` stands for.
fn resolved(reference: &BytesRef<'_>) -> Result<String, GraphmlError> {
    let character =
        reference.resolve_char_ref().map_err(|error| GraphmlError::Malformed(error.to_string()))?;
    if let Some(character) = character {
        return Ok(character.to_string());
    }
    quick_xml::escape::resolve_predefined_entity(reference).map(str::to_owned).ok_or_else(|| {
        GraphmlError::Malformed(format!("&{}; is no character that XML knows", &**reference))
    })
}
