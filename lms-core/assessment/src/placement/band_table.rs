//! The bands of one measure and the level that each gives.
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

use crate::placement::{
    BandEnds, BandProblem, ScoreBand,
    band::{Span, spans},
    band_problem::band_problems,
};
use lms_kernel::{Points, Slug, Title};

/// The consequence of a score in a band.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "means", rename_all = "snake_case")]
#[non_exhaustive]
pub enum BandMeaning {
    /// The learner belongs to this level.
    Level {
        /// The level.
        level: Title,
    },
    /// The learner belongs to this level, and is advised to take another test as well: a good
    /// result there may lead higher.
    LevelWithAdvice {
        /// The level.
        level: Title,
        /// What the host calls the test.
        test: String,
    },
    /// The learner belongs to this level if another measure is high enough, as where an essay
    /// confirms a score; without a score of that measure, it is asked for.
    LevelIf {
        /// The level.
        level: Title,
        /// The other measure.
        measure: Slug,
        /// The least score of it.
        least: Points,
        /// The level of learners below that.
        otherwise: Title,
    },
    /// The learner needs no class.
    Exempt {
        /// What to tell the learner.
        reason: String,
    },
    /// The score is too close to a cut to decide alone: this measure decides.
    SecondMeasure {
        /// The measure that decides.
        measure: Slug,
    },
    /// The learner takes another test.
    TakeTest {
        /// What the host calls the test.
        test: String,
    },
    /// The learner is not placed by this test.
    NoPlacement {
        /// What to tell the learner.
        reason: String,
    },
}

impl BandMeaning {
    /// What the band is called in messages.
    fn name(&self) -> &str {
        match self {
            Self::Level { level }
            | Self::LevelWithAdvice { level, .. }
            | Self::LevelIf { level, .. } => level.as_str(),
            Self::SecondMeasure { measure } => measure.as_str(),
            Self::TakeTest { test } => test,
            Self::Exempt { reason } | Self::NoPlacement { reason } => reason,
        }
    }

    /// The levels that it may lead to.
    pub(super) fn levels(&self) -> impl Iterator<Item = &Title> {
        let (one, other) = match self {
            Self::Level { level } | Self::LevelWithAdvice { level, .. } => (Some(level), None),
            Self::LevelIf { level, otherwise, .. } => (Some(level), Some(otherwise)),
            Self::SecondMeasure { .. }
            | Self::TakeTest { .. }
            | Self::Exempt { .. }
            | Self::NoPlacement { .. } => (None, None),
        };
        one.into_iter().chain(other)
    }
}

/// One band of a measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LevelBand {
    /// The scores.
    #[serde(flatten)]
    pub band: ScoreBand,
    /// What they mean.
    #[serde(flatten)]
    pub means: BandMeaning,
}

impl LevelBand {
    /// The band of a level.
    pub const fn level(from: Points, to: Points, level: Title) -> Self {
        Self { band: ScoreBand::new(from, to), means: BandMeaning::Level { level } }
    }
}

/// Whether scores may be in no band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, TextEnum)]
pub enum Gaps {
    /// They may not: the table is refused.
    #[default]
    Refused,
    /// They may: a learner with such a score is not placed, and told so.
    Allowed,
}

/// Why bands make no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum BandError {
    /// Scores are in two bands or in none.
    #[error("the bands of `{measure}` are not usable: {}", list(problems))]
    #[fault(invalid, field = "bands")]
    BadBands {
        /// The measure.
        measure: Slug,
        /// Everything that is wrong.
        problems: Vec<BandProblem>,
    },
}

