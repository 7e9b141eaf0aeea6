//! Allowances of a learner or a class beyond the rules of the assessment.
use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    attempt::{Allowance, Allowances},
};
use lms_kernel::{Context, Id};
use lms_learning::delivery::ClassGroup;
use lms_people::identity::Membership;
use lms_store::{Query, Record, Stamp};

/// What a learner or a class was given beyond what the assessment gives everyone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "assessment_overrides",
    index(assessment_id, learner_id),
    index(assessment_id, class_id)
)]
pub struct AssessmentOverride {
    /// The override's id.
    pub id: Id<AssessmentOverride>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The assessment.
    pub assessment_id: Id<Assessment>,
    /// The learner; none where it is for a class.
    pub learner_id: Option<Id<Membership>>,
    /// The class; none where it is for a learner.
    pub class_id: Option<Id<ClassGroup>>,
    /// What is given.
    #[record(json)]
    pub allowance: Allowance,
    /// Why, such as a certificate of special needs.
    #[record(sensitive)]
    pub reason: Option<String>,
}

/// For whom an override is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OverrideFor {
    /// One learner.
    Learner(Id<Membership>),
    /// Everyone in a class.
    Class(Id<ClassGroup>),
}

impl AssessmentOverride {
    /// An override without a reason.
    pub fn new(
        cx: &Context,
        assessment: Id<Assessment>,
        of: OverrideFor,
        allowance: Allowance,
    ) -> Self {
        let (learner_id, class_id) = match of {
            OverrideFor::Learner(learner) => (Some(learner), None),
            OverrideFor::Class(class) => (None, Some(class)),
        };
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            assessment_id: assessment,
            learner_id,
            class_id,
            allowance,
            reason: None,
        }
    }

    /// The overrides of an assessment that concern a learner who is in those classes.
    pub fn concerning(
        assessment: Id<Assessment>,
        learner: Id<Membership>,
        classes: impl IntoIterator<Item = Id<ClassGroup>>,
    ) -> Query<Self> {
        let own = Self::LEARNER_ID.is(learner);
        let of_class = Self::CLASS_ID.is_some_in(classes);
        Query::filter(Self::ASSESSMENT_ID.eq(assessment).and(own.or(of_class)))
    }

    /// The overrides, by level.
    pub fn by_level(overrides: &[Self]) -> Allowances {
        let of = |for_learner: bool| {
            let level = overrides.iter().filter(|it| it.learner_id.is_some() == for_learner);
            level.map(|it| it.allowance).collect()
        };
        Allowances { learner: of(true), classes: of(false) }
    }
}
