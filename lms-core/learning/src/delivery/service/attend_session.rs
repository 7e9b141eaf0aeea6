//! Taking part in a session.
use lms_derive::DomainError;

use crate::delivery::{
    ClassMember, MemberStatus, ParticipantRole, Session, SessionParticipant, SessionStatus,
};
use lms_kernel::Id;
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on, get_authorized},
    identity::Membership,
};
use lms_store::{StoreError, Transaction};

/// Why somebody cannot take part in a session.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AttendError {
    /// The session has not started, or is over.
    #[error("the session is `{status}`; it can be entered while it is live")]
    #[fault(conflict)]
    NotLive {
        /// Where the session stands.
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
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Asks people to take part in a session. Those who were asked already keep their part.
///
/// # Errors
/// [`AttendError`].
pub async fn add_participants(
    tx: &mut Transaction,
    session: Id<Session>,
    people: &[(Id<Membership>, ParticipantRole)],
) -> Result<Vec<SessionParticipant>, AttendError> {
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
    tx.insert_all(&added).await?;
    Ok(added)
}

/// Lets somebody into a live session: its host, the students of its class, and those who were
/// asked. The answer carries the link to meet at.
///
/// # Errors
/// [`AttendError`].
pub async fn enter_session(
    tx: &mut Transaction,
    session: Id<Session>,
    person: Id<Membership>,
) -> Result<(Session, SessionParticipant), AttendError> {
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

/// Notes that somebody goes.
///
/// # Errors
/// [`AttendError::NotThere`] if they never came.
pub async fn exit_session(
    tx: &mut Transaction,
    session: Id<Session>,
    person: Id<Membership>,
) -> Result<SessionParticipant, AttendError> {
    authorize_on(tx, Permission::SESSIONS_ATTEND, &Subject::of(person)).await?;
    let part = tx.first(SessionParticipant::one(session, person)).await?;
    let mut part = part.filter(|it| it.joined_at.is_some()).ok_or(AttendError::NotThere)?;
    part.depart(tx.now());
    tx.update(&mut part).await?;
    Ok(part)
}
