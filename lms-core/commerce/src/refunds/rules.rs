//! How an amount that goes back is spread over lines and payments.
use crate::{OrderItem, Payment, Refund, earned_parts};
use lms_kernel::{Money, MoneyError};

/// What of a payment may still be sent back: what was taken, less what the bank took and what
/// refunds have spoken for.
///
/// # Errors
/// [`MoneyError::Overflow`].
pub fn refundable(payment: &Payment, refunds: &[Refund]) -> Result<Money, MoneyError> {
    let own = refunds.iter().filter(|it| it.payment_id == payment.id && it.status.holds_money());
    let spoken_for = Money::sum(own.map(|it| it.amount), payment.amount.currency())?;
    let left = payment.captured.sub(payment.reversed)?.sub(spoken_for)?;
    left.max(Money::zero(left.currency()))
}

/// The tax in the next `amount` that goes back of a line of which `before` went back: the
/// difference of two splits of the whole, so that the parts of all refunds sum to the line's tax.
///
/// # Errors
/// [`MoneyError`].
pub fn tax_part(item: &OrderItem, before: Money, amount: Money) -> Result<Money, MoneyError> {
    let parts = [item.net, item.tax];
    let tax = |refunded: Money| -> Result<Money, MoneyError> {
        let split = earned_parts(&parts, refunded)?;
        Ok(split.last().copied().unwrap_or(Money::zero(refunded.currency())))
    };
    tax(before.add(amount)?)?.sub(tax(before)?)
}

/// What one payment gives back, and for which lines.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GivenBack<P, L> {
    /// The payment.
    pub(crate) payment: P,
    /// How much for which line.
    pub(crate) lines: Vec<(L, Money)>,
}

/// Spreads what goes back of some lines over the payments that brought the money, in their order:
/// for each payment that gives something, which lines it gives for.
///
/// # Errors
/// [`MoneyError`]. What the payments cannot give is left out; check the sum first.
pub(crate) fn spread<L: Copy, P: Copy>(
    lines: &[(L, Money)],
    payments: &[(P, Money)],
) -> Result<Vec<GivenBack<P, L>>, MoneyError> {
    let mut spread = Vec::new();
    let mut lines = lines.iter().copied();
    let mut open = lines.next();
    for (payment, left) in payments {
        let mut left = *left;
        let mut gives: Vec<(L, Money)> = Vec::new();
        while let Some((line, wanted)) = open {
            let part = wanted.min(left)?;
            if part.is_positive() {
                gives.push((line, part));
                left = left.sub(part)?;
            }
            let rest = wanted.sub(part)?;
            if rest.is_positive() {
                open = Some((line, rest));
                break;
            }
            open = lines.next();
        }
        if !gives.is_empty() {
            spread.push(GivenBack { payment: *payment, lines: gives });
        }
    }
    Ok(spread)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use lms_kernel::Currency;

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::EUR)
    }

    #[test]
    fn lines_are_served_in_order_from_payments_in_order() {
        let lines = [("a", eur(30)), ("b", eur(50))];
        let spread = spread(&lines, &[(1, eur(40)), (2, eur(100))]).unwrap();
        let wanted = [
            GivenBack { payment: 1, lines: vec![("a", eur(30)), ("b", eur(10))] },
            GivenBack { payment: 2, lines: vec![("b", eur(40))] },
        ];
        assert_eq!(spread, wanted);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_while_payments_can_give(
            lines in proptest::collection::vec(1_i64..1_000, 1..6),
            payments in proptest::collection::vec(0_i64..1_000, 1..6),
        ) {
            let number = |of: &[i64]| of.iter().copied().map(eur).enumerate().collect::<Vec<_>>();
            let wanted: i64 = lines.iter().sum();
            let given: i64 = payments.iter().sum();
            let spread = spread(&number(&lines), &number(&payments)).unwrap();
            let moved: i64 =
                spread.iter().flat_map(|it| &it.lines).map(|(_, it)| it.minor()).sum();
            prop_assert_eq!(moved, wanted.min(given));
            for given in &spread {
                let sum: i64 = given.lines.iter().map(|(_, it)| it.minor()).sum();
                prop_assert!(sum <= payments[given.payment]);
            }
        }
    }
}
