//! The price of a part of a period.
use chrono::{Datelike as _, NaiveDate};
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

use crate::{BillingPeriod, Interval};
use lms_kernel::{Money, MoneyError, NumberError, Ratio, Rounding, TimeRange, TimeZone, Timestamp};

/// The grain in which a part of a period is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum Proration {
    /// By calendar days of the zone; the day on which something ends is billed.
    #[default]
    Day,
    /// By seconds; what is finer is cut off.
    Second,
    /// By days of the zone as if every month had 30 and every year 360 (30E/360 of ISDA): the last
    /// day of a month counts as its 30th, so that a day of February costs no more than one of
    /// March. The day on which something ends is billed.
    #[text("thirty_360", "30/360")]
    Thirty360,
    /// Not at all: a period that has begun is billed whole.
    Whole,
}

/// How much of `period` is used when it ends at `at`: from 0 to 1, exactly.
///
/// By day and by 30/360 the day in which `at` lies counts as used, also when `at` is its first
/// instant: something that ends on its first day has cost one day. By second nothing beyond `at`
/// counts.
///
/// # Errors
/// None that can occur: a period is never empty.
pub fn used_part(
    period: TimeRange,
    at: Timestamp,
    grain: Proration,
    zone: TimeZone,
) -> Result<Ratio, NumberError> {
    if at < period.start() {
        return Ok(Ratio::ZERO);
    }
    let (used, whole) = match grain {
        Proration::Whole => return Ok(Ratio::ONE),
        Proration::Day => {
            let first = zone.date(period.start());
            let days = |date: NaiveDate| date.signed_duration_since(first).num_days();
            (days(zone.date(at)) + 1, days(zone.date(period.end())).max(1))
        }
        Proration::Thirty360 => {
            let first = zone.date(period.start());
            let whole = days_of_30(first, zone.date(period.end())).max(1);
            (days_of_30(first, zone.date(at)) + 1, whole)
        }
        Proration::Second => {
            (at.since(period.start()).num_seconds(), period.duration().num_seconds().max(1))
        }
    };
    Ratio::new(i128::from(used.clamp(0, whole)), i128::from(whole))
}

/// The days from one date to another where every month has 30: the last day of a month is its
/// 30th (30E/360; ISDA, "2006 Definitions", 4.16(h), without its exception for maturity).
fn days_of_30(from: NaiveDate, to: NaiveDate) -> i64 {
    let day = |date: NaiveDate| {
        let is_last = date.succ_opt().is_none_or(|next| next.month() != date.month());
        if is_last { 30 } else { i64::from(date.day()) }
    };
    let years = i64::from(to.year()) - i64::from(from.year());
    let months = years * 12 + i64::from(to.month()) - i64::from(from.month());
    months * 30 + day(to) - day(from)
}

/// What is given back of `price` when a period that was paid whole ends at `at`, rounded once,
/// half up.
///
/// # Errors
/// [`MoneyError::Overflow`] if it is too large.
pub fn unused_credit(
    price: Money,
    period: TimeRange,
    at: Timestamp,
    grain: Proration,
    zone: TimeZone,
) -> Result<Money, MoneyError> {
    let used = used_part(period, at, grain, zone).map_err(|_| MoneyError::Overflow)?;
    let unused = Ratio::ONE.sub(used).map_err(|_| MoneyError::Overflow)?;
    price.scale_by_ratio(unused, Rounding::HalfUp)
}

/// Why cycles cannot be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum CycleError {
    /// Something ends, or is billed, before it begins.
    #[error("the dates must not lie before the start")]
    #[fault(invalid)]
    BeforeStart,
    /// There is no such day in any month.
    #[error("a billing day is from 1 to 31")]
    #[fault(invalid, field = "billing_day")]
    NoSuchDay,
    /// The period is not one of months or years.
    #[error("a billing day goes with periods of months or years")]
    #[fault(invalid, field = "interval")]
    NotMonthly,
    /// The sum is too large to be exact.
    #[error(transparent)]
    #[fault(transparent)]
    Number(#[from] NumberError),
}

