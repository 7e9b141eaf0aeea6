//! A server that takes what it is told and says nothing, as behind a network that lost it.
use std::time::Duration;

use lms_core::{
    outbox::Message,
    store::{Applied, IdempotencyError, IdempotencyKey, Query, Store, StoreError},
};
use lms_store_postgres::{
    PgStore,
    testing::{TestDatabase, TestServer},
};

use crate::{
    assert_unavailable, cx, in_time, key, message,
    proxy::{Flow, Proxy},
    save,
};

const PATIENCE: Duration = Duration::from_millis(300);

struct Stage {
    proxy: Proxy,
    store: Store,
    _database: TestDatabase,
    _server: TestServer,
}

async fn stage(name: &str) -> Stage {
    let server = TestServer::start(false).await.unwrap();
    let database = server.database().await.unwrap();
    let proxy = Proxy::of(&server.socket().unwrap(), name).unwrap();
    let options = database.app_options().socket(proxy.folder());
    let pool = PgStore::pool_options().acquire_timeout(Duration::from_secs(1));
    let store = PgStore::new(pool.connect_lazy_with(options)).with_patience(PATIENCE);
    Stage { proxy, store: Store::new(store), _database: database, _server: server }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_ever() {
    let Stage { proxy, store, .. } = &stage("silent").await;
    let cx = cx();
    let record = key(&cx, "k");
    save(store, &cx, &record).await.unwrap();
    for flow in [Flow::NoAnswers, Flow::Nothing] {
        // In a statement, and in the rollback after it.
        let mut tx = store.begin(&cx).await.unwrap();
        proxy.set(flow);
        assert_unavailable(in_time(tx.lock(record.id)).await, "did not answer within 300ms");
        assert!(matches!(tx.lock(record.id).await, Err(StoreError::Poisoned)));
        in_time(tx.rollback()).await.unwrap();
        // On the way to a connection.
        assert_unavailable(in_time(store.begin(&cx)).await, "");
        proxy.set(Flow::Open);
        in_time(save(store, &cx, &key(&cx, &format!("{flow:?}")))).await.unwrap();
        // In the first message on a connection that was good before.
        proxy.set(flow);
        assert_unavailable(in_time(store.begin(&cx)).await, "");
        proxy.set(Flow::Open);
        let mut tx = in_time(store.begin(&cx)).await.unwrap();
        assert_eq!(tx.require(record.id).await.unwrap(), record);
    }
}

/// The host's own way to be sure: the same command with the same key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_without_an_answer_is_settled_by_the_key() {
    let Stage { proxy, store, .. } = &stage("commit").await;
    let cx = cx();
    let effects =
        async || store.begin(&cx).await.unwrap().count(Query::<Message>::all()).await.unwrap();
    for (flow, name) in [(Flow::NoAnswers, "executed"), (Flow::Nothing, "not sent")] {
        let before = effects().await;
        let key = IdempotencyKey::new(name, "parameters").unwrap();
        let deliver = async |silent: bool| {
            let mut tx = store.begin(&cx).await?;
            let effect = message(&cx);
            let applied = tx.once(&key, |tx| {
                Box::pin(async move {
                    tx.insert(&effect).await?;
                    Ok::<_, IdempotencyError>(effect.id)
                })
            });
            let applied = applied.await?;
            if silent {
                proxy.set(flow);
            }
            tx.commit().await?;
            Ok::<_, IdempotencyError>(applied)
        };
        let lost = in_time(deliver(true)).await.unwrap_err();
        assert!(
            matches!(&lost, IdempotencyError::Store(StoreError::UnknownOutcome { .. })),
            "{name}: {lost:?}"
        );
        proxy.set(Flow::Open);
        let again = in_time(deliver(false)).await.unwrap();
        if flow == Flow::NoAnswers {
            assert!(matches!(again, Applied::AlreadyApplied(_)), "{again:?}");
        }
        let third = in_time(deliver(false)).await.unwrap();
        assert_eq!(third, Applied::AlreadyApplied(again.into_answer()));
        assert_eq!(effects().await, before + 1, "{name}");
    }
}
