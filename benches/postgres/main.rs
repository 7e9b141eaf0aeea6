//! The store's main operations against the same statements sent by bare sqlx and by pgbench.
//!
//! `benches/postgres/run` starts a server of its own and prints, for each operation, how many
//! per second each of the three does at the same number of clients, and the ratios.
//!
//! - **lms**: the typed API, transaction and scope included, on a pool with one connection per
//!   client.
//! - **sqlx**: exactly the statements that lms sent, recorded word for word and value for value
//!   on a copy of the database, sent again on another copy with `begin_with`, `query_with` and
//!   `commit`, on a pool like that of lms. Values are encoded as they are sent and every column is
//!   decoded into sqlx's own type for it, documents to and from `serde_json::Value`. It decides
//!   nothing: what the library does between its statements (permissions, grading, packing, totals,
//!   the audit trail, events) is part of the figure of lms alone.
//! - **held**: the same without the pool, each client on a connection that it never gives back. No
//!   host with more work than connections can do so: it is the floor of what the statements cost.
//! - **pgbench**: the same statements in its prepared mode. What changes from one operation to
//!   the next (ids, numbers) is found by comparing recorded operations, and made by pgbench.
//! - **one trip**: for operations of one statement, scope and statement as one message, which
//!   is a transaction by itself.
//!
//! Each client works for a tenant of its own. The variants take turns in short rounds, and each
//! keeps a database of its own, so that all see tables of the same size. Rates and ratios are the
//! medians of the rounds.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
mod operations;
mod pgbench;
mod replay;
mod school;

use std::{env, error::Error, time::Duration};

use lms_core::store::Store;
use lms_store_postgres::{PgStore, testing::TestServer};

use operations::{Operation, operations};
use school::School;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How much is run.
#[derive(Clone, Copy, Debug)]
struct Extent {
    clients: usize,
    rounds: usize,
    /// How long one round of one variant should take.
    round: Duration,
}

impl Extent {
    fn of_environment() -> Self {
        let read = |name: &str, otherwise: usize| {
            env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(otherwise)
        };
        Self {
            clients: read("CLIENTS", 8),
            rounds: read("ROUNDS", 30),
            round: Duration::from_millis(read("ROUND_MS", 250) as u64),
        }
    }
}

/// What one variant did in each round, in operations per second.
#[derive(Clone, Debug, Default)]
struct Tally(Vec<f64>);

impl Tally {
    fn add(&mut self, operations: usize, took: Duration) {
        self.0.push(operations as f64 / took.as_secs_f64().max(1e-9));
    }

    fn per_second(&self) -> f64 {
        median(self.0.clone())
    }

    /// Of each round by itself, because the machine is not equally quiet all the time.
    fn ratio(&self, other: &Self) -> f64 {
        median(self.0.iter().zip(&other.0).map(|(own, other)| own / other).collect())
    }
}

/// The middle one, or the mean of the two in the middle.
fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    let at = |place: usize| all.get(place).copied().unwrap_or_default();
    (at(all.len().saturating_sub(1) / 2) + at(all.len() / 2)) / 2.0
}

fn main() -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run())
}

async fn run() -> Outcome {
    let extent = Extent::of_environment();
    let only = env::args().nth(1);
    let server = TestServer::start(true).await?;
    println!(
        "PostgreSQL {}, {} clients, {} rounds of {} ms for each variant\n",
        version(&server).await?,
        extent.clients,
        extent.rounds,
        extent.round.as_millis()
    );
    println!(
        "sqlx encodes and decodes the same statements and rows, and computes nothing; lms also \
         reads rows into records, decides, grades, and writes the trail and the events\n"
    );
    println!(
        "| operation | statements | lms /s | sqlx /s | held /s | pgbench /s | one trip /s | \
         lms : sqlx | lms : held | lms : pgbench |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for operation in operations() {
        if only.as_ref().is_none_or(|it| operation.name.contains(it.as_str())) {
            println!("{}", compare(&server, &operation, extent).await?);
        }
    }
    Ok(())
}

