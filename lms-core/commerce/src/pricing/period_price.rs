//! The price of a subscription period, with trials and vouchers for some periods.
use chrono::TimeDelta;
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::Reduction;
use lms_kernel::{Money, MoneyError, Rounding, Timestamp};

/// For how many billed periods a voucher holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum VoucherTerm {
    /// For one.
    Once,
    /// For so many, one after the other; at least one.
    Periods(u16),
    /// For all that follow.
    Forever,
}

/// A voucher on a subscription: how much it takes off, from which billed period on, for how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PeriodVoucher {
    /// How much it takes off each period.
    pub reduction: Reduction,
    /// The first billed period for which it holds; the first one of a subscription is 0. A trial is
    /// none.
    pub from_period: u32,
    /// For how many.
    pub term: VoucherTerm,
}

impl PeriodVoucher {
    /// Whether it holds for that period.
    pub fn holds_for(&self, period: u32) -> bool {
        let Some(after) = period.checked_sub(self.from_period) else { return false };
        match self.term {
            VoucherTerm::Once => after == 0,
            VoucherTerm::Periods(count) => after < u32::from(count.max(1)),
            VoucherTerm::Forever => true,
        }
    }

    /// For how many periods after that one it still holds; none when it has no end.
    pub fn periods_left_after(&self, period: u32) -> Option<u32> {
        let count = match self.term {
            VoucherTerm::Once => 1,
            VoucherTerm::Periods(count) => u32::from(count.max(1)),
            VoucherTerm::Forever => return None,
        };
        let end = self.from_period.saturating_add(count);
        Some(end.saturating_sub(period.saturating_add(1)).min(count))
    }
}

/// The price of a period, with the discount of each voucher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PeriodPrice {
    /// The plan's price.
    pub list: Money,
    /// What each voucher took off, in the order in which they were given; nothing for those that
    /// do not hold.
    pub taken_off: Vec<Money>,
    /// What is to be paid, before tax that comes on top.
    pub price: Money,
}

/// Prices a period of a subscription: vouchers that hold for it, on what remains, percentages
/// before amounts and in the order given, each rounded once, half up, never below zero.
///
/// # Errors
/// [`MoneyError`] for an amount in another currency, or out of range.
pub fn price_period(
    list: Money,
    period: u32,
    vouchers: &[PeriodVoucher],
) -> Result<PeriodPrice, MoneyError> {
    let mut price = list;
    let mut taken_off = vec![Money::zero(list.currency()); vouchers.len()];
    let is_amount = |it: &PeriodVoucher| matches!(it.reduction, Reduction::Fixed(_));
    for amounts in [false, true] {
        for (voucher, taken) in vouchers.iter().zip(&mut taken_off) {
            if is_amount(voucher) != amounts || !voucher.holds_for(period) {
                continue;
            }
            let off = match voucher.reduction {
                Reduction::Percent(percent) => price.percent_of(percent, Rounding::HalfUp)?,
                Reduction::Fixed(amount) => amount.min(price)?,
            };
            *taken = off.max(Money::zero(list.currency()))?;
            price = price.sub(*taken)?;
        }
    }
    Ok(PeriodPrice { list, taken_off, price })
}

/// How a subscription is tried before its first period is billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TrialTerms {
    /// For how many days it costs nothing; with 0 there is no trial.
    pub days: u16,
    /// How many days before its end the learner is notified of the first invoice.
    pub remind_days_before: u16,
}

/// Why a trial makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum TrialError {
    /// It is too long, or its reminder comes before it.
    #[error("a trial has at most {most} days, and its reminder comes within it")]
    #[fault(invalid, field = "days")]
    Days {
        /// The most days of a trial.
        most: u16,
    },
}

impl TrialTerms {
    /// The most days of a trial: two years.
    pub const MAX_DAYS: u16 = 730;

    /// Refuses terms that make no sense.
    ///
    /// # Errors
    /// [`TrialError`].
    pub const fn check(self) -> Result<(), TrialError> {
        if self.days > Self::MAX_DAYS || self.remind_days_before > self.days {
            return Err(TrialError::Days { most: Self::MAX_DAYS });
        }
        Ok(())
    }

    /// When a trial that starts then ends, and the first period begins; none when there is none.
    /// A day has 24 hours, so that everyone tries as long.
    pub fn ends_at(self, started_at: Timestamp) -> Option<Timestamp> {
        let days = TimeDelta::days(i64::from(self.days));
        (self.days > 0).then(|| started_at.saturating_add(days))
    }

    /// When the learner is notified of its end.
    pub fn reminds_at(self, started_at: Timestamp) -> Option<Timestamp> {
        let before = TimeDelta::days(i64::from(self.remind_days_before));
        self.ends_at(started_at).map(|at| at.saturating_sub(before))
    }

