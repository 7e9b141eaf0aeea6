//! Which tests, questions, attempts, scores and grades a person sees.
use uuid::Uuid;

use crate::{
    Assessment,
    assignment::{Assignment, Submission},
    attempt::{Attempt, Score},
    bank::QuestionBank,
    gradebook::{CourseGrade, Gradebook},
    question::Question,
};
use lms_kernel::Id;
use lms_learning::{
    content::Course,
    learning::{LedCourses, TaughtClasses},
};
use lms_people::{
    authorization::{Listed, People},
    identity::Membership,
};
use lms_store::{Filter, Record, StoreError, Transaction};

/// A record that belongs to a course: which records belong to one of some courses.
pub(crate) trait OfCourses: Record {
    /// Those of one of these courses; true or false of every record.
    fn of_courses(courses: &[Id<Course>]) -> Filter<Self>;
}

/// Work of a learner in a course: seen by the learner, by those who lead the course, and by those
/// who teach the class in which the learner takes it.
trait OfLearner: OfCourses {
    fn of_people(people: &People) -> Filter<Self>;
    fn taken_in(classes: &TaughtClasses) -> Filter<Self>;
}

macro_rules! listed_by_course {
    ($($record:ty),+) => { $(
        impl Listed for $record {
            async fn in_course(
                _: &mut Transaction,
                course: Uuid,
            ) -> Result<Filter<Self>, StoreError> {
                Ok(Self::of_courses(&[Id::from_uuid(course)]))
            }

            async fn led_by(
                tx: &mut Transaction,
                leader: Id<Membership>,
            ) -> Result<Filter<Self>, StoreError> {
                let courses = LedCourses::of(tx, leader).await?;
                Ok(Self::of_courses(&courses.edited))
            }
        }
    )+ };
}

macro_rules! listed_by_learner {
    ($($record:ty),+) => { $(
        impl Listed for $record {
            fn owned_by(people: &People) -> Filter<Self> {
                Self::of_people(people)
            }

            async fn in_course(
                _: &mut Transaction,
                course: Uuid,
            ) -> Result<Filter<Self>, StoreError> {
                Ok(Self::of_courses(&[Id::from_uuid(course)]))
            }

            async fn in_class(
                tx: &mut Transaction,
                class: Uuid,
            ) -> Result<Filter<Self>, StoreError> {
                let class = TaughtClasses::one(tx, Id::from_uuid(class)).await?;
                Ok(Self::taken_in(&class))
            }

            async fn led_by(
                tx: &mut Transaction,
                leader: Id<Membership>,
            ) -> Result<Filter<Self>, StoreError> {
                let courses = LedCourses::of(tx, leader).await?;
                let classes = TaughtClasses::of_teacher(tx, leader).await?;
                Ok(Self::of_courses(&courses.edited).or(Self::taken_in(&classes)))
            }
        }
    )+ };
}

listed_by_course!(Assessment, QuestionBank, Question);
listed_by_learner!(Attempt, Score, Submission, CourseGrade);

impl OfCourses for Assessment {
    fn of_courses(courses: &[Id<Course>]) -> Filter<Self> {
        let named = Self::COURSE_ID.is_some_in(courses.iter().copied());
        Self::COURSE_ID.is_not_null().and(named)
    }
}

impl OfCourses for QuestionBank {
    fn of_courses(courses: &[Id<Course>]) -> Filter<Self> {
        let named = Self::COURSE_ID.is_some_in(courses.iter().copied());
        Self::COURSE_ID.is_not_null().and(named)
    }
}

/// A question of a test is where the test is, one of a bank where the bank is.
impl OfCourses for Question {
    fn of_courses(courses: &[Id<Course>]) -> Filter<Self> {
        let of_test =
            Self::ASSESSMENT_ID.in_records(Assessment::ID, Assessment::of_courses(courses));
        let of_bank = Self::BANK_ID.in_records(QuestionBank::ID, QuestionBank::of_courses(courses));
        of_test.or(Self::ASSESSMENT_ID.is_null().and(of_bank))
    }
}

/// Work that belongs to a course through another record.
macro_rules! work_by {
    ($($record:ty: $through:ident in $whole:ty;)+) => { $(
        impl OfCourses for $record {
            fn of_courses(courses: &[Id<Course>]) -> Filter<Self> {
                Self::$through.in_records(<$whole>::ID, <$whole>::of_courses(courses))
            }
        }

        impl OfLearner for $record {
            fn of_people(people: &People) -> Filter<Self> {
                people.in_column(Self::LEARNER_ID)
            }

            fn taken_in(classes: &TaughtClasses) -> Filter<Self> {
                classes.work(Self::LEARNER_ID, |course| Self::of_courses(&[course]))
            }
        }
    )+ };
}

work_by! {
    Attempt: ASSESSMENT_ID in Assessment;
    Score: ASSESSMENT_ID in Assessment;
    Submission: ASSIGNMENT_ID in Assignment;
    CourseGrade: GRADEBOOK_ID in Gradebook;
}

impl OfCourses for Assignment {
    fn of_courses(courses: &[Id<Course>]) -> Filter<Self> {
        Self::COURSE_ID.is_in(courses.iter().copied())
    }
}

impl OfCourses for Gradebook {
    fn of_courses(courses: &[Id<Course>]) -> Filter<Self> {
        Self::COURSE_ID.is_in(courses.iter().copied())
    }
}
