//! The data that the operations work on: one tenant per client.
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use lms_core::{
    assessment::{
        attempt::Attempt,
        question::{Answer, Question},
    },
    commerce::{Item, ItemKind, Price},
    content::{Course, PublicationStatus},
    identity::{Membership, MembershipKind},
    kernel::{
        Actor, Context, Currency, Id, Money, Scope, SequentialIds, TenantId, Timestamp, uuid_v7,
    },
    store::{Store, Transaction},
};
use lms_store_postgres::testing::{TestDatabase, TestServer};

use crate::{
    Outcome,
    operations::{Operation, Prepare},
};

/// A database with a tenant for each client.
pub(crate) struct School {
    pub(crate) database: TestDatabase,
    pub(crate) clients: Vec<Client>,
}

/// One client's tenant, and ids of what it works on.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) tenant: TenantId,
    pub(crate) courses: Vec<Id<Course>>,
    pub(crate) learner: Id<Membership>,
    /// Questions of one test, each with the answer that is given.
    pub(crate) questions: Vec<(Id<Question>, Answer)>,
    /// Attempts at it that run.
    pub(crate) attempts: Vec<Id<Attempt>>,
}

/// How many courses a tenant has.
pub(crate) const COURSES: usize = 400;

/// 2025-03-03T09:00:00Z.
const NOW_MICROS: i64 = 1_740_992_400_000_000;

/// How far the ids of one operation lie from those of the next.
const IDS_PER_OPERATION: u64 = 1 << 10;

/// How far the ids of one client lie from those of the next; the first half is for operations.
/// All differ in their last twelve digits only, which pgbench can make.
const IDS_OF_CLIENT: u64 = 1 << 40;

impl Client {
    /// The context of the client's operation of that number. The ids of consecutive operations
    /// lie equally far apart, so that pgbench can make them.
    pub(crate) fn cx(&self, client: usize, number: usize) -> Context {
        let first = IDS_OF_CLIENT * (client as u64 + 1) + IDS_PER_OPERATION * (number as u64 + 1);
        let ids = Arc::new(SequentialIds::starting_at(first));
        let now = Timestamp::from_micros(NOW_MICROS).unwrap_or(Timestamp::EPOCH);
        Context::new(self.tenant, Actor::system("bench"), now, ids)
    }
}

impl School {
    pub(crate) async fn found(
        server: &TestServer,
        clients: usize,
        prepare: Prepare,
        operations: usize,
    ) -> Outcome<Self> {
        let database = server.database().await?;
        let store = Store::new(database.store());
        let mut made = Vec::new();
        for number in 0..clients {
            let mut random = [0; 10];
            if let Some(last) = random.last_mut() {
                *last = u8::try_from(number + 1)?;
            }
            let tenant = TenantId::from_uuid(uuid_v7(Timestamp::EPOCH, random));
            let mut client = Client {
                tenant,
                courses: Vec::new(),
                learner: Id::from_uuid(uuid::Uuid::nil()),
                questions: Vec::new(),
                attempts: Vec::new(),
            };
            let first = IDS_OF_CLIENT * (number as u64 + 1) + IDS_OF_CLIENT / 2;
            let ids = Arc::new(SequentialIds::starting_at(first));
            let now = Timestamp::from_micros(NOW_MICROS).unwrap_or(Timestamp::EPOCH);
            let cx = Context::new(tenant, Actor::system("bench"), now, ids);
            let mut tx = store.begin_in(&cx, Scope::Tenant(tenant)).await?;
            furnish(&mut tx, &mut client).await?;
            prepare(&mut tx, &mut client, operations).await?;
            tx.commit().await?;
            made.push(client);
        }
        drop(store);
        let analyze = database.admin_pool();
        sqlx::raw_sql("VACUUM ANALYZE").execute(&analyze).await?;
        analyze.close().await;
        database.disconnect().await?;
        Ok(Self { database, clients: made })
    }

    /// Opens every connection of the pool.
    pub(crate) async fn warm_up(&self, store: &Store) -> Outcome {
        let mut open = Vec::new();
        for (number, client) in self.clients.iter().enumerate() {
            open.push(store.begin(&client.cx(number, 0)).await?);
        }
        Ok(())
    }

    /// Each client does `count` operations, numbered from `first`; how long all of them took.
    pub(crate) async fn run(
        &self,
        store: &Store,
        operation: &Operation,
        first: usize,
        count: usize,
    ) -> Outcome<Duration> {
        let work = operation.work;
        side_by_side(self.clients.iter().cloned().enumerate().map(|(number, client)| {
            let store = store.clone();
            async move {
                for nth in first..first + count {
                    let cx = client.cx(number, nth);
                    let mut tx = store.begin(&cx).await?;
                    work(&mut tx, &client, nth).await?;
                    tx.commit().await?;
                }
                Ok(())
            }
        }))
        .await
    }
}

/// Does all that clients do, each in a task of its own; how long it took until the last was done.
pub(crate) async fn side_by_side(
    clients: impl Iterator<Item = impl Future<Output = Outcome> + Send + 'static>,
) -> Outcome<Duration> {
    let begun = Instant::now();
    let tasks: Vec<_> = clients.map(tokio::spawn).collect();
    for task in tasks {
        task.await??;
    }
    Ok(begun.elapsed())
}

async fn furnish(tx: &mut Transaction, client: &mut Client) -> Outcome {
    let owner = Membership::new(tx.cx(), MembershipKind::Staff, "Ada Tutor".parse()?);
    let learner = Membership::new(tx.cx(), MembershipKind::Student, "Ben Learner".parse()?);
    tx.insert_all(&[owner.clone(), learner.clone()]).await?;
    client.learner = learner.id;
    let euro: Currency = "EUR".parse()?;
    let (mut courses, mut prices) = (Vec::new(), Vec::new());
    for number in 0..COURSES {
        let (title, slug) = (format!("Course {number:04}"), format!("course-{number}"));
        let mut course = Course::new(tx.cx(), title.parse()?, slug.parse()?, owner.id);
        course.status = PublicationStatus::Published;
        course.description =
            Some(format!("What course {number} is about, at some length. ").repeat(5).parse()?);
        let item = Item { kind: ItemKind::Course, id: course.id.uuid() };
        prices.push(Price::new(tx.cx(), item, title.parse()?, Money::from_minor(4_900, euro)));
        client.courses.push(course.id);
        courses.push(course);
    }
    tx.insert_all(&courses).await?;
    tx.insert_all(&prices).await?;
    Ok(())
}
