//! The elements of a file, one question at a time.
use std::collections::BTreeMap;

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_xml_entity,
    events::{BytesStart, Event},
};

use crate::ReadError;

/// How deep elements may lie in each other.
pub const MAX_DEPTH: usize = 32;
/// The most elements of one question.
pub const MAX_ELEMENTS: usize = 20_000;

/// An element with all that is in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: BTreeMap<String, String>,
    pub(super) children: Vec<Element>,
    /// The characters in it, without those of its children.
    pub(super) text: String,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|it| it.name == name)
    }

    pub(super) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |it| it.name == name)
    }

    /// The characters of a child, without space at the ends; empty where there is none.
    pub(super) fn value(&self, name: &str) -> &str {
        self.child(name).map_or("", |it| it.text.trim())
    }

    /// The words of a child, which the format wraps in `text`.
    pub(super) fn words(&self, name: &str) -> &str {
        self.child(name).map_or("", Self::own_words)
    }

    /// The element and all that is in it.
    pub(super) fn whole(&self) -> Vec<&Self> {
        let mut all = vec![self];
        let mut at = 0;
        while let Some(element) = all.get(at).copied() {
            all.extend(&element.children);
            at += 1;
        }
        all
    }

    /// The words of the element itself.
    pub(super) fn own_words(&self) -> &str {
        self.child("text").map_or("", |it| it.text.trim())
    }
}

/// Reads the questions of a file, each with the line where it begins.
pub(super) struct Questions<'t> {
    text: &'t str,
    reader: Reader<&'t [u8]>,
    /// How far lines are counted.
    counted: usize,
    line: u32,
    is_open: bool,
}

impl<'t> Questions<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, reader: Reader::from_str(text), counted: 0, line: 1, is_open: false }
    }

    /// The line that the reader is at.
    fn line(&mut self) -> u32 {
        let at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
        let at = at.min(self.text.len());
        let passed = self.text.as_bytes().get(self.counted..at).unwrap_or_default();
        let lines = passed.iter().filter(|it| **it == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.counted = at.max(self.counted);
        self.line
    }

    fn malformed(&mut self) -> ReadError {
        ReadError::NotXml { line: self.line() }
    }

    fn event(&mut self) -> Result<Event<'t>, ReadError> {
        self.reader.read_event().map_err(|_| self.malformed())
    }

    /// The next question, or what a file has in the place of one.
    pub(super) fn next(&mut self) -> Result<Option<(u32, Element)>, ReadError> {
        loop {
            match self.event()? {
                Event::Start(it) if it.name().as_ref() == b"quiz" => self.is_open = true,
                Event::Start(it) if self.is_open => {
                    let line = self.line();
                    let element = self.element(&it)?;
                    return Ok(Some((line, element)));
                }
                Event::Empty(it) if self.is_open => {
                    let line = self.line();
                    return Ok(Some((line, self.begun(&it)?)));
                }
                Event::End(it) if it.name().as_ref() == b"quiz" => self.is_open = false,
                Event::Start(_) => return Err(self.malformed()),
                Event::Eof if self.is_open => return Err(self.malformed()),
                Event::Eof => return Ok(None),
                _ => {}
            }
        }
    }

    /// What is in an element that has begun, without recursion.
    fn element(&mut self, start: &BytesStart<'_>) -> Result<Element, ReadError> {
        let mut open = vec![self.begun(start)?];
        let mut count = 1_usize;
        loop {
            match self.event()? {
                Event::Start(it) => {
                    count += 1;
                    if open.len() >= MAX_DEPTH || count > MAX_ELEMENTS {
                        return Err(ReadError::TooDeep { line: self.line() });
                    }
                    let begun = self.begun(&it)?;
                    open.push(begun);
                }
                Event::Empty(it) => {
                    let begun = self.begun(&it)?;
                    count += 1;
                    if count > MAX_ELEMENTS {
                        return Err(ReadError::TooDeep { line: self.line() });
                    }
                    if let Some(parent) = open.last_mut() {
                        parent.children.push(begun);
                    }
                }
                Event::End(_) => {
                    let Some(done) = open.pop() else { return Err(self.malformed()) };
                    match open.last_mut() {
                        Some(parent) => parent.children.push(done),
                        None => return Ok(done),
                    }
                }
                Event::Text(it) => {
                    let text = it.xml10_content().map_err(|_| self.malformed())?;
                    self.add(&mut open, &text);
                }
                Event::CData(it) => {
                    let text = it.xml10_content().map_err(|_| self.malformed())?;
                    self.add(&mut open, &text);
                }
                Event::GeneralRef(it) => {
                    let char = it.resolve_char_ref().map_err(|_| self.malformed())?;
                    let text = match char {
                        Some(char) => char.to_string(),
                        // An entity that a file declares itself is never expanded.
                        None => {
                            let name = it.decode().map_err(|_| self.malformed())?;
                            let known = resolve_xml_entity(&name);
                            known.ok_or_else(|| self.malformed())?.to_owned()
                        }
                    };
                    self.add(&mut open, &text);
                }
                Event::Eof => return Err(self.malformed()),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::DocType(_) => {}
            }
        }
    }

    fn add(&self, open: &mut [Element], text: &str) {
        if let Some(element) = open.last_mut() {
            element.text.push_str(text);
        }
    }

    fn begun(&mut self, start: &BytesStart<'_>) -> Result<Element, ReadError> {
        let name = String::from_utf8_lossy(start.name().as_ref()).into_owned();
        let mut attributes = BTreeMap::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| self.malformed())?;
            let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|_| self.malformed())?;
            attributes.insert(key, value.into_owned());
        }
        Ok(Element { name, attributes, ..Element::default() })
    }
}
