//! Opening an online meeting for a session, with any meeting provider.
use std::{error::Error, fmt};

use async_trait::async_trait;
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::delivery::{Meeting, MeetingProvider, Session};
use lms_kernel::{Id, TimeRange, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, get_authorized},
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{
    Port, Record as _, StoreError, Transaction,
    operation::{Access, Operation, operation},
};

/// A meeting that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MeetingRequest {
    /// The session's id: the same request again is to give the same meeting.
    pub session_id: Id<Session>,
    /// What it is called.
    pub title: Title,
    /// When it takes place.
    pub range: TimeRange,
}

/// The port for a meeting provider: Teams, Zoom, Chime or another. The host supplies it.
#[async_trait]
pub trait MeetingPort: fmt::Debug + Send + Sync {
    /// Who it is.
    fn provider(&self) -> MeetingProvider;

    /// Makes a meeting and says where to join it.
    ///
    /// # Errors
    /// What the provider said.
    async fn create(
        &self,
        request: &MeetingRequest,
    ) -> Result<Meeting, Box<dyn Error + Send + Sync>>;
}

/// Why a session has no meeting.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum MeetingPortError {
    /// The provider did not make one.
    #[error("`{provider}` did not make a meeting; try again later")]
    #[fault(unavailable)]
    Provider {
        /// Who it is.
        provider: String,
        /// What it said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The tenant has no live sessions.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

impl Port for dyn MeetingPort {
    const NAME: &'static str = "meeting provider";
}

/// Opens a meeting for a session that has none, and saves it; a session that has one keeps it.
///
/// # Locks
/// The session, after the provider of the store has answered: two who ask at once save one
/// meeting, and a session that was moved meanwhile is asked for again.
///
/// # Errors
/// [`MeetingPortError`].
#[operation("delivery.open_meeting")]
pub struct OpenMeeting {
    /// The session.
    pub session_id: Id<Session>,
}

impl Operation for OpenMeeting {
    const ACCESS: Access = Access::Asks(&[Permission::SESSIONS_HOST]);
    type Answer = Session;
    type Error = MeetingPortError;

    async fn run(self, tx: &mut Transaction) -> Result<Session, MeetingPortError> {
        require_feature(tx, Feature::LiveSessions).await?;
        let session = get_authorized(tx, Permission::SESSIONS_HOST, self.session_id).await?;
        let Some(request) = request_for(&session) else { return Ok(session) };
        let port = tx.port::<dyn MeetingPort>()?;
        let made = port.create(&request).await.map_err(|source| MeetingPortError::Provider {
            provider: port.provider().as_str().to_owned(),
            source,
        })?;
        let mut session = tx.lock(session.id).await?;
        match request_for(&session) {
            None => return Ok(session),
            Some(now) if now != request => {
                let (table, id) = (Session::TABLE, session.id.uuid());
                return Err(StoreError::Conflict { table, id }.into());
            }
            Some(_) => {}
        }
        session.meeting = Some(made);
        tx.update(&mut session).await?;
        Ok(session)
    }
}

/// What the provider is asked for, for a session that takes place and has no meeting.
fn request_for(session: &Session) -> Option<MeetingRequest> {
    let range = session.range().filter(|_| session.meeting.is_none())?;
    Some(MeetingRequest { session_id: session.id, title: session.title.clone(), range })
}
