//! The criteria of a badge.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use lms_assessment::AssessmentKind;
use lms_kernel::{Id, Timestamp};
use lms_learning::content::{ContentNode, Course};

/// The counted achievements of a learner, which criteria are checked against.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Achievements {
    /// How many lessons they completed.
    pub lessons_completed: u32,
    /// How many activities they completed.
    pub activities_completed: u32,
    /// Which parts of courses they completed.
    pub nodes_completed: BTreeSet<Id<ContentNode>>,
    /// Which courses they completed.
    pub courses_completed: BTreeSet<Id<Course>>,
    /// On how many days in a row they learned, at the best of times.
    pub longest_streak_days: u32,
    /// In how many tests or activities they had every mark.
    pub perfect_scores: u32,
    /// The same by the kind of the test, such as `quiz`.
    pub perfect_by_kind: BTreeMap<String, u32>,
    /// How many comments they posted.
    pub comments_posted: u32,
    /// How many reactions their comments got.
    pub reactions_received: u32,
    /// How many points they have.
    pub points: i64,
    /// Since when they are a member.
    pub joined_at: Option<Timestamp>,
}

/// What it takes to get a badge. From source schema 003 (`badges.criteria`).
///
/// All but [`JoinedBefore`](Self::JoinedBefore) and [`Manual`](Self::Manual) stay met once they
/// are met, since what they count only grows.
///
/// ```
/// use lms_community::recognition::{Achievements, Criteria};
///
/// let criteria: Criteria =
///     serde_json::from_str(r#"{"type": "streak_days", "count": 7}"#).unwrap();
/// let week = Achievements { longest_streak_days: 7, ..Achievements::default() };
/// assert!(criteria.are_met_by(&week));
/// assert!(!criteria.are_met_by(&Achievements::default()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Criteria {
    /// So many lessons completed.
    LessonsCompleted {
        /// The number that is needed.
        count: u32,
    },
    /// So many activities completed.
    ActivitiesCompleted {
        /// The number that is needed.
        count: u32,
    },
    /// A certain part of a course completed.
    NodeCompleted {
        /// Which part.
        node: Id<ContentNode>,
    },
    /// A certain course completed, or any.
    CourseCompleted {
        /// Which course; any when none is named.
        #[serde(default)]
        course: Option<Id<Course>>,
    },
    /// So many days in a row.
    StreakDays {
        /// The number that is needed.
        count: u32,
    },
    /// Every mark in so many tests or activities.
    PerfectScore {
        /// How many; one when it is not said.
        #[serde(default = "one")]
        count: u32,
        /// In tests of which sort; in tests of any sort when none is named.
        #[serde(default, rename = "activity_type", skip_serializing_if = "Option::is_none")]
        kind: Option<AssessmentKind>,
    },
    /// So many comments posted.
    CommentsPosted {
        /// The number that is needed.
        count: u32,
    },
    /// So many reactions received.
    ReactionsReceived {
        /// The number that is needed.
        count: u32,
    },
    /// So many points.
    Points {
        /// The number that is needed.
        count: i64,
    },
    /// A member since before then.
    JoinedBefore {
        /// Before when.
        at: Timestamp,
    },
    /// Nothing that can be counted: staff give it.
    Manual,
    /// All of these. Of none, no one meets them all: an empty list is met by no one.
    All {
        /// The criteria that it combines.
        of: Vec<Criteria>,
    },
    /// At least one of these.
    Any {
        /// The criteria that it combines.
        of: Vec<Criteria>,
    },
}

const fn one() -> u32 {
    1
}

impl Criteria {
    /// How deep criteria may be nested.
    pub const MAX_DEPTH: usize = 8;

    /// Whether they are met by what a learner has done.
    pub fn are_met_by(&self, done: &Achievements) -> bool {
        match self {
            Self::LessonsCompleted { count } => done.lessons_completed >= *count,
            Self::ActivitiesCompleted { count } => done.activities_completed >= *count,
            Self::NodeCompleted { node } => done.nodes_completed.contains(node),
            Self::CourseCompleted { course: Some(course) } => {
                done.courses_completed.contains(course)
            }
            Self::CourseCompleted { course: None } => !done.courses_completed.is_empty(),
            Self::StreakDays { count } => done.longest_streak_days >= *count,
            Self::PerfectScore { count, kind: None } => done.perfect_scores >= *count,
            Self::PerfectScore { count, kind: Some(kind) } => {
                done.perfect_by_kind.get(kind.as_str()).is_some_and(|it| it >= count)
            }
            Self::CommentsPosted { count } => done.comments_posted >= *count,
            Self::ReactionsReceived { count } => done.reactions_received >= *count,
            Self::Points { count } => done.points >= *count,
            Self::JoinedBefore { at } => done.joined_at.is_some_and(|it| it < *at),
            Self::Manual => false,
            Self::All { of } => !of.is_empty() && of.iter().all(|it| it.are_met_by(done)),
            Self::Any { of } => of.iter().any(|it| it.are_met_by(done)),
        }
    }

