//! Sealing the audit trail.
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::GovernanceError;
use lms_kernel::{Entropy, Id};
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::{
    audit::{AuditEntry, AuditSeal, Digest, EntryProof},
    operation::{Access, Operation, operation},
    outbox::DomainEvent,
    {PageSize, StoreError, Transaction},
};

/// The outcome of sealing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sealing {
    /// The new seal; none when no entry waited for one.
    pub seal: Option<AuditSeal>,
    /// Whether more entries wait.
    pub has_more: bool,
}

/// Entries of the audit trail were sealed. A host that keeps the hash where no one who can write to
/// the database can write, too, proves later that not even they exchanged the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("governance.audit_sealed", subject = AuditSeal::ENTITY, id = seal_id)]
pub struct AuditSealed {
    /// The seal.
    pub seal_id: Id<AuditSeal>,
    /// Its number.
    pub sequence: i64,
    /// Its hash.
    pub hash: Digest,
    /// How many entries it covers.
    pub entries: u32,
}

/// How long ago an entry must have been written to be sealed: one minute. Whatever commits later
/// than that is sealed later; it is never forgotten, only counted as late when it is very late.
pub const SEALED_AFTER: TimeDelta = TimeDelta::minutes(1);

/// Seals the oldest entries of the audit trail that wait for it as one seal. A host runs it
/// every few minutes, while there is more; running it without need changes nothing.
///
/// # Locks
/// The first seal of the tenant, so that of two who seal one waits and takes what is left; before
/// there is one, the second of them loses a race and is repeated.
///
/// # Errors
/// [`GovernanceError`].
#[operation("governance.seal_audit")]
pub struct SealAudit {
    /// The most entries of one seal.
    pub most: PageSize,
}

impl Operation for SealAudit {
    const ACCESS: Access = Access::Asks(&[Permission::RETENTION_MANAGE]);
    type Answer = Sealing;
    type Error = GovernanceError;

    async fn run(self, tx: &mut Transaction) -> Result<Sealing, GovernanceError> {
        authorize_on(tx, Permission::RETENTION_MANAGE, &TheTenant).await?;
        let entropy = tx.port::<dyn Entropy>()?;
        let first = tx.first(AuditSeal::after(0)).await?;
        if let Some(first) = first {
            tx.lock(first.id).await?;
        }
        let newest = tx.first(AuditSeal::newest()).await?;
        let waiting =
            AuditEntry::unsealed(tx.now().saturating_sub(SEALED_AFTER)).page(self.most, None);
        let page = tx.page(waiting).await?;
        let mut entries = page.items;
        let sequence = newest.as_ref().map_or(1, |it| it.sequence.saturating_add(1));
        for entry in &mut entries {
            entry.seal = Some(sequence);
            entry.proof = Some(EntryProof::new(&*entropy));
        }
        let Some(seal) = AuditSeal::following(tx.cx(), newest.as_ref(), &entries) else {
            return Ok(Sealing { seal: None, has_more: false });
        };
        tx.insert(&seal).await.map_err(|error| match error {
            // Somebody sealed at the same moment: what they took is no longer waiting.
            StoreError::Duplicate { table, .. } => {
                StoreError::Conflict { table, id: seal.id.uuid() }
            }
            error => error,
        })?;
        tx.update_all(&mut entries).await?;
        tx.emit(&AuditSealed {
            seal_id: seal.id,
            sequence: seal.sequence,
            hash: seal.hash,
            entries: seal.entry_count,
        });
        Ok(Sealing { seal: Some(seal), has_more: page.next.is_some() })
    }
}
