//! A statement while it is written.
use std::rc::Rc;

use lms_kernel::Scope;
use lms_store::{Column, Schema, StoreError, Value};
use rusqlite::{
    ToSql,
    types::{ToSqlOutput, Value as Stored},
};

use crate::{
    codec,
    error::defect,
    scope::{Access, Reach},
};

/// A value that travels beside the text.
#[derive(Clone, Debug)]
pub(crate) enum Bound {
    One(Stored),
    /// A list of any length, as a table.
    Many(Vec<Stored>),
}

impl ToSql for Bound {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::One(value) => value.to_sql(),
            Self::Many(values) => {
                let list: rusqlite::vtab::array::Array = Rc::new(values.clone());
                Ok(ToSqlOutput::from_rc(list, c"rarray"))
            }
        }
    }
}

/// A statement that says of every table whose rows it reaches.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) values: Vec<Bound>,
}

/// A table that a statement names, and whether the statement says whose rows.
#[derive(Debug)]
struct Named {
    alias: &'static str,
    schema: &'static Schema,
    owned: bool,
}

/// A statement while it is written.
#[derive(Debug)]
pub(crate) struct Sql {
    text: String,
    values: Vec<Bound>,
    scope: Scope,
    access: Access,
    tables: Vec<Named>,
}

impl Sql {
    pub(crate) fn new(scope: Scope, access: Access) -> Self {
        let text = String::with_capacity(512);
        Self { text, values: Vec::new(), scope, access, tables: Vec::new() }
    }

    /// The finished statement.
    ///
    /// INVARIANT: no statement leaves that names a table and does not say whose rows of it, except
    /// where the scope is all of them.
    pub(crate) fn finish(self) -> Result<Statement, StoreError> {
        let open = self
            .tables
            .iter()
            .find(|it| !it.owned && Reach::of(it.schema, self.scope, self.access) != Reach::All);
        match open {
            None => Ok(Statement { text: self.text, values: self.values }),
            Some(it) => Err(defect(format!(
                "a statement names `{}` and not whose rows; it was not sent",
                it.schema.table
            ))),
        }
    }

    /// A fixed fragment.
    pub(crate) fn text(&mut self, text: &'static str) {
        self.text.push_str(text);
    }

    /// A number of our own.
    pub(crate) fn number(&mut self, number: u32) {
        self.text.push_str(&number.to_string());
    }

    fn quoted(&mut self, name: &str) {
        self.text.push('"');
        self.text.push_str(name);
        self.text.push('"');
    }

    /// A table under an alias, whose owner is to be named.
    pub(crate) fn table(&mut self, schema: &'static Schema, alias: &'static str) {
        self.quoted(schema.table);
        self.text.push_str(" AS ");
        self.text.push_str(alias);
        self.tables.push(Named { alias, schema, owned: false });
    }

    /// A table that rows are added to, which themselves say whose they are.
    pub(crate) fn table_of_rows(&mut self, schema: &'static Schema) {
        self.quoted(schema.table);
        self.tables.push(Named { alias: "", schema, owned: true });
    }

    /// A column of the table under that alias.
    pub(crate) fn column(&mut self, alias: &'static str, name: &'static str) {
        self.text.push_str(alias);
        self.text.push('.');
        self.quoted(name);
    }

    /// A column by its name alone.
    pub(crate) fn bare(&mut self, name: &'static str) {
        self.quoted(name);
    }

    /// All columns of a table, each behind the alias if there is one.
    pub(crate) fn columns(&mut self, schema: &'static Schema, alias: Option<&'static str>) {
        for (at, column) in schema.columns.iter().enumerate() {
            if at > 0 {
                self.text.push_str(", ");
            }
            match alias {
                Some(alias) => self.column(alias, column.name),
                None => self.bare(column.name),
            }
        }
    }

    /// A value.
    pub(crate) fn bind(&mut self, value: &Value) {
        self.bind_stored(codec::store(value));
    }

    pub(crate) fn bind_stored(&mut self, value: Stored) {
        self.text.push('?');
        self.values.push(Bound::One(value));
    }

    /// A list of values, as a table of one column.
    pub(crate) fn bind_list(&mut self, values: &[Value]) {
        self.text.push_str("(SELECT value FROM rarray(?))");
        self.values.push(Bound::Many(values.iter().map(codec::store).collect()));
    }

    /// The condition that says whose rows of the table that was last named so. Two semi-joins of
    /// one statement each have their own.
    pub(crate) fn owner(&mut self, alias: &'static str) {
        let Some(named) = self.tables.iter_mut().rev().find(|it| it.alias == alias) else {
            return self.text("0");
        };
        named.owned = true;
        match Reach::of(named.schema, self.scope, self.access) {
            Reach::All => self.text("1"),
            Reach::None => self.text("0"),
            Reach::Own(column, tenant) => {
                self.column(alias, column);
                self.text(" = ");
                self.bind(&Value::Uuid(tenant.uuid()));
            }
        }
    }
}

/// The column of that name; an error where there is none, because names reach the text.
pub(crate) fn column(schema: &'static Schema, name: &str) -> Result<&'static Column, StoreError> {
    schema
        .column(name)
        .ok_or(StoreError::InvalidQuery { table: schema.table, reason: "there is no such column" })
}

#[cfg(test)]
mod tests {
    use lms_kernel::TenantId;
    use lms_store::{IdempotencyRecord, Record as _};

    use super::*;

    fn naming(scope: Scope, owned: &[bool]) -> Result<Statement, StoreError> {
        let mut sql = Sql::new(scope, Access::Read);
        for (alias, is_owned) in ["t", "r"].into_iter().zip(owned) {
            sql.table(IdempotencyRecord::schema(), alias);
            if *is_owned {
                sql.owner(alias);
            }
        }
        sql.finish()
    }

    #[test]
    fn a_statement_says_of_every_table_whose_rows_or_is_not_sent() {
        let tenant = Scope::Tenant(TenantId::SINGLE);
        for scope in [tenant, Scope::Platform, Scope::TenantAndPlatform(TenantId::SINGLE)] {
            assert!(naming(scope, &[true, true]).is_ok(), "{scope:?}");
            for owned in [&[false][..], &[false, true], &[true, false]] {
                let said = naming(scope, owned).unwrap_err();
                assert!(matches!(said, StoreError::Backend { .. }), "{said:?}");
            }
        }
        assert!(naming(Scope::AllTenants, &[false, false]).is_ok());
    }

    #[test]
    fn each_of_two_tables_under_one_alias_is_asked_for() {
        let mut sql = Sql::new(Scope::Tenant(TenantId::SINGLE), Access::Read);
        sql.table(IdempotencyRecord::schema(), "r");
        sql.owner("r");
        sql.table(IdempotencyRecord::schema(), "r");
        assert!(sql.finish().is_err());
    }
}