/// What is billed in advance on a fixed day of the month, by what starts and maybe ends on any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BilledCycles {
    /// How long a cycle is; in months or years.
    pub interval: Interval,
    /// The day of the month on which cycles begin, from 1 to 31; in a month without that day, its
    /// last one.
    pub billing_day: u32,
    /// The first day.
    pub start: NaiveDate,
    /// The day after the last one, if it ends.
    pub end: Option<NaiveDate>,
}

impl BilledCycles {
    /// How many cycles are billed up to and including `target`: the exact sum of
    /// [`parts_until`](Self::parts_until).
    ///
    /// # Errors
    /// [`CycleError`].
    pub fn billed_until(&self, target: NaiveDate) -> Result<Ratio, CycleError> {
        Ok(Ratio::sum(self.parts_until(target)?)?)
    }

    /// The parts of cycles that are billed up to and including `target`, in order: one for the
    /// days before the first billing day, whole ones, and one for what is left before the end.
    ///
    /// A part is measured in days against the whole cycle that it belongs to. A cycle is billed
    /// when it begins.
    ///
    /// The cycles begin in the month of the start and in every following month that the interval
    /// names, always on the billing day itself or, in a month without that day, on its last day:
    /// with 31, on 31 January, 28 February and 31 March. Each beginning is found from the billing
    /// day and never from the beginning before it. A start on such a last day begins a whole cycle.
    ///
    /// # Errors
    /// [`CycleError`].
    pub fn parts_until(&self, target: NaiveDate) -> Result<Vec<Ratio>, CycleError> {
        self.check(target)?;
        let first = self.first_number();
        let before = self.part(self.start, self.boundary(first - 1), self.boundary(first))?;
        let mut billed = vec![before];
        let mut number = first;
        while self.boundary(number) <= target && self.is_before_end(self.boundary(number)) {
            let (from, to) = (self.boundary(number), self.boundary(number + 1));
            billed.push(self.part(from, from, to)?);
            number += 1;
        }
        Ok(billed)
    }

    /// Refuses cycles and days that make no sense.
    pub(super) fn check(&self, target: NaiveDate) -> Result<(), CycleError> {
        if !(1..=31).contains(&self.billing_day) {
            return Err(CycleError::NoSuchDay);
        }
        if matches!(self.interval, Interval::Days(_) | Interval::Weeks(_)) {
            return Err(CycleError::NotMonthly);
        }
        if target < self.start || self.end.is_some_and(|end| end < self.start) {
            return Err(CycleError::BeforeStart);
        }
        Ok(())
    }

    /// The whole cycle with that number; the one with number 0 begins in the month of the start.
    pub(super) fn cycle(&self, number: i64) -> BillingPeriod {
        BillingPeriod { start: self.boundary(number), end: self.boundary(number + 1) }
    }

    /// The day on which the cycle with that number begins; 0 is in the month of the start.
    fn boundary(&self, number: i64) -> NaiveDate {
        let first_of_month = self.start.with_day(1).unwrap_or(self.start);
        let month = self.interval.start(first_of_month, number);
        (28..=self.billing_day)
            .rev()
            .chain([self.billing_day])
            .find_map(|day| month.with_day(day))
            .unwrap_or(month)
    }

    /// The number of the first cycle that begins on or after the start.
    pub(super) fn first_number(&self) -> i64 {
        i64::from(self.boundary(0) < self.start)
    }

    fn is_before_end(&self, date: NaiveDate) -> bool {
        self.end.is_none_or(|end| date < end)
    }

