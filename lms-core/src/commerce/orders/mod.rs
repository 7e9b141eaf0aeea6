//! Orders and what they sell.
mod money;
mod order;
mod order_item;
mod package;
mod status;

pub use money::OrderMoney;
pub use order::{Order, OrderKind};
pub use order_item::OrderItem;
pub use package::{Package, PackageItem, SaleStatus};
pub use status::{OrderEvent, OrderStatus, OrderStep};
