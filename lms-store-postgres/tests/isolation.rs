//! No tenant reaches another's rows: for every record type and every operation, with both
//! guards, with row-level security alone, and with the statements' conditions alone.
use lms_core::{
    kernel::{Scope, TenantId, Timestamp},
    record_types,
    store::{
        Backend as _, BackendTransaction, Expr, Lock, Op, Ownership, ParentGuard, Row, Schema,
        Select, StoreError, UpsertRows, Upserted, Value,
    },
};
use lms_store_postgres::{
    PgStore,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::{Fill, Sample, Sampler, TestContext, figure};

/// How the intruder's transaction is guarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guard {
    Both,
    RowLevelSecurity,
    Conditions,
}

struct Stage {
    database: TestDatabase,
    store: PgStore,
    unbound: PgStore,
}

impl Stage {
    async fn new() -> Self {
        let database = TestServer::shared().await.unwrap().database().await.unwrap();
        let store = database.store();
        let unbound = PgStore::new(database.admin_pool()).allow_unbound_role();
        Self { database, store, unbound }
    }

    async fn begin(&self, guard: Guard, tenant: TenantId) -> Box<dyn BackendTransaction> {
        match guard {
            Guard::Both => self.store.begin(Scope::Tenant(tenant)).await.unwrap(),
            Guard::RowLevelSecurity => {
                self.database.begin_without_conditions(&self.store, tenant).await.unwrap()
            }
            Guard::Conditions => self.unbound.begin(Scope::Tenant(tenant)).await.unwrap(),
        }
    }

