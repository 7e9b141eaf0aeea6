//! The limits of an attempt, with the allowances of single learners and classes.
use serde::{Deserialize, Serialize};

use crate::Assessment;
use lms_kernel::{NumberError, Ratio, Rounding, Timestamp};

/// The times and counts that limit an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttemptLimits {
    /// When attempts may start; at any time when there is none.
    pub opens_at: Option<Timestamp>,
    /// The last instant at which answers are taken; never closed when there is none.
    pub closes_at: Option<Timestamp>,
    /// How long an attempt takes, in seconds; any time when there is none.
    pub time_limit_seconds: Option<u32>,
    /// How long after its end an attempt may still be handed in, in seconds.
    pub grace_seconds: u32,
    /// How many attempts there are; any number when there is none.
    pub max_attempts: Option<u32>,
    /// What a section's own time limit is multiplied by and what is added to it.
    pub section_time: SectionTime,
    /// Whether the assessment is unlocked by hand: delays between attempts do not count.
    pub unlocked: bool,
}

impl AttemptLimits {
    /// No limits: at any time, for any time, any number of attempts.
    pub const NONE: Self = Self {
        opens_at: None,
        closes_at: None,
        time_limit_seconds: None,
        grace_seconds: 0,
        max_attempts: None,
        section_time: SectionTime::AS_IT_IS,
        unlocked: false,
    };
}

/// The changes to the time limit of each section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SectionTime {
    /// What it is multiplied by.
    pub factor: Ratio,
    /// What is added after that, in seconds.
    pub extra_seconds: u32,
    /// Whether there is none at all.
    pub unlimited: bool,
}

impl SectionTime {
    /// The limit as it is.
    pub const AS_IT_IS: Self = Self { factor: Ratio::ONE, extra_seconds: 0, unlimited: false };

    /// The limit that a section has; none when it has none of its own.
    pub fn limit(self, own_seconds: Option<u32>) -> Option<u32> {
        let own = own_seconds.filter(|_| !self.unlimited)?;
        Some(stretched(own, self.factor, self.extra_seconds))
    }
}

/// More time than the assessment gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "time", rename_all = "snake_case")]
pub enum TimeAllowance {
    /// So many seconds more, for the test and for each timed section.
    Extra {
        /// The number of seconds.
        seconds: u32,
    },
    /// The limit times a factor of at least 1, for the test and for each timed section; seconds
    /// are rounded up.
    Factor {
        /// The factor, such as 5/4.
        factor: Ratio,
    },
    /// This limit for the test instead of its own, in seconds.
    Limit {
        /// The number of seconds.
        seconds: u32,
    },
    /// No limit.
    Unlimited,
}

/// More attempts than the assessment gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "allow", rename_all = "snake_case")]
pub enum AttemptAllowance {
    /// So many more.
    Extra {
        /// The number of attempts.
        attempts: u32,
    },
    /// So many instead.
    Limit {
        /// The number of attempts.
        attempts: u32,
    },
    /// Any number.
    Unlimited,
}

/// When an assessment closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// At this instant, which is still inside.
    At(Timestamp),
    /// Never.
    Never,
}

/// The changes that one override makes; fields that are `None` change nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Allowance {
    /// When attempts may start.
    pub opens_at: Option<Timestamp>,
    /// When the assessment closes.
    pub closes_at: Option<Closing>,
    /// More time.
    pub time: Option<TimeAllowance>,
    /// More attempts.
    pub attempts: Option<AttemptAllowance>,
    /// Whether delays between attempts do not count.
    pub unlocked: Option<bool>,
}

/// The overrides that concern one learner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Allowances {
    /// Those given to the learner.
    pub learner: Vec<Allowance>,
    /// Those given to classes that the learner is in.
    pub classes: Vec<Allowance>,
}

impl AttemptLimits {
    /// The limits that an assessment gives everyone.
    pub const fn of(assessment: &Assessment) -> Self {
        Self {
            opens_at: assessment.opens_at,
            closes_at: assessment.closes_at,
            time_limit_seconds: assessment.time_limit_seconds,
            grace_seconds: assessment.grace_seconds,
            max_attempts: assessment.max_attempts,
            section_time: SectionTime::AS_IT_IS,
            unlocked: false,
        }
    }

