//! Amounts of money, exact to the smallest unit of their currency.

use std::{cmp::Ordering, fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    Currency, MoneyError, Percent, Ratio, Rounding, allocate,
    fixed::{parse_decimal, power_of_ten},
    wide,
};

/// An amount of one currency, counted in its smallest units (cents of a euro, whole yen).
///
/// It may be negative. Text is `12.34 EUR`; serde uses `{"amount":"12.34","currency":"EUR"}`, with
/// the amount quoted. The range is ±9.2 × 10¹⁸ smallest units.
///
/// # Arithmetic
/// Every operation is checked: mixing currencies and leaving the range are errors, never a panic or
/// a wrapped number. Nothing is rounded unless the caller names a [`Rounding`], and then once, from
/// the exact value. To share an amount use [`split`](Self::split) or
/// [`allocate_by`](Self::allocate_by): the parts always sum to the whole.
///
/// ```
/// use lms_kernel::{Currency, Money, Percent, Rounding};
///
/// let price = Money::from_minor(10_00, Currency::EUR);
/// let thirds = price.split(3)?;
/// assert_eq!(thirds[0].to_string(), "3.34 EUR");
/// assert_eq!(Money::sum(thirds, Currency::EUR)?, price);
///
/// let vat: Percent = "19".parse()?;
/// let tax = price.percent_of(vat, Rounding::HalfUp)?;
/// assert_eq!(price.add(tax)?.to_string(), "11.90 EUR");
/// assert!(price.add(Money::from_minor(1, Currency::USD)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Pitfalls
/// - A third of 10.00 is not 3.33: rounding each part loses or creates cents. Allocate instead.
/// - Currencies have 0 to 4 digits: `from_minor(1000, …)` is 10 euros and 1,000 yen.
/// - Amounts have no order across currencies, so there is no `Ord`; use [`compare`](Self::compare).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "MoneyText", into = "MoneyText")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

#[expect(clippy::should_implement_trait, reason = "these can fail, which operators cannot")]
impl Money {
    /// An amount from its smallest units: 1234 of EUR is 12.34 EUR.
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// No money, in some currency.
    pub const fn zero(currency: Currency) -> Self {
        Self::from_minor(0, currency)
    }

    /// The amount that is exactly `amount`.
    ///
    /// # Errors
    /// [`MoneyError::TooPrecise`] if it has a fraction of the smallest unit,
    /// [`MoneyError::Overflow`] out of range.
    pub fn from_decimal(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let amount = amount.normalize();
        let missing = currency
            .exponent()
            .checked_sub(amount.scale())
            .ok_or(MoneyError::TooPrecise { currency, digits: currency.exponent() })?;
        let minor = power_of_ten(missing).and_then(|factor| amount.mantissa().checked_mul(factor));
        Self::from_wide(minor, currency)
    }

    /// The amount nearest to `amount` by the rules of `rounding`.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] out of range.
    pub fn from_decimal_rounded(
        amount: Decimal,
        currency: Currency,
        rounding: Rounding,
    ) -> Result<Self, MoneyError> {
        Self::from_ratio(Ratio::from(amount), currency, rounding)
    }

    /// The amount nearest to a fraction of the currency's main unit: 1/3 of EUR is 0.33 EUR.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] out of range.
    pub fn from_ratio(
        amount: Ratio,
        currency: Currency,
        rounding: Rounding,
    ) -> Result<Self, MoneyError> {
        let minor = power_of_ten(currency.exponent())
            .and_then(|unit| wide::scale(amount.numerator(), unit, amount.denominator(), rounding));
        Self::from_wide(minor, currency)
    }

    /// The amount in the smallest units of the currency.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The amount in the main unit, with all fraction digits of the currency.
    pub fn amount(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether there is no money.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether the amount is below zero.
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// Whether the amount is above zero.
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// How two amounts compare.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`].
    pub fn compare(self, other: Self) -> Result<Ordering, MoneyError> {
        self.same_currency(other).map(|()| self.minor.cmp(&other.minor))
    }

    /// The smaller of two amounts.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`].
    pub fn min(self, other: Self) -> Result<Self, MoneyError> {
        self.compare(other).map(|order| if order.is_le() { self } else { other })
    }

    /// The larger of two amounts.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`].
    pub fn max(self, other: Self) -> Result<Self, MoneyError> {
        self.compare(other).map(|order| if order.is_ge() { self } else { other })
    }

    /// The sum of two amounts.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] or [`MoneyError::Overflow`].
    pub fn add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.with_minor(self.minor.checked_add(other.minor))
    }

