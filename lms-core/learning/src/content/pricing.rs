//! The price of a course.
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Serialize};

use lms_kernel::{Currency, Money, MoneyError};
use lms_store::{Column, FieldError, Fields, Value, Values};

/// How a course is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum PricingKind {
    /// By no one.
    Free,
    /// Once, by the learner.
    Paid,
    /// By a subscription whose plan includes it.
    Subscription,
}

/// What a course costs.
///
/// ```
/// use lms_learning::content::Pricing;
///
/// let pricing = Pricing::paid("49.00 USD".parse()?, Some("39.00 USD".parse()?))?;
/// assert_eq!(pricing.price_due(), Some("39.00 USD".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Pricing {
    /// Nothing: anyone who is enrolled may learn.
    #[default]
    Free,
    /// A price, once.
    Paid {
        /// The list price, not negative.
        price: Money,
        /// The price for now, from zero to the list price and in its currency.
        discount_price: Option<Money>,
    },
    /// No price of its own: a subscription includes it.
    Subscription,
}

impl Pricing {
    /// A price, and the price for now where there is one.
    ///
    /// # Errors
    /// [`PricingError`] if a price is negative, the discounted one is higher, or their currencies
    /// differ.
    pub fn paid(price: Money, discount_price: Option<Money>) -> Result<Self, PricingError> {
        let pricing = Self::Paid { price, discount_price };
        pricing.check()?;
        Ok(pricing)
    }

    /// The kind of pricing.
    pub const fn kind(&self) -> PricingKind {
        match self {
            Self::Free => PricingKind::Free,
            Self::Paid { .. } => PricingKind::Paid,
            Self::Subscription => PricingKind::Subscription,
        }
    }

    /// What is asked for the course now: the discounted price before the list price.
    pub fn price_due(&self) -> Option<Money> {
        match self {
            Self::Paid { price, discount_price } => Some(discount_price.unwrap_or(*price)),
            Self::Free | Self::Subscription => None,
        }
    }

    /// Whether no one pays: it is free, or its price for now is zero.
    pub fn is_free(&self) -> bool {
        match self {
            Self::Free => true,
            Self::Paid { .. } => self.price_due().is_some_and(Money::is_zero),
            Self::Subscription => false,
        }
    }

    /// Refuses prices that make no sense, such as those read from outside.
    ///
    /// # Errors
    /// As [`Pricing::paid`].
    pub fn check(&self) -> Result<(), PricingError> {
        let Self::Paid { price, discount_price } = self else { return Ok(()) };
        if price.is_negative() {
            return Err(PricingError::NegativePrice);
        }
        let Some(discounted) = discount_price else { return Ok(()) };
        if discounted.is_negative() {
            return Err(PricingError::NegativePrice);
        }
        if discounted.compare(*price)?.is_gt() {
            return Err(PricingError::DiscountAbovePrice);
        }
        Ok(())
    }
}

/// Why a price was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PricingError {
    /// A price is below zero.
    #[error("a price must not be negative")]
    #[fault(invalid, field = "price")]
    NegativePrice,
    /// The discounted price is above the list price.
    #[error("the discounted price must not be above the price")]
    #[fault(invalid, field = "discount_price")]
    DiscountAbovePrice,
    /// The two prices cannot be compared.
    #[error("the discounted price must be in the currency of the price")]
    #[fault(invalid, field = "discount_price")]
    OtherCurrency(#[from] MoneyError),
}

/// Fills `{field}_kind`, `{field}_minor`, `{field}_currency` and `{field}_discount_minor`.
impl Fields for Pricing {
    fn columns(prefix: &'static str, out: &mut Vec<Column>) {
        out.push(Column::prefixed::<PricingKind>(prefix, "kind"));
        out.push(Column::prefixed::<Option<i64>>(prefix, "minor"));
        out.push(Column::prefixed::<Option<Currency>>(prefix, "currency"));
        out.push(Column::prefixed::<Option<i64>>(prefix, "discount_minor"));
    }

    fn write(&self, out: &mut Vec<Value>) {
        use lms_store::Field as _;
        let (price, discount) = match self {
            Self::Paid { price, discount_price } => (Some(*price), *discount_price),
            Self::Free | Self::Subscription => (None, None),
        };
        out.push(self.kind().to_value());
        out.push(price.map(Money::minor).to_value());
        out.push(price.map(Money::currency).to_value());
        out.push(discount.map(Money::minor).to_value());
    }

    fn read(values: &mut Values<'_>) -> Result<Self, FieldError> {
        let kind: PricingKind = values.take()?;
        let minor: Option<i64> = values.take()?;
        let currency: Option<Currency> = values.take()?;
        let discount: Option<i64> = values.take()?;
        match (kind, minor, currency, discount) {
            (PricingKind::Free, None, None, None) => Ok(Self::Free),
            (PricingKind::Subscription, None, None, None) => Ok(Self::Subscription),
            (PricingKind::Paid, Some(minor), Some(currency), discount) => Self::paid(
                Money::from_minor(minor, currency),
                discount.map(|it| Money::from_minor(it, currency)),
            )
            .map_err(|e| FieldError::invalid("Pricing", e)),
            _ => Err(FieldError::invalid("Pricing", "a price goes with paid pricing only")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn the_discounted_price_is_what_is_due() {
        let full = Pricing::paid(money("49.00 USD"), None).unwrap();
        assert_eq!(full.price_due(), Some(money("49.00 USD")));
        let reduced = Pricing::paid(money("49.00 USD"), Some(money("0.00 USD"))).unwrap();
        assert_eq!(reduced.price_due(), Some(money("0.00 USD")));
        assert!(reduced.is_free() && !full.is_free());
        assert_eq!(Pricing::Subscription.price_due(), None);
    }

    #[test]
    fn senseless_prices_are_refused() {
        for (price, discount, error) in [
            ("-1.00 USD", None, PricingError::NegativePrice),
            ("1.00 USD", Some("-1.00 USD"), PricingError::NegativePrice),
            ("1.00 USD", Some("1.01 USD"), PricingError::DiscountAbovePrice),
        ] {
            assert_eq!(Pricing::paid(money(price), discount.map(money)), Err(error));
        }
        let other = Pricing::paid(money("1.00 USD"), Some(money("1.00 EUR")));
        assert!(matches!(other, Err(PricingError::OtherCurrency(_))));
    }
}
