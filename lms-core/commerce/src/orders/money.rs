//! The balance of an order's payments, and the status that follows.
use crate::{Order, OrderEvent, OrderStatus, Payment, PaymentStatus};
use lms_kernel::{Currency, Money, MoneyError};

/// The sums of one order's payments, in the order's currency.
///
/// Its results depend on the *set* of facts and never on their order: whether an order was paid
/// follows from the amount taken, not from the amount still there, so that a refund that arrives
/// before its payment changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderMoney {
    currency: Currency,
    captured: i128,
    refunded: i128,
    reversed: i128,
    /// Taken by payments that the bank has not reversed in full.
    standing: i128,
    /// Sent back because people asked for it back, line by line.
    asked_back: i128,
    attempts: usize,
    given_up: usize,
    paid: usize,
}

/// What the money says an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sale {
    /// It was never paid.
    Unpaid,
    /// It is paid, and something of it is still there.
    Paid,
    /// It was paid, and all of it went back.
    GoneBack,
    /// It was paid, and the bank reversed so much that it is not paid any more.
    TakenBack,
}

impl OrderMoney {
    /// What these payments of `order` come to. Payments in another currency count as attempts,
    /// and their money never pays for anything.
    pub fn of(order: &Order, payments: &[Payment]) -> Self {
        let mut sum = Self {
            currency: order.currency(),
            captured: 0,
            refunded: 0,
            reversed: 0,
            standing: 0,
            asked_back: 0,
            attempts: payments.len(),
            given_up: 0,
            paid: 0,
        };
        for payment in payments {
            let over = payment.status == PaymentStatus::Refunded || payment.status.is_given_up();
            sum.given_up += usize::from(over);
            if payment.amount.currency() != sum.currency {
                continue;
            }
            let captured = i128::from(payment.captured.minor());
            let reversed = i128::from(payment.reversed.minor());
            let was_paid = captured > 0 || payment.status == PaymentStatus::Completed;
            let stands = reversed < captured || captured == 0;
            sum.paid += usize::from(was_paid);
            sum.captured += captured;
            sum.refunded += i128::from(payment.refunded.minor());
            sum.reversed += reversed;
            sum.standing += if stands { captured } else { 0 };
        }
        sum
    }

    /// The same, where so much of the lines went back because people asked for it.
    #[must_use]
    pub fn with_asked_back(mut self, asked_back: Money) -> Self {
        self.asked_back = i128::from(asked_back.minor());
        self
    }

    /// The amount taken and not refunded. It is below zero when money was refunded twice.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] out of range.
    pub fn kept(&self) -> Result<Money, MoneyError> {
        self.money(self.kept_minor())
    }

    /// The amount refunded, from whichever source it is known.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] out of range.
    pub fn returned(&self) -> Result<Money, MoneyError> {
        self.money(self.refunded + self.reversed)
    }

    /// Whether the bank reversed some of it.
    pub const fn is_reversed_in_part(&self) -> bool {
        self.reversed > 0
    }

    fn money(&self, minor: i128) -> Result<Money, MoneyError> {
        let minor = i64::try_from(minor).map_err(|_| MoneyError::Overflow)?;
        Ok(Money::from_minor(minor, self.currency))
    }

    const fn kept_minor(&self) -> i128 {
        self.captured - self.refunded - self.reversed
    }

    fn all_given_up(&self) -> bool {
        self.attempts > 0 && self.given_up == self.attempts
    }

    fn sale(&self, order: &Order) -> Sale {
        let (due, total) = (i128::from(order.due_first.minor()), i128::from(order.total.minor()));
        if self.paid == 0 || self.captured < due {
            return Sale::Unpaid;
        }
        let nothing_left = self.captured > 0 && self.kept_minor() <= 0;
        let stands = self.standing >= due;
        let all_asked_back = total > 0 && self.asked_back >= total;
        if (stands && (nothing_left || all_asked_back)) || (nothing_left && self.refunded > 0) {
            Sale::GoneBack
        } else if stands {
            Sale::Paid
        } else {
            Sale::TakenBack
        }
    }

