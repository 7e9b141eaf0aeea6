//! Unmet requirements of a release rule.
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    content::{ContentNode, Course},
    delivery::ClassGroup,
};
use lms_kernel::{Id, Percent, Timestamp};

/// What is missing before a node opens, for the learner to read or the host to word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unmet {
    /// Another node is to be done first.
    Prerequisite {
        /// The node.
        node_id: Id<ContentNode>,
    },
    /// Another course is to be completed first.
    CourseCompleted {
        /// The course.
        course_id: Id<Course>,
    },
    /// The node before it in the course is to be done first.
    Sequence {
        /// The node before it.
        node_id: Id<ContentNode>,
    },
    /// It opens later.
    NotBefore {
        /// The instant.
        at: Timestamp,
    },
    /// It has closed.
    ClosedSince {
        /// The instant.
        at: Timestamp,
    },
    /// It opens some days after enrolling.
    DaysAfterEnrollment {
        /// How many days after.
        days: u32,
        /// When that is; unknown to a person who is not enrolled.
        at: Option<Timestamp>,
    },
    /// It is for a class.
    Group {
        /// The class.
        class_id: Id<ClassGroup>,
    },
    /// A score is to be reached first.
    Score {
        /// The node concerned.
        node_id: Id<ContentNode>,
        /// At least that.
        least: Percent,
        /// The best so far.
        best: Option<Percent>,
    },
    /// One of these is to be met.
    AnyOf {
        /// What is missing of each.
        of: Vec<Unmet>,
    },
    /// Something is met that must not be.
    MustNot,
}

impl Unmet {
    /// When time alone will meet it, if it will.
    pub fn opens_at(&self) -> Option<Timestamp> {
        match self {
            Self::NotBefore { at } => Some(*at),
            Self::DaysAfterEnrollment { at, .. } => *at,
            Self::AnyOf { of } => of.iter().filter_map(Self::opens_at).min(),
            Self::Prerequisite { .. }
            | Self::CourseCompleted { .. }
            | Self::Sequence { .. }
            | Self::ClosedSince { .. }
            | Self::Group { .. }
            | Self::Score { .. }
            | Self::MustNot => None,
        }
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prerequisite { node_id } => write!(f, "complete `{node_id}` first"),
            Self::CourseCompleted { course_id } => {
                write!(f, "complete the course `{course_id}` first")
            }
            Self::Sequence { node_id } => write!(f, "complete `{node_id}`, which comes before"),
            Self::NotBefore { at } => write!(f, "opens at {at}"),
            Self::ClosedSince { at } => write!(f, "closed since {at}"),
            Self::DaysAfterEnrollment { days, at: Some(at) } => {
                write!(f, "opens {days} days after enrolling, at {at}")
            }
            Self::DaysAfterEnrollment { days, at: None } => {
                write!(f, "opens {days} days after enrolling")
            }
            Self::Group { class_id } => write!(f, "only for class `{class_id}`"),
            Self::Score { node_id, least, best } => {
                write!(f, "reach {least} % in `{node_id}`")?;
                best.map_or(Ok(()), |best| write!(f, ", best so far {best} %"))
            }
            Self::AnyOf { of } => {
                f.write_str("one of: ")?;
                for (at, part) in of.iter().enumerate() {
                    write!(f, "{}{part}", if at == 0 { "" } else { "; " })?;
                }
                Ok(())
            }
            Self::MustNot => f.write_str("a condition that must not hold does"),
        }
    }
}
