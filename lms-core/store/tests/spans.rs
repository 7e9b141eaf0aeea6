//! What the span of an operation says.
use std::{
    fmt::Debug,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use lms_kernel::{Actor, Context, SequentialIds, TenantId, Timestamp};
use lms_store::{
    Store, StoreError, Transaction,
    operation::{Access, Done, Effect, Operation, operation},
};
use lms_store_memory::MemoryStore;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

extern crate lms_store as lms_core;

/// The fields that were recorded after their span began, in order.
#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<Vec<String>>>);

impl Visit for Recorded {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.lock().unwrap().push(format!("{field}={value:?}"));
    }
}

/// Listens to the one span of an operation.
struct Spans(Recorded);

impl Subscriber for Spans {
    fn enabled(&self, of: &Metadata<'_>) -> bool {
        of.is_span() && of.name() == "operation"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.0.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Loses its first two races.
#[operation("host.lose_twice")]
pub struct LoseTwice {
    /// How often it ran.
    #[serde(skip)]
    pub ran: Arc<AtomicU32>,
}

impl Operation for LoseTwice {
    const ACCESS: Access = Access::Public("a test");
    const EFFECT: Effect = Effect::Reads;
    type Answer = ();
    type Error = StoreError;

    async fn run(self, _: &mut Transaction) -> Done<Self> {
        match self.ran.fetch_add(1, Ordering::Relaxed) {
            0 | 1 => Err(StoreError::Retryable { source: "a lost race".into() }),
            _ => Ok(()),
        }
    }
}

#[test]
fn the_span_of_an_operation_counts_its_attempts_and_says_its_outcome() {
    let recorded = Recorded::default();
    let _guard = tracing::subscriber::set_default(Spans(recorded.clone()));
    let ids = Arc::new(SequentialIds::new());
    let cx = Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = Store::new(MemoryStore::new());
    runtime.block_on(store.run(&cx, LoseTwice { ran: Arc::default() })).unwrap();
    let recorded = recorded.0.lock().unwrap();
    assert_eq!(*recorded, ["attempts=1", "attempts=2", "attempts=3", "outcome=\"done\""]);
}
