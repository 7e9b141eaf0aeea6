//! Programs for two backends: what one tells, the other must tell, word for word.
//!
//! A [`Program`] is a random series of transactions over a few tables and two tenants: inserts,
//! updates (also stale ones), deletes, restores, purges, upserts, queries, pages, counts, locks,
//! commits and rollbacks, some of them two at a time. [`observe`] runs it and logs the answers. Ids
//! are the same in every run, so two logs can be compared line by line.
//!
//! ```no_run
//! # use lms_core::store::Store;
//! # async fn example(ours: Store, theirs: Store) -> Result<(), lms_testkit::Failure> {
//! use lms_testkit::{RunSeed, differential::{Program, observe}};
//!
//! for seed in 0..1_000 {
//!     let program = Program::from_seed(seed);
//!     let log = observe(&ours, &program, RunSeed::of_process()).await?;
//!     assert_eq!(log, observe(&theirs, &program, RunSeed::of_process()).await?, "{program:#?}");
//! }
//! # Ok(()) }
//! ```
mod observe;
mod program;
mod world;

pub use observe::observe;
pub use program::{Chosen, Condition, Ending, Program, Scenario, Step, Work, program};
