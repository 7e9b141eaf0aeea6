//! Giving, withdrawing and listing consent.
use lms_derive::DomainError;
use lms_store::operation::{Access, Effect, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{Consent, ConsentManner, Consenting, who_consents};
use lms_kernel::{Id, Slug, Timestamp, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, Permit, Subject, authorize_on},
    identity::{GuardianLink, LearnerProfile, Membership},
    tenancy::TenantSettings,
};
use lms_store::{
    outbox::DomainEvent,
    {StoreError, Transaction},
};

/// Records consent given by a person or by their guardian. A learner younger than the tenant's age
/// of consent, or of unknown age, needs a guardian. Recording the consent of another person needs
/// `consents.give` for the tenant or the person's unit. Consent already given is answered
/// unchanged.
///
/// # Locks
/// The person's membership.
///
/// # Errors
/// [`ConsentError`].
#[operation("governance.give_consent")]
#[derive(PartialEq)]
pub struct GiveConsent {
    /// The membership of the person whose data are concerned.
    pub member_id: Id<Membership>,
    /// The purpose of processing, such as `marketing`.
    pub purpose: Slug,
    /// The document consented to, with its version.
    pub document_version: Title,
    /// The membership of the person who consented; `None` means the actor.
    pub given_by: Option<Id<Membership>>,
    /// The instant of consent, where it was earlier, as on paper; `None` means now.
    pub given_at: Option<Timestamp>,
    /// How consent was given.
    pub how: ConsentManner,
    /// Where the proof is filed.
    pub evidence: Option<Title>,
}

impl GiveConsent {
    /// The actor agrees now, in the host's product.
    pub fn new(member_id: Id<Membership>, purpose: Slug, document_version: Title) -> Self {
        Self {
            member_id,
            purpose,
            document_version,
            given_by: None,
            given_at: None,
            how: ConsentManner::Online,
            evidence: None,
        }
    }
}

/// Consent was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("governance.consent_given", subject = Consent::ENTITY, id = consent_id)]
pub struct ConsentGiven {
    /// The consent.
    pub consent_id: Id<Consent>,
    /// For whom.
    pub member_id: Id<Membership>,
    /// The purpose of processing, such as `marketing`.
    pub purpose: Slug,
}

/// A consent was withdrawn: what rested on it has to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("governance.consent_withdrawn", subject = Consent::ENTITY, id = consent_id)]
pub struct ConsentWithdrawn {
    /// The consent.
    pub consent_id: Id<Consent>,
    /// For whom.
    pub member_id: Id<Membership>,
    /// The purpose of processing, such as `marketing`.
    pub purpose: Slug,
}

/// Why a consent was not taken.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ConsentError {
    /// The system does not agree to anything itself.
    #[error("name the person who consents")]
    #[fault(invalid, field = "given_by")]
    GiverNeeded,
    /// The learner is too young.
    #[error("the learner is younger than {age}; a guardian must consent")]
    #[fault(conflict)]
    GuardianNeeded {
        /// The tenant's age of consent in years.
        age: u8,
    },
    /// The learner may be too young.
    #[error("the learner's date of birth is unknown; enter it, or let a guardian consent")]
    #[fault(conflict)]
    BirthUnknown,
    /// The person who consented is not a guardian of the learner.
    #[error("only the person or a guardian can consent; choose one of them")]
    #[fault(invalid, field = "given_by")]
    NotResponsible,
    /// It would have been given in the future.
    #[error("the time of consent is in the future; choose a past time")]
    #[fault(invalid, field = "given_at")]
    InTheFuture,
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

impl Operation for GiveConsent {
    const ACCESS: Access = Access::Asks(&[Permission::CONSENTS_GIVE]);
    type Answer = Consent;
    type Error = ConsentError;

    async fn run(self, tx: &mut Transaction) -> Result<Consent, ConsentError> {
        let command = self;
        let member_id = command.member_id;
        let permit = authorize_on(tx, Permission::CONSENTS_GIVE, &Subject::of(member_id)).await?;
        let given_by = command.given_by.or(permit.member()).ok_or(ConsentError::GiverNeeded)?;
        let person = tx.lock(member_id).await?;
        if permit.member() != Some(given_by) {
            for_others(tx, &person).await?;
        }
        may_agree(tx, &person, given_by).await?;
        let given_at = command.given_at.unwrap_or(tx.now());
        if given_at > tx.now() {
            return Err(ConsentError::InTheFuture);
        }
        let version = Consent::DOCUMENT_VERSION.eq(command.document_version.clone());
        if let Some(there) =
            tx.first(Consent::live(member_id, &command.purpose).and(version)).await?
        {
            return Ok(there);
        }
        let consent = Consent {
            how: command.how,
            evidence: command.evidence,
            given_at,
            ..Consent::new(
                tx.cx(),
                (member_id, given_by),
                command.purpose,
                command.document_version,
            )
        };
        tx.insert(&consent).await?;
        let purpose = consent.purpose.clone();
        tx.emit(&ConsentGiven { consent_id: consent.id, member_id, purpose });
        Ok(consent)
    }
}

