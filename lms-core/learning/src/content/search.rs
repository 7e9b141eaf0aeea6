//! Finding courses by words, the same way on every backend.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::content::{Block, ContentNode, Course, PublicationStatus};
use lms_kernel::{Context, Id, Slug};
use lms_store::{Direction, LogStamp, Query, Record};

/// A word by which a course is found, and how well it describes the course.
///
/// The words of a course are kept in a normalised form, so that a search is a look-up by the
/// start of a text: the same on every backend, and quick where rows are guarded one by one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "course_terms", unaudited, unique(course_id, term), index(term))]
pub struct CourseTerm {
    /// The record's id.
    pub id: Id<CourseTerm>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The course.
    pub course_id: Id<Course>,
    /// The word, normalised by [`search_words`].
    pub term: String,
    /// How well it describes the course: 8 in the title, 4 as a tag, 3 in the short description,
    /// 2 in the full one or a node's title, 1 in what a node shows.
    pub weight: u8,
}

impl CourseTerm {
    /// The most words by which one course is found; the best are kept.
    pub const MAX_PER_COURSE: usize = 2_000;

    /// That `course` is found by `term`.
    pub fn new(cx: &Context, course: Id<Course>, term: String, weight: u8) -> Self {
        Self { id: cx.id(), stamp: LogStamp::new(cx), course_id: course, term, weight }
    }

    /// The words of a course.
    pub fn of(course: Id<Course>) -> Query<Self> {
        Query::filter(Self::COURSE_ID.eq(course))
    }

    /// The words that start with `word`, the best first, of courses that learners may see.
    pub fn starting_with(word: &str) -> Query<Self> {
        let published = Course::STATUS.eq(PublicationStatus::Published);
        Query::filter(Self::TERM.starts_with(word))
            .and(Self::COURSE_ID.in_records(Course::ID, published))
            .order_by(Self::WEIGHT, Direction::Desc)
    }
}

/// The longest word that is kept, in characters; longer ones are cut.
const WORD_MAX_LENGTH: usize = 40;

/// The words of a text in the form in which they are compared: small letters, Latin ones without
/// accents; of texts without spaces between words (Chinese, Japanese), every two neighbours.
///
/// ```
/// use lms_learning::content::search_words;
///
/// assert_eq!(search_words("Crème brûlée, 2nd"), ["creme", "brulee", "2nd"]);
/// assert_eq!(search_words("Высшая Алгебра"), ["высшая", "алгебра"]);
/// assert_eq!(search_words("線形代数"), ["線形", "形代", "代数"]);
/// ```
pub fn search_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for run in text.split(|it: char| !(it.is_alphanumeric() || is_mark(it))) {
        let mut rest = run;
        while let Some(first) = rest.chars().next() {
            let dense = is_unspaced(first);
            let end = rest.find(|it| is_unspaced(it) != dense).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after;
            if dense { push_pairs(word, &mut words) } else { push_word(word, &mut words) }
        }
    }
    words
}

/// The words by which a course is found, with their weights, the best first.
pub(crate) fn terms_of(course: &Course, nodes: &[&ContentNode]) -> Vec<(String, u8)> {
    let mut weights: BTreeMap<String, u8> = BTreeMap::new();
    let mut add = |text: &str, weight: u8| {
        for word in search_words(text) {
            let kept = weights.entry(word).or_default();
            *kept = weight.max(*kept);
        }
    };
    add(course.title.as_str(), 8);
    course.tags.as_slice().iter().for_each(|tag| add(tag, 4));
    if let Some(text) = &course.short_description {
        add(text.as_str(), 3);
    }
    if let Some(text) = &course.description {
        add(text.as_str(), 2);
    }
    for node in nodes {
        add(node.title.as_str(), 2);
        node.body.iter().filter_map(Block::searchable).for_each(|text| add(text, 1));
    }
    let mut terms: Vec<(String, u8)> = weights.into_iter().collect();
    terms.sort_by(|(a, weight_a), (b, weight_b)| weight_b.cmp(weight_a).then_with(|| a.cmp(b)));
    terms.truncate(CourseTerm::MAX_PER_COURSE);
    terms
}

fn push_word(word: &str, words: &mut Vec<String>) {
    if !word.contains(char::is_alphanumeric) {
        return;
    }
    let latin = word.chars().all(|it| it.is_ascii() || is_latin(it) || is_mark(it));
    let plain = if latin { Slug::suggested(word) } else { None };
    let word = match plain {
        Some(slug) => slug.as_str().replace('-', ""),
        None => word.to_lowercase(),
    };
    if !word.is_empty() {
        words.push(word.chars().take(WORD_MAX_LENGTH).collect());
    }
}

fn push_pairs(run: &str, words: &mut Vec<String>) {
    let letters: Vec<char> = run.chars().collect();
    if letters.len() == 1 {
        words.push(run.to_owned());
    }
    words.extend(letters.windows(2).map(|pair| pair.iter().collect::<String>()));
}

const fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\'' | '’' | 'ʻ' | 'ʼ')
}

const fn is_latin(letter: char) -> bool {
    matches!(letter, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

/// Hiragana, Katakana and Han.
const fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_compared_without_case_and_accents() {
        assert_eq!(search_words("Ångström's C++ & Rust!"), ["angstroems", "c", "rust"]);
        assert_eq!(search_words("Cafe\u{301} Ελληνικά"), ["cafe", "ελληνικά"]);
        assert_eq!(search_words("日本語 N5級"), ["日本", "本語", "n5", "級"]);
        assert_eq!(search_words(&"x".repeat(100)), ["x".repeat(40)]);
        assert!(search_words(" — … ' ").is_empty());
    }

    proptest! {
        #[test]
        fn a_word_is_its_own_normal_form(text in ".{0,60}") {
            for word in search_words(&text) {
                prop_assert!(!word.is_empty() && word.chars().count() <= WORD_MAX_LENGTH);
                prop_assert!(!word.contains(char::is_whitespace));
            }
        }
    }
}