    async fn keep(&self, samples: &[Sample]) {
        for sample in samples {
            let mut tx = self.store.begin(sample.scope()).await.unwrap();
            tx.insert(sample.schema, vec![sample.row.clone()]).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    async fn row(&self, tenant: TenantId, sample: &Sample) -> Option<Row> {
        let mut tx = self.store.begin(Scope::Tenant(tenant)).await.unwrap();
        let found = tx.select(&Select::by_id(sample.schema, sample.id())).await.unwrap();
        found.into_iter().next()
    }
}

fn tenants() -> (TenantId, TenantId) {
    let test = TestContext::new("isolation");
    (test.build().tenant(), test.build().tenant())
}

fn tenant_tables() -> Vec<&'static Schema> {
    record_types()
        .iter()
        .map(|it| it.schema())
        .filter(|it| it.ownership == Ownership::Tenant)
        .collect()
}

/// What an attempt may come to: nothing, or an error that a missing row gives too.
fn is_nothing(outcome: &Result<String, StoreError>) -> bool {
    match outcome {
        Ok(found) => found == "nothing",
        Err(error) => matches!(
            error,
            StoreError::NotFound { .. }
                | StoreError::OutOfScope { .. }
                | StoreError::BrokenReference { .. }
        ),
    }
}

fn said<T: std::fmt::Debug>(found: &[T]) -> String {
    if found.is_empty() { "nothing".to_owned() } else { format!("{found:?}") }
}

/// Every operation on the victim's row; each in a transaction of its own.
async fn attempt(
    tx: &mut Box<dyn BackendTransaction>,
    operation: &str,
    victim: &Sample,
    own: &Sample,
) -> Result<String, StoreError> {
    let (schema, id) = (victim.schema, victim.id());
    let by_id = Select::by_id(schema, id);
    let next = victim.next_version().row;
    let upsert = |row: Row| UpsertRows {
        schema,
        rows: vec![row],
        key: vec![Schema::ID],
        columns: vec!["created_at"],
        newer_by: None,
        parent: None,
    };
    match operation {
        "get" => tx.select(&by_id).await.map(|it| said(&it)),
        "page" => tx.select(&Select::all(schema)).await.map(|it| said(&it)),
        "find" => {
            let column = schema.columns.last().unwrap();
            let value = victim.value(column.name).clone();
            let filter = Some(Expr::Compare(column.name, Op::Eq, value));
            tx.select(&Select { filter, ..Select::all(schema) }).await.map(|it| said(&it))
        }
        "lock" => {
            let select = Select { lock: Lock::Update, ..by_id };
            tx.select(&select).await.map(|it| said(&it))
        }
        "skip" => {
            let select = Select { lock: Lock::SkipLocked, ..Select::all(schema) };
            tx.select(&select).await.map(|it| said(&it))
        }
        "share" => {
            let select = Select { lock: Lock::Share, ..by_id };
            tx.select(&select).await.map(|it| said(&it))
        }
        "count" => tx.count(&Select::all(schema)).await.map(|it| match it {
            0 => "nothing".to_owned(),
            some => some.to_string(),
        }),
        "semi-join" => {
            let related = lms_core::store::Related {
                column: Schema::ID,
                schema,
                target: Schema::ID,
                filter: Some(Expr::Compare(Schema::ID, Op::Eq, Value::Uuid(id))),
            };
            let filter = Some(Expr::Related(Box::new(related)));
            tx.select(&Select { filter, ..Select::all(schema) }).await.map(|it| said(&it))
        }
        "insert" => {
            let row = victim.clone().with("id", Value::Uuid(own.id())).row;
            tx.insert(schema, vec![row]).await.map(|()| "inserted".to_owned())
        }
        "insert many" => {
            let row = victim.clone().with("id", Value::Uuid(own.id())).row;
            let rows = vec![own.row.clone(), row];
            tx.insert(schema, rows).await.map(|()| "inserted".to_owned())
        }
        "insert batches" => {
            let row = victim.clone().with("id", Value::Uuid(own.id())).row;
            let batches = vec![(schema, vec![row.clone()]), (schema, vec![row])];
            tx.insert_batches(batches).await.map(|()| "inserted".to_owned())
        }
        "update" => tx.update(schema, vec![next]).await.map(|()| "updated".to_owned()),
        "update many" => {
            tx.insert(schema, vec![own.row.clone()]).await?;
            let rows = vec![own.next_version().row, next];
            tx.update(schema, rows).await.map(|()| "updated".to_owned())
        }
        "delete" => {
            let version = schema.version(&victim.row);
            tx.delete(schema, id, version).await.map(|()| "deleted".to_owned())
        }
        "upsert" => tx.upsert(upsert(next)).await.map(|it| format!("{it:?}")),
        "upsert while" => {
            // An own row that may be written only while the victim's row is there.
            let mut upsert = upsert(own.clone().with("id", Value::Uuid(id)).row);
            upsert.parent = Some(ParentGuard { column: Schema::ID, schema, filter: None });
            let done = tx.upsert(upsert).await?;
            Ok(if done == [Upserted::Kept] { "nothing".to_owned() } else { format!("{done:?}") })
        }
        other => panic!("no operation {other}"),
    }
}

/// What an operation on a whole table comes to where the intruder has rows in it.
async fn sees_only_its_own(
    tx: &mut Box<dyn BackendTransaction>,
    operation: &str,
    schema: &'static Schema,
    own: &[Sample],
) {
    let mut own: Vec<_> =
        own.iter().filter(|it| it.schema.table == schema.table).map(Sample::id).collect();
    if operation == "count" {
        assert_eq!(tx.count(&Select::all(schema)).await.unwrap(), own.len() as u64);
        return;
    }
    let lock = if operation == "skip" { Lock::SkipLocked } else { Lock::None };
    let seen = tx.select(&Select { lock, ..Select::all(schema) }).await.unwrap();
    let mut seen: Vec<_> = seen.iter().map(Row::id).collect();
    own.sort_unstable();
    seen.sort_unstable();
    assert_eq!(seen, own, "{operation} on `{}`", schema.table);
}

const OPERATIONS: &[&str] = &[
    "get",
    "page",
    "find",
    "lock",
    "skip",
    "share",
    "count",
    "semi-join",
    "insert",
    "insert many",
    "insert batches",
    "update",
    "update many",
    "delete",
    "upsert",
    "upsert while",
];

async fn every_attempt_fails(guard: Guard) {
    let stage = Stage::new().await;
    let (mut pairs, mut through) = (0, Vec::new());
    for schema in tenant_tables() {
        let (victim_tenant, intruder) = tenants();
        let mut victims = Sampler::new(1, victim_tenant);
        let mut owns = Sampler::new(2, intruder);
        let made = victims.sample(schema).unwrap();
        stage.keep(&made).await;
        let victim = made.last().unwrap();
        let mut own_made = owns.sample(schema).unwrap();
        let own = own_made.pop().unwrap();
        stage.keep(&own_made).await;
        let before = stage.row(victim_tenant, victim).await;
        assert_eq!(before.as_ref(), Some(&victim.row));
        // Rows of the same table that the intruder's own row refers to are its own.
        let is_tree = own_made.iter().any(|it| it.schema.table == schema.table);
        for operation in OPERATIONS {
            if is_tree && matches!(*operation, "page" | "skip" | "count") {
                let mut tx = stage.begin(guard, intruder).await;
                sees_only_its_own(&mut tx, operation, schema, &own_made).await;
                pairs += 1;
                continue;
            }
            let mut tx = stage.begin(guard, intruder).await;
            let outcome = attempt(&mut tx, operation, victim, &own).await;
            if !is_nothing(&outcome) {
                through.push(format!("{operation} on `{}` came to {outcome:?}", schema.table));
            }
            tx.rollback().await.unwrap();
            pairs += 1;
        }
        assert_eq!(stage.row(victim_tenant, victim).await, before, "`{}` changed", schema.table);
        if schema.deleted_position().is_none() {
            continue;
        }
        // Deleted, it is neither seen nor restored.
        let deleted = victim.next_version().with("deleted_at", Value::Time(Timestamp::EPOCH));
        let mut tx = stage.store.begin(Scope::Tenant(victim_tenant)).await.unwrap();
        tx.update(schema, vec![deleted.row.clone()]).await.unwrap();
        tx.commit().await.unwrap();
        for operation in ["get", "lock", "find", "update", "delete", "upsert"] {
            let restored = deleted.clone().with("deleted_at", Value::Null);
            let aimed = if operation == "update" { &restored } else { &deleted };
            let mut tx = stage.begin(guard, intruder).await;
            let outcome = attempt(&mut tx, operation, aimed, &own).await;
            if !is_nothing(&outcome) {
                through.push(format!("{operation} on deleted `{}`: {outcome:?}", schema.table));
            }
            tx.rollback().await.unwrap();
            pairs += 1;
        }
        let found = stage.row(victim_tenant, victim).await;
        assert_eq!(found, Some(deleted.row), "`{}` changed", schema.table);
    }
    figure("record and operation pairs", pairs);
    figure("pairs that got through", through.len());
    assert!(through.is_empty(), "{guard:?}: {through:#?}");
}

#[tokio::test]
async fn no_tenant_reaches_another() {
    every_attempt_fails(Guard::Both).await;
}

#[tokio::test]
async fn row_level_security_alone_keeps_tenants_apart() {
    every_attempt_fails(Guard::RowLevelSecurity).await;
}

#[tokio::test]
async fn the_conditions_of_statements_alone_keep_tenants_apart() {
    every_attempt_fails(Guard::Conditions).await;
}

/// A row that refers to another tenant's row is refused, as one that refers to nothing is.
#[tokio::test]
async fn no_reference_crosses_tenants() {
    let stage = Stage::new().await;
    let (mut crossings, mut crossed) = (0, Vec::new());
    for schema in tenant_tables() {
        let (_, tenant) = tenants();
        let mut own = Sampler::new(3, tenant);
        own.set_fill(Fill::All);
        let mut made = own.sample(schema).unwrap();
        let row = made.pop().unwrap();
        stage.keep(&made).await;
        for column in schema.columns.iter().filter(|it| it.name != "id") {
            let Some(to) = column.references else { continue };
            let to = record_types().iter().map(|it| it.schema()).find(|it| it.table == to).unwrap();
            if to.ownership == Ownership::Platform {
                continue;
            }
            let (other, _) = tenants();
            let theirs = Sampler::new(4, other).sample(to).unwrap();
            stage.keep(&theirs).await;
            let crossing = row.clone().with(column.name, Value::Uuid(theirs.last().unwrap().id()));
            for guard in [Guard::Both, Guard::RowLevelSecurity, Guard::Conditions] {
                let mut tx = stage.begin(guard, tenant).await;
                let outcome = tx.insert(schema, vec![crossing.row.clone()]).await;
                let refused = matches!(&outcome, Err(StoreError::BrokenReference { table, columns })
                    if *table == schema.table && columns == &[column.name]);
                if !refused {
                    let name = format!("{}.{}", schema.table, column.name);
                    crossed.push(format!("{guard:?}: `{name}`: {outcome:?}"));
                }
                tx.rollback().await.unwrap();
            }
            crossings += 1;
        }
    }
    figure("references aimed at another tenant", crossings);
    figure("references that crossed", crossed.len());
    assert!(crossed.is_empty(), "{crossed:#?}");
}

/// What a tenant sees of the platform's tables: its own row among the tenants, and nothing else.
#[tokio::test]
async fn a_tenant_sees_only_its_own_row_of_the_platform() {
    let stage = Stage::new().await;
    let platform = record_types()
        .iter()
        .map(|it| it.schema())
        .filter(|it| it.ownership == Ownership::Platform)
        .collect::<Vec<_>>();
    for schema in platform {
        let (other, tenant) = tenants();
        let mut sampler = Sampler::new(5, other);
        let made = sampler.sample(schema).unwrap();
        stage.keep(&made).await;
        let theirs = made.last().unwrap();
        for guard in [Guard::Both, Guard::RowLevelSecurity, Guard::Conditions] {
            let mut tx = stage.begin(guard, tenant).await;
            assert_eq!(tx.select(&Select::all(schema)).await.unwrap(), vec![], "{guard:?}");
            assert_eq!(tx.count(&Select::all(schema)).await.unwrap(), 0);
            let update = tx.update(schema, vec![theirs.next_version().row]).await;
            assert!(update.is_err(), "{guard:?} {update:?}");
        }
        // As the tenant that the row is, or is of, it is seen and locked, never written.
        let Some(own) = schema.owner(&theirs.row) else { continue };
        for guard in [Guard::Both, Guard::RowLevelSecurity, Guard::Conditions] {
            let mut tx = stage.begin(guard, own).await;
            let by_id = Select::by_id(schema, theirs.id());
            assert_eq!(tx.select(&by_id).await.unwrap().len(), 1, "{guard:?}");
            let lock = Select { lock: Lock::Update, ..by_id };
            assert_eq!(tx.select(&lock).await.unwrap().len(), 1, "{guard:?}");
            let update = tx.update(schema, vec![theirs.next_version().row]).await;
            assert!(
                matches!(update, Err(StoreError::NotFound { .. } | StoreError::OutOfScope { .. })),
                "{guard:?} {update:?}"
            );
        }
    }
}

/// A tenant learns nothing from a clash: its uniques are its own.
#[tokio::test]
async fn no_unique_tells_of_another_tenant() {
    let stage = Stage::new().await;
    for schema in tenant_tables().into_iter().filter(|it| !it.uniques.is_empty()) {
        let (one, two) = tenants();
        let made = Sampler::new(6, one).sample(schema).unwrap();
        stage.keep(&made).await;
        // The same rows word for word, ids included, for another tenant.
        for sample in &made {
            if sample.schema.ownership == Ownership::Platform {
                continue;
            }
            let mut row = sample.row.clone();
            row.set(sample.schema, "tenant_id", Value::Uuid(two.uuid()));
            let mut tx = stage.store.begin(Scope::Tenant(two)).await.unwrap();
            tx.insert(sample.schema, vec![row]).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}

/// A session that names no tenant sees nothing, whatever it asks.
#[tokio::test]
async fn without_a_scope_there_is_nothing() {
    let stage = Stage::new().await;
    let (tenant, _) = tenants();
    let schema = tenant_tables()[0];
    stage.keep(&Sampler::new(7, tenant).sample(schema).unwrap()).await;
    let pool = stage.database.app_pool();
    let mut rows = 0_i64;
    for schema in record_types().iter().map(|it| it.schema()) {
        let sql = format!("SELECT count(*) FROM lms.{}", schema.table);
        rows +=
            sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(sql)).fetch_one(&pool).await.unwrap();
    }
    assert_eq!(rows, 0);
    assert!(Timestamp::EPOCH < TestContext::NOW);
}
