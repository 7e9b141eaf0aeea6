//! Reading the audit trail.
use crate::GovernanceError;
use lms_kernel::{ActorId, EntityRef, Timestamp};
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::operation::{Access, Effect, Operation, operation};
use lms_store::{
    audit::{Action, AuditEntry},
    {Cursor, Direction, Page, PageSize, Query, Transaction},
};

/// Which entries are looked for: those that match everything that is said.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditSearch {
    /// About that record.
    pub entity: Option<EntityRef>,
    /// About records of that kind, such as `order`.
    pub entity_kind: Option<String>,
    /// By that login.
    pub actor: Option<ActorId>,
    /// Done in the operation of that name, such as `commerce.place_order`.
    #[serde(default)]
    pub operation: Option<String>,
    /// Of that sort.
    pub action: Option<Action>,
    /// Not before then.
    pub from: Option<Timestamp>,
    /// Before then.
    pub until: Option<Timestamp>,
}

impl AuditSearch {
    /// The entries about one record.
    pub fn about(entity: EntityRef) -> Self {
        Self { entity: Some(entity), ..Self::default() }
    }

    /// What one login did.
    pub fn by(actor: ActorId) -> Self {
        Self { actor: Some(actor), ..Self::default() }
    }

    /// The entries, the latest first.
    fn query(self) -> Query<AuditEntry> {
        let kind = self.entity.as_ref().map(|it| it.kind.to_string()).or(self.entity_kind);
        let parts = [
            kind.map(|it| AuditEntry::ENTITY_KIND.eq(it)),
            self.entity.map(|it| AuditEntry::ENTITY_ID.is(it.id)),
            self.actor.map(|it| AuditEntry::ACTOR_ID.is(it)),
            self.operation.map(|it| AuditEntry::OPERATION.is(it)),
            self.action.map(|it| AuditEntry::ACTION.eq(it)),
            self.from.map(|it| AuditEntry::OCCURRED_AT.ge(it)),
            self.until.map(|it| AuditEntry::OCCURRED_AT.lt(it)),
        ];
        let latest_first = Query::all().order_by(AuditEntry::OCCURRED_AT, Direction::Desc);
        parts.into_iter().flatten().fold(latest_first, Query::and)
    }
}

/// Searches the audit trail, latest entries first.
///
/// # Errors
/// [`GovernanceError`].
#[operation("governance.search_audit")]
pub struct SearchAudit {
    /// The filter by actor, record, operation, action and time.
    pub search: AuditSearch,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for SearchAudit {
    const ACCESS: Access = Access::Asks(&[Permission::AUDIT_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<AuditEntry>;
    type Error = GovernanceError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<AuditEntry>, GovernanceError> {
        let Self { search, size, after } = self;
        authorize_on(tx, Permission::AUDIT_VIEW, &TheTenant).await?;
        Ok(tx.page(search.query().page(size, after)).await?)
    }
}
