//! Moving, starting, ending and cancelling a session.
use chrono::TimeDelta;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use super::plan_session::{ClashPolicy, SessionError, find_clashes_locked, may_host, may_use};
use crate::delivery::{
    AttendanceMarked, AttendancePolicy, AttendanceStatus, ClassMember, ParticipantRole, Room,
    Session, SessionEvent, SessionMoved, SessionParticipant, SessionStatus, SessionStatusChanged,
};
use lms_kernel::{Id, Link, TimeRange};
use lms_people::{
    authorization::{Permission, Protected, get_authorized},
    identity::Membership,
};
use lms_store::Transaction;

/// A session that gets another time, room or host.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangeSession {
    /// The session.
    pub session_id: Id<Session>,
    /// When it takes place.
    pub range: TimeRange,
    /// The room it takes place in.
    pub room_id: Option<Id<Room>>,
    /// Who teaches or speaks.
    pub host_id: Id<Membership>,
    /// What happens when it would clash with others.
    pub clash_policy: ClashPolicy,
}

/// Reschedules a session that has not started: its time, room or host. It stays part of its series.
///
/// Locks as [`PlanSession`](crate::delivery::PlanSession) does.
///
/// # Errors
/// [`SessionError`].
#[operation("delivery.reschedule_session")]
pub struct RescheduleSession {
    /// The session with its new time, room and host.
    pub change: ChangeSession,
}

impl Operation for RescheduleSession {
    const ACCESS: Access = Access::Asks(&[Permission::SESSIONS_MANAGE]);
    type Answer = Session;
    type Error = SessionError;

    async fn run(self, tx: &mut Transaction) -> Result<Session, SessionError> {
        let Self { change: command } = self;
        let mut session =
            get_authorized(tx, Permission::SESSIONS_MANAGE, command.session_id).await?;
        let planned = session.subject(tx).await?;
        if command.host_id != session.host_id {
            may_host(tx, command.host_id, &planned).await?;
        }
        if command.room_id != session.room_id {
            may_use(tx, command.room_id, (&planned, command.host_id)).await?;
        }
        // Only what could still be cancelled can be moved.
        session.status.apply(SessionEvent::Cancel)?;
        if command.range.duration() > TimeDelta::hours(Session::MAX_HOURS) {
            return Err(SessionError::TooLong { most: Session::MAX_HOURS });
        }
        let from = session.starts_at;
        session.starts_at = command.range.start();
        session.ends_at = command.range.end();
        session.room_id = command.room_id;
        session.host_id = command.host_id;
        if command.clash_policy == ClashPolicy::Refuse {
            let found = find_clashes_locked(tx, &session).await?;
            if !found.is_empty() {
                return Err(SessionError::Clashes { clashes: found });
            }
        }
        tx.update(&mut session).await?;
        tx.emit(&SessionMoved { session_id: session.id, from, to: session.starts_at });
        Ok(session)
    }
}

/// Starts, ends or cancels a session. Hosts start and end it; cancelling needs permission to plan
/// sessions.
///
/// When it ends, whether each student was there is worked out, as far as no one has said it, from
/// the plan, their stay and their seat in the class: who stayed to the planned end did not leave
/// early, however late the session is closed, and of those who had a seat when it began and when it
/// ended those count as absent who never came.
///
/// # Errors
/// [`SessionError::Status`] where the table has no such step.
#[operation("delivery.change_session_status")]
pub struct ChangeSessionStatus {
    /// The session to change.
    pub session_id: Id<Session>,
    /// The transition to apply.
    pub event: SessionEvent,
}

impl Operation for ChangeSessionStatus {
    const ACCESS: Access = Access::Asks(&[Permission::SESSIONS_HOST, Permission::SESSIONS_MANAGE]);
    type Answer = Session;
    type Error = SessionError;

