//! The span of an operation: which operation ran, for which tenant and actor, in how many attempts,
//! with which statements and with which outcome. Run it with `cargo run --example traced`.
//!
//! A host sends the same spans to its own subscriber, such as `tracing-subscriber` or an exporter
//! for OpenTelemetry. The one here keeps what it is given until an operation ends, and prints it.
use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lms::{
    kernel::{
        Actor, Context, DomainError as _, LanguageTag, SequentialIds, Slug, TenantId, Timestamp,
        Title,
    },
    memory::MemoryStore,
    store::Store,
    tenancy::{CreateTenant, CreateUnit, OpenSingleTenant, OrgUnitKind},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let store = Store::new(MemoryStore::new());
    let now: Timestamp = "2025-03-03T08:00:00Z".parse()?;
    let ids = Arc::new(SequentialIds::new());
    let setup = Context::new(TenantId::SINGLE, Actor::system("setup"), now, ids);
    let name = Title::new("Parla")?;
    let school = CreateTenant::new(name, Slug::from_title("Parla"), LanguageTag::new("it")?);
    store.run(&setup, OpenSingleTenant { tenant: school }).await?;

    tracing::subscriber::set_global_default(Printer::default())?;
    let setup = setup.with_request("request-1".parse()?);
    let unit = CreateUnit::new(OrgUnitKind::Branch, Title::new("North")?, None);
    store.run(&setup, unit.clone()).await?;
    let visitor = setup.with_actor(Actor::Anonymous).with_request("request-2".parse()?);
    let refused = store.run(&visitor, unit).await.err().ok_or("a visitor adds no unit")?;
    println!("The visitor is answered: {}", refused.message());
    Ok(())
}

/// Prints each operation when it ends, and its statements below it.
#[derive(Default)]
struct Printer(Mutex<Vec<Line>>);

/// A span: its name with its fields, and how many handles of it there are.
struct Line {
    text: String,
    handles: usize,
}

impl Printer {
    fn lines(&self) -> MutexGuard<'_, Vec<Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.text, " {field}={value:?}");
    }
}

impl Subscriber for Printer {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        ["operation", "statement"].contains(&metadata.name())
    }

    /// The id of a span is its place among the lines; the operation is the first of them.
    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut line = Line { text: attributes.metadata().name().to_owned(), handles: 1 };
        attributes.record(&mut line);
        let mut lines = self.lines();
        lines.push(line);
        Id::from_u64(lines.len() as u64)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        if let Some(line) = self.lines().get_mut(id.into_u64() as usize - 1) {
            values.record(line);
        }
    }

    fn clone_span(&self, id: &Id) -> Id {
        if let Some(line) = self.lines().get_mut(id.into_u64() as usize - 1) {
            line.handles += 1;
        }
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let mut lines = self.lines();
        let Some(line) = lines.get_mut(id.into_u64() as usize - 1) else { return true };
        line.handles -= 1;
        let is_closed = line.handles == 0;
        if is_closed && id.into_u64() == 1 {
            for (place, line) in lines.drain(..).enumerate() {
                println!("{}{}", if place == 0 { "" } else { "  " }, line.text);
            }
        }
        is_closed
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
