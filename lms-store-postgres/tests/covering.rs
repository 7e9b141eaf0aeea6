//! Counts that decide about seats, places and uses are read from an index alone, under row-level
//! security, as the application's login.
use lms_core::{
    commerce::VoucherRedemption,
    delivery::{ClassMember, MemberStatus},
    identity::{LearnerProfile, Membership, MembershipKind},
    kernel::{Context, Id},
    learning::Enrollment,
    notification::Notification,
    store::{Backend as _, Query, Record, Store, Value},
};
use lms_store_postgres::testing::{Recording, TestDatabase, TestServer};
use lms_testkit::{Sampler, TestContext};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

/// How many rows a table has; one in forty is asked for.
const ROWS: u32 = 8_000;

struct Stage {
    database: TestDatabase,
    app: PgPool,
    store: Store,
    recording: Recording,
    cx: Context,
}

impl Stage {
    async fn new() -> Self {
        let database = TestServer::shared().await.unwrap().database().await.unwrap();
        let (store, recording) = database.store().recording();
        let (app, cx) = (database.app_pool(), TestContext::new("covering").build());
        Self { database, app, store: Store::new(store), recording, cx }
    }

    /// A row of that type, and as many more like it, each with what `differs` says of its number
    /// `n`. What they refer to is not checked.
    async fn furnish<R: Record>(&self, differs: &str) -> lms_core::store::Row {
        let (schema, store) = (R::schema(), self.database.store());
        let made = Sampler::new(11, self.cx.tenant()).sample(schema).unwrap();
        for sample in &made {
            let mut tx = store.begin(sample.scope()).await.unwrap();
            tx.insert(sample.schema, vec![sample.row.clone()]).await.unwrap();
            tx.commit().await.unwrap();
        }
        let base = made.last().unwrap();
        let (table, id) = (schema.table, base.id());
        let multiply = format!(
            // A commit that is not written out yet is not known to be visible to all.
            "SET session_replication_role = replica; SET synchronous_commit = on; \
             INSERT INTO lms.{table} SELECT more.* \
             FROM lms.{table} AS base, generate_series(1, {ROWS}) AS n, \
                  LATERAL jsonb_populate_record(base, jsonb_build_object( \
                      'id', gen_random_uuid(), {differs})) AS more \
             WHERE base.id = '{id}'"
        );
        let admin = self.database.admin_pool();
        sqlx::raw_sql(AssertSqlSafe(multiply)).execute(&admin).await.unwrap();
        let vacuum = format!("VACUUM (ANALYZE) lms.{table}");
        let owner = self.database.owner_pool();
        sqlx::raw_sql(AssertSqlSafe(vacuum)).execute(&owner).await.unwrap();
        admin.close().await;
        owner.close().await;
        base.row.clone()
    }

    /// Counts so, and wants the server to have read that index and no row of the table.
    async fn expect<R: Record>(&self, index: &str, query: Query<R>) {
        let mut tx = self.store.begin(&self.cx).await.unwrap();
        self.recording.take();
        let found = tx.count(query).await.unwrap();
        tx.rollback().await.unwrap();
        assert!(found > 0, "{index}: nothing is counted");
        let recorded = self.recording.take().pop().unwrap();
        for mode in ["force_custom_plan", "force_generic_plan"] {
            let mut tx = self.app.begin().await.unwrap();
            let enter = format!(
                "SET LOCAL lms.tenant_id = '{}'; SET LOCAL plan_cache_mode = {mode}",
                self.cx.tenant()
            );
            sqlx::raw_sql(AssertSqlSafe(enter)).execute(&mut *tx).await.unwrap();
            let text = format!("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {}", recorded.text);
            let values = recorded.arguments().unwrap();
            let plan: Vec<String> = sqlx::query_scalar_with(AssertSqlSafe(text), values)
                .fetch_all(&mut *tx)
                .await
                .unwrap();
            let plan = plan.join("\n");
            assert!(plan.contains(&format!("Index Only Scan using {index} ")), "{mode}:\n{plan}");
            assert!(plan.contains("Heap Fetches: 0"), "{mode}:\n{plan}");
        }
    }
}