    async fn run(self, tx: &mut Transaction) -> Result<Session, SessionError> {
        let Self { session_id: session, event } = self;
        let permission = match event {
            SessionEvent::Start | SessionEvent::End => Permission::SESSIONS_HOST,
            SessionEvent::Cancel => Permission::SESSIONS_MANAGE,
        };
        get_authorized(tx, permission, session).await?;
        let mut session = tx.lock(session).await?;
        let from = session.status;
        session.status = from.apply(event)?;
        match event {
            SessionEvent::Start => session.started_at = Some(tx.now()),
            SessionEvent::End => session.ended_at = session.started_at.max(Some(tx.now())),
            SessionEvent::Cancel => {}
        }
        tx.update(&mut session).await?;
        let (session_id, class_id, to) = (session.id, session.class_id, session.status);
        tx.emit(&SessionStatusChanged { session_id, class_id, from, to });
        if session.status == SessionStatus::Ended {
            settle_attendance(tx, &session, from == SessionStatus::Live).await?;
        }
        Ok(session)
    }
}

/// Sets the link to a session's recording.
///
/// # Errors
/// [`SessionError`].
#[operation("delivery.set_recording")]
pub struct SetRecording {
    /// The session that was recorded.
    pub session_id: Id<Session>,
    /// The link to the recording; `None` removes it.
    pub recording_url: Option<Link>,
}

impl Operation for SetRecording {
    const ACCESS: Access = Access::Asks(&[Permission::SESSIONS_HOST]);
    type Answer = Session;
    type Error = SessionError;

    async fn run(self, tx: &mut Transaction) -> Result<Session, SessionError> {
        let Self { session_id: session, recording_url } = self;
        let mut session = get_authorized(tx, Permission::SESSIONS_HOST, session).await?;
        session.recording_url = recording_url;
        tx.update(&mut session).await?;
        Ok(session)
    }
}

/// Works out who was there. Of a session that no one started on the network nothing is known but
/// what staff say, so only one that was live makes those absent who never came.
async fn settle_attendance(
    tx: &mut Transaction,
    session: &Session,
    was_live: bool,
) -> Result<(), SessionError> {
    let policy = AttendancePolicy::default();
    let Some(range) = held_time(session) else { return Ok(()) };
    let mut parts = tx.all(SessionParticipant::of(session.id)).await?;
    if was_live && let Some(class) = session.class_id {
        let mut missing = Vec::new();
        let mut members = tx.all(ClassMember::ever_seated(class)).await?;
        members.retain(|it| it.was_seated_at(range.start()) && it.stayed_until(range.end()));
        for member in members {
            if !parts.iter().any(|it| it.participant_id == member.student_id) {
                let (student, role) = (member.student_id, ParticipantRole::Learner);
                missing.push(SessionParticipant {
                    attendance: Some(AttendanceStatus::Absent),
                    ..SessionParticipant::new(tx.cx(), session.id, student, role)
                });
            }
        }
        tx.insert_all(&missing).await?;
        announce(tx, &missing);
    }
    parts.retain(|it| it.role == ParticipantRole::Learner);
    for part in &mut parts {
        part.depart(tx.now());
    }
    parts.retain(|it| it.attendance.is_none() && (was_live || it.joined_at.is_some()));
    for part in &mut parts {
        let times = (part.joined_at, part.left_at);
        part.attendance = Some(policy.status(range, times, part.present_seconds));
    }
    tx.update_all(&mut parts).await?;
    announce(tx, &parts);
    Ok(())
}

/// The time of a session that students are asked to be there: from when it began, not before its
/// plan, until it ended, not after its plan. A session that was held at another time altogether
/// counts as it was held.
fn held_time(session: &Session) -> Option<TimeRange> {
    let start = session.started_at.unwrap_or(session.starts_at).max(session.starts_at);
    let ended = session.ended_at.unwrap_or(session.ends_at);
    let end = if start < session.ends_at { ended.min(session.ends_at) } else { ended };
    TimeRange::new(start, end).ok().or(session.range())
}

fn announce(tx: &mut Transaction, parts: &[SessionParticipant]) {
    for part in parts {
        if let Some(status) = part.attendance {
            let (session_id, participant_id) = (part.session_id, part.participant_id);
            tx.emit(&AttendanceMarked { session_id, participant_id, status });
        }
    }
}
