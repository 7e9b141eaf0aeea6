//! Rows of any table, for the few services that treat every record alike: retention, erasure,
//! export and import. They keep the rules of the typed API: the scope, the version, the audit
//! trail and what a column accepts.
use tracing::Instrument as _;
use uuid::Uuid;

use super::{
    Transaction,
    untyped::{check_owner, statement},
};
use crate::{
    audit::Action,
    {Cursor, Row, Schema, Select, StoreError, Value},
};
use lms_kernel::Version;

impl Transaction {
    /// A page of the rows that match, deleted ones included, and where the next page starts.
    #[doc(hidden)]
    pub async fn rows(
        &mut self,
        select: &Select,
    ) -> Result<(Vec<Row>, Option<Cursor>), StoreError> {
        self.fetch_page(select).await
    }

    /// Every row that matches, page by page, deleted ones included.
    #[doc(hidden)]
    pub async fn all_rows(&mut self, mut select: Select) -> Result<Vec<Row>, StoreError> {
        let mut found = Vec::new();
        loop {
            let (rows, next) = self.fetch_page(&select).await?;
            found.extend(rows);
            match next {
                None => return Ok(found),
                after => select.after = after,
            }
        }
    }

    /// How many rows match, deleted ones included.
    #[doc(hidden)]
    pub async fn count_rows(&mut self, select: &Select) -> Result<u64, StoreError> {
        self.count_selected(select).await
    }

    /// Adds rows that were records elsewhere. The trail says nothing: it comes along with them.
    #[doc(hidden)]
    pub async fn load_rows(
        &mut self,
        schema: &'static Schema,
        rows: Vec<Row>,
    ) -> Result<(), StoreError> {
        self.live()?;
        self.check(schema, &rows)?;
        let span = statement("insert", schema.table);
        let done = self.inner.insert(schema, rows).instrument(span).await;
        self.poison(done)
    }

    /// Replaces a row by one that says less, and bumps its version. The trail names the columns
    /// and keeps nothing of what they held.
    #[doc(hidden)]
    pub async fn redact_row(
        &mut self,
        schema: &'static Schema,
        mut row: Row,
        columns: &[&'static str],
    ) -> Result<(), StoreError> {
        self.live()?;
        let id = row.id();
        row.set(schema, "version", Value::Int(schema.version(&row).next().get()));
        row.set(schema, "updated_at", Value::Time(self.frame.cx.now()));
        let by = self.frame.cx.actor_id().map_or(Value::Null, |it| Value::Uuid(it.uuid()));
        row.set(schema, "updated_by", by);
        self.check(schema, std::slice::from_ref(&row))?;
        self.seen.remove(&(schema.table, id));
        self.known.remove(&(schema.table, id));
        let span = statement("update", schema.table);
        let done = self.inner.update(schema, vec![row]).instrument(span).await;
        self.poison(done)?;
        if schema.audited {
            self.note(Action::Erase, schema, id, serde_json::json!({ "columns": columns }));
        }
        Ok(())
    }

    /// Removes a row for good. What still refers to it must go first.
    #[doc(hidden)]
    pub async fn purge_row(
        &mut self,
        schema: &'static Schema,
        row: &Row,
    ) -> Result<(), StoreError> {
        self.live()?;
        // What the row holds is not checked: a value that no backend takes any more goes as well.
        let allowed = self.may_write(schema).and_then(|()| check_owner(self.scope, schema, row));
        self.poison(allowed)?;
        let (id, version): (Uuid, Version) = (row.id(), schema.version(row));
        self.known.remove(&(schema.table, id));
        let span = statement("delete", schema.table);
        let done = self.inner.delete(schema, id, version).instrument(span).await;
        self.poison(done)?;
        if schema.audited {
            self.note(Action::Purge, schema, id, serde_json::Value::Null);
        }
        Ok(())
    }
}
