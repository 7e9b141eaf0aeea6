//! Marks by two people for one answer.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    attempt::{Attempt, SecondMarking},
    grading::ManualMark,
    question::Question,
};
use lms_kernel::{Context, Id, NumberError, Points, Ratio, Rounding};
use lms_people::identity::Membership;
use lms_store::{Query, Record, Stamp};

/// Which of the people who mark an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum MarkingRound {
    /// The first marker.
    First,
    /// The second, who does not see what the first gave.
    Second,
    /// The third marker, who decides where the two lie too far apart, or later.
    Decision,
}

/// One marker's mark for an answer that two people mark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "markings", unique(attempt_id, question_id, round), index(marker_id))]
pub struct Marking {
    /// The marking's id.
    pub id: Id<Marking>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// The question.
    pub question_id: Id<Question>,
    /// Which of the people.
    pub round: MarkingRound,
    /// Who marked; none for the system.
    pub marker_id: Option<Id<Membership>>,
    /// The mark.
    #[record(json, personal)]
    pub mark: ManualMark,
}

impl Marking {
    /// A marking of an answer.
    pub fn new(
        cx: &Context,
        (attempt, question): (Id<Attempt>, Id<Question>),
        round: MarkingRound,
        marker: Option<Id<Membership>>,
        mark: ManualMark,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            attempt_id: attempt,
            question_id: question,
            round,
            marker_id: marker,
            mark,
        }
    }

    /// What people gave for an answer.
    pub fn of(attempt: Id<Attempt>, question: Id<Question>) -> Query<Self> {
        Query::filter(Self::ATTEMPT_ID.eq(attempt).and(Self::QUESTION_ID.eq(question)))
    }

    /// What people gave for answers of several attempts.
    pub fn of_attempts(attempts: impl IntoIterator<Item = Id<Attempt>>) -> Query<Self> {
        Query::filter(Self::ATTEMPT_ID.is_in(attempts))
    }
}

/// How far the marking of one answer by two people has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MarkingProgress {
    /// No one has marked it.
    NeedsFirst,
    /// One has.
    NeedsSecond,
    /// Two have, and lie too far apart.
    NeedsDecision,
    /// This is the mark.
    Settled(Points),
}

impl MarkingProgress {
    /// How far the markings of one answer have come. Two that lie within the tolerance settle it
    /// with their mean, rounded half up to a ten-thousandth and out of what the question was worth
    /// for the second; a decision settles it in any case.
    ///
    /// # Errors
    /// [`NumberError::Overflow`] for points out of range.
    pub fn of(markings: &[Marking], rule: SecondMarking) -> Result<Self, NumberError> {
        let of = |round| markings.iter().find(|it| it.round == round).map(|it| &it.mark);
        let both = (of(MarkingRound::First), of(MarkingRound::Second));
        Ok(match (both, of(MarkingRound::Decision)) {
            (_, Some(mark)) => Self::Settled(mark.points),
            ((None, _), None) => Self::NeedsFirst,
            ((Some(_), None), None) => Self::NeedsSecond,
            ((Some(first), Some(second)), None) => {
                // The question may have been worth something else when the first was given.
                let a = match second.out_of {
                    Some(worth) => first.points_of(worth)?,
                    None => Ratio::from(first.points),
                };
                let b = Ratio::from(second.points);
                if a.max(b).sub(a.min(b))? <= Ratio::from(rule.tolerance) {
                    let mean = a.add(b)?.div(Ratio::from(2))?;
                    Self::Settled(Points::from_ratio(mean, Rounding::HalfUp)?)
                } else {
                    Self::NeedsDecision
                }
            }
        })
    }

    /// The round that is to come; none where it is settled.
    pub const fn next_round(self) -> Option<MarkingRound> {
        match self {
            Self::NeedsFirst => Some(MarkingRound::First),
            Self::NeedsSecond => Some(MarkingRound::Second),
            Self::NeedsDecision => Some(MarkingRound::Decision),
            Self::Settled(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use lms_kernel::{Actor, SequentialIds, TenantId, Timestamp};

    fn p(text: &str) -> Points {
        text.parse().unwrap()
    }

    fn progress_marking(round: MarkingRound, mark: ManualMark) -> Marking {
        let ids = Arc::new(SequentialIds::new());
        let cx = Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids);
        let answer = (Id::from_uuid(Uuid::nil()), Id::from_uuid(Uuid::nil()));
        Marking::new(&cx, answer, round, None, mark)
    }

    fn progress(marks: &[(MarkingRound, &str)]) -> MarkingProgress {
        let marking = |(round, points): &(MarkingRound, &str)| {
            progress_marking(*round, ManualMark::new(p(points)))
        };
        let markings: Vec<Marking> = marks.iter().map(marking).collect();
        MarkingProgress::of(&markings, SecondMarking { tolerance: p("1") }).unwrap()
    }

    #[test]
    fn two_settle_it_if_they_are_close_and_a_third_if_not() {
        use MarkingRound::{Decision, First, Second};
        assert_eq!(progress(&[]), MarkingProgress::NeedsFirst);
        assert_eq!(progress(&[(First, "3")]), MarkingProgress::NeedsSecond);
        let close = progress(&[(First, "3"), (Second, "3.5")]);
        assert_eq!(close, MarkingProgress::Settled(p("3.25")));
        let exactly = progress(&[(First, "4"), (Second, "3")]);
        assert_eq!(exactly, MarkingProgress::Settled(p("3.5")));
        let halved = progress(&[(First, "0.0001"), (Second, "0.0002")]);
        assert_eq!(halved, MarkingProgress::Settled(p("0.0002")));
        let far = [(First, "1"), (Second, "2.0001")];
        assert_eq!(progress(&far), MarkingProgress::NeedsDecision);
        let worth =
            |round, points, worth| progress_marking(round, ManualMark::out_of(p(points), p(worth)));
        let rescaled = [worth(First, "6", "10"), worth(Second, "3.5", "5")];
        let tolerance = SecondMarking { tolerance: p("0.5") };
        let settled = MarkingProgress::of(&rescaled, tolerance).unwrap();
        assert_eq!(settled, MarkingProgress::Settled(p("3.25")), "6 of 10 is 3 of 5");
        let decided = progress(&[far[0], far[1], (Decision, "5")]);
        assert_eq!(decided, MarkingProgress::Settled(p("5")));
        assert_eq!(decided.next_round(), None);
    }
}
