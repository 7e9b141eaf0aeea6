//! The table of services: a row says who may call a service, and who is refused.
use std::{fmt, future::Future, pin::Pin};

use lms::{
    kernel::{Context, DomainError, ErrorKind, Scope},
    memory::MemoryStore,
    store::{Store, Transaction, operation::Failure},
};

use crate::world::{Who, World};

/// People who have no business with somebody's learning in the north: a learner with no part in
/// it, whoever runs the south, an administrator of another tenant, and nobody at all.
pub(crate) const ALL: &[Who] = &[Who::Other, Who::South, Who::Stranger, Who::Nobody];
/// The same without those who work for the tenant.
pub(crate) const NOT_STAFF: &[Who] = &[Who::Other, Who::Stranger, Who::Nobody];
/// Those who are not members.
pub(crate) const OUTSIDERS: &[Who] = &[Who::Stranger, Who::Nobody];
/// Nobody who has signed in.
pub(crate) const NOBODY: &[Who] = &[Who::Nobody];
/// Everybody but the platform's people; of what is one person's own, everybody but that one.
pub(crate) const TENANT: &[Who] = &[Who::Admin, Who::Other, Who::South, Who::Stranger, Who::Nobody];

/// What an administrator of another tenant meets who names this tenant's records in their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// They are not there.
    Missing,
    /// Nothing of this tenant is named: the service is about whoever calls it.
    Own,
}

/// Why a service did not do it.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) kind: ErrorKind,
    pub(crate) code: &'static str,
    message: String,
}

impl Refusal {
    fn of(error: &impl DomainError) -> Self {
        Self { kind: error.kind(), code: error.code(), message: error.to_string() }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.message)
    }
}

pub(crate) fn outcome<T, E: DomainError>(done: Result<T, E>) -> Result<(), Refusal> {
    done.map(drop).map_err(|error| Refusal::of(&error))
}

/// The concerns whose errors every operation shares, as codes have them.
const SHARED: [&str; 4] = ["authorization", "feature", "idempotency", "store"];

/// The outcome of an operation. What its host would meet as refused by the operation's own rule is
/// never an error that every operation shares.
pub(crate) fn told_apart<T, E>(done: Result<T, E>) -> Result<(), Refusal>
where
    E: lms::store::operation::Refusal,
{
    done.map(drop).map_err(|error| {
        let refusal = Refusal::of(&error);
        let concern = refusal.code.split('.').next().unwrap_or_default();
        let is_own = matches!(error.into_failure(), Failure::Refused(_));
        assert_eq!(is_own, !SHARED.contains(&concern), "`{}` is told apart", refusal.code);
        refusal
    })
}

pub(crate) type Call = for<'a> fn(
    &'a World,
    &'a Context,
    &'a mut Transaction,
) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + 'a>>;

/// A row of the table.
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) by: Who,
    pub(crate) refused: &'static [Who],
    pub(crate) elsewhere: Elsewhere,
    pub(crate) call: Call,
}

/// The call of a row: `[…]` holds an operation, `(…)` the arguments of a service that takes a port,
/// `{…}` what stands for the operation where it is run otherwise.
macro_rules! called {
    ($tx:ident, $name:ident [$operation:expr $(,)?]) => {
        {
            use crate::bending::*;
            let operation = (&Input(&$operation)).bent();
            crate::table::told_apart($tx.run(operation).await)
        }
    };
    ($tx:ident, $name:ident ($($argument:expr),* $(,)?)) => {
        crate::table::outcome($name($tx $(, $argument)*).await)
    };
    ($tx:ident, $name:ident { $future:expr }) => {{
        let _ = $tx;
        crate::table::outcome($future.await)
    }};
}
pub(crate) use called;

/// Rows: the call of a service, who may make it, who is refused, and what another tenant meets.
macro_rules! services {
    (
        |$w:ident, $cx:ident|
        $($name:ident $call:tt by $by:ident, not $refused:ident, $away:ident;)+
    ) => {
        vec![$(crate::table::Service {
            name: stringify!($name),
            by: crate::world::Who::$by,
            refused: crate::table::$refused,
            elsewhere: crate::table::Elsewhere::$away,
            call: |$w, $cx, tx| Box::pin(async move {
                let _ = ($w, $cx);
                crate::table::called!(tx, $name $call)
            }),
        }),+]
    };
}

