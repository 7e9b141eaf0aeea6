//! Requests for a part of a file.
use std::ops::Range;

use axum::http::{HeaderMap, header};

/// The part of a file that a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// These bytes.
    Bytes(Range<u64>),
    /// None of its bytes.
    Unsatisfiable,
}

/// The part that the head asks for, of a file of that size and entity tag. One range is answered;
/// several, other units and malformed ranges are ignored, as a server may.
///
/// # Source
/// RFC 9110, sections 13.1.5 (`If-Range`, which compares strongly) and 14.1.2 to 14.2.
pub(super) fn wanted(headers: &HeaderMap, size: u64, tag: &str) -> Part {
    let text = |name| headers.get(name).and_then(|it: &header::HeaderValue| it.to_str().ok());
    if headers.contains_key(header::IF_RANGE) && text(header::IF_RANGE) != Some(tag) {
        return Part::Whole;
    }
    let spec = text(header::RANGE).and_then(|it| it.trim().strip_prefix("bytes="));
    let Some((first, last)) = spec.and_then(|it| it.split_once('-')) else { return Part::Whole };
    let (first, last) = (first.trim(), last.trim());
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Some(first), None) if last.is_empty() => first..size,
        (None, Some(most)) if first.is_empty() => size.saturating_sub(most)..size,
        _ => return Part::Whole,
    };
    if range.start < range.end { Part::Bytes(range) } else { Part::Unsatisfiable }
}

/// A number of digits; one that is too large for a file is the largest.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &str, size: u64) -> Part {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        wanted(&headers, size, "\"tag\"")
    }

    #[test]
    fn the_examples_of_the_standard() {
        for (range, part) in [
            ("bytes=0-499", 0..500),
            ("bytes=500-999", 500..1_000),
            ("bytes=-500", 9_500..10_000),
            ("bytes=9500-", 9_500..10_000),
            ("bytes=0-0", 0..1),
            ("bytes=-20000", 0..10_000),
            ("bytes=9999-99999999999999999999999", 9_999..10_000),
        ] {
            assert_eq!(of(range, 10_000), Part::Bytes(part), "{range}");
        }
        for range in ["bytes=10000-", "bytes=-0", "bytes=10000-20000"] {
            assert_eq!(of(range, 10_000), Part::Unsatisfiable, "{range}");
        }
        for range in ["bytes=0-1,4-5", "items=0-1", "bytes=", "bytes=-", "bytes=5-4", "bytes=+1-2"]
        {
            assert_eq!(of(range, 10_000), Part::Whole, "{range}");
        }
        assert_eq!(of("bytes=0-", 0), Part::Unsatisfiable);
    }

    #[test]
    fn a_part_of_another_file_is_not_asked_for() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=0-1".parse().unwrap());
        for (sent, part) in
            [("\"tag\"", Part::Bytes(0..2)), ("W/\"tag\"", Part::Whole), ("\"b\"", Part::Whole)]
        {
            headers.insert(header::IF_RANGE, sent.parse().unwrap());
            assert_eq!(wanted(&headers, 10, "\"tag\""), part, "{sent}");
        }
    }
}
