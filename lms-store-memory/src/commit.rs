//! Makes a transaction's writes everyone's, or refuses them all.
use std::{collections::BTreeMap, sync::Arc};

use lms_store::StoreError;

use crate::{
    checks::{check_references, check_unreferred, clash, duplicate},
    claims::{Claim, RowKey, State, Ticket},
    contents::{Contents, Partition, Table},
    own::{Change, Own, Writer},
    shape::Shape,
    view::View,
};

/// Commits: first committer wins. The caller has let go of its snapshot, so that contents that no
/// one else looks at change in place.
pub(crate) fn commit(
    state: &mut State,
    ticket: Ticket,
    own: Own,
    claims: &BTreeMap<RowKey, Claim>,
) -> Result<(), StoreError> {
    if state.is_stale(ticket) {
        state.check(ticket, claims)?;
        check(&state.contents, &own)?;
    }
    state.note_commit(ticket, claims);
    apply(Arc::make_mut(&mut state.contents), own);
    Ok(())
}

/// What held when each row was written may not hold with what others have committed since.
fn check(contents: &Contents, own: &Own) -> Result<(), StoreError> {
    let view = View { base: contents, own };
    for (table, written) in &own.tables {
        let shape = &*written.shape;
        for (owner, partition) in &written.partitions {
            let committed = contents.partition(table, *owner);
            for (id, change) in &partition.changes {
                let exists = committed.is_some_and(|it| it.rows.get(id).is_some());
                if exists && !change.existed {
                    return Err(repeated(shape, change, None));
                }
                let Some(row) = &change.row else {
                    check_unreferred(view, shape, *owner, *id)?;
                    continue;
                };
                if let Some(unique) = clash(view, shape, *owner, row) {
                    return Err(repeated(shape, change, Some(unique)));
                }
                check_references(view, shape, *owner, row)?;
            }
        }
    }
    Ok(())
}

/// A row that another transaction added first. To an upsert over the same key it is only a lost race.
fn repeated(shape: &Shape, change: &Change, unique: Option<usize>) -> StoreError {
    let declared = match (change.by, unique) {
        (Writer::UpsertById, None) => true,
        (Writer::UpsertByUnique(own), Some(unique)) => own == unique,
        _ => false,
    };
    if declared {
        let reason = format!("another record of `{}` with the key was added", shape.schema.table);
        return StoreError::Retryable { source: reason.into() };
    }
    duplicate(shape, unique)
}

fn apply(contents: &mut Contents, own: Own) {
    for (name, written) in own.tables {
        let shape = written.shape;
        let table = contents.tables.get_or_insert_with(&name, || Table::new(&shape));
        let Some(table) = table else { continue };
        for (owner, own) in written.partitions {
            if own.changes.is_empty() {
                continue;
            }
            if table.partitions.get(&owner).is_none() {
                // The first rows of this owner: the transaction has indexed them already.
                table.partitions.insert(owner, Arc::new(own.now));
                continue;
            }
            let fill = || Arc::new(Partition::new(&shape));
            let Some(partition) = table.partitions.get_or_insert_with(&owner, fill) else {
                continue;
            };
            let partition = Arc::make_mut(partition);
            for (id, change) in own.changes {
                partition.put(&shape, id, change.row);
            }
            if partition.rows.is_empty() {
                table.partitions.remove(&owner);
            }
        }
    }
}