    /// How deep they are nested: 1 for a plain one.
    pub fn depth(&self) -> usize {
        match self {
            Self::All { of } | Self::Any { of } => {
                of.iter().map(Self::depth).max().unwrap_or(0).saturating_add(1)
            }
            Self::LessonsCompleted { .. }
            | Self::ActivitiesCompleted { .. }
            | Self::NodeCompleted { .. }
            | Self::CourseCompleted { .. }
            | Self::StreakDays { .. }
            | Self::PerfectScore { .. }
            | Self::CommentsPosted { .. }
            | Self::ReactionsReceived { .. }
            | Self::Points { .. }
            | Self::JoinedBefore { .. }
            | Self::Manual => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain() -> impl Strategy<Value = Criteria> {
        prop_oneof![
            (0..5_u32).prop_map(|count| Criteria::LessonsCompleted { count }),
            (0..5_u32).prop_map(|count| Criteria::ActivitiesCompleted { count }),
            (0..5_u32).prop_map(|count| Criteria::StreakDays { count }),
            (0..5_u32).prop_map(|count| Criteria::PerfectScore { count, kind: None }),
            (0..5_u32).prop_map(|count| Criteria::CommentsPosted { count }),
            (0..5_u32).prop_map(|count| Criteria::ReactionsReceived { count }),
            (-2..5_i64).prop_map(|count| Criteria::Points { count }),
            Just(Criteria::Manual),
        ]
    }

    fn criteria() -> impl Strategy<Value = Criteria> {
        plain().prop_recursive(3, 12, 3, |inner| {
            let of = prop::collection::vec(inner, 0..3);
            prop_oneof![
                of.clone().prop_map(|of| Criteria::All { of }),
                of.prop_map(|of| Criteria::Any { of }),
            ]
        })
    }

    fn achievements() -> impl Strategy<Value = Achievements> {
        prop::array::uniform6(0..5_u32).prop_map(|it| Achievements {
            lessons_completed: it[0],
            activities_completed: it[1],
            longest_streak_days: it[2],
            perfect_scores: it[3],
            comments_posted: it[4],
            reactions_received: it[5],
            points: i64::from(it[0]) - 1,
            ..Achievements::default()
        })
    }

    proptest! {
        #[test]
        fn who_does_more_never_loses_a_badge(
            criteria in criteria(), done in achievements(), more in achievements(),
        ) {
            let both = Achievements {
                lessons_completed: done.lessons_completed + more.lessons_completed,
                activities_completed: done.activities_completed + more.activities_completed,
                longest_streak_days: done.longest_streak_days.max(more.longest_streak_days),
                perfect_scores: done.perfect_scores + more.perfect_scores,
                comments_posted: done.comments_posted + more.comments_posted,
                reactions_received: done.reactions_received + more.reactions_received,
                points: done.points + more.points.max(0),
                ..done.clone()
            };
            prop_assert!(!criteria.are_met_by(&done) || criteria.are_met_by(&both));
        }

        #[test]
        fn criteria_read_back_as_written(criteria in criteria()) {
            let text = serde_json::to_string(&criteria).unwrap();
            prop_assert_eq!(serde_json::from_str::<Criteria>(&text).unwrap(), criteria);
        }

        #[test]
        fn all_is_harder_than_any(
            of in prop::collection::vec(plain(), 0..4), done in achievements(),
        ) {
            let all = Criteria::All { of: of.clone() }.are_met_by(&done);
            let any = Criteria::Any { of }.are_met_by(&done);
            prop_assert!(!all || any);
        }
    }

    #[test]
    fn the_source_schema_writes_a_perfect_score_without_a_count() {
        let criteria: Criteria = serde_json::from_str(r#"{"type": "perfect_score"}"#).unwrap();
        assert_eq!(criteria, Criteria::PerfectScore { count: 1, kind: None });
        let quiz = r#"{"type": "perfect_score", "activity_type": "quiz"}"#;
        let quiz: Criteria = serde_json::from_str(quiz).unwrap();
        let one = |kind: &str| Achievements {
            perfect_scores: 1,
            perfect_by_kind: [(kind.to_owned(), 1)].into(),
            ..Achievements::default()
        };
        assert!(quiz.are_met_by(&one("quiz")) && !quiz.are_met_by(&one("practice")));
        assert!(criteria.are_met_by(&one("practice")));
        assert!(serde_json::from_str::<Criteria>(r#"{"type": "luck"}"#).is_err());
    }

    #[test]
    fn an_empty_list_is_met_by_nobody() {
        let done = Achievements { lessons_completed: 9, ..Achievements::default() };
        assert!(!Criteria::All { of: vec![] }.are_met_by(&done));
        assert!(!Criteria::Any { of: vec![] }.are_met_by(&done));
        assert!(!Criteria::Manual.are_met_by(&done));
    }
}
