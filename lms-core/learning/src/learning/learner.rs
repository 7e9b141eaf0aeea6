//! The teachers and places of a learner.
use crate::{
    content::{AuthoredKind, ContentAuthor, Course},
    delivery::{ClassGroup, ClassMember},
    learning::Enrollment,
};
use lms_kernel::Id;
use lms_people::{
    authorization::{Protected, Subject},
    identity::{LearnerProfile, Membership},
};
use lms_store::{StoreError, Transaction};

/// A learner as a whole: what they have done, and what they are rewarded for.
///
/// It is the learner's own. Their tutor leads it, the teachers of their classes, and the owners of
/// the courses that they learn in; a role for one of those classes or courses reaches it too.
#[derive(Clone, Copy, Debug)]
pub struct Learner(pub Id<Membership>);

impl Protected for Learner {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let Self(learner) = *self;
        let unit = tx.recall(learner).await?.and_then(|it| it.org_unit_id);
        let mut subject = Subject::of(learner).in_unit(unit);
        let profile = tx.first(LearnerProfile::of_member(learner)).await?;
        subject.leaders.extend(profile.and_then(|it| it.assigned_tutor_id));
        add_classes(tx, &mut subject, learner, None).await?;
        let enrollments = tx.all(Enrollment::of_learner(learner)).await?;
        let courses: Vec<_> = enrollments
            .iter()
            .filter(|it| it.status.is_learning())
            .map(|it| it.course_id)
            .collect();
        subject.courses.extend(courses.iter().map(|it| it.uuid()));
        let courses = tx.get_many(&courses).await?;
        subject.leaders.extend(courses.iter().map(|it| it.owner_id));
        Ok(subject)
    }
}

/// A learner's work in one course: their attempts, submissions, grades, the certificate.
///
/// It is the learner's own. Anyone who leads the course leads it, and the teachers of the classes
/// in which the learner takes the course. Without a course it is led by no one.
#[derive(Clone, Copy, Debug)]
pub struct CourseWork {
    /// Whose work it is.
    pub learner: Id<Membership>,
    /// The course that the learner takes.
    pub course: Option<Id<Course>>,
}

impl Protected for CourseWork {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let Self { learner, course } = *self;
        let Some(course) = course else { return Ok(Subject::of(learner)) };
        let mut subject = Subject::of(learner).within(LedCourse(course).subject(tx).await?);
        add_classes(tx, &mut subject, learner, Some(course)).await?;
        Ok(subject)
    }
}

/// A course with all that is in it, led by its owner and those who write it.
#[derive(Clone, Copy, Debug)]
pub struct LedCourse(pub Id<Course>);

impl Protected for LedCourse {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let Self(course) = *self;
        let mut subject = Subject::in_course(course.uuid());
        subject.leaders.extend(tx.recall(course).await?.map(|it| it.owner_id));
        let parts = tx.all(ContentAuthor::of(AuthoredKind::Course, course.uuid())).await?;
        let writers = parts.iter().filter(|it| it.role.may_edit());
        subject.leaders.extend(writers.map(|it| it.author_id));
        Ok(subject)
    }
}

/// Adds the classes that a learner is in, and their teachers; of one course, where one is named.
async fn add_classes(
    tx: &mut Transaction,
    subject: &mut Subject,
    learner: Id<Membership>,
    course: Option<Id<Course>>,
) -> Result<(), StoreError> {
    let seats = tx.all(ClassMember::active_of(learner)).await?;
    if seats.is_empty() {
        return Ok(());
    }
    let classes: Vec<_> = seats.into_iter().map(|it| it.class_id).collect();
    let classes: Vec<ClassGroup> = tx.get_many(&classes).await?;
    for class in classes.iter().filter(|it| course.is_none_or(|of| it.course_id == of)) {
        subject.classes.push(class.id.uuid());
        subject.leaders.extend(class.teacher_id);
    }
    Ok(())
}
