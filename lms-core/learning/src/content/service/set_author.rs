//! Who has a part in content.
use lms_derive::DomainError;
use uuid::Uuid;

use crate::{
    content::service::parts::places_for,
    content::{AuthorRole, AuthoredKind, ContentAuthor, ContentNode, Course, Material},
};
use lms_kernel::Id;
use lms_people::{
    authorization::{AuthorizationError, Permission, Place, Places, authorize},
    identity::Membership,
};
use lms_store::{StoreError, Transaction};

/// Why somebody's part in content could not be changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AuthorError {
    /// The person has no part in it.
    #[error("the person has no part in that content")]
    #[fault(not_found, field = "author_id")]
    NoPart,
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Gives a person a part in a course, a node or a material, or another part than they had. What
/// they may do with it still needs the permission of their role, there where it is their own.
///
/// # Errors
/// [`AuthorError`].
pub async fn set_author(
    tx: &mut Transaction,
    author: Id<Membership>,
    (target, role): ((AuthoredKind, Uuid), AuthorRole),
) -> Result<ContentAuthor, AuthorError> {
    let places = places_of(tx, target).await?;
    authorize(tx, Permission::AUTHORS_MANAGE, places).await?;
    let author = tx.require(author).await?;
    if let Some(mut part) = part_of(tx, author.id, target).await? {
        part.role = role;
        tx.update(&mut part).await?;
        return Ok(part);
    }
    let part = ContentAuthor::new(tx.cx(), author.id, target, role);
    tx.insert(&part).await?;
    Ok(part)
}

/// Takes a person's part in content away.
///
/// # Errors
/// [`AuthorError::NoPart`].
pub async fn remove_author(
    tx: &mut Transaction,
    author: Id<Membership>,
    target: (AuthoredKind, Uuid),
) -> Result<(), AuthorError> {
    let places = places_of(tx, target).await?;
    authorize(tx, Permission::AUTHORS_MANAGE, places).await?;
    let part = part_of(tx, author, target).await?;
    Ok(tx.delete(&mut part.ok_or(AuthorError::NoPart)?).await?)
}

async fn part_of(
    tx: &mut Transaction,
    author: Id<Membership>,
    (kind, target): (AuthoredKind, Uuid),
) -> Result<Option<ContentAuthor>, StoreError> {
    let parts = ContentAuthor::by(author, [target]).and(ContentAuthor::TARGET_KIND.eq(kind));
    tx.first(parts).await
}

async fn places_of(
    tx: &mut Transaction,
    (kind, target): (AuthoredKind, Uuid),
) -> Result<Places, StoreError> {
    let course: Id<Course> = match kind {
        AuthoredKind::Course => Id::from_uuid(target),
        AuthoredKind::ContentNode => {
            tx.require::<ContentNode>(Id::from_uuid(target)).await?.course_id
        }
        AuthoredKind::Material => {
            tx.require::<Material>(Id::from_uuid(target)).await?;
            return Ok(Place::Tenant.into());
        }
    };
    let course = tx.require(course).await?;
    places_for(tx, &course, &[], AuthorRole::may_share).await
}
