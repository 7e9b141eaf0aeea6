//! From one server to a cluster: the migrated tables as Citus keeps them.
mod placement;
mod steps;

use sqlx::{Connection as _, PgConnection, PgPool, Row as _};

use crate::{
    ddl::SCHEMA,
    error::SetupError,
    sql::{Server, vouched},
};

use placement::left_over;
pub(crate) use placement::{Placement, found};
pub use steps::distribution_sql;

/// Turns the migrated tables into those of a cluster, on a coordinator of Citus: those of tenants
/// distributed by `tenant_id`, all in one group, so that a tenant's rows lie together and its
/// transactions stay on one node; the logins on the coordinator, so that a sign-in waits for no
/// other node; the platform's other tables with a copy on every node. It also sets, for the
/// database, that `SET LOCAL` reaches the nodes, which row-level security needs there.
///
/// Call it as the login that owns the schema and the database, at first and again after each
/// [`migrate`](crate::migrate). Rows that are there are moved; those of a table cannot be written
/// meanwhile. What is in its place already is left there, what an interrupted or an earlier run
/// left in another place is put right.
///
/// # Errors
/// [`SetupError::CitusMissing`] where the database has no Citus, [`SetupError::NotDistributed`]
/// with the names of the tables that are not in their places at the end, and what the server
/// refuses.
pub async fn distribute(pool: &PgPool) -> Result<(), SetupError> {
    let has_citus = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')";
    if !sqlx::query_scalar::<_, bool>(has_citus).fetch_one(pool).await? {
        return Err(SetupError::CitusMissing);
    }
    // What it sets for its session ends with it.
    let mut db = pool.acquire().await?.detach();
    let done = complete(&mut db).await;
    let closed = db.close().await;
    done?;
    Ok(closed?)
}

async fn complete(db: &mut PgConnection) -> Result<(), SetupError> {
    for setting in steps::SETTINGS {
        send(db, setting.to_owned()).await?;
    }
    if !left_over(&found(db).await?).is_empty() {
        let moved = put_in_place(db).await;
        // Whatever came of it, the owner is bound by the policies again.
        for (table, _) in Placement::all() {
            send(db, steps::forced(table)).await?;
        }
        moved?;
    }
    for (table, key) in steps::late_keys() {
        if !stands(db, &key.name).await? {
            send(db, key.add(table)).await?;
        }
    }
    let set = "SELECT format('ALTER DATABASE %I SET citus.propagate_set_commands = ''local''', \
               current_database())";
    let set: String = sqlx::query_scalar(set).fetch_one(&mut *db).await?;
    if let Err(refused) = send(db, set).await {
        return Err(match refused.code().as_deref() {
            Some("42501") => {
                let name = "SELECT current_database()::text";
                let database = sqlx::query_scalar(name).fetch_one(db).await?;
                SetupError::SettingsStayBehind { database }
            }
            _ => refused,
        });
    }
    let tables = left_over(&found(db).await?);
    if tables.is_empty() { Ok(()) } else { Err(SetupError::NotDistributed { tables }) }
}

async fn put_in_place(db: &mut PgConnection) -> Result<(), SetupError> {
    for (table, _) in Placement::all() {
        // Rows are moved by the owner, whom a forced policy would hide them from.
        send(db, steps::unforced(table)).await?;
    }
    turn_back(db).await?;
    let start = found(db).await?;
    for (table, key) in steps::keys_to_logins() {
        send(db, key.drop(table)).await?;
    }
    for (table, key) in steps::late_keys() {
        if !start.contains_key(table) {
            send(db, key.drop(table)).await?;
        }
    }
    for (table, placement) in Placement::all() {
        // One that refers to another may have been taken along with it.
        if !found(db).await?.contains_key(table) {
            send(db, steps::placed(table, placement)).await?;
        }
    }
    Ok(())
}

/// Takes the tables back that lie in a place of another kind, with all that are tied to them by
/// references: Citus moves none of those from one kind to another.
async fn turn_back(db: &mut PgConnection) -> Result<(), SetupError> {
    let mut turned = Vec::new();
    loop {
        let found = found(db).await?;
        let wrong =
            |(table, wanted): &(&str, Placement)| found.get(*table).is_some_and(|it| it != wanted);
        let Some((table, _)) = Placement::all().into_iter().find(wrong) else { return Ok(()) };
        if turned.contains(&table) {
            return Err(SetupError::NotDistributed { tables: vec![table] });
        }
        turned.push(table);
        send(db, steps::turned_back(table)).await?;
    }
}

/// One command a message: Citus passes the text of a message on unchanged.
async fn send(db: &mut PgConnection, command: String) -> Result<(), SetupError> {
    sqlx::raw_sql(vouched(command)).execute(db).await?;
    Ok(())
}

async fn stands(db: &mut PgConnection, constraint: &str) -> Result<bool, SetupError> {
    let stands = "SELECT EXISTS (SELECT FROM pg_constraint WHERE conname = $1 \
                  AND connamespace = to_regnamespace($2))";
    Ok(sqlx::query_scalar(stands).bind(constraint).bind(SCHEMA).fetch_one(db).await?)
}

/// What kind of server the database is on. Refuses a cluster that would answer wrongly: with
/// tables that are not in their places, or where the tenant's setting stays on the coordinator, so
/// that reads on other nodes find nothing and say no error.
pub(crate) async fn require_cluster_ready(db: &mut PgConnection) -> Result<Server, SetupError> {
    let asked = sqlx::query(
        "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus'), \
                coalesce(current_setting('citus.propagate_set_commands', true), '') = 'local', \
                current_database()::text",
    )
    .fetch_one(&mut *db)
    .await?;
    let (is_cluster, reaches): (bool, bool) = (asked.try_get(0)?, asked.try_get(1)?);
    if !is_cluster {
        return Ok(Server::Single);
    }
    let found = found(db).await?;
    // Where nothing is distributed yet, it is one server with an extension more.
    if !found.is_empty() {
        let tables = left_over(&found);
        if !tables.is_empty() {
            return Err(SetupError::NotDistributed { tables });
        }
        if !reaches {
            return Err(SetupError::SettingsStayBehind { database: asked.try_get(2)? });
        }
    }
    Ok(Server::Cluster)
}
