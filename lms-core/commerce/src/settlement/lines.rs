//! Refunds of each order line, and their effect on access.
use crate::{
    AccessSource, Grant, GrantStatus, ItemKind, Order, OrderItem, OrderMoney, OrderStatus,
    PaymentError, Refund, RefundAccess, RefundItem, RefundStatus, RevokeReason, Seat, SeatStatus,
    grants::{give, give_seats, take_back, take_seats_back},
    refunds::{LineMoney, spread_over_lines},
    settlement::{Queue, Task},
    tax_part,
};
use lms_kernel::{Id, Money};
use lms_store::{Stamp, Transaction};

/// The outcome of a sale while its order was settled.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SaleChange {
    /// It was paid, so that all refunds of its lines are news.
    paid: bool,
    /// Its money is gone.
    ended: Option<RevokeReason>,
}

impl SaleChange {
    /// Takes note of one step of the order.
    pub(crate) fn note(&mut self, from: OrderStatus, to: OrderStatus) {
        match (from, to) {
            (_, OrderStatus::Completed) => *self = Self { paid: true, ended: None },
            (OrderStatus::Completed, OrderStatus::Failed) => {
                self.ended = Some(RevokeReason::Reversed);
            }
            (_, OrderStatus::Refunded) => self.ended = Some(RevokeReason::Refunded),
            _ => {}
        }
    }
}

/// Spreads the refunds that were made at the provider over the lines, notes on each line what went
/// back, on each refund which tax, and gives or takes access accordingly. Tells what went back of
/// all lines.
pub(crate) async fn sync_lines(
    tx: &mut Transaction,
    (order, money): (&Order, &OrderMoney),
    (change, news): (SaleChange, &[Id<Refund>]),
    queue: &mut Queue,
) -> Result<Money, PaymentError> {
    let nothing = Money::zero(order.currency());
    if order.completed_at.is_none() {
        return Ok(nothing);
    }
    let refunds = tx.all(Refund::of_order(order.id)).await?;
    let touched = !refunds.is_empty() || money.returned()?.is_positive();
    if !touched && change.ended.is_none() {
        return Ok(nothing);
    }
    let mut items = tx.all(OrderItem::of_order(order.id)).await?;
    let parts = tx.all(RefundItem::of_order_items(items.iter().map(|it| it.id))).await?;
    let parts = spread_refunds(tx, money, &items, &refunds, parts).await?;
    let mut back_of_lines = nothing;
    for item in &mut items {
        let own: Vec<_> = parts.iter().filter(|it| it.order_item_id == item.id).collect();
        let refunded = Money::sum(own.iter().map(|it| it.amount), order.currency())?;
        if item.refunded != refunded {
            item.refunded = refunded;
            tx.update(item).await?;
        }
        back_of_lines = back_of_lines.add(refunded)?;
        let access = access_of(order, money, item, &own)?;
        if item.item.kind == ItemKind::Plan {
            let all = change.paid;
            let new: Vec<_> =
                own.into_iter().filter(|it| all || news.contains(&it.refund_id)).collect();
            tell_subscription(item, (access, change.ended), &new, queue);
        } else {
            sync_access(tx, item, access).await?;
        }
    }
    Ok(back_of_lines)
}

/// The refunded parts by line: requested refunds as requested, and refunds made at the provider by
/// what is due of each line. Parts that do not hold any more are deleted.
async fn spread_refunds(
    tx: &mut Transaction,
    money: &OrderMoney,
    items: &[OrderItem],
    refunds: &[Refund],
    stored: Vec<RefundItem>,
) -> Result<Vec<RefundItem>, PaymentError> {
    let mut done: Vec<&Refund> =
        refunds.iter().filter(|it| it.status == RefundStatus::Completed).collect();
    done.sort_by_key(|it| it.place_in_documents());
    let is_elsewhere =
        |id: Id<Refund>| refunds.iter().any(|it| it.id == id && it.was_made_elsewhere());
    let is_done = |id: Id<Refund>| done.iter().any(|it| it.id == id);
    let mut lines = Vec::with_capacity(items.len());
    for item in items {
        let asked = stored.iter().filter(|it| {
            it.order_item_id == item.id && is_done(it.refund_id) && !is_elsewhere(it.refund_id)
        });
        let asked = Money::sum(asked.map(|it| it.amount), item.net.currency())?;
        lines.push(LineMoney { gross: item.gross()?, asked });
    }
    let elsewhere: Vec<&&Refund> = done.iter().filter(|it| it.was_made_elsewhere()).collect();
    let amounts: Vec<Money> = elsewhere.iter().map(|it| it.amount).collect();
    let spread = spread_over_lines(&lines, &amounts, money.kept()?)?;
    let mut wanted: Vec<(Id<Refund>, Id<OrderItem>, Money, RefundAccess)> = Vec::new();
    for (refund, parts) in elsewhere.iter().zip(&spread.parts) {
        for ((item, part), gone) in items.iter().zip(parts).zip(&spread.gone) {
            let access = if *gone { RefundAccess::EndNow } else { RefundAccess::Keep };
            if part.is_positive() {
                wanted.push((refund.id, item.id, *part, access));
            }
        }
    }
    let mut kept = Vec::with_capacity(stored.len());
    for mut part in stored {
        if !is_elsewhere(part.refund_id) {
            kept.push(part);
            continue;
        }
        let place = (part.refund_id, part.order_item_id);
        match wanted.iter().position(|it| (it.0, it.1) == place) {
            None => tx.purge(&part).await?,
            Some(at) => {
                let (_, _, amount, access) = wanted.swap_remove(at);
                if (part.amount, part.access) != (amount, access) {
                    part.amount = amount;
                    part.access = access;
                    tx.update(&mut part).await?;
                }
                kept.push(part);
            }
        }
    }
    for (refund_id, order_item_id, amount, access) in wanted {
        let (id, stamp, tax) = (tx.id(), Stamp::new(tx.cx()), Money::zero(amount.currency()));
        let part = RefundItem { id, stamp, refund_id, order_item_id, amount, tax, access };
        tx.insert(&part).await?;
        kept.push(part);
    }
    show_tax(tx, items, &done, kept).await
}