    /// Whether something that started then is still tried.
    pub fn is_tried(self, started_at: Timestamp, now: Timestamp) -> bool {
        self.ends_at(started_at).is_some_and(|end| now < end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use lms_kernel::Currency;

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::EUR)
    }

    fn percent(text: &str, from_period: u32, term: VoucherTerm) -> PeriodVoucher {
        let reduction = Reduction::Percent(text.parse().unwrap());
        PeriodVoucher { reduction, from_period, term }
    }

    fn prices(vouchers: &[PeriodVoucher]) -> Vec<i64> {
        let price = |period| price_period(eur(36_00), period, vouchers).unwrap().price.minor();
        (0..5).map(price).collect()
    }

    #[test]
    fn a_voucher_holds_once_some_times_or_for_ever() {
        use VoucherTerm::{Forever, Once, Periods};
        assert_eq!(prices(&[percent("50", 0, Once)]), [18_00, 36_00, 36_00, 36_00, 36_00]);
        assert_eq!(prices(&[percent("50", 1, Periods(2))]), [36_00, 18_00, 18_00, 36_00, 36_00]);
        assert_eq!(prices(&[percent("25", 2, Forever)]), [36_00, 36_00, 27_00, 27_00, 27_00]);
        // No periods at all are one.
        assert_eq!(prices(&[percent("50", 0, Periods(0))])[..2], [18_00, 36_00]);
    }

    #[test]
    fn percentages_go_before_amounts_and_nothing_goes_below_zero() {
        let amount = |minor, term| PeriodVoucher {
            reduction: Reduction::Fixed(eur(minor)),
            from_period: 0,
            term,
        };
        let vouchers = [amount(20_00, VoucherTerm::Forever), percent("50", 0, VoucherTerm::Once)];
        let first = price_period(eur(36_00), 0, &vouchers).unwrap();
        assert_eq!(first.taken_off, [eur(18_00), eur(18_00)]);
        assert_eq!(first.price, eur(0));
        assert_eq!(price_period(eur(36_00), 1, &vouchers).unwrap().price, eur(16_00));
        let foreign = Reduction::Fixed(Money::from_minor(1, Currency::USD));
        let foreign = [PeriodVoucher { reduction: foreign, ..vouchers[0] }];
        assert!(price_period(eur(36_00), 0, &foreign).is_err());
    }

    #[test]
    fn a_trial_ends_after_its_days_and_is_told_of_before() {
        let start: Timestamp = "2024-02-28T09:00:00Z".parse().unwrap();
        let terms = TrialTerms { days: 14, remind_days_before: 3 };
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        assert_eq!(terms.ends_at(start), at("2024-03-13T09:00:00Z"));
        assert_eq!(terms.reminds_at(start), at("2024-03-10T09:00:00Z"));
        assert!(terms.is_tried(start, start));
        assert!(!terms.is_tried(start, "2024-03-13T09:00:00Z".parse().unwrap()));
        assert_eq!(TrialTerms::default().ends_at(start), None);
        assert!(!TrialTerms::default().is_tried(start, start));
        assert!(terms.check().is_ok());
        assert!(TrialTerms { days: 731, remind_days_before: 0 }.check().is_err());
        assert!(TrialTerms { days: 2, remind_days_before: 3 }.check().is_err());
    }

    proptest! {
        #[test]
        fn what_is_taken_off_and_what_is_paid_sum_to_the_list_price(
            list in 0_i64..100_000,
            percent in 0_i64..=1_000_000,
            amount in 0_i64..100_000,
            period in 0_u32..6,
            from in 0_u32..6,
            count in 0_u16..4,
        ) {
            let term = VoucherTerm::Periods(count);
            let percent = lms_kernel::Percent::from_ten_thousandths(percent).unwrap();
            let vouchers = [Reduction::Fixed(eur(amount)), Reduction::Percent(percent)]
                .map(|reduction| PeriodVoucher { reduction, from_period: from, term });
            let priced = price_period(eur(list), period, &vouchers).unwrap();
            let off: i64 = priced.taken_off.iter().map(|it| it.minor()).sum();
            prop_assert_eq!(off + priced.price.minor(), list);
            prop_assert!(!priced.price.is_negative());
            prop_assert!(priced.taken_off.iter().all(|it| !it.is_negative()));
        }

        /// A voucher holds for as many periods as it says, one after the other.
        #[test]
        fn a_voucher_holds_as_often_as_it_says(from in 0_u32..10, count in 1_u16..10) {
            let voucher = percent("10", from, VoucherTerm::Periods(count));
            let holds: Vec<_> = (0..40).filter(|it| voucher.holds_for(*it)).collect();
            prop_assert_eq!(holds, (from..from + u32::from(count)).collect::<Vec<_>>());
            for period in 0..40 {
                let left = (period + 1..60).filter(|it| voucher.holds_for(*it)).count();
                prop_assert_eq!(voucher.periods_left_after(period), u32::try_from(left).ok());
            }
        }
    }
}
