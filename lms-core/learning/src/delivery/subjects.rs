//! The leaders of classes and sessions, for permission checks.
use crate::{
    content::{ContentNode, Course, FileAsset, subject_of_course},
    delivery::{ClassGroup, Room, Session, SessionParticipant, SessionSeries},
};
use lms_kernel::Id;
use lms_people::{
    authorization::{Protected, Subject},
    identity::Membership,
    tenancy::OrgUnit,
};
use lms_store::{StoreError, Transaction};

/// A class is led by its teacher and by the owner of its course.
impl Protected for ClassGroup {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let course = subject_of_course(tx, self.course_id).await?;
        let mut subject = Subject::default().in_class(self.id.uuid()).in_unit(self.org_unit_id);
        if let Some(teacher) = self.teacher_id {
            subject = subject.led_by(teacher);
        }
        Ok(subject.within(course))
    }
}

/// What belongs to a class, by the class's id.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn subject_of_class(
    tx: &mut Transaction,
    class: Id<ClassGroup>,
) -> Result<Subject, StoreError> {
    match tx.recall(class).await? {
        Some(class) => class.subject(tx).await,
        None => Ok(Subject::default().in_class(class.uuid())),
    }
}

/// What a session and a series belong to.
#[derive(Clone, Copy)]
struct Belongs {
    class: Option<Id<ClassGroup>>,
    course: Option<Id<Course>>,
    unit: Option<Id<OrgUnit>>,
    host: Id<Membership>,
}

impl Belongs {
    /// It is led by its host and by those who lead its class and its course. Without either it is
    /// the host's own.
    async fn subject(self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let is_own = self.class.is_none() && self.course.is_none();
        let owner = is_own.then_some(self.host);
        let mut subject = Subject { owner, ..Subject::default() };
        subject = subject.led_by(self.host).in_unit(self.unit);
        if let Some(class) = self.class {
            subject = subject.within(subject_of_class(tx, class).await?);
        }
        if let Some(course) = self.course {
            subject = subject.within(subject_of_course(tx, course).await?);
        }
        Ok(subject)
    }
}

impl Protected for Session {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let (class, course) = (self.class_id, self.course_id);
        Belongs { class, course, unit: self.org_unit_id, host: self.host_id }.subject(tx).await
    }
}

impl Protected for SessionSeries {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let (class, course) = (self.class_id, self.course_id);
        Belongs { class, course, unit: self.org_unit_id, host: self.host_id }.subject(tx).await
    }
}

/// A part in a session is the person's own, within the session.
impl Protected for SessionParticipant {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let own = Subject::of(self.participant_id);
        match tx.recall(self.session_id).await? {
            Some(session) => Ok(own.within(session.subject(tx).await?)),
            None => Ok(own),
        }
    }
}

impl Protected for Room {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::default().in_unit(self.org_unit_id))
    }
}

/// A file is its uploader's own, and belongs to the course or the class of its record too.
impl Protected for FileAsset {
    async fn subject(&self, tx: &mut Transaction) -> Result<Subject, StoreError> {
        let own = Subject::of(self.uploaded_by);
        let Some(record) = self.owner() else { return Ok(own) };
        let whole = if record.kind == Course::ENTITY {
            subject_of_course(tx, Id::from_uuid(record.id)).await?
        } else if record.kind == ContentNode::ENTITY {
            match tx.recall::<ContentNode>(Id::from_uuid(record.id)).await? {
                Some(node) => node.subject(tx).await?,
                None => return Ok(own),
            }
        } else if record.kind == ClassGroup::ENTITY {
            subject_of_class(tx, Id::from_uuid(record.id)).await?
        } else {
            return Ok(own);
        };
        Ok(own.within(whole))
    }
}
