//! Taking part in a session.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::delivery::{
    ClassMember, MemberStatus, ParticipantRole, Session, SessionParticipant, SessionStatus,
};
use lms_kernel::Id;
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on, get_authorized},
    identity::{Absence, Membership},
};
use lms_store::{StoreError, Transaction};

/// Why someone cannot take part in a session.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AttendError {
    /// The session has not started, or is over.
    #[error("the session is `{status}`; it can be entered while it is live")]
    #[fault(conflict)]
    NotLive {
        /// The status of the session.
        status: SessionStatus,
    },
    /// The person is neither in the class nor invited.
    #[error("only the class and those who are invited take part in the session")]
    #[fault(forbidden)]
    NotInvited,
    /// The person never came.
    #[error("the person is not in the session")]
    #[fault(conflict)]
    NotThere,
    /// The person has left.
    #[error(transparent)]
    #[fault(transparent)]
    Absent(#[from] Absence),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Invites people to a session. Those invited before keep their part.
///
/// # Errors
/// [`AttendError`].
#[operation("delivery.add_participants")]
pub struct AddParticipants {
    /// The session to invite to.
    pub session_id: Id<Session>,
    /// The memberships to invite, each with its part in the session.
    pub people: Vec<(Id<Membership>, ParticipantRole)>,
}

impl Operation for AddParticipants {
    const ACCESS: Access = Access::Asks(&[Permission::SESSIONS_MANAGE]);
    type Answer = Vec<SessionParticipant>;
    type Error = AttendError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<SessionParticipant>, AttendError> {
        let Self { session_id: session, people } = self;
        let people = people.as_slice();
        let session = get_authorized(tx, Permission::SESSIONS_MANAGE, session).await?;
        let session = tx.lock(session.id).await?;
        let known = tx.all(SessionParticipant::of(session.id)).await?;
        let mut added: Vec<SessionParticipant> = Vec::new();
        for (person, role) in people {
            let is_known = known.iter().chain(&added).any(|it| it.participant_id == *person);
            if !is_known {
                added.push(SessionParticipant::new(tx.cx(), session.id, *person, *role));
            }
        }
        let ids: Vec<_> = added.iter().map(|it| it.participant_id).collect();
        for person in tx.get_many(&ids).await? {
            person.present()?;
        }
        tx.insert_all(&added).await?;
        Ok(added)
    }
}

/// Admits a person to a live session: its host, the learners of its class, and invited
/// participants. Answers with the meeting link.
///
/// # Errors
/// [`AttendError`].
#[operation("delivery.enter_session")]
pub struct EnterSession {
    /// The session to enter.
    pub session_id: Id<Session>,
    /// The membership of the person who enters.
    pub person_id: Id<Membership>,
}

impl Operation for EnterSession {
    const ACCESS: Access = Access::Asks(&[Permission::SESSIONS_ATTEND]);
    type Answer = (Session, SessionParticipant);
    type Error = AttendError;

    async fn run(self, tx: &mut Transaction) -> Result<(Session, SessionParticipant), AttendError> {
        let Self { session_id: session, person_id: person } = self;
        authorize_on(tx, Permission::SESSIONS_ATTEND, &Subject::of(person)).await?;
        // Held, so that it does not end while somebody comes.
        let session = tx.lock(session).await?;
        if session.status != SessionStatus::Live {
            return Err(AttendError::NotLive { status: session.status });
        }
        if let Some(mut part) = tx.first(SessionParticipant::one(session.id, person)).await? {
            part.arrive(tx.now());
            tx.update(&mut part).await?;
            return Ok((session, part));
        }
        let role = if session.host_id == person {
            ParticipantRole::Host
        } else {
            let Some(class) = session.class_id else { return Err(AttendError::NotInvited) };
            let member = tx.first(ClassMember::present(class, person)).await?;
            if member.is_none_or(|it| it.status != MemberStatus::Active) {
                return Err(AttendError::NotInvited);
            }
            ParticipantRole::Learner
        };
        let mut part = SessionParticipant::new(tx.cx(), session.id, person, role);
        part.arrive(tx.now());
        tx.insert(&part).await?;
        Ok((session, part))
    }
}

/// Records that a participant leaves a session.
///
/// # Errors
/// [`AttendError::NotThere`] if they never came.
#[operation("delivery.exit_session")]
pub struct ExitSession {
    /// The session to leave.
    pub session_id: Id<Session>,
    /// The membership of the person who leaves.
    pub person_id: Id<Membership>,
}

impl Operation for ExitSession {
    const ACCESS: Access = Access::Asks(&[Permission::SESSIONS_ATTEND]);
    type Answer = SessionParticipant;
    type Error = AttendError;

    async fn run(self, tx: &mut Transaction) -> Result<SessionParticipant, AttendError> {
        let Self { session_id: session, person_id: person } = self;
        authorize_on(tx, Permission::SESSIONS_ATTEND, &Subject::of(person)).await?;
        let part = tx.first(SessionParticipant::one(session, person)).await?;
        let mut part = part.filter(|it| it.joined_at.is_some()).ok_or(AttendError::NotThere)?;
        part.depart(tx.now());
        tx.update(&mut part).await?;
        Ok(part)
    }
}
