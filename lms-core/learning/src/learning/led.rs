//! The courses and classes that a person leads, as conditions of lists.
use std::collections::BTreeMap;

use crate::{
    content::{AuthorRole, AuthoredKind, ContentAuthor, Course},
    delivery::{ClassGroup, ClassMember},
    learning::{Enrollment, EnrollmentStatus},
};
use lms_kernel::Id;
use lms_people::{
    identity::{LearnerProfile, Membership},
    tenancy::OrgUnit,
};
use lms_store::{Col, Filter, Query, Record, StoreError, Transaction};

/// The courses that a person leads: those they own, and those they write with the owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedCourses {
    /// Those they own.
    pub owned: Vec<Id<Course>>,
    /// Those they own or edit.
    pub edited: Vec<Id<Course>>,
}

impl LedCourses {
    /// Reads the courses that this person leads, in two statements for each 200 of them.
    ///
    /// # Errors
    /// [`StoreError`].
    #[doc(hidden)]
    pub async fn of(tx: &mut Transaction, leader: Id<Membership>) -> Result<Self, StoreError> {
        let owned = tx.all(Query::filter(Course::OWNER_ID.eq(leader))).await?;
        let owned: Vec<_> = owned.into_iter().map(|it| it.id).collect();
        let parts = ContentAuthor::AUTHOR_ID
            .eq(leader)
            .and(ContentAuthor::TARGET_KIND.eq(AuthoredKind::Course))
            .and(
                ContentAuthor::ROLE
                    .is_in(AuthorRole::ALL.iter().copied().filter(|it| it.may_edit())),
            );
        let parts = tx.all(Query::filter(parts)).await?;
        let mut edited = owned.clone();
        edited.extend(parts.into_iter().map(|it| Id::from_uuid(it.target_id)));
        Ok(Self { owned, edited })
    }
}

/// Classes with their courses. What a learner does in a course is seen by those who teach the class
/// in which the learner takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaughtClasses(BTreeMap<Id<Course>, Vec<Id<ClassGroup>>>);

impl TaughtClasses {
    /// Reads the classes that this person teaches.
    ///
    /// # Errors
    /// [`StoreError`].
    #[doc(hidden)]
    pub async fn of_teacher(
        tx: &mut Transaction,
        teacher: Id<Membership>,
    ) -> Result<Self, StoreError> {
        Self::read(tx, ClassGroup::TEACHER_ID.is(teacher)).await
    }

    /// Reads the classes of these units.
    ///
    /// # Errors
    /// [`StoreError`].
    #[doc(hidden)]
    pub async fn of_units(tx: &mut Transaction, units: &[Id<OrgUnit>]) -> Result<Self, StoreError> {
        Self::read(tx, ClassGroup::ORG_UNIT_ID.is_some_in(units.iter().copied())).await
    }

    /// Reads one class.
    ///
    /// # Errors
    /// [`StoreError`].
    #[doc(hidden)]
    pub async fn one(tx: &mut Transaction, class: Id<ClassGroup>) -> Result<Self, StoreError> {
        Self::read(tx, ClassGroup::ID.eq(class)).await
    }

    async fn read(tx: &mut Transaction, filter: Filter<ClassGroup>) -> Result<Self, StoreError> {
        let mut classes: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for class in tx.all(Query::filter(filter)).await? {
            classes.entry(class.course_id).or_default().push(class.id);
        }
        Ok(Self(classes))
    }

    /// The records that are work of a learner in a course which the learner takes in one of these
    /// classes. `in_course` says which records are of a course.
    pub fn work<R: Record>(
        &self,
        learner: Col<R, Id<Membership>>,
        in_course: impl Fn(Id<Course>) -> Filter<R>,
    ) -> Filter<R> {
        Filter::any(self.0.iter().map(|(course, classes)| {
            let seats = ClassMember::seated_in(classes.iter().copied());
            in_course(*course).and(learner.in_records(ClassMember::STUDENT_ID, seats))
        }))
    }

    /// The records of learners who are in one of these classes.
    pub fn learners<R: Record>(&self, learner: Col<R, Id<Membership>>) -> Filter<R> {
        let classes = self.0.values().flatten().copied();
        learner.in_records(ClassMember::STUDENT_ID, ClassMember::seated_in(classes))
    }
}

/// The records of learners who learn, or have learned, in one of these courses.
pub fn learners_of<R: Record>(
    learner: Col<R, Id<Membership>>,
    courses: impl IntoIterator<Item = Id<Course>>,
) -> Filter<R> {
    let learning = EnrollmentStatus::ALL.iter().copied().filter(|it| it.is_learning());
    let enrolled = Enrollment::COURSE_ID.is_in(courses).and(Enrollment::STATUS.is_in(learning));
    learner.in_records(Enrollment::LEARNER_ID, enrolled)
}

/// The records of learners whose tutor this person is.
pub fn tutored_by<R: Record>(learner: Col<R, Id<Membership>>, tutor: Id<Membership>) -> Filter<R> {
    learner.in_records(LearnerProfile::MEMBER_ID, LearnerProfile::ASSIGNED_TUTOR_ID.is(tutor))
}