/// The scope that an operation opens when a host runs it; the widest for what is no operation.
pub(crate) fn scope_of(name: &str, cx: &Context) -> Scope {
    use lms::store::operation::Within;
    static WITHIN: std::sync::LazyLock<std::collections::BTreeMap<&str, Within>> =
        std::sync::LazyLock::new(|| {
            let all = lms::operations().into_iter();
            all.filter_map(|it| Some((it.name.split_once('.')?.1, it.within))).collect()
        });
    WITHIN.get(name).map_or(Scope::TenantAndPlatform(cx.tenant()), |it| it.scope(cx))
}

/// Runs every row, each in a world of its own: the refused are refused and noted, another tenant
/// finds nothing, and whoever may can.
pub(crate) async fn check(rows: Vec<Service>) {
    check_in(rows, || World::open(Store::new(MemoryStore::new()))).await;
}

/// The same in worlds of one's own.
pub(crate) async fn check_in(rows: Vec<Service>, open: impl AsyncFn() -> World) {
    for row in rows {
        let world = open().await;
        check_refusals(&world, &row, row.refused).await;
        let done = attempt(&world, &row, row.by).await;
        done.unwrap_or_else(|refusal| panic!("`{}` by {:?}: {refusal}", row.name, row.by));
    }
}

/// The same in one world, which stays as it is.
pub(crate) async fn check_at(rows: Vec<Service>, world: &World) {
    for row in rows {
        // Of strangers who have not signed in a tenant notes so many an hour and no more.
        let (strangers, known): (Vec<_>, Vec<_>) =
            row.refused.iter().partition(|it| **it == Who::Nobody);
        check_refusals(world, &row, &known).await;
        for who in strangers {
            let refusal = attempt(world, &row, who).await;
            let refusal = refusal.err().unwrap_or_else(|| panic!("`{}` lets {who:?}", row.name));
            assert_eq!(refusal.kind, ErrorKind::Forbidden, "`{}`: {refusal}", row.name);
        }
        let mut tx = begin(world, &row, row.by).await;
        let done = (row.call)(world, &world.cx(row.by), &mut tx).await;
        tx.rollback().await.unwrap();
        done.unwrap_or_else(|refusal| panic!("`{}` by {:?}: {refusal}", row.name, row.by));
    }
}

/// The refused are refused and noted, and another tenant finds nothing.
async fn check_refusals(world: &World, row: &Service, refused: &[Who]) {
    let name = row.name;
    for who in refused {
        let before = world.denials().await;
        let refusal = attempt(world, row, *who).await;
        let refusal = refusal.err().unwrap_or_else(|| panic!("`{name}` lets {who:?}"));
        assert_eq!(refusal.kind, ErrorKind::Forbidden, "`{name}` by {who:?}: {refusal}");
        assert_eq!(world.denials().await, before + 1, "`{name}` by {who:?} is not noted");
    }
    if row.elsewhere == Elsewhere::Missing {
        let refusal = attempt(world, row, Who::Elsewhere).await;
        let refusal = refusal.err().unwrap_or_else(|| panic!("`{name}` crosses tenants"));
        assert!(refusal.kind != ErrorKind::Unavailable, "`{name}` elsewhere: {refusal}");
    }
}

async fn begin(world: &World, row: &Service, who: Who) -> Transaction {
    let cx = world.cx(who);
    world.store.begin_in(&cx, scope_of(row.name, &cx)).await.unwrap()
}

async fn attempt(world: &World, row: &Service, who: Who) -> Result<(), Refusal> {
    let cx = world.cx(who);
    let mut tx = begin(world, row, who).await;
    let done = (row.call)(world, &cx, &mut tx).await;
    match &done {
        Ok(()) => tx.commit().await.unwrap(),
        Err(_) => tx.rollback().await.unwrap(),
    }
    done
}
