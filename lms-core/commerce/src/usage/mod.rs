//! What a tenant uses of the platform, and what that costs.
mod record_usage;
mod usage_price;
mod usage_record;

pub use record_usage::{NewUsage, RecordUsage, SetUsagePrice, UsagePriceError};
pub use usage_price::UsagePrice;
pub use usage_record::UsageRecord;
