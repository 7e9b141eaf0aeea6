//! Reading the rows of a person.
use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use crate::{Belonging, PersonalTable, personal_tables};
use lms_people::identity::{Invite, Membership};
use lms_store::{
    Expr, Op, PageSize, Record as _, Row, Schema, Select, StoreError, Transaction, Value,
};

/// Reads the rows that are a person's, table by table.
pub(super) struct PersonRows {
    member: Uuid,
    /// The person's address, by which an invitation names them.
    address: Option<String>,
    /// The tables that others are parts of.
    wholes: BTreeSet<&'static str>,
    /// The ids of the rows found so far, in the tables that others are parts of.
    found: HashMap<&'static str, Vec<Uuid>>,
}

impl PersonRows {
    /// What is to be read, in an order in which parts come after what they are parts of.
    pub(super) fn of(member: &Membership) -> (Self, Vec<PersonalTable>) {
        let tables = personal_tables(&crate::registry::record_types());
        let wholes = tables.iter().filter_map(|it| match it.belonging {
            Belonging::PartOf { table, .. } => Some(table),
            Belonging::Itself | Belonging::Named(_) | Belonging::Nobodys => None,
        });
        let person = Self {
            member: member.id.uuid(),
            address: member.email.as_ref().map(ToString::to_string),
            wholes: wholes.collect(),
            found: HashMap::new(),
        };
        (person, tables)
    }

    /// The person's rows in a table, deleted ones included.
    pub(super) async fn in_table(
        &mut self,
        tx: &mut Transaction,
        table: &PersonalTable,
    ) -> Result<Vec<Row>, StoreError> {
        let schema = table.schema();
        let mut rows = Vec::new();
        for filter in self.filters(schema, &table.belonging) {
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

    fn filters(&self, schema: &Schema, belonging: &Belonging) -> Vec<Expr> {
        let named = |column| Expr::Compare(column, Op::Eq, Value::Uuid(self.member));
        match belonging {
            Belonging::Itself => vec![named(Schema::ID)],
            Belonging::Named(columns) => {
                let mut any: Vec<_> = columns.iter().map(|it| named(it)).collect();
                if let (Invite::TABLE, Some(address)) = (schema.table, &self.address) {
                    let address = Value::Text(address.clone());
                    let to_them = Expr::Compare(Invite::EMAIL.name(), Op::Eq, address);
                    let of_no_other = Expr::IsNull(Invite::MEMBER_ID.name());
                    any.push(Expr::All(vec![to_them, of_no_other]));
                }
                vec![Expr::Any(any)]
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