    /// Whether it pays for the order now.
    pub(crate) fn pays(&self, order: &Order) -> bool {
        self.sale(order) == Sale::Paid
    }

    /// Money that belongs to no one: the amount received beyond the total less the refunds of its
    /// lines, or any amount received by a closed order. It has to be refunded.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] out of range.
    pub fn surplus(&self, order: &Order, back_of_lines: Money) -> Result<Money, MoneyError> {
        self.money((self.kept_minor() - due(order, back_of_lines)?).max(0))
    }

    /// What is still to be paid: the total less the refunds of its lines and the amount received;
    /// nothing of a closed order.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] out of range.
    pub fn outstanding(&self, order: &Order, back_of_lines: Money) -> Result<Money, MoneyError> {
        self.money((due(order, back_of_lines)? - self.kept_minor()).max(0))
    }

    /// The event that follows from the money for an order in that status, if any. A paid order
    /// completes first, whatever happened since, so that its end does not depend on the order in
    /// which facts arrived.
    pub fn event(&self, order: &Order) -> Option<OrderEvent> {
        let sale = self.sale(order);
        match order.status {
            OrderStatus::Pending | OrderStatus::Failed => match sale {
                Sale::Paid | Sale::GoneBack => Some(OrderEvent::PaidInFull),
                Sale::TakenBack if order.reversed_at.is_none() => Some(OrderEvent::PaidInFull),
                Sale::TakenBack | Sale::Unpaid => self.event_of_attempts(order.status),
            },
            OrderStatus::Expired | OrderStatus::Cancelled => {
                (sale == Sale::Paid || self.kept_minor() > 0).then_some(OrderEvent::PaidInFull)
            }
            OrderStatus::Completed => match sale {
                Sale::GoneBack => Some(OrderEvent::FullyRefunded),
                Sale::TakenBack | Sale::Unpaid => Some(OrderEvent::MoneyReversed),
                Sale::Paid => (self.kept_minor() > i128::from(order.total.minor()))
                    .then_some(OrderEvent::PaidInFull),
            },
            OrderStatus::Refunded => match sale {
                Sale::Paid | Sale::TakenBack => Some(OrderEvent::SaleRestored),
                Sale::GoneBack | Sale::Unpaid if self.kept_minor() > 0 => {
                    Some(OrderEvent::PaidInFull)
                }
                Sale::GoneBack | Sale::Unpaid => (self.reversed > 0 && self.kept_minor() < 0)
                    .then_some(OrderEvent::MoneyReversed),
            },
        }
    }

    fn event_of_attempts(&self, status: OrderStatus) -> Option<OrderEvent> {
        match status {
            OrderStatus::Pending if self.all_given_up() => Some(OrderEvent::AllAttemptsFailed),
            OrderStatus::Failed if self.attempts > self.given_up => Some(OrderEvent::NewAttempt),
            _ => None,
        }
    }

    /// The status that follows from the money and from what is written on the order, whatever
    /// status is stored. The two are always the same.
    pub fn derived_status(&self, order: &Order) -> OrderStatus {
        if order.refunded_at.is_some() {
            OrderStatus::Refunded
        } else if order.completed_at.is_some() && order.reversed_at.is_none() {
            OrderStatus::Completed
        } else if order.cancelled_at.is_some() {
            OrderStatus::Cancelled
        } else if order.expired_at.is_some() {
            OrderStatus::Expired
        } else if self.all_given_up() {
            OrderStatus::Failed
        } else {
            OrderStatus::Pending
        }
    }
}

/// What an order is paid with when nothing is outstanding and there is no surplus.
fn due(order: &Order, back_of_lines: Money) -> Result<i128, MoneyError> {
    Ok(match order.status {
        OrderStatus::Completed => i128::from(order.total.sub(back_of_lines)?.minor()),
        OrderStatus::Pending | OrderStatus::Failed => i128::from(order.total.minor()),
        OrderStatus::Expired | OrderStatus::Cancelled | OrderStatus::Refunded => 0,
    })
}
