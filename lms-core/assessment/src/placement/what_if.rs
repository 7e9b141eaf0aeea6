//! The effect of other cut scores.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::placement::{
    Exemption, LearnerId, OverrideTarget, PlacementDesign, PlacementProfile,
    band::Span,
    level::{LevelDecision, LevelReader, Scores, counting_scores, score_of},
};
use lms_kernel::{Slug, Timestamp, Title};

/// A learner's level before classes and seats are considered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// In this level.
    Level {
        /// The level.
        level: Title,
    },
    /// Needs no class.
    Exempt,
    /// Takes another test first.
    TakesTest,
    /// Lacks a score that decides.
    NeedsMeasure,
    /// Not placed.
    NotPlaced,
}

/// A learner who would move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LevelMove {
    /// The learner.
    pub learner: LearnerId,
    /// From where.
    pub from: Standing,
    /// To where.
    pub to: Standing,
}

/// The effects of a proposed design.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WhatIf {
    /// Who would move, in the order given.
    pub moves: Vec<LevelMove>,
    /// How many learners go from where to where, those who stay included.
    pub flows: Vec<(Standing, Standing, u64)>,
    /// For each level of the proposed design, the number of learners in it and of free seats in its
    /// classes.
    pub demand: Vec<(Title, u64, u64)>,
}

/// Recomputes where a cohort is under a proposed design and says who moves.
///
/// Classes and seats are not assigned; `demand` says which levels would have too few seats.
pub fn what_if(
    current: &PlacementDesign,
    proposed: &PlacementDesign,
    cohort: &[PlacementProfile],
    now: Timestamp,
) -> WhatIf {
    let mut names = Names::default();
    let before = Ladder::of(current, &mut names);
    let after = Ladder::of(proposed, &mut names);
    let mut result = WhatIf::default();
    let mut flows: BTreeMap<(Stand, Stand), u64> = BTreeMap::new();
    let mut demand: BTreeMap<u32, u64> = BTreeMap::new();
    for profile in cohort {
        let (from, to) =
            (before.stand(profile, now, &mut names), after.stand(profile, now, &mut names));
        *flows.entry((from, to)).or_default() += 1;
        if let Stand::Level(level) = to {
            *demand.entry(level).or_default() += 1;
        }
        if from != to {
            let (from, to) = (names.standing(from), names.standing(to));
            result.moves.push(LevelMove { learner: profile.learner, from, to });
        }
    }
    let named = |((from, to), count)| (names.standing(from), names.standing(to), count);
    result.flows = flows.into_iter().map(named).collect();
    result.demand = seats_of(proposed, &names)
        .into_iter()
        .filter_map(|(level, seats)| {
            Some((names.name(level)?.clone(), demand.get(&level).copied().unwrap_or(0), seats))
        })
        .collect();
    result
}

/// A [`Standing`] that is cheap to compare: the level by its number in [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stand {
    Level(u32),
    Exempt,
    TakesTest,
    NeedsMeasure,
    NotPlaced,
}

/// The levels of both designs, numbered.
#[derive(Debug, Default)]
struct Names(Vec<Title>);

impl Names {
    fn number(&mut self, level: &Title) -> u32 {
        let at = self.0.iter().position(|it| it == level).unwrap_or_else(|| {
            self.0.push(level.clone());
            self.0.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    fn name(&self, number: u32) -> Option<&Title> {
        self.0.get(number as usize)
    }

    fn standing(&self, stand: Stand) -> Standing {
        match stand {
            Stand::Level(number) => match self.name(number) {
                Some(level) => Standing::Level { level: level.clone() },
                None => Standing::NotPlaced,
            },
            Stand::Exempt => Standing::Exempt,
            Stand::TakesTest => Standing::TakesTest,
            Stand::NeedsMeasure => Standing::NeedsMeasure,
            Stand::NotPlaced => Standing::NotPlaced,
        }
    }
}

fn seats_of(design: &PlacementDesign, names: &Names) -> BTreeMap<u32, u64> {
    let mut seats = BTreeMap::new();
    for class in design.classes() {
        if let Some(at) = names.0.iter().position(|it| *it == class.level) {
            let level = u32::try_from(at).unwrap_or(u32::MAX);
            *seats.entry(level).or_default() +=
                class.seats_left.map_or(u64::from(u32::MAX), u64::from);
        }
    }
    seats
}

/// A design with its levels numbered, and the distinct bands of its classes.
struct Ladder<'d> {
    design: &'d PlacementDesign,
    /// The number of the level of each rank.
    ranks: Vec<u32>,
    bands: Vec<(Option<&'d Slug>, &'d Slug, Span, u32)>,
}

impl<'d> Ladder<'d> {
    fn of(design: &'d PlacementDesign, names: &mut Names) -> Self {
        let ranks = design.policy().levels.iter().map(|level| names.number(level)).collect();
        let mut bands = Vec::new();
        for (at, class) in design.classes().iter().enumerate() {
            let level = names.number(&class.level);
            for (band, span) in design.bands_of(at) {
                let row = (class.group.as_ref(), &band.measure, span, level);
                if !bands.contains(&row) {
                    bands.push(row);
                }
            }
        }
        Self { design, ranks, bands }
    }

    fn stand(&self, profile: &PlacementProfile, now: Timestamp, names: &mut Names) -> Stand {
        if let Some(decided) = &profile.decided {
            return match &decided.to {
                OverrideTarget::Level(level) => Stand::Level(names.number(level)),
                OverrideTarget::Class(class) => {
                    let found = self.design.classes().iter().find(|it| it.class == *class);
                    found.map_or(Stand::NotPlaced, |it| Stand::Level(names.number(&it.level)))
                }
            };
        }
        match &profile.exemption {
            Some(Exemption::FromClasses { .. }) => return Stand::Exempt,
            Some(Exemption::AtLevel { level, .. }) => return Stand::Level(names.number(level)),
            None => {}
        }
        let policy = self.design.policy();
        let scores = counting_scores(policy, profile, now, None);
        match (LevelReader { policy, scores: &scores }).decide(None) {
            LevelDecision::Level(rank) => {
                self.ranks.get(rank).map_or(Stand::NotPlaced, |level| Stand::Level(*level))
            }
            LevelDecision::ByClassBands => self.by_class_bands(profile, &scores),
            LevelDecision::Exempt(_) => Stand::Exempt,
            LevelDecision::TakeTest(_) => Stand::TakesTest,
            LevelDecision::NeedsMeasure(_) => Stand::NeedsMeasure,
            LevelDecision::NotPlaced(_) => Stand::NotPlaced,
        }
    }

    /// The first listed level whose class bands contain the score.
    fn by_class_bands(&self, profile: &PlacementProfile, scores: &Scores<'_>) -> Stand {
        let found = self.bands.iter().find(|(group, measure, span, _)| {
            (profile.group.is_none() || profile.group.as_ref() == *group)
                && score_of(scores, measure).is_some_and(|score| span.contains(score))
        });
        found.map_or(Stand::NotPlaced, |(_, _, _, level)| Stand::Level(*level))
    }
}
