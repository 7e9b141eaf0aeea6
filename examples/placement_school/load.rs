//! Reads a data file whole or not at all, and says where it is wrong.
use std::{fmt, fs, path::Path};

use crate::{
    check::{Step, check, check_characters, shown},
    data::SchoolFile,
};

/// The file that ships with the example.
pub(crate) const SHIPPED: &str = include_str!("school.json");

/// What is wrong with a data file, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FileError {
    line: usize,
    field: String,
    reason: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, field, reason } = self;
        write!(f, "line {line}, field `{field}`: {reason}")
    }
}

impl std::error::Error for FileError {}

/// Reads the file at `path`.
pub(crate) fn read(path: &Path) -> Result<SchoolFile, Box<dyn std::error::Error>> {
    let bytes = fs::read(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let read = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + read.iter().filter(|it| **it == b'\n').count();
        format!("{}: line {line}: the text is not UTF-8; save the file as UTF-8", path.display())
    })?;
    parse(&text).map_err(|e| format!("{}: {e}", path.display()).into())
}

/// Reads a data file's text.
pub(crate) fn parse(text: &str) -> Result<SchoolFile, FileError> {
    // Some editors begin a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut json = serde_json::Deserializer::from_str(text);
    let file: SchoolFile = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        let inner = error.into_inner();
        // serde_json repeats the place at the end of its message.
        let reason = inner.to_string();
        let reason = reason.rsplit_once(" at line ").map_or(&*reason, |it| it.0).to_owned();
        FileError { line: inner.line(), field, reason }
    })?;
    json.end().map_err(|e| FileError {
        line: e.line(),
        field: ".".into(),
        reason: "there is text behind the end of the data".into(),
    })?;
    let place = |(path, reason): (Vec<Step>, String)| FileError {
        line: line_of(text, &path),
        field: shown(&path),
        reason,
    };
    // What was read as a file is JSON.
    let json = serde_json::from_str(text).unwrap_or_default();
    check_characters(&json, &mut Vec::new()).map_err(place)?;
    check(&file).map_err(place)?;
    Ok(file)
}

/// The line on which the value at `path` begins; the last one reached when it is not there.
fn line_of(text: &str, path: &[Step]) -> usize {
    let mut at = 0;
    for step in path {
        at = match step {
            Step::Key(key) => enter(text, at, |name, _| name == Some(key)),
            Step::Index(index) => enter(text, at, |_, count| count == *index),
        }
        .unwrap_or(at);
    }
    1 + text.get(..at).unwrap_or(text).matches('\n').count()
}

/// Where, in the object or array that begins at `from`, the wanted value begins. The text is
/// known to be valid JSON.
fn enter(text: &str, from: usize, wanted: impl Fn(Option<&str>, usize) -> bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = skip_space(bytes, from);
    let object = *bytes.get(at)? == b'{';
    at += 1;
    for count in 0.. {
        at = skip_space(bytes, at);
        let mut name = None;
        if object {
            let end = skip_value(bytes, at)?;
            name = text.get(at + 1..end - 1);
            at = skip_space(bytes, skip_space(bytes, end) + 1);
        }
        if wanted(name, count) {
            return Some(at);
        }
        at = skip_space(bytes, skip_value(bytes, at)?);
        if *bytes.get(at)? != b',' {
            return None;
        }
        at += 1;
    }
    None
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|it| it.is_ascii_whitespace()).count()
}

fn skip_value(bytes: &[u8], from: usize) -> Option<usize> {
    let (mut at, mut depth, mut quoted) = (from, 0_usize, false);
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.checked_sub(1)?,
            _ => {}
        }
        let ended = match bytes.get(at) {
            None => true,
            Some(next) => {
                matches!(byte, b'"' | b'}' | b']')
                    || matches!(next, b',' | b'}' | b']')
                    || next.is_ascii_whitespace()
            }
        };
        if depth == 0 && !quoted && ended {
            return Some(at);
        }
    }
}
