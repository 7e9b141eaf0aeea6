//! Charge models of usage.
use lms_derive::DomainError;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use lms_kernel::{Currency, Money, MoneyError, NumberError, Ratio, Rounding};

/// A step of a price that changes with the amount used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tier {
    /// The last unit that it covers; without end when there is none. A fraction of a unit beyond
    /// it falls into the next tier.
    pub up_to: Option<Decimal>,
    /// The price of one unit, or the percentage of the amount.
    pub rate: Decimal,
    /// What it costs to reach the tier at all.
    pub flat: Decimal,
}

/// How usage is charged, in the main unit of a currency.
///
/// The models and their figures are those of Lago (docs.getlago.com, "Charge models").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "model", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChargeModel {
    /// The same price for every unit.
    Standard {
        /// The price of one unit.
        rate: Decimal,
    },
    /// Units are sold in packages; a begun one costs as much as a whole one.
    Package {
        /// How many units a package holds; above zero.
        size: Decimal,
        /// The price of a package.
        amount: Decimal,
        /// How many units are free.
        free_units: Decimal,
    },
    /// Every tier that is reached charges its own units. No units at all still pay the flat
    /// amount of the first tier.
    Graduated {
        /// The tiers, from the first unit on.
        tiers: Vec<Tier>,
    },
    /// The tier that the last unit falls into charges all units.
    Volume {
        /// The tiers, from the first unit on.
        tiers: Vec<Tier>,
    },
    /// As graduated, with percentages of the amount.
    GraduatedPercentage {
        /// The tiers, from the first unit on.
        tiers: Vec<Tier>,
    },
    /// A percentage of the amounts of all transactions: a commission.
    ///
    /// Transactions are taken in the order in which they occurred. `free_units` alone frees that
    /// much of their sum, however many they are; `free_events` alone frees the first so many; with
    /// both, the first so many are free as far as their sum does not exceed `free_units`. A
    /// transaction that free units cover wholly is free; one that they cover in part pays the
    /// percentage on the rest, and the fixed part. Amounts that sum to zero cost nothing.
    Percentage {
        /// The percentage.
        rate: Decimal,
        /// What each transaction that is not free costs on top.
        fixed: Decimal,
        /// How many transactions are free; zero is the same as none.
        free_events: Option<u32>,
        /// How much of the sum of the amounts is free; zero is the same as none.
        free_units: Option<Decimal>,
        /// The least that a transaction that is not free costs.
        minimum: Option<Decimal>,
        /// The most that a transaction costs.
        maximum: Option<Decimal>,
    },
}

