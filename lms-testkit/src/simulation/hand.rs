//! Draws the values of an input from what there is.
use chrono::TimeDelta;
use lms_core::{
    identity::Membership,
    kernel::{Currency, Id, Money, TenantId, Timestamp},
    store::Record,
};
use uuid::Uuid;

use super::{mirror::Mirror, person::Person};
use crate::random::Numbers;

/// Draws from two tenants, for one person.
pub(crate) struct Hand<'a> {
    pub(crate) numbers: &'a mut Numbers,
    pub(crate) mirror: &'a Mirror,
    pub(crate) own: TenantId,
    pub(crate) other: TenantId,
    pub(crate) person: &'a Person,
    pub(crate) now: Timestamp,
    /// Whether there was nothing of a kind that was asked for by the name of a field.
    pub(crate) has_nothing: bool,
}

/// Which kind of record a field of that name refers to, where it is not the name itself.
const ALIASES: [(&str, &str); 20] = [
    ("learner", "membership"),
    ("member", "membership"),
    ("student", "membership"),
    ("tutor", "membership"),
    ("teacher", "membership"),
    ("recipient", "membership"),
    ("buyer", "membership"),
    ("payer", "membership"),
    ("payee", "membership"),
    ("subscriber", "membership"),
    ("host", "membership"),
    ("holder", "membership"),
    ("person", "membership"),
    ("class", "class_group"),
    ("node", "content_node"),
    ("unit", "org_unit"),
    ("file", "file_asset"),
    ("bank", "question_bank"),
    ("invoice", "tenant_invoice"),
    ("proof", "payment_proof"),
];

impl Hand<'_> {
    /// A number below that.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        self.numbers.below(below)
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of them.
    pub(crate) fn one_of<T: Clone>(&mut self, items: &[T]) -> Option<T> {
        self.numbers.pick(items).cloned()
    }

    /// A tenant: now and then the other one.
    fn tenant(&mut self) -> TenantId {
        if self.once_in(20) { self.other } else { self.own }
    }

    fn pooled(&mut self, kind: &str) -> Option<Uuid> {
        let tenant = self.tenant();
        let mirror = self.mirror;
        let pool = mirror.pool(tenant, kind);
        if self.once_in(2) {
            // The latest are the likeliest to go together.
            let recent = pool.len().min(4);
            let at = pool.len().checked_sub(1 + self.below(recent))?;
            return pool.get(at).copied();
        }
        self.numbers.pick(pool).copied()
    }

    /// The id of such a record; none where there is none.
    pub(crate) fn id<R: Record>(&mut self) -> Option<Id<R>> {
        self.pooled(R::KIND).map(Id::from_uuid)
    }

    /// Such a record; none where there is none.
    pub(crate) fn record<R: Record>(&mut self) -> Option<R> {
        let id = self.pooled(R::KIND)?;
        self.mirror.get(id)
    }

    /// A member: the person who acts as often as not.
    pub(crate) fn member(&mut self) -> Option<Id<Membership>> {
        let person = self.person;
        if self.once_in(2) { person.member.or_else(|| self.id()) } else { self.id() }
    }

    /// An id for a field of that name.
    pub(crate) fn id_for(&mut self, field: &str) -> Uuid {
        let name = field.strip_suffix("_id").unwrap_or(field);
        let alias = ALIASES.iter().find(|it| it.0 == name).map_or(name, |it| it.1);
        let kinds = self.mirror.kinds(self.own);
        let kind = kinds.iter().find(|it| **it == alias);
        let kind = kind.or_else(|| kinds.iter().find(|it| it.ends_with(alias))).copied();
        let drawn = match kind {
            Some("membership") => self.member().map(Id::uuid),
            Some(kind) => self.pooled(kind),
            None => None,
        };
        self.has_nothing |= drawn.is_none();
        drawn.unwrap_or_else(|| self.numbers.uuid())
    }

    /// An instant from five days ago to 25 days ahead.
    pub(crate) fn instant(&mut self) -> Timestamp {
        let hours = i64::try_from(self.below(24 * 30)).unwrap_or_default() - 24 * 5;
        self.now.saturating_add(TimeDelta::hours(hours))
    }

    /// An amount: mostly this one, now and then one beside it or at an edge.
    pub(crate) fn amount(&mut self, usual: Money) -> Money {
        let minor = usual.minor();
        let drawn = match self.below(12) {
            0 => 0,
            1 => -minor,
            2 => minor.saturating_add(1),
            3 => minor.saturating_sub(1),
            // So large that no price is, and so small that a hundred of them can be added.
            4 => i64::MAX / 128,
            5 | 6 => minor / 2,
            _ => minor,
        };
        let currency = if self.once_in(40) { Currency::EUR } else { usual.currency() };
        Money::from_minor(drawn, currency)
    }
}
