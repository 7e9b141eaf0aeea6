//! Keeping rooms.
use lms_derive::DomainError;

use crate::delivery::{Room, Session};
use lms_kernel::{Id, TimeRange, Timestamp, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, Place, Places, authorize},
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
    authorize(tx, Permission::ROOMS_MANAGE, place(unit)).await?;
    let room = Room { capacity, ..Room::new(tx.cx(), unit, name) };
    tx.insert(&room).await?;
    Ok(room)
}

/// Deletes a room in which nothing will take place.
///
/// # Errors
/// [`RoomError::InUse`].
pub async fn delete_room(tx: &mut Transaction, room: Id<Room>) -> Result<(), RoomError> {
    let room = tx.require(room).await?;
    authorize(tx, Permission::ROOMS_MANAGE, place(room.org_unit_id)).await?;
    let mut room = tx.lock(room.id).await?;
    if let Ok(future) = TimeRange::new(tx.now(), Timestamp::MAX) {
        let there = Session::within_where(future, Session::ROOM_ID.is(room.id));
        if tx.exists(there).await? {
            return Err(RoomError::InUse);
        }
    }
    Ok(tx.delete(&mut room).await?)
}

fn place(unit: Option<Id<OrgUnit>>) -> Places {
    unit.map_or(Place::Tenant, Place::Unit).into()
}
