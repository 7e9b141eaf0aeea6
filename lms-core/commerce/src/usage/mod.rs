//! What a tenant uses of the platform, and what that costs.
mod usage_price;
mod usage_record;

pub use usage_price::UsagePrice;
pub use usage_record::UsageRecord;
