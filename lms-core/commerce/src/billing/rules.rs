//! The lines of a tenant's monthly invoice: pure rules.
use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{BillingPeriod, InvoiceError, InvoiceLineKind, UsagePrice, UsageRecord, start_of_day};
use lms_kernel::{Currency, Id, Money, MoneyError, Rounding, TimeZone};
use lms_people::tenancy::{Month, TenantPlan, effective_plan};

/// The days of a month.
pub fn billed_month(month: Month) -> BillingPeriod {
    BillingPeriod { start: month.first_day(), end: month.last_day() + TimeDelta::days(1) }
}

/// One line of an invoice that is not stored yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BillLine {
    /// What it is for.
    pub kind: InvoiceLineKind,
    /// The plan, for a subscription fee.
    pub plan: Option<Id<TenantPlan>>,
    /// The kind of usage, for a usage fee.
    pub metric: Option<String>,
    /// What the tenant reads.
    pub description: String,
    /// The days.
    pub days: BillingPeriod,
    /// How many days of the plan, below zero for days that are taken back; how much was used.
    pub quantity: Decimal,
    /// What a month of the plan costs.
    pub price: Option<Money>,
    /// The amount.
    pub amount: Money,
}

/// An invoice that is not stored yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BillDraft {
    /// Its lines.
    pub lines: Vec<BillLine>,
    /// What the plans cost.
    pub subscription_fee: Money,
    /// What the usage costs.
    pub usage_fee: Money,
    /// The sum of the two.
    pub total_fee: Money,
}

/// What a tenant should be billed for a month, minus what it was billed: nothing when everything is
/// on issued invoices already, so that billing twice adds nothing.
///
/// A plan is counted by day: on each day the plan counts that holds at its end, or the one that
/// ended on it, and the days of a month sum to its price exactly. A day at whose end the plan is
/// still tried costs nothing. Usage is counted by metric. `usage` is what occurred in the month, in
/// order; `was` are the lines of the invoices of the month that count.
///
/// # Errors
/// [`InvoiceError`].
pub fn draft_bill(
    month: Month,
    zone: TimeZone,
    currency: Currency,
    plans: &[TenantPlan],
    usage: (&[UsagePrice], &[UsageRecord]),
    was: &[BillLine],
) -> Result<BillDraft, InvoiceError> {
    let mut lines = plan_lines(month, zone, currency, plans, was)?;
    let subscription_fee = Money::sum(lines.iter().map(|it| it.amount), currency)?;
    let used = usage_lines(month, currency, usage, was)?;
    let usage_fee = Money::sum(used.iter().map(|it| it.amount), currency)?;
    lines.extend(used);
    let total_fee = subscription_fee.add(usage_fee)?;
    Ok(BillDraft { lines, subscription_fee, usage_fee, total_fee })
}

/// What the days `from` to `to` of a period cost, counted from 0, of a price for all of it. The
/// parts of any cut sum to the price.
fn price_of_days(price: Money, from: i64, to: i64, whole: i64) -> Result<Money, MoneyError> {
    let up_to = |day: i64| price.scale_by(i128::from(day), i128::from(whole), Rounding::HalfUp);
    up_to(to)?.sub(up_to(from)?)
}

/// A plan on a day at a price.
type PlanDay = (NaiveDate, Id<TenantPlan>, i64);

fn plan_lines(
    month: Month,
    zone: TimeZone,
    currency: Currency,
    plans: &[TenantPlan],
    was: &[BillLine],
) -> Result<Vec<BillLine>, InvoiceError> {
    let period = billed_month(month);
    // How often each plan is to be added (1) or taken back (-1) on each day.
    let mut missing: BTreeMap<PlanDay, i64> = BTreeMap::new();
    for day in days_of(period) {
        let Some(plan) = plan_of_day(plans, zone, day) else { continue };
        if plan.price_per_month.currency() != currency {
            return Err(InvoiceError::OtherCurrency { expected: currency });
        }
        *missing.entry((day, plan.id, plan.price_per_month.minor())).or_default() += 1;
    }
    for line in was {
        let (Some(plan), Some(price)) = (line.plan, line.price) else { continue };
        let sign = if line.quantity < Decimal::ZERO { 1 } else { -1 };
        for day in days_of(line.days) {
            *missing.entry((day, plan, price.minor())).or_default() += sign;
        }
    }
    missing.retain(|_, count| *count != 0);
    let mut lines: Vec<BillLine> = Vec::new();
    for ((day, plan, price), count) in missing {
        let price = Money::from_minor(price, currency);
        let next = day + TimeDelta::days(1);
        let quantity = Decimal::from(count);
        let open = lines.iter_mut().rev().find(|it| {
            it.plan == Some(plan)
                && it.price == Some(price)
                && it.days.end == day
                && it.quantity.is_sign_negative() == quantity.is_sign_negative()
        });
        if let Some(open) = open {
            open.days.end = next;
            open.quantity += quantity;
            continue;
        }
        let name = plans.iter().find(|it| it.id == plan).map(|it| it.name.to_string());
        lines.push(BillLine {
            kind: InvoiceLineKind::Subscription,
            plan: Some(plan),
            metric: None,
            description: name.unwrap_or_else(|| "plan".to_owned()),
            days: BillingPeriod { start: day, end: next },
            quantity,
            price: Some(price),
            amount: Money::zero(currency),
        });
    }
    for line in &mut lines {
        let day = |date: NaiveDate| date.signed_duration_since(period.start).num_days();
        let (from, to) = (day(line.days.start), day(line.days.end));
        let price = line.price.unwrap_or(Money::zero(currency));
        let cost = price_of_days(price, from, to, period.days())?;
        line.amount = if line.quantity < Decimal::ZERO { cost.neg()? } else { cost };
    }
    lines.retain(|it| !it.amount.is_zero() || it.price.is_some_and(Money::is_zero));
    Ok(lines)
}

