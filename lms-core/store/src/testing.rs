//! Decorators over a backend, for tests: fail the n-th call, refuse writes, count calls.
mod counting;
mod faulty;

pub use counting::{CallCounts, Counting};
pub use faulty::{FaultPlan, Faulty};
