//! What every operation shares: its guard, its key, its answer to a host.
use lms::{
    identity::{AddMember, MemberError, MembershipKind, User},
    kernel::{Actor, Context, Id, Permission, Scope},
    memory::MemoryStore,
    notification::Template,
    store::{
        Applied, IdempotencyError, Query, Record as _, Store, StoreError, Transaction,
        operation::{Access, Done, Effect, Failure, Operation, OperationType, Within, operation},
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

/// Purges every unit as retention does, row by row, without asking, which the guard refuses.
#[operation("host.purge_unasked")]
pub struct PurgeUnasked {}

impl Operation for PurgeUnasked {
    const ACCESS: Access = Access::Asks(&[Permission::UNITS_MANAGE]);
    type Answer = ();
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Done<Self> {
        for unit in tx.all(Query::<OrgUnit>::all()).await? {
            tx.purge_row(OrgUnit::schema(), &unit.to_row()).await?;
        }
        Ok(())
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

/// Locks a login, which is the platform's, and does not declare that it needs it.
#[operation("host.lock_login")]
pub struct LockLogin {
    /// The login.
    pub user_id: Id<User>,
}

impl Operation for LockLogin {
    const ACCESS: Access = Access::Public("a test");
    type Answer = ();
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Done<Self> {
        tx.lock(self.user_id).await.map(drop)
    }
}

/// Adds a member, which may touch the login, and does not declare that it needs it.
#[operation("host.add_guest")]
pub struct AddGuest {}

impl Operation for AddGuest {
    const ACCESS: Access = Access::Asks(&[Permission::MEMBERS_MANAGE]);
    type Answer = ();
    type Error = MemberError;

    async fn run(self, tx: &mut Transaction) -> Done<Self> {
        let guest = AddMember::new(MembershipKind::Student, "Guest".parse().unwrap());
        tx.run(guest).await.map(drop)
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
    drop(tx);
    store.run(&cx, CountRuns { number: 1 }).await.unwrap();
    let purged = store.run(&cx, PurgeUnasked {}).await;
    assert!(matches!(purged, Err(Failure::Store(StoreError::WriteBeforePermit { .. }))));
    let mut tx = store.begin(&cx).await.unwrap();
    assert_eq!(tx.count(Query::<OrgUnit>::all()).await.unwrap(), 1);
}

#[tokio::test]
async fn what_belongs_to_the_platform_is_declared() {
    let (store, cx) = store();
    // Also in a transaction that is wide enough: `store.run` opens the one that is declared.
    for scope in [cx.scope(), Scope::TenantAndPlatform(cx.tenant())] {
        let mut tx = store.begin_in(&cx, scope).await.unwrap();
        let locked = tx.run(LockLogin { user_id: cx.id() }).await.unwrap_err();
        match locked {
            StoreError::NeedsPlatform { table } => assert_eq!(table, "users"),
            StoreError::UndeclaredPlatform { operation, needs } => {
                assert_eq!((operation, needs), ("host.lock_login", "users"));
            }
            other => panic!("{other}"),
        }
        let nested = tx.run(AddGuest {}).await.unwrap_err();
        let (operation, needs) = ("host.add_guest", "identity.add_member");
        assert!(
            matches!(
                nested,
                MemberError::Store(StoreError::UndeclaredPlatform { operation: it, needs: of })
                    if (it, of) == (operation, needs)
            ),
            "{nested}"
        );
    }
    let mut tx = store.begin(&cx).await.unwrap();
    let read = tx.get(cx.id::<User>()).await;
    assert!(matches!(read, Err(StoreError::NeedsPlatform { table: "users" })), "{read:?}");
}

/// The platform's people act by their roles on the platform, which only a transaction that
/// includes the platform reads.
#[test]
fn who_asks_for_a_permission_of_the_platform_includes_it() {
    let operations = lms::operations();
    let of_platform: Vec<_> = operations
        .iter()
        .filter(|it| it.access.permissions().iter().any(|it| it.area() == "platform"))
        .collect();
    assert!(of_platform.len() > 10, "{of_platform:?}");
    let narrow: Vec<_> =
        of_platform.into_iter().filter(|it| it.within != Within::TenantAndPlatform).collect();
    assert!(narrow.is_empty(), "{narrow:?}");
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
