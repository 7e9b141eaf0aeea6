//! The owners of enrollments and progress, and the leaders of their learners.
use crate::{
    content::{Course, subject_of_course},
    delivery::{ClassGroup, ClassMember, subject_of_class},
    learning::{ContentAssignment, Enrollment, NodeProgress},
};
use lms_kernel::Id;
use lms_people::{
    authorization::{Protected, Subject},
    identity::Membership,
};
use lms_store::{Query, StoreError, Transaction};

/// What a learner does in a course: their own, led by those who lead the course and the classes
/// that take it and that the learner is in.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn subject_of_learning(
    tx: &mut Transaction,
    learner: Id<Membership>,
    course: Id<Course>,
) -> Result<Subject, StoreError> {
    let mut subject = Subject::of(learner).within(subject_of_course(tx, course).await?);
    for class in classes_of(tx, learner).await? {
        if class.course_id == course {
            subject = subject.within(subject_of_class(tx, class.id).await?);
        }
    }
    Ok(subject)
}

async fn classes_of(
    tx: &mut Transaction,
    learner: Id<Membership>,
) -> Result<Vec<ClassGroup>, StoreError> {
    let seats = tx.all(ClassMember::active_of(learner)).await?;
    let ids: Vec<_> = seats.into_iter().map(|it| it.class_id).collect();
    match ids.is_empty() {
        true => Ok(Vec::new()),
        false => tx.all(Query::filter(ClassGroup::ID.is_in(ids))).await,
    }
}

impl Protected for Enrollment {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        subject_of_learning(tx, self.learner_id, self.course_id).await
    }
}

impl Protected for NodeProgress {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        match tx.recall(self.enrollment_id).await? {
            Some(enrollment) => enrollment.subject(tx).await,
            None => Ok(Subject::of(self.learner_id)),
        }
    }
}

impl Protected for ContentAssignment {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        subject_of_class(tx, self.class_id).await
    }
}
