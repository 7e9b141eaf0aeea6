//! Which unique and which reference a refused write broke. SQLite does not say of a reference,
//! and of two broken uniques names either; the answer is the same here as on every backend.
use lms_kernel::Scope;
use lms_store::{Condition, Expr, Op, Ownership, Row, Schema, Select, StoreError, Unique, Value};
use uuid::Uuid;

use crate::{registry::references, scope::owner_of, session::Session, sql};

/// The write that was attempted on a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    New,
    Replacing,
}

impl Session<'_> {
    /// The error for a row that was refused, with its columns.
    pub(crate) fn explained(
        &self,
        schema: &'static Schema,
        (row, written): (&Row, Written),
        error: StoreError,
    ) -> StoreError {
        let table = schema.table;
        let found = match error {
            StoreError::Duplicate { .. } => self
                .repeated(schema, row, written)
                .map(|columns| StoreError::Duplicate { table, columns }),
            StoreError::BrokenReference { .. } => {
                self.missing_reference(schema, row).map(|column| StoreError::BrokenReference {
                    table,
                    columns: column.into_iter().collect(),
                })
            }
            other => return other,
        };
        found.unwrap_or_else(|error| error)
    }

    /// The columns in which the row repeats another: the id of a row that was to be added, or
    /// else those of the first unique in the order in which they are declared.
    fn repeated(
        &self,
        schema: &'static Schema,
        row: &Row,
        written: Written,
    ) -> Result<Vec<&'static str>, StoreError> {
        if written == Written::New && self.is_there(schema, row.id(), owner_of(schema, row))? {
            return Ok(vec![Schema::ID]);
        }
        for unique in schema.uniques.iter().filter(|it| speaks_of(schema, it, row)) {
            if self.holder(schema, unique, row)?.is_some_and(|it| it.id() != row.id()) {
                return Ok(unique.columns.to_vec());
            }
        }
        Ok(Vec::new())
    }

    /// The row that a unique says is the same as `row`, as the row's owner sees it.
    pub(crate) fn holder(
        &self,
        schema: &'static Schema,
        unique: &Unique,
        row: &Row,
    ) -> Result<Option<Row>, StoreError> {
        let equal = |it: &&'static str| Expr::Compare(it, Op::Eq, schema.value(row, it).clone());
        let mut parts: Vec<Expr> = unique.columns.iter().map(equal).collect();
        if schema.deleted_position().is_some() && !unique.reserved_when_deleted {
            parts.push(Expr::IsNull("deleted_at"));
        }
        match unique.when {
            None => {}
            Some(Condition::IsNull(column)) => parts.push(Expr::IsNull(column)),
            Some(Condition::OneOf(column, allowed)) => {
                let allowed = allowed.iter().map(|it| Value::Text((*it).to_owned())).collect();
                parts.push(Expr::In(column, allowed));
            }
        }
        let select = Select { filter: Some(Expr::All(parts)), limit: 1, ..Select::all(schema) };
        self.as_owner(schema, row, &select)
    }

    /// The first row that a question finds among those of the row's owner.
    pub(crate) fn as_owner(
        &self,
        schema: &'static Schema,
        row: &Row,
        select: &Select,
    ) -> Result<Option<Row>, StoreError> {
        let scope = owner_of(schema, row);
        let found = Session { scope, ..*self }.rows(schema, &sql::select(select, scope)?)?;
        Ok(found.into_iter().next())
    }

    pub(crate) fn is_there(
        &self,
        schema: &'static Schema,
        id: Uuid,
        scope: Scope,
    ) -> Result<bool, StoreError> {
        let count = sql::count(&Select::by_id(schema, id), scope)?;
        Ok(self.number(schema, &count)? > 0)
    }

    /// The first column that refers to a row that is not there.
    pub(crate) fn missing_reference(
        &self,
        schema: &'static Schema,
        row: &Row,
    ) -> Result<Option<&'static str>, StoreError> {
        for column in references(schema) {
            let Value::Uuid(id) = schema.value(row, column.name) else { continue };
            let parent = column.references.and_then(|it| self.registry.table(it));
            let Some(parent) = parent else { continue };
            let scope = match (parent.ownership, schema.ownership) {
                (Ownership::Platform, _) => Scope::Platform,
                (Ownership::Tenant, Ownership::Tenant) => owner_of(schema, row),
                (Ownership::Tenant, Ownership::Platform) => Scope::AllTenants,
            };
            if !self.is_there(parent, *id, scope)? {
                return Ok(schema.column(column.name).map(|it| it.name));
            }
        }
        Ok(None)
    }

    /// The error for a row that others refer to.
    pub(crate) fn still_referred(
        &self,
        schema: &'static Schema,
        id: Uuid,
    ) -> Result<StoreError, StoreError> {
        for (child, column) in self.registry.referring(schema.table) {
            let scope = match (schema.ownership, child.ownership) {
                (Ownership::Tenant, Ownership::Tenant) => self.scope,
                _ => Scope::AllTenants,
            };
            let refers = Expr::Compare(column.name, Op::Eq, Value::Uuid(id));
            let select = Select { filter: Some(refers), ..Select::all(child) };
            if self.number(child, &sql::count(&select, scope)?)? > 0 {
                let columns = vec![column.name];
                return Ok(StoreError::BrokenReference { table: child.table, columns });
            }
        }
        let columns = Vec::new();
        Ok(StoreError::BrokenReference { table: schema.table, columns })
    }
}

/// Whether the unique speaks of this row. Nulls never clash.
pub(crate) fn speaks_of(schema: &Schema, unique: &Unique, row: &Row) -> bool {
    let deleted = schema.deleted_position().is_some() && !schema.value(row, "deleted_at").is_null();
    let within = match unique.when {
        None => true,
        Some(Condition::IsNull(column)) => schema.value(row, column).is_null(),
        Some(Condition::OneOf(column, texts)) => match schema.value(row, column) {
            Value::Text(text) => texts.contains(&text.as_str()),
            _ => false,
        },
    };
    within
        && (unique.reserved_when_deleted || !deleted)
        && unique.columns.iter().all(|it| !schema.value(row, it).is_null())
}
