//! Placing one learner.
use serde::{Deserialize, Serialize};

use crate::placement::{
    ClassId, Exemption, LearnerId, NotPlaced, OverrideTarget, PlacementDesign, PlacementProfile,
    Rejection, Step,
    choice::{Choice, Seats, Target},
    level::{LevelDecision, LevelReader, Scores, counting_scores},
};
use lms_kernel::{Slug, Timestamp, Title};

/// The outcome of a learner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlacementOutcome {
    /// In a class, with a seat.
    Placed {
        /// The class.
        class: ClassId,
        /// Its level.
        level: Title,
    },
    /// On the waitlist of a class.
    Waitlisted {
        /// The class.
        class: ClassId,
        /// Its level.
        level: Title,
    },
    /// The learner needs no class.
    Exempt,
    /// The learner takes another test first.
    TakeTest {
        /// What the host calls the test.
        test: String,
    },
    /// A score is missing that decides.
    NeedsMeasure {
        /// The measure.
        measure: Slug,
    },
    /// None of these.
    NotPlaced {
        /// The reason, as given.
        reason: NotPlaced,
    },
}

/// A class that was not chosen, and every reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassVerdict {
    /// The class.
    pub class: ClassId,
    /// Why not; at least one reason.
    pub reasons: Vec<Rejection>,
}

/// The outcome of a learner, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Placement {
    /// The learner.
    pub learner: LearnerId,
    /// The outcome of them.
    #[serde(flatten)]
    pub outcome: PlacementOutcome,
    /// How the level was found.
    pub steps: Vec<Step>,
    /// Every class that was not chosen, as listed, with the reasons.
    pub rejected: Vec<ClassVerdict>,
}

impl Placement {
    /// The class with a seat, if there is one.
    pub const fn class(&self) -> Option<ClassId> {
        match &self.outcome {
            PlacementOutcome::Placed { class, .. } => Some(*class),
            _ => None,
        }
    }

    /// The tests that the learner is advised to take, beside the level.
    pub fn advice(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match step {
            Step::Advised { test } => Some(test.as_str()),
            _ => None,
        })
    }
}

/// Places one learner, with the seats that the classes of the design have left.
///
/// The caller keeps others from taking the same seats: it locks the classes it read until the
/// placement is stored.
pub fn place(design: &PlacementDesign, profile: &PlacementProfile, now: Timestamp) -> Placement {
    place_with(design, &Seats::of(design.classes()), profile, now).0
}

/// The same with other seats, and the position of the chosen class in the design.
pub(super) fn place_with(
    design: &PlacementDesign,
    seats: &Seats,
    profile: &PlacementProfile,
    now: Timestamp,
) -> (Placement, Option<usize>) {
    let mut steps = Vec::new();
    let scores = counting_scores(design.policy(), profile, now, Some(&mut steps));
    let target = target(design, profile, &scores, &mut steps);
    let placement =
        |outcome, steps, rejected| Placement { learner: profile.learner, outcome, steps, rejected };
    match target {
        Err(outcome) => (placement(outcome, steps, Vec::new()), None),
        Ok(target) => {
            let choice = Choice { design, seats, profile, scores: &scores, target };
            let (outcome, chosen) = choice.outcome();
            (placement(outcome, steps, choice.verdicts(chosen)), chosen)
        }
    }
}

fn target<'p>(
    design: &'p PlacementDesign,
    profile: &'p PlacementProfile,
    scores: &'p Scores<'p>,
    steps: &mut Vec<Step>,
) -> Result<Target<'p>, PlacementOutcome> {
    if let Some(decided) = &profile.decided {
        steps.push(Step::Overridden { by: decided.by, reason: decided.reason.clone() });
        return Ok(match &decided.to {
            OverrideTarget::Class(class) => Target::Class(*class),
            OverrideTarget::Level(level) => Target::Level(level),
        });
    }
    match &profile.exemption {
        Some(Exemption::FromClasses { reason }) => {
            steps.push(Step::Exempted { reason: reason.clone() });
            return Err(PlacementOutcome::Exempt);
        }
        Some(Exemption::AtLevel { level, reason }) => {
            steps.push(Step::Exempted { reason: reason.clone() });
            return Ok(Target::Level(level));
        }
        None => {}
    }
    let policy = design.policy();
    let not_placed = |reason| PlacementOutcome::NotPlaced { reason };
    match (LevelReader { policy, scores }).decide(Some(steps)) {
        LevelDecision::ByClassBands if scores.is_empty() => Err(not_placed(NotPlaced::NoScore)),
        LevelDecision::ByClassBands => Ok(Target::Bands),
        LevelDecision::Level(rank) => match policy.levels.get(rank) {
            Some(level) => Ok(Target::Scored(level)),
            None => Err(not_placed(NotPlaced::NoClass)),
        },
        LevelDecision::Exempt(_) => Err(PlacementOutcome::Exempt),
        LevelDecision::TakeTest(test) => Err(PlacementOutcome::TakeTest { test: test.to_owned() }),
        LevelDecision::NeedsMeasure(measure) => {
            Err(PlacementOutcome::NeedsMeasure { measure: measure.clone() })
        }
        LevelDecision::NotPlaced(reason) => Err(not_placed(reason)),
    }
}

#[cfg(test)]
mod tests;