fn id<R: Record, T>(row: &lms_core::store::Row, column: &str) -> Id<T> {
    match R::schema().value(row, column) {
        Value::Uuid(id) => Id::from_uuid(*id),
        other => panic!("{column} is {other:?}"),
    }
}

/// One in forty refers to what the first row refers to.
fn one_in_forty(column: &str) -> String {
    format!(
        "'{column}', CASE WHEN n % 40 = 0 THEN base.{column} ELSE md5((n % 40)::text)::uuid END"
    )
}

#[tokio::test]
async fn seats_of_a_course_are_counted_in_the_index() {
    let stage = Stage::new().await;
    let row = stage
        .furnish::<Enrollment>(&format!(
            "'learner_id', gen_random_uuid(), 'status', 'active', 'deleted_at', NULL, {}",
            one_in_forty("course_id")
        ))
        .await;
    let course = id::<Enrollment, _>(&row, "course_id");
    stage.expect("enrollments_course_id_status_idx", Enrollment::seated_in(course)).await;
}

#[tokio::test]
async fn seats_of_a_class_are_counted_in_the_index() {
    let stage = Stage::new().await;
    let row = stage
        .furnish::<ClassMember>(&format!(
            "'student_id', gen_random_uuid(), 'status', 'active', 'ticket', n + 1000000, \
             'deleted_at', NULL, {}",
            one_in_forty("class_id")
        ))
        .await;
    let class = id::<ClassMember, _>(&row, "class_id");
    let query = ClassMember::of(class, MemberStatus::Active);
    stage.expect("class_members_class_id_status_idx", query).await;
}

#[tokio::test]
async fn places_of_a_plan_are_counted_in_the_index() {
    let stage = Stage::new().await;
    stage
        .furnish::<Membership>(
            "'user_id', NULL, 'deleted_at', NULL, 'status', 'active', \
             'kind', CASE WHEN n % 40 = 0 THEN 'staff' ELSE 'student' END",
        )
        .await;
    let query = Membership::taking_places([MembershipKind::Staff]);
    stage.expect("memberships_kind_status_idx", query).await;
}

#[tokio::test]
async fn students_of_a_tutor_are_counted_in_the_index() {
    let stage = Stage::new().await;
    let row = stage
        .furnish::<LearnerProfile>(
            "'member_id', gen_random_uuid(), 'deleted_at', NULL, \
             'assigned_tutor_id', md5((n % 40)::text)::uuid",
        )
        .await;
    let tutor = sqlx::query_scalar::<_, Uuid>("SELECT md5('7')::uuid");
    let tutor = Id::from_uuid(tutor.fetch_one(&stage.app).await.unwrap());
    let other = id::<LearnerProfile, Membership>(&row, "member_id");
    let query = LearnerProfile::of_tutor(tutor);
    stage.expect("learner_profiles_assigned_tutor_id_idx", query.clone()).await;
    let query = query.and(LearnerProfile::MEMBER_ID.ne(other));
    stage.expect("learner_profiles_assigned_tutor_id_idx", query).await;
}

#[tokio::test]
async fn unread_notifications_are_counted_in_the_index() {
    let stage = Stage::new().await;
    let row = stage
        .furnish::<Notification>(&format!(
            "'read_at', CASE WHEN n % 80 = 0 THEN NULL ELSE base.created_at END, \
             'deleted_at', NULL, {}",
            one_in_forty("recipient_id")
        ))
        .await;
    let reader = id::<Notification, _>(&row, "recipient_id");
    let query = Notification::unread_of(reader);
    stage.expect("notifications_recipient_id_read_at_idx", query).await;
}

#[tokio::test]
async fn uses_of_a_voucher_are_counted_in_the_index() {
    let stage = Stage::new().await;
    let row = stage
        .furnish::<VoucherRedemption>(&format!(
            "'order_id', gen_random_uuid(), 'status', 'confirmed', 'deleted_at', NULL, {}, {}",
            one_in_forty("voucher_id"),
            one_in_forty("buyer_id")
        ))
        .await;
    let (voucher, buyer) = (
        id::<VoucherRedemption, _>(&row, "voucher_id"),
        id::<VoucherRedemption, _>(&row, "buyer_id"),
    );
    let query = VoucherRedemption::counting(voucher, buyer);
    stage.expect("voucher_redemptions_voucher_id_buyer_id_idx", query).await;
}
