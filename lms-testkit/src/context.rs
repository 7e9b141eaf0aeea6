//! Contexts for tests: a tenant of their own, a stopped clock, ids that do not clash.
use std::{
    collections::hash_map::RandomState,
    env,
    hash::BuildHasher as _,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use lms_core::kernel::{Actor, Context, IdGenerator, SequentialIds, TenantId, Timestamp, uuid_v7};

use crate::random::{mix, number_of};

/// What tells the data of one run from those of another in the same database.
///
/// The same seed gives the same tenants and ids, so a database that is used again needs another
/// seed each time; [`RunSeed::of_process`] takes care of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunSeed(u64);

impl RunSeed {
    /// The environment variable that fixes the seed of a run, a whole number.
    pub const VARIABLE: &'static str = "LMS_TESTKIT_SEED";

    /// That seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The seed of this process: the one in [`RunSeed::VARIABLE`], or else one that the
    /// operating system's randomness gives.
    pub fn of_process() -> Self {
        static SEED: OnceLock<RunSeed> = OnceLock::new();
        *SEED.get_or_init(|| {
            let fixed = env::var(Self::VARIABLE).ok().and_then(|it| it.trim().parse().ok());
            Self(fixed.unwrap_or_else(|| RandomState::new().hash_one("lms-testkit")))
        })
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Makes contexts for a test: each has a fresh tenant, and ids that no other context of the run
/// makes.
///
/// ```
/// use lms_testkit::TestContext;
///
/// let test = TestContext::new("a learner enrols");
/// let (ours, theirs) = (test.build(), test.build());
/// assert_ne!(ours.tenant(), theirs.tenant());
/// ```
#[derive(Clone, Debug)]
pub struct TestContext {
    run: RunSeed,
    name: u64,
    now: Timestamp,
    actor: Actor,
    tenant: Option<TenantId>,
}

impl TestContext {
    /// The time that a context shows unless another is asked for: 2025-03-03T09:00:00Z, a Monday.
    pub const NOW: Timestamp = match Timestamp::from_micros(1_740_992_400_000_000) {
        Some(now) => now,
        None => Timestamp::EPOCH,
    };

    /// Contexts for the test of that name, which the system itself acts in.
    pub fn new(name: &str) -> Self {
        Self {
            run: RunSeed::of_process(),
            name: number_of(name),
            now: Self::NOW,
            actor: Actor::system("test"),
            tenant: None,
        }
    }

    /// The same, in the data of another run.
    #[must_use]
    pub fn with_run(mut self, run: RunSeed) -> Self {
        self.run = run;
        self
    }

    /// The same, at another time.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// The same, done by another person.
    #[must_use]
    pub fn by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// The same, always for this tenant instead of a fresh one.
    #[must_use]
    pub fn of_tenant(mut self, tenant: TenantId) -> Self {
        self.tenant = Some(tenant);
        self
    }

    /// A context: a fresh tenant, unless one was named, and its own ids.
    pub fn build(&self) -> Context {
        static CONTEXTS: AtomicU64 = AtomicU64::new(0);
        let count = CONTEXTS.fetch_add(1, Ordering::Relaxed);
        let number = mix(self.run.0 ^ mix(self.name.wrapping_add(mix(count))));
        let tenant = self.tenant.unwrap_or_else(|| {
            let mut random = [0; 10];
            for (byte, value) in random.iter_mut().zip(number.to_be_bytes()) {
                *byte = value;
            }
            TenantId::from_uuid(uuid_v7(self.now, random))
        });
        let ids: Arc<dyn IdGenerator> = Arc::new(SequentialIds::starting_at(mix(number) >> 3));
        Context::new(tenant, self.actor.clone(), self.now, ids)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    struct Course;

    #[test]
    fn the_default_time_is_the_one_promised() {
        assert_eq!(TestContext::NOW.to_string(), "2025-03-03T09:00:00Z");
    }

    #[test]
    fn contexts_never_share_a_tenant_or_an_id() {
        let mut tenants = HashSet::new();
        let mut ids = HashSet::new();
        for name in ["a", "b"] {
            for _ in 0..100 {
                let cx = TestContext::new(name).build();
                assert!(tenants.insert(cx.tenant()));
                for _ in 0..20 {
                    assert!(ids.insert(cx.id::<Course>()));
                }
            }
        }
    }

    #[test]
    fn runs_differ_by_their_seed() {
        assert_eq!(RunSeed::of_process(), RunSeed::of_process());
        let of = |seed| TestContext::new("a").with_run(RunSeed::new(seed)).build().tenant();
        assert_ne!(of(1), of(2));
    }
}
