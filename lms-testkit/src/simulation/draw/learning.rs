//! Courses, seats, classes and what people say about them.
use lms_core::{
    content::{Course, CreateCourse, Rating},
    delivery::{ClassChoice, ClassGroup, CreateClass, JoinClass},
    engagement::{CommentOn, PostComment},
    kernel::Title,
    learning::{
        ChangeEnrollment, EnrollLearner, Enrollment, EnrollmentEvent, GrantSource,
        JoinClassAndEnroll, PromoteWaiting, RenewEnrollment, ReviewCourse,
    },
};

use super::{Typed, draws};
use crate::simulation::hand::Hand;

fn join(hand: &mut Hand<'_>) -> Option<JoinClass> {
    let class = ClassChoice::Id(hand.id::<ClassGroup>()?);
    Some(JoinClass { class, student_id: hand.member()? })
}

/// Adds the generators of content, delivery, learning and engagement.
pub(super) fn add(all: &mut Typed) {
    draws(all, |hand| {
        let title = Title::new(&format!("Course {}", hand.below(1_000))).ok()?;
        let capacity = hand.one_of(&[None, Some(0), Some(1), Some(3)])?;
        Some(CreateCourse { capacity, ..CreateCourse::new(title, hand.member()?) })
    });
    draws(all, |hand| {
        let sources = [GrantSource::Manual, GrantSource::OwnChoice, GrantSource::Order];
        let source = hand.one_of(&sources)?;
        let course = hand.id::<Course>()?;
        let expires_at = if hand.once_in(3) { Some(hand.instant()) } else { None };
        let enroll = EnrollLearner::new(course, hand.member()?, source);
        Some(EnrollLearner { expires_at, ..enroll })
    });
    draws(all, |hand| {
        let events = [
            EnrollmentEvent::Suspend,
            EnrollmentEvent::Reinstate,
            EnrollmentEvent::Complete,
            EnrollmentEvent::Drop,
            EnrollmentEvent::Retake,
        ];
        let event = hand.one_of(&events)?;
        Some(ChangeEnrollment { enrollment_id: hand.id::<Enrollment>()?, event })
    });
    draws(all, |hand| {
        let enrollment_id = hand.id::<Enrollment>()?;
        let expires_at = if hand.once_in(3) { None } else { Some(hand.instant()) };
        Some(RenewEnrollment { enrollment_id, expires_at })
    });
    draws(all, |hand| Some(PromoteWaiting { course_id: hand.id::<Course>()? }));
    draws(all, join);
    draws(all, |hand| Some(JoinClassAndEnroll { join: join(hand)? }));
    draws(all, |hand| {
        let name = Title::new(&format!("Class {}", hand.below(1_000))).ok()?;
        let class = CreateClass::offline(hand.id::<Course>()?, name, "Room 2");
        let capacity = hand.one_of(&[None, Some(1), Some(2)])?;
        Some(CreateClass { capacity, teacher_id: hand.member(), ..class })
    });
    draws(all, |hand| {
        let stars = u8::try_from(hand.below(5) + 1).ok()?;
        let rating = Rating::new(stars).ok()?;
        Some(ReviewCourse { course_id: hand.id::<Course>()?, rating, comment: None })
    });
    draws(all, |hand| {
        let on = CommentOn::Course(hand.id::<Course>()?);
        Some(PostComment { on, content: "So it is.".parse().ok()? })
    });
}
