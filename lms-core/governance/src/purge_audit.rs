//! Purging audit entries past their retention.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{GovernanceError, due_until};
use lms_people::{
    authorization::{Permission, TheTenant, authorize_on},
    tenancy::Tenant,
};
use lms_store::{
    audit::{Action, AuditEntry, AuditSeal},
    {PageSize, Record as _, Transaction},
};

/// The seals and entries purged from the audit trail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditPurge {
    /// How many seals have no entries any more.
    pub seals: u64,
    /// How many entries are gone.
    pub entries: u64,
    /// Whether more are due.
    pub has_more: bool,
}

/// Purges audit entries older than seven years and the tenant's retention class: up to `most` whole
/// seals in one transaction, oldest first. The seals themselves stay, so that the chain can still
/// be verified, and so do unsealed entries. The trail records each purged seal.
///
/// # Locks
/// A seal by its version; of two who purge one is repeated.
///
/// # Errors
/// [`GovernanceError`].
#[operation("governance.purge_audit")]
pub struct PurgeAudit {
    /// The most rows to handle in this call, from 1 to 200.
    pub most: PageSize,
}

impl Operation for PurgeAudit {
    const ACCESS: Access = Access::Asks(&[Permission::RETENTION_MANAGE]);
    type Answer = AuditPurge;
    type Error = GovernanceError;

    async fn run(self, tx: &mut Transaction) -> Result<AuditPurge, GovernanceError> {
        let Self { most } = self;
        authorize_on(tx, Permission::RETENTION_MANAGE, &TheTenant).await?;
        let class = tx.require(Tenant::id_of(tx.tenant())).await?.retention_class;
        let until = due_until(class, AuditEntry::TABLE, tx.now());
        let page = tx.page(AuditSeal::unpurged().page(most, None)).await?;
        let mut done = AuditPurge::default();
        for mut seal in page.items {
            if seal.to_at > until {
                return Ok(done);
            }
            for entry in tx.all(AuditEntry::of_seal(seal.sequence)).await? {
                tx.purge(&entry).await?;
                done.entries = done.entries.saturating_add(1);
            }
            seal.purge(tx.now());
            tx.update(&mut seal).await?;
            done.seals = done.seals.saturating_add(1);
            let figures = json!({ "sequence": seal.sequence, "entries": seal.entry_count });
            let (kind, id) = (AuditSeal::ENTITY, seal.id.uuid());
            tx.record_audit(AuditEntry::of(tx.cx(), Action::Purge, kind.as_str(), id, figures));
        }
        done.has_more = page.next.is_some();
        Ok(done)
    }
}