async fn version(server: &TestServer) -> Outcome<String> {
    let pool = PgStore::pool_options().connect_with(server.admin("postgres")).await?;
    Ok(sqlx::query_scalar("SHOW server_version").fetch_one(&pool).await?)
}

async fn compare(server: &TestServer, operation: &Operation, extent: Extent) -> Outcome<String> {
    let clients = extent.clients;
    let (sample, rounds) = (40, extent.rounds.min(operation.rounds));
    let operations = sample + rounds * operation.most;
    let school = School::found(server, clients, operation.prepare, operations).await?;
    let copies = [(); 6].map(|()| school.database.copy());
    let [recorded_in, own, pooled, bare, peer, other] = copies;
    let (recorded_in, own, bare) = (recorded_in.await?, own.await?, bare.await?);
    let (pooled, peer, other) = (pooled.await?, peer.await?, other.await?);

    // How many operations a round has, from how long some take.
    let connections = u32::try_from(clients)?;
    let (store, recording) = PgStore::new(recorded_in.app_pool_of(connections)).recording();
    let store = Store::new(store);
    let mut begun = 0;
    let first = replay::record(&store, &recording, operation, &school, begun, sample).await?;
    begun += sample;
    let trial = Store::new(PgStore::new(own.app_pool_of(connections)));
    school.warm_up(&trial).await?;
    let took = school.run(&trial, operation, 0, sample).await?;
    let each = took.as_secs_f64() / sample as f64;
    let per_round = ((extent.round.as_secs_f64() / each) as usize).clamp(5, operation.most);

    let mut peers = replay::Bare::open(bare.app_pool_of(connections), clients).await?;
    peers.run(&school, first.clone()).await?;
    let pooled = replay::Pooled(pooled.app_pool_of(connections));
    pooled.run(&school, first.clone()).await?;
    let script = pgbench::Script::of(&first, &school)?;
    let mut pgbench = pgbench::Pgbench::new(server, &peer, script, clients)?;
    pgbench.run(sample).await?;
    let single = replay::OneTrip::of(&first, other.app_pool_of(connections));
    if let Some(single) = &single {
        single.run(replay::OneTrip::texts(&school, &first)).await?;
    }

    let (mut lms, mut sqlx, mut held) = (Tally::default(), Tally::default(), Tally::default());
    let (mut pg, mut one) = (Tally::default(), Tally::default());
    for round in 0..rounds {
        let script = replay::record(&store, &recording, operation, &school, begun, per_round);
        let script = script.await?;
        let texts = single.as_ref().map(|_| replay::OneTrip::texts(&school, &script));
        let all = per_round * clients;
        let run_own = async |lms: &mut Tally| -> Outcome {
            lms.add(all, school.run(&trial, operation, begun, per_round).await?);
            Ok(())
        };
        // Who goes first changes, because the machine is not equally quiet all the time.
        if round % 2 == 0 {
            run_own(&mut lms).await?;
        }
        held.add(all, peers.run(&school, script.clone()).await?);
        sqlx.add(all, pooled.run(&school, script).await?);
        if round % 2 == 1 {
            run_own(&mut lms).await?;
        }
        pg.add(all, pgbench.run(per_round).await?);
        if let (Some(single), Some(texts)) = (&single, texts) {
            one.add(all, single.run(texts).await?);
        }
        begun += per_round;
    }
    let count = first.first().and_then(|it| it.first()).map_or(0, |it| it.len());
    let one = match single {
        Some(_) => format!("{:.0}", one.per_second()),
        None => "–".to_owned(),
    };
    Ok(format!(
        "| {} | {count} | {:.0} | {:.0} | {:.0} | {:.0} | {one} | {:.2} | {:.2} | {:.2} |",
        operation.name,
        lms.per_second(),
        sqlx.per_second(),
        held.per_second(),
        pg.per_second(),
        lms.ratio(&sqlx),
        lms.ratio(&held),
        lms.ratio(&pg)
    ))
}
