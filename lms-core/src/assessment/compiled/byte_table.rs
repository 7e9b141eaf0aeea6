//! What each byte of a column earns.

use crate::{
    assessment::compiled::{
        NOT_ASKED,
        outcome::{Outcome, Standing},
    },
    kernel::Ratio,
};

/// What each byte of a column earns, with what grading asks of all of them worked out once.
#[derive(Clone, Debug)]
pub(super) struct ByteTable {
    outcomes: Vec<Outcome>,
    distinct: Vec<Outcome>,
    paying: Paying,
    /// The standing that all share.
    standing: Option<Standing>,
    /// The standing that all but [`NOT_ASKED`] share.
    standing_where_asked: Option<Standing>,
}

/// Which bytes earn something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Paying {
    /// None does.
    Nothing,
    /// One does.
    One {
        /// Which one.
        byte: u8,
        /// What it earns.
        earned: Ratio,
    },
    /// Several do.
    Several,
}

impl ByteTable {
    /// A table of one outcome for each byte.
    pub(super) fn new(outcomes: Vec<Outcome>) -> Self {
        let mut distinct: Vec<Outcome> = Vec::new();
        for outcome in &outcomes {
            if !distinct.contains(outcome) {
                distinct.push(*outcome);
            }
        }
        let numbered = (0..=u8::MAX).zip(&outcomes);
        let mut paying = numbered.filter(|(_, outcome)| !outcome.earned.is_zero());
        let paying = match (paying.next(), paying.next()) {
            (None, _) => Paying::Nothing,
            (Some((byte, outcome)), None) => Paying::One { byte, earned: outcome.earned },
            (Some(_), Some(_)) => Paying::Several,
        };
        let asked = outcomes.get(..usize::from(NOT_ASKED)).unwrap_or(&outcomes);
        Self {
            paying,
            standing: common_standing(&outcomes),
            standing_where_asked: common_standing(asked),
            distinct,
            outcomes,
        }
    }

    /// The outcome of each byte.
    pub(super) fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Each outcome once.
    pub(super) fn distinct(&self) -> &[Outcome] {
        &self.distinct
    }

    /// Which bytes earn something.
    pub(super) const fn paying(&self) -> Paying {
        self.paying
    }

    /// The standing that all outcomes share, if they do; `asked` when no cell is [`NOT_ASKED`].
    pub(super) const fn standing(&self, asked: bool) -> Option<Standing> {
        if asked { self.standing_where_asked } else { self.standing }
    }
}

/// The standing that all outcomes share, if they do. Pending ones never do: they are counted.
pub(super) fn common_standing(outcomes: &[Outcome]) -> Option<Standing> {
    let first = outcomes.first().map_or(Standing::Counts, |it| it.standing);
    let same = first != Standing::Pending && outcomes.iter().all(|it| it.standing == first);
    same.then_some(first)
}
