//! Who does what, and when: the clock, the ids and the contexts of the people involved.
use std::sync::Arc;

use chrono::TimeDelta;
use lms::{
    identity::{Membership, User},
    kernel::{Actor, ActorId, Clock, Context, FixedClock, Id, SequentialIds, TenantId, Timestamp},
    store::Store,
};

pub(crate) type Failure = Box<dyn std::error::Error>;

/// The store, and a clock that moves only when told: the same file gives the same report,
/// whatever the backend and whenever it runs.
pub(crate) struct Desk {
    pub(crate) store: Store,
    clock: FixedClock,
    ids: Arc<SequentialIds>,
    tenant: TenantId,
}

/// Somebody who acts: their login and their membership of the school.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) user: Id<User>,
    pub(crate) member: Id<Membership>,
}

impl Desk {
    /// A desk that opens at `start`; `run` keeps the ids of a later run apart from those of the
    /// earlier ones.
    pub(crate) fn new(store: Store, tenant: TenantId, start: Timestamp, run: u64) -> Self {
        let ids = Arc::new(SequentialIds::starting_at(1 + run * 1_000_000_000));
        Self { store, clock: FixedClock::new(start), ids, tenant }
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn context(&self, actor: Actor) -> Context {
        let ids: Arc<dyn lms::kernel::IdGenerator> = self.ids.clone();
        Context::new(self.tenant, actor, self.clock.now(), ids)
    }

    /// The school's own programs: sign-up, gateway messages, notifications.
    pub(crate) fn system(&self) -> Context {
        self.context(Actor::system("placement-school"))
    }

    /// One person.
    pub(crate) fn acting(&self, person: Person) -> Context {
        self.context(Actor::User(ActorId::from_uuid(person.user.uuid())))
    }
}
