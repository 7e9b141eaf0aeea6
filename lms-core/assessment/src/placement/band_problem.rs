//! Problems of the bands of one scale, with the exact scores.
use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::placement::{BandEnds, ScoreBand, band::spans};
use lms_kernel::Points;

/// One thing that is wrong with the bands of one scale.
///
/// `from` is the least score concerned. `to` is the greatest where bands are inclusive, and the
/// first score that is not concerned where they are half-open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "problem", rename_all = "snake_case")]
#[non_exhaustive]
pub enum BandProblem {
    /// There are no bands.
    Empty,
    /// A band ends before it begins.
    Reversed {
        /// The level of the band.
        name: String,
        /// The band.
        band: ScoreBand,
    },
    /// Scores are in no band.
    Gap {
        /// The scores.
        scores: ScoreBand,
        /// How `scores` ends.
        ends: BandEnds,
    },
    /// Scores are in two bands that mean different things.
    Overlap {
        /// The level of the first.
        first: String,
        /// The level of the second.
        second: String,
        /// The scores.
        scores: ScoreBand,
        /// How `scores` ends.
        ends: BandEnds,
    },
}

impl fmt::Display for BandProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there are no bands"),
            Self::Reversed { name, band } => {
                write!(f, "the band of `{name}` goes backwards, from {band}")
            }
            Self::Gap { scores, ends } => {
                write_scores(f, scores, *ends)?;
                f.write_str(" in no band")
            }
            Self::Overlap { first, second, scores, ends } => {
                write_scores(f, scores, *ends)?;
                write!(f, " both in `{first}` and in `{second}`")
            }
        }
    }
}

fn write_scores(f: &mut fmt::Formatter<'_>, band: &ScoreBand, ends: BandEnds) -> fmt::Result {
    match ends {
        _ if band.from == band.to => write!(f, "score {} is", band.from),
        BandEnds::HalfOpen => write!(f, "scores from {} to below {} are", band.from, band.to),
        BandEnds::Inclusive { .. } => write!(f, "scores {} to {} are", band.from, band.to),
    }
}

/// Everything that is wrong with named bands of one scale that should cover `scale`, if it is
/// given. Bands with the same name may overlap: they mean the same.
pub(super) fn band_problems<'n>(
    bands: impl IntoIterator<Item = (&'n str, ScoreBand)>,
    ends: BandEnds,
    scale: Option<ScoreBand>,
) -> Vec<BandProblem> {
    let (names, bands): (Vec<&str>, Vec<ScoreBand>) = bands.into_iter().unzip();
    let mut found = Vec::new();
    if bands.is_empty() {
        return vec![BandProblem::Empty];
    }
    // Equal bands of one name are one band; what remains is small however many classes there are.
    let mut distinct: BTreeMap<(i64, i64, &str), ScoreBand> = BTreeMap::new();
    for ((span, band), name) in spans(&bands, ends).iter().zip(&bands).zip(&names) {
        if band.to < band.from {
            found.push(BandProblem::Reversed { name: (*name).to_owned(), band: *band });
        } else {
            distinct.insert((span.from, span.until, name), *band);
        }
    }
    let sorted: Vec<(i64, i64, &str)> = distinct.into_keys().collect();
    overlaps(&sorted, ends, &mut found);
    gaps(&sorted, ends, scale, &mut found);
    found
}

fn overlaps(sorted: &[(i64, i64, &str)], ends: BandEnds, found: &mut Vec<BandProblem>) {
    for (at, (_, until, name)) in sorted.iter().enumerate() {
        let rivals = sorted.iter().skip(at + 1).take_while(|(from, _, _)| from < until);
        for (from, rival_until, rival) in rivals.filter(|(_, _, rival)| rival != name) {
            found.push(BandProblem::Overlap {
                first: (*name).to_owned(),
                second: (*rival).to_owned(),
                scores: written(*from, (*until).min(*rival_until), ends),
                ends,
            });
        }
    }
}

fn gaps(
    sorted: &[(i64, i64, &str)],
    ends: BandEnds,
    scale: Option<ScoreBand>,
    found: &mut Vec<BandProblem>,
) {
    let mut reach = scale.map(|scale| scale.from.ten_thousandths());
    for (from, until, _) in sorted {
        if let Some(reach) = reach
            && reach < *from
        {
            found.push(BandProblem::Gap { scores: written(reach, *from, ends), ends });
        }
        reach = Some(reach.map_or(*until, |reach| reach.max(*until)));
    }
    if let (Some(scale), Some(reach)) = (scale, reach)
        && reach <= scale.to.ten_thousandths()
    {
        // The last band closes at its own end; what is missing begins where the next would.
        let from = match ends {
            BandEnds::HalfOpen => reach.saturating_sub(1),
            BandEnds::Inclusive { step } => {
                reach.saturating_sub(1).saturating_add(step.ten_thousandths())
            }
        };
        let (from, to) = (Points::from_ten_thousandths(from), scale.to);
        if from <= to {
            found.push(BandProblem::Gap { scores: ScoreBand::new(from, to), ends });
        }
    }
}

/// A span of scores in the terms in which the bands were written.
fn written(from: i64, until: i64, ends: BandEnds) -> ScoreBand {
    let last = match ends {
        BandEnds::HalfOpen => until,
        BandEnds::Inclusive { step } => {
            // An end that was closed lies one ten-thousandth after a score, others a step.
            let step = step.ten_thousandths().max(1);
            let back = if (until - from) % step == 0 { step } else { 1 };
            until.saturating_sub(back)
        }
    };
    ScoreBand::new(Points::from_ten_thousandths(from), Points::from_ten_thousandths(last))
}
