//! The record of a section of an assessment.

use serde::{Deserialize, Serialize};

use crate::Assessment;
use lms_kernel::{Context, Id, Percent, Points, Title};
use lms_store::{Direction, Query, Record, Stamp};

/// A part of an assessment with its own instructions, time and maximum, such as "Listening".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "assessment_sections",
    kind = "assessment_section",
    index(assessment_id, position)
)]
pub struct Section {
    /// The section's id.
    pub id: Id<Section>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The assessment it belongs to.
    pub assessment_id: Id<Assessment>,
    /// Its name.
    pub title: Title,
    /// What the learner reads before it starts.
    pub instructions: Option<String>,
    /// The most that can be earned in it; the sum of its questions' scores without one.
    pub max_score: Option<Points>,
    /// What it weighs beside the other sections, where sections are weighted; 1 without one.
    pub weight: Option<Points>,
    /// The share of its maximum that passing it takes.
    pub passing_percent: Option<Percent>,
    /// How long it may take, in seconds, within the time of the whole test.
    pub time_limit_seconds: Option<u32>,
    /// Its place in the assessment.
    pub position: u32,
}

impl Section {
    /// A section without limits of its own.
    pub fn new(cx: &Context, assessment: Id<Assessment>, title: Title, position: u32) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            assessment_id: assessment,
            title,
            instructions: None,
            max_score: None,
            weight: None,
            passing_percent: None,
            time_limit_seconds: None,
            position,
        }
    }

    /// The sections of an assessment, in order.
    pub fn of_assessment(assessment: Id<Assessment>) -> Query<Self> {
        Query::filter(Self::ASSESSMENT_ID.eq(assessment)).order_by(Self::POSITION, Direction::Asc)
    }
}
