//! Prices of usage.
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{ChargeError, ChargeModel, SaleStatus};
use lms_kernel::{Context, Currency, EntityKind, Id, Money, Title};
use lms_store::{Direction, Query, Record, Stamp};

/// The price of a usage metric for a tenant, by month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "usage_prices", unique(metric))]
pub struct UsagePrice {
    /// The price's id.
    pub id: Id<UsagePrice>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The kind of usage, such as `sales` or `storage_gb`.
    pub metric: String,
    /// What invoices call it.
    pub name: Title,
    /// How it is charged.
    #[record(json)]
    pub model: ChargeModel,
    /// The least that a month costs, also without any usage.
    #[record(prefixed)]
    pub minimum: Option<Money>,
    /// The most that a month costs.
    #[record(prefixed)]
    pub maximum: Option<Money>,
    /// Whether it is charged.
    pub status: SaleStatus,
}

impl UsagePrice {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("usage_price");

    /// The price of a kind of usage, without bounds.
    pub fn new(cx: &Context, metric: &str, name: Title, model: ChargeModel) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            metric: metric.to_owned(),
            name,
            model,
            minimum: None,
            maximum: None,
            status: SaleStatus::Active,
        }
    }

    /// What these amounts of usage cost in a month, in the order in which they occurred: rounded
    /// once, half up, and brought within the bounds.
    ///
    /// # Errors
    /// [`ChargeError`].
    pub fn fee(&self, amounts: &[Decimal], currency: Currency) -> Result<Money, ChargeError> {
        let mut fee = self.model.charge(amounts, currency)?;
        if let Some(least) = self.minimum {
            fee = fee.max(least)?;
        }
        if let Some(most) = self.maximum {
            fee = fee.min(most)?;
        }
        Ok(fee)
    }

    /// The price of that kind of usage.
    pub fn of_metric(metric: &str) -> Query<Self> {
        Query::filter(Self::METRIC.eq(metric.to_owned()))
    }

    /// What is charged, by metric.
    pub fn charged() -> Query<Self> {
        Query::filter(Self::STATUS.eq(SaleStatus::Active)).order_by(Self::METRIC, Direction::Asc)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Tier;
    use lms_kernel::{Actor, SequentialIds, TenantId, Timestamp};

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::USD)
    }

    fn price(model: ChargeModel) -> UsagePrice {
        let ids = Arc::new(SequentialIds::new());
        let cx = Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids);
        UsagePrice::new(&cx, "calls", Title::new("Calls").unwrap(), model)
    }

    fn fee(model: ChargeModel, amounts: &[&str]) -> Money {
        let amounts: Vec<_> = amounts.iter().map(|it| decimal(it)).collect();
        price(model).fee(&amounts, Currency::USD).unwrap()
    }

    fn tiers(of: &[(Option<&str>, &str, &str)]) -> Vec<Tier> {
        let tier = |(up_to, rate, flat): &(Option<&str>, &str, &str)| Tier {
            up_to: up_to.map(decimal),
            rate: decimal(rate),
            flat: decimal(flat),
        };
        of.iter().map(tier).collect()
    }

    /// Lago, "Standard" and "Graduated" (getlago.com/docs/guide/plans/charges/charge-models):
    /// 1,000 calls at $0.05 cost $50; $1 for the first 100, $0.50 for the next 100, $0.10 for the
    /// rest make 250 calls $155.
    #[test]
    fn lago_standard_and_graduated() {
        assert_eq!(fee(ChargeModel::Standard { rate: decimal("0.05") }, &["1000"]), usd(5_000));
        let tiers =
            tiers(&[(Some("100"), "1", "0"), (Some("200"), "0.5", "0"), (None, "0.1", "0")]);
        assert_eq!(fee(ChargeModel::Graduated { tiers }, &["250"]), usd(15_500));
    }

    /// Lago, "Package" (…/charge-models/package): at $5 per 100 units with the first 100 free, 201
    /// units cost $10.
    #[test]
    fn lago_package() {
        let model = ChargeModel::Package {
            size: decimal("100"),
            amount: decimal("5"),
            free_units: decimal("100"),
        };
        assert_eq!(fee(model, &["201"]), usd(1_000));
    }

    /// Lago, "Volume" (…/charge-models/volume): 65,000 calls at $0.0006 and $10 cost $49.
    #[test]
    fn lago_volume() {
        let tiers = tiers(&[
            (Some("10000"), "0.0010", "10"),
            (Some("50000"), "0.0008", "10"),
            (Some("100000"), "0.0006", "10"),
            (None, "0.0004", "10"),
        ]);
        assert_eq!(fee(ChargeModel::Volume { tiers }, &["65000"]), usd(4_900));
    }

    /// Lago, "Graduated percentage" (…/charge-models/graduated-percentage): transactions of $500,
    /// $550 and $4,000 cost $205, $306 and $80.
    #[test]
    fn lago_graduated_percentage() {
        let tiers =
            tiers(&[(Some("1000"), "1", "200"), (Some("10000"), "2", "300"), (None, "3", "400")]);
        let model = ChargeModel::GraduatedPercentage { tiers };
        let amounts = ["500", "550", "4000"];
        let sums = [20_500, 20_500 + 30_600, 20_500 + 30_600 + 8_000];
        for (count, sum) in (1..=3).zip(sums) {
            assert_eq!(fee(model.clone(), &amounts[..count]), usd(sum));
        }
    }

    /// Lago, "Percentage" (…/charge-models/percentage): with three free transactions of at most
    /// $500, 1.2 % and $0.10 each, the fourth, of $50, costs $0.70.
    #[test]
    fn lago_percentage() {
        let model = ChargeModel::Percentage {
            rate: decimal("1.2"),
            fixed: decimal("0.10"),
            free_events: Some(3),
            free_units: Some(decimal("500")),
            minimum: None,
            maximum: None,
        };
        assert_eq!(fee(model.clone(), &["200", "100", "100"]), usd(0));
        assert_eq!(fee(model, &["200", "100", "100", "50"]), usd(70));
    }

    /// Lago, "Spending minimums" (getlago.com/docs/guide/plans/charges/spending-minimum): who is
    /// committed to $100 and uses $50 pays $100.
    #[test]
    fn lago_spending_minimum() {
        let mut price = price(ChargeModel::Standard { rate: decimal("0.010") });
        price.minimum = Some(usd(10_000));
        assert_eq!(price.fee(&[decimal("5000")], Currency::USD), Ok(usd(10_000)));
        assert_eq!(price.fee(&[decimal("15000")], Currency::USD), Ok(usd(15_000)));
    }

    #[test]
    fn a_month_costs_at_least_and_at_most() {
        let model = ChargeModel::Standard { rate: decimal("0.10") };
        let mut price = price(model);
        price.minimum = Some(usd(500));
        price.maximum = Some(usd(2_000));
        let fee = |units: &[Decimal]| price.fee(units, Currency::USD).unwrap();
        assert_eq!(fee(&[]), usd(500));
        assert_eq!(fee(&[decimal("120")]), usd(1_200));
        assert_eq!(fee(&[decimal("1000")]), usd(2_000));
    }
}
