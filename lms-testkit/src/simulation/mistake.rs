//! Mistakes that are planted on purpose, to measure whether a simulation finds them.
use lms_core::{
    kernel::{Context, Timestamp},
    store::{Row, Schema, Value},
};
use uuid::Uuid;

use super::{check::Step, recording::Done};

/// A mistake as programmers make it. Each is made from the first step on, wherever it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mistake {
    /// No permission is asked for.
    ForgottenCheck,
    /// A permission is asked for, and not on whose thing it is.
    ForgottenReach,
    /// Nothing keeps people from deciding on what is their own.
    DecidedOnOwn,
    /// An operation of one tenant runs in the other.
    WrongTenant,
    /// A row is stored for another tenant.
    ForeignRow,
    /// Changes leave no audit entry.
    LostAudit,
    /// The audit trail names no actor.
    AuditWithoutActor,
    /// The audit trail shows another time.
    AuditAtAnotherTime,
    /// Audit entries are about another record.
    AuditOfAnotherRecord,
    /// A change is announced by no event.
    LostEvent,
    /// An event shows another time than its rows.
    EventAtAnotherTime,
    /// Rows name no actor as the last who changed them.
    RowWithoutActor,
    /// Rows show another time of their last change.
    RowAtAnotherTime,
    /// An operation that fails leaves what it had done.
    HalfRollback,
    /// A line of the ledger has another amount.
    UnbalancedBooks,
    /// Counting finds nothing, so that limits do not hold.
    CountsNothing,
    /// A total of an order is negative.
    NegativeMoney,
    /// A payment counts as more than its facts say.
    MoneyWithoutFact,
    /// What is due is never due again.
    NeverDue,
    /// An update is acknowledged and lost.
    LostUpdate,
    /// An insert is acknowledged and lost.
    LostInsert,
    /// A purchase is given twice, the second time for nothing that was sold.
    DoubleGrant,
    /// A row is read as it was when it was read first.
    StaleRead,
}

