//! What things cost.
pub(super) mod discount;
mod price;
mod quote;
pub(super) mod tax;

pub use discount::{Discount, DiscountScope, Reduction};
pub use price::Price;
pub use quote::{
    MAX_ORDER_LINES, PricedLine, PricingError, Quote, QuoteLine, TaxTotal, price_order,
};
pub use tax::TaxRate;
