//! Recognizing the revenue of an order.
use chrono::TimeDelta;

use crate::{
    Account, AccountKind, Earning, LedgerEntry, LedgerKind, Order, OrderItem, OrderMoney,
    OrderStatus, PaymentError, ShareRole, earned_parts, ledger::post,
};
use lms_kernel::{Id, Money, MoneyError, Timestamp};
use lms_people::identity::Membership;
use lms_store::{LogStamp, RecordStamp as _, Transaction};

/// For how many days earnings are held before they may be paid out: the usual refund window.
pub const REFUND_WINDOW_DAYS: i64 = 30;

/// Recognizes the revenue of each line of an order: zero unless the order is completed, otherwise
/// its part of the net amount received. Each change moves the difference from the order's deposits
/// to tax, beneficiaries and revenue, or back, by the line's own ratios.
pub(crate) async fn earn(
    tx: &mut Transaction,
    order: &Order,
    money: &OrderMoney,
) -> Result<(), PaymentError> {
    let items = tx.all(OrderItem::of_order(order.id)).await?;
    let earned = earned_by_line(order, money, &items)?;
    for (mut item, earned) in items.into_iter().zip(earned) {
        if item.earned == earned {
            continue;
        }
        let before = earned_parts(&item.parts()?, item.earned)?;
        let after = earned_parts(&item.parts()?, earned)?;
        let moved = after
            .iter()
            .zip(before)
            .map(|(after, before)| after.sub(before))
            .collect::<Result<Vec<_>, _>>()?;
        let change = earned.sub(item.earned)?;
        item.earned = earned;
        tx.update(&mut item).await?;
        book(tx, order, &item, change, &moved).await?;
    }
    Ok(())
}

/// What each line has earned: its part, by what is not refunded, of what is kept.
fn earned_by_line(
    order: &Order,
    money: &OrderMoney,
    items: &[OrderItem],
) -> Result<Vec<Money>, MoneyError> {
    let nothing = Money::zero(order.currency());
    let left = items.iter().map(|it| it.gross()?.sub(it.refunded)?.max(nothing));
    let left = left.collect::<Result<Vec<_>, _>>()?;
    let sold = Money::sum(left.iter().copied(), order.currency())?;
    let kept = money.kept()?.max(nothing)?.min(sold)?;
    let earned = if order.status == OrderStatus::Completed { kept } else { nothing };
    earned_parts(&left, earned)
}

async fn book(
    tx: &mut Transaction,
    order: &Order,
    item: &OrderItem,
    change: Money,
    moved: &[Money],
) -> Result<(), PaymentError> {
    let accounts = item.part_accounts();
    let mut lines = vec![(Account::deposits(order.id), change)];
    for (account, amount) in accounts.into_iter().zip(moved) {
        lines.push((account, amount.neg()?));
    }
    let source = format!("order_item:{}:{}", item.id, item.stamp.version());
    let entry = LedgerEntry {
        student_id: Some(item.learner_id),
        ..LedgerEntry::new(tx.cx(), LedgerKind::Sale, change.abs()?, source)
    };
    post(tx, entry, lines).await?;
    let had = match moved.iter().any(|it| it.is_negative()) {
        true => tx.all(Earning::of_order_item(item.id)).await?,
        false => Vec::new(),
    };
    let earnings: Vec<Earning> = item
        .shares
        .iter()
        .zip(moved.iter().skip(1))
        .filter(|(_, amount)| !amount.is_zero())
        .map(|(share, amount)| Earning {
            id: tx.id(),
            stamp: LogStamp::new(tx.cx()),
            beneficiary_id: share.beneficiary,
            role: share.role,
            order_item_id: item.id,
            amount: *amount,
            earned_at: tx.now(),
            available_at: match amount.is_positive() {
                true => tx.now().saturating_add(TimeDelta::days(REFUND_WINDOW_DAYS)),
                false => lost_at(tx.now(), share.beneficiary, &had),
            },
            payout_id: None,
        })
        .collect();
    tx.insert_all(&earnings).await?;
    Ok(())
}

/// From when what went back of a line is taken off what may be paid out: at once, or with what the
/// line earned, where that is held still.
fn lost_at(now: Timestamp, beneficiary: Id<Membership>, had: &[Earning]) -> Timestamp {
    let held = had.iter().filter(|it| {
        it.beneficiary_id == beneficiary && it.amount.is_positive() && it.payout_id.is_none()
    });
    held.map(|it| it.available_at).max().map_or(now, |at| at.max(now))
}

impl OrderItem {
    /// What the line costs with tax.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn gross(&self) -> Result<Money, MoneyError> {
        self.net.add(self.tax)
    }

    /// The parts of the line when it is paid whole: tax, beneficiaries, and what is left.
    pub(crate) fn parts(&self) -> Result<Vec<Money>, MoneyError> {
        let given = Money::sum(self.shares.iter().map(|it| it.amount), self.net.currency())?;
        let mut parts = vec![self.tax];
        parts.extend(self.shares.iter().map(|it| it.amount));
        parts.push(self.net.sub(given)?);
        Ok(parts)
    }

    /// The accounts of those parts, in the same order.
    fn part_accounts(&self) -> Vec<Account> {
        let mut accounts = vec![Account::own(AccountKind::Tax)];
        accounts.extend(self.shares.iter().map(|it| {
            let kind = match it.role {
                ShareRole::Instructor => AccountKind::Instructor,
                ShareRole::Commission => AccountKind::Commission,
            };
            Account::of_person(kind, it.beneficiary)
        }));
        accounts.push(Account::own(AccountKind::Revenue));
        accounts
    }
}
