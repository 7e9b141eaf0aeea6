//! A tenant in, from JSON lines.
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::{
    TRANSFER_FORMAT, TRANSFER_VERSION, TransferError,
    export_tenant::transferred,
    line::Line,
    order::{own_references, referred_first},
};
use crate::row_json::from_json;
use lms_people::{
    authorization::{Permission, ThePlatform, authorize_on},
    identity::User,
    tenancy::Tenant,
};
use lms_store::{
    audit::{Action, AuditEntry},
    operation::{Access, Operation, Within, operation},
    {
        Column, Ownership, PageSize, Record as _, RecordType, Row, Schema, Select, StoreError,
        Transaction, Value,
    },
};

/// The rows that an import added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportReport {
    /// How many rows were added, by table.
    pub added: BTreeMap<String, u64>,
    /// How many logins the store had already, which stay as they are.
    pub logins_kept: u64,
}

/// The rows of one table that wait to be added.
struct Waiting {
    at: usize,
    record: RecordType,
    rows: Vec<Row>,
}

/// The lines of a tenant's file. They are read anew where an import lost a race and is repeated.
#[derive(Clone)]
pub struct TenantLines {
    read: Arc<dyn Fn() -> Box<dyn Iterator<Item = String> + Send> + Send + Sync>,
}

impl TenantLines {
    /// The lines that `read` gives: it opens the file.
    pub fn new<I>(read: impl Fn() -> I + Send + Sync + 'static) -> Self
    where
        I: Iterator<Item = String> + Send + 'static,
    {
        Self { read: Arc::new(move || Box::new(read())) }
    }
}

impl From<Vec<String>> for TenantLines {
    fn from(lines: Vec<String>) -> Self {
        Self::new(move || lines.clone().into_iter())
    }
}

impl fmt::Debug for TenantLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TenantLines")
    }
}

/// Adds a tenant from the lines that [`ExportTenant`](super::ExportTenant) wrote, with every id,
/// version and time as it was. The tenant is the one of the context, and the store must not have it. A
/// login that the store has already, of a person who is a member elsewhere too, stays as it is.
/// Ways to sign in, profiles and memberships are taken only of logins that the file itself has.
///
/// Every row is read as the record that it means before it is added, and the store checks
/// references and uniques. Whatever is refused, nothing is stored: a file that is cut off, a row of
/// another tenant, a row that means nothing. Lines are read one at a time; rows of a table whose rows
/// refer to each other wait for its last.
///
/// # Permission
/// `platform.manage_tenants`, for the platform's people only.
///
/// # Errors
/// [`TransferError`], which names the line.
#[operation("governance.import_tenant", secret)]
pub struct ImportTenant {
    /// The lines of the file.
    pub lines: TenantLines,
}

impl Operation for ImportTenant {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_TENANTS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = ImportReport;
    type Error = TransferError;

    async fn run(self, tx: &mut Transaction) -> Result<ImportReport, TransferError> {
        authorize_on(tx, Permission::PLATFORM_MANAGE_TENANTS, &ThePlatform).await?;
        if tx.get(Tenant::id_of(tx.tenant())).await?.is_some() {
            return Err(TransferError::TenantExists);
        }
        let mut import = Import {
            tables: transferred(&crate::registry::record_types()),
            report: ImportReport::default(),
            logins: BTreeSet::new(),
            kept: BTreeSet::new(),
            waiting: None,
        };
        let (mut number, mut found, mut said) = (0, 0, None);
        for text in (self.lines.read)() {
            number += 1;
            let bad = |reason: String| TransferError::BadLine { line: number, reason };
            let line: Line = serde_json::from_str(&text)
                .map_err(|_| bad("it is no line of a tenant's file".to_owned()))?;
            match line {
                Line::Head { format, version, tenant, .. } if number == 1 => {
                    if format != TRANSFER_FORMAT {
                        return Err(bad(format!(
                            "the file is not of the format `{TRANSFER_FORMAT}`"
                        )));
                    }
                    if version != TRANSFER_VERSION {
                        return Err(TransferError::OtherVersion { version });
                    }
                    if tenant != tx.tenant() {
                        return Err(TransferError::OtherTenant { line: number });
                    }
                }
                Line::Row { table, row } if number > 1 && said.is_none() => {
                    found += 1;
                    import.take(tx, (number, &table, row)).await?;
                }
                Line::End { rows } if number > 1 && said.is_none() => said = Some(rows),
                Line::Head { .. } | Line::Row { .. } | Line::End { .. } => {
                    return Err(bad("it is not where it belongs".to_owned()));
                }
            }
        }
        if said != Some(found) {
            return Err(TransferError::Incomplete { found, said });
        }
        import.add_waiting(tx).await?;
        let report = import.report;
        let note = json!({ "imported": found });
        let (kind, id) = (Tenant::ENTITY, tx.tenant().uuid());
        tx.record_audit(AuditEntry::of(tx.cx(), Action::Create, kind.as_str(), id, note));
        Ok(report)
    }
}

