//! The accepted answers of a short-answer question or a blank.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use lms_kernel::{Ratio, is_longer};

/// The accepted answers, in order: the first that matches decides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TextKey {
    /// The accepted answers.
    pub entries: Vec<TextEntry>,
}

/// One accepted answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TextEntry {
    /// What an answer must look like.
    pub pattern: TextPattern,
    /// The share of the score that it earns, from −1 to 1.
    #[serde(default = "whole")]
    pub fraction: Ratio,
    /// Whether capitals and small letters differ; by default as the scoring rules say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_sensitive: Option<bool>,
    /// The feedback for a learner who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
}

const fn whole() -> Ratio {
    Ratio::ONE
}

impl TextEntry {
    /// An answer that earns everything.
    pub const fn new(pattern: TextPattern) -> Self {
        Self { pattern, fraction: Ratio::ONE, case_sensitive: None, feedback: None }
    }

    /// The same answer, earning this share.
    #[must_use]
    pub const fn worth(mut self, fraction: Ratio) -> Self {
        self.fraction = fraction;
        self
    }

    /// The same answer, with or without regard to capitals.
    #[must_use]
    pub const fn with_case(mut self, sensitive: bool) -> Self {
        self.case_sensitive = Some(sensitive);
        self
    }
}

impl TextKey {
    /// The most characters of one accepted answer.
    pub const MAX_PATTERN: usize = 1_000;

    /// The most accepted answers of a question, those of all its blanks together.
    pub const MAX_ACCEPTED: usize = 1_000;

    /// The most regular expressions of a question, those of all its blanks together.
    pub const MAX_EXPRESSIONS: usize = 20;

    /// A key that accepts exactly these words, each earning everything.
    pub fn exact<'t>(words: impl IntoIterator<Item = &'t str>) -> Self {
        let entry = |word: &str| TextEntry::new(TextPattern::Exact(word.to_owned()));
        Self { entries: words.into_iter().map(entry).collect() }
    }

    /// The accepted answer that a learner may be shown: the first that earns the most and can be
    /// written out.
    pub fn model_answer(&self) -> Option<&str> {
        let mut best: Option<&TextEntry> = None;
        for entry in &self.entries {
            let is_shown = !matches!(entry.pattern, TextPattern::Regex(_));
            if is_shown && best.is_none_or(|best| entry.fraction > best.fraction) {
                best = Some(entry);
            }
        }
        best.map(|entry| entry.pattern.text())
    }
}

/// The pattern of an accepted answer.
///
/// Answers are compared whole, after white space at the ends is taken off, runs of white space are
/// made one space, and both sides are brought to Unicode's composed form (NFC).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "form", content = "text")]
pub enum TextPattern {
    /// These words.
    Exact(String),
    /// These words, in which `*` matches any characters or none and `\*` an asterisk.
    Wildcard(String),
    /// A regular expression that the whole answer must match.
    Regex(BoundedRegex),
}

impl TextPattern {
    /// The pattern as its author wrote it.
    pub fn text(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Wildcard(text) => text,
            Self::Regex(regex) => regex.source(),
        }
    }
}

/// A regular expression whose size is bounded, and which always matches the whole text.
///
/// The engine's time grows with the product of the sizes of expression and answer at worst, and
/// both are bounded; look-around and back-references do not exist in it. See
/// <https://docs.rs/regex>, "Untrusted input". An expression is compiled once: those that were used
/// last are kept, however often a question is loaded.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct BoundedRegex {
    source: String,
    #[serde(skip)]
    compiled: OnceLock<Arc<Compiled>>,
}

#[derive(Default)]
struct Compiled {
    sensitive: OnceLock<Option<Regex>>,
    insensitive: OnceLock<Option<Regex>>,
}

/// The expressions that were used last, by their source.
static RECENT: Mutex<BTreeMap<String, Arc<Compiled>>> = Mutex::new(BTreeMap::new());

impl BoundedRegex {
    /// The most characters of an expression.
    pub const MAX_LENGTH: usize = 1_000;

    /// The most bytes that a compiled expression may take.
    pub const MAX_COMPILED: usize = 128 * 1024;

    /// How many compiled expressions are kept for the next question that has them.
    pub const MAX_RECENT: usize = 256;

    /// An expression; [`BoundedRegex::problem`] says whether it can be used.
    pub fn new(source: impl Into<String>) -> Self {
        Self { source: source.into(), compiled: OnceLock::new() }
    }

