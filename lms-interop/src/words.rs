//! Accepted words, as Moodle writes them.
use lms_core::assessment::question::TextPattern;

/// In an accepted answer `*` matches anything, and `\*` an asterisk.
pub(crate) fn pattern(written: &str) -> TextPattern {
    let mut plain = String::with_capacity(written.len());
    let mut chars = written.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' if chars.peek() == Some(&'*') => {
                chars.next();
                plain.push('*');
            }
            '*' => return TextPattern::Wildcard(written.to_owned()),
            _ => plain.push(char),
        }
    }
    TextPattern::Exact(plain)
}

/// The words of a pattern; `None` for one that cannot be said.
pub(crate) fn written(pattern: &TextPattern) -> Option<String> {
    match pattern {
        TextPattern::Exact(exact) if exact.contains("\\*") => None,
        TextPattern::Exact(exact) => Some(exact.replace('*', "\\*")),
        TextPattern::Wildcard(pattern) => Some(pattern.clone()),
        TextPattern::Regex(_) => None,
    }
}
