//! What the rows of a store must hold: uniques and references.
use lms_store::{Ownership, Row, StoreError, Value};
use uuid::Uuid;

use crate::{
    key::{after, encode},
    shape::{PLATFORM, Shape, UniqueRule},
    tree::{Bounds, Walk},
    view::View,
};

/// The unique of `shape` that `row` would repeat, if any: its number.
pub(crate) fn clash(view: View<'_>, shape: &Shape, owner: Uuid, row: &Row) -> Option<usize> {
    let mut rules = shape.uniques.iter();
    rules.position(|rule| rule.speaks_of(row) && holder(view, shape, rule, (owner, row)).is_some())
}

/// The other row that `rule` says is the same as `row`.
pub(crate) fn holder<'v>(
    view: View<'v>,
    shape: &Shape,
    rule: &UniqueRule,
    (owner, row): (Uuid, &Row),
) -> Option<&'v Row> {
    let part = view.part(shape.schema.table, owner)?;
    let from = rule.key(row);
    let until = after(from.clone());
    let bounds = Bounds { from: Some(from.as_slice()), until: until.as_deref() };
    let id = row.id();
    let mut others = part.in_index(rule.index, bounds, Walk::Forward);
    others.find(|it| it.id() != id && rule.speaks_of(it)).map(|it| &**it)
}

/// Refuses a row that repeats another.
pub(crate) fn check_uniques(
    view: View<'_>,
    shape: &Shape,
    owner: Uuid,
    row: &Row,
) -> Result<(), StoreError> {
    match clash(view, shape, owner, row) {
        Some(number) => Err(duplicate(shape, Some(number))),
        None => Ok(()),
    }
}

/// The error for a row that repeats another in that unique, or in its id.
pub(crate) fn duplicate(shape: &Shape, unique: Option<usize>) -> StoreError {
    let rule = unique.and_then(|it| shape.uniques.get(it));
    let columns = rule.map_or_else(|| vec!["id"], |it| it.rule.columns.to_vec());
    StoreError::Duplicate { table: shape.schema.table, columns }
}

/// Refuses a row that refers to one that is not there. One that is only soft-deleted is there.
pub(crate) fn check_references(
    view: View<'_>,
    shape: &Shape,
    owner: Uuid,
    row: &Row,
) -> Result<(), StoreError> {
    for reference in &shape.references {
        let Some(Value::Uuid(id)) = row.0.get(reference.column) else { continue };
        let parent = view.shape(reference.parent);
        let found =
            parent.is_some_and(|parent| match (parent.schema.ownership, shape.schema.ownership) {
                (Ownership::Platform, _) => is_there(view, parent, PLATFORM, *id),
                (Ownership::Tenant, Ownership::Tenant) => is_there(view, parent, owner, *id),
                (Ownership::Tenant, Ownership::Platform) => {
                    view.all_parts(reference.parent).iter().any(|it| it.get(*id).is_some())
                }
            });
        if !found {
            let table = shape.schema.table;
            return Err(StoreError::BrokenReference { table, columns: vec![reference.name] });
        }
    }
    Ok(())
}

fn is_there(view: View<'_>, parent: &Shape, owner: Uuid, id: Uuid) -> bool {
    view.part(parent.schema.table, owner).is_some_and(|it| it.get(id).is_some())
}

/// Refuses to remove a row that others refer to.
pub(crate) fn check_unreferred(
    view: View<'_>,
    shape: &Shape,
    owner: Uuid,
    id: Uuid,
) -> Result<(), StoreError> {
    let parent = shape.schema;
    let mut from = Vec::with_capacity(17);
    encode(&Value::Uuid(id), &mut from);
    let until = after(from.clone());
    let bounds = Bounds { from: Some(from.as_slice()), until: until.as_deref() };
    for child in view.shapes() {
        let table = child.schema.table;
        for reference in child.references.iter().filter(|it| it.parent == parent.table) {
            let parts = match (parent.ownership, child.schema.ownership) {
                (Ownership::Tenant, Ownership::Tenant) => {
                    view.part(table, owner).into_iter().collect()
                }
                (_, Ownership::Platform) => view.part(table, PLATFORM).into_iter().collect(),
                (Ownership::Platform, Ownership::Tenant) => view.all_parts(table),
            };
            let refers = parts
                .iter()
                .any(|it| it.in_index(reference.index, bounds, Walk::Forward).next().is_some());
            if refers {
                return Err(StoreError::BrokenReference { table, columns: vec![reference.name] });
            }
        }
    }
    Ok(())
}
