//! What a tenant uses of the platform, and what that costs.
mod record_usage;
mod usage_price;
mod usage_record;

pub use record_usage::{NewUsage, UsagePriceError, record_usage, set_usage_price};
pub use usage_price::UsagePrice;
pub use usage_record::UsageRecord;
