//! Tables that are partitioned or bound to learners behave as before.
use lms_core::{
    audit::AuditEntry,
    kernel::{Context, Scope, Timestamp},
    outbox::{Message, MessageStatus},
    store::{
        Backend as _, IdempotencyRecord, LogStamp, Query, Record as _, Row, Select, Store, Value,
    },
};
use lms_store_postgres::{
    LEARNER_SETTING, Partitioning, PgStore, PgTransaction, SetupError, bind_rows_to_learners,
    distribute, maintain, partition,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::{Fill, Sample, Sampler, TestContext};
use sqlx::PgPool;

async fn stage() -> (TestDatabase, PgPool, Store) {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let owner = database.owner_pool();
    let store = Store::new(database.store());
    (database, owner, store)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn message(cx: &Context) -> Message {
    Message {
        id: cx.id(),
        stamp: LogStamp::new(cx),
        kind: "test.happened".to_owned(),
        subject_kind: "test".to_owned(),
        subject_id: uuid::Uuid::nil(),
        payload: serde_json::json!({}),
        occurred_at: cx.now(),
        status: MessageStatus::Pending,
        attempts: 0,
        next_attempt_at: cx.now(),
        sent_at: None,
    }
}

async fn save(store: &Store, cx: &Context) -> Message {
    let message = message(cx);
    let mut tx = store.begin(cx).await.unwrap();
    tx.insert(&message).await.unwrap();
    tx.commit().await.unwrap();
    message
}

/// In which partition the row with that id lies.
async fn place(admin: &PgPool, message: &Message) -> String {
    sqlx::query_scalar("SELECT tableoid::regclass::text FROM lms.outbox_messages WHERE id = $1")
        .bind(message.id.uuid())
        .fetch_one(admin)
        .await
        .unwrap()
}

#[tokio::test]
async fn months_are_made_ahead_and_keep_every_row() {
    let (database, owner, store) = stage().await;
    let admin = database.admin_pool();
    let test = TestContext::new("months");
    let now = at("2025-03-03T09:00:00Z");
    let cx = test.build().at(now);
    let old = save(&store, &cx.clone().at(at("2025-01-20T00:00:00Z"))).await;
    let before = save(&store, &cx).await;
    for table in ["outbox_messages", "audit_entries"] {
        partition(&owner, table, Partitioning::ByMonth, now).await.unwrap();
        // A second time changes nothing.
        partition(&owner, table, Partitioning::ByMonth, now).await.unwrap();
    }
    assert_eq!(place(&admin, &old).await, "lms.outbox_messages_before");
    assert_eq!(place(&admin, &before).await, "lms.outbox_messages_p2025_03");
    for (time, partition) in [
        ("2025-03-31T23:59:59.999Z", "lms.outbox_messages_p2025_03"),
        ("2025-04-01T00:00:00Z", "lms.outbox_messages_p2025_04"),
        ("2025-05-31T12:00:00Z", "lms.outbox_messages_p2025_05"),
        ("2025-09-01T12:00:00Z", "lms.outbox_messages_rest"),
    ] {
        let saved = save(&store, &cx.clone().at(at(time))).await;
        assert_eq!(place(&admin, &saved).await, partition);
    }
    let mut made = maintain(&owner, at("2025-07-15T00:00:00Z")).await.unwrap();
    made.sort();
    // September of the messages has a row in the rest, where it stays.
    assert_eq!(
        made,
        [
            "audit_entries_p2025_07",
            "audit_entries_p2025_08",
            "audit_entries_p2025_09",
            "outbox_messages_p2025_07",
            "outbox_messages_p2025_08",
        ]
    );
    assert_eq!(maintain(&owner, at("2025-07-15T00:00:00Z")).await.unwrap(), Vec::<String>::new());
    let saved = save(&store, &cx.clone().at(at("2025-08-02T00:00:00Z"))).await;
    assert_eq!(place(&admin, &saved).await, "lms.outbox_messages_p2025_08");
    let mut tx = store.begin(&cx).await.unwrap();
    assert_eq!(tx.count(Query::<Message>::all()).await.unwrap(), 7);
    assert_eq!(tx.require(old.id).await.unwrap(), old);
    assert_eq!(tx.count(Query::<AuditEntry>::all()).await.unwrap(), 0);
}

/// A partition that is read directly would not ask for its parent's policy.
#[tokio::test]
async fn partitions_are_out_of_reach_and_policies_hold() {
    let (database, owner, store) = stage().await;
    let test = TestContext::new("reach");
    let (one, two) = (test.build(), test.build());
    let saved = save(&store, &one).await;
    partition(&owner, "outbox_messages", Partitioning::ByMonth, one.now()).await.unwrap();
    partition(&owner, "idempotency_keys", Partitioning::ByTenant(4), one.now()).await.unwrap();
    let app = database.app_pool();
    let partitions: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relispartition AND relkind = 'r' \
         AND relnamespace = 'lms'::regnamespace",
    )
    .fetch_all(&database.admin_pool())
    .await
    .unwrap();
    assert_eq!(partitions.len(), 5 + 4);
    for name in partitions {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM lms.{name}"));
        let error = sqlx::query_scalar::<_, i64>(sql).fetch_one(&app).await.unwrap_err();
        let code = error.as_database_error().and_then(|it| it.code()).unwrap_or_default();
        assert_eq!(code, "42501", "{name}");
    }
    let guarded = database.store();
    let mut tx = database.begin_without_conditions(&guarded, two.tenant()).await.unwrap();
    assert_eq!(tx.select(&Select::all(Message::schema())).await.unwrap(), Vec::<Row>::new());
    let row = saved.to_row();
    assert!(tx.insert(Message::schema(), vec![row]).await.is_err());
    let mut tx = store.begin(&one).await.unwrap();
    assert_eq!(tx.require(saved.id).await.unwrap(), saved);
}

#[tokio::test]
async fn a_table_that_others_refer_to_keeps_their_references() {
    let (database, owner, _store) = stage().await;
    let cx = TestContext::new("references").build();
    let references = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 \
                      AND connamespace = 'lms'::regnamespace";
    let count = || async {
        sqlx::query_scalar::<_, i64>(references).fetch_one(&database.admin_pool()).await.unwrap()
    };
    let before = count().await;
    for table in ["attempts", "attempt_answers", "memberships"] {
        partition(&owner, table, Partitioning::ByTenant(4), cx.now()).await.unwrap();
    }
    assert_eq!(count().await, before);
    // A reference to nothing is refused as before.
    let store = database.store();
    let schema = lms_core::assessment::attempt::AttemptAnswer::schema();
    let mut sampler = Sampler::new(1, cx.tenant());
    sampler.set_fill(Fill::All);
    let made = sampler.sample(schema).unwrap();
    let (answer, parents) = made.split_last().unwrap();
    for parent in parents {
        let mut tx = store.begin(parent.scope()).await.unwrap();
        tx.insert(parent.schema, vec![parent.row.clone()]).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = store.begin(Scope::Tenant(cx.tenant())).await.unwrap();
    let lost = answer.clone().with("attempt_id", Value::Uuid(uuid::Uuid::nil()));
    let error = tx.insert(schema, vec![lost.row]).await.unwrap_err();
    assert!(
        matches!(&error, lms_core::store::StoreError::BrokenReference { table, .. }
            if *table == "attempt_answers"),
        "{error:?}"
    );
    let mut tx = store.begin(Scope::Tenant(cx.tenant())).await.unwrap();
    tx.insert(schema, vec![answer.row.clone()]).await.unwrap();
    let error = tx.insert(schema, vec![answer.row.clone()]).await.unwrap_err();
    assert!(
        matches!(&error, lms_core::store::StoreError::Duplicate { table, .. }
            if *table == "attempt_answers"),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_partitioned_is_refused() {
    let (_database, owner, _store) = stage().await;
    let now = at("2025-03-03T09:00:00Z");
    for (table, by, word) in [
        ("nothing", Partitioning::ByMonth, "no table `nothing`"),
        ("tenants", Partitioning::ByTenant(2), "belongs to the platform"),
        ("idempotency_keys", Partitioning::ByMonth, "partition it by tenant"),
        ("idempotency_keys", Partitioning::ByTenant(0), "one partition at least"),
    ] {
        let error = partition(&owner, table, by, now).await.unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[tokio::test]
async fn distribution_needs_citus_and_says_so() {
    let (_database, owner, _store) = stage().await;
    let error = distribute(&owner).await.unwrap_err();
    assert!(matches!(error, SetupError::CitusMissing), "{error:?}");
    assert!(error.to_string().contains("CREATE EXTENSION citus"), "{error}");
}

#[tokio::test]
async fn a_transaction_can_be_narrowed_to_one_learner() {
    let (database, owner, store) = stage().await;
    let tables = bind_rows_to_learners(&owner).await.unwrap();
    assert!(tables.contains(&"enrollments") && tables.contains(&"learner_stats"), "{tables:?}");
    bind_rows_to_learners(&owner).await.unwrap();
    let cx = TestContext::new("learners").build();
    let schema = lms_core::learning::LearnerStats::schema();
    let backend = database.store();
    let mut sampler = Sampler::new(1, cx.tenant());
    let (parents, rows) = sampler.samples(schema, 2).unwrap();
    let in_utc = |it: Sample| it.with("time_zone", Value::Text("UTC".to_owned()));
    let rows: Vec<Sample> = rows.into_iter().map(in_utc).collect();
    for sample in parents.iter().chain(&rows) {
        let mut tx = backend.begin(sample.scope()).await.unwrap();
        tx.insert(sample.schema, vec![sample.row.clone()]).await.unwrap();
        tx.commit().await.unwrap();
    }
    let all = || Query::<lms_core::learning::LearnerStats>::all();
    assert_eq!(store.begin(&cx).await.unwrap().count(all()).await.unwrap(), 2);
    let learner = match rows[0].value("learner_id") {
        Value::Uuid(learner) => learner.to_string(),
        other => panic!("{other:?}"),
    };
    let app: PgStore = database.store();
    let mut own = app.pool().begin().await.unwrap();
    sqlx::query("SELECT set_config($1, $2, true)")
        .bind(LEARNER_SETTING)
        .bind(&learner)
        .execute(&mut *own)
        .await
        .unwrap();
    let mut tx = app.join(own, &cx, Scope::Tenant(cx.tenant())).await.unwrap();
    let seen = tx.all(all()).await.unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].id.uuid(), rows[0].id());
    let mut own = tx.into_backend::<PgTransaction>().await.unwrap().release().await.unwrap();
    // It narrows the tenant's rows, and opens nobody else's.
    let other = TestContext::new("learners").build();
    sqlx::query("SELECT set_config('lms.tenant_id', $1, true)")
        .bind(other.tenant().to_string())
        .execute(&mut *own)
        .await
        .unwrap();
    let sql = "SELECT count(*) FROM lms.learner_stats";
    assert_eq!(sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *own).await.unwrap(), 0);
}

/// Records that are looked up by a unique work on a table that is cut by tenant.
#[tokio::test]
async fn commands_take_effect_once_on_partitioned_tables() {
    let (database, owner, store) = stage().await;
    let cx = TestContext::new("once").build();
    partition(&owner, "idempotency_keys", Partitioning::ByTenant(8), cx.now()).await.unwrap();
    let record = IdempotencyRecord {
        id: cx.id(),
        stamp: LogStamp::new(&cx),
        key: "k".to_owned(),
        fingerprint: "f".to_owned(),
        answer: None,
        expires_at: cx.now(),
    };
    let again = IdempotencyRecord { id: cx.id(), ..record.clone() };
    let upsert = || lms_core::store::Upsert::on(IdempotencyRecord::KEY);
    let mut tx = store.begin(&cx).await.unwrap();
    assert!(tx.upsert(&record, upsert()).await.unwrap().is_written());
    assert!(!tx.upsert(&again, upsert()).await.unwrap().is_written());
    let replace = upsert().replace(IdempotencyRecord::FINGERPRINT);
    let done = tx.upsert(&again, replace).await.unwrap();
    let id = record.id.uuid();
    let version = lms_core::kernel::Version::new(2);
    assert_eq!(done, lms_core::store::Upserted::Replaced { id, version });
    drop(database);
}
