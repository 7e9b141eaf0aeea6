//! The currencies of ISO 4217 that money can be counted in.

use std::{cmp::Ordering, fmt, str::FromStr};

use crate::{MoneyError, serde_text::serde_as_text};

/// A currency of ISO 4217 with a known number of fraction digits.
///
/// The metals, funds and test codes that ISO gives no minor unit (`XAU`, `XDR`, `XXX` and the
/// like) are refused: amounts of them have no smallest unit to count. Superseded currencies are
/// kept, because old records name them. Text and serde use the code; reading ignores case.
/// Currencies sort by code.
///
/// ```
/// use lms_kernel::Currency;
///
/// let dinar: Currency = "kwd".parse()?;
/// assert_eq!((dinar.code(), dinar.exponent()), ("KWD", 3));
/// assert!("XAU".parse::<Currency>().is_err());
/// # Ok::<(), lms_kernel::MoneyError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

/// Declares constants for currencies that have a minor unit, or none by definition (exponent 0).
macro_rules! constants {
    ($($code:ident $name:literal),+ $(,)?) => {
        $(#[doc = concat!("The ", $name, ".")]
        pub const $code: Self = Self(iso_currency::Currency::$code);)+

        /// Every currency that has a constant.
        #[cfg(test)]
        const NAMED: &'static [Self] = &[$(Self::$code),+];
    };
}

impl Currency {
    constants! {
        AED "United Arab Emirates dirham", AUD "Australian dollar", BDT "Bangladeshi taka",
        BRL "Brazilian real", CAD "Canadian dollar", CHF "Swiss franc", CNY "Chinese yuan",
        EGP "Egyptian pound", EUR "euro", GBP "pound sterling", IDR "Indonesian rupiah",
        INR "Indian rupee", JPY "Japanese yen", KES "Kenyan shilling", KRW "South Korean won",
        KWD "Kuwaiti dinar", KZT "Kazakhstani tenge", MXN "Mexican peso", MYR "Malaysian ringgit",
        NGN "Nigerian naira", NZD "New Zealand dollar", PHP "Philippine peso",
        PKR "Pakistani rupee", PLN "Polish złoty", RUB "Russian ruble", SAR "Saudi riyal",
        SEK "Swedish krona", SGD "Singapore dollar", THB "Thai baht", TRY "Turkish lira",
        UAH "Ukrainian hryvnia", USD "United States dollar", UZS "Uzbekistan som",
        VND "Vietnamese đồng", ZAR "South African rand",
    }

    /// The currency of an `iso_currency` value.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`] if ISO gives it no minor unit.
    pub fn from_iso(iso: iso_currency::Currency) -> Result<Self, MoneyError> {
        iso.exponent().map(|_| Self(iso)).ok_or(MoneyError::UnknownCurrency)
    }

    /// The `iso_currency` value, for its numeric code, symbol and countries.
    pub const fn iso(self) -> iso_currency::Currency {
        self.0
    }

    /// The three-letter code, in capitals.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many fraction digits an amount has: 0, 2, 3 or 4.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }

    /// The name in English.
    pub fn name(&self) -> &str {
        self.0.name()
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> Ordering {
        self.code().cmp(other.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(&text.to_ascii_uppercase())
            .ok_or(MoneyError::UnknownCurrency)
            .and_then(Self::from_iso)
    }
}

serde_as_text!(Currency, "an ISO 4217 currency code");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_those_of_iso() {
        for (code, exponent) in [("JPY", 0), ("IDR", 2), ("EUR", 2), ("KWD", 3), ("CLF", 4)] {
            assert_eq!(code.parse::<Currency>().unwrap().exponent(), exponent, "{code}");
        }
    }

    #[test]
    fn every_named_currency_has_a_minor_unit() {
        for currency in Currency::NAMED {
            assert_eq!(Currency::from_iso(currency.iso()), Ok(*currency));
            assert_eq!(currency.code().to_lowercase().parse(), Ok(*currency));
        }
        assert!(Currency::NAMED.is_sorted());
    }

    #[test]
    fn codes_without_a_minor_unit_or_a_meaning_are_refused() {
        for code in ["XAU", "XDR", "XTS", "XXX", "ZZZ", "EU", "EURO", ""] {
            assert_eq!(code.parse::<Currency>(), Err(MoneyError::UnknownCurrency), "{code}");
        }
    }

    #[test]
    fn json_is_the_code() {
        assert_eq!(serde_json::to_string(&Currency::USD).unwrap(), "\"USD\"");
        assert_eq!(serde_json::from_str::<Currency>("\"usd\"").unwrap(), Currency::USD);
    }
}
