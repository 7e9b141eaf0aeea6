//! Exporting all data of a person.
use lms_store::operation::{Access, Operation, operation};
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{
    person_rows::PersonRows,
    row_json::to_json,
    unreleased::{Showing, Unreleased},
};
use crate::GovernanceError;
use lms_kernel::{Id, Timestamp};
use lms_people::{
    authorization::{Permission, Subject, authorize_on, is_permitted_on},
    identity::Membership,
};
use lms_store::{
    audit::{Action, AuditEntry},
    {Expr, Op, Privacy, Row, Schema, Select, Transaction, Value},
};

/// Everything that a tenant knows about a person (GDPR, article 15), as structured data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PersonExport {
    /// Who it is about.
    pub member_id: Id<Membership>,
    /// As of when.
    pub exported_at: Timestamp,
    /// The rows that are theirs, by table, with the columns by name. Deleted rows that are not
    /// purged yet are among them. Credentials are never shown.
    pub records: BTreeMap<String, Vec<Map<String, Json>>>,
    /// How often they did something to what is not theirs, by `table.column`, such as marking
    /// someone's work.
    pub acted: BTreeMap<String, u64>,
    /// The sensitive columns that the asker may not see, as `table.column`.
    pub left_out: Vec<String>,
    /// The tables of which something is left out because it tells a result that is not released.
    #[serde(default)]
    pub unreleased: Vec<String>,
}

/// Exports all data that the tenant holds about a person: to that person, or to staff who may
/// export data. Sensitive data are included with `members.view_sensitive`, and unreleased results
/// with `scores.view_unreleased`: exam marks may be withheld until they are announced (UK Data
/// Protection Act 2018, schedule 2, paragraph 25).
///
/// It follows the references of every record in the registry, so a new record is in it from the
/// start. The trail notes the export.
///
/// # Errors
/// [`GovernanceError`].
#[operation("governance.export_person")]
pub struct ExportPerson {
    /// The membership of the person to export.
    pub member_id: Id<Membership>,
}

impl Operation for ExportPerson {
    const ACCESS: Access = Access::Asks(&[
        Permission::DATA_EXPORT,
        Permission::MEMBERS_VIEW_SENSITIVE,
        Permission::SCORES_VIEW_UNRELEASED,
    ]);
    type Answer = PersonExport;
    type Error = GovernanceError;

    async fn run(self, tx: &mut Transaction) -> Result<PersonExport, GovernanceError> {
        let Self { member_id: member } = self;
        authorize_on(tx, Permission::DATA_EXPORT, &Subject::of(member)).await?;
        let member = tx.require(member).await?;
        let sees_all = is_permitted_on(tx, Permission::MEMBERS_VIEW_SENSITIVE, &member).await?;
        let unreleased = if is_permitted_on(tx, Permission::SCORES_VIEW_UNRELEASED, &member).await?
        {
            None
        } else {
            Some(Unreleased::of(tx, member.id).await?)
        };
        let mut export = PersonExport {
            member_id: member.id,
            exported_at: tx.now(),
            records: BTreeMap::new(),
            acted: BTreeMap::new(),
            left_out: Vec::new(),
            unreleased: Vec::new(),
        };
        let (mut person, tables) = PersonRows::of(&member);
        for table in &tables {
            let schema = table.schema();
            let rows = person.in_table(tx, table).await?;
            if !rows.is_empty() {
                export.add(schema, &rows, sees_all, unreleased.as_ref());
            }
            for column in &table.actors {
                let by_them = Expr::Compare(column, Op::Eq, Value::Uuid(member.id.uuid()));
                let select = Select { filter: Some(by_them), ..Select::all(schema) };
                let count = tx.count_rows(&select).await?;
                if count > 0 {
                    export.acted.insert(format!("{}.{column}", schema.table), count);
                }
            }
        }
        let figures = export.records.iter().map(|(table, rows)| (table.clone(), rows.len().into()));
        let figures = Json::Object(figures.collect());
        let entry = AuditEntry::of(
            tx.cx(),
            Action::Export,
            Membership::ENTITY.as_str(),
            member.id.uuid(),
            figures,
        );
        tx.record_audit(entry);
        Ok(export)
    }
}

impl PersonExport {
    /// Adds the rows of a table, as far as the asker may see them.
    fn add(
        &mut self,
        schema: &Schema,
        rows: &[Row],
        sees_all: bool,
        unreleased: Option<&Unreleased>,
    ) {
        let hidden = |privacy: Privacy| {
            privacy == Privacy::Secret || (privacy == Privacy::Sensitive && !sees_all)
        };
        let (mut shown, mut is_whole) = (Vec::with_capacity(rows.len()), true);
        for row in rows {
            let mut row = to_json(schema, row, |it| !hidden(it.privacy));
            let showing =
                unreleased.map_or(Showing::Whole, |it| it.take_from(schema.table, &mut row));
            is_whole &= showing == Showing::Whole;
            if showing != Showing::Nothing {
                shown.push(row);
            }
        }
        self.records.insert(schema.table.to_owned(), shown);
        if !is_whole {
            self.unreleased.push(schema.table.to_owned());
        }
        if !sees_all {
            let left = schema.columns.iter().filter(|it| it.privacy == Privacy::Sensitive);
            self.left_out.extend(left.map(|it| format!("{}.{}", schema.table, it.name)));
        }
    }
}
