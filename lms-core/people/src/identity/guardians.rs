//! Linking guardians and learners.
use lms_derive::DomainError;
use lms_store::operation::{Access, Effect, Operation, operation};

use crate::{
    authorization::{
        AuthorizationError, Permission, Principal, Protected, Subject, acting_member, authorize_on,
        get_authorized,
    },
    identity::{
        Absence, GuardianLink, GuardianLinked, GuardianRelation, GuardianUnlinked, Membership,
        MembershipKind, RequirePresent,
    },
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_kernel::Id;
use lms_store::{StoreError, Transaction};

/// Why someone could not be made responsible for a learner.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum GuardianError {
    /// No one is their own guardian.
    #[error("no one is their own guardian; choose another person")]
    #[fault(invalid, field = "guardian_id")]
    Oneself,
    /// The member is not a learner.
    #[error("only learners have guardians; choose a learner")]
    #[fault(invalid, field = "student_id")]
    NotALearner,
    /// A learner cannot be responsible for another.
    #[error("a learner cannot be a guardian; choose another person")]
    #[fault(invalid, field = "guardian_id")]
    NotAGuardian,
    /// The person is responsible for the learner already.
    #[error("the person is responsible for the learner already")]
    #[fault(conflict)]
    AlreadyLinked,
    /// The tenant has no guardians.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The guardian or the learner has left.
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
    Store(StoreError),
}

impl From<StoreError> for GuardianError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate { table: "guardian_links", .. } => Self::AlreadyLinked,
            error => Self::Store(error),
        }
    }
}

/// Links a guardian to a learner. Needs `guardians.manage` for the learner; staff may be guardians
/// of their own children when a colleague links them.
///
/// # Errors
/// [`GuardianError`].
#[operation("identity.link_guardian")]
pub struct LinkGuardian {
    /// The guardian's membership.
    pub guardian_id: Id<Membership>,
    /// The learner's membership.
    pub student_id: Id<Membership>,
    /// The guardian's relation to the learner, such as a parent.
    pub relationship: GuardianRelation,
}

impl Operation for LinkGuardian {
    const ACCESS: Access = Access::Asks(&[Permission::GUARDIANS_MANAGE]);
    type Answer = GuardianLink;
    type Error = GuardianError;

    async fn run(self, tx: &mut Transaction) -> Result<GuardianLink, GuardianError> {
        let Self { guardian_id, student_id, relationship } = self;
        // A guardian sees and decides much: nobody makes themselves one.
        let asked = Subject::of(student_id).asked_by(Some(guardian_id));
        authorize_on(tx, Permission::GUARDIANS_MANAGE, &asked).await?;
        require_feature(tx, Feature::Guardians).await?;
        if guardian_id == student_id {
            return Err(GuardianError::Oneself);
        }
        if tx.part(RequirePresent { member_id: student_id }).await??.kind != MembershipKind::Student
        {
            return Err(GuardianError::NotALearner);
        }
        if tx.part(RequirePresent { member_id: guardian_id }).await??.kind
            == MembershipKind::Student
        {
            return Err(GuardianError::NotAGuardian);
        }
        let link = GuardianLink::new(tx.cx(), guardian_id, student_id, relationship);
        tx.insert(&link).await?;
        Principal::forget(tx);
        tx.emit(&GuardianLinked { student_id, guardian_id });
        Ok(link)
    }
}

/// Removes a guardian from a learner. Needs `guardians.manage` for the learner.
///
/// # Errors
/// [`GuardianError`].
#[operation("identity.unlink_guardian")]
pub struct UnlinkGuardian {
    /// The guardian link to remove.
    pub link_id: Id<GuardianLink>,
}

impl Operation for UnlinkGuardian {
    const ACCESS: Access = Access::Asks(&[Permission::GUARDIANS_MANAGE]);
    type Answer = ();
    type Error = GuardianError;

    async fn run(self, tx: &mut Transaction) -> Result<(), GuardianError> {
        let Self { link_id } = self;
        let mut link = get_authorized(tx, Permission::GUARDIANS_MANAGE, link_id).await?;
        tx.delete(&mut link).await?;
        Principal::forget(tx);
        let GuardianLink { student_id, guardian_id, .. } = link;
        tx.emit(&GuardianUnlinked { student_id, guardian_id });
        Ok(())
    }
}

/// Lists the learners whose guardian the acting member is.
///
/// # Errors
/// [`GuardianError`].
#[operation("identity.list_wards")]
pub struct ListWards {}

impl Operation for ListWards {
    const ACCESS: Access = Access::Asks(&[Permission::GUARDIANS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<Membership>;
    type Error = GuardianError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<Membership>, GuardianError> {
        let member = acting_member(tx, Permission::GUARDIANS_VIEW).await?;
        let links = tx.all(GuardianLink::of_guardian(member.id)).await?;
        let wards: Vec<_> = links.into_iter().map(|it| it.student_id).collect();
        Ok(tx.get_many(&wards).await?)
    }
}

/// Lists the guardians of a learner. Needs `guardians.view` for the learner.
///
/// # Errors
/// [`GuardianError`].
#[operation("identity.list_guardians")]
pub struct ListGuardians {
    /// The learner's membership.
    pub student_id: Id<Membership>,
}

impl Operation for ListGuardians {
    const ACCESS: Access = Access::Asks(&[Permission::GUARDIANS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<GuardianLink>;
    type Error = GuardianError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<GuardianLink>, GuardianError> {
        let Self { student_id } = self;
        authorize_on(tx, Permission::GUARDIANS_VIEW, &Subject::of(student_id)).await?;
        Ok(tx.all(GuardianLink::of_student(student_id)).await?)
    }
}

impl Protected for GuardianLink {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::of(self.student_id))
    }
}
