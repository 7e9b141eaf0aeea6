//! The tests of a course, as those who write and run them see them.
use serde::{Deserialize, Serialize};

use crate::{Assessment, AssessmentKind, AssessmentStatus};
use lms_kernel::{Id, Timestamp, Title};
use lms_learning::content::Course;
use lms_people::authorization::{AuthorizationError, Permission, authorize_list};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which tests to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct AssessmentFilter {
    /// Those of this course.
    pub course_id: Option<Id<Course>>,
    /// Those of this kind.
    pub kind: Option<AssessmentKind>,
    /// Those with this status.
    pub status: Option<AssessmentStatus>,
    /// Those whose title starts like this, letter for letter.
    pub title: Option<String>,
}

/// A test, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssessmentView {
    /// The test's id.
    pub id: Id<Assessment>,
    /// Its title.
    pub title: Title,
    /// What kind of test it is.
    pub kind: AssessmentKind,
    /// The course that it belongs to.
    pub course: Option<Named<Course>>,
    /// Whether it can be taken.
    pub status: AssessmentStatus,
    /// From when it can be taken.
    pub opens_at: Option<Timestamp>,
    /// Up to when it can be taken.
    pub closes_at: Option<Timestamp>,
    /// The most time for an attempt, in seconds; `None` for no limit.
    pub time_limit_seconds: Option<u32>,
    /// How often a learner can take it; without limit when there is none.
    pub max_attempts: Option<u32>,
}

/// Lists tests by title: authors and owners those of their courses, staff all.
///
/// # Permission
/// `tests.view`; the list holds the tests on which the reader has it.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("assessment.list_assessments")]
pub struct ListAssessments {
    /// Which tests.
    pub filter: AssessmentFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListAssessments {
    const ACCESS: Access = Access::Asks(&[Permission::TESTS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<AssessmentView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<AssessmentView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<Assessment>(tx, Permission::TESTS_VIEW)
            .await?
            .and_some(filter.course_id, |course| Assessment::COURSE_ID.is(course))
            .and_some(filter.kind, |kind| Assessment::KIND.eq(kind))
            .and_some(filter.status, |status| Assessment::STATUS.eq(status))
            .and_some(filter.title, |start| Assessment::TITLE.starts_with(start));
        let query = query.order_by(Assessment::TITLE, Direction::Asc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let courses = items.iter().filter_map(|it| it.course_id);
        let courses = Names::read(tx, courses, |it: &Course| it.title.to_string()).await?;
        let views = items.into_iter().map(|it| AssessmentView {
            id: it.id,
            title: it.title,
            kind: it.kind,
            course: it.course_id.map(|id| courses.of(id)),
            status: it.status,
            opens_at: it.opens_at,
            closes_at: it.closes_at,
            time_limit_seconds: it.time_limit_seconds,
            max_attempts: it.max_attempts,
        });
        Ok(Page { items: views.collect(), next })
    }
}