    /// The limits for a learner with those overrides.
    ///
    /// Each setting is decided on its own: what the learner was given comes before what a class
    /// was given, and that before the assessment's own. Where several of one level speak of the
    /// same setting, the most generous wins.
    #[must_use]
    pub fn with(self, allowances: &Allowances) -> Self {
        let levels = [&allowances.learner, &allowances.classes];
        let mut limits = self;
        if let Some(at) = pick(levels, |it| it.opens_at, |a, b| a.min(b)) {
            limits.opens_at = Some(at);
        }
        if let Some(closing) = pick(levels, |it| it.closes_at, later) {
            limits.closes_at = match closing {
                Closing::At(at) => Some(at),
                Closing::Never => None,
            };
        }
        let time = pick(
            levels,
            |it| it.time.map(|time| self.timed(time)),
            |a, b| if a.generosity() >= b.generosity() { a } else { b },
        );
        if let Some(time) = time {
            (limits.time_limit_seconds, limits.section_time) = (time.limit, time.sections);
        }
        let attempts = |it: &Allowance| it.attempts.map(|attempts| self.counted(attempts));
        let more = |a: Option<u32>, b: Option<u32>| match (a, b) {
            (Some(a), Some(b)) => Some(a.max(b)),
            _ => None,
        };
        if let Some(most) = pick(levels, attempts, more) {
            limits.max_attempts = most;
        }
        if let Some(unlocked) = pick(levels, |it| it.unlocked, |a, b| a || b) {
            limits.unlocked = unlocked;
        }
        limits
    }

    fn counted(&self, attempts: AttemptAllowance) -> Option<u32> {
        match attempts {
            AttemptAllowance::Extra { attempts } => {
                self.max_attempts.map(|most| most.saturating_add(attempts))
            }
            AttemptAllowance::Limit { attempts } => Some(attempts),
            AttemptAllowance::Unlimited => None,
        }
    }

    fn timed(&self, time: TimeAllowance) -> Timed {
        let own = self.time_limit_seconds;
        let as_it_is = SectionTime::AS_IT_IS;
        match time {
            TimeAllowance::Extra { seconds } => Timed {
                limit: own.map(|own| own.saturating_add(seconds)),
                sections: SectionTime { extra_seconds: seconds, ..as_it_is },
            },
            TimeAllowance::Factor { factor } => {
                let factor = factor.max(Ratio::ONE);
                Timed {
                    limit: own.map(|own| stretched(own, factor, 0)),
                    sections: SectionTime { factor, ..as_it_is },
                }
            }
            TimeAllowance::Limit { seconds } => Timed { limit: Some(seconds), sections: as_it_is },
            TimeAllowance::Unlimited => {
                Timed { limit: None, sections: SectionTime { unlimited: true, ..as_it_is } }
            }
        }
    }
}

/// A time allowance, worked out against the assessment's own limit.
#[derive(Clone, Copy)]
struct Timed {
    limit: Option<u32>,
    sections: SectionTime,
}

impl Timed {
    /// What compares: no limit is the most; then the test's limit; then what sections get.
    fn generosity(&self) -> (bool, u32, bool, Ratio, u32) {
        let sections = self.sections;
        (
            self.limit.is_none(),
            self.limit.unwrap_or(u32::MAX),
            sections.unlimited,
            sections.factor,
            sections.extra_seconds,
        )
    }
}

/// The setting of the first level that speaks of it, the best of those there.
fn pick<T: Copy>(
    levels: [&Vec<Allowance>; 2],
    setting: impl Fn(&Allowance) -> Option<T>,
    better: impl Fn(T, T) -> T,
) -> Option<T> {
    levels.into_iter().find_map(|level| level.iter().filter_map(&setting).reduce(&better))
}

fn later(a: Closing, b: Closing) -> Closing {
    match (a, b) {
        (Closing::At(a), Closing::At(b)) => Closing::At(a.max(b)),
        (Closing::Never, _) | (_, Closing::Never) => Closing::Never,
    }
}

