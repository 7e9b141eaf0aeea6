//! Managing rooms.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::delivery::{Room, Session};
use lms_kernel::{Id, TimeRange, Timestamp, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_on, get_authorized},
    tenancy::OrgUnit,
};
use lms_store::{StoreError, Transaction};

/// Why something could not be done with a room.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RoomError {
    /// Sessions will take place in it.
    #[error("sessions will take place in the room; move them first")]
    #[fault(conflict)]
    InUse,
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Creates a room in a unit, or for the whole tenant.
///
/// # Errors
/// [`RoomError`].
#[operation("delivery.create_room")]
pub struct CreateRoom {
    /// The unit it belongs to; `None` for the whole tenant.
    pub unit_id: Option<Id<OrgUnit>>,
    /// The room's name.
    pub name: Title,
    /// The number of people it holds; `None` for no limit.
    pub capacity: Option<u32>,
}

impl Operation for CreateRoom {
    const ACCESS: Access = Access::Asks(&[Permission::ROOMS_MANAGE]);
    type Answer = Room;
    type Error = RoomError;

    async fn run(self, tx: &mut Transaction) -> Result<Room, RoomError> {
        let Self { unit_id: unit, name, capacity } = self;
        let room = Room { capacity, ..Room::new(tx.cx(), unit, name) };
        authorize_on(tx, Permission::ROOMS_MANAGE, &room).await?;
        tx.insert(&room).await?;
        Ok(room)
    }
}

/// Deletes a room without upcoming sessions.
///
/// # Errors
/// [`RoomError::InUse`].
#[operation("delivery.delete_room")]
pub struct DeleteRoom {
    /// The room to delete.
    pub room_id: Id<Room>,
}

impl Operation for DeleteRoom {
    const ACCESS: Access = Access::Asks(&[Permission::ROOMS_MANAGE]);
    type Answer = ();
    type Error = RoomError;

    async fn run(self, tx: &mut Transaction) -> Result<(), RoomError> {
        let Self { room_id: room } = self;
        let room = get_authorized(tx, Permission::ROOMS_MANAGE, room).await?;
        let mut room = tx.lock(room.id).await?;
        if let Ok(future) = TimeRange::new(tx.now(), Timestamp::MAX) {
            let there = Session::within_where(future, Session::ROOM_ID.is(room.id));
            if tx.exists(there).await? {
                return Err(RoomError::InUse);
            }
        }
        Ok(tx.delete(&mut room).await?)
    }
}