/// Withdraws consent for a person and a purpose, in every version of the document. The person may
/// at any age, the one who consented may, and a guardian may where a guardian consented; anyone
/// else needs `consents.give` for the tenant or the person's unit. Changes nothing where no consent
/// is in force.
///
/// # Locks
/// The person's membership.
///
/// # Errors
/// [`ConsentError::Authorization`].
#[operation("governance.withdraw_consent")]
pub struct WithdrawConsent {
    /// The membership of the person whose data are concerned.
    pub member_id: Id<Membership>,
    /// The purpose of processing, such as `marketing`.
    pub purpose: Slug,
}

impl Operation for WithdrawConsent {
    const ACCESS: Access = Access::Asks(&[Permission::CONSENTS_GIVE]);
    type Answer = Vec<Consent>;
    type Error = ConsentError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<Consent>, ConsentError> {
        let Self { member_id, purpose } = self;
        let purpose = &purpose;
        let permit = authorize_on(tx, Permission::CONSENTS_GIVE, &Subject::of(member_id)).await?;
        let person = tx.lock(member_id).await?;
        let mut live = tx.all(Consent::live(member_id, purpose)).await?;
        let is_theirs = |it: &Consent| {
            let own = permit.member();
            own == Some(member_id) || own == Some(it.given_by) || it.given_by != member_id
        };
        if !live.iter().all(is_theirs) {
            for_others(tx, &person).await?;
        }
        for consent in &mut live {
            // A clock that went back must not end a consent before it began.
            consent.withdrawn_at = Some(tx.now().max(consent.given_at));
        }
        tx.update_all(&mut live).await?;
        for consent in &live {
            let (consent_id, purpose) = (consent.id, consent.purpose.clone());
            tx.emit(&ConsentWithdrawn { consent_id, member_id, purpose });
        }
        Ok(live)
    }
}

/// Lists the consents for a person, latest first, withdrawn ones included. Needs `consents.view`
/// for the person.
///
/// # Errors
/// [`ConsentError::Authorization`].
#[operation("governance.list_consents")]
pub struct ListConsents {
    /// The membership of the person whose data are concerned.
    pub member_id: Id<Membership>,
}

impl Operation for ListConsents {
    const ACCESS: Access = Access::Asks(&[Permission::CONSENTS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<Consent>;
    type Error = ConsentError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<Consent>, ConsentError> {
        let Self { member_id: member } = self;
        authorize_on(tx, Permission::CONSENTS_VIEW, &Subject::of(member)).await?;
        Ok(tx.all(Consent::of_member(member)).await?)
    }
}

/// Asks whether the actor may act on what is not theirs.
async fn for_others(
    tx: &mut Transaction,
    person: &Membership,
) -> Result<Permit, AuthorizationError> {
    // Of nobody: what the person or a guardian may do for themselves is no permission here.
    let place = Subject::default().in_unit(person.org_unit_id);
    authorize_on(tx, Permission::CONSENTS_GIVE, &place).await
}

/// Whether `given_by` may agree for the person now.
async fn may_agree(
    tx: &mut Transaction,
    person: &Membership,
    given_by: Id<Membership>,
) -> Result<(), ConsentError> {
    if given_by != person.id {
        let link = GuardianLink::of_student(person.id).and(GuardianLink::GUARDIAN_ID.eq(given_by));
        return match tx.exists(link).await? {
            true => Ok(()),
            false => Err(ConsentError::NotResponsible),
        };
    }
    let settings = tx.require(TenantSettings::id_of(tx.cx())).await?;
    let profile = tx.first(LearnerProfile::of_member(person.id)).await?;
    let (born, age) = (profile.and_then(|it| it.date_of_birth), settings.age_of_consent);
    match who_consents(person.kind, born, age, settings.time_zone.date(tx.now())) {
        Consenting::Themselves => Ok(()),
        Consenting::Guardian => Err(ConsentError::GuardianNeeded { age }),
        Consenting::GuardianUntilBirthIsKnown => Err(ConsentError::BirthUnknown),
    }
}