    /// The expression as its author wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Why the expression cannot be used, if it cannot.
    pub fn problem(&self) -> Option<String> {
        if is_longer(&self.source, Self::MAX_LENGTH) {
            return Some(format!("write at most {} characters", Self::MAX_LENGTH));
        }
        if self.compiled().regex(&self.source, true).is_some() {
            return None;
        }
        build(&self.source, false).err()
    }

    /// Whether the whole text matches; never for an expression that cannot be used.
    pub fn matches(&self, text: &str, case_sensitive: bool) -> bool {
        if is_longer(&self.source, Self::MAX_LENGTH) {
            return false;
        }
        let regex = self.compiled().regex(&self.source, case_sensitive);
        regex.is_some_and(|regex| regex.is_match(text))
    }

    fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| {
            // Whatever another thread did while it held the lock, the map is whole.
            let mut recent = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(compiled) = recent.get(&self.source) {
                return Arc::clone(compiled);
            }
            if recent.len() >= Self::MAX_RECENT {
                recent.clear();
            }
            let compiled = Arc::<Compiled>::default();
            recent.insert(self.source.clone(), Arc::clone(&compiled));
            compiled
        })
    }
}

impl Compiled {
    fn regex(&self, source: &str, case_sensitive: bool) -> Option<&Regex> {
        let slot = if case_sensitive { &self.sensitive } else { &self.insensitive };
        slot.get_or_init(|| build(source, !case_sensitive).ok()).as_ref()
    }
}

fn build(source: &str, ignore_case: bool) -> Result<Regex, String> {
    // The expression has to stand on its own, so that `a)|(b` cannot break out of the anchors.
    let mut parser = regex_syntax::ParserBuilder::new().nest_limit(50).build();
    parser.parse(source).map_err(|error| error.to_string())?;
    RegexBuilder::new(&format!(r"\A(?:{source})\z"))
        .nest_limit(60)
        .size_limit(BoundedRegex::MAX_COMPILED)
        .dfa_size_limit(BoundedRegex::MAX_COMPILED)
        .case_insensitive(ignore_case)
        .build()
        .map_err(|error| error.to_string())
}

impl PartialEq for BoundedRegex {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl fmt::Debug for BoundedRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BoundedRegex").field(&self.source).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_answer_has_to_match() {
        let regex = BoundedRegex::new("a|b");
        assert!(regex.matches("a", true) && regex.matches("B", false));
        assert!(!regex.matches("ab", true) && !regex.matches("B", true));
        assert!(!regex.matches("a\n", true));
    }

    #[test]
    fn what_cannot_be_used_says_so_and_never_matches() {
        for source in ["(", "a)|(b", "(?=a)", r"\1", "a{1000}{1000}{9}", &"x".repeat(1_001)] {
            let regex = BoundedRegex::new(source);
            assert!(regex.problem().is_some(), "{source}");
            assert!(!regex.matches("a", true) && !regex.matches("x", false));
        }
        assert_eq!(BoundedRegex::new("colou?r").problem(), None);
    }

    #[test]
    fn an_expression_is_compiled_once_however_often_it_is_loaded() {
        let load = || BoundedRegex::new("once|and|never|again");
        let (first, second) = (load(), load());
        assert!(first.matches("never", true) && second.matches("again", true));
        assert!(std::ptr::eq(first.compiled(), second.compiled()));
        // What is kept does not grow without a bound.
        for number in 0..2 * BoundedRegex::MAX_RECENT {
            assert!(
                BoundedRegex::new(format!("kept {number}"))
                    .matches(&format!("kept {number}"), true)
            );
        }
        assert!(RECENT.lock().unwrap().len() <= BoundedRegex::MAX_RECENT);
        assert!(first.matches("once", false), "it is still its own");
    }

    #[test]
    fn a_hostile_expression_stays_fast() {
        let regex = BoundedRegex::new("(a*)*(a*)*(a*)*b");
        assert!(!regex.matches(&"a".repeat(10_000), true));
    }

    #[test]
    fn json_is_the_pattern() {
        let key = TextKey {
            entries: vec![
                TextEntry::new(TextPattern::Wildcard("col*r".into())),
                TextEntry::new(TextPattern::Regex(BoundedRegex::new("gr[ae]y"))).with_case(true),
            ],
        };
        let json = serde_json::to_value(&key).unwrap();
        assert_eq!(json["entries"][1]["pattern"]["text"], "gr[ae]y");
        assert_eq!(serde_json::from_value::<TextKey>(json).unwrap(), key);
        assert_eq!(key.model_answer(), Some("col*r"));
    }
}
