//! What other cut scores would change for those who were placed.
use lms_store::operation::{Access, Operation, operation};
use std::collections::{BTreeMap, BTreeSet};

use crate::placement::{
    ClassBand, PlaceLearnerError, PlacementDecision, PlacementDesign, PlacementPolicy,
    PlacementProfile, ScoreBand, WhatIf, place_learner::options_of, what_if,
};
use lms_kernel::{Id, Points, Slug};
use lms_learning::delivery::ClassGroup;
use lms_people::authorization::{Permission, Subject, TheTenant, authorize_on};
use lms_store::Transaction;

/// Says who of those who were placed among the classes of a group would stand elsewhere with other
/// cut scores, and which levels would have too few seats. Nothing is changed or locked.
///
/// Everybody counts with what was known when they were last placed.
///
/// # Errors
/// [`PlaceLearnerError`], also where the actor may not place into one of the classes.
#[operation("assessment.preview_placement")]
pub struct PreviewPlacement {
    /// The classes.
    pub group: Slug,
    /// What the bands of the classes are called in the policies.
    pub measure: Slug,
    /// How learners are placed now.
    pub current: PlacementPolicy,
    /// How they would be.
    pub proposed: PlacementPolicy,
    /// The bands that these classes would have instead of their own; other classes keep theirs.
    pub proposed_bands: BTreeMap<Id<ClassGroup>, Vec<(Points, Points)>>,
}

impl Operation for PreviewPlacement {
    const ACCESS: Access = Access::Asks(&[Permission::PLACEMENT_MANAGE]);
    type Answer = WhatIf;
    type Error = PlaceLearnerError;

    async fn run(self, tx: &mut Transaction) -> Result<WhatIf, PlaceLearnerError> {
        let command = self;
        let PreviewPlacement { group, measure, current, proposed, proposed_bands } = command;
        let classes = tx.all(ClassGroup::placed_by(group.clone())).await?;
        if classes.is_empty() {
            authorize_on(tx, Permission::PLACEMENT_MANAGE, &TheTenant).await?;
        }
        for class in &classes {
            authorize_on(tx, Permission::PLACEMENT_MANAGE, &subject_of_class(class)).await?;
        }
        let options = options_of(tx, &classes, &measure).await?;
        let mut changed = options.clone();
        for option in &mut changed {
            let Some(bands) = proposed_bands.get(&option.class) else { continue };
            option.bands = (bands.iter())
                .map(|(from, to)| ClassBand {
                    measure: measure.clone(),
                    band: ScoreBand::new(*from, *to),
                })
                .collect();
        }
        let current = PlacementDesign::new(current, options)?;
        let proposed = PlacementDesign::new(proposed, changed)?;
        let mut seen = BTreeSet::new();
        let decisions = tx.all(PlacementDecision::of_group(group)).await?;
        let cohort: Vec<PlacementProfile> = (decisions.into_iter())
            .filter(|it| seen.insert(it.learner_id))
            .map(|it| it.profile)
            .collect();
        Ok(what_if(&current, &proposed, &cohort, tx.now()))
    }
}

fn subject_of_class(class: &ClassGroup) -> Subject {
    let mut subject = Subject::in_course(class.course_id.uuid())
        .in_class(class.id.uuid())
        .in_unit(class.org_unit_id);
    subject.leaders.extend(class.teacher_id);
    subject
}
