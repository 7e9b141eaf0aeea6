//! What every operation shares: its guard, its key, its answer to a host.
use lms::{
    kernel::{Actor, Context, Permission},
    memory::MemoryStore,
    notification::Template,
    store::{
        Applied, IdempotencyError, Query, Store, StoreError, Transaction,
        operation::{Access, Done, Effect, Failure, Operation, OperationType, operation},
    },
    tenancy::{OrgUnit, OrgUnitKind},
};
use lms_testkit::TestContext;

fn unit(tx: &Transaction) -> OrgUnit {
    OrgUnit::new(tx.cx(), OrgUnitKind::Branch, "North".parse().unwrap())
}

/// Adds a unit without asking, which the guard refuses.
#[operation("host.add_unasked")]
pub struct AddUnasked {}

impl Operation for AddUnasked {
    const ACCESS: Access = Access::Asks(&[Permission::UNITS_MANAGE]);
    type Answer = ();
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Done<Self> {
        let unit = unit(tx);
        tx.insert(&unit).await
    }
}

/// Adds a unit although it only reads, which the guard refuses.
#[operation("host.add_by_reading")]
pub struct AddByReading {}

impl Operation for AddByReading {
    const ACCESS: Access = Access::Public("a test");
    const EFFECT: Effect = Effect::Reads;
    type Answer = ();
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Done<Self> {
        let unit = unit(tx);
        tx.insert(&unit).await
    }
}

/// Runs an operation that does not ask inside itself.
#[operation("host.nest_unasked")]
pub struct NestUnasked {}

impl Operation for NestUnasked {
    const ACCESS: Access = Access::Public("a test");
    type Answer = String;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Done<Self> {
        // An operation inside another one brings no permit of its own.
        tx.run(AddUnasked {}).await?;
        Ok("it was added".to_owned())
    }
}

/// Counts how often it ran, by units.
#[operation("host.count_runs")]
pub struct CountRuns {
    /// Any number.
    pub number: u32,
}

impl Operation for CountRuns {
    const ACCESS: Access = Access::Public("a test");
    type Answer = u64;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Done<Self> {
        let unit = unit(tx);
        tx.insert(&unit).await?;
        tx.count(Query::<OrgUnit>::all()).await
    }
}

fn store() -> (Store, Context) {
    let test = TestContext::new("operations");
    (Store::new(MemoryStore::new()), test.build())
}

#[tokio::test]
async fn nothing_is_written_before_a_permit_or_by_reading() {
    let (store, cx) = store();
    let unasked = store.run(&cx, AddUnasked {}).await;
    assert!(matches!(unasked, Err(Failure::Store(StoreError::WriteBeforePermit { .. }))));
    let reading = store.run(&cx, AddByReading {}).await;
    assert!(matches!(reading, Err(Failure::Store(StoreError::WriteByRead { .. }))));
    let nested = store.run(&cx, NestUnasked {}).await;
    assert!(matches!(nested, Err(Failure::Store(StoreError::WriteBeforePermit { .. }))));
    let mut tx = store.begin(&cx).await.unwrap();
    assert_eq!(tx.count(Query::<OrgUnit>::all()).await.unwrap(), 0);
    assert_eq!(tx.count(Query::<Template>::all()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_key_belongs_to_its_actor_its_operation_and_its_parameters() {
    let (store, cx) = store();
    let one = CountRuns { number: 1 };
    let first = store.run_once(&cx, "key", one.clone()).await.unwrap();
    assert_eq!(first, Applied::Executed(1));
    assert_eq!(store.run_once(&cx, "key", one.clone()).await.unwrap(), Applied::AlreadyApplied(1));
    let other = store.run_once(&cx, "key", CountRuns { number: 2 }).await;
    assert!(matches!(other, Err(Failure::Key(IdempotencyError::OtherParameters))), "{other:?}");
    let stranger = cx.clone().with_actor(Actor::system("another"));
    assert_eq!(store.run_once(&stranger, "key", one.clone()).await.unwrap(), Applied::Executed(2));
    let long = "k".repeat(255);
    assert!(store.run_once(&cx, &long, one.clone()).await.is_ok(), "255 characters are a key");
    for bad in ["", &"k".repeat(256), "a\0"] {
        let refused = store.run_once(&cx, bad, one.clone()).await;
        assert!(matches!(refused, Err(Failure::Key(IdempotencyError::InvalidKey))), "{bad:?}");
    }
}

#[tokio::test]
async fn an_operation_runs_by_its_name_with_json() {
    let (store, cx) = store();
    let all = [OperationType::of::<CountRuns>()];
    let it = all.iter().find(|it| it.name == "host.count_runs").unwrap();
    assert_eq!(it.summary(), "Counts how often it ran, by units.");
    assert_eq!(it.fields[0].doc, "Any number.");
    let answer = it.run(&store, &cx, serde_json::json!({ "number": 1 })).await.unwrap();
    assert_eq!(answer, 1);
    let unknown = it.run(&store, &cx, serde_json::json!({ "number": 1, "more": 2 })).await;
    assert_eq!(lms::kernel::DomainError::code(&unknown.unwrap_err()), "operation.malformed");
}
