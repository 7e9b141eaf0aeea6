//! Recording attendance.
use crate::delivery::{
    AttendError, AttendanceMarked, AttendanceStatus, ClassMember, ParticipantRole, Session,
    SessionParticipant,
};
use lms_kernel::Id;
use lms_people::{
    authorization::{Permission, Protected, Subject, authorize_on},
    identity::Membership,
};
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Marks the attendance of a person at a session. A mark by staff takes precedence over computed
/// attendance.
///
/// # Errors
/// [`AttendError::NotInvited`] if they neither took part nor are in the class.
#[operation("delivery.mark_attendance")]
pub struct MarkAttendance {
    /// The session.
    pub session_id: Id<Session>,
    /// The membership of the person marked.
    pub person_id: Id<Membership>,
    /// The attendance to record.
    pub status: AttendanceStatus,
}

impl Operation for MarkAttendance {
    const ACCESS: Access = Access::Asks(&[Permission::ATTENDANCE_RECORD]);
    type Answer = SessionParticipant;
    type Error = AttendError;

    async fn run(self, tx: &mut Transaction) -> Result<SessionParticipant, AttendError> {
        let Self { session_id: session, person_id: person, status } = self;
        // Taking attendance judges: it is asked about the person within the session.
        let subject = match tx.recall(session).await? {
            Some(session) if session.host_id == person => session.subject(tx).await?,
            Some(session) => Subject::of(person).within(session.subject(tx).await?),
            None => Subject::default(),
        };
        let permit = authorize_on(tx, Permission::ATTENDANCE_RECORD, &subject).await?;
        let session = tx.require(session).await?;
        let session = tx.lock(session.id).await?;
        let known = tx.first(SessionParticipant::one(session.id, person)).await?;
        let part = match known {
            Some(mut part) => {
                part.attendance = Some(status);
                part.marked_by = permit.member();
                tx.update(&mut part).await?;
                part
            }
            None => {
                let Some(class) = session.class_id else { return Err(AttendError::NotInvited) };
                if tx.first(ClassMember::present(class, person)).await?.is_none() {
                    return Err(AttendError::NotInvited);
                }
                let role = ParticipantRole::Learner;
                let part = SessionParticipant {
                    attendance: Some(status),
                    marked_by: permit.member(),
                    ..SessionParticipant::new(tx.cx(), session.id, person, role)
                };
                tx.insert(&part).await?;
                part
            }
        };
        tx.emit(&AttendanceMarked { session_id: session.id, participant_id: person, status });
        Ok(part)
    }
}
