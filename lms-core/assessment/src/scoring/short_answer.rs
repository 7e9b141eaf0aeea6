//! Matching words with the accepted ones.

use std::{borrow::Cow, cell::OnceCell};

use unicode_normalization::UnicodeNormalization;

use crate::question::{TextKey, TextPattern};
use lms_kernel::is_longer;

/// How words are compared where an accepted answer does not say so itself.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TextRule {
    /// Whether capitals and small letters differ.
    pub case_sensitive: bool,
}

/// The most characters of an answer that is compared; longer ones match nothing.
pub const MAX_SHORT_ANSWER: usize = 4_096;

/// The most characters of an answer that is compared with regular expressions, whose engine needs
/// up to the product of both lengths; longer ones match none of them.
pub(crate) const MAX_REGEX_ANSWER: usize = 1_000;

/// The place of the first accepted answer that matches, counted from 0.
///
/// White space at the ends is taken off, runs of it are one space, and both sides are brought to
/// Unicode's composed form (NFC). Invisible characters that pasting leaves behind are taken out,
/// and typographic quotation marks are plain ones, as telephones turn `don't` into `don’t`; a
/// regular expression may ask for either. Without regard to capitals, both sides are folded by
/// Unicode's rules: small letters, and `ß` as `ss`, since its word in capitals is written so. An
/// empty answer matches nothing, not even an empty or `*` pattern.
pub fn first_match(key: &TextKey, text: &str, rule: TextRule) -> Option<usize> {
    if text.len() > MAX_SHORT_ANSWER * 4 {
        return None;
    }
    let answer = Prepared::new(text);
    if answer.text.is_empty() || answer.text.chars().count() > MAX_SHORT_ANSWER {
        return None;
    }
    key.entries.iter().position(|entry| {
        let sensitive = entry.case_sensitive.unwrap_or(rule.case_sensitive);
        answer.matches(&entry.pattern, sensitive)
    })
}

/// An answer made ready to be compared with many patterns.
struct Prepared<'t> {
    text: Cow<'t, str>,
    is_ascii: bool,
    /// With its typographic quotation marks, where it has any.
    quoted: Option<Cow<'t, str>>,
    /// Without regard to capitals, once something asks for it.
    folded: OnceCell<String>,
}

impl<'t> Prepared<'t> {
    fn new(text: &'t str) -> Self {
        let text = squeezed(text);
        let (text, quoted) = match plain_quotes(&text) {
            Cow::Borrowed(_) => (text, None),
            Cow::Owned(plain) => (Cow::Owned(plain), Some(text)),
        };
        Self { is_ascii: text.is_ascii(), text, quoted, folded: OnceCell::new() }
    }

    fn matches(&self, pattern: &TextPattern, case_sensitive: bool) -> bool {
        match pattern {
            TextPattern::Exact(words) => self.equals(words, case_sensitive),
            TextPattern::Wildcard(words) => {
                let words = squeezed(words);
                let words = plain_quotes(&words);
                if case_sensitive {
                    wildcard_matches(&words, &self.text)
                } else {
                    wildcard_matches(&folded(&words), self.folded())
                }
            }
            TextPattern::Regex(regex) => {
                let mut written = std::iter::once(&self.text).chain(&self.quoted);
                written.any(|text| {
                    !is_longer(text, MAX_REGEX_ANSWER) && regex.matches(text, case_sensitive)
                })
            }
        }
    }

    fn folded(&self) -> &str {
        self.folded.get_or_init(|| folded(&self.text).into_owned())
    }

    fn equals(&self, words: &str, case_sensitive: bool) -> bool {
        if self.is_ascii && words.is_ascii() {
            let mut ours = self.text.split_ascii_whitespace();
            let mut theirs = words.split_ascii_whitespace();
            return loop {
                match (ours.next(), theirs.next()) {
                    (None, None) => break true,
                    (Some(a), Some(b)) if case_sensitive && a == b => {}
                    (Some(a), Some(b)) if !case_sensitive && a.eq_ignore_ascii_case(b) => {}
                    _ => break false,
                }
            };
        }
        let words = squeezed(words);
        let words = plain_quotes(&words);
        if case_sensitive { self.text == words } else { self.folded() == folded(&words) }
    }
}

/// The text in composed form, with single spaces, none at the ends, and nothing invisible.
fn squeezed(text: &str) -> Cow<'_, str> {
    if is_squeezed(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c == '\u{feff}') {
        let before = out.len();
        if before > 0 {
            out.push(' ');
        }
        out.extend(word.chars().filter(|c| !is_invisible(*c)));
        // Nothing that can be seen is no word.
        if out.len() <= before + usize::from(before > 0) {
            out.truncate(before);
        }
    }
    if out.is_ascii() { out.into() } else { out.nfc().collect::<String>().into() }
}

