//! Which courses and materials a person sees.
use uuid::Uuid;

use crate::content::{AuthorRole, AuthoredKind, ContentAuthor, Course, Material};
use lms_kernel::Id;
use lms_people::{authorization::Listed, identity::Membership};
use lms_store::{Filter, Query, StoreError, Transaction};

impl Listed for Material {}

/// A course is listed to its owner and to those who edit it.
impl Listed for Course {
    async fn in_course(_: &mut Transaction, course: Uuid) -> Result<Filter<Self>, StoreError> {
        Ok(Self::ID.eq(Id::from_uuid(course)))
    }

    async fn led_by(
        tx: &mut Transaction,
        leader: Id<Membership>,
    ) -> Result<Filter<Self>, StoreError> {
        let parts = ContentAuthor::AUTHOR_ID
            .eq(leader)
            .and(ContentAuthor::TARGET_KIND.eq(AuthoredKind::Course))
            .and(
                ContentAuthor::ROLE
                    .is_in(AuthorRole::ALL.iter().copied().filter(|it| it.may_edit())),
            );
        let parts = tx.all(Query::filter(parts)).await?;
        let edited = parts.into_iter().map(|it| Id::from_uuid(it.target_id));
        Ok(Self::OWNER_ID.eq(leader).or(Self::ID.is_in(edited)))
    }
}
