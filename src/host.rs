//! The host's side of the core's ports: the machine's clock, ids and randomness.
use std::sync::Arc;

use chrono::DateTime;
use lms_core::kernel::{
    Actor, Clock, Context, Entropy, IdGenerator, TenantId, TimeOrderedIds, Timestamp,
};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the port that the rule points to")]
    fn now(&self) -> Timestamp {
        Timestamp::from_utc(DateTime::from(std::time::SystemTime::now()))
    }
}

/// The operating system's randomness, good for secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// Fills `bytes` from the operating system.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: going on would make guessable ids
    /// and secrets.
    #[expect(clippy::expect_used, reason = "without randomness no id and no secret is safe")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}

/// Makes the context of each operation from the machine's clock, ids and randomness.
///
/// ```
/// use lms::{host::Host, kernel::{Actor, TenantId}};
///
/// let host = Host::default();
/// let cx = host.context(TenantId::SINGLE, Actor::system("nightly"));
/// assert!(cx.now() > lms::kernel::Timestamp::EPOCH);
/// ```
#[derive(Clone, Debug)]
pub struct Host {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

impl Default for Host {
    fn default() -> Self {
        let ids = TimeOrderedIds::new(Arc::new(SystemEntropy));
        Self::new(Arc::new(SystemClock), Arc::new(ids))
    }
}

impl Host {
    /// A host with other ports: a fixed clock and counted ids make a program repeatable.
    pub fn new(clock: Arc<dyn Clock>, ids: Arc<dyn IdGenerator>) -> Self {
        Self { clock, ids }
    }

    /// The context of an operation that starts now.
    pub fn context(&self, tenant: TenantId, actor: Actor) -> Context {
        Context::new(tenant, actor, self.clock.now(), Arc::clone(&self.ids))
    }
}
