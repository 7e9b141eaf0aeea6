//! Finding courses by words.
use lms_store::operation::{Access, Effect, Operation, operation};
use std::collections::BTreeMap;

use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::content::{Course, CourseTerm, search_words};
use lms_kernel::Id;
use lms_people::authorization::{AuthorizationError, Permission, TheTenant, authorize_on};
use lms_store::{Cursor, Page, PageSize, StoreError, Transaction};

/// A course that was found, and how well it fits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FoundCourse {
    /// The course.
    pub course: Course,
    /// How well it fits: for each word, the weight of the best word of the course that starts
    /// with it, added up.
    pub score: u32,
}

/// Why a search was refused.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum SearchError {
    /// There is nothing to look for.
    #[error("a search needs a word of letters or digits")]
    #[fault(invalid, field = "text")]
    NoWord,
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

const MAX_WORDS: usize = 8;
/// The most words of courses that one word of a search is compared with.
const MAX_CANDIDATES: usize = 1_000;

/// Searches published courses by words. Every word of `text` must be the start of a word of the
/// course; the best matches come first, then by title.
///
/// At most the first eight words count. Of a word that very many courses have, the thousand
/// best are looked at.
///
/// # Errors
/// [`SearchError`].
#[operation("content.search_courses")]
pub struct SearchCourses {
    /// The words to search for; the first eight count.
    pub text: String,
    /// The most rows to handle in this call, from 1 to 200.
    pub limit: PageSize,
}

impl Operation for SearchCourses {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<FoundCourse>;
    type Error = SearchError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<FoundCourse>, SearchError> {
        let Self { text, limit } = self;
        let text = text.as_str();
        authorize_on(tx, Permission::COURSES_VIEW, &TheTenant).await?;
        let mut words = search_words(text);
        words.truncate(MAX_WORDS);
        // The longest word finds the fewest courses, so it goes first.
        words.sort_by_key(|it| std::cmp::Reverse(it.chars().count()));
        words.dedup();
        if words.is_empty() {
            return Err(SearchError::NoWord);
        }
        let mut scores: Option<BTreeMap<Id<Course>, u32>> = None;
        for word in &words {
            let found = weights_of(tx, word, scores.as_ref()).await?;
            scores = Some(match scores {
                None => found,
                Some(before) => found
                    .into_iter()
                    .filter_map(|(id, weight)| Some((id, before.get(&id)?.saturating_add(weight))))
                    .collect(),
            });
        }
        let scores = scores.unwrap_or_default();
        let ids: Vec<_> = scores.keys().copied().collect();
        let courses = tx.get_many::<Course>(&ids).await?;
        let mut found: Vec<FoundCourse> = courses
            .into_iter()
            .map(|course| FoundCourse {
                score: scores.get(&course.id).copied().unwrap_or(0),
                course,
            })
            .collect();
        found.sort_by(|a, b| {
            let by_title = || (&a.course.title, a.course.id).cmp(&(&b.course.title, b.course.id));
            b.score.cmp(&a.score).then_with(by_title)
        });
        found.truncate(limit.get() as usize);
        Ok(found)
    }
}

/// The best weight of a word that starts with `word`, for each course that has one; only among
/// those `within` where there are any.
async fn weights_of(
    tx: &mut Transaction,
    word: &str,
    within: Option<&BTreeMap<Id<Course>, u32>>,
) -> Result<BTreeMap<Id<Course>, u32>, StoreError> {
    let mut query = CourseTerm::starting_with(word);
    if let Some(within) = within {
        query = query.and(CourseTerm::COURSE_ID.is_in(within.keys().copied()));
    }
    let mut weights = BTreeMap::new();
    let (mut after, mut seen): (Option<Cursor>, usize) = (None, 0);
    loop {
        let Page { items, next } = tx.page(query.clone().page(PageSize::MAX, after)).await?;
        seen += items.len();
        for term in items {
            let best: &mut u32 = weights.entry(term.course_id).or_default();
            *best = (*best).max(u32::from(term.weight));
        }
        match next {
            Some(next) if seen < MAX_CANDIDATES => after = Some(next),
            _ => return Ok(weights),
        }
    }
}
