//! Holding earnings back from payouts during a dispute.
use chrono::TimeDelta;

use crate::{Earning, Order, OrderItem, PaymentError, REFUND_WINDOW_DAYS};
use lms_kernel::{Id, Timestamp};
use lms_store::Transaction;

/// Keeps what the lines of an order have earned, and is in no payout yet, from being paid out.
pub(crate) async fn hold_earnings(
    tx: &mut Transaction,
    order: Id<Order>,
) -> Result<(), PaymentError> {
    change(tx, order, |_, _| Timestamp::MAX).await
}

/// Lets it be paid out when its refund window is over, as if there had been no dispute.
pub(crate) async fn release_earnings(
    tx: &mut Transaction,
    order: Id<Order>,
) -> Result<(), PaymentError> {
    change(tx, order, |line, all| {
        let window = TimeDelta::days(REFUND_WINDOW_DAYS);
        let same =
            |it: &&Earning| it.beneficiary_id == line.beneficiary_id && it.amount.is_positive();
        match line.amount.is_positive() {
            true => line.earned_at.saturating_add(window),
            // What went back is taken off with what the line earned.
            false => {
                let last = all.iter().filter(same).map(|it| it.earned_at).max();
                last.map_or(line.earned_at, |at| at.saturating_add(window).max(line.earned_at))
            }
        }
    })
    .await
}

async fn change(
    tx: &mut Transaction,
    order: Id<Order>,
    available: impl Fn(&Earning, &[Earning]) -> Timestamp,
) -> Result<(), PaymentError> {
    for item in tx.all(OrderItem::of_order(order)).await? {
        let mut lines = tx.all(Earning::of_order_item(item.id)).await?;
        lines.retain(|it| it.payout_id.is_none());
        let all = lines.clone();
        let mut changed = Vec::new();
        for mut line in lines {
            let at = available(&line, &all);
            if line.available_at != at {
                line.available_at = at;
                changed.push(line);
            }
        }
        tx.update_all(&mut changed).await?;
    }
    Ok(())
}