fn list(problems: &[BandProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The bands of one measure, of which at most one contains a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Parts", into = "Parts")]
pub struct BandTable {
    measure: Slug,
    ends: BandEnds,
    gaps: Gaps,
    scale: Option<ScoreBand>,
    /// By score.
    bands: Vec<LevelBand>,
    spans: Vec<Span>,
}

impl BandTable {
    /// The bands of a measure, in any order. With `scale`, they must reach from its least to its
    /// greatest score.
    ///
    /// # Errors
    /// [`BandError::BadBands`] with every overlap, and every gap where those are refused.
    pub fn new(
        measure: Slug,
        ends: BandEnds,
        gaps: Gaps,
        scale: Option<ScoreBand>,
        mut bands: Vec<LevelBand>,
    ) -> Result<Self, BandError> {
        bands.sort_by_key(|it| it.band);
        let mut problems = Self::check(ends, scale, &bands);
        if gaps == Gaps::Allowed {
            problems.retain(|it| !matches!(it, BandProblem::Gap { .. }));
        }
        if !problems.is_empty() {
            return Err(BandError::BadBands { measure, problems });
        }
        let ranges: Vec<ScoreBand> = bands.iter().map(|it| it.band).collect();
        let spans = spans(&ranges, ends);
        Ok(Self { measure, ends, gaps, scale, bands, spans })
    }

    /// Half-open bands without a gap.
    ///
    /// # Errors
    /// As [`BandTable::new`].
    pub fn half_open(measure: Slug, bands: Vec<LevelBand>) -> Result<Self, BandError> {
        Self::new(measure, BandEnds::HalfOpen, Gaps::Refused, None, bands)
    }

    /// What is wrong with bands, gaps included, for a form that shows everything at once.
    pub fn check(
        ends: BandEnds,
        scale: Option<ScoreBand>,
        bands: &[LevelBand],
    ) -> Vec<BandProblem> {
        band_problems(bands.iter().map(|it| (it.means.name(), it.band)), ends, scale)
    }

    /// The measure whose scores the bands divide.
    pub const fn measure(&self) -> &Slug {
        &self.measure
    }

    /// The bands by score.
    pub fn bands(&self) -> &[LevelBand] {
        &self.bands
    }

    /// The band that contains a score.
    pub fn band_of(&self, score: Points) -> Option<&LevelBand> {
        let next = self.spans.partition_point(|span| span.from <= score.ten_thousandths());
        // Bands of one meaning may overlap, so the one before may reach further.
        let inside = self.spans.iter().take(next).rposition(|span| span.contains(score))?;
        self.bands.get(inside)
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Parts {
    measure: Slug,
    #[serde(flatten)]
    ends: BandEnds,
    gaps: Gaps,
    scale: Option<ScoreBand>,
    bands: Vec<LevelBand>,
}

impl TryFrom<Parts> for BandTable {
    type Error = BandError;

    fn try_from(it: Parts) -> Result<Self, BandError> {
        Self::new(it.measure, it.ends, it.gaps, it.scale, it.bands)
    }
}

impl From<BandTable> for Parts {
    fn from(it: BandTable) -> Self {
        Self { measure: it.measure, ends: it.ends, gaps: it.gaps, scale: it.scale, bands: it.bands }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn p(text: &str) -> Points {
        text.parse().unwrap()
    }

    fn bands(rows: &[(&str, &str, &str)]) -> Vec<LevelBand> {
        let band = |(from, to, level): &(&str, &str, &str)| {
            LevelBand::level(p(from), p(to), level.parse().unwrap())
        };
        rows.iter().map(band).collect()
    }

    fn whole() -> BandEnds {
        BandEnds::Inclusive { step: p("1") }
    }

    fn messages(ends: BandEnds, scale: Option<(&str, &str)>, rows: &[LevelBand]) -> Vec<String> {
        let scale = scale.map(|(from, to)| ScoreBand::new(p(from), p(to)));
        BandTable::check(ends, scale, rows).iter().map(ToString::to_string).collect()
    }

    fn level_of(table: &BandTable, score: &str) -> Option<String> {
        match &table.band_of(p(score))?.means {
            BandMeaning::Level { level } => Some(level.to_string()),
            other => panic!("{other:?}"),
        }
    }

    /// Santa Rosa Junior College, placement test cut scores, English.
    #[test]
    fn a_published_table_without_faults() {
        let rows = bands(&[
            ("125", "195", "ENGL 1A"),
            ("109", "124", "ENGL 100"),
            ("94", "108", "ENGL 307"),
            ("78", "93", "ENGL 305.1"),
            ("60", "77", "CSKLS 313"),
            ("0", "59", "CSKLS 312"),
        ]);
        assert_eq!(messages(whole(), Some(("0", "195")), &rows), [""; 0]);
        let measure = "english".parse().unwrap();
        let table = BandTable::new(measure, whole(), Gaps::Refused, None, rows).unwrap();
        for (score, level) in
            [("0", "CSKLS 312"), ("77.5", "CSKLS 313"), ("78", "ENGL 305.1"), ("195", "ENGL 1A")]
        {
            assert_eq!(level_of(&table, score).as_deref(), Some(level), "{score}");
        }
        assert_eq!(level_of(&table, "195.0001"), None);
        assert_eq!(level_of(&table, "-0.0001"), None);
    }

    /// Des Moines Area Community College, writing by ACT and by Accuplacer, and the Oxford
    /// placement levels: real tables in which scores are in two bands or in none.
    #[test]
    fn published_tables_with_overlaps_and_gaps() {
        let act = bands(&[
            ("1", "13", "ENG 060"),
            ("14", "18", "ENG 061"),
            ("14", "19", "COM 703"),
            ("19", "36", "college ready"),
        ]);
        assert_eq!(
            messages(whole(), None, &act),
            [
                "scores 14 to 18 are both in `ENG 061` and in `COM 703`",
                "score 19 is both in `COM 703` and in `college ready`",
            ]
        );
        let accuplacer = bands(&[
            ("20", "65", "ENG 060"),
            ("66", "81", "ENG 061"),
            ("68", "120", "COM 703"),
            ("82", "120", "college ready"),
        ]);
        assert_eq!(
            messages(whole(), None, &accuplacer),
            [
                "scores 68 to 81 are both in `ENG 061` and in `COM 703`",
                "scores 82 to 120 are both in `COM 703` and in `college ready`",
            ]
        );
        let oxford = bands(&[("21", "40", "A2"), ("41", "60", "B1"), ("61", "80", "B2")]);
        assert_eq!(
            messages(whole(), Some(("0", "120")), &oxford),
            ["scores 0 to 20 are in no band", "scores 81 to 120 are in no band"]
        );
    }

    #[test]
    fn half_open_bands_meet_and_close_at_the_top() {
        let rows = bands(&[("0", "28", "A1"), ("28", "50", "A2"), ("50", "100", "B1")]);
        let table = BandTable::half_open("total".parse().unwrap(), rows).unwrap();
        for (score, level) in [("27.9999", "A1"), ("28", "A2"), ("49.9999", "A2"), ("100", "B1")] {
            assert_eq!(level_of(&table, score).as_deref(), Some(level), "{score}");
        }
        let holed = bands(&[("0", "28", "A1"), ("30", "50", "A2"), ("49", "90", "B1")]);
        assert_eq!(
            messages(BandEnds::HalfOpen, Some(("0", "100")), &holed),
            [
                "scores from 49 to below 50 are both in `A2` and in `B1`",
                "scores from 28 to below 30 are in no band",
                "scores from 90 to below 100 are in no band",
            ]
        );
        let refused = BandTable::half_open("total".parse().unwrap(), holed.clone()).unwrap_err();
        assert!(refused.to_string().contains("49 to below 50"), "{refused}");
        let without_overlap = holed.into_iter().take(2).collect();
        let measure = "total".parse().unwrap();
        let table =
            BandTable::new(measure, BandEnds::HalfOpen, Gaps::Allowed, None, without_overlap)
                .unwrap();
        assert_eq!(level_of(&table, "29"), None);
    }

    #[test]
    fn the_stored_form_is_checked_again() {
        let rows = bands(&[("0", "28", "A1"), ("28", "50", "A2")]);
        let table = BandTable::half_open("total".parse().unwrap(), rows).unwrap();
        let json = serde_json::to_string(&table).unwrap();
        assert_eq!(serde_json::from_str::<BandTable>(&json).unwrap(), table);
        let overlapping = json.replacen("\"28\"", "\"29\"", 1);
        assert!(serde_json::from_str::<BandTable>(&overlapping).is_err(), "{overlapping}");
    }

    proptest! {
        #[test]
        fn an_accepted_table_has_at_most_one_meaning_for_a_score(
            rows in prop::collection::vec((-20_i64..60, -5_i64..20, 0_u8..4), 1..7),
            score in -30_i64..90,
            inclusive: bool,
        ) {
            let ends = if inclusive { whole() } else { BandEnds::HalfOpen };
            let level = |at: u8| format!("level {at}").parse().unwrap();
            let rows: Vec<_> = rows.iter().map(|(from, length, name)| LevelBand::level(
                Points::from_whole(*from).unwrap(),
                Points::from_whole(from + length).unwrap(),
                level(*name),
            )).collect();
            let score = Points::from_whole(score).unwrap();
            let top = rows.iter().map(|it| it.band.to).max().unwrap();
            let has = |it: &&LevelBand| it.band.from <= score
                && (score < it.band.to || (score == it.band.to && (inclusive || it.band.to == top)));
            let mut meanings: Vec<_> = rows.iter().filter(has).map(|it| &it.means).collect();
            meanings.dedup();
            let measure: Slug = "total".parse().unwrap();
            match BandTable::new(measure, ends, Gaps::Allowed, None, rows.clone()) {
                Ok(table) => {
                    prop_assert!(meanings.len() <= 1);
                    prop_assert_eq!(table.band_of(score).map(|it| &it.means), meanings.first().copied());
                }
                Err(_) => prop_assert!(!BandTable::check(ends, None, &rows).is_empty()),
            }
        }
    }
}
