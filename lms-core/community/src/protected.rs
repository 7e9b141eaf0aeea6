//! The owner, leaders and place of each record of a community.
use crate::{
    engagement::Comment,
    notification::{Audience, Notification},
    operations::{InventoryItem, ServiceRequest},
    recognition::{BadgeAward, Certificate, PointsEntry},
};
use lms_learning::learning::{CourseWork, Learner, LedCourse};
use lms_people::authorization::{Protected, Subject};
use lms_store::{StoreError, Transaction};

/// A comment belongs to its course. Its author has asked for it to be read, and so never moderates
/// it.
impl Protected for Comment {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let course = self.course(tx).await?;
        Ok(LedCourse(course).subject(tx).await?.asked_by(Some(self.author_id)))
    }
}

impl Protected for Certificate {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        CourseWork { learner: self.learner_id, course: Some(self.course_id) }.subject(tx).await
    }
}

impl Protected for BadgeAward {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        Learner(self.learner_id).subject(tx).await
    }
}

impl Protected for PointsEntry {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        Learner(self.learner_id).subject(tx).await
    }
}

impl Protected for Notification {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::of(self.recipient_id))
    }
}

impl Protected for Audience {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        match *self {
            Self::Everybody => Ok(Subject::default()),
            Self::Unit(unit) => Ok(Subject::default().in_unit(Some(unit))),
            Self::Class(class) => {
                let class = tx.require(class).await?;
                let mut subject = Subject::in_course(class.course_id.uuid())
                    .in_class(class.id.uuid())
                    .in_unit(class.org_unit_id);
                subject.leaders.extend(class.teacher_id);
                Ok(subject)
            }
        }
    }
}

impl Protected for ServiceRequest {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::of(self.requested_by).in_unit(Some(self.org_unit_id)))
    }
}

impl Protected for InventoryItem {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::default().in_unit(Some(self.org_unit_id)))
    }
}