/// Whether the text is plain words with single spaces between them, as nearly all answers are.
fn is_squeezed(text: &str) -> bool {
    let mut after_space = true;
    for byte in text.bytes() {
        let is_space = byte == b' ';
        if !byte.is_ascii_graphic() && (!is_space || after_space) {
            return false;
        }
        after_space = is_space;
    }
    !after_space || text.is_empty()
}

/// The soft hyphen, the zero-width space and the word joiner. Joiners that some scripts spell with
/// are not among them.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}')
}

/// The text with plain quotation marks and apostrophes; borrowed where it has no others.
fn plain_quotes(text: &str) -> Cow<'_, str> {
    let plain = |c| match c {
        '‘' | '’' | '‛' | 'ʼ' => '\'',
        '“' | '”' | '„' | '‟' => '"',
        c => c,
    };
    if text.is_ascii() || text.chars().all(|c| plain(c) == c) {
        return Cow::Borrowed(text);
    }
    text.chars().map(plain).collect()
}

/// The text by Unicode's full case folding, as far as letters differ that people write: small
/// letters; a Greek final sigma is an ordinary one, and `ß` is `ss`, as they are in capitals.
fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        let has_capitals = text.bytes().any(|it| it.is_ascii_uppercase());
        return if has_capitals { text.to_ascii_lowercase().into() } else { text.into() };
    }
    let lower = text.to_lowercase().replace('ς', "σ").replace('ß', "ss");
    if lower.is_ascii() { lower.into() } else { lower.nfc().collect::<String>().into() }
}

