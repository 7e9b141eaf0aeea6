//! Requesting and deciding refunds.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use crate::{
    Order, OrderItem, Payment, Refund, RefundAccess, RefundError, RefundEvent, RefundItem,
    RefundReason, RefundStatus, earned_parts, refundable,
    refunds::{GivenBack, announce, spread},
    tax_part,
};
use lms_kernel::machine::Step;
use lms_kernel::{Context, Id, Money};
use lms_people::authorization::{Permission, authorize_on, is_permitted_on};
use lms_store::{Stamp, Transaction};

/// The amount to refund of one line of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefundLine {
    /// The line.
    pub item: Id<OrderItem>,
    /// How much, with tax; all that was paid of it and is still there when nothing is said.
    pub amount: Option<Money>,
    /// What happens to access; when nothing is said, it ends if all that was kept of the line goes
    /// back.
    pub access: Option<RefundAccess>,
}

impl RefundLine {
    /// All that was kept of a line, with access.
    pub const fn all_of(item: Id<OrderItem>) -> Self {
        Self { item, amount: None, access: None }
    }
}

/// Requests a refund. The latest payment is refunded first, and each refunded payment has a refund
/// of its own. A request by staff who may refund payments is approved at once.
///
/// # Permission
/// `orders.place` on the buyer's own things, or `payments.refund`.
///
/// # Locks
/// The order's row, so that refunds never exceed the amount taken.
///
/// # Errors
/// [`RefundError`].
#[operation("commerce.request_refund")]
#[derive(PartialEq)]
pub struct RequestRefund {
    /// The order to refund.
    pub order: Id<Order>,
    /// The lines and amounts to refund; an empty list refunds every line.
    pub lines: Vec<RefundLine>,
    /// The requester's reason.
    pub note: Option<String>,
}

/// The longest note, in characters.
const LONGEST_NOTE: usize = 2_000;

impl Operation for RequestRefund {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_REFUND, Permission::ORDERS_PLACE]);
    type Answer = Vec<Refund>;
    type Error = RefundError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<Refund>, RefundError> {
        let command = self;
        if command.note.as_ref().is_some_and(|it| it.chars().count() > LONGEST_NOTE) {
            return Err(RefundError::NoteLength { most: LONGEST_NOTE });
        }
        let order = tx.lock(command.order).await?;
        // A refund of one's own order is only asked for, whatever roles one has.
        let decides = is_permitted_on(tx, Permission::PAYMENTS_REFUND, &order).await?;
        let permit = match decides {
            true => authorize_on(tx, Permission::PAYMENTS_REFUND, &order).await?,
            false => authorize_on(tx, Permission::ORDERS_PLACE, &order).await?,
        };
        let items = tx.all(OrderItem::of_order(order.id)).await?;
        let refunds = tx.all(Refund::of_order(order.id)).await?;
        let spoken_for = spoken_for(tx, &refunds, &order).await?;
        let mut payments = tx.all(Payment::of_order(order.id)).await?;
        payments.retain(|it| it.amount.currency() == order.currency());
        payments.reverse();
        let mut can_give = Vec::with_capacity(payments.len());
        for (at, payment) in payments.iter().enumerate() {
            can_give.push((at, refundable(payment, &refunds)?));
        }
        let left = Money::sum(can_give.iter().map(|(_, it)| *it), order.currency())?;
        let lines = lines_left(&items, &spoken_for, left)?;
        let wanted = wanted_lines(&lines, &command.lines)?;
        let sum = Money::sum(wanted.iter().map(|it| it.amount), order.currency())?;
        if sum.compare(left)?.is_gt() {
            return Err(RefundError::MoreThanCaptured { left });
        }
        let lines: Vec<_> = wanted.iter().map(|it| it.amount).enumerate().collect();
        let mut opened = Vec::new();
        let mut before = spoken_for;
        for GivenBack { payment, lines: gives } in spread(&lines, &can_give)? {
            let Some(payment) = payments.get(payment) else { continue };
            let amount = Money::sum(gives.iter().map(|(_, it)| *it), order.currency())?;
            let mut refund = Refund::new(tx.cx(), payment, amount, RefundReason::Asked);
            refund.note.clone_from(&command.note);
            refund.requested_by = permit.member();
            if decides {
                refund.status = RefundStatus::Approved;
                refund.decided_by = permit.member();
                refund.decided_at = Some(tx.now());
            }
            tx.insert(&refund).await?;
            let parts = refund_items(tx.cx(), &refund, &wanted, &gives, &mut before)?;
            tx.insert_all(&parts).await?;
            announce(tx, &refund);
            opened.push(refund);
        }
        Ok(opened)
    }
}

/// A line of which something is to go back.
struct Wanted<'i> {
    item: &'i OrderItem,
    amount: Money,
    access: RefundAccess,
}

/// What may still go back of a line.
struct LineLeft<'i> {
    item: &'i OrderItem,
    /// What it costs, less what refunds have spoken for.
    left: Money,
    /// What of that was paid and is still there: less, where an order is paid in parts or the bank
    /// took some of it back.
    kept: Money,
}

fn lines_left<'i>(
    items: &'i [OrderItem],
    spoken_for: &BTreeMap<Id<OrderItem>, Money>,
    refundable: Money,
) -> Result<Vec<LineLeft<'i>>, RefundError> {
    let nothing = Money::zero(refundable.currency());
    let mut left = Vec::with_capacity(items.len());
    for item in items {
        let gone = spoken_for.get(&item.id).copied().unwrap_or(nothing);
        left.push(item.gross()?.sub(gone)?.max(nothing)?);
    }
    let all = Money::sum(left.iter().copied(), refundable.currency())?;
    let kept = earned_parts(&left, all.min(refundable)?)?;
    let lines = items.iter().zip(left).zip(kept);
    Ok(lines.map(|((item, left), kept)| LineLeft { item, left, kept }).collect())
}

