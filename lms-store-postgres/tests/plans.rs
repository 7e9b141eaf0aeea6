//! Look-ups and pages use an index under row-level security, as the application's login.
use lms_core::{
    kernel::{Context, Id, Timestamp},
    outbox::{Message, MessageStatus},
    store::{Direction, IdempotencyRecord, LogStamp, PageSize, Query, Store, StoreError, Upsert},
};
use lms_store_postgres::testing::{Recording, TestDatabase, TestServer};
use lms_testkit::TestContext;
use sqlx::PgPool;
use uuid::Uuid;

struct Stage {
    _database: TestDatabase,
    pool: PgPool,
    store: Store,
    recording: Recording,
    cx: Context,
}

fn message(cx: &Context, number: i64) -> Message {
    let at = Timestamp::from_micros(cx.now().micros() + number).unwrap();
    Message {
        id: cx.id(),
        stamp: LogStamp::new(cx),
        kind: format!("test.happened_{}", number % 7),
        subject_kind: "test".to_owned(),
        subject_id: Uuid::from_u128(number.cast_unsigned().into()),
        payload: serde_json::json!({ "number": number }),
        occurred_at: at,
        status: MessageStatus::Pending,
        attempts: 0,
        next_attempt_at: at,
        sent_at: None,
    }
}

fn key(cx: &Context, number: i64) -> IdempotencyRecord {
    IdempotencyRecord {
        id: cx.id(),
        stamp: LogStamp::new(cx),
        key: format!("key-{number}"),
        fingerprint: "f".to_owned(),
        answer: None,
        expires_at: cx.now(),
    }
}

