//! Permission checks on logins, which people manage themselves.
use crate::{
    authorization::{AuthorizationError, Permission, ThePlatform, authorize_on},
    identity::User,
};
use lms_kernel::Id;
use lms_store::Transaction;

/// Asks whether the actor may act on a login: on their own, or on anyone's for the platform's
/// people.
///
/// # Permission
/// `platform.manage_users` on a login that is not the actor's own.
pub(crate) async fn authorize_login(
    tx: &mut Transaction,
    user: Id<User>,
) -> Result<(), AuthorizationError> {
    if !acts_as(tx, user) {
        authorize_on(tx, Permission::PLATFORM_MANAGE_USERS, &ThePlatform).await?;
    }
    Ok(())
}

/// Whether the actor acts as that user. It is the permit of an operation on what is their own
/// login's, for which no role is needed.
pub(crate) fn acts_as(tx: &mut Transaction, user: Id<User>) -> bool {
    let is_own = tx.actor_id().is_some_and(|actor| actor.uuid() == user.uuid());
    if is_own {
        tx.note_permit();
    }
    is_own
}
