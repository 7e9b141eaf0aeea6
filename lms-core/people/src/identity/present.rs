//! Whether a person is there for something new.
use lms_derive::DomainError;
use lms_kernel::Id;
use lms_store::{
    StoreError, Transaction,
    operation::{Effect, Part},
};

use super::Membership;

/// Why nothing new begins for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum Absence {
    /// The person has left the tenant.
    #[error("the person has left; readmit them first")]
    #[fault(conflict, code = "member.has_left")]
    HasLeft,
}

/// Requires that a person has not left, before something begins for them: a purchase, a place, a
/// role, an attempt. They stay until the transaction ends, since their departure waits for it.
///
/// What the person earned before is not asked about: it is still marked, certified, paid back.
///
/// # Locks
/// The membership, shared with others that begin something for the person.
///
/// # Errors
/// [`StoreError`]; the answer is [`Absence`] for a person who has left.
#[derive(Clone, Copy, Debug)]
pub struct RequirePresent {
    /// The person's membership.
    pub member_id: Id<Membership>,
}

impl Part for RequirePresent {
    const NAME: &'static str = "identity.require_present";
    const EFFECT: Effect = Effect::Writes;
    type Answer = Result<Membership, Absence>;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Result<Self::Answer, StoreError> {
        Ok(tx.share(self.member_id).await?.present())
    }
}
