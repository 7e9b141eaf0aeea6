//! Tests, coursework, grades, points and badges.
use lms_core::{
    assessment::{
        Assessment,
        assignment::{Assignment, ExtendDeadline, GradeSubmission, HandInWork, Submission},
        attempt::{Attempt, MarkAnswer, ReplaceScore, SaveAnswer, StartAttempt},
        gradebook::{GradeItem, OverrideCourseGrade, RecordGrade},
        grading::ManualMark,
        question::{Answer, Question},
    },
    content::Course,
    kernel::Points,
    recognition::AwardPoints,
};

use super::{Typed, draws};
use crate::simulation::hand::Hand;

fn points(hand: &mut Hand<'_>) -> Option<Points> {
    let values = ["0", "1", "2.5", "4", "7", "10", "80", "1000000", "-1"];
    hand.one_of(&values)?.parse().ok()
}

/// Adds the generators of assessment and recognition.
pub(super) fn add(all: &mut Typed) {
    draws(all, |hand| {
        let mut start = StartAttempt::new(hand.id::<Assessment>()?);
        if hand.once_in(3) {
            start = start.for_learner(hand.member()?);
        }
        Some(start)
    });
    draws(all, |hand| {
        let question = hand.record::<Question>()?;
        let answer = match question.options.first() {
            Some(option) => Answer::choice(option.id),
            None => Answer::text("So it is."),
        };
        let sequence = i64::try_from(hand.below(5)).ok()?;
        Some(SaveAnswer::new(hand.id::<Attempt>()?, question.id, sequence, answer))
    });
    draws(all, |hand| {
        let mark = if hand.once_in(6) { None } else { Some(ManualMark::new(points(hand)?)) };
        let attempt_id = hand.id::<Attempt>()?;
        let question_id = hand.id::<Question>()?;
        Some(MarkAnswer { attempt_id, question_id, mark })
    });
    draws(all, |hand| {
        let total = if hand.once_in(4) { None } else { points(hand) };
        Some(ReplaceScore { attempt_id: hand.id::<Attempt>()?, total, reason: "appeal".to_owned() })
    });
    draws(all, |hand| {
        let content = Some("So it is.".to_owned());
        let (assignment_id, learner_id) = (hand.id::<Assignment>()?, hand.member()?);
        Some(HandInWork { assignment_id, learner_id, content, file_id: None, file_url: None })
    });
    draws(all, |hand| {
        let (submission_id, earned) = (hand.id::<Submission>()?, points(hand)?);
        Some(GradeSubmission { submission_id, earned, feedback: None })
    });
    draws(all, |hand| {
        let (assignment_id, learner_id) = (hand.id::<Assignment>()?, hand.member()?);
        let due_at = hand.instant();
        Some(ExtendDeadline { assignment_id, learner_id, due_at, reason: None })
    });
    draws(all, |hand| {
        let item = hand.id::<GradeItem>()?;
        Some(RecordGrade::score(item, hand.member()?, points(hand)?))
    });
    draws(all, |hand| {
        let (course_id, learner_id) = (hand.id::<Course>()?, hand.member()?);
        let percent = if hand.once_in(3) { None } else { points(hand) };
        let reason = "appeal".to_owned();
        Some(OverrideCourseGrade { course_id, learner_id, percent, grade: None, reason })
    });
    draws(all, |hand| {
        let points = hand.one_of(&[1, 10, -5, 0, i32::MAX])?;
        Some(AwardPoints { learner_id: hand.member()?, points, reason: None })
    });
}