    /// This amount less another.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] or [`MoneyError::Overflow`].
    pub fn sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.with_minor(self.minor.checked_sub(other.minor))
    }

    /// The amount with the other sign.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] for the least amount of all, which has no counterpart.
    pub fn neg(self) -> Result<Self, MoneyError> {
        self.with_minor(self.minor.checked_neg())
    }

    /// The amount without its sign.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] for the least amount of all.
    pub fn abs(self) -> Result<Self, MoneyError> {
        self.with_minor(self.minor.checked_abs())
    }

    /// The sum of all amounts; zero of `currency` for none.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] if one is of another currency; [`MoneyError::Overflow`]
    /// if the sum, or a part of it, is out of range.
    pub fn sum(
        amounts: impl IntoIterator<Item = Self>,
        currency: Currency,
    ) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::add)
    }

    /// The amount `factor` times.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn multiply(self, factor: i64) -> Result<Self, MoneyError> {
        self.with_minor(self.minor.checked_mul(factor))
    }

    /// The amount times `numerator` ÷ `denominator`, exact until it is rounded once.
    ///
    /// # Errors
    /// [`MoneyError::DivisionByZero`], or [`MoneyError::Overflow`] if the result is out of range.
    pub fn scale_by(
        self,
        numerator: i128,
        denominator: i128,
        rounding: Rounding,
    ) -> Result<Self, MoneyError> {
        if denominator == 0 {
            return Err(MoneyError::DivisionByZero);
        }
        let minor = wide::scale(i128::from(self.minor), numerator, denominator, rounding);
        Self::from_wide(minor, self.currency)
    }

    /// The amount times a fraction, rounded once.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn scale_by_ratio(self, ratio: Ratio, rounding: Rounding) -> Result<Self, MoneyError> {
        self.scale_by(ratio.numerator(), ratio.denominator(), rounding)
    }

    /// So many percent of the amount, rounded once.
    ///
    /// # Errors
    /// None that can occur: no percentage makes an amount larger.
    pub fn percent_of(self, percent: Percent, rounding: Rounding) -> Result<Self, MoneyError> {
        self.scale_by_ratio(percent.to_ratio(), rounding)
    }

    /// The nearest multiple of `unit_minor` smallest units, as for cash: 5 for five-cent coins.
    ///
    /// # Errors
    /// [`MoneyError::InvalidUnit`] unless `unit_minor` is above zero; [`MoneyError::Overflow`]
    /// if the multiple is out of range.
    pub fn round_to_unit(self, unit_minor: i64, rounding: Rounding) -> Result<Self, MoneyError> {
        if unit_minor <= 0 {
            return Err(MoneyError::InvalidUnit);
        }
        let unit = i128::from(unit_minor);
        let units = rounding.divide(i128::from(self.minor), unit);
        Self::from_wide(units.and_then(|units| units.checked_mul(unit)), self.currency)
    }

    /// Splits the amount in proportion to the ratios, in their order, so that nothing is lost.
    ///
    /// Each share is less than one smallest unit from its exact part. The odd units go to the
    /// shares with the largest fractions left over, of equal ones to the first. A ratio of zero
    /// gets nothing, and a negative amount is split like the positive one.
    ///
    /// # Errors
    /// [`MoneyError::NoRatios`], [`MoneyError::ZeroRatios`], [`MoneyError::NegativeRatio`];
    /// [`MoneyError::Overflow`] if the ratios are so far apart that 128 bits cannot hold them at
    /// one scale.
    pub fn allocate(self, ratios: &[Decimal]) -> Result<Vec<Self>, MoneyError> {
        self.allocate_weights(&allocate::weights_of_decimals(ratios)?)
    }

    /// Splits the amount like [`Money::allocate`], by whole ratios.
    ///
    /// # Errors
    /// [`MoneyError::NoRatios`], [`MoneyError::ZeroRatios`] or [`MoneyError::NegativeRatio`].
    pub fn allocate_by(self, ratios: &[i64]) -> Result<Vec<Self>, MoneyError> {
        self.allocate_weights(&allocate::weights_of_integers(ratios)?)
    }

    /// Splits the amount into parts that differ by at most one smallest unit, larger ones first.
    ///
    /// # Errors
    /// [`MoneyError::NoRatios`] for no parts.
    pub fn split(self, parts: u32) -> Result<Vec<Self>, MoneyError> {
        let weights: Vec<u128> = (0..parts).map(|_| 1).collect();
        self.allocate_weights(&weights)
    }

    fn allocate_weights(self, weights: &[u128]) -> Result<Vec<Self>, MoneyError> {
        let shares = allocate::by_weights(self.minor, weights)?;
        Ok(shares.into_iter().map(|minor| Self::from_minor(minor, self.currency)).collect())
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(MoneyError::CurrencyMismatch { expected: self.currency, found: other.currency })
    }

    fn with_minor(self, minor: Option<i64>) -> Result<Self, MoneyError> {
        minor.map(|minor| Self { minor, ..self }).ok_or(MoneyError::Overflow)
    }

    fn from_wide(minor: Option<i128>, currency: Currency) -> Result<Self, MoneyError> {
        minor
            .and_then(|minor| i64::try_from(minor).ok())
            .map(|minor| Self { minor, currency })
            .ok_or(MoneyError::Overflow)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (amount, currency) = text.split_once(' ').ok_or(MoneyError::Malformed)?;
        Self::from_text(amount, currency.parse()?)
    }
}

impl Money {
    fn from_text(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        let amount = parse_decimal(amount).map_err(|_| MoneyError::Malformed)?;
        Self::from_decimal(amount, currency)
    }
}

/// Money as it travels.
#[derive(Serialize, Deserialize)]
struct MoneyText {
    amount: String,
    currency: Currency,
}

impl From<Money> for MoneyText {
    fn from(money: Money) -> Self {
        Self { amount: money.amount().to_string(), currency: money.currency }
    }
}

impl TryFrom<MoneyText> for Money {
    type Error = MoneyError;

    fn try_from(text: MoneyText) -> Result<Self, MoneyError> {
        Self::from_text(&text.amount, text.currency)
    }
}

#[cfg(test)]
mod tests;