/// Seconds times a factor, rounded up, and more.
fn stretched(seconds: u32, factor: Ratio, extra: u32) -> u32 {
    let product: Result<i128, NumberError> = Ratio::from(i64::from(seconds))
        .mul(factor)
        .map(|product| product.to_integer(Rounding::Ceiling));
    let product = product.ok().and_then(|product| u32::try_from(product).ok());
    product.unwrap_or(u32::MAX).saturating_add(extra)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::EPOCH.saturating_add(TimeDelta::seconds(seconds))
    }

    fn default() -> AttemptLimits {
        AttemptLimits {
            opens_at: Some(at(100)),
            closes_at: Some(at(1_000)),
            time_limit_seconds: Some(600),
            grace_seconds: 30,
            max_attempts: Some(2),
            section_time: SectionTime::AS_IT_IS,
            unlocked: false,
        }
    }

    fn time(time: TimeAllowance) -> Allowance {
        Allowance { time: Some(time), ..Allowance::default() }
    }

    #[test]
    fn without_overrides_nothing_changes() {
        assert_eq!(default().with(&Allowances::default()), default());
    }

    #[test]
    fn the_learners_own_comes_before_the_classes_setting_by_setting() {
        let learner = Allowance {
            closes_at: Some(Closing::At(at(900))),
            time: Some(TimeAllowance::Limit { seconds: 300 }),
            ..Allowance::default()
        };
        let class = Allowance {
            opens_at: Some(at(50)),
            closes_at: Some(Closing::Never),
            time: Some(TimeAllowance::Unlimited),
            attempts: Some(AttemptAllowance::Extra { attempts: 1 }),
            unlocked: Some(true),
        };
        let limits = default().with(&Allowances { learner: vec![learner], classes: vec![class] });
        // Less generous than the class and the default, and still the learner's own.
        assert_eq!(limits.closes_at, Some(at(900)));
        assert_eq!(limits.time_limit_seconds, Some(300));
        assert_eq!((limits.opens_at, limits.max_attempts), (Some(at(50)), Some(3)));
        assert!(limits.unlocked);
    }

    #[test]
    fn within_a_level_the_most_generous_wins() {
        let of = |times: &[TimeAllowance]| {
            let classes = times.iter().copied().map(time).collect();
            default().with(&Allowances { learner: Vec::new(), classes }).time_limit_seconds
        };
        let extra = |seconds| TimeAllowance::Extra { seconds };
        let factor = |n, d| TimeAllowance::Factor { factor: Ratio::new(n, d).unwrap() };
        assert_eq!(of(&[extra(300), extra(60)]), Some(900));
        assert_eq!(of(&[extra(100), factor(5, 4)]), Some(750));
        assert_eq!(of(&[factor(3, 2), TimeAllowance::Unlimited, extra(9)]), None);
        assert_eq!(of(&[factor(1, 2)]), Some(600), "a factor never takes time");
        let closes = |closings: &[Closing]| {
            let allowance =
                |at: &Closing| Allowance { closes_at: Some(*at), ..Allowance::default() };
            let learner = closings.iter().map(allowance).collect();
            default().with(&Allowances { learner, classes: Vec::new() }).closes_at
        };
        assert_eq!(closes(&[Closing::At(at(5)), Closing::At(at(7))]), Some(at(7)));
        assert_eq!(closes(&[Closing::At(at(5)), Closing::Never]), None);
    }

    #[test]
    fn sections_get_their_share_of_extra_time() {
        let sections = |allowance| {
            let learner = vec![time(allowance)];
            default().with(&Allowances { learner, classes: Vec::new() }).section_time
        };
        let third = Ratio::new(4, 3).unwrap();
        assert_eq!(sections(TimeAllowance::Factor { factor: third }).limit(Some(100)), Some(134));
        assert_eq!(sections(TimeAllowance::Extra { seconds: 60 }).limit(Some(100)), Some(160));
        assert_eq!(sections(TimeAllowance::Unlimited).limit(Some(100)), None);
        assert_eq!(sections(TimeAllowance::Extra { seconds: 60 }).limit(None), None);
    }

    #[test]
    fn attempts_are_added_replaced_or_unlimited() {
        let most = |attempts| {
            let given = Allowance { attempts: Some(attempts), ..Allowance::default() };
            let allowances = Allowances { learner: vec![given], classes: Vec::new() };
            default().with(&allowances).max_attempts
        };
        assert_eq!(most(AttemptAllowance::Extra { attempts: 3 }), Some(5));
        assert_eq!(most(AttemptAllowance::Limit { attempts: 1 }), Some(1));
        assert_eq!(most(AttemptAllowance::Unlimited), None);
    }
}
