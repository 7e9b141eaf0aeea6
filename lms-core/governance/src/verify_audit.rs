//! Verifying the audit trail.
use chrono::TimeDelta;
use lms_store::operation::{Access, Effect, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::GovernanceError;
use lms_people::{
    authorization::{Permission, TheTenant, authorize_on},
    tenancy::RetentionClass,
};
use lms_store::{
    audit::{AuditEntry, AuditFault, AuditSeal, SealAnchor, SealCheck, check_seal},
    {PageSize, Query, StoreError, Transaction},
};

/// Verifies the audit trail: that every seal follows from the one before, and that the entries it
/// covers are complete and unchanged. Parts erased with a person, and entries purged after seven
/// years, are counted and are no fault. Nothing is changed; entries sealed meanwhile do no harm.
///
/// The chain reveals tampering by anyone who does not rebuild the whole chain from there on;
/// against those, pass a seal that is stored elsewhere.
///
/// # Errors
/// [`GovernanceError`]. What is wrong with the trail is no error but in the answer.
#[operation("governance.verify_audit", secret)]
#[derive(Copy, PartialEq, Eq)]
pub struct VerifyAudit {
    /// The last seal that an earlier call found to be whole; from the first one when there is
    /// none.
    pub after: Option<SealAnchor>,
    /// A seal whose hash was kept outside the database, as [`AuditSealed`] told it: the chain must
    /// contain it.
    ///
    /// [`AuditSealed`]: crate::AuditSealed
    pub trusted: Option<SealAnchor>,
    /// The most rows to handle in this call, from 1 to 200.
    pub most: PageSize,
}

impl VerifyAudit {
    /// From the first seal on, without a seal to believe in.
    pub const fn from_start(most: PageSize) -> Self {
        Self { after: None, trusted: None, most }
    }
}

/// How far the trail was verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditVerification {
    /// How many seals are whole.
    pub seals: u64,
    /// The number of unchanged entries.
    pub entries: u64,
    /// From how many of them a part was erased, as when a person is erased.
    pub redacted: u64,
    /// How many were sealed more than a day after they happened.
    pub late: u64,
    /// Of how many seals the entries were purged, as retention allows.
    pub purged_seals: u64,
    /// The first thing that is not as it was sealed; nothing behind it was looked at.
    pub fault: Option<AuditFault>,
    /// The last seal that is whole: where the next call goes on.
    pub verified: Option<SealAnchor>,
    /// Whether there are more seals behind it.
    pub has_more: bool,
    /// How many entries wait for a seal and are not protected yet; known once the last seal is
    /// verified.
    pub waiting: Option<u64>,
}

impl Operation for VerifyAudit {
    const ACCESS: Access = Access::Asks(&[Permission::AUDIT_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = AuditVerification;
    type Error = GovernanceError;

    async fn run(self, tx: &mut Transaction) -> Result<AuditVerification, GovernanceError> {
        let what = self;
        authorize_on(tx, Permission::AUDIT_VIEW, &TheTenant).await?;
        let mut done = AuditVerification { verified: what.after, ..AuditVerification::default() };
        let from = what.after.map_or(0, |it| it.sequence);
        let page = tx.page(AuditSeal::after(from).page(what.most, None)).await?;
        for seal in &page.items {
            let mut checked = look_at(tx, &what, (done.verified, seal)).await?;
            if checked.is_err() {
                // It may have been purged between reading the seal and its entries.
                let now = tx.require(seal.id).await?;
                checked = look_at(tx, &what, (done.verified, &now)).await?;
            }
            match checked {
                Ok(check) => count(&mut done, check),
                Err(fault) => {
                    done.fault = Some(fault);
                    return Ok(done);
                }
            }
            done.verified = Some(seal.anchor());
        }
        done.has_more = page.next.is_some();
        if !done.has_more {
            look_behind(tx, &what, &mut done).await?;
        }
        Ok(done)
    }
}

async fn look_at(
    tx: &mut Transaction,
    what: &VerifyAudit,
    (previous, seal): (Option<SealAnchor>, &AuditSeal),
) -> Result<Result<SealCheck, AuditFault>, StoreError> {
    let entries = tx.all(AuditEntry::of_seal(seal.sequence)).await?;
    let kept = TimeDelta::days(i64::from(RetentionClass::Regulated.days()));
    let checked = check_seal(previous.as_ref(), seal, &entries, kept);
    Ok(checked.and_then(|check| match what.trusted {
        Some(it) if it.sequence == seal.sequence && it.hash != seal.hash => {
            Err(AuditFault::NotTheTrusted { sequence: it.sequence })
        }
        _ => Ok(check),
    }))
}

fn count(done: &mut AuditVerification, check: SealCheck) {
    done.seals = done.seals.saturating_add(1);
    done.entries = done.entries.saturating_add(u64::from(check.entries));
    done.redacted = done.redacted.saturating_add(u64::from(check.redacted));
    done.late = done.late.saturating_add(u64::from(check.late));
    done.purged_seals = done.purged_seals.saturating_add(u64::from(check.purged));
}

/// Looks for what is left of seals behind the last one that is there.
async fn look_behind(
    tx: &mut Transaction,
    what: &VerifyAudit,
    done: &mut AuditVerification,
) -> Result<(), StoreError> {
    let last = done.verified.map_or(0, |it| it.sequence);
    let next = last.saturating_add(1);
    let orphan = tx.exists(Query::filter(AuditEntry::SEAL.is_ge(next))).await?;
    let untrusted = what.trusted.is_some_and(|it| it.sequence > last);
    // What was sealed since the seals were read is for the next call.
    done.has_more = tx.exists(AuditSeal::after(last)).await?;
    if (orphan || untrusted) && !done.has_more {
        done.fault = Some(AuditFault::SealMissing { sequence: next });
    }
    done.waiting = Some(tx.count(Query::filter(AuditEntry::SEAL.is_null())).await?);
    Ok(())
}