/// Writes the tax of each part that went back, and keeps only those parts. The tax is what the
/// books move when the refunds of a line go back in the order of their requests.
async fn show_tax(
    tx: &mut Transaction,
    items: &[OrderItem],
    done: &[&Refund],
    mut parts: Vec<RefundItem>,
) -> Result<Vec<RefundItem>, PaymentError> {
    let mut shown = Vec::with_capacity(parts.len());
    for item in items {
        let mut gone = Money::zero(item.net.currency());
        for refund in done {
            let place = parts
                .iter()
                .position(|it| it.refund_id == refund.id && it.order_item_id == item.id);
            let Some(place) = place else { continue };
            let mut part = parts.swap_remove(place);
            let tax = tax_part(item, gone, part.amount)?;
            gone = gone.add(part.amount)?;
            if part.tax != tax {
                part.tax = tax;
                tx.update(&mut part).await?;
            }
            shown.push(part);
        }
    }
    Ok(shown)
}

/// The outcome of the access that a line gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineAccess {
    Open,
    Ended(RevokeReason),
}

/// Whether a line still gives access. It does while money of it is there and no refund ends it;
/// once its money is gone, only when refunds alone took it and all of them say that access stays.
fn access_of(
    order: &Order,
    money: &OrderMoney,
    item: &OrderItem,
    parts: &[&RefundItem],
) -> Result<LineAccess, PaymentError> {
    if !matches!(order.status, OrderStatus::Completed | OrderStatus::Refunded) {
        return Ok(LineAccess::Ended(RevokeReason::Reversed));
    }
    let ends = |it: &&&RefundItem| match it.access {
        RefundAccess::EndNow => true,
        RefundAccess::EndWithPeriod => {
            item.item.kind != ItemKind::Plan && item.access_days.is_none()
        }
        RefundAccess::Keep => false,
    };
    if parts.iter().any(|it| ends(&it)) {
        return Ok(LineAccess::Ended(RevokeReason::Refunded));
    }
    let gross = item.gross()?;
    let taken_by_refunds = gross.is_positive() && item.refunded.compare(gross)?.is_ge();
    let nothing_left = !money.kept()?.is_positive();
    let gone = match gross.is_positive() {
        true => taken_by_refunds || nothing_left,
        false => order.status == OrderStatus::Refunded,
    };
    let refunds_alone = taken_by_refunds || !money.is_reversed_in_part();
    Ok(match gone {
        true if !refunds_alone || parts.is_empty() => LineAccess::Ended(RevokeReason::Refunded),
        _ => LineAccess::Open,
    })
}

/// Grants or revokes the access of a line, where it is not so already. Grants revoked by people, or
/// expired, stay so.
async fn sync_access(
    tx: &mut Transaction,
    item: &OrderItem,
    access: LineAccess,
) -> Result<(), PaymentError> {
    let source = AccessSource::order_item(item.id);
    match access {
        LineAccess::Ended(reason) => {
            take_back(tx, source, reason).await?;
            take_seats_back(tx, item.id, reason).await
        }
        LineAccess::Open if item.seats > 1 => {
            let seats = tx.all(Seat::of_order_item(item.id)).await?;
            match seats.iter().any(|it| it.status == SeatStatus::Revoked) {
                true => give_seats(tx, item, None).await,
                false => Ok(()),
            }
        }
        LineAccess::Open => {
            let given = tx.all(Grant::from_source(source.id)).await?;
            let lost = given.iter().find(|it| {
                let by_money = matches!(
                    it.revoke_reason,
                    Some(RevokeReason::Refunded | RevokeReason::Reversed)
                );
                it.status == GrantStatus::Revoked && it.target == item.item && by_money
            });
            match lost {
                Some(lost) => give(tx, item.learner_id, item.item, source, lost.ends_at).await,
                None => Ok(()),
            }
        }
    }
}

/// Has the subscription of a line told what went back of it now, or that its money is gone.
fn tell_subscription(
    item: &OrderItem,
    (access, ended): (LineAccess, Option<RevokeReason>),
    new: &[&RefundItem],
    queue: &mut Queue,
) {
    let line = || Box::new(item.clone());
    match (access, ended) {
        (LineAccess::Ended(_), Some(RevokeReason::Reversed)) => queue.push(Task::Reverse(line())),
        (LineAccess::Ended(_), Some(_)) => {
            queue.push(Task::Reclaim(line(), RefundAccess::EndNow));
        }
        (LineAccess::Ended(_) | LineAccess::Open, _) => {
            for part in new {
                queue.push(Task::Reclaim(line(), part.access));
            }
        }
    }
}
