//! Work on orders that a step of a subscription leaves.
use crate::Order;
use lms_kernel::{Id, Timestamp};

/// An order that a step of a subscription closed or placed, and that is to be settled. A
/// subscription settles no orders itself: it hands them up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderWork {
    /// It was closed while it waited for money: money paid for it goes back.
    Closed(Id<Order>),
    /// It costs nothing, so it is paid as of that time.
    Free(Id<Order>, Timestamp),
}
