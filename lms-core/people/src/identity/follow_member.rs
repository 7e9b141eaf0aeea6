//! Following members, and setting interests.
use lms_store::operation::{Access, Operation, operation};
use std::collections::BTreeSet;

use lms_derive::DomainError;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    authorization::{AuthorizationError, Permission, Subject, acting_member, authorize_on},
    identity::{Follow, Interest, MemberFollowed, Membership},
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_kernel::{Id, Title};
use lms_store::{StoreError, Transaction, Upsert};

/// Why someone could not be followed, or interests not be kept.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum FollowError {
    /// No one follows themselves.
    #[error("no one follows themselves; choose another person")]
    #[fault(invalid, field = "following_id")]
    Oneself,
    /// The person is not active.
    #[error("only active members can be followed")]
    #[fault(conflict, field = "following_id")]
    NotActive,
    /// There are too many interests.
    #[error("keep at most {} interests", Interest::MOST)]
    #[fault(invalid, field = "interests")]
    TooMany,
    /// The tenant has no following.
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

/// Follows another member as the acting member. Following again changes nothing.
///
/// # Errors
/// [`FollowError`].
#[operation("identity.follow_member")]
pub struct FollowMember {
    /// The member to follow.
    pub following_id: Id<Membership>,
}

impl Operation for FollowMember {
    const ACCESS: Access = Access::Asks(&[Permission::FOLLOWS_MANAGE]);
    type Answer = Follow;
    type Error = FollowError;

    async fn run(self, tx: &mut Transaction) -> Result<Follow, FollowError> {
        let Self { following_id } = self;
        let own = own_things(tx).await?;
        require_feature(tx, Feature::Follows).await?;
        if own.id == following_id {
            return Err(FollowError::Oneself);
        }
        if !tx.require(following_id).await?.is_active() {
            return Err(FollowError::NotActive);
        }
        let follow = Follow::new(tx.cx(), own.id, following_id);
        let keep = Upsert::on(Follow::FOLLOWER_ID).and(Follow::FOLLOWING_ID);
        if !tx.upsert(&follow, keep).await?.is_written() {
            let known = tx.first(Follow::between(own.id, following_id)).await?;
            return Ok(known.unwrap_or(follow));
        }
        tx.emit(&MemberFollowed { follower_id: own.id, following_id });
        Ok(follow)
    }
}

/// Stops following another member. Has no effect on a member who is not followed.
///
/// # Errors
/// [`FollowError`].
#[operation("identity.unfollow_member")]
pub struct UnfollowMember {
    /// The member to stop following.
    pub following_id: Id<Membership>,
}

impl Operation for UnfollowMember {
    const ACCESS: Access = Access::Asks(&[Permission::FOLLOWS_MANAGE]);
    type Answer = ();
    type Error = FollowError;

    async fn run(self, tx: &mut Transaction) -> Result<(), FollowError> {
        let Self { following_id } = self;
        let own = own_things(tx).await?;
        if let Some(follow) = tx.first(Follow::between(own.id, following_id)).await? {
            tx.purge(&follow).await?;
        }
        Ok(())
    }
}

/// The topic of an interest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum InterestIn {
    /// A category of the catalogue.
    Category(Uuid),
    /// A name of one's own.
    Named(Title),
}

impl Interest {
    /// The most interests of one person.
    pub const MOST: usize = 100;
}

/// Sets the interests of the acting member, most important first.
///
/// # Locks
/// The membership, so that two lists do not mix.
///
/// # Errors
/// [`FollowError::TooMany`].
#[operation("identity.set_interests")]
pub struct SetInterests {
    /// The complete list, most important first, at most 100; it replaces the earlier one.
    pub interests: Vec<InterestIn>,
}

impl Operation for SetInterests {
    const ACCESS: Access = Access::Asks(&[Permission::FOLLOWS_MANAGE]);
    type Answer = Vec<Interest>;
    type Error = FollowError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<Interest>, FollowError> {
        let Self { interests } = self;
        let own = own_things(tx).await?;
        if interests.len() > Interest::MOST {
            return Err(FollowError::TooMany);
        }
        tx.lock(own.id).await?;
        for known in tx.all(Interest::of_member(own.id).with_deleted()).await? {
            tx.purge(&known).await?;
        }
        let mut seen = BTreeSet::new();
        let mut kept = Vec::with_capacity(interests.len());
        for (interest, priority) in interests.into_iter().zip(0..) {
            if !seen.insert(interest.clone()) {
                continue;
            }
            let mut interest = match interest {
                InterestIn::Category(category) => Interest::in_category(tx.cx(), own.id, category),
                InterestIn::Named(name) => Interest::named(tx.cx(), own.id, name),
            };
            interest.priority = priority;
            kept.push(interest);
        }
        tx.insert_all(&kept).await?;
        Ok(kept)
    }
}

async fn own_things(tx: &mut Transaction) -> Result<Membership, FollowError> {
    let own = acting_member(tx, Permission::FOLLOWS_MANAGE).await?;
    authorize_on(tx, Permission::FOLLOWS_MANAGE, &Subject::of(own.id)).await?;
    Ok(own)
}