/// Whether `*` (any characters or none) and `\*` (an asterisk) make the pattern fit the text.
///
/// The pieces between the stars are looked for one after the other, each at the first place where
/// it fits, so the time is linear in the lengths.
fn wildcard_matches(pattern: &str, text: &str) -> bool {
    let pieces = pieces(pattern);
    let (first, middle, last) = match pieces.as_slice() {
        [] => return text.is_empty(),
        [whole] => return whole == text,
        [first, middle @ .., last] => (first, middle, last),
    };
    let start = text.strip_prefix(first.as_str());
    let Some(mut rest) = start.and_then(|rest| rest.strip_suffix(last.as_str())) else {
        return false;
    };
    middle.iter().all(|piece| match rest.split_once(piece.as_str()) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

/// The text between the stars of a pattern, with `\*` as an asterisk.
fn pieces(pattern: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, pieces.last_mut()) {
            ('*', _) => pieces.push(String::new()),
            ('\\', Some(piece)) if chars.next_if_eq(&'*').is_some() => piece.push('*'),
            (c, Some(piece)) => piece.push(c),
            (_, None) => {}
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::question::{BoundedRegex, TextEntry};
    use lms_kernel::Ratio;

    fn accepts(pattern: TextPattern, text: &str) -> bool {
        let key = TextKey { entries: vec![TextEntry::new(pattern)] };
        first_match(&key, text, TextRule::default()).is_some()
    }

    fn exact(words: &str, text: &str) -> bool {
        accepts(TextPattern::Exact(words.into()), text)
    }

    fn wildcard(words: &str, text: &str) -> bool {
        accepts(TextPattern::Wildcard(words.into()), text)
    }

    #[test]
    fn spaces_capitals_and_composition_do_not_matter() {
        assert!(exact("New York", "  new \t york\n"));
        assert!(exact("caf\u{e9}", "CAFE\u{301}"));
        assert!(exact("ΟΔΟΣ", "οδος"));
        assert!(exact("Łódź", "łódź") && !exact("Łódź", "lodz"));
        assert!(!exact("new york", "newyork"));
        assert!(exact("0", "0"));
        assert!(exact("Straße", "STRASSE") && exact("STRASSE", "straße"));
        let sensitive = TextEntry::new(TextPattern::Exact("Straße".into())).with_case(true);
        let key = TextKey { entries: vec![sensitive] };
        assert_eq!(first_match(&key, "Strasse", TextRule::default()), None);
    }

    #[test]
    fn what_keyboards_and_pasting_add_does_not_matter() {
        assert!(exact("don't", "don’t") && exact("don’t", "don't") && wildcard("don't*", "Don’t!"));
        assert!(exact("say \"no\"", "say “no”"));
        assert!(exact("Paris", "\u{feff}Pa\u{ad}ris\u{200b}") && !exact("Paris", "Pa ris"));
        assert!(!exact("", "\u{200b}") && !wildcard("*", "\u{200b}"));
        for pattern in ["don.t", "don't", "don’t"] {
            assert!(accepts(TextPattern::Regex(BoundedRegex::new(pattern)), "don’t"), "{pattern}");
        }
        // A joiner that changes a word of Persian stays.
        assert!(!exact("می\u{200c}خواهم", "میخواهم"));
    }

    #[test]
    fn an_asterisk_stands_for_anything_or_for_itself() {
        assert!(wildcard("*cat*", "a cat sat") && wildcard("*cat*", "cat"));
        assert!(wildcard("col*r", "colour") && wildcard("col*r", "color"));
        assert!(!wildcard("col*r", "colours"));
        assert!(wildcard(r"2 \* 3", "2 * 3") && !wildcard(r"2 \* 3", "2 x 3"));
        assert!(wildcard(r"a\b", r"a\b"));
        assert!(!exact("*", "anything") && exact("*", "*"));
        assert!(wildcard("*a*b*c", "xxaxxbxxbxc") && !wildcard("*a*b*c", "xxaxxcxxb"));
    }

    #[test]
    fn nothing_matches_an_empty_answer() {
        for pattern in ["", " ", "*", "**"] {
            assert!(!wildcard(pattern, "") && !exact(pattern, "  "));
        }
        assert!(!accepts(TextPattern::Regex(BoundedRegex::new(".*")), " "));
        assert!(!exact("", "a"));
    }

    #[test]
    fn the_first_match_wins() {
        let half = Ratio::new(1, 2).unwrap();
        let key = TextKey {
            entries: vec![
                TextEntry::new(TextPattern::Exact("Paris".into())).with_case(true),
                TextEntry::new(TextPattern::Wildcard("par*".into())).worth(half),
                TextEntry::new(TextPattern::Wildcard("*".into())).worth(Ratio::ZERO),
            ],
        };
        let first = |text| first_match(&key, text, TextRule::default());
        assert_eq!([first("Paris"), first("paris"), first("Rome")], [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn long_answers_match_nothing_and_take_no_time() {
        assert!(!wildcard("*", &"a".repeat(MAX_SHORT_ANSWER + 1)));
        assert!(wildcard("*", &"a".repeat(MAX_SHORT_ANSWER)));
        assert!(!wildcard(&"*a".repeat(500), &"a".repeat(400)));
        assert!(!wildcard(&format!("{}b", "*a".repeat(200)), &"a".repeat(4_000)));
        // What took many seconds for one answer: 200 of them.
        let entry = || TextEntry::new(TextPattern::Wildcard(format!("{}b", "*a".repeat(499))));
        let key = TextKey { entries: std::iter::repeat_with(entry).take(200).collect() };
        assert_eq!(first_match(&key, &"a".repeat(MAX_SHORT_ANSWER), TextRule::default()), None);
    }

    #[derive(Clone, Copy, PartialEq)]
    enum Token {
        Any,
        One(char),
    }

    fn tokens(pattern: &str) -> Vec<Token> {
        let mut out = Vec::with_capacity(pattern.len());
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '*' => out.push(Token::Any),
                '\\' if chars.next_if_eq(&'*').is_some() => out.push(Token::One('*')),
                c => out.push(Token::One(c)),
            }
        }
        out
    }

    /// The definition, tried out in full.
    fn slow_match(pattern: &[Token], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((Token::Any, rest)), _) => {
                slow_match(rest, text)
                    || text.split_first().is_some_and(|(_, tail)| slow_match(pattern, tail))
            }
            (Some((Token::One(c), rest)), Some((first, tail))) => {
                c == first && slow_match(rest, tail)
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn wildcards_agree_with_their_definition(pattern in r"[ab*\\]{0,8}", text in "[ab*]{0,8}") {
            let chars: Vec<char> = text.chars().collect();
            prop_assert_eq!(wildcard_matches(&pattern, &text), slow_match(&tokens(&pattern), &chars));
        }

        #[test]
        fn any_text_matches_itself_and_nothing_panics(text in r"\PC{1,40}", pattern in r"\PC{0,20}") {
            if text.chars().any(|c| !c.is_whitespace()) {
                prop_assert!(exact(&text, &text));
            }
            let _ = wildcard(&pattern, &text);
            let _ = accepts(TextPattern::Regex(BoundedRegex::new(pattern.as_str())), &text);
        }
    }
}
