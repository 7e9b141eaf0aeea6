//! The effect of other cut scores on learners who were placed.
use lms_store::operation::{Access, Effect, Operation, operation};
use std::collections::{BTreeMap, BTreeSet};

use crate::placement::{
    ClassBand, PlaceLearnerError, PlacementDecision, PlacementDesign, PlacementPolicy,
    PlacementProfile, ScoreBand, WhatIf, place_learner::options_of, what_if,
};
use lms_kernel::{Id, Points, Slug};
use lms_learning::delivery::ClassGroup;
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::Transaction;

/// Previews new placement rules or bands for a group: which learners would be placed elsewhere, and
/// which levels would have too few seats. Nothing is changed or locked.
///
/// Each learner counts with the facts known when they were last placed.
///
/// # Errors
/// [`PlaceLearnerError`], also where the actor may not place into one of the classes.
#[operation("assessment.preview_placement")]
pub struct PreviewPlacement {
    /// The placement group: the key shared by the classes.
    pub group: Slug,
    /// The name of the classes' bands in the policies.
    pub measure: Slug,
    /// The placement rules in force.
    pub current: PlacementPolicy,
    /// The placement rules to compare.
    pub proposed: PlacementPolicy,
    /// New bands by class, as lowest and highest scores; classes not named use their present bands.
    pub proposed_bands: BTreeMap<Id<ClassGroup>, Vec<(Points, Points)>>,
}

impl Operation for PreviewPlacement {
    const ACCESS: Access = Access::Asks(&[Permission::PLACEMENT_MANAGE]);
    const EFFECT: Effect = Effect::Reads;
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
            authorize_on(tx, Permission::PLACEMENT_MANAGE, class).await?;
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
