//! Reading the rows that are a person's.
use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use crate::{Belonging, PersonalTable, personal_tables};
use lms_store::{Expr, Op, PageSize, Row, Schema, Select, StoreError, Transaction, Value};

/// Reads the rows that are a person's, table by table.
pub(super) struct PersonRows {
    member: Uuid,
    /// The tables that others are parts of.
    wholes: BTreeSet<&'static str>,
    /// The ids of the rows found so far, in the tables that others are parts of.
    found: HashMap<&'static str, Vec<Uuid>>,
}

impl PersonRows {
    /// What is to be read, in an order in which parts come after what they are parts of.
    pub(super) fn of(member: Uuid) -> (Self, Vec<PersonalTable>) {
        let tables = personal_tables(&crate::registry::record_types());
        let wholes = tables.iter().filter_map(|it| match it.belonging {
            Belonging::PartOf { table, .. } => Some(table),
            Belonging::Itself | Belonging::Named(_) | Belonging::Nobodys => None,
        });
        (Self { member, wholes: wholes.collect(), found: HashMap::new() }, tables)
    }

    /// The person's rows in a table, deleted ones included.
    pub(super) async fn in_table(
        &mut self,
        tx: &mut Transaction,
        table: &PersonalTable,
    ) -> Result<Vec<Row>, StoreError> {
        let schema = table.schema();
        let mut rows = Vec::new();
        for filter in self.filters(&table.belonging) {
            rows.extend(tx.all_rows(Select { filter: Some(filter), ..Select::all(schema) }).await?);
        }
        if self.wholes.contains(schema.table) {
            self.found.insert(schema.table, rows.iter().map(Row::id).collect());
        }
        Ok(rows)
    }

    /// Whether reading the table changes what is found in others.
    pub(super) fn is_whole(&self, schema: &Schema) -> bool {
        self.wholes.contains(schema.table)
    }

    fn filters(&self, belonging: &Belonging) -> Vec<Expr> {
        let named = |column| Expr::Compare(column, Op::Eq, Value::Uuid(self.member));
        match belonging {
            Belonging::Itself => vec![named(Schema::ID)],
            Belonging::Named(columns) => {
                vec![Expr::Any(columns.iter().map(|it| named(it)).collect())]
            }
            Belonging::PartOf { column, table } => {
                let ids = self.found.get(table).map_or(&[][..], Vec::as_slice);
                let one_of = |ids: &[Uuid]| {
                    Expr::In(column, ids.iter().map(|it| Value::Uuid(*it)).collect())
                };
                ids.chunks(PageSize::MAX.get() as usize).map(one_of).collect()
            }
            Belonging::Nobodys => Vec::new(),
        }
    }
}