fn wanted_lines<'i>(
    items: &[LineLeft<'i>],
    lines: &[RefundLine],
) -> Result<Vec<Wanted<'i>>, RefundError> {
    let all: Vec<RefundLine> = items.iter().map(|it| RefundLine::all_of(it.item.id)).collect();
    let lines = if lines.is_empty() { &all } else { lines };
    let mut wanted: Vec<Wanted<'i>> = Vec::with_capacity(lines.len());
    for line in lines {
        let own = items.iter().find(|it| it.item.id == line.item);
        let LineLeft { item, left, kept } = own.ok_or(RefundError::UnknownLine)?;
        if wanted.iter().any(|it| it.item.id == item.id) {
            return Err(RefundError::UnknownLine);
        }
        let amount = line.amount.unwrap_or(*kept);
        if amount.compare(*left)?.is_gt() {
            return Err(RefundError::MoreThanLine { left: *left });
        }
        if amount.is_negative() {
            return Err(RefundError::Nothing);
        }
        let whole = amount.compare(*kept)?.is_ge();
        let usual = if whole { RefundAccess::EndNow } else { RefundAccess::Keep };
        if amount.is_positive() {
            wanted.push(Wanted { item, amount, access: line.access.unwrap_or(usual) });
        }
    }
    if wanted.is_empty() { Err(RefundError::Nothing) } else { Ok(wanted) }
}

/// What refunds that have not failed have taken of each line.
async fn spoken_for(
    tx: &mut Transaction,
    refunds: &[Refund],
    order: &Order,
) -> Result<BTreeMap<Id<OrderItem>, Money>, RefundError> {
    let mut taken = BTreeMap::new();
    for refund in refunds.iter().filter(|it| it.status.holds_money()) {
        for part in tx.all(RefundItem::of_refund(refund.id)).await? {
            let sum = taken.entry(part.order_item_id).or_insert(Money::zero(order.currency()));
            *sum = sum.add(part.amount)?;
        }
    }
    Ok(taken)
}

/// Refuses to send what is not there any more, because the bank or other refunds took it: of its
/// payment, or, for one that failed before, of its lines.
pub(crate) async fn check_still_there(
    tx: &mut Transaction,
    refund: &Refund,
    payment: &Payment,
    order: &Order,
) -> Result<(), RefundError> {
    let mut refunds = tx.all(Refund::of_order(order.id)).await?;
    refunds.retain(|it| it.id != refund.id);
    let left = refundable(payment, &refunds)?;
    if refund.amount.compare(left)?.is_gt() {
        return Err(RefundError::MoreThanCaptured { left });
    }
    if refund.status != RefundStatus::Failed {
        return Ok(());
    }
    let spoken_for = spoken_for(tx, &refunds, order).await?;
    for part in tx.all(RefundItem::of_refund(refund.id)).await? {
        let item = tx.require(part.order_item_id).await?;
        let gone = spoken_for.get(&item.id).copied().unwrap_or(Money::zero(order.currency()));
        let left = item.gross()?.sub(gone)?;
        if part.amount.compare(left)?.is_gt() {
            return Err(RefundError::MoreThanLine { left });
        }
    }
    Ok(())
}

fn refund_items(
    cx: &Context,
    refund: &Refund,
    wanted: &[Wanted<'_>],
    gives: &[(usize, Money)],
    before: &mut BTreeMap<Id<OrderItem>, Money>,
) -> Result<Vec<RefundItem>, RefundError> {
    let mut parts = Vec::with_capacity(gives.len());
    for (line, amount) in gives {
        let Some(wanted) = wanted.get(*line) else { continue };
        let gone = before.entry(wanted.item.id).or_insert(Money::zero(refund.amount.currency()));
        parts.push(RefundItem {
            id: cx.id(),
            stamp: Stamp::new(cx),
            refund_id: refund.id,
            order_item_id: wanted.item.id,
            amount: *amount,
            tax: tax_part(wanted.item, *gone, *amount)?,
            access: wanted.access,
        });
        *gone = gone.add(*amount)?;
    }
    Ok(parts)
}

/// Approves or rejects a requested refund.
///
/// # Permission
/// `payments.refund`.
///
/// # Locks
/// The order's row.
///
/// # Errors
/// [`RefundError`].
#[operation("commerce.decide_refund")]
pub struct DecideRefund {
    /// The refund to decide on.
    pub refund: Id<Refund>,
    /// Whether to approve it; `false` rejects it.
    pub approve: bool,
}

impl Operation for DecideRefund {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_REFUND]);
    type Answer = Refund;
    type Error = RefundError;

    async fn run(self, tx: &mut Transaction) -> Result<Refund, RefundError> {
        let Self { refund, approve } = self;
        let order = tx.require(refund).await?.order_id;
        tx.lock(order).await?;
        let mut refund = tx.require(refund).await?;
        // Who asked does not decide, and neither does the buyer.
        let permit = authorize_on(tx, Permission::PAYMENTS_REFUND, &refund).await?;
        let event = if approve { RefundEvent::Approve } else { RefundEvent::Reject };
        if let Step::Applied(status) = refund.status.apply(event)? {
            refund.status = status;
            refund.decided_by = permit.member();
            refund.decided_at = Some(tx.now());
            refund.next_action_at = approve.then_some(tx.now()).into();
            tx.update(&mut refund).await?;
            announce(tx, &refund);
        }
        Ok(refund)
    }
}