/// Two tenants with twenty thousand rows each, and statistics about them.
async fn stage() -> Stage {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let (store, recording) = database.store().recording();
    let store = Store::new(store);
    let test = TestContext::new("plans");
    let (cx, other) = (test.build(), test.build());
    for cx in [&cx, &other] {
        let mut tx = store.begin(cx).await.unwrap();
        tx.insert(&message(cx, 0)).await.unwrap();
        tx.insert(&key(cx, 0)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let multiply = "INSERT INTO lms.outbox_messages \
            (id, tenant_id, version, created_at, kind, subject_kind, subject_id, payload, \
             occurred_at, status, attempts, next_attempt_at) \
        SELECT gen_random_uuid(), tenant_id, 1, created_at, kind, subject_kind, subject_id, \
               payload, occurred_at, status, 0, next_attempt_at + n * INTERVAL '1 ms' \
        FROM lms.outbox_messages, generate_series(1, 20000) n; \
        INSERT INTO lms.idempotency_keys \
            (id, tenant_id, version, created_at, key, fingerprint, expires_at) \
        SELECT gen_random_uuid(), tenant_id, 1, created_at, 'key-' || n, 'f', expires_at \
        FROM lms.idempotency_keys, generate_series(1, 20000) n; \
        ANALYZE";
    sqlx::raw_sql(multiply).execute(&database.admin_pool()).await.unwrap();
    recording.take();
    let pool = database.app_pool();
    Stage { _database: database, pool, store, recording, cx }
}

impl Stage {
    /// The plans of the statements noted since the last time, as the application runs them.
    /// `generic` is the plan that the server keeps for a statement it has seen often.
    async fn plans(&self, generic: bool) -> Vec<String> {
        let mut tx = self.pool.begin().await.unwrap();
        let mode = if generic { "force_generic_plan" } else { "force_custom_plan" };
        let enter = format!(
            "SET LOCAL lms.tenant_id = '{}'; SET LOCAL plan_cache_mode = {mode}",
            self.cx.tenant()
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(enter)).execute(&mut *tx).await.unwrap();
        let mut plans = Vec::new();
        for recorded in self.recording.take() {
            let text = format!("EXPLAIN (COSTS OFF) {}", recorded.text);
            let values = recorded.arguments().unwrap();
            let lines: Vec<String> = sqlx::query_scalar_with(sqlx::AssertSqlSafe(text), values)
                .fetch_all(&mut *tx)
                .await
                .unwrap();
            plans.push(lines.join("\n"));
        }
        plans
    }

    /// Runs the work, and wants the plan of its last statement to name that index and nothing
    /// that reads a whole table; `in_order`, not to sort either.
    async fn expect<T>(
        &self,
        index: &str,
        in_order: bool,
        work: impl AsyncFn(&mut lms_core::store::Transaction) -> Result<T, StoreError>,
    ) {
        for generic in [false, true] {
            let mut tx = self.store.begin(&self.cx).await.unwrap();
            work(&mut tx).await.unwrap();
            tx.rollback().await.unwrap();
            let plans = self.plans(generic).await;
            let plan = plans.last().unwrap();
            assert!(plan.contains(index), "no {index} (generic: {generic}):\n{plan}");
            assert!(!plan.contains("Seq Scan"), "{plan}");
            assert!(!in_order || !plan.contains("Sort Key"), "{plan}");
        }
    }
}

async fn the_key_finds_one_row(stage: &Stage) {
    let some = stage.store.begin(&stage.cx).await.unwrap().first(Query::<Message>::all()).await;
    let id = some.unwrap().unwrap().id;
    stage.expect("outbox_messages_pkey", true, async |tx| tx.require(id).await).await;
    stage.expect("outbox_messages_pkey", true, async |tx| tx.lock(id).await).await;
    stage
        .expect("outbox_messages_pkey", false, async |tx| {
            tx.get_many(&[id, Id::from_uuid(Uuid::nil())]).await
        })
        .await;
    stage
        .expect("outbox_messages_pkey", true, async |tx| {
            let mut message = tx.require(id).await?;
            tx.update(&mut message).await
        })
        .await;
}

async fn a_unique_finds_one_row(stage: &Stage) {
    stage
        .expect("idempotency_keys_key_key", false, async |tx| {
            tx.first(IdempotencyRecord::by_key("key-17")).await
        })
        .await;
}

async fn many_rows_are_updated_by_their_keys(stage: &Stage) {
    stage
        .expect("outbox_messages_pkey", true, async |tx| {
            let mut page = tx.page(Query::<Message>::all().limit(PageSize::new(50))).await?.items;
            tx.update_all(&mut page).await
        })
        .await;
}

async fn a_page_by_id_is_read_in_order(stage: &Stage) {
    stage
        .expect("outbox_messages_pkey", true, async |tx| {
            let first = tx.page(Query::<Message>::all().limit(PageSize::new(50))).await?;
            tx.page(Query::<Message>::all().page(PageSize::new(50), first.next)).await
        })
        .await;
}

async fn a_page_by_an_indexed_column_is_read_in_order(stage: &Stage) {
    let waiting = || {
        Query::filter(Message::STATUS.eq(MessageStatus::Pending))
            .order_by(Message::NEXT_ATTEMPT_AT, Direction::Asc)
    };
    let index = "outbox_messages_status_next_attempt_at_idx";
    stage
        .expect(index, true, async |tx| {
            let first = tx.page(waiting().limit(PageSize::new(50))).await?;
            tx.page(waiting().page(PageSize::new(50), first.next)).await
        })
        .await;
    stage
        .expect(index, true, async |tx| {
            tx.page(Message::due(stage.cx.now(), PageSize::new(50))).await
        })
        .await;
}

async fn a_prefix_uses_the_index(stage: &Stage) {
    stage
        .expect("idempotency_keys_key_key", true, async |tx| {
            tx.count(Query::filter(IdempotencyRecord::KEY.starts_with("key-399"))).await
        })
        .await;
}

async fn an_upsert_finds_its_row_by_the_unique(stage: &Stage) {
    stage
        .expect("idempotency_keys_key_key", true, async |tx| {
            tx.upsert(&key(&stage.cx, 1), Upsert::on(IdempotencyRecord::KEY)).await
        })
        .await;
}

/// One database for all, because its rows take a while.
#[tokio::test]
async fn look_ups_and_pages_use_an_index() {
    let stage = stage().await;
    the_key_finds_one_row(&stage).await;
    a_unique_finds_one_row(&stage).await;
    many_rows_are_updated_by_their_keys(&stage).await;
    a_page_by_id_is_read_in_order(&stage).await;
    a_page_by_an_indexed_column_is_read_in_order(&stage).await;
    a_prefix_uses_the_index(&stage).await;
    an_upsert_finds_its_row_by_the_unique(&stage).await;
}

/// Subjects of staff: the maintenance role uses the index of the documents at once, the
/// application where the operator is declared to leak nothing.
#[tokio::test]
async fn what_a_document_contains_is_found_by_the_index_of_the_documents() {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let (admin, tenant) = (database.admin_pool(), Uuid::from_u128(7));
    let fill = format!(
        "SET session_replication_role = replica; \
         INSERT INTO lms.staff_profiles (id, tenant_id, version, created_at, updated_at, member_id, \
                                         expertise, availability) \
         SELECT gen_random_uuid(), '{tenant}', 1, now(), now(), gen_random_uuid(), \
                jsonb_build_array('subject ' || n % 5000), '[]' \
         FROM generate_series(1, 20000) AS n; \
         ANALYZE lms.staff_profiles"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(fill)).execute(&admin).await.unwrap();
    let plan = async |pool: PgPool| {
        let mut tx = pool.begin().await.unwrap();
        let enter = format!("SET LOCAL lms.tenant_id = '{tenant}'");
        sqlx::raw_sql(sqlx::AssertSqlSafe(enter)).execute(&mut *tx).await.unwrap();
        let asked = "EXPLAIN (COSTS OFF) SELECT t.id FROM lms.staff_profiles AS t \
                     WHERE t.tenant_id = $1 AND t.expertise @> '[\"subject 17\"]'";
        let lines: Vec<String> =
            sqlx::query_scalar(asked).bind(tenant).fetch_all(&mut *tx).await.unwrap();
        lines.join("\n")
    };
    let index = "staff_profiles_expertise_gin";
    assert!(plan(database.maintenance_pool()).await.contains(index));
    assert!(!plan(database.app_pool()).await.contains(index));
    let declare = "ALTER FUNCTION pg_catalog.jsonb_contains(jsonb, jsonb) LEAKPROOF";
    sqlx::raw_sql(declare).execute(&admin).await.unwrap();
    let with = plan(database.app_pool()).await;
    assert!(with.contains(index), "{with}");
}
