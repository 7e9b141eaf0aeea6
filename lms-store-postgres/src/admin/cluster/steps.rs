//! The commands that put tables in their places, each for a message of its own.
use lms_core::store::{Column, Schema};

use super::placement::{Placement, tables};
use crate::ddl::{SCHEMA, foreign_key, names, references};

/// What the session is set to meanwhile. Otherwise Citus takes every table that refers to one with
/// copies on all nodes for one that stays on the coordinator; and a command on several shards
/// meets references to such tables, which Citus wants done one shard after the other.
pub(super) const SETTINGS: [&str; 2] = [
    "SET citus.enable_local_reference_table_foreign_keys = off",
    "SET citus.multi_shard_modify_mode = 'sequential'",
];

/// A reference, as a constraint.
pub(super) struct Key {
    pub(super) name: String,
    definition: String,
}

impl Key {
    fn of(schema: &Schema, column: &Column) -> Option<Self> {
        let definition = foreign_key(schema, column)?;
        Some(Self { name: names::foreign_key(schema, column), definition })
    }

    pub(super) fn drop(&self, table: &str) -> String {
        format!("ALTER TABLE {SCHEMA}.{table} DROP CONSTRAINT IF EXISTS {}", self.name)
    }

    pub(super) fn add(&self, table: &str) -> String {
        format!("ALTER TABLE {SCHEMA}.{table} ADD {}", self.definition)
    }
}

/// References that lead from tenants' tables to the logins, which lie on another node: they cannot
/// be constraints in a cluster.
pub(super) fn keys_to_logins() -> Vec<(&'static str, Key)> {
    let is_login = |table: Option<&str>| {
        tables().any(|it| Some(it.table) == table && Placement::of(it) == Placement::Coordinator)
    };
    tables()
        .filter(|it| Placement::of(it) == Placement::ByTenant)
        .flat_map(|from| references(from).map(move |column| (from, column)))
        .filter(|(_, column)| is_login(column.references))
        .filter_map(|(from, column)| Some((from.table, Key::of(from, column)?)))
        .collect()
}

/// References between tenants' tables that lead to one that comes later. Both must be distributed
/// first, so these are dropped meanwhile.
pub(super) fn late_keys() -> Vec<(&'static str, Key)> {
    let owned: Vec<&'static Schema> =
        tables().filter(|it| Placement::of(it) == Placement::ByTenant).collect();
    let place = |table: Option<&str>| owned.iter().position(|it| Some(it.table) == table);
    owned
        .iter()
        .enumerate()
        .flat_map(|(at, from)| references(from).map(move |column| (at, *from, column)))
        .filter(|(at, _, column)| place(column.references).is_some_and(|to| to > *at))
        .filter_map(|(_, from, column)| Some((from.table, Key::of(from, column)?)))
        .collect()
}

pub(super) fn unforced(table: &str) -> String {
    format!("ALTER TABLE {SCHEMA}.{table} NO FORCE ROW LEVEL SECURITY")
}

pub(super) fn forced(table: &str) -> String {
    format!("ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")
}

pub(super) fn turned_back(table: &str) -> String {
    format!("SELECT undistribute_table('{SCHEMA}.{table}', cascade_via_foreign_keys => true)")
}

/// The call that puts a table in its place.
pub(super) fn placed(table: &str, placement: Placement) -> String {
    let first = tables().find(|it| Placement::of(it) == Placement::ByTenant);
    let first = first.map_or("none", |it| it.table);
    match placement {
        Placement::Everywhere => format!("SELECT create_reference_table('{SCHEMA}.{table}')"),
        Placement::Coordinator => format!(
            "SELECT citus_add_local_table_to_metadata('{SCHEMA}.{table}', \
             cascade_via_foreign_keys => true)"
        ),
        Placement::ByTenant => {
            let together =
                if table == first { "none".to_owned() } else { format!("{SCHEMA}.{first}") };
            format!(
                "SELECT create_distributed_table('{SCHEMA}.{table}', 'tenant_id', \
                 colocate_with => '{together}')"
            )
        }
    }
}

/// The commands by which [`distribute`](crate::distribute) puts a newly migrated database in
/// order, for operators who run them themselves: in one session, each as a message of its own
/// (psql sends them so). The last sets for the database what the store needs; put its name in.
///
/// `citus_add_local_table_to_metadata` takes along what is tied to the table, and then is not
/// called for that again.
pub fn distribution_sql() -> Vec<String> {
    let (all, late) = (Placement::all(), late_keys());
    let mut commands: Vec<String> = SETTINGS.map(str::to_owned).to_vec();
    commands.extend(all.iter().map(|(table, _)| unforced(table)));
    commands.extend(keys_to_logins().iter().chain(&late).map(|(table, key)| key.drop(table)));
    commands.extend(all.iter().map(|(table, placement)| {
        let call = placed(table, *placement);
        format!(
            "{call} WHERE NOT EXISTS (SELECT FROM pg_dist_partition \
             WHERE logicalrelid = '{SCHEMA}.{table}'::regclass)"
        )
    }));
    commands.extend(all.iter().map(|(table, _)| forced(table)));
    commands.extend(late.iter().map(|(table, key)| key.add(table)));
    commands.push("ALTER DATABASE school SET citus.propagate_set_commands = 'local'".to_owned());
    commands
}
