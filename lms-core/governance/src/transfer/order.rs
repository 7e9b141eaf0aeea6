//! The order in which rows can be added that refer to each other.
use std::collections::HashMap;

use uuid::Uuid;

use lms_store::{Row, Schema, Value};

/// The columns of a table that refer to the table itself.
pub(super) fn own_references(schema: &Schema) -> Vec<&'static str> {
    let own = schema.columns.iter().filter(|it| it.references == Some(schema.table));
    own.map(|it| it.name).collect()
}

/// The rows, each after those of the same table that it refers to; none if they refer to each
/// other in a circle. A reference to a row that is not among them is left to the store.
pub(super) fn referred_first(schema: &Schema, rows: Vec<Row>) -> Option<Vec<Row>> {
    let columns = own_references(schema);
    if columns.is_empty() {
        return Some(rows);
    }
    let at: HashMap<Uuid, usize> =
        rows.iter().enumerate().map(|(at, row)| (row.id(), at)).collect();
    let referred = |row: &Row| -> Vec<usize> {
        let ids = columns.iter().filter_map(|it| match schema.value(row, it) {
            Value::Uuid(id) => at.get(id).copied(),
            _ => None,
        });
        ids.collect()
    };
    let mut waits: Vec<usize> = Vec::with_capacity(rows.len());
    let mut waited_for: Vec<Vec<usize>> = vec![Vec::new(); rows.len()];
    for (at, row) in rows.iter().enumerate() {
        let referred = referred(row);
        waits.push(referred.len());
        for it in referred {
            waited_for.get_mut(it)?.push(at);
        }
    }
    let mut free: Vec<usize> =
        waits.iter().enumerate().filter(|(_, it)| **it == 0).map(|(at, _)| at).rev().collect();
    let mut rows: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(rows.len());
    while let Some(at) = free.pop() {
        ordered.push(rows.get_mut(at)?.take()?);
        for it in waited_for.get(at)?.iter().rev() {
            let left = waits.get_mut(*it)?;
            *left -= 1;
            if *left == 0 {
                free.push(*it);
            }
        }
    }
    (ordered.len() == rows.len()).then_some(ordered)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use lms_learning::content::Category;
    use lms_store::Record as _;

    fn row(id: usize, parent: Option<usize>) -> Row {
        let schema = Category::schema();
        let uuid = |it: usize| Value::Uuid(Uuid::from_u128(it as u128 + 1));
        let mut row = Row(schema.columns.iter().map(|_| Value::Null).collect());
        row.set(schema, "id", uuid(id));
        row.set(schema, "parent_id", parent.map_or(Value::Null, uuid));
        row
    }

    #[test]
    fn a_circle_has_no_order() {
        let schema = Category::schema();
        assert_eq!(own_references(schema), ["parent_id"]);
        assert_eq!(referred_first(schema, vec![row(0, Some(1)), row(1, Some(0))]), None);
        assert_eq!(referred_first(schema, vec![row(0, Some(0))]), None);
        let outside = vec![row(0, Some(9))];
        assert_eq!(referred_first(schema, outside.clone()), Some(outside));
    }

    proptest! {
        #[test]
        fn whoever_is_referred_to_comes_first(parents in prop::collection::vec(0..20_usize, 0..20)) {
            let schema = Category::schema();
            // A tree in which parents may come after their children.
            let rows: Vec<_> = parents
                .iter()
                .enumerate()
                .map(|(at, parent)| row(at, (*parent > at).then_some(*parent)))
                .collect();
            let ordered = referred_first(schema, rows.clone()).unwrap();
            prop_assert_eq!(ordered.len(), rows.len());
            for (at, row) in ordered.iter().enumerate() {
                if let Value::Uuid(parent) = schema.value(row, "parent_id") {
                    let later = ordered.iter().skip(at).any(|it| it.id() == *parent);
                    prop_assert!(!later);
                }
            }
        }
    }
}
