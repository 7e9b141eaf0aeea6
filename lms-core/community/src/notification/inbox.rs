//! The notifications of a member inside the product, read and unread.
use crate::notification::{Notification, NotificationError};
use lms_kernel::Id;
use lms_people::authorization::{Permission, acting_member};
use lms_store::operation::{Access, Effect, Operation, operation};
use lms_store::{Cursor, Page, PageSize, Record, StoreError, Transaction};

/// Lists the notifications of the acting member, latest first.
///
/// # Errors
/// [`NotificationError`].
#[operation("notification.list_notifications")]
pub struct ListNotifications {
    /// Whether to list unread ones only.
    pub unread_only: bool,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListNotifications {
    const ACCESS: Access = Access::Asks(&[Permission::NOTIFICATIONS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<Notification>;
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<Notification>, NotificationError> {
        let Self { unread_only, size, after } = self;
        let reader = acting_member(tx, Permission::NOTIFICATIONS_VIEW).await?.id;
        let query = match unread_only {
            true => Notification::unread_of(reader),
            false => Notification::of(reader),
        };
        Ok(tx.page(query.page(size, after)).await?)
    }
}

/// Counts the unread notifications of the acting member.
///
/// # Errors
/// [`NotificationError`].
#[operation("notification.count_unread")]
pub struct CountUnread {}

impl Operation for CountUnread {
    const ACCESS: Access = Access::Asks(&[Permission::NOTIFICATIONS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = u64;
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<u64, NotificationError> {
        let reader = acting_member(tx, Permission::NOTIFICATIONS_VIEW).await?.id;
        Ok(tx.count(Notification::unread_of(reader)).await?)
    }
}

/// Marks a notification as read. Marking it again changes nothing. Only its recipient may.
///
/// # Errors
/// [`NotificationError`].
#[operation("notification.mark_read")]
pub struct MarkRead {
    /// The notification to mark.
    pub id: Id<Notification>,
}

impl Operation for MarkRead {
    const ACCESS: Access = Access::Asks(&[Permission::NOTIFICATIONS_VIEW]);
    type Answer = Notification;
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<Notification, NotificationError> {
        let Self { id } = self;
        set_read(tx, id, true).await
    }
}

/// Marks a notification as unread. Marking it again changes nothing. Only its recipient may.
///
/// # Errors
/// [`NotificationError`].
#[operation("notification.mark_unread")]
pub struct MarkUnread {
    /// The notification to mark.
    pub id: Id<Notification>,
}

impl Operation for MarkUnread {
    const ACCESS: Access = Access::Asks(&[Permission::NOTIFICATIONS_VIEW]);
    type Answer = Notification;
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<Notification, NotificationError> {
        let Self { id } = self;
        set_read(tx, id, false).await
    }
}

/// Marks up to 200 unread notifications of the acting member as read, and answers how many. Run it
/// until it answers zero.
///
/// # Errors
/// [`NotificationError`].
#[operation("notification.mark_all_read")]
pub struct MarkAllRead {}

impl Operation for MarkAllRead {
    const ACCESS: Access = Access::Asks(&[Permission::NOTIFICATIONS_VIEW]);
    type Answer = u64;
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<u64, NotificationError> {
        let reader = acting_member(tx, Permission::NOTIFICATIONS_VIEW).await?.id;
        let unread = Notification::unread_of(reader).limit(PageSize::MAX);
        let mut unread = tx.page(unread).await?.items;
        for notification in &mut unread {
            notification.read_at = Some(tx.now());
        }
        tx.update_all(&mut unread).await?;
        Ok(u64::try_from(unread.len()).unwrap_or(u64::MAX))
    }
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
