//! What the payments of an order come to, and what that means for the order.
use crate::{Order, OrderEvent, OrderStatus, Payment, PaymentStatus};
use lms_kernel::{Currency, Money, MoneyError};

/// What the payments of one order come to, in the order's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderMoney {
    currency: Currency,
    captured: i128,
    refunded: i128,
    reversed: i128,
    attempts: usize,
    given_up: usize,
    counted: usize,
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
            attempts: payments.len(),
            given_up: 0,
            counted: 0,
        };
        for payment in payments {
            let over = payment.status == PaymentStatus::Refunded || payment.status.is_given_up();
            sum.given_up += usize::from(over);
            if payment.amount.currency() != sum.currency {
                continue;
            }
            sum.counted += usize::from(payment.status == PaymentStatus::Completed);
            sum.captured += i128::from(payment.captured.minor());
            sum.refunded += i128::from(payment.refunded.minor());
            sum.reversed += i128::from(payment.reversed.minor());
        }
        sum
    }

    /// What was taken and is still there. It is below zero when money went back twice.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] out of range.
    pub fn kept(&self) -> Result<Money, MoneyError> {
        let minor = i64::try_from(self.kept_minor()).map_err(|_| MoneyError::Overflow)?;
        Ok(Money::from_minor(minor, self.currency))
    }

    /// What went back, whoever said so.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] out of range.
    pub fn returned(&self) -> Result<Money, MoneyError> {
        let minor = i64::try_from(self.refunded + self.reversed);
        let minor = minor.map_err(|_| MoneyError::Overflow)?;
        Ok(Money::from_minor(minor, self.currency))
    }

    fn kept_minor(&self) -> i128 {
        self.captured - self.refunded - self.reversed
    }

    fn pays(&self, due: Money) -> bool {
        self.counted > 0 && self.kept_minor() >= i128::from(due.minor())
    }

    fn all_reversed(&self) -> bool {
        self.captured > 0 && self.reversed >= self.captured
    }

    fn all_gone(&self) -> bool {
        self.captured > 0 && self.refunded + self.reversed >= self.captured
    }

    fn all_given_up(&self) -> bool {
        self.attempts > 0 && self.given_up == self.attempts
    }

    /// Money that belongs to nobody: what was kept beyond the total less what was asked back of its
    /// lines, or at all by an order that is closed. It has to go back.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] out of range.
    pub fn surplus(&self, order: &Order, asked_back: Money) -> Result<Money, MoneyError> {
        let due = match order.status {
            OrderStatus::Completed => i128::from(order.total.sub(asked_back)?.minor()),
            OrderStatus::Pending | OrderStatus::Failed => i128::from(order.total.minor()),
            OrderStatus::Expired | OrderStatus::Cancelled | OrderStatus::Refunded => 0,
        };
        let surplus = (self.kept_minor() - due).max(0);
        let minor = i64::try_from(surplus).map_err(|_| MoneyError::Overflow)?;
        Ok(Money::from_minor(minor, self.currency))
    }

    /// What is still to be paid of the total.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] out of range.
    pub fn outstanding(&self, order: &Order) -> Result<Money, MoneyError> {
        let missing = (i128::from(order.total.minor()) - self.kept_minor()).max(0);
        let minor = i64::try_from(missing).map_err(|_| MoneyError::Overflow)?;
        Ok(Money::from_minor(minor, self.currency))
    }

    /// What the money says has happened to an order in that status, if anything.
    pub fn event(&self, order: &Order) -> Option<OrderEvent> {
        match order.status {
            OrderStatus::Pending | OrderStatus::Failed if self.pays(order.due_first) => {
                Some(OrderEvent::PaidInFull)
            }
            OrderStatus::Pending if self.all_given_up() => Some(OrderEvent::AllAttemptsFailed),
            OrderStatus::Failed if self.attempts > self.given_up => Some(OrderEvent::NewAttempt),
            OrderStatus::Pending | OrderStatus::Failed => None,
            OrderStatus::Expired | OrderStatus::Cancelled => (self.pays(order.due_first)
                || self.kept_minor() > 0)
                .then_some(OrderEvent::PaidInFull),
            OrderStatus::Completed if self.all_reversed() => Some(OrderEvent::MoneyReversed),
            OrderStatus::Completed if self.all_gone() => Some(OrderEvent::FullyRefunded),
            OrderStatus::Completed => (self.kept_minor() > i128::from(order.total.minor()))
                .then_some(OrderEvent::PaidInFull),
            OrderStatus::Refunded if self.kept_minor() > 0 => Some(OrderEvent::PaidInFull),
            OrderStatus::Refunded => {
                (self.reversed > 0 && self.kept_minor() < 0).then_some(OrderEvent::MoneyReversed)
            }
        }
    }

    /// The status that follows from the money and from what is written on the order, whatever
    /// status is stored. The two are always the same.
    pub fn derived_status(&self, order: &Order) -> OrderStatus {
        if order.refunded_at.is_some() {
            return OrderStatus::Refunded;
        }
        let sold = order.completed_at.is_some() && order.reversed_at.is_none();
        if sold && !self.all_gone() {
            return OrderStatus::Completed;
        }
        if order.cancelled_at.is_some() {
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
