//! Vouchers and seat packs.
mod code;
mod list_vouchers;
mod manage;
mod redeem;
mod rules;
mod seat;
mod status;
mod voucher;

pub use code::VoucherCode;
pub use list_vouchers::{ListVouchers, VoucherFilter, VoucherView};
pub use manage::{ChangeVoucher, CreateVoucher, NewVoucher, VoucherError};
pub(crate) use redeem::{move_redemptions, note_redemptions, reverse_redemptions, take_vouchers};
pub use rules::{VoucherRefusal, VoucherUse};
pub use seat::{RedeemSeat, Seat, SeatError};
pub(crate) use seat::{give_seats, take_seats_back};
pub use status::{
    RedemptionEvent, RedemptionStatus, SeatEvent, SeatStatus, VoucherEvent, VoucherStatus,
};
pub use voucher::{Voucher, VoucherRedemption};
