//! Splitting a refund over lines and payments.
use crate::{OrderItem, Payment, Refund, earned_parts};
use lms_kernel::{Money, MoneyError};

/// The refundable amount of a payment: the amount taken, less chargebacks and less the refunds that
/// are pending or done.
///
/// # Errors
/// [`MoneyError::Overflow`].
pub fn refundable(payment: &Payment, refunds: &[Refund]) -> Result<Money, MoneyError> {
    let own = refunds.iter().filter(|it| it.payment_id == payment.id && it.status.holds_money());
    let spoken_for = Money::sum(own.map(|it| it.amount), payment.amount.currency())?;
    let left = payment.captured.sub(payment.reversed)?.sub(spoken_for)?;
    left.max(Money::zero(left.currency()))
}

/// The tax in the next `amount` refunded of a line of which `before` was refunded: the tax in the
/// amount kept until then, less the tax in the amount kept after it. The ledger computes the same,
/// so that the tax on a refund's document is the tax in its entry, and the parts of all refunds sum
/// to the line's tax.
///
/// # Errors
/// [`MoneyError`].
pub fn tax_part(item: &OrderItem, before: Money, amount: Money) -> Result<Money, MoneyError> {
    let parts = [item.tax, item.net];
    let tax = |kept: Money| -> Result<Money, MoneyError> {
        let split = earned_parts(&parts, kept)?;
        Ok(split.first().copied().unwrap_or(Money::zero(kept.currency())))
    };
    let kept = item.gross()?.sub(before)?;
    tax(kept)?.sub(tax(kept.sub(amount)?)?)
}

/// What a line costs, and what of it went back because people asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineMoney {
    /// What it costs with tax.
    pub(crate) gross: Money,
    /// What people asked back of it, and what went back.
    pub(crate) asked: Money,
}

/// How refunds that were made at the provider are spread over the lines of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SpreadRefunds {
    /// For each refund, what goes back of each line.
    pub(crate) parts: Vec<Vec<Money>>,
    /// For each line, whether nothing of it is left.
    pub(crate) gone: Vec<bool>,
}

/// Spreads refunds that were made at the provider, in the order of their names, over the amounts
/// due of the lines. An overpayment is refunded first and is of no line; the rest is spread by the
/// amount due of each. It follows from the sums alone, not from the order of arrival.
///
/// # Errors
/// [`MoneyError`].
pub(crate) fn spread_over_lines(
    lines: &[LineMoney],
    refunds: &[Money],
    kept: Money,
) -> Result<SpreadRefunds, MoneyError> {
    let nothing = Money::zero(kept.currency());
    let mut due = Vec::with_capacity(lines.len());
    for line in lines {
        due.push(line.gross.sub(line.asked)?.max(nothing)?);
    }
    let all_due = Money::sum(due.iter().copied(), kept.currency())?;
    let made = Money::sum(refunds.iter().copied(), kept.currency())?;
    let of_lines = all_due.sub(kept)?.max(nothing)?.min(made)?.min(all_due)?;
    let mut parts = Vec::with_capacity(refunds.len());
    let mut before = vec![nothing; lines.len()];
    let mut spread = nothing;
    for refund in refunds {
        spread = spread.add(*refund)?.min(of_lines)?;
        let now = earned_parts(&due, spread)?;
        let own = now.iter().zip(&before).map(|(now, before)| now.sub(*before));
        parts.push(own.collect::<Result<Vec<_>, _>>()?);
        before = now;
    }
    let nothing_kept = !kept.is_positive();
    let gone = due.iter().zip(&before).map(|(due, gone)| nothing_kept || gone == due).collect();
    Ok(SpreadRefunds { parts, gone })
}

/// What one payment returns, and for which lines.
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

    use uuid::Uuid;

    use super::*;
    use crate::{Item, ItemKind, LineShare, Order, ShareRole};
    use lms_kernel::{Actor, Context, Currency, SequentialIds, TenantId, Timestamp};

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

    fn line(net: i64, tax: i64, share: i64) -> OrderItem {
        let ids = std::sync::Arc::new(SequentialIds::starting_at(1));
        let cx = Context::new(
            TenantId::from_uuid(Uuid::from_u128(1)),
            Actor::system("test"),
            Timestamp::EPOCH,
            ids,
        );
        let order = Order::new(&cx, 1, cx.id(), Currency::EUR);
        let item = Item::new(ItemKind::Course, Uuid::from_u128(2));
        let mut line = OrderItem::new(&cx, &order, item, eur(net));
        line.tax = eur(tax);
        let (beneficiary, role) = (cx.id(), ShareRole::Instructor);
        line.shares.push(LineShare { beneficiary, role, amount: eur(share) });
        line
    }

    /// What the books move from tax when what is kept of a line falls.
    fn booked_tax(line: &OrderItem, from: Money, to: Money) -> Money {
        let parts = line.parts().unwrap();
        let tax = |kept| earned_parts(&parts, kept).unwrap()[0];
        tax(from).sub(tax(to)).unwrap()
    }

    /// Net 25.00, 20 % tax, half of the net for the teacher: 4.00 of 30.00 go back, a sixth of
    /// which is tax.
    #[test]
    fn the_document_and_the_books_show_the_same_tax() {
        let line = line(25_00, 5_00, 12_50);
        assert_eq!(tax_part(&line, eur(0), eur(4_00)), Ok(eur(67)));
        assert_eq!(booked_tax(&line, eur(30_00), eur(26_00)), eur(67));
    }

    proptest! {
        #[test]
        fn every_refund_shows_the_tax_that_is_booked(
            net in 1_i64..3_000,
            tax in 0_i64..700,
            share in 0_i64..=100,
            cuts in proptest::collection::vec(0_i64..500, 1..6),
        ) {
            let line = line(net, tax, net * share / 100);
            let (whole, mut gone, mut shown) = (net + tax, 0, 0);
            let rest = whole - cuts.iter().sum::<i64>();
            for cut in cuts.into_iter().chain([rest.max(0)]) {
                let cut = cut.min(whole - gone);
                let document = tax_part(&line, eur(gone), eur(cut)).unwrap();
                let books = booked_tax(&line, eur(whole - gone), eur(whole - gone - cut));
                prop_assert_eq!(document, books);
                prop_assert!((0..=cut).contains(&document.minor()));
                gone += cut;
                shown += document.minor();
            }
            prop_assert_eq!(gone == whole, true);
            prop_assert_eq!(shown, tax);
        }

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
