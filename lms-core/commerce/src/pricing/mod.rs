//! Prices, discounts, tax and proration.
mod billing_period;
mod charge;
pub(super) mod discount;
mod due_periods;
mod interval;
mod period_price;
mod price;
mod proration;
mod quote;
mod split;
pub(super) mod tax;

pub use billing_period::{
    Alignment, BillingCalendar, BillingPeriod, BillingTime, billed_range, start_of_day,
};
pub use charge::{ChargeError, ChargeModel, Tier};
pub use discount::{Discount, DiscountScope, Reduction};
pub use due_periods::{DueError, DuePeriod, MAX_DUE_PERIODS};
pub use interval::Interval;
pub use period_price::{
    PeriodPrice, PeriodVoucher, TrialError, TrialTerms, VoucherTerm, price_period,
};
pub use price::Price;
pub use proration::{BilledCycles, CycleError, Proration, unused_credit, used_part};
pub use quote::{
    MAX_ORDER_LINES, PricedLine, PricingError, Quote, QuoteLine, TaxTotal, price_order,
};
pub use split::{LineShare, RevenueSplit, ShareRole, ShareRule, SplitError, earned_parts};
pub use tax::TaxRate;