impl Mistake {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::ForgottenCheck,
        Self::ForgottenReach,
        Self::DecidedOnOwn,
        Self::WrongTenant,
        Self::ForeignRow,
        Self::LostAudit,
        Self::AuditWithoutActor,
        Self::AuditAtAnotherTime,
        Self::AuditOfAnotherRecord,
        Self::LostEvent,
        Self::EventAtAnotherTime,
        Self::RowWithoutActor,
        Self::RowAtAnotherTime,
        Self::HalfRollback,
        Self::UnbalancedBooks,
        Self::CountsNothing,
        Self::NegativeMoney,
        Self::MoneyWithoutFact,
        Self::NeverDue,
        Self::LostUpdate,
        Self::LostInsert,
        Self::DoubleGrant,
        Self::StaleRead,
    ];

    /// Changes rows as the library would write them by mistake.
    pub(super) fn bend(self, schema: &'static Schema, rows: &mut Vec<Row>, done: Done) {
        let is_trail = schema.table == "audit_entries";
        let is_event = schema.table == "outbox_messages";
        let set = |rows: &mut Vec<Row>, column: &str, value: &Value| {
            rows.iter_mut().for_each(|row| row.set(schema, column, value.clone()));
        };
        let add = |rows: &mut Vec<Row>, column: &str, more: i64| {
            for row in rows {
                if let Value::Int(amount) = *schema.value(row, column) {
                    row.set(schema, column, Value::Int(amount.saturating_add(more)));
                }
            }
        };
        let elsewhere = Value::Time(Timestamp::EPOCH);
        match self {
            Self::LostAudit if is_trail => rows.clear(),
            Self::AuditWithoutActor if is_trail => set(rows, "actor_id", &Value::Null),
            Self::AuditAtAnotherTime if is_trail => set(rows, "occurred_at", &elsewhere),
            Self::AuditOfAnotherRecord if is_trail => set(rows, "entity_id", &nowhere()),
            Self::LostEvent if is_event => rows.clear(),
            Self::EventAtAnotherTime if is_event => set(rows, "occurred_at", &elsewhere),
            Self::RowWithoutActor => set(rows, "updated_by", &Value::Null),
            Self::RowAtAnotherTime => set(rows, "updated_at", &elsewhere),
            Self::ForeignRow if schema.table == "comments" => {
                set(rows, "tenant_id", &nowhere());
            }
            Self::UnbalancedBooks if schema.table == "ledger_lines" => {
                rows.truncate(rows.len().saturating_sub(1));
            }
            Self::NegativeMoney if schema.table == "orders" => {
                set(rows, "total_minor", &Value::Int(-1));
            }
            Self::MoneyWithoutFact if schema.table == "payments" && done == Done::Updated => {
                add(rows, "captured_minor", 1);
            }
            Self::DoubleGrant if schema.table == "grants" && done == Done::Inserted => {
                twice(schema, rows, &["source_id"], |_| true);
            }
            // The trail says that both were given.
            Self::DoubleGrant if is_trail => {
                let is_grant = |row: &Row| {
                    *schema.value(row, "entity_kind") == Value::Text("grant".to_owned())
                };
                let is_new =
                    |row: &Row| *schema.value(row, "action") == Value::Text("create".to_owned());
                twice(schema, rows, &["entity_id"], |row| is_grant(row) && is_new(row));
            }
            Self::NeverDue => set(rows, "next_action_at", &Value::Time(Timestamp::MAX)),
            _ => {}
        }
    }

    /// What a store that errs keeps of rows that it acknowledges.
    pub(super) fn misplace(self, schema: &'static Schema, rows: Vec<Row>, done: Done) -> Vec<Row> {
        let is_lost = match self {
            Self::LostUpdate => done == Done::Updated,
            Self::LostInsert => done == Done::Inserted && schema.table == "comments",
            _ => false,
        };
        if is_lost { Vec::new() } else { rows }
    }

    /// The context in which an operation runs instead.
    pub(super) fn misuse(self, cx: Context, step: &Step<'_>) -> Context {
        match self {
            Self::WrongTenant => cx.with_tenant(step.other),
            _ => cx,
        }
    }

    /// What a count comes to.
    pub(super) fn miscount(self, schema: &Schema, count: u64) -> u64 {
        match self {
            Self::CountsNothing => 0,
            Self::DecidedOnOwn if schema.table == "memberships" => 1,
            _ => count,
        }
    }

    /// Changes what a query finds.
    pub(super) fn misread_rows(self, schema: &Schema, rows: &mut [Row]) {
        let set = |rows: &mut [Row], column: &str, value: &Value| {
            rows.iter_mut().for_each(|row| row.set(schema, column, value.clone()));
        };
        match (self, schema.table) {
            (Self::ForgottenCheck, "role_permissions") => {
                set(rows, "key", &Value::Text("*".to_owned()));
                set(rows, "reach", &Value::Text("all".to_owned()));
            }
            (Self::ForgottenReach, "role_permissions") => {
                set(rows, "reach", &Value::Text("all".to_owned()));
            }
            (Self::DecidedOnOwn, "tenant_settings") => {
                set(rows, "decides_alone", &Value::Bool(true));
            }
            _ => {}
        }
    }
}

fn nowhere() -> Value {
    Value::Uuid(Uuid::from_u128(7))
}

/// Adds a copy of each of those rows that differs in its id and in these columns.
fn twice(schema: &Schema, rows: &mut Vec<Row>, unique: &[&str], which: impl Fn(&Row) -> bool) {
    let again = rows.iter().filter(|row| which(row)).map(|row| {
        let mut copy = row.clone();
        for column in ["id"].iter().chain(unique) {
            let other = match schema.value(row, column) {
                Value::Uuid(id) => Value::Uuid(Uuid::from_u128(id.as_u128() ^ (1 << 40))),
                other => other.clone(),
            };
            copy.set(schema, column, other);
        }
        copy
    });
    let again: Vec<_> = again.collect();
    rows.extend(again);
}
