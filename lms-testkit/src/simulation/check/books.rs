//! Money: ledger entries balance, orders and payments agree with the facts, vouchers with their
//! redemptions.
use std::collections::{BTreeMap, BTreeSet};

use lms_core::{
    commerce::{
        FactKind, Order, OrderStatus, Payment, PaymentFactRecord, RedemptionStatus, Refund,
        RefundStatus, Voucher, VoucherRedemption,
    },
    kernel::Id,
    store::Record as _,
};
use uuid::Uuid;

use super::{Law, Step};
use crate::simulation::{
    mirror::{Mirror, int, text, uuid},
    recording::Written,
};

const LAW: &str = "books balance";

/// The lines of each ledger entry come to nothing in each currency.
pub(super) fn entries_balance(step: &Step<'_>, commit: &[Written]) -> Law {
    let mut sums: BTreeMap<(Uuid, String), i128> = BTreeMap::new();
    for it in commit.iter().filter(|it| it.schema.table == "ledger_lines") {
        let Some(row) = &it.row else { continue };
        let Some(entry) = uuid(it.schema, row, "entry_id") else { continue };
        let currency = text(it.schema, row, "amount_currency").to_owned();
        let minor = int(it.schema, row, "amount_minor").unwrap_or_default();
        *sums.entry((entry, currency)).or_default() += i128::from(minor);
    }
    match sums.iter().find(|it| *it.1 != 0) {
        Some(((entry, currency), sum)) => {
            step.broken(LAW, format!("the ledger entry {entry} is off by {sum} {currency}"))
        }
        None => Ok(()),
    }
}

/// Payments count what their facts say, refunds never exceed what came in, and an order that is
/// completed was paid.
pub(super) fn orders_agree(mirror: &Mirror, step: &Step<'_>, commit: &[Written]) -> Law {
    let mut orders: BTreeSet<Uuid> = BTreeSet::new();
    for it in commit {
        let Some(row) = &it.row else { continue };
        match it.schema.table {
            Order::TABLE => drop(orders.insert(it.id)),
            Payment::TABLE | Refund::TABLE => orders.extend(uuid(it.schema, row, "order_id")),
            _ => {}
        }
    }
    for id in orders {
        let Some(order) = mirror.get::<Order>(id) else { continue };
        order_agrees(mirror, step, &order)?;
    }
    Ok(())
}

fn order_agrees(mirror: &Mirror, step: &Step<'_>, order: &Order) -> Law {
    let payments: Vec<Payment> =
        mirror.all::<Payment>(step.own).filter(|it| it.order_id == order.id).collect();
    if order.total.is_negative() || order.total.minor() > order.subtotal.minor() + order.tax.minor()
    {
        return step.broken(LAW, format!("the order {} is of {}", order.id, order.total));
    }
    let mut net: i128 = 0;
    for payment in &payments {
        let facts: Vec<PaymentFactRecord> = mirror
            .all::<PaymentFactRecord>(step.own)
            .filter(|it| it.payment_id == payment.id)
            .collect();
        let captured = captured(payment, &facts);
        if captured != i128::from(payment.captured.minor()) {
            let what = format!(
                "the payment {} counts {} and its facts {captured}",
                payment.id, payment.captured
            );
            return step.broken(LAW, what);
        }
        net += captured - i128::from(payment.refunded.minor());
        refunds_fit(mirror, step, payment)?;
    }
    let was_paid = net >= i128::from(order.due_first.minor());
    if order.status == OrderStatus::Completed && !was_paid && order.reversed_at.is_none() {
        let refunded = payments.iter().any(|it| !it.refunded.is_zero() || !it.reversed.is_zero());
        if !refunded {
            let what = format!("the order {} is completed with {net} paid", order.id);
            return step.broken(LAW, what);
        }
    }
    Ok(())
}

/// What came in by the facts, in the currency of the payment. A fact that comes again under its key
/// counts once, with its largest amount.
fn captured(payment: &Payment, facts: &[PaymentFactRecord]) -> i128 {
    let mut by_key: BTreeMap<Option<&str>, i128> = BTreeMap::new();
    for fact in facts.iter().filter(|it| it.kind == FactKind::Capture) {
        let amount = fact.amount.filter(|it| it.currency() == payment.amount.currency());
        let minor = amount.map_or(0, |it| i128::from(it.minor()));
        let largest = by_key.entry(fact.key.as_deref()).or_default();
        *largest = minor.max(*largest);
    }
    by_key.values().sum()
}

fn refunds_fit(mirror: &Mirror, step: &Step<'_>, payment: &Payment) -> Law {
    let refunds = mirror.all::<Refund>(step.own).filter(|it| it.payment_id == payment.id);
    let completed = refunds.filter(|it| it.status == RefundStatus::Completed);
    let sum: i128 = completed.map(|it| i128::from(it.amount.minor())).sum();
    if sum > i128::from(payment.captured.minor()) {
        let what = format!("{sum} of the {} of a payment were refunded", payment.captured);
        return step.broken(LAW, what);
    }
    Ok(())
}

/// The counters of a voucher are what its redemptions say, and not above its limit.
pub(super) fn vouchers_agree(mirror: &Mirror, step: &Step<'_>, commit: &[Written]) -> Law {
    let mut vouchers: BTreeSet<Id<Voucher>> = BTreeSet::new();
    for it in commit {
        match it.schema.table {
            Voucher::TABLE => drop(vouchers.insert(Id::from_uuid(it.id))),
            VoucherRedemption::TABLE => {
                let row = it.row.as_ref();
                let voucher = row.and_then(|row| uuid(it.schema, row, "voucher_id"));
                vouchers.extend(voucher.map(Id::from_uuid));
            }
            _ => {}
        }
    }
    for id in vouchers {
        let Some(voucher) = mirror.get::<Voucher>(id.uuid()) else { continue };
        let of_voucher: Vec<_> = mirror
            .all::<VoucherRedemption>(step.own)
            .filter(|it| it.voucher_id == id)
            .map(|it| it.status)
            .collect();
        let count = |status| of_voucher.iter().filter(|it| **it == status).count();
        let reserved = count(RedemptionStatus::Reserved);
        let confirmed = count(RedemptionStatus::Confirmed);
        if (reserved, confirmed) != (to_usize(voucher.reserved), to_usize(voucher.confirmed)) {
            let what = format!("{reserved} and {confirmed} redemptions of {voucher:?}");
            return step.broken(LAW, what);
        }
        if voucher.max_redemptions.is_some_and(|it| reserved + confirmed > to_usize(it)) {
            return step.broken(LAW, format!("{voucher:?} was used too often"));
        }
    }
    Ok(())
}

fn to_usize(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
