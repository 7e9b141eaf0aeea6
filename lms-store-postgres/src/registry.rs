//! The library's tables, and what the names of their constraints mean.
use std::{collections::HashMap, sync::LazyLock};

use lms_core::{
    assessment, audit, authorization, commerce, content, delivery, engagement, governance,
    identity, learning, notification, operations, outbox, recognition,
    store::{self, RecordType, Schema},
    tenancy,
};

use crate::ddl::names;

/// The tables of one context, in the order in which they can be made.
pub(crate) struct ContextTables {
    pub(crate) name: &'static str,
    pub(crate) tables: Vec<&'static Schema>,
}

/// Every table of the library.
pub(crate) struct Registry {
    pub(crate) contexts: Vec<ContextTables>,
    by_table: HashMap<&'static str, &'static Schema>,
    constraints: HashMap<String, ConstraintMeaning>,
}

/// The rule behind a constraint or unique index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConstraintMeaning {
    pub(crate) table: &'static str,
    pub(crate) columns: Vec<&'static str>,
}

impl Registry {
    /// The registry of this build.
    pub(crate) fn library() -> &'static Self {
        static LIBRARY: LazyLock<Registry> = LazyLock::new(Registry::read);
        &LIBRARY
    }

    fn read() -> Self {
        let contexts = [
            ("store", vec![RecordType::of::<store::IdempotencyRecord>()]),
            ("audit", audit::record_types()),
            ("outbox", outbox::record_types()),
            ("authorization", authorization::record_types()),
            ("tenancy", tenancy::record_types()),
            ("identity", identity::record_types()),
            ("content", content::record_types()),
            ("delivery", delivery::record_types()),
            ("learning", learning::record_types()),
            ("assessment", assessment::record_types()),
            ("commerce", commerce::record_types()),
            ("recognition", recognition::record_types()),
            ("engagement", engagement::record_types()),
            ("notification", notification::record_types()),
            ("operations", operations::record_types()),
            ("governance", governance::record_types()),
        ];
        let contexts: Vec<_> = contexts
            .into_iter()
            .map(|(name, types)| ContextTables {
                name,
                tables: types.iter().map(RecordType::schema).collect(),
            })
            .collect();
        let tables = || contexts.iter().flat_map(|it| it.tables.iter().copied());
        let by_table = tables().map(|it| (it.table, it)).collect();
        let constraints = tables().flat_map(meanings).collect();
        Self { by_table, constraints, contexts }
    }

    #[cfg(test)]
    pub(crate) fn tables(&self) -> impl Iterator<Item = &'static Schema> {
        self.contexts.iter().flat_map(|it| it.tables.iter().copied())
    }

    pub(crate) fn table(&self, name: &str) -> Option<&'static Schema> {
        self.by_table.get(name).copied()
    }

    /// The table of that name, which may be followed by the number of a shard of Citus.
    pub(crate) fn table_or_shard(&self, name: &str) -> Option<&'static Schema> {
        self.table(name).or_else(|| self.table(without_number(name)?))
    }

    /// The rule behind a constraint's name. The name may be followed by the number of a partition
    /// and that of a shard of Citus, each after a `_`.
    pub(crate) fn constraint(&self, name: &str) -> Option<&ConstraintMeaning> {
        self.constraints.get(name).or_else(|| self.constraint(without_number(name)?))
    }
}

/// The name before a number at its end.
fn without_number(name: &str) -> Option<&str> {
    let (name, number) = name.rsplit_once('_')?;
    let is_number = !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit());
    is_number.then_some(name)
}

fn meanings(schema: &'static Schema) -> Vec<(String, ConstraintMeaning)> {
    let table = schema.table;
    let meaning = |columns: &[&'static str]| ConstraintMeaning { table, columns: columns.to_vec() };
    let mut found = vec![(names::primary_key(schema), meaning(&[Schema::ID]))];
    for unique in &schema.uniques {
        found.push((names::unique(schema, unique), meaning(unique.columns)));
    }
    for column in &schema.columns {
        found.push((names::check(schema, column), meaning(&[column.name])));
        if column.references.is_some() {
            found.push((names::foreign_key(schema, column), meaning(&[column.name])));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contexts_hold_every_record_of_the_library_in_order() {
        let listed: Vec<_> = Registry::library().tables().map(|it| it.table).collect();
        let known: Vec<_> = lms_core::record_types().iter().map(|it| it.schema().table).collect();
        assert_eq!(listed, known);
    }

    #[test]
    fn names_of_constraints_do_not_clash() {
        let registry = Registry::library();
        let all: usize = registry.tables().map(|it| meanings(it).len()).sum();
        assert_eq!(registry.constraints.len(), all);
    }

    #[test]
    fn numbers_behind_a_name_are_looked_through() {
        let registry = Registry::library();
        let plain = registry.constraint("idempotency_keys_key_key").cloned();
        assert_eq!(plain.as_ref().map(|it| it.table), Some("idempotency_keys"));
        assert_eq!(registry.constraint("idempotency_keys_key_key_102008").cloned(), plain);
        assert_eq!(registry.constraint("idempotency_keys_key_key_3_102008").cloned(), plain);
        assert_eq!(registry.constraint("idempotency_keys_key_key_x"), None);
        assert_eq!(registry.constraint("idempotency_keys_key_key_"), None);
    }
}
