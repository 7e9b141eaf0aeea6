//! The tables that the host asked for.
use std::collections::HashMap;

use lms_store::{Column, RecordType, Schema};

/// The tables of a store, and which of them refer to which.
#[derive(Debug)]
pub(crate) struct Registry {
    tables: Vec<&'static Schema>,
    by_name: HashMap<&'static str, &'static Schema>,
    referring: HashMap<&'static str, Vec<(&'static Schema, &'static Column)>>,
}

impl Registry {
    pub(crate) fn of(types: &[RecordType]) -> Self {
        let mut tables: Vec<&'static Schema> = Vec::with_capacity(types.len());
        let mut by_name = HashMap::new();
        for schema in types.iter().map(RecordType::schema) {
            if by_name.insert(schema.table, schema).is_none() {
                tables.push(schema);
            }
        }
        let mut referring: HashMap<_, Vec<_>> = HashMap::new();
        for schema in &tables {
            for column in references(schema) {
                if let Some(parent) = column.references {
                    referring.entry(parent).or_default().push((*schema, column));
                }
            }
        }
        Self { tables, by_name, referring }
    }

    pub(crate) fn tables(&self) -> &[&'static Schema] {
        &self.tables
    }

    pub(crate) fn table(&self, name: &str) -> Option<&'static Schema> {
        self.by_name.get(name).copied()
    }

    /// The columns that hold ids of that table's rows.
    pub(crate) fn referring(&self, table: &str) -> &[(&'static Schema, &'static Column)] {
        self.referring.get(table).map_or(&[], Vec::as_slice)
    }
}

/// The columns that hold another record's id.
pub(crate) fn references(schema: &Schema) -> impl Iterator<Item = &Column> {
    schema.columns.iter().filter(|it| it.name != Schema::ID && it.references.is_some())
}