/// Why usage cannot be charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ChargeError {
    /// Something is below zero that cannot be.
    #[error("units, prices and percentages must not be below zero")]
    #[fault(invalid)]
    Negative,
    /// A package holds nothing.
    #[error("a package must hold at least a part of a unit")]
    #[fault(invalid, field = "size")]
    EmptyPackage,
    /// The tiers do not ascend, or do not cover everything.
    #[error("tiers must ascend, and only the last one has no end")]
    #[fault(invalid, field = "tiers")]
    Tiers,
    /// The minimum is above the maximum.
    #[error("the least charge must not be above the most")]
    #[fault(invalid, field = "minimum")]
    MinimumAboveMaximum,
    /// The sum is too large to be exact.
    #[error(transparent)]
    #[fault(transparent)]
    Number(#[from] NumberError),
    /// The sum is too large.
    #[error("the charge cannot be computed: {0}")]
    #[fault(invalid)]
    Money(#[from] MoneyError),
}

impl ChargeModel {
    /// Refuses a model that makes no sense, such as one read from outside.
    ///
    /// # Errors
    /// [`ChargeError`].
    pub fn check(&self) -> Result<(), ChargeError> {
        let negative = |it: &Decimal| it.is_sign_negative() && !it.is_zero();
        let bad = match self {
            Self::Standard { rate } => negative(rate),
            Self::Package { size, amount, free_units } => {
                if *size <= Decimal::ZERO {
                    return Err(ChargeError::EmptyPackage);
                }
                negative(amount) || negative(free_units)
            }
            Self::Graduated { tiers }
            | Self::Volume { tiers }
            | Self::GraduatedPercentage { tiers } => return check_tiers(tiers),
            Self::Percentage { rate, fixed, free_units, minimum, maximum, .. } => {
                if let (Some(least), Some(most)) = (minimum, maximum)
                    && least > most
                {
                    return Err(ChargeError::MinimumAboveMaximum);
                }
                negative(rate)
                    || negative(fixed)
                    || [free_units, minimum, maximum].into_iter().flatten().any(negative)
            }
        };
        if bad { Err(ChargeError::Negative) } else { Ok(()) }
    }

    /// What these amounts of usage cost, exactly, in the main unit of the currency.
    ///
    /// A commission looks at each amount, in the order in which they occurred; the other models
    /// look at their sum.
    ///
    /// # Errors
    /// [`ChargeError`].
    pub fn exact_charge(&self, amounts: &[Decimal]) -> Result<Ratio, ChargeError> {
        self.check()?;
        if amounts.iter().any(|it| it.is_sign_negative() && !it.is_zero()) {
            return Err(ChargeError::Negative);
        }
        let units = Ratio::sum(amounts.iter().map(|it| Ratio::from(*it)))?;
        match self {
            Self::Standard { rate } => Ok(units.mul(Ratio::from(*rate))?),
            Self::Package { size, amount, free_units } => {
                let paid = units.sub(Ratio::from(*free_units))?.max(Ratio::ZERO);
                let packages = paid.div(Ratio::from(*size))?.to_integer(Rounding::Ceiling);
                Ok(Ratio::new(packages, 1)?.mul(Ratio::from(*amount))?)
            }
            Self::Graduated { tiers } => graduated(tiers, units, Ratio::ONE),
            Self::GraduatedPercentage { tiers } => graduated(tiers, units, hundredth()?),
            Self::Volume { tiers } => {
                let tier = tiers.iter().find(|it| covers(it, units));
                let tier = tier.ok_or(ChargeError::Tiers)?;
                Ok(units.mul(Ratio::from(tier.rate))?.add(Ratio::from(tier.flat))?)
            }
            Self::Percentage { .. } => self.commission(amounts, units),
        }
    }

    /// What these amounts of usage cost, rounded once, half up.
    ///
    /// # Errors
    /// [`ChargeError`].
    pub fn charge(&self, amounts: &[Decimal], currency: Currency) -> Result<Money, ChargeError> {
        Ok(Money::from_ratio(self.exact_charge(amounts)?, currency, Rounding::HalfUp)?)
    }

    fn commission(&self, amounts: &[Decimal], units: Ratio) -> Result<Ratio, ChargeError> {
        let Self::Percentage { rate, fixed, free_events, free_units, minimum, maximum } = self
        else {
            return Ok(Ratio::ZERO);
        };
        if units.is_zero() {
            return Ok(Ratio::ZERO);
        }
        let rate = Ratio::from(*rate).mul(hundredth()?)?;
        let fixed = Ratio::from(*fixed);
        let free = FreePart::of(amounts, *free_events, *free_units)?;
        if minimum.is_none() && maximum.is_none() {
            let events = i64::try_from(amounts.len().saturating_sub(free.events));
            let events = Ratio::from(events.map_err(|_| NumberError::Overflow)?);
            return Ok(units.sub(free.units)?.mul(rate)?.add(fixed.mul(events)?)?);
        }
        let mut total = Ratio::ZERO;
        let mut covered = free.units_of_next;
        for amount in amounts.iter().skip(free.events) {
            let paid = Ratio::from(*amount).sub(covered)?;
            covered = Ratio::ZERO;
            let mut charge = paid.mul(rate)?.add(fixed)?;
            if let Some(least) = minimum {
                charge = charge.max(Ratio::from(*least));
            }
            if let Some(most) = maximum {
                charge = charge.min(Ratio::from(*most));
            }
            total = total.add(charge)?;
        }
        Ok(total)
    }
}

/// What of a list of transactions is free: the first ones, and a part of the next.
struct FreePart {
    /// How many transactions are free wholly: always the first ones.
    events: usize,
    /// How much of the sum of all amounts is free.
    units: Ratio,
    /// How much of the first transaction that is not free is covered.
    units_of_next: Ratio,
}

impl FreePart {
    fn of(
        amounts: &[Decimal],
        free_events: Option<u32>,
        free_units: Option<Decimal>,
    ) -> Result<Self, ChargeError> {
        let mut free = Self { events: 0, units: Ratio::ZERO, units_of_next: Ratio::ZERO };
        let free_events = free_events.filter(|it| *it > 0);
        let free_units = free_units.filter(|it| !it.is_zero()).map(Ratio::from);
        if free_events.is_none() && free_units.is_none() {
            return Ok(free);
        }
        let most = free_events.map_or(usize::MAX, |it| usize::try_from(it).unwrap_or(usize::MAX));
        for amount in amounts.iter().take(most) {
            let with_next = free.units.add(Ratio::from(*amount))?;
            if let Some(limit) = free_units
                && with_next > limit
            {
                free.units_of_next = limit.sub(free.units)?;
                free.units = limit;
                break;
            }
            free.units = with_next;
            free.events += 1;
        }
        Ok(free)
    }
}

fn hundredth() -> Result<Ratio, NumberError> {
    Ratio::new(1, 100)
}

fn covers(tier: &Tier, units: Ratio) -> bool {
    tier.up_to.is_none_or(|up_to| units <= Ratio::from(up_to))
}

fn graduated(tiers: &[Tier], units: Ratio, scale: Ratio) -> Result<Ratio, ChargeError> {
    let mut total = Ratio::ZERO;
    let mut before = Ratio::ZERO;
    for tier in tiers {
        let to = tier.up_to.map_or(units, |up_to| units.min(Ratio::from(up_to)));
        let rate = Ratio::from(tier.rate).mul(scale)?;
        let within = to.sub(before)?.max(Ratio::ZERO);
        total = total.add(within.mul(rate)?)?.add(Ratio::from(tier.flat))?;
        if covers(tier, units) {
            break;
        }
        before = to;
    }
    Ok(total)
}

fn check_tiers(tiers: &[Tier]) -> Result<(), ChargeError> {
    let mut before = Some(Decimal::ZERO);
    for tier in tiers {
        if tier.rate < Decimal::ZERO || tier.flat < Decimal::ZERO {
            return Err(ChargeError::Negative);
        }
        match (before, tier.up_to) {
            (Some(before), Some(up_to)) if up_to > before => {}
            (Some(_), None) => {}
            _ => return Err(ChargeError::Tiers),
        }
        before = tier.up_to;
    }
    if before.is_none() { Ok(()) } else { Err(ChargeError::Tiers) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn tiers(of: &[(Option<&str>, &str, &str)]) -> Vec<Tier> {
        let tier = |(up_to, rate, flat): &(Option<&str>, &str, &str)| Tier {
            up_to: up_to.map(decimal),
            rate: decimal(rate),
            flat: decimal(flat),
        };
        of.iter().map(tier).collect()
    }

    fn exact(model: &ChargeModel, amounts: &[&str]) -> String {
        let amounts: Vec<_> = amounts.iter().map(|it| decimal(it)).collect();
        model.exact_charge(&amounts).unwrap().to_decimal().unwrap().normalize().to_string()
    }

    /// Figures from the tests of Lago, github.com/getlago/lago-api, spec/services/charges
    /// /charge_models.
    #[test]
    fn lago_tiers() {
        let graduated = ChargeModel::Graduated {
            tiers: tiers(&[(Some("10"), "10", "2"), (Some("20"), "5", "3"), (None, "5", "3")]),
        };
        assert_eq!(exact(&graduated, &["10"]), "102");
        assert_eq!(exact(&graduated, &["11"]), "110");
        assert_eq!(exact(&graduated, &["0"]), "2");
        assert_eq!(exact(&graduated, &["10.5"]), "107.5");
        let volume = ChargeModel::Volume {
            tiers: tiers(&[(Some("100"), "2", "10"), (Some("200"), "1", "0"), (None, "0.5", "50")]),
        };
        assert_eq!(exact(&volume, &["0"]), "10");
        assert_eq!(exact(&volume, &["200"]), "200");
        let percentages = ChargeModel::GraduatedPercentage {
            tiers: tiers(&[(Some("10"), "1", "200"), (Some("20"), "2", "300"), (None, "3", "400")]),
        };
        assert_eq!(exact(&percentages, &["11"]), "500.12");
    }

    fn percentage(
        rate: &str,
        fixed: &str,
        free_events: Option<u32>,
        free_units: Option<&str>,
    ) -> ChargeModel {
        ChargeModel::Percentage {
            rate: decimal(rate),
            fixed: decimal(fixed),
            free_events,
            free_units: free_units.map(decimal),
            minimum: None,
            maximum: None,
        }
    }

    /// Figures from the same place.
    #[test]
    fn lago_percentages() {
        let amounts = ["50", "100", "250", "400"];
        assert_eq!(exact(&percentage("1.3", "2", Some(3), Some("250")), &amounts), "11.15");
        assert_eq!(exact(&percentage("1.3", "2", Some(3), None), &amounts), "7.2");
        let all = ["10", "80", "10000"];
        assert_eq!(exact(&percentage("2.99", "0", None, Some("0")), &all), "301.691");
        assert_eq!(exact(&percentage("1.3", "2", None, Some("250")), &amounts), "11.15");
        assert_eq!(exact(&percentage("1.3", "2", Some(3), Some("500")), &amounts), "7.2");
        assert_eq!(exact(&percentage("0", "2", None, None), &amounts), "8");
        assert_eq!(exact(&percentage("1.3", "2", Some(5), None), &amounts), "0");
        let free = |events, units| {
            bounded(percentage("2.99", "0", events, Some(units)), Some("1.75"), Some("12"))
        };
        assert_eq!(exact(&free(Some(3), "10000"), &all), "2.691");
        assert_eq!(exact(&free(None, "30"), &all), "13.794");
    }

    fn bounded(model: ChargeModel, least: Option<&str>, most: Option<&str>) -> ChargeModel {
        match model {
            ChargeModel::Percentage { rate, fixed, free_events, free_units, .. } => {
                let (minimum, maximum) = (least.map(decimal), most.map(decimal));
                ChargeModel::Percentage { rate, fixed, free_events, free_units, minimum, maximum }
            }
            other => other,
        }
    }

    #[test]
    fn free_units_are_free_wholly_or_in_part() {
        let model = percentage("10", "1", None, Some("30"));
        // Covered to the last unit: free, and the next one is paid whole.
        assert_eq!(exact(&model, &["10", "20"]), "0");
        assert_eq!(exact(&model, &["10", "20", "10"]), "2");
        // Covered in part: the percentage on the rest, and the fixed part.
        assert_eq!(exact(&model, &["10", "30"]), "2");
        assert_eq!(exact(&model, &["100"]), "8");
        // With both, free units beyond the free transactions are not used.
        assert_eq!(exact(&percentage("10", "1", Some(1), Some("30")), &["10", "10"]), "2");
    }

    #[test]
    fn no_units_cost_nothing() {
        for free_events in [None, Some(1)] {
            let model = percentage("10", "1", free_events, None);
            assert_eq!(exact(&model, &[]), "0");
            assert_eq!(exact(&model, &["0", "0"]), "0");
            assert_eq!(exact(&bounded(model, Some("5"), None), &["0", "0"]), "0");
        }
        // A transaction of nothing among others is one that occurred.
        assert_eq!(exact(&percentage("10", "1", None, None), &["0", "10"]), "3");
    }

    #[test]
    fn a_begun_package_is_paid_whole() {
        let package = ChargeModel::Package {
            size: decimal("100"),
            amount: decimal("5"),
            free_units: decimal("50"),
        };
        assert_eq!(exact(&package, &["50"]), "0");
        assert_eq!(exact(&package, &["50.1"]), "5");
        assert_eq!(exact(&package, &["100", "50"]), "5");
        assert_eq!(exact(&package, &["151"]), "10");
        let rate = ChargeModel::Standard { rate: decimal("0.005") };
        assert_eq!(
            rate.charge(&[decimal("1")], Currency::EUR).unwrap(),
            Money::from_minor(1, Currency::EUR)
        );
    }

    #[test]
    fn models_that_make_no_sense_are_refused() {
        let graduated = |of: &[_]| ChargeModel::Graduated { tiers: tiers(of) };
        for (model, error) in [
            (graduated(&[]), ChargeError::Tiers),
            (graduated(&[(Some("10"), "1", "0")]), ChargeError::Tiers),
            (graduated(&[(None, "1", "0"), (None, "1", "0")]), ChargeError::Tiers),
            (graduated(&[(Some("5"), "1", "0"), (Some("5"), "1", "0")]), ChargeError::Tiers),
            (graduated(&[(None, "-1", "0")]), ChargeError::Negative),
            (ChargeModel::Standard { rate: decimal("-1") }, ChargeError::Negative),
        ] {
            assert_eq!(model.check(), Err(error), "{model:?}");
        }
        let standard = ChargeModel::Standard { rate: decimal("1") };
        assert_eq!(standard.exact_charge(&[decimal("-1")]), Err(ChargeError::Negative));
    }

    proptest! {
        #[test]
        fn more_usage_never_costs_less(
            first in 0_i64..30_000,
            more in 0_i64..30_000,
            free in proptest::option::of(0_u32..3),
            free_units in proptest::option::of(0_i64..40_000),
        ) {
            let amounts = [Decimal::new(first, 2), Decimal::new(more, 2)];
            let graduated = ChargeModel::Graduated {
                tiers: tiers(&[(Some("10"), "10", "2"), (Some("20"), "5", "3"), (None, "1", "0")]),
            };
            let free_units = free_units.map(|it| Decimal::new(it, 2).to_string());
            let part = percentage("1.3", "0.2", free, free_units.as_deref());
            let models = [graduated, part.clone(), bounded(part, Some("1"), Some("2"))];
            for model in models {
                let one = model.exact_charge(&amounts[..1]).unwrap();
                prop_assert!(model.exact_charge(&amounts).unwrap() >= one, "{:?}", model);
            }
        }

        /// The sum at once and transaction by transaction are the same rule.
        #[test]
        fn bounds_that_bind_nothing_change_nothing(
            amounts in proptest::collection::vec(0_i64..20_000, 0..6),
            free in proptest::option::of(0_u32..4),
            free_units in proptest::option::of(0_i64..40_000),
        ) {
            let amounts: Vec<_> = amounts.into_iter().map(|it| Decimal::new(it, 2)).collect();
            let free_units = free_units.map(|it| Decimal::new(it, 2).to_string());
            let open = percentage("1.3", "0.2", free, free_units.as_deref());
            let wide = bounded(open.clone(), Some("0"), Some("1000000"));
            prop_assert_eq!(open.exact_charge(&amounts), wide.exact_charge(&amounts));
        }

        /// Free units alone take that much off the sum, however it is cut into transactions.
        #[test]
        fn free_units_do_not_ask_how_many_transactions_there_are(
            amounts in proptest::collection::vec(0_i64..20_000, 1..6),
            free_units in 1_i64..40_000,
        ) {
            let units: i64 = amounts.iter().sum();
            let amounts: Vec<_> = amounts.into_iter().map(|it| Decimal::new(it, 2)).collect();
            let free = Decimal::new(free_units, 2).to_string();
            let model = percentage("10", "0", None, Some(&free));
            let wanted = Ratio::new(i128::from((units - free_units).max(0)), 1_000).unwrap();
            prop_assert_eq!(model.exact_charge(&amounts), Ok(wanted));
        }
    }
}
