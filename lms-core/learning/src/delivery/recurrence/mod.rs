//! Recurrence rules in local time, and their occurrences.
mod expand;
mod local_time;
mod parse;
mod rule;

pub use expand::{Occurrence, RecurrenceLimit};
pub use local_time::local_instant;
pub use rule::{ByDay, Frequency, Recurrence, RecurrenceEnd, RecurrenceError};
