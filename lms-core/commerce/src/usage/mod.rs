//! Metered usage of the platform, and its prices.
mod usage_price;
mod usage_record;

pub use usage_price::UsagePrice;
pub use usage_record::UsageRecord;
