//! Recording what lms sends, and sending it again with bare sqlx.
use std::time::{Duration, Instant};

use lms_core::store::Store;
use lms_store_postgres::testing::{Recorded, Recording};
use sqlx::{
    AssertSqlSafe, Column as _, Connection as _, Executor as _, PgPool, Postgres, Row as _,
    TypeInfo as _, pool::PoolConnection, postgres::PgRow,
};

use crate::{
    Outcome,
    operations::Operation,
    school::{Client, School, side_by_side},
};

/// For each client, for each of its operations, its statements.
pub(crate) type Recordings = Vec<Vec<Vec<Recorded>>>;

/// Does `count` operations for each client, numbered from `first`, and notes what was sent.
pub(crate) async fn record(
    store: &Store,
    recording: &Recording,
    operation: &Operation,
    school: &School,
    first: usize,
    count: usize,
) -> Outcome<Recordings> {
    let mut all = Vec::new();
    for (number, client) in school.clients.iter().enumerate() {
        let mut own = Vec::with_capacity(count);
        for nth in first..first + count {
            let cx = client.cx(number, nth);
            let mut tx = store.begin(&cx).await?;
            recording.take();
            (operation.work)(&mut tx, client, nth).await?;
            tx.commit().await?;
            own.push(recording.take());
        }
        all.push(own);
    }
    Ok(all)
}

/// sqlx with a connection of its own for each client, which it never gives back.
pub(crate) struct Bare(Vec<PoolConnection<Postgres>>);

impl Bare {
    pub(crate) async fn open(pool: PgPool, clients: usize) -> Outcome<Self> {
        let mut connections = Vec::new();
        for _ in 0..clients {
            connections.push(pool.acquire().await?);
        }
        drop(connections);
        let mut connections = Vec::new();
        for _ in 0..clients {
            connections.push(pool.acquire().await?);
        }
        Ok(Self(connections))
    }

    /// Sends what was recorded, each client its own; how long all of it took.
    pub(crate) async fn run(&mut self, school: &School, all: Recordings) -> Outcome<Duration> {
        let begun = Instant::now();
        let tasks: Vec<_> = std::mem::take(&mut self.0)
            .into_iter()
            .zip(&school.clients)
            .zip(all)
            .map(|((mut connection, client), operations)| {
                let begin = begin(client);
                tokio::spawn(async move {
                    for statements in operations {
                        let begin = AssertSqlSafe(begin.clone());
                        let mut tx = connection.begin_with(begin).await?;
                        send(&mut tx, statements).await?;
                        tx.commit().await?;
                    }
                    Outcome::Ok(connection)
                })
            })
            .collect();
        for task in tasks {
            self.0.push(task.await??);
        }
        Ok(begun.elapsed())
    }
}

/// sqlx with a connection from its pool for each transaction.
pub(crate) struct Pooled(pub(crate) PgPool);

impl Pooled {
    /// Sends what was recorded, each client its own; how long all of it took.
    pub(crate) async fn run(&self, school: &School, all: Recordings) -> Outcome<Duration> {
        side_by_side(school.clients.iter().zip(all).map(|(client, operations)| {
            let (pool, begin) = (self.0.clone(), begin(client));
            async move {
                for statements in operations {
                    let mut tx = pool.begin_with(AssertSqlSafe(begin.clone())).await?;
                    send(&mut tx, statements).await?;
                    tx.commit().await?;
                }
                Ok(())
            }
        }))
        .await
    }
}

/// What opens a transaction for the client's tenant.
fn begin(client: &Client) -> String {
    format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lms.tenant_id = '{}'; \
         SET LOCAL lms.platform = ''",
        client.tenant
    )
}

async fn send(tx: &mut sqlx::Transaction<'_, Postgres>, statements: Vec<Recorded>) -> Outcome {
    for it in statements {
        let values = it.arguments()?;
        let rows = sqlx::query_with(AssertSqlSafe(it.text), values).fetch_all(&mut **tx).await?;
        for row in &rows {
            decode(row)?;
        }
    }
    Ok(())
}

/// Reads every column into sqlx's own type for it, as a program does that uses sqlx alone.
fn decode(row: &PgRow) -> Result<(), sqlx::Error> {
    use chrono::{DateTime, NaiveDate, Utc};
    macro_rules! read {
        ($at:expr, $ty:ty) => {{
            let _ = std::hint::black_box(row.try_get::<Option<$ty>, _>($at)?);
        }};
    }
    for (at, column) in row.columns().iter().enumerate() {
        match column.type_info().name() {
            "BOOL" => read!(at, bool),
            "INT8" => read!(at, i64),
            "NUMERIC" => read!(at, rust_decimal::Decimal),
            "UUID" => read!(at, uuid::Uuid),
            "TIMESTAMPTZ" => read!(at, DateTime<Utc>),
            "DATE" => read!(at, NaiveDate),
            "JSONB" => read!(at, serde_json::Value),
            "BYTEA" => read!(at, Vec<u8>),
            _ => read!(at, String),
        }
    }
    Ok(())
}

/// Scope and statement as one message, which is a transaction by itself. The text holds the
/// values, because a message of several statements cannot be prepared.
pub(crate) struct OneTrip(PgPool);

impl OneTrip {
    /// For operations of one statement, on a database of its own.
    pub(crate) fn of(all: &Recordings, pool: PgPool) -> Option<Self> {
        let single = all.iter().flatten().all(|it| it.len() == 1);
        single.then(|| Self(pool))
    }

    /// What it sends for those operations, by client.
    pub(crate) fn texts(school: &School, all: &Recordings) -> Vec<Vec<String>> {
        let scopes = school
            .clients
            .iter()
            .map(|client| format!("SET LOCAL lms.tenant_id = '{}'; ", client.tenant));
        let text = |scope: &str, it: &Recorded| format!("{scope}{}", it.literal);
        let own = |(scope, own): (String, &Vec<Vec<Recorded>>)| {
            own.iter().flatten().map(|it| text(&scope, it)).collect()
        };
        scopes.zip(all).map(own).collect()
    }

    pub(crate) async fn run(&self, texts: Vec<Vec<String>>) -> Outcome<Duration> {
        side_by_side(texts.into_iter().map(|texts| {
            let pool = self.0.clone();
            async move {
                for text in texts {
                    let mut connection = pool.acquire().await?;
                    let rows = connection.fetch_all(sqlx::raw_sql(AssertSqlSafe(text))).await?;
                    for row in &rows {
                        std::hint::black_box(row.len());
                    }
                }
                Ok(())
            }
        }))
        .await
    }
}
