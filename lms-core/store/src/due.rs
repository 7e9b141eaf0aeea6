//! The due rows that one run of a job takes.
use uuid::Uuid;

use crate::{Col, PageSize, Query, Record, Schema};
use lms_kernel::Id;

/// Which of the rows that are due an operation takes: the first ones, those with given ids, or
/// the first ones without those that failed before. A [`PageSize`] takes the first ones.
///
/// ```
/// use lms_store::{DueRows, PageSize};
///
/// let first = DueRows::from(PageSize::new(50));
/// assert_eq!(first, DueRows::new(PageSize::new(50), Vec::new()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DueRows {
    most: PageSize,
    #[serde(default)]
    passed_over: Vec<Uuid>,
    #[serde(default)]
    only: Option<Vec<Uuid>>,
}

impl DueRows {
    /// At most that many, without those.
    pub const fn new(most: PageSize, passed_over: Vec<Uuid>) -> Self {
        Self { most, passed_over, only: None }
    }

    /// Those with these ids, as far as they are due; at most a [page](PageSize::MAX) of them.
    pub const fn only(ids: Vec<Uuid>) -> Self {
        Self { most: PageSize::MAX, passed_over: Vec::new(), only: Some(ids) }
    }

    /// Those rows of a query.
    pub fn of<R: Record>(self, due: Query<R>) -> Query<R> {
        let id = Col::<R, Id<R>>::new(Schema::ID);
        let ids = |ids: Vec<Uuid>| id.is_in(ids.into_iter().map(Id::from_uuid));
        let mut due = due.limit(self.most);
        if !self.passed_over.is_empty() {
            due = due.and(!ids(self.passed_over));
        }
        match self.only {
            Some(only) => due.and(ids(only)),
            None => due,
        }
    }
}

impl From<PageSize> for DueRows {
    fn from(most: PageSize) -> Self {
        Self::new(most, Vec::new())
    }
}
