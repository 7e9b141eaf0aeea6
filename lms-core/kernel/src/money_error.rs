//! Errors of money arithmetic.

use crate::Currency;

/// Why an amount could not be made or computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, lms_derive::DomainError)]
#[fault(kernel)]
#[non_exhaustive]
pub enum MoneyError {
    /// Two currencies met in one computation.
    #[error("cannot mix `{expected}` and `{found}`; convert one of the amounts first")]
    #[fault(invalid, code = "currency_mismatch")]
    CurrencyMismatch {
        /// The currency of the amount that was asked.
        expected: Currency,
        /// The currency of the other amount.
        found: Currency,
    },
    /// The result is beyond what 64 bits of smallest units can hold.
    #[error("the amount is too large")]
    #[fault(invalid, code = "amount_overflow")]
    Overflow,
    /// The amount has a fraction of the smallest unit.
    #[error("an amount in `{currency}` has at most {digits} fraction digits; round it first")]
    #[fault(invalid, code = "amount_too_precise")]
    TooPrecise {
        /// The currency.
        currency: Currency,
        /// Its number of fraction digits.
        digits: u32,
    },
    /// The text is not an amount.
    #[error("write the amount as a decimal such as `12.34`")]
    #[fault(invalid, code = "amount_malformed")]
    Malformed,
    /// The code is not that of a currency with a minor unit.
    #[error("the currency is unknown or has no minor unit; use an ISO 4217 code such as `EUR`")]
    #[fault(invalid, code = "unknown_currency")]
    UnknownCurrency,
    /// An amount was to be divided by zero.
    #[error("an amount cannot be divided by zero")]
    #[fault(invalid, code = "division_by_zero")]
    DivisionByZero,
    /// The unit to round to is not above zero.
    #[error("the unit to round to must be above zero")]
    #[fault(invalid, code = "invalid_rounding_unit")]
    InvalidUnit,
    /// There is no one to split the amount between.
    #[error("an amount cannot be split between no shares; give at least one ratio")]
    #[fault(invalid, code = "no_ratios")]
    NoRatios,
    /// All ratios are zero.
    #[error("an amount cannot be split when every ratio is zero")]
    #[fault(invalid, code = "zero_ratios")]
    ZeroRatios,
    /// A ratio is below zero.
    #[error("a ratio to split by must not be negative")]
    #[fault(invalid, code = "negative_ratio")]
    NegativeRatio,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DomainError as _, ErrorKind};

    #[test]
    fn messages_say_what_to_do() {
        let mixed = MoneyError::CurrencyMismatch { expected: Currency::EUR, found: Currency::USD };
        assert_eq!(
            mixed.to_string(),
            "cannot mix `EUR` and `USD`; convert one of the amounts first"
        );
        assert_eq!((mixed.code(), mixed.kind()), ("currency_mismatch", ErrorKind::Invalid));
        let fine = MoneyError::TooPrecise { currency: Currency::JPY, digits: 0 };
        assert_eq!(
            fine.to_string(),
            "an amount in `JPY` has at most 0 fraction digits; round it first"
        );
    }
}
