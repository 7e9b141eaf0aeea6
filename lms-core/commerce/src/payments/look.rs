//! When an open attempt is looked at.
use chrono::TimeDelta;

use crate::{NextAction, Payment, PaymentMethod};
use lms_kernel::Timestamp;

/// How often someone asks a gateway the outcome of a payment.
pub(crate) const ASK_EVERY: TimeDelta = TimeDelta::hours(6);

/// How often someone looks for money that people record.
pub(crate) const LOOK_EVERY: TimeDelta = TimeDelta::hours(24);

/// After how long without a word an attempt counts as stopped. Authorisations of cards are gone by
/// then; money that comes nevertheless is still heard of.
pub(crate) const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(10);

/// When someone first looks at an attempt that starts now, or is open again. What a wallet has
/// promised ends by itself with the promise.
pub(crate) fn first_look(payment: &Payment, deadline: Timestamp, now: Timestamp) -> NextAction {
    match payment.method {
        PaymentMethod::Gateway => NextAction::at(now.saturating_add(ASK_EVERY)),
        method if method.is_recorded_by_hand() && deadline > now => NextAction::at(deadline),
        method if method.is_recorded_by_hand() => NextAction::at(now.saturating_add(LOOK_EVERY)),
        _ => NextAction::NEVER,
    }
}
