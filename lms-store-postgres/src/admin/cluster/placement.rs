//! Which table lies where in a cluster of Citus.
use std::collections::HashMap;

use lms_core::store::{Ownership, Schema};
use sqlx::PgConnection;

use crate::{
    ddl::{SCHEMA, references},
    error::SetupError,
    registry::Registry,
};

/// Tables without a record that hold rows of tenants.
const READ_MODELS: [&str; 5] =
    ["read_models", "student_progress", "tutor_classes", "tutor_sessions", "centre_financials"];

/// The table of logins. Each sign-in locks and writes a row of it, and rows of those that refer to
/// it.
const LOGINS: &str = "users";

/// Where the rows of a table lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// A tenant's rows together on one node.
    ByTenant,
    /// A copy on every node. A write locks the table in the whole cluster, and commits on all
    /// nodes in two phases: for tables that hardly change.
    Everywhere,
    /// On the coordinator alone: the logins and what refers to them, so that a sign-in writes on
    /// one node and waits for no other.
    Coordinator,
}

impl Placement {
    /// Every table of the library but the list of migrations, and where it lies; each before
    /// those that refer to it, as far as there is such an order.
    pub(crate) fn all() -> Vec<(&'static str, Self)> {
        let records = tables().map(|it| (it.table, Self::of(it)));
        records.chain(READ_MODELS.map(|it| (it, Self::ByTenant))).collect()
    }

    pub(crate) fn of(schema: &Schema) -> Self {
        let is_login =
            schema.table == LOGINS || references(schema).any(|it| it.references == Some(LOGINS));
        match schema.ownership {
            Ownership::Tenant => Self::ByTenant,
            Ownership::Platform if is_login => Self::Coordinator,
            Ownership::Platform => Self::Everywhere,
        }
    }
}

/// Every record's table.
pub(super) fn tables() -> impl Iterator<Item = &'static Schema> {
    Registry::library().contexts.iter().flat_map(|it| it.tables.iter().copied())
}

/// Where the cluster has each of the library's tables, as far as it knows them at all. Partition
/// method `h` is "by hash"; `n` is "not at all", with the replication model `t` where each node
/// has a copy. (Citus, `pg_dist_partition`.)
pub(crate) async fn found(db: &mut PgConnection) -> Result<HashMap<String, Placement>, SetupError> {
    let known = "SELECT to_regclass('pg_dist_partition') IS NOT NULL";
    if !sqlx::query_scalar::<_, bool>(known).fetch_one(&mut *db).await? {
        return Ok(HashMap::new());
    }
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT c.relname::text, d.partmethod::text, d.repmodel::text \
         FROM pg_dist_partition AS d JOIN pg_class AS c ON c.oid = d.logicalrelid \
         WHERE c.relnamespace = to_regnamespace($1)",
    )
    .bind(SCHEMA)
    .fetch_all(db)
    .await?;
    let placement = |method: &str, model: &str| match (method, model) {
        ("n", "t") => Placement::Everywhere,
        ("n", _) => Placement::Coordinator,
        _ => Placement::ByTenant,
    };
    Ok(rows.into_iter().map(|(table, method, model)| (table, placement(&method, &model))).collect())
}

/// The tables that are not where they belong.
pub(crate) fn left_over(found: &HashMap<String, Placement>) -> Vec<&'static str> {
    let wrong = |(table, wanted): &(&str, Placement)| found.get(*table) != Some(wanted);
    Placement::all().into_iter().filter(wrong).map(|(table, _)| table).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sign_in_writes_lies_on_the_coordinator() {
        let on = |wanted| {
            let all = Placement::all().into_iter();
            all.filter(|(_, it)| *it == wanted).map(|(table, _)| table).collect::<Vec<_>>()
        };
        let logins = on(Placement::Coordinator);
        for table in ["users", "auth_methods", "refresh_tokens", "verifications"] {
            assert!(logins.contains(&table), "{table}");
        }
        assert_eq!(on(Placement::Everywhere), ["tenants"]);
    }

    #[test]
    fn a_table_that_lies_elsewhere_or_nowhere_is_left_over() {
        let mut found: HashMap<String, Placement> =
            Placement::all().into_iter().map(|(table, it)| (table.to_owned(), it)).collect();
        assert_eq!(left_over(&found), Vec::<&str>::new());
        // What Citus does by itself with tables that refer to a reference table.
        found.insert("courses".to_owned(), Placement::Coordinator);
        found.insert("users".to_owned(), Placement::Everywhere);
        found.remove("orders");
        let mut left = left_over(&found);
        left.sort_unstable();
        assert_eq!(left, ["courses", "orders", "users"]);
    }
}
