//! What a person was told inside the product, and what they have read.
use crate::notification::{Notification, NotificationError};
use lms_kernel::Id;
use lms_people::authorization::{Permission, acting_member};
use lms_store::{Cursor, Page, PageSize, Record, StoreError, Transaction};

/// What the person who acts was told, the latest first; only what they have not read, if wished.
///
/// # Errors
/// [`NotificationError`].
pub async fn inbox(
    tx: &mut Transaction,
    unread_only: bool,
    (size, after): (PageSize, Option<Cursor>),
) -> Result<Page<Notification>, NotificationError> {
    let reader = acting_member(tx, Permission::NOTIFICATIONS_VIEW).await?.id;
    let query = match unread_only {
        true => Notification::unread_of(reader),
        false => Notification::of(reader),
    };
    Ok(tx.page(query.page(size, after)).await?)
}

/// How much the person who acts has not read.
///
/// # Errors
/// [`NotificationError`].
pub async fn count_unread(tx: &mut Transaction) -> Result<u64, NotificationError> {
    let reader = acting_member(tx, Permission::NOTIFICATIONS_VIEW).await?.id;
    Ok(tx.count(Notification::unread_of(reader)).await?)
}

/// Marks a notification as read; again does nothing. Only its recipient may.
///
/// # Errors
/// [`NotificationError`].
pub async fn mark_read(
    tx: &mut Transaction,
    id: Id<Notification>,
) -> Result<Notification, NotificationError> {
    set_read(tx, id, true).await
}

/// Marks a notification as not read; again does nothing. Only its recipient may.
///
/// # Errors
/// [`NotificationError`].
pub async fn mark_unread(
    tx: &mut Transaction,
    id: Id<Notification>,
) -> Result<Notification, NotificationError> {
    set_read(tx, id, false).await
}

/// Marks up to 200 of the unread notifications of the person who acts as read, and says how many
/// it were; none when there are no more.
///
/// # Errors
/// [`NotificationError`].
pub async fn mark_all_read(tx: &mut Transaction) -> Result<u64, NotificationError> {
    let reader = acting_member(tx, Permission::NOTIFICATIONS_VIEW).await?.id;
    let unread = Notification::unread_of(reader).limit(PageSize::MAX);
    let mut unread = tx.page(unread).await?.items;
    for notification in &mut unread {
        notification.read_at = Some(tx.now());
    }
    tx.update_all(&mut unread).await?;
    Ok(u64::try_from(unread.len()).unwrap_or(u64::MAX))
}

async fn set_read(
    tx: &mut Transaction,
    id: Id<Notification>,
    is_read: bool,
) -> Result<Notification, NotificationError> {
    let reader = acting_member(tx, Permission::NOTIFICATIONS_VIEW).await?;
    let mut notification = tx.require(id).await?;
    if notification.recipient_id != reader.id {
        return Err(StoreError::NotFound { table: Notification::TABLE, id: id.uuid() }.into());
    }
    if notification.read_at.is_some() != is_read {
        notification.read_at = is_read.then_some(tx.now());
        tx.update(&mut notification).await?;
    }
    Ok(notification)
}