struct Import {
    tables: Vec<RecordType>,
    report: ImportReport,
    /// The logins that the file has, new or not.
    logins: BTreeSet<Uuid>,
    /// The logins that the store had already.
    kept: BTreeSet<Uuid>,
    waiting: Option<Waiting>,
}

impl Import {
    async fn take(
        &mut self,
        tx: &mut Transaction,
        (line, table, values): (u64, &str, Map<String, Json>),
    ) -> Result<(), TransferError> {
        let bad = |reason: String| TransferError::BadLine { line, reason };
        let at = self.tables.iter().position(|it| it.schema().table == table);
        let at = at.ok_or_else(|| bad(format!("there is no table `{table}`")))?;
        let before = self.waiting.as_ref().map_or(0, |it| it.at);
        if at < before {
            return Err(bad(format!("`{table}` comes too late, after what refers to it")));
        }
        let Some(record) = self.tables.get(at).copied() else { return Ok(()) };
        let schema = record.schema();
        let row = from_json(schema, values).map_err(bad)?;
        let means_nothing = |_| bad(format!("it means no record of `{table}`"));
        if record.through_domain(row.clone()).map_err(means_nothing)? != row {
            return Err(bad(format!("it means another record of `{table}` than it says")));
        }
        let is_ours = schema.owner(&row).is_none_or(|it| it == tx.tenant());
        if !is_ours {
            return Err(TransferError::OtherTenant { line });
        }
        self.check_login(schema, &row).map_err(|reason| bad(reason.to_owned()))?;
        let is_full = self.waiting.as_ref().is_some_and(|it| {
            let batch = PageSize::MAX.get() as usize;
            it.at != at || (it.rows.len() >= batch && own_references(schema).is_empty())
        });
        if is_full {
            self.add_waiting(tx).await?;
        }
        let waiting = self.waiting.get_or_insert_with(|| Waiting { at, record, rows: Vec::new() });
        waiting.rows.push(row);
        Ok(())
    }

    /// Refuses what belongs to a login that the file does not have: no one gets a way to sign in, a
    /// profile or a membership through the file of a tenant that they are not in.
    fn check_login(&mut self, schema: &Schema, row: &Row) -> Result<(), &'static str> {
        if schema.table == User::TABLE {
            self.logins.insert(row.id());
        }
        let to_login = |it: &&Column| it.references == Some(User::TABLE);
        for column in schema.columns.iter().filter(to_login) {
            if let Value::Uuid(login) = schema.value(row, column.name)
                && !self.logins.contains(login)
            {
                return Err("it belongs to a login that is not in the file; add its line before");
            }
        }
        Ok(())
    }

    /// Adds the rows that wait, each after those of the table that it refers to.
    async fn add_waiting(&mut self, tx: &mut Transaction) -> Result<(), TransferError> {
        let Some(Waiting { record, rows, .. }) = self.waiting.take() else { return Ok(()) };
        let schema = record.schema();
        let rows = self.without_kept(tx, schema, rows).await?;
        let circle = TransferError::Circle { table: schema.table };
        let rows = referred_first(schema, rows).ok_or(circle)?;
        let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        for rows in rows.chunks(PageSize::MAX.get() as usize) {
            tx.load_rows(schema, rows.to_vec()).await?;
        }
        if count > 0 {
            *self.report.added.entry(schema.table.to_owned()).or_default() += count;
        }
        Ok(())
    }

    /// The rows without logins that the store has, and without what belongs to those.
    async fn without_kept(
        &mut self,
        tx: &mut Transaction,
        schema: &'static Schema,
        rows: Vec<Row>,
    ) -> Result<Vec<Row>, StoreError> {
        if schema.ownership == Ownership::Tenant || schema.table == Tenant::TABLE {
            return Ok(rows);
        }
        let mut new = Vec::with_capacity(rows.len());
        for row in rows {
            let login = match schema.value(&row, "user_id") {
                Value::Uuid(user) => *user,
                _ => row.id(),
            };
            let is_login = schema.position("user_id").is_none();
            if is_login && !tx.all_rows(Select::by_id(schema, login)).await?.is_empty() {
                self.kept.insert(login);
                self.report.logins_kept += 1;
            }
            if !self.kept.contains(&login) {
                new.push(row);
            }
        }
        Ok(new)
    }
}
