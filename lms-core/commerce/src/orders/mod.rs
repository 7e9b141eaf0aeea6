//! Orders and what they sell.
mod cancel_order;
mod error;
mod expire_orders;
mod late_money;
mod lines;
mod money;
mod offer;
mod order;
mod order_item;
mod package;
mod place_order;
mod settle;
mod status;

pub use cancel_order::CancelOrder;
pub(crate) use cancel_order::stop_order;
pub use error::OrderError;
pub use expire_orders::{ExpireOrdersDue, ReleaseReservationsDue};
pub use late_money::{LateMoney, LateMoneyPolicy};
pub use money::OrderMoney;
pub use offer::{Offer, offer_of};
pub use order::{Order, OrderKind};
pub use order_item::OrderItem;
pub use package::{Package, PackageItem, SaleStatus};
pub(crate) use place_order::pay_nothing;
pub use place_order::{MAX_INSTALMENTS, MAX_SEATS, OrderLine, PlaceOrder};
pub(crate) use settle::{settle, settle_after};
pub use status::{OrderEvent, OrderStatus, OrderStep};
