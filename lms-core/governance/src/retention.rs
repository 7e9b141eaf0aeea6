//! Retention: which records are purged, when, and with which others.
use std::collections::HashMap;

use lms_kernel::Timestamp;
use lms_people::tenancy::RetentionClass;
use lms_store::{Ownership, RecordType, Schema};

/// Records of money, and the audit trail that says who moved it: they are kept for seven years at
/// least, whatever the class.
const BOOKKEEPING: [&str; 19] = [
    "audit_entries",
    "orders",
    "order_items",
    "instalments",
    "payments",
    "payment_proofs",
    "refunds",
    "refund_items",
    "subscriptions",
    "subscription_periods",
    "plan_changes",
    "payouts",
    "tenant_invoices",
    "wallet_accounts",
    "wallet_holds",
    "vouchers",
    "voucher_redemptions",
    "seats",
    "grants",
];

/// Rows without a life of their own: they go with what they belong to.
const PARTS: [&str; 21] = [
    "course_stats",
    "course_terms",
    "activity_materials",
    "review_votes",
    "program_courses",
    "placement_bands",
    "enrollment_rights",
    "node_progress",
    "learner_stats",
    "question_versions",
    "question_tags",
    "conversion_entries",
    "attempt_answers",
    "answer_sheets",
    "score_traces",
    "section_scores",
    "proctoring_violations",
    "points_entries",
    "comment_reactions",
    "notification_deliveries",
    "webhook_deliveries",
];

/// How retention treats the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// They are purged when they have been deleted for long enough.
    PurgedWhenDue,
    /// They go with the row that they belong to.
    GoesWithWhole,
    /// They stay, and so does what they refer to.
    Stays,
}

/// What retention does with the rows of a table: records that can be deleted are purged when due,
/// the parts of a record go with it, and books stay.
pub fn fate(schema: &Schema) -> Fate {
    if schema.deleted_position().is_some() {
        Fate::PurgedWhenDue
    } else if PARTS.contains(&schema.table) {
        Fate::GoesWithWhole
    } else {
        Fate::Stays
    }
}

/// For how long deleted rows of a table are kept: as the class says, and money and the audit trail
/// for seven years at least.
pub fn kept_as(class: RetentionClass, table: &str) -> RetentionClass {
    let longer = class.days() < RetentionClass::Regulated.days() && BOOKKEEPING.contains(&table);
    if longer { RetentionClass::Regulated } else { class }
}

/// Records deleted up to this instant are due at `now`.
///
/// ```
/// use lms_governance::due_until;
/// use lms_people::tenancy::RetentionClass;
///
/// let now = "2024-03-31T12:00:00Z".parse().unwrap();
/// let until = due_until(RetentionClass::Standard, "comments", now);
/// assert_eq!(until.to_string(), "2024-03-01T12:00:00Z");
/// let until = due_until(RetentionClass::Standard, "orders", now);
/// assert_eq!(until.to_string(), "2017-03-31T12:00:00Z");
/// ```
pub fn due_until(class: RetentionClass, table: &str, now: Timestamp) -> Timestamp {
    now.saturating_sub(chrono::TimeDelta::days(i64::from(kept_as(class, table).days())))
}

/// A column of another record that refers to a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reference {
    pub(super) record: RecordType,
    pub(super) column: &'static str,
}

/// What has to be known to purge: the tables in the order in which they are purged, so that what
/// refers goes before what it refers to, and who refers to each.
#[derive(Debug)]
pub(super) struct PurgePlan {
    pub(super) tables: Vec<RecordType>,
    references: HashMap<&'static str, Vec<Reference>>,
}

impl PurgePlan {
    /// The plan for those records, referred-to ones first.
    pub(super) fn of(types: &[RecordType]) -> Self {
        let tenants: Vec<RecordType> =
            types.iter().copied().filter(|it| it.schema().ownership == Ownership::Tenant).collect();
        let mut references: HashMap<&'static str, Vec<Reference>> = HashMap::new();
        for record in &tenants {
            for column in &record.schema().columns {
                if let Some(table) = column.references {
                    let reference = Reference { record: *record, column: column.name };
                    references.entry(table).or_default().push(reference);
                }
            }
        }
        let purged = tenants.into_iter().rev();
        let tables = purged.filter(|it| fate(it.schema()) == Fate::PurgedWhenDue).collect();
        Self { tables, references }
    }

    /// Who refers to a table.
    pub(super) fn references_to(&self, table: &str) -> &[Reference] {
        self.references.get(table).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Books and logs: nothing is taken out of them, and what they refer to stays.
    const BOOKS: [&str; 17] = [
        "idempotency_keys",
        "audit_entries",
        "audit_seals",
        "outbox_messages",
        "tenant_usage",
        "storage_meters",
        "number_series",
        "payment_facts",
        "gateway_transactions",
        "ledger_entries",
        "ledger_lines",
        "earnings",
        "usage_records",
        "invoice_lines",
        "invoice_payments",
        "credit_notes",
        "webhook_messages",
    ];

    #[test]
    fn every_log_is_a_part_or_a_book() {
        for record in crate::registry::record_types() {
            let schema = record.schema();
            let (part, book) = (PARTS.contains(&schema.table), BOOKS.contains(&schema.table));
            match fate(schema) {
                Fate::PurgedWhenDue => assert!(!part && !book, "{}", schema.table),
                Fate::GoesWithWhole => assert!(part && !book, "{}", schema.table),
                Fate::Stays => assert!(book && !part, "say what becomes of `{}`", schema.table),
            }
        }
        let types = crate::registry::record_types();
        let has = |table: &str| types.iter().any(|it| it.schema().table == table);
        for table in BOOKKEEPING.iter().chain(&PARTS).chain(&BOOKS) {
            assert!(has(table), "there is no `{table}`");
        }
    }

    #[test]
    fn a_part_must_belong_to_something() {
        for record in crate::registry::record_types() {
            let schema = record.schema();
            if PARTS.contains(&schema.table) {
                let whole = schema.columns.iter().any(|it| it.references.is_some() && !it.nullable);
                assert!(whole, "{}", schema.table);
            }
        }
    }

    #[test]
    fn money_is_kept_for_seven_years_at_the_least() {
        use RetentionClass::{Custom, Regulated, Standard};
        for (class, table, kept) in [
            (Standard, "comments", Standard),
            (Standard, "payments", Regulated),
            (Custom(1), "orders", Regulated),
            (Custom(4_000), "orders", Custom(4_000)),
            (Regulated, "comments", Regulated),
        ] {
            assert_eq!(kept_as(class, table), kept, "{class} {table}");
        }
    }

    #[test]
    fn what_refers_is_purged_before_what_it_refers_to() {
        let plan = PurgePlan::of(&crate::registry::record_types());
        let at = |table: &str| plan.tables.iter().position(|it| it.schema().table == table);
        assert!(at("enrollments") < at("courses"));
        assert!(at("attempts") < at("memberships"));
        assert!(at("comments").is_some() && at("tenants").is_none());
        let to_enrollments: Vec<_> = plan
            .references_to("enrollments")
            .iter()
            .map(|it| (it.record.schema().table, it.column))
            .collect();
        let parts = ["enrollment_rights", "node_progress"];
        assert_eq!(to_enrollments, parts.map(|it| (it, "enrollment_id")));
    }
}
