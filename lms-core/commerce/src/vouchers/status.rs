//! The machines of vouchers, their redemptions, and seats.
use lms_derive::TextEnum;

use crate::{NoOpReason, Rejected, Step, Transition};

/// Where a voucher stands. That it is over or used up follows from its dates and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum VoucherStatus {
    /// Being prepared.
    Draft,
    /// It can be used.
    Active,
    /// It cannot be used any more.
    Archived,
}

/// What happens to a voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum VoucherEvent {
    /// It may be used from now on.
    Activate,
    /// It is put away.
    Archive,
}

impl VoucherStatus {
    /// The whole transition table.
    ///
    /// # Errors
    /// [`Rejected`] for a pair that the table does not list.
    pub fn apply(self, event: VoucherEvent) -> Transition<Self> {
        use NoOpReason::Repeated;
        use VoucherEvent as E;
        use VoucherStatus as S;
        match (self, event) {
            (S::Draft, E::Activate) => Ok(Step::Applied(S::Active)),
            (S::Draft | S::Active, E::Archive) => Ok(Step::Applied(S::Archived)),
            (S::Active, E::Activate) | (S::Archived, E::Archive) => Ok(Step::NoOp(Repeated)),
            (S::Archived, E::Activate) => {
                Err(Rejected::new("voucher", self.as_str(), event.as_str()))
            }
        }
    }
}

/// Where the use of a voucher by an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum RedemptionStatus {
    /// The order may still be paid: the use is kept for it.
    Reserved,
    /// The order was paid: it is used.
    Confirmed,
    /// The order came to nothing: others may use it.
    Released,
}

/// What happens to the use of a voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum RedemptionEvent {
    /// It is kept for the order again.
    Reserve,
    /// The order completed.
    Confirm,
    /// The order failed, was cancelled or expired.
    Release,
}

impl RedemptionStatus {
    /// The whole transition table.
    ///
    /// # Errors
    /// [`Rejected`] for a pair that the table does not list.
    pub fn apply(self, event: RedemptionEvent) -> Transition<Self> {
        use NoOpReason::{Repeated, Stale};
        use RedemptionEvent as E;
        use RedemptionStatus as S;
        match (self, event) {
            (S::Reserved, E::Confirm) => Ok(Step::Applied(S::Confirmed)),
            (S::Reserved, E::Release) => Ok(Step::Applied(S::Released)),
            (S::Released, E::Reserve) => Ok(Step::Applied(S::Reserved)),
            (S::Reserved, E::Reserve) | (S::Confirmed, E::Confirm) | (S::Released, E::Release) => {
                Ok(Step::NoOp(Repeated))
            }
            (S::Confirmed, E::Reserve | E::Release) => Ok(Step::NoOp(Stale)),
            (S::Released, E::Confirm) => {
                Err(Rejected::new("voucher redemption", self.as_str(), event.as_str()))
            }
        }
    }

    /// Whether it counts against the voucher's limits.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Reserved | Self::Confirmed)
    }
}

/// Where one seat of a pack stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum SeatStatus {
    /// Nobody has taken it.
    Free,
    /// Somebody has.
    Redeemed,
    /// The pack was refunded or reversed.
    Revoked,
}

/// What happens to a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum SeatEvent {
    /// Somebody takes it.
    Redeem,
    /// The pack is refunded or reversed.
    Revoke,
    /// The pack is paid again, and nobody had taken the seat.
    RestoreFree,
    /// The pack is paid again, and somebody had taken the seat.
    RestoreRedeemed,
}

impl SeatStatus {
    /// The whole transition table.
    ///
    /// # Errors
    /// [`Rejected`] for a pair that the table does not list.
    pub fn apply(self, event: SeatEvent) -> Transition<Self> {
        use NoOpReason::Repeated;
        use SeatEvent as E;
        use SeatStatus as S;
        let rejected = Err(Rejected::new("seat", self.as_str(), event.as_str()));
        match (self, event) {
            (S::Free, E::Redeem) => Ok(Step::Applied(S::Redeemed)),
            (S::Free | S::Redeemed, E::Revoke) => Ok(Step::Applied(S::Revoked)),
            (S::Revoked, E::RestoreFree) => Ok(Step::Applied(S::Free)),
            (S::Revoked, E::RestoreRedeemed) => Ok(Step::Applied(S::Redeemed)),
            (S::Free, E::RestoreFree)
            | (S::Redeemed, E::RestoreRedeemed)
            | (S::Revoked, E::Revoke) => Ok(Step::NoOp(Repeated)),
            (S::Free, E::RestoreRedeemed)
            | (S::Redeemed, E::Redeem | E::RestoreFree)
            | (S::Revoked, E::Redeem) => rejected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::{cell, check_table};

    #[test]
    fn every_cell_of_a_voucher_is_as_agreed() {
        let table = "
            draft × activate = active
            draft × archive = archived
            active × activate = repeated
            active × archive = archived
            archived × activate = -
            archived × archive = repeated";
        check_table(VoucherStatus::ALL, VoucherEvent::ALL, table, |state, event| {
            cell(state.apply(event))
        });
    }

    #[test]
    fn every_cell_of_a_redemption_is_as_agreed() {
        let table = "
            reserved × reserve = repeated
            reserved × confirm = confirmed
            reserved × release = released
            confirmed × reserve = stale
            confirmed × confirm = repeated
            confirmed × release = stale
            released × reserve = reserved
            released × confirm = -
            released × release = repeated";
        check_table(RedemptionStatus::ALL, RedemptionEvent::ALL, table, |state, event| {
            cell(state.apply(event))
        });
    }

    #[test]
    fn every_cell_of_a_seat_is_as_agreed() {
        let table = "
            free × redeem = redeemed
            free × revoke = revoked
            free × restore_free = repeated
            free × restore_redeemed = -
            redeemed × redeem = -
            redeemed × revoke = revoked
            redeemed × restore_free = -
            redeemed × restore_redeemed = repeated
            revoked × redeem = -
            revoked × revoke = repeated
            revoked × restore_free = free
            revoked × restore_redeemed = redeemed";
        check_table(SeatStatus::ALL, SeatEvent::ALL, table, |state, event| {
            cell(state.apply(event))
        });
    }
}
