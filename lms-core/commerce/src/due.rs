//! Which rows a step of time takes.
use uuid::Uuid;

use lms_kernel::Id;
use lms_store::{Col, PageSize, Query, Record, Schema};

/// Which of the rows that are due a step takes: the first ones, without those that are passed
/// over because they failed before. A [`PageSize`] passes over none.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DueRows {
    most: PageSize,
    passed_over: Vec<Uuid>,
}

impl DueRows {
    /// At most that many, without those.
    pub fn new(most: PageSize, passed_over: Vec<Uuid>) -> Self {
        Self { most, passed_over }
    }

    /// Those rows of a query.
    pub(super) fn of<R: Record>(self, due: Query<R>) -> Query<R> {
        let due = due.limit(self.most);
        if self.passed_over.is_empty() {
            return due;
        }
        let ids = self.passed_over.into_iter().map(Id::from_uuid);
        due.and(!Col::<R, Id<R>>::new(Schema::ID).is_in(ids))
    }
}

impl From<PageSize> for DueRows {
    fn from(most: PageSize) -> Self {
        Self::new(most, Vec::new())
    }
}