fn days_of(period: BillingPeriod) -> impl Iterator<Item = NaiveDate> {
    period.start.iter_days().take_while(move |it| *it < period.end)
}

/// The plan that counts on a day: the one that holds when it ends, or else the one that ended on
/// it; none while that one is tried.
fn plan_of_day(plans: &[TenantPlan], zone: TimeZone, day: NaiveDate) -> Option<&TenantPlan> {
    let start = start_of_day(zone, day);
    let next = start_of_day(zone, day + TimeDelta::days(1));
    let last = next.saturating_sub(TimeDelta::microseconds(1));
    let at = |time| effective_plan(plans, time).map(|plan| (plan, time));
    let (plan, time) = at(last).or_else(|| at(start))?;
    (!plan.is_tried(time)).then_some(plan)
}

fn usage_lines(
    month: Month,
    currency: Currency,
    (prices, records): (&[UsagePrice], &[UsageRecord]),
    was: &[BillLine],
) -> Result<Vec<BillLine>, InvoiceError> {
    let mut amounts: BTreeMap<&str, Vec<Decimal>> = BTreeMap::new();
    for record in records {
        amounts.entry(&record.metric).or_default().push(record.quantity);
    }
    let mut lines = Vec::new();
    for price in prices {
        let bounds = [price.minimum, price.maximum];
        if bounds.into_iter().flatten().any(|it| it.currency() != currency) {
            return Err(InvoiceError::OtherCurrency { expected: currency });
        }
        let used = amounts.get(price.metric.as_str()).map_or(&[][..], Vec::as_slice);
        let billed = was.iter().filter(|it| it.metric.as_deref() == Some(&price.metric));
        let billed = Money::sum(billed.map(|it| it.amount), currency)?;
        let amount = price.fee(used, currency)?.sub(billed)?;
        if !amount.is_zero() {
            lines.push(BillLine {
                kind: InvoiceLineKind::Usage,
                plan: None,
                metric: Some(price.metric.clone()),
                description: price.name.to_string(),
                days: billed_month(month),
                quantity: used.iter().sum(),
                price: None,
                amount,
            });
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::ChargeModel;
    use lms_kernel::{Actor, Context, SequentialIds, TenantId, Timestamp, Title};
    use lms_people::tenancy::PlanLimits;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::USD)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn cx() -> Context {
        let ids = Arc::new(SequentialIds::new());
        Context::new(TenantId::SINGLE, Actor::system("test"), at("2024-01-01T00:00:00Z"), ids)
    }

    fn plan(id: u128, price: i64, from: &str, to: Option<&str>) -> TenantPlan {
        let name = Title::new(&format!("Plan {id}")).unwrap();
        let mut plan = TenantPlan::new(&cx(), name, usd(price), PlanLimits::UNLIMITED);
        plan.id = Id::from_uuid(Uuid::from_u128(id));
        plan.started_at = at(from);
        plan.expires_at = to.map(at);
        plan
    }

    fn april() -> Month {
        "2024-04".parse().unwrap()
    }

    fn draft(plans: &[TenantPlan], was: &[BillLine]) -> BillDraft {
        draft_bill(april(), TimeZone::UTC, Currency::USD, plans, (&[], &[]), was).unwrap()
    }

    #[test]
    fn a_plan_counts_by_day_and_a_whole_month_costs_its_price() {
        let whole = [plan(1, 10_000, "2024-01-01T00:00:00Z", None)];
        assert_eq!(draft(&whole, &[]).total_fee, usd(10_000));
        // It ends in the 10th, which is billed: 10 of 30 days.
        let ended = [plan(1, 10_000, "2024-01-01T00:00:00Z", Some("2024-04-10T12:00:00Z"))];
        assert_eq!(draft(&ended, &[]).total_fee, usd(33_33));
        // The day of a change is the new plan's.
        let changed = [
            plan(1, 10_000, "2024-01-01T00:00:00Z", Some("2024-04-10T12:00:00Z")),
            plan(2, 30_000, "2024-04-10T12:00:00Z", None),
        ];
        let bill = draft(&changed, &[]);
        let amounts: Vec<_> = bill.lines.iter().map(|it| it.amount.minor()).collect();
        assert_eq!(amounts, [30_00, 21_000]);
    }

    #[test]
    fn what_was_billed_is_taken_off_by_day() {
        let old = [plan(1, 10_000, "2024-01-01T00:00:00Z", None)];
        let first = draft(&old, &[]);
        assert_eq!(draft(&old, &first.lines).lines, []);
        let changed = [
            plan(1, 10_000, "2024-01-01T00:00:00Z", Some("2024-04-21T00:00:00Z")),
            plan(2, 30_000, "2024-04-21T00:00:00Z", None),
        ];
        let second = draft(&changed, &first.lines);
        let lines: Vec<_> =
            second.lines.iter().map(|it| (it.quantity, it.amount.minor())).collect();
        assert_eq!(lines, [(Decimal::from(-10), -33_33), (Decimal::from(10), 10_000)]);
        let all: Vec<_> = first.lines.into_iter().chain(second.lines).collect();
        assert_eq!(draft(&changed, &all).lines, []);
    }

    #[test]
    fn the_days_of_a_trial_cost_nothing() {
        let tried = |end: &str| {
            let mut plan = plan(1, 30_000, "2024-01-01T00:00:00Z", None);
            plan.trial_ends_at = Some(at(end));
            plan
        };
        // It ends in the 11th, which is billed: 20 of 30 days.
        assert_eq!(draft(&[tried("2024-04-11T12:00:00Z")], &[]).total_fee, usd(20_000));
        assert_eq!(draft(&[tried("2024-04-11T00:00:00Z")], &[]).total_fee, usd(20_000));
        assert_eq!(draft(&[tried("2024-05-01T00:00:00Z")], &[]).lines, []);
        assert_eq!(draft(&[tried("2024-04-01T00:00:00Z")], &[]).total_fee, usd(30_000));
        // A plan that ends while it is tried costs nothing on its last day either.
        let mut ended = tried("2024-05-01T00:00:00Z");
        ended.expires_at = Some(at("2024-04-10T12:00:00Z"));
        assert_eq!(draft(&[ended], &[]).lines, []);
        // A trial that is made longer takes days back that were billed.
        let first = draft(&[tried("2024-04-11T00:00:00Z")], &[]);
        let second = draft(&[tried("2024-04-21T00:00:00Z")], &first.lines);
        assert_eq!(second.total_fee, usd(-10_000));
    }

    fn any_plans() -> impl Strategy<Value = Vec<TenantPlan>> {
        let plan = (1_u128..4, 0_i64..50_000, 0_i64..40 * 24, proptest::option::of(1_i64..40 * 24))
            .prop_map(|(id, price, from, lasts)| {
                let mut plan = plan(id, price, "2024-03-25T00:00:00Z", None);
                plan.started_at = plan.started_at.saturating_add(TimeDelta::hours(from));
                plan.expires_at =
                    lasts.map(|it| plan.started_at.saturating_add(TimeDelta::hours(it)));
                plan
            });
        proptest::collection::vec(plan, 0..4).prop_map(|mut plans| {
            for (plan, number) in plans.iter_mut().zip(1..) {
                plan.id = Id::from_uuid(Uuid::from_u128(number));
            }
            plans
        })
    }

    proptest! {
        /// Whatever was billed in between, the invoices sum to what should be billed in the end.
        #[test]
        fn bills_sum_to_what_should_be_billed_and_again_adds_nothing(
            histories in proptest::collection::vec(
                (any_plans(), proptest::collection::vec(0_i64..100_000, 0..5)), 1..4),
        ) {
            let model = ChargeModel::Standard { rate: Decimal::new(3, 2) };
            let prices = [UsagePrice::new(&cx(), "calls", Title::new("Calls").unwrap(), model)];
            let mut billed: Vec<BillLine> = Vec::new();
            for (plans, used) in histories {
                let when = at("2024-04-05T00:00:00Z");
                let record = |(at, it): (usize, &i64)| {
                    UsageRecord::new(&cx(), "calls", &at.to_string(), Decimal::new(*it, 1), when)
                };
                let used: Vec<_> = used.iter().enumerate().map(record).collect();
                let bill = |was: &[BillLine]| {
                    let usage = (&prices[..], &used[..]);
                    draft_bill(april(), TimeZone::UTC, Currency::USD, &plans, usage, was).unwrap()
                };
                let should = bill(&[]);
                prop_assert_eq!(should.subscription_fee.add(should.usage_fee), Ok(should.total_fee));
                billed.extend(bill(&billed).lines);
                let sum: i64 = billed.iter().map(|it| it.amount.minor()).sum();
                prop_assert_eq!(sum, should.total_fee.minor());
                prop_assert_eq!(bill(&billed).total_fee, usd(0));
            }
        }
    }
}
