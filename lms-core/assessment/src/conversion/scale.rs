//! The stored conversion of an assessment: its scales and their rows.
use serde::{Deserialize, Serialize};

use crate::{
    Assessment, Section,
    conversion::{Composite, ConversionRow, ConversionRule},
};
use lms_kernel::{Context, Id, Points};
use lms_store::{Direction, LogStamp, Query, Record, Stamp};

/// How a scaled score comes about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "method", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ScaleMethod {
    /// By a table, whose rows are stored one by one.
    Table {
        /// How the table is read.
        #[serde(flatten)]
        rule: ConversionRule,
    },
    /// Not at all: the raw score of a section is its scaled one, as of an essay that is marked in
    /// bands.
    Raw,
    /// From the scaled scores of the sections; for the whole test only.
    Composite {
        /// How they are combined.
        #[serde(flatten)]
        composite: Composite,
    },
}

/// The scale of an assessment or of one of its sections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "conversion_scales", index(assessment_id))]
pub struct ConversionScale {
    /// The scale's id.
    pub id: Id<ConversionScale>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The assessment.
    pub assessment_id: Id<Assessment>,
    /// The section; none for the whole test.
    pub section_id: Option<Id<Section>>,
    /// How a scaled score comes about.
    #[record(json)]
    pub method: ScaleMethod,
}

impl ConversionScale {
    /// The scale of an assessment or of one of its sections.
    pub fn new(
        cx: &Context,
        assessment: Id<Assessment>,
        section: Option<Id<Section>>,
        method: ScaleMethod,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            assessment_id: assessment,
            section_id: section,
            method,
        }
    }

    /// The scales of an assessment.
    pub fn of_assessment(assessment: Id<Assessment>) -> Query<Self> {
        Query::filter(Self::ASSESSMENT_ID.eq(assessment))
    }
}

/// One row of a stored conversion table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "conversion_entries",
    kind = "conversion_entry",
    unique(scale_id, raw_score),
    index(assessment_id, section_id)
)]
pub struct ConversionEntry {
    /// The row's id.
    pub id: Id<ConversionEntry>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The scale it is part of.
    pub scale_id: Id<ConversionScale>,
    /// The assessment.
    pub assessment_id: Id<Assessment>,
    /// The section; none for the whole test.
    pub section_id: Option<Id<Section>>,
    /// The raw score, or the least of a range.
    pub raw_score: Points,
    /// The greatest raw score of a range; none for a single one.
    pub raw_score_to: Option<Points>,
    /// What it is worth, or the least of a range.
    pub scaled_score: Points,
    /// The greatest of a range of scaled scores; none for a single one.
    pub scaled_score_to: Option<Points>,
}

impl ConversionEntry {
    /// The stored form of a row.
    pub fn new(cx: &Context, scale: &ConversionScale, row: &ConversionRow) -> Self {
        let beyond = |from: Points, to: Points| (from != to).then_some(to);
        Self {
            id: cx.id(),
            stamp: LogStamp::new(cx),
            scale_id: scale.id,
            assessment_id: scale.assessment_id,
            section_id: scale.section_id,
            raw_score: row.raw_from,
            raw_score_to: beyond(row.raw_from, row.raw_to),
            scaled_score: row.scaled_from,
            scaled_score_to: beyond(row.scaled_from, row.scaled_to),
        }
    }

    /// The row that the stored form means.
    pub fn row(&self) -> ConversionRow {
        ConversionRow {
            raw_from: self.raw_score,
            raw_to: self.raw_score_to.unwrap_or(self.raw_score),
            scaled_from: self.scaled_score,
            scaled_to: self.scaled_score_to.unwrap_or(self.scaled_score),
        }
    }

    /// The rows of every scale of an assessment, by raw score.
    pub fn of_assessment(assessment: Id<Assessment>) -> Query<Self> {
        Query::filter(Self::ASSESSMENT_ID.eq(assessment)).order_by(Self::RAW_SCORE, Direction::Asc)
    }
}
