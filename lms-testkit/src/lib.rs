//! What every backend of the library must do, as tests that any backend can run, and what tests
//! of the library and of its hosts need besides.
//!
//! A backend runs the whole suite from a test target without the standard harness
//! (`harness = false`):
//!
//! ```no_run
//! # use lms_core::store::Store;
//! # async fn connect() -> Result<Store, lms_core::store::StoreError> { unimplemented!() }
//! fn main() {
//!     lms_testkit::conformance("my backend", || Box::pin(connect()));
//! }
//! ```
//!
//! Each rule is a named test (`store::a_stale_write_conflicts`), and so is each rule for each
//! record type of the registry (`record::courses::round_trips`), so that a new record type is
//! covered without a line of test. Filters and `--list` work as in any Rust test.
mod cases;
mod context;
pub mod differential;
mod failure;
mod figures;
mod random;
mod sampler;
pub mod simulation;
mod specimens;
mod stage;
pub mod strategies;
mod suite;

pub use context::{RunSeed, TestContext};
pub use failure::{Failure, Outcome};
pub use figures::{figure, race};
pub use lms_core::kernel::{FixedClock, SeededEntropy, SequentialIds};
pub use sampler::{Fill, Sample, Sampler};
pub use suite::{BoxFuture, Case, IntoStore, cases, conformance, conformance_of};
