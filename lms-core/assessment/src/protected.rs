//! The owner, leaders and place of each record of tests and coursework.
use crate::{
    Assessment, Section,
    assignment::{Assignment, Observation, Submission},
    attempt::{Attempt, Score},
    bank::QuestionBank,
    gradebook::{CourseGrade, Grade, GradeCategory, GradeItem, Gradebook},
    placement::PlacementDecision,
    proctoring::ProctoringSession,
    question::Question,
    regrade::Regrade,
};
use lms_kernel::Id;
use lms_learning::{
    content::Course,
    learning::{CourseWork, LedCourse},
};
use lms_people::{
    authorization::{Protected, Subject},
    identity::{LearnerProfile, Membership},
};
use lms_store::{Record, StoreError, Transaction};

/// The course and anyone who leads it, or the whole tenant for what belongs to no course.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InCourse(pub(crate) Option<Id<Course>>);

impl Protected for InCourse {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        match self.0 {
            Some(course) => LedCourse(course).subject(tx).await,
            None => Ok(Subject::default()),
        }
    }
}

/// What is noted about a learner by those who tutor them: led by their tutor, in their unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tutored(pub(crate) Id<Membership>);

impl Protected for Tutored {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let Self(learner) = *self;
        let unit = tx.recall(learner).await?.and_then(|it| it.org_unit_id);
        let profile = tx.first(LearnerProfile::of_member(learner)).await?;
        let mut subject = Subject::of(learner).in_unit(unit);
        subject.leaders.extend(profile.and_then(|it| it.assigned_tutor_id));
        Ok(subject)
    }
}

async fn whole<R: Record + Protected>(
    tx: &mut Transaction,
    id: Id<R>,
) -> Result<Subject, StoreError> {
    match tx.recall(id).await? {
        Some(found) => found.subject(tx).await,
        None => Err(StoreError::NotFound { table: R::TABLE, id: id.uuid() }),
    }
}

async fn recalled<R: Record>(tx: &mut Transaction, id: Id<R>) -> Result<R, StoreError> {
    tx.recall(id).await?.ok_or(StoreError::NotFound { table: R::TABLE, id: id.uuid() })
}

async fn work(
    tx: &mut Transaction,
    learner: Id<Membership>,
    course: Option<Id<Course>>,
) -> Result<Subject, StoreError> {
    CourseWork { learner, course }.subject(tx).await
}

impl Protected for Assessment {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        InCourse(self.course_id).subject(tx).await
    }
}

impl Protected for Section {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        whole(tx, self.assessment_id).await
    }
}

impl Protected for QuestionBank {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        InCourse(self.course_id).subject(tx).await
    }
}

impl Protected for Question {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        match (self.assessment_id, self.bank_id) {
            (Some(assessment), _) => whole(tx, assessment).await,
            (None, Some(bank)) => whole(tx, bank).await,
            (None, None) => Ok(Subject::default()),
        }
    }
}

impl Protected for Regrade {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        whole(tx, self.assessment_id).await
    }
}

impl Protected for Attempt {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let course = recalled(tx, self.assessment_id).await?.course_id;
        work(tx, self.learner_id, course).await
    }
}

impl Protected for Score {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let course = recalled(tx, self.assessment_id).await?.course_id;
        work(tx, self.learner_id, course).await
    }
}

impl Protected for ProctoringSession {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        whole(tx, self.attempt_id).await
    }
}

impl Protected for Assignment {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        InCourse(Some(self.course_id)).subject(tx).await
    }
}

impl Protected for Submission {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let course = recalled(tx, self.assignment_id).await?.course_id;
        work(tx, self.learner_id, Some(course)).await
    }
}

impl Protected for Observation {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        Tutored(self.learner_id).subject(tx).await
    }
}

impl Protected for Gradebook {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        InCourse(Some(self.course_id)).subject(tx).await
    }
}

impl Protected for GradeCategory {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        whole(tx, self.gradebook_id).await
    }
}

impl Protected for GradeItem {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        whole(tx, self.gradebook_id).await
    }
}

impl Protected for Grade {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let course = recalled(tx, self.gradebook_id).await?.course_id;
        work(tx, self.learner_id, Some(course)).await
    }
}

impl Protected for CourseGrade {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let course = recalled(tx, self.gradebook_id).await?.course_id;
        work(tx, self.learner_id, Some(course)).await
    }
}

/// A placement is the learner's, where the learner is, and is led by all who lead the class that it
/// led to.
impl Protected for PlacementDecision {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let own = Subject::of(self.learner_id);
        let Some(class) = self.class_id else { return Ok(own) };
        match tx.recall(class).await? {
            Some(class) => Ok(Subject { unit: None, ..own.within(class.subject(tx).await?) }),
            None => Ok(own.in_class(class.uuid())),
        }
    }
}
