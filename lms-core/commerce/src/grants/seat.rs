//! Seat vouchers: a code for each seat that a buyer pays for.
use lms_derive::DomainError;
use lms_kernel::machine::{Rejected, Step};
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    AccessSource, AccessSourceKind, OrderItem, PaymentError, RevokeReason, SeatEvent, SeatStatus,
    VoucherCode,
    grants::{give, take_back},
};
use lms_kernel::{Context, EntityKind, Id, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on},
    identity::{Absence, Membership, RequirePresent},
};
use lms_store::{IdempotencyError, Lock, Query, Record, Stamp, StoreError, Transaction};

/// One seat of a pack: a code that lets one person in, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "seats", unique_always(code), index(order_item_id), index(holder_id))]
pub struct Seat {
    /// The seat's id.
    pub id: Id<Seat>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// What people type.
    pub code: VoucherCode,
    /// The line of the order that bought it.
    pub order_item_id: Id<OrderItem>,
    /// Its status.
    pub status: SeatStatus,
    /// Who has taken it.
    pub holder_id: Option<Id<Membership>>,
    /// When it was taken.
    pub redeemed_at: Option<Timestamp>,
    /// Up to when it gives access; for ever when there is none.
    pub ends_at: Option<Timestamp>,
}

impl Seat {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("seat");

    /// A free seat.
    pub fn new(cx: &Context, item: Id<OrderItem>, ends_at: Option<Timestamp>) -> Self {
        let [first, second]: [Id<Self>; 2] = [cx.id(), cx.id()];
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            code: VoucherCode::from_ids(first.uuid(), second.uuid()),
            order_item_id: item,
            status: SeatStatus::Free,
            holder_id: None,
            redeemed_at: None,
            ends_at,
        }
    }

    /// What access through it comes from.
    pub const fn source(&self) -> AccessSource {
        AccessSource::new(AccessSourceKind::Voucher, self.id.uuid())
    }

    /// The seats that a line of an order bought.
    pub fn of_order_item(item: Id<OrderItem>) -> Query<Self> {
        Query::filter(Self::ORDER_ITEM_ID.eq(item))
    }

    /// The seat with that code.
    pub fn by_code(code: VoucherCode) -> Query<Self> {
        Query::filter(Self::CODE.eq(code))
    }
}

/// Why a seat was not taken.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum SeatError {
    /// There is no seat with that code.
    #[error("no seat has this code; check it with the buyer")]
    #[fault(not_found, field = "code")]
    Unknown,
    /// A person has taken it, or it was taken away.
    #[error("the seat is taken; ask for another code")]
    #[fault(conflict, field = "code")]
    NotFree,
    /// The person has left.
    #[error(transparent)]
    #[fault(transparent)]
    Absent(#[from] Absence),
    /// The present status does not allow this step.
    #[error(transparent)]
    #[fault(transparent)]
    Transition(#[from] Rejected),
    /// Access cannot be given.
    #[error(transparent)]
    #[fault(transparent)]
    Payment(#[from] PaymentError),
    /// The idempotency key does not fit.
    #[error(transparent)]
    #[fault(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The actor may not do this.
    #[error(transparent)]
    #[fault(transparent)]
    Denied(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Redeems a seat voucher. Redeeming one's own seat again changes nothing.
///
/// # Permission
/// `vouchers.redeem` on the holder's own things.
///
/// # Locks
/// The seat's row, so that of several people one gets it.
///
/// # Errors
/// [`SeatError`].
#[operation("commerce.redeem_seat")]
pub struct RedeemSeat {
    /// The seat's code.
    pub code: VoucherCode,
    /// The membership of the learner who takes the seat.
    pub holder: Id<Membership>,
}

impl Operation for RedeemSeat {
    const ACCESS: Access = Access::Asks(&[Permission::VOUCHERS_REDEEM]);
    type Answer = Seat;
    type Error = SeatError;

    async fn run(self, tx: &mut Transaction) -> Result<Seat, SeatError> {
        let Self { code, holder } = self;
        authorize_on(tx, Permission::VOUCHERS_REDEEM, &Subject::of(holder)).await?;
        let seat = tx.first(Seat::by_code(code).lock(Lock::Update)).await?;
        let mut seat = seat.ok_or(SeatError::Unknown)?;
        if seat.status == SeatStatus::Redeemed && seat.holder_id == Some(holder) {
            return Ok(seat);
        }
        tx.part(RequirePresent { member_id: holder }).await??;
        let step = seat.status.apply(SeatEvent::Redeem).map_err(|_| SeatError::NotFree)?;
        seat.status = step.after(seat.status);
        seat.holder_id = Some(holder);
        seat.redeemed_at = Some(tx.now());
        tx.update(&mut seat).await?;
        let item = tx.require(seat.order_item_id).await?;
        give(tx, holder, item.item, seat.source(), seat.ends_at).await?;
        Ok(seat)
    }
}

/// Makes the seats of a line, or gives them back to whom they were taken from.
pub(crate) async fn give_seats(
    tx: &mut Transaction,
    item: &OrderItem,
    ends_at: Option<Timestamp>,
) -> Result<(), PaymentError> {
    let seats = tx.all(Seat::of_order_item(item.id)).await?;
    if seats.is_empty() {
        let seats: Vec<Seat> =
            (0..item.seats).map(|_| Seat::new(tx.cx(), item.id, ends_at)).collect();
        return Ok(tx.insert_all(&seats).await?);
    }
    for mut seat in seats {
        let event = match seat.holder_id {
            Some(_) => SeatEvent::RestoreRedeemed,
            None => SeatEvent::RestoreFree,
        };
        let Ok(Step::Applied(status)) = seat.status.apply(event) else { continue };
        seat.status = status;
        tx.update(&mut seat).await?;
        if let Some(holder) = seat.holder_id {
            give(tx, holder, item.item, seat.source(), seat.ends_at).await?;
        }
    }
    Ok(())
}

/// Takes the seats of a line away, from those who have taken them too.
pub(crate) async fn take_seats_back(
    tx: &mut Transaction,
    item: Id<OrderItem>,
    reason: RevokeReason,
) -> Result<(), PaymentError> {
    for mut seat in tx.all(Seat::of_order_item(item)).await? {
        let Step::Applied(status) = seat.status.apply(SeatEvent::Revoke)? else { continue };
        seat.status = status;
        tx.update(&mut seat).await?;
        take_back(tx, seat.source(), reason).await?;
    }
    Ok(())
}
