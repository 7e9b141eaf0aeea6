//! Keeping rooms.
use lms_derive::DomainError;

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

/// Adds a room to a unit, or to the tenant.
///
/// # Errors
/// [`RoomError`].
pub async fn create_room(
    tx: &mut Transaction,
    unit: Option<Id<OrgUnit>>,
    (name, capacity): (Title, Option<u32>),
) -> Result<Room, RoomError> {
    let room = Room { capacity, ..Room::new(tx.cx(), unit, name) };
    authorize_on(tx, Permission::ROOMS_MANAGE, &room).await?;
    tx.insert(&room).await?;
    Ok(room)
}

/// Deletes a room in which nothing will take place.
///
/// # Errors
/// [`RoomError::InUse`].
pub async fn delete_room(tx: &mut Transaction, room: Id<Room>) -> Result<(), RoomError> {
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
