//! The rules that every backend keeps.
use lms_core::store::Store;
use lms_store_memory::MemoryStore;

fn main() {
    lms_testkit::conformance("memory", || Box::pin(async { Store::new(MemoryStore::new()) }));
}
