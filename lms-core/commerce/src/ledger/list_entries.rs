//! The book of a unit, entry by entry.
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{Account, LedgerEntry, LedgerKind, LedgerLine, PaymentMethod};
use lms_kernel::{Id, Money, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list},
    identity::Membership,
    tenancy::OrgUnit,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Query, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which entries to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct LedgerFilter {
    /// Those of this unit.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// Those of this kind.
    pub kind: Option<LedgerKind>,
    /// Those that happened at or after this time.
    pub from: Option<Timestamp>,
    /// Those that happened before this time.
    pub until: Option<Timestamp>,
}

/// One side of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LedgerLineView {
    /// The account.
    pub account: Account,
    /// How much: debits above zero, credits below.
    pub amount: Money,
}

/// An entry of the book with its lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LedgerEntryView {
    /// The entry's id.
    pub id: Id<LedgerEntry>,
    /// What it is about.
    pub kind: LedgerKind,
    /// How much, without a sign.
    pub amount: Money,
    /// From which account to which.
    pub lines: Vec<LedgerLineView>,
    /// The centre or branch; none for the tenant as a whole.
    pub org_unit: Option<Named<OrgUnit>>,
    /// The student it is about.
    pub student: Option<Named<Membership>>,
    /// The tutor it is about.
    pub tutor: Option<Named<Membership>>,
    /// How money changed hands.
    pub method: Option<PaymentMethod>,
    /// The number on a receipt, invoice or statement.
    pub reference: Option<String>,
    /// When it happened.
    pub occurred_at: Timestamp,
}

/// Lists entries of the book, the latest first.
///
/// # Permission
/// `ledger.view`; the list holds the entries of the units in which the reader has it.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("commerce.list_ledger_entries")]
pub struct ListLedgerEntries {
    /// Which entries.
    pub filter: LedgerFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListLedgerEntries {
    const ACCESS: Access = Access::Asks(&[Permission::LEDGER_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<LedgerEntryView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<LedgerEntryView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<LedgerEntry>(tx, Permission::LEDGER_VIEW)
            .await?
            .and_some(filter.org_unit_id, |unit| LedgerEntry::ORG_UNIT_ID.is(unit))
            .and_some(filter.kind, |kind| LedgerEntry::KIND.eq(kind))
            .and_some(filter.from, |from| LedgerEntry::OCCURRED_AT.ge(from))
            .and_some(filter.until, |until| LedgerEntry::OCCURRED_AT.lt(until));
        let query = query.order_by(LedgerEntry::OCCURRED_AT, Direction::Desc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        Ok(Page { items: views(tx, items).await?, next })
    }
}

async fn views(
    tx: &mut Transaction,
    entries: Vec<LedgerEntry>,
) -> Result<Vec<LedgerEntryView>, AuthorizationError> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let lines = LedgerLine::ENTRY_ID.is_in(entries.iter().map(|it| it.id));
    let mut lines_of: HashMap<_, Vec<LedgerLine>> = HashMap::new();
    for line in tx.all(Query::filter(lines)).await? {
        lines_of.entry(line.entry_id).or_default().push(line);
    }
    let units = entries.iter().filter_map(|it| it.org_unit_id);
    let units = Names::read(tx, units, |it: &OrgUnit| it.name.to_string()).await?;
    let people = entries.iter().flat_map(|it| it.student_id.into_iter().chain(it.tutor_id));
    let people = Names::read(tx, people, Membership::name).await?;
    let views = entries.into_iter().map(|it| {
        let mut lines = lines_of.remove(&it.id).unwrap_or_default();
        lines.sort_by_key(|line| line.position);
        let lines = lines.iter();
        LedgerEntryView {
            id: it.id,
            kind: it.kind,
            amount: it.amount,
            lines: lines
                .map(|it| LedgerLineView { account: it.account, amount: it.amount })
                .collect(),
            org_unit: it.org_unit_id.map(|id| units.of(id)),
            student: it.student_id.map(|id| people.of(id)),
            tutor: it.tutor_id.map(|id| people.of(id)),
            method: it.method,
            reference: it.reference,
            occurred_at: it.occurred_at,
        }
    });
    Ok(views.collect())
}
