//! The statuses of what is sold and of its sale.
mod order_status;
mod sale_status;

pub use order_status::{OrderEvent, OrderStatus, OrderStep};
pub use sale_status::SaleStatus;
