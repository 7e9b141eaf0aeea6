//! What a table needs beside its columns: indexes, uniques and references by position.
use lms_store::{Condition, Ownership, Row, Schema, Unique, Value};
use uuid::Uuid;

use crate::key::values_at;

/// A table's indexes, uniques and references, worked out once from its schema.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) schema: &'static Schema,
    /// The positions of each index's columns.
    pub(crate) indexes: Vec<Vec<usize>>,
    pub(crate) uniques: Vec<UniqueRule>,
    pub(crate) references: Vec<Reference>,
}

/// Columns that must not repeat, and the index that tells.
#[derive(Debug)]
pub(crate) struct UniqueRule {
    pub(crate) rule: Unique,
    pub(crate) columns: Vec<usize>,
    /// Its first columns are this rule's.
    pub(crate) index: usize,
    deleted: Option<usize>,
    when: Option<(usize, Condition)>,
}

/// A column that holds the id of a row of another table.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) column: usize,
    pub(crate) name: &'static str,
    pub(crate) parent: &'static str,
    /// Its first column is this one.
    pub(crate) index: usize,
}

/// The owner of a table's rows that the platform owns.
pub(crate) const PLATFORM: Uuid = Uuid::nil();

impl Shape {
    pub(crate) fn of(schema: &'static Schema) -> Self {
        let at = |columns: &[&'static str]| -> Vec<usize> {
            columns.iter().filter_map(|it| schema.position(it)).collect()
        };
        let own = schema.tenant_position().filter(|_| schema.ownership == Ownership::Platform);
        // The first column is the row's own id.
        let referring = schema.columns.iter().enumerate().skip(1);
        let referring: Vec<_> = referring
            .filter_map(|(at, column)| Some((at, column.name, column.references?)))
            .collect();
        let wanted = (schema.uniques.iter().map(|it| at(it.columns)))
            .chain(schema.indexes.iter().map(|it| at(it.columns)))
            .chain(referring.iter().map(|(at, ..)| vec![*at]))
            .chain(own.filter(|it| *it != 0).map(|it| vec![it]));
        let indexes = without_prefixes(wanted.collect());
        let led_by = |columns: &[usize]| {
            indexes.iter().position(|it| it.starts_with(columns)).unwrap_or(usize::MAX)
        };
        let uniques = schema.uniques.iter().map(|rule| {
            let columns = at(rule.columns);
            let when = rule.when.and_then(|it| match it {
                Condition::OneOf(column, _) | Condition::IsNull(column) => {
                    Some((schema.position(column)?, it))
                }
            });
            let index = led_by(&columns);
            UniqueRule { rule: *rule, columns, index, deleted: schema.deleted_position(), when }
        });
        let references = referring.iter().map(|(column, name, parent)| {
            let index = led_by(&[*column]);
            Reference { column: *column, name, parent, index }
        });
        Self { schema, uniques: uniques.collect(), references: references.collect(), indexes }
    }

    /// An index that starts with these columns.
    pub(crate) fn led_by(&self, columns: &[usize]) -> Option<usize> {
        self.indexes.iter().position(|it| it.starts_with(columns))
    }
}

/// Which partition a row belongs to; none for a tenant's row that names no tenant.
pub(crate) fn owner_of(schema: &Schema, row: &Row) -> Option<Uuid> {
    match schema.ownership {
        Ownership::Platform => Some(PLATFORM),
        Ownership::Tenant => schema.owner(row).map(|it| it.uuid()),
    }
}

impl UniqueRule {
    /// Whether the rule speaks of this row. Nulls never clash.
    pub(crate) fn speaks_of(&self, row: &Row) -> bool {
        let value = |at: usize| row.0.get(at).unwrap_or(&Value::Null);
        let deleted = self.deleted.is_some_and(|at| !value(at).is_null());
        let within = match self.when {
            None => true,
            Some((at, Condition::IsNull(_))) => value(at).is_null(),
            Some((at, Condition::OneOf(_, texts))) => match value(at) {
                Value::Text(text) => texts.contains(&text.as_str()),
                _ => false,
            },
        };
        within
            && (self.rule.reserved_when_deleted || !deleted)
            && self.columns.iter().all(|at| !value(*at).is_null())
    }

    /// What two rows that clash have in common, as the start of an index key.
    pub(crate) fn key(&self, row: &Row) -> Vec<u8> {
        values_at(row, &self.columns)
    }

    /// Whether these are the rule's columns, in any order.
    pub(crate) fn is_over(&self, columns: &[&str]) -> bool {
        columns.len() == self.rule.columns.len()
            && columns.iter().all(|it| self.rule.columns.contains(it))
    }
}

/// Leaves out an index that is only the start of another.
fn without_prefixes(mut wanted: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    wanted.sort();
    wanted.dedup();
    let mut kept: Vec<Vec<usize>> = Vec::with_capacity(wanted.len());
    // Sorted, a start comes right before what it is the start of.
    for columns in wanted {
        match kept.last_mut() {
            Some(last) if columns.starts_with(last) => *last = columns,
            _ => kept.push(columns),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_is_the_start_of_another_is_left_out() {
        let wanted = vec![vec![3], vec![1], vec![1, 2], vec![2, 1], vec![1, 2], vec![]];
        assert_eq!(without_prefixes(wanted), [vec![1, 2], vec![2, 1], vec![3]]);
    }
}
