//! Setting the authors of content.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};
use uuid::Uuid;

use crate::content::{AuthorRole, AuthoredKind, ContentAuthor, ContentNode, Course, Material};
use lms_kernel::Id;
use lms_people::{
    authorization::{
        AuthorizationError, Permission, Protected, Subject, authorize_on, require_for,
    },
    identity::{Absence, Membership, RequirePresent},
};
use lms_store::{StoreError, Transaction};

/// Why someone's part in content could not be changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AuthorError {
    /// The person has no part in it.
    #[error("the person is not an author of that content")]
    #[fault(not_found, field = "author_id")]
    NoPart,
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

/// Sets a person's author role in a course, a node or a material. Using it still needs the
/// permission of their own role. Appointing authors of a course needs permission to write it.
///
/// # Errors
/// [`AuthorError`].
#[operation("content.set_author")]
pub struct SetAuthor {
    /// The author's membership.
    pub author_id: Id<Membership>,
    /// The course, node or material, by its kind and id.
    pub target: (AuthoredKind, Uuid),
    /// The author role; it replaces an earlier one.
    pub role: AuthorRole,
}

impl Operation for SetAuthor {
    const ACCESS: Access = Access::Asks(&[Permission::AUTHORS_MANAGE, Permission::COURSES_MANAGE]);
    type Answer = ContentAuthor;
    type Error = AuthorError;

    async fn run(self, tx: &mut Transaction) -> Result<ContentAuthor, AuthorError> {
        let Self { author_id: author, target, role } = self;
        let content = subject_of(tx, target).await?;
        authorize_on(tx, Permission::AUTHORS_MANAGE, &content).await?;
        if role.may_edit() {
            authorize_on(tx, Permission::COURSES_MANAGE, &content).await?;
        }
        let author = tx.part(RequirePresent { member_id: author }).await??;
        if let Some(mut part) = part_of(tx, author.id, target).await? {
            part.role = role;
            tx.update(&mut part).await?;
            return Ok(part);
        }
        let part = ContentAuthor::new(tx.cx(), author.id, target, role);
        tx.insert(&part).await?;
        Ok(part)
    }
}

/// Removes an author from a course, a node or a material.
///
/// # Errors
/// [`AuthorError::NoPart`].
#[operation("content.remove_author")]
pub struct RemoveAuthor {
    /// The author's membership.
    pub author_id: Id<Membership>,
    /// The course, node or material, by its kind and id.
    pub target: (AuthoredKind, Uuid),
}

impl Operation for RemoveAuthor {
    const ACCESS: Access = Access::Asks(&[Permission::AUTHORS_MANAGE]);
    type Answer = ();
    type Error = AuthorError;

    async fn run(self, tx: &mut Transaction) -> Result<(), AuthorError> {
        let Self { author_id: author, target } = self;
        let content = subject_of(tx, target).await?;
        authorize_on(tx, Permission::AUTHORS_MANAGE, &content).await?;
        let part = part_of(tx, author, target).await?;
        Ok(tx.delete(&mut part.ok_or(AuthorError::NoPart)?).await?)
    }
}

async fn part_of(
    tx: &mut Transaction,
    author: Id<Membership>,
    (kind, target): (AuthoredKind, Uuid),
) -> Result<Option<ContentAuthor>, StoreError> {
    let parts = ContentAuthor::by(author, [target]).and(ContentAuthor::TARGET_KIND.eq(kind));
    tx.first(parts).await
}

/// The content as what is asked about.
async fn subject_of(
    tx: &mut Transaction,
    (kind, target): (AuthoredKind, Uuid),
) -> Result<Subject, AuthorError> {
    let course: Id<Course> = match kind {
        AuthoredKind::Course => Id::from_uuid(target),
        AuthoredKind::ContentNode => {
            let node = Id::<ContentNode>::from_uuid(target);
            require_for(tx, Permission::AUTHORS_MANAGE, node).await?.course_id
        }
        AuthoredKind::Material => {
            require_for(tx, Permission::AUTHORS_MANAGE, Id::<Material>::from_uuid(target)).await?;
            return Ok(Subject::default());
        }
    };
    let course = require_for(tx, Permission::AUTHORS_MANAGE, course).await?;
    Ok(course.shared(AuthorRole::may_share).subject(tx).await?)
}
