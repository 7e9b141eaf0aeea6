//! Records as a list shows them beside others: the id with the name.
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{Query, Record, StoreError, Transaction};
use lms_kernel::Id;

/// Another record as a view shows it: its id, and its name for the screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(bound = "")]
pub struct Named<R> {
    /// The record's id.
    pub id: Id<R>,
    /// Its name or title; empty where the record has been removed for good.
    pub name: String,
}

/// The names of the records that a page refers to, read in one statement for each 200 of them.
#[derive(Clone, Debug)]
pub struct Names<R>(HashMap<Id<R>, String>);

impl<R: Record> Names<R> {
    /// Reads the names of these records. Those that were deleted and can be restored have theirs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read(
        tx: &mut Transaction,
        ids: impl IntoIterator<Item = Id<R>>,
        name: fn(&R) -> String,
    ) -> Result<Self, StoreError> {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let found = tx.all(Query::of_ids(ids).with_deleted()).await?;
        Ok(Self(found.iter().map(|it| (it.id(), name(it))).collect()))
    }

    /// The record with its name.
    pub fn of(&self, id: Id<R>) -> Named<R> {
        Named { id, name: self.0.get(&id).cloned().unwrap_or_default() }
    }
}
