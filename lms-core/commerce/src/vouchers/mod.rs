//! Vouchers and seat packs.
mod code;
mod list_vouchers;
mod manage;
mod rules;
mod status;
mod voucher;

pub use code::VoucherCode;
pub use list_vouchers::{ListVouchers, VoucherFilter, VoucherView};
pub use manage::{ChangeVoucher, CreateVoucher, NewVoucher, VoucherError};
pub use rules::{VoucherRefusal, VoucherUse};
pub use status::{
    RedemptionEvent, RedemptionStatus, SeatEvent, SeatStatus, VoucherEvent, VoucherStatus,
};
pub use voucher::{Voucher, VoucherRedemption};
