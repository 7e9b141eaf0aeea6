//! What follows from money: the one place where orders meet what they sold.
//!
//! Facts about a payment come in, and the queue works off what they call for, step by step:
//! the payment **learns** its facts, its order is **settled**, its items are **fulfilled** or
//! **reclaimed**, what is left over is **refunded**, and the books are **posted**. A step never
//! calls an earlier one: it puts it into the queue. So all rooms below depend downward only, and
//! the rows that remain follow from the set of facts, not from the order in which they came.
mod dispute;
mod facts;
mod lines;
mod queue;
mod settle;
mod unheard;

pub use facts::RecordPaymentFacts;
pub(crate) use facts::learn;
use queue::{Queue, Task};
pub(crate) use queue::{carry_out, pay_nothing, settle, settle_closed};
pub(crate) use unheard::{stop_if_unheard, stop_unheard};