    /// The part of the cycle that is used from `used_from` to its end, or to the end of all.
    fn part(
        &self,
        used_from: NaiveDate,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Ratio, CycleError> {
        let used_to = self.end.map_or(to, |end| end.min(to));
        let days = |from: NaiveDate, to: NaiveDate| to.signed_duration_since(from).num_days();
        Ok(Ratio::new(i128::from(days(used_from, used_to).max(0)), i128::from(days(from, to)))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lms_kernel::Currency;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn march() -> TimeRange {
        TimeRange::new(at("2024-03-01T00:00:00Z"), at("2024-04-01T00:00:00Z")).unwrap()
    }

    #[test]
    fn the_day_of_the_end_is_billed() {
        let part = |end, grain| used_part(march(), at(end), grain, TimeZone::UTC).unwrap();
        let ratio = |over, under| Ratio::new(over, under).unwrap();
        assert_eq!(part("2024-03-01T00:00:00Z", Proration::Day), ratio(1, 31));
        assert_eq!(part("2024-03-15T23:59:59Z", Proration::Day), ratio(15, 31));
        assert_eq!(part("2024-03-31T12:00:00Z", Proration::Day), Ratio::ONE);
        assert_eq!(part("2024-05-01T00:00:00Z", Proration::Day), Ratio::ONE);
        assert_eq!(part("2024-02-01T00:00:00Z", Proration::Day), Ratio::ZERO);
        assert_eq!(part("2024-03-16T12:00:00Z", Proration::Second), ratio(1, 2));
        assert_eq!(part("2024-03-01T00:00:00Z", Proration::Whole), Ratio::ONE);
    }

    /// Stripe: a $10 monthly subscription that ends half-way through its period gives $5 back
    /// (docs.stripe.com/billing/subscriptions/prorations; Stripe prorates to the second).
    #[test]
    fn half_a_period_gives_half_back() {
        let price = Money::from_minor(10_00, Currency::USD);
        let half = at("2024-03-16T12:00:00Z");
        let credit = |grain| unused_credit(price, march(), half, grain, TimeZone::UTC).unwrap();
        assert_eq!(credit(Proration::Second), Money::from_minor(5_00, Currency::USD));
        // 16 of 31 days are billed: 15/31 of 10.00 is 4.8387.
        assert_eq!(credit(Proration::Day), Money::from_minor(4_84, Currency::USD));
        assert_eq!(credit(Proration::Whole), Money::zero(Currency::USD));
    }

    #[test]
    fn every_month_has_thirty_days() {
        let part = |from: &str, to: &str, end: &str| {
            let range = TimeRange::new(at(from), at(to)).unwrap();
            used_part(range, at(end), Proration::Thirty360, TimeZone::UTC).unwrap()
        };
        let ratio = |over, under| Ratio::new(over, under).unwrap();
        let march = |day: &str| {
            part(
                "2024-03-01T00:00:00Z",
                "2024-04-01T00:00:00Z",
                &format!("2024-03-{day}T12:00:00Z"),
            )
        };
        assert_eq!(march("01"), ratio(1, 30));
        assert_eq!(march("15"), ratio(1, 2));
        assert_eq!([march("30"), march("31")], [Ratio::ONE; 2]);
        let february = |day: &str| {
            let end = format!("2023-02-{day}T00:00:00Z");
            part("2023-02-01T00:00:00Z", "2023-03-01T00:00:00Z", &end)
        };
        assert_eq!(february("14"), ratio(14, 30));
        assert_eq!([february("27"), february("28")], [ratio(27, 30), Ratio::ONE]);
        // From the last of one month to the last of the next are thirty days, a year has 360.
        let clamped = part("2023-01-31T00:00:00Z", "2023-02-28T00:00:00Z", "2023-02-14T00:00:00Z");
        assert_eq!(clamped, ratio(15, 30));
        let year = part("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "2024-02-29T00:00:00Z");
        assert_eq!(year, ratio(60, 360));
    }

    /// Figures and rounding are Kill Bill's: each part to nine digits, half up, and then the sum.
    fn cycles(
        interval: Interval,
        start: &str,
        end: Option<&str>,
        target: &str,
        billing_day: u32,
    ) -> Result<String, CycleError> {
        let (start, end) = (start.parse().unwrap(), end.map(|it| it.parse().unwrap()));
        let target = target.parse().unwrap();
        let cycles = BilledCycles { interval, billing_day, start, end };
        let parts = cycles.parts_until(target)?;
        assert_eq!(cycles.billed_until(target), Ok(Ratio::sum(parts.iter().copied()).unwrap()));
        let rounded = parts.iter().map(|it| it.round(9, Rounding::HalfUp).unwrap());
        Ok(rounded.sum::<rust_decimal::Decimal>().to_string())
    }

    /// Figures from the proration tests of Kill Bill, github.com/killbill/killbill, invoice/src
    /// /test/java/org/killbill/billing/invoice/proRations/inAdvance.
    #[test]
    fn kill_bill_cycles() {
        let (month, quarter, year) = (Interval::MONTH, Interval::QUARTER, Interval::YEAR);
        for (interval, start, end, target, day, expected) in [
            (month, "2011-02-03", Some("2011-02-17"), "2011-03-01", 3, "0.500000000"),
            (month, "2011-02-20", Some("2011-03-06"), "2011-03-09", 20, "0.500000000"),
            (month, "2011-02-07", Some("2011-02-15"), "2011-04-21", 7, "0.285714286"),
            (month, "2011-03-10", None, "2011-04-21", 15, "2.178571429"),
            (month, "2011-01-01", Some("2011-02-27"), "2011-01-07", 15, "0.451612903"),
            (month, "2011-02-01", Some("2011-04-13"), "2011-04-10", 13, "2.387096774"),
            (month, "2011-01-31", None, "2011-02-27", 31, "1.000000000"),
            (month, "2011-01-31", None, "2011-08-01", 31, "7.000000000"),
            (month, "2011-01-31", None, "2011-10-31", 31, "10.000000000"),
            (quarter, "2011-02-24", None, "2011-03-06", 10, "0.842696629"),
            (quarter, "2010-12-15", None, "2011-01-16", 15, "1.000000000"),
            (quarter, "2011-02-01", None, "2011-02-04", 13, "0.130434783"),
            (quarter, "2011-02-01", None, "2011-02-13", 13, "1.130434783"),
            (quarter, "2011-02-15", None, "2011-05-15", 15, "2.000000000"),
            (quarter, "2011-01-31", None, "2011-08-01", 31, "3.000000000"),
            (quarter, "2011-01-31", None, "2012-01-30", 31, "4.000000000"),
            (quarter, "2011-01-31", None, "2012-01-31", 31, "5.000000000"),
            (quarter, "2011-01-31", None, "2012-10-31", 31, "8.000000000"),
            (quarter, "2011-01-31", None, "2012-11-01", 31, "8.000000000"),
            (quarter, "2011-01-31", None, "2013-11-01", 31, "12.000000000"),
            (year, "2011-01-01", Some("2012-01-27"), "2012-03-07", 15, "1.071143049"),
            (year, "2011-02-15", None, "2011-03-01", 15, "1.000000000"),
            (year, "2011-12-15", None, "2012-12-15", 15, "2.000000000"),
            (year, "2011-01-31", None, "2012-02-01", 31, "2.000000000"),
            (year, "2011-01-31", None, "2015-02-01", 31, "5.000000000"),
            (year, "2011-01-31", None, "2016-01-31", 31, "6.000000000"),
            (year, "2011-01-31", None, "2021-02-01", 31, "11.000000000"),
        ] {
            let billed = cycles(interval, start, end, target, day);
            assert_eq!(billed.as_deref(), Ok(expected), "{interval} {start} {target}");
        }
    }

    #[test]
    fn a_cycle_begins_on_the_billing_day_or_the_last_of_the_month() {
        let begins = |day: u32, start: &str, targets: &[&str]| {
            let billed = |target: &&str| cycles(Interval::MONTH, start, None, target, day).unwrap();
            targets.iter().map(billed).collect::<Vec<_>>()
        };
        // With 31 and from 28 February: whole cycles from the first day on.
        let targets = ["2011-02-28", "2011-03-30", "2011-03-31", "2011-04-29", "2011-04-30"];
        let whole = ["1.000000000", "1.000000000", "2.000000000", "2.000000000", "3.000000000"];
        assert_eq!(begins(31, "2011-02-28", &targets), whole);
        // With 30 and from 27 February: one day of the 29 that lead to the 28th.
        let from_27 = begins(30, "2011-02-27", &["2011-02-27", "2011-02-28", "2011-03-30"]);
        assert_eq!(from_27, ["0.034482759", "1.034482759", "2.034482759"]);
    }

    #[test]
    fn dates_out_of_order_are_refused() {
        let refused = cycles(Interval::MONTH, "2011-02-03", Some("2011-02-02"), "2011-03-01", 3);
        assert_eq!(refused, Err(CycleError::BeforeStart));
        let refused = cycles(Interval::MONTH, "2011-02-03", None, "2011-02-02", 3);
        assert_eq!(refused, Err(CycleError::BeforeStart));
        let refused = cycles(Interval::MONTH, "2011-02-03", None, "2011-02-03", 32);
        assert_eq!(refused, Err(CycleError::NoSuchDay));
    }
}
