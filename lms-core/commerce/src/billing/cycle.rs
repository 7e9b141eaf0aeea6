//! The cycles in which a tenant pays for its plan.
use chrono::NaiveDate;
use lms_derive::TextEnum;

use crate::{Alignment, BillingCalendar, BillingPeriod, Interval};
use lms_kernel::{Money, MoneyError, Rounding, TimeZone};

/// How long a period is for which a tenant pays for its plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum PlanCycle {
    /// A week, from Monday on.
    #[text("week", "weekly")]
    Week,
    /// A calendar month.
    #[default]
    #[text("month", "monthly")]
    Month,
    /// A quarter of a calendar year.
    #[text("quarter", "quarterly")]
    Quarter,
    /// A calendar year.
    #[text("year", "yearly", "annual")]
    Year,
}

impl PlanCycle {
    /// The same as an interval.
    pub const fn interval(self) -> Interval {
        match self {
            Self::Week => Interval::Weeks(1),
            Self::Month => Interval::MONTH,
            Self::Quarter => Interval::QUARTER,
            Self::Year => Interval::YEAR,
        }
    }

    /// Its periods in a tenant's calendar: with the calendar, or with the day on which the plan
    /// began.
    pub const fn calendar(self, alignment: Alignment, zone: TimeZone) -> BillingCalendar {
        BillingCalendar { interval: self.interval(), alignment, zone }
    }

    /// The calendar period in which a day lies.
    pub fn period_of(self, day: NaiveDate) -> BillingPeriod {
        let calendar = self.calendar(Alignment::Calendar, TimeZone::UTC);
        calendar.period(calendar.number_of(day))
    }
}

impl BillingPeriod {
    /// What some days of a period cost when all of it costs `price`: the price up to their end less
    /// the price up to their start, each rounded half up, so that the parts of any cut sum to the
    /// price. Days outside the period cost nothing.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn price_of_days(self, price: Money, days: Self) -> Result<Money, MoneyError> {
        let whole = i128::from(self.days().max(1));
        let up_to = |day: NaiveDate| {
            let days = day.clamp(self.start, self.end).signed_duration_since(self.start).num_days();
            price.scale_by(i128::from(days), whole, Rounding::HalfUp)
        };
        up_to(days.end.max(days.start))?.sub(up_to(days.start)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use lms_kernel::Currency;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_lies_in_its_week_month_quarter_and_year() {
        for (cycle, date, start, end) in [
            (PlanCycle::Week, "2024-02-29", "2024-02-26", "2024-03-04"),
            (PlanCycle::Week, "2024-03-04", "2024-03-04", "2024-03-11"),
            (PlanCycle::Month, "2024-02-29", "2024-02-01", "2024-03-01"),
            (PlanCycle::Quarter, "2024-02-29", "2024-01-01", "2024-04-01"),
            (PlanCycle::Quarter, "2024-12-31", "2024-10-01", "2025-01-01"),
            (PlanCycle::Year, "2024-02-29", "2024-01-01", "2025-01-01"),
            (PlanCycle::Year, "1899-12-31", "1899-01-01", "1900-01-01"),
        ] {
            let period = cycle.period_of(day(date));
            assert_eq!(
                period,
                BillingPeriod { start: day(start), end: day(end) },
                "{cycle} {date}"
            );
        }
        assert_eq!("quarterly".parse(), Ok(PlanCycle::Quarter));
    }

    #[test]
    fn an_anniversary_keeps_its_day() {
        let alignment = Alignment::Anniversary(day("2024-01-31"));
        let quarters = PlanCycle::Quarter.calendar(alignment, TimeZone::UTC);
        let starts: Vec<_> = (0..5).map(|it| quarters.period(it).start.to_string()).collect();
        let wanted = ["2024-01-31", "2024-04-30", "2024-07-31", "2024-10-31", "2025-01-31"];
        assert_eq!(starts, wanted);
    }

    #[test]
    fn days_of_a_year_cost_their_part() {
        let price = Money::from_minor(36_600, Currency::USD);
        let year = PlanCycle::Year.period_of(day("2024-05-01"));
        let days = |start: &str, end: &str| BillingPeriod { start: day(start), end: day(end) };
        let cost = |it| year.price_of_days(price, it).unwrap().minor();
        assert_eq!(cost(days("2024-01-01", "2024-02-01")), 31_00);
        assert_eq!(cost(days("2023-12-01", "2024-01-11")), 10_00);
        assert_eq!(cost(days("2025-01-01", "2025-02-01")), 0);
        assert_eq!(cost(days("2024-02-01", "2024-01-01")), 0);
    }

    proptest! {
        #[test]
        fn the_days_of_any_cut_sum_to_the_price(
            minor in 0_i64..1_000_000,
            cuts in proptest::collection::vec(0_i64..=366, 0..6),
            cycle in 0_usize..4,
        ) {
            let price = Money::from_minor(minor, Currency::USD);
            let period = PlanCycle::ALL[cycle].period_of(day("2024-02-29"));
            let mut days: Vec<_> =
                cuts.iter().map(|it| period.start + chrono::TimeDelta::days(*it)).collect();
            days.extend([period.start, period.end]);
            days.retain(|it| *it <= period.end);
            days.sort_unstable();
            let parts = days.windows(2).map(|it| BillingPeriod { start: it[0], end: it[1] });
            let parts = parts.map(|it| period.price_of_days(price, it).unwrap());
            prop_assert_eq!(Money::sum(parts, Currency::USD), Ok(price));
        }
    }
}
