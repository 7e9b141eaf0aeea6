//! Placing many learners at once.
use std::{cmp::Reverse, collections::BTreeSet};

use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::placement::{
    LearnerId, Placement, PlacementDesign, PlacementProfile,
    choice::Seats,
    level::{counting_scores, score_of},
    place::place_with,
};
use lms_kernel::{Slug, Timestamp};

/// In which order learners take seats. But for `Listed`, the order in which they are given makes
/// no difference: learners who tie go by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum ServiceOrder {
    /// Who asked first.
    AskedFirst,
    /// Who has the highest score that counts; learners without one come last.
    HighestScore {
        /// The measure.
        measure: Slug,
    },
    /// A draw that anyone can repeat who knows the seed.
    Lottery {
        /// The seed.
        seed: u64,
    },
    /// As they are given.
    Listed,
}

/// Why a cohort was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum CohortError {
    /// A learner is listed twice and would take two seats.
    #[error("learner {learner} is listed twice")]
    #[fault(invalid, field = "profiles")]
    DuplicateLearner {
        /// The learner.
        learner: LearnerId,
    },
}

/// Places learners one after the other, in the declared order, each with the seats that those
/// before left. The placements come in that order. No class takes more than its seats.
///
/// # Errors
/// [`CohortError::DuplicateLearner`].
pub fn place_cohort(
    design: &PlacementDesign,
    profiles: &[PlacementProfile],
    order: &ServiceOrder,
    now: Timestamp,
) -> Result<Vec<Placement>, CohortError> {
    let mut seen = BTreeSet::new();
    for profile in profiles {
        if !seen.insert(profile.learner) {
            return Err(CohortError::DuplicateLearner { learner: profile.learner });
        }
    }
    let mut queue: Vec<&PlacementProfile> = profiles.iter().collect();
    match order {
        ServiceOrder::Listed => {}
        ServiceOrder::AskedFirst => queue.sort_by_key(|it| (it.asked_at, it.learner)),
        ServiceOrder::Lottery { seed } => {
            queue.sort_by_key(|it| (ticket(*seed, it.learner), it.learner))
        }
        ServiceOrder::HighestScore { measure } => queue.sort_by_cached_key(|it| {
            let scores = counting_scores(design.policy(), it, now, None);
            (Reverse(score_of(&scores, measure)), it.learner)
        }),
    }
    let mut seats = Seats::of(design.classes());
    let mut placements = Vec::with_capacity(queue.len());
    for profile in queue {
        let (placement, chosen) = place_with(design, &seats, profile, now);
        if let Some(at) = chosen {
            seats.take(at, &placement.outcome);
        }
        placements.push(placement);
    }
    Ok(placements)
}

/// A learner's number in the draw: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) over the seed
/// and both halves of the id.
fn ticket(seed: u64, learner: LearnerId) -> u64 {
    let (high, low) = learner.uuid().as_u64_pair();
    [high, low].into_iter().fold(mix(seed), |state, half| mix(state ^ half))
}

const fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
