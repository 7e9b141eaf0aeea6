//! Erasing a person.
use lms_store::operation::{Access, Operation, operation};
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    person_rows::PersonRows,
    redact::{is_erased, redact},
    redact_trail::{forget_origin, redact_trail},
};
use crate::{GovernanceError, KeptBecause, PersonalTable, kept_because};
use lms_kernel::{Id, Timestamp};
use lms_learning::{content::FileAsset, learning::give_up_places};
use lms_people::{
    authorization::{Permission, Subject, authorize_on},
    identity::Membership,
};
use lms_store::{
    audit::{Action, AuditEntry},
    outbox::DomainEvent,
    {Privacy, Record as _, Row, Transaction},
};

/// The rows erased in one table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErasedRows {
    /// How many rows say less than before.
    pub rows: u64,
    /// In which columns.
    pub columns: BTreeSet<String>,
}

/// The rows retained in one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeptRows {
    /// The table.
    pub table: String,
    /// The columns.
    pub columns: Vec<String>,
    /// How many rows hold something there.
    pub rows: u64,
    /// The reason.
    pub because: KeptBecause,
}

/// The outcome of a person's data: what an answer to their request is written from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErasureReport {
    /// Who was erased.
    pub member_id: Id<Membership>,
    /// The instant of the erasure.
    pub erased_at: Timestamp,
    /// The rows erased, by table.
    pub erased: BTreeMap<String, ErasedRows>,
    /// The rows retained, with the reason.
    pub kept: Vec<KeptRows>,
    /// How many entries of the audit trail say less than before.
    pub audit_entries: u64,
    /// The files they uploaded, whose contents the host removes from where it keeps files.
    pub files: Vec<Id<FileAsset>>,
}

/// A person was erased: the host removes the contents of their files and tells those to whom it
/// passed their data on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("governance.person_erased", subject = Membership::ENTITY, id = member_id)]
pub struct PersonErased {
    /// The membership that is left.
    pub member_id: Id<Membership>,
    /// The files they uploaded.
    pub files: Vec<Id<FileAsset>>,
}

/// Erases a person from the tenant (GDPR, article 17): name, contact details and all other personal
/// or sensitive data, in every registered record, deleted records and the audit trail included.
/// Grades and financial records stay, linked to a membership without a name; the report lists them
/// with the reason.
///
/// The person gives up their seats and their places on waitlists, as by leaving. The membership is
/// left and has no login; the login itself is the platform's and is erased by
/// [`ChangeUserStatus`](lms_people::identity::ChangeUserStatus). Erasing again changes nothing.
///
/// # Locks
/// The membership, then the classes and courses of the person, and does everything or nothing.
///
/// # Errors
/// [`GovernanceError::CannotErase`] if a record leaves no place for less.
#[operation("governance.erase_person")]
pub struct ErasePerson {
    /// The membership of the person to erase.
    pub member_id: Id<Membership>,
}

impl Operation for ErasePerson {
    const ACCESS: Access = Access::Asks(&[Permission::DATA_ERASE]);
    type Answer = ErasureReport;
    type Error = GovernanceError;

    async fn run(self, tx: &mut Transaction) -> Result<ErasureReport, GovernanceError> {
        let Self { member_id: member } = self;
        authorize_on(tx, Permission::DATA_ERASE, &Subject::of(member)).await?;
        let member = tx.lock(member).await?;
        give_up_places(tx, member.id).await?;
        let mut report = ErasureReport {
            member_id: member.id,
            erased_at: tx.now(),
            erased: BTreeMap::new(),
            kept: Vec::new(),
            audit_entries: 0,
            files: Vec::new(),
        };
        let (mut person, tables) = PersonRows::of(&member);
        for table in &tables {
            let schema = table.schema();
            let holds = schema.columns.iter().any(|it| it.privacy != Privacy::Open);
            if !holds && !person.is_whole(schema) {
                continue;
            }
            let rows = person.in_table(tx, table).await?;
            if schema.table == FileAsset::TABLE {
                report.files = rows.iter().map(|it| Id::from_uuid(it.id())).collect();
            }
            let ids: Vec<Uuid> = rows.iter().map(Row::id).collect();
            report.kept.extend(kept(table, &rows));
            erase_rows(tx, table, rows, &mut report).await?;
            if schema.audited && schema.columns.iter().any(|it| is_erased(schema, it)) {
                report.audit_entries += redact_trail(tx, schema, &ids).await?;
            }
        }
        if let Some(user) = member.user_id {
            report.audit_entries += forget_origin(tx, user.uuid()).await?;
        }
        let figures: BTreeMap<_, _> = report.erased.iter().map(|(it, of)| (it, of.rows)).collect();
        let figures = serde_json::json!({ "rows": figures });
        let entry = AuditEntry::of(
            tx.cx(),
            Action::Erase,
            Membership::ENTITY.as_str(),
            member.id.uuid(),
            figures,
        );
        tx.record_audit(entry);
        tx.emit(&PersonErased { member_id: member.id, files: report.files.clone() });
        Ok(report)
    }
}

async fn erase_rows(
    tx: &mut Transaction,
    table: &PersonalTable,
    rows: Vec<Row>,
    report: &mut ErasureReport,
) -> Result<(), GovernanceError> {
    let schema = table.schema();
    for row in rows {
        let redacted = redact(&table.record, &row)?;
        if redacted.columns.is_empty() {
            continue;
        }
        let erased = report.erased.entry(schema.table.to_owned()).or_default();
        erased.rows += 1;
        erased.columns.extend(redacted.columns.iter().map(|it| (*it).to_owned()));
        tx.redact_row(schema, redacted.row, &redacted.columns).await?;
    }
    Ok(())
}

/// What of a table's rows is kept.
fn kept(table: &PersonalTable, rows: &[Row]) -> Option<KeptRows> {
    let schema = table.schema();
    let columns: Vec<_> = schema
        .columns
        .iter()
        .filter_map(|it| kept_because(schema.table, it.name).map(|why| (it.name, why)))
        .collect();
    let because = columns.first()?.1;
    let holds = |row: &&Row| columns.iter().any(|(it, _)| !schema.value(row, it).is_null());
    let rows = u64::try_from(rows.iter().filter(holds).count()).unwrap_or(u64::MAX);
    let columns = columns.iter().map(|it| it.0.to_owned()).collect();
    (rows > 0).then(|| KeptRows { table: schema.table.to_owned(), columns, rows, because })
}
