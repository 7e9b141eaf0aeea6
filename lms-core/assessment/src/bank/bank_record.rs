//! The record of a question bank.

use serde::{Deserialize, Serialize};

use lms_kernel::{Context, Id, Title};
use lms_learning::content::Course;
use lms_store::{Query, Record, Stamp};

/// A collection of questions that many assessments draw from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "question_banks", index(course_id))]
pub struct QuestionBank {
    /// The bank's id.
    pub id: Id<QuestionBank>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The course it belongs to; none for a bank of the whole school.
    pub course_id: Option<Id<Course>>,
    /// Its name.
    pub title: Title,
    /// What it is for.
    pub description: Option<String>,
}

impl QuestionBank {
    /// A bank of the whole school.
    pub fn new(cx: &Context, title: Title) -> Self {
        Self { id: cx.id(), stamp: Stamp::new(cx), course_id: None, title, description: None }
    }

    /// The banks of a course.
    pub fn of_course(course: Id<Course>) -> Query<Self> {
        Query::filter(Self::COURSE_ID.eq(Some(course)))
    }
}
