//! The work of a transaction on its connection, where it may block.
use lms_kernel::{Scope, Version};
use lms_store::{Expr, Row, Schema, Select, StoreError};
use rusqlite::{Connection, params_from_iter};
use uuid::Uuid;

use crate::{
    codec,
    error::{defect, other, statement_error},
    explain::Written,
    registry::{Registry, references},
    scope::{Access, Reach, owner_of, require_own},
    sql::{self, Statement},
};

/// A connection inside a transaction that is opened for one scope.
pub(crate) struct Session<'c> {
    pub(crate) db: &'c Connection,
    pub(crate) registry: &'c Registry,
    pub(crate) scope: Scope,
}

impl Session<'_> {
    /// The rows of that table. One that the scope does not reach is an error, and is not handed
    /// out: it can only come from a statement that is wrong.
    pub(crate) fn rows(
        &self,
        schema: &'static Schema,
        statement: &Statement,
    ) -> Result<Vec<Row>, StoreError> {
        let failed = |error| statement_error(schema, error);
        let reach = Reach::of(schema, self.scope, Access::Read);
        let mut prepared = self.db.prepare_cached(&statement.text).map_err(failed)?;
        let mut found = prepared.query(params_from_iter(&statement.values)).map_err(failed)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(failed)? {
            let row = codec::read(schema, row)?;
            if !reach.includes(schema, &row) {
                let table = schema.table;
                return Err(defect(format!("a row of `{table}` is outside the scope")));
            }
            rows.push(row);
        }
        Ok(rows)
    }

    pub(crate) fn number(
        &self,
        schema: &'static Schema,
        statement: &Statement,
    ) -> Result<u64, StoreError> {
        let failed = |error| statement_error(schema, error);
        let mut prepared = self.db.prepare_cached(&statement.text).map_err(failed)?;
        let read = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        let count = prepared.query_row(params_from_iter(&statement.values), read);
        count.map(i64::unsigned_abs).map_err(failed)
    }

    /// How many rows it wrote.
    pub(crate) fn execute(
        &self,
        schema: &'static Schema,
        statement: &Statement,
    ) -> Result<usize, StoreError> {
        let failed = |error| statement_error(schema, error);
        let mut prepared = self.db.prepare_cached(&statement.text).map_err(failed)?;
        prepared.execute(params_from_iter(&statement.values)).map_err(failed)
    }

    pub(crate) fn insert(&self, schema: &'static Schema, rows: &[Row]) -> Result<(), StoreError> {
        require_own(schema, rows, self.scope)?;
        self.together(schema, rows, |row| {
            self.add(schema, row)?;
            Ok(Some(row.id()))
        })
    }

    /// Adds one row.
    pub(crate) fn add(&self, schema: &'static Schema, row: &Row) -> Result<(), StoreError> {
        let done = self.execute(schema, &sql::insert(schema, row)?);
        done.map(|_| ()).map_err(|error| self.explained(schema, (row, Written::New), error))
    }

    /// Applies a statement to each row of one call, and reports which row it wrote. Where rows of
    /// the table refer to each other, those references must hold when all is done, and not before.
    pub(crate) fn together(
        &self,
        schema: &'static Schema,
        rows: &[Row],
        mut each: impl FnMut(&Row) -> Result<Option<Uuid>, StoreError>,
    ) -> Result<(), StoreError> {
        let own = |it: &lms_store::Column| it.references == Some(schema.table);
        if rows.len() < 2 || !references(schema).any(own) {
            return rows.iter().try_for_each(|row| each(row).map(drop));
        }
        let defer = |on: bool| self.db.pragma_update(None, "defer_foreign_keys", on).map_err(other);
        // References that are checked at the end of the transaction are not told by name, so they
        // are looked up here, and the engine is told to forget that it found some missing.
        defer(true)?;
        let mut written = Vec::with_capacity(rows.len());
        for row in rows {
            written.extend(each(row)?.map(|id| (id, row)));
        }
        for (id, row) in written {
            let there = self.as_owner(schema, row, &Select::by_id(schema, id))?;
            let Some(there) = there else { continue };
            if let Some(column) = self.missing_reference(schema, &there)? {
                let columns = vec![column];
                return Err(StoreError::BrokenReference { table: schema.table, columns });
            }
        }
        defer(false)
    }

    pub(crate) fn update(&self, schema: &'static Schema, rows: &[Row]) -> Result<(), StoreError> {
        rows.iter().try_for_each(|row| self.update_one(schema, row))
    }

    fn update_one(&self, schema: &'static Schema, row: &Row) -> Result<(), StoreError> {
        let (table, id) = (schema.table, row.id());
        if require_own(schema, std::slice::from_ref(row), self.scope).is_err() {
            return Err(StoreError::NotFound { table, id });
        }
        let done = self.execute(schema, &sql::update(schema, row)?);
        let explained = |error| self.explained(schema, (row, Written::Replacing), error);
        match done.map_err(explained)? {
            0 => Err(self.not_written(schema, id, owner_of(schema, row))?),
            _ => Ok(()),
        }
    }

    pub(crate) fn delete(
        &self,
        schema: &'static Schema,
        id: Uuid,
        expected: Version,
    ) -> Result<(), StoreError> {
        let done = self.execute(schema, &sql::delete(schema, id, expected, self.scope)?);
        match done {
            Ok(0) => Err(self.not_written(schema, id, self.scope)?),
            Ok(_) => Ok(()),
            Err(StoreError::BrokenReference { .. }) => Err(self.still_referred(schema, id)?),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn delete_where(
        &self,
        schema: &'static Schema,
        filter: &Expr,
    ) -> Result<u64, StoreError> {
        let done = self.execute(schema, &sql::delete_where(schema, filter, self.scope)?)?;
        Ok(u64::try_from(done).unwrap_or(u64::MAX))
    }

    /// Why a row with that id was not written: it is gone, or has another version.
    fn not_written(
        &self,
        schema: &'static Schema,
        id: Uuid,
        scope: Scope,
    ) -> Result<StoreError, StoreError> {
        let table = schema.table;
        let writable = Reach::of(schema, scope, Access::Write) != Reach::None;
        let there = writable && self.is_there(schema, id, scope)?;
        Ok(if there {
            StoreError::Conflict { table, id }
        } else {
            StoreError::NotFound { table, id }
        })
    }
}

#[cfg(test)]
mod tests {
    use lms_kernel::{Actor, Context, SequentialIds, TenantId, Timestamp};
    use lms_store::{IdempotencyRecord, LogStamp, Record as _, RecordType};

    use super::*;
    use crate::ddl;

    fn row(tenant: TenantId) -> Row {
        let ids = std::sync::Arc::new(SequentialIds::starting_at(1));
        let cx = Context::new(tenant, Actor::system("test"), Timestamp::EPOCH, ids);
        let record = IdempotencyRecord {
            id: cx.id(),
            stamp: LogStamp::new(&cx),
            key: "key".to_owned(),
            fingerprint: "same".to_owned(),
            answer: None,
            expires_at: cx.now(),
        };
        record.to_row()
    }

    /// The first guard is taken away: the statement asks for everyone's rows.
    #[test]
    fn a_row_of_somebody_else_is_not_handed_out_whatever_was_asked() {
        let schema = IdempotencyRecord::schema();
        let registry = Registry::of(&[RecordType::of::<IdempotencyRecord>()]);
        let db = Connection::open_in_memory().unwrap();
        crate::functions::install(&db).unwrap();
        db.execute_batch(&ddl::table(schema, &registry).sql()).unwrap();
        let [ours, theirs] = [1, 2].map(|it| TenantId::from_uuid(Uuid::from_u128(it)));
        let session = |scope| Session { db: &db, registry: &registry, scope };
        session(Scope::Tenant(ours)).insert(schema, &[row(ours)]).unwrap();
        let all = sql::select(&Select::all(schema), Scope::AllTenants).unwrap();
        let seen = |scope| session(scope).rows(schema, &all);
        assert_eq!(seen(Scope::Tenant(ours)).unwrap(), [row(ours)]);
        session(Scope::Tenant(theirs)).insert(schema, &[row(theirs)]).unwrap();
        for scope in [Scope::Tenant(ours), Scope::TenantAndPlatform(ours), Scope::Platform] {
            let said = seen(scope).unwrap_err();
            assert!(matches!(said, StoreError::Backend { .. }), "{scope:?} {said:?}");
        }
        assert_eq!(seen(Scope::AllTenants).unwrap().len(), 2);
        let smuggled = session(Scope::Tenant(ours)).insert(schema, &[row(theirs)]);
        assert!(matches!(smuggled, Err(StoreError::OutOfScope { .. })), "{smuggled:?}");
    }
}
