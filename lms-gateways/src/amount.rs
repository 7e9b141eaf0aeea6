//! Amounts as gateways write them.
use lms_kernel::{Currency, Money};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{ReadError, json};

/// An amount in the currency's smallest unit, with the currency beside it.
pub(crate) fn minor(
    value: &Value,
    amount: &'static str,
    currency: &'static str,
) -> Result<Money, ReadError> {
    let invalid = ReadError::InvalidAmount { path: amount };
    let minor = json::integer(value, amount).ok_or(invalid.clone())?;
    let currency: Currency = json::need(value, currency)?.parse().map_err(|_| invalid.clone())?;
    positive(Money::from_minor(minor, currency), invalid)
}

/// An amount in whole units with a decimal point, as text or number, with its currency.
pub(crate) fn major(
    value: &Value,
    amount: &'static str,
    currency: Currency,
) -> Result<Money, ReadError> {
    positive(signed(value, amount, currency)?, ReadError::InvalidAmount { path: amount })
}

/// The same where the gateway may write what goes back with a minus sign: how much it is.
pub(crate) fn unsigned(
    value: &Value,
    amount: &'static str,
    currency: Currency,
) -> Result<Money, ReadError> {
    let money = signed(value, amount, currency)?;
    money.abs().map_err(|_| ReadError::InvalidAmount { path: amount })
}

fn signed(value: &Value, amount: &'static str, currency: Currency) -> Result<Money, ReadError> {
    let invalid = ReadError::InvalidAmount { path: amount };
    let text = json::text(value, amount).ok_or(ReadError::MissingField { path: amount })?;
    let exact = Decimal::from_str_exact(&text).map_err(|_| invalid.clone())?;
    Money::from_decimal(exact, currency).map_err(|_| invalid)
}

/// The currency at a path, or the gateway's own where it leaves it out.
pub(crate) fn currency(
    value: &Value,
    path: &'static str,
    otherwise: Option<Currency>,
) -> Result<Currency, ReadError> {
    match (json::text(value, path), otherwise) {
        (Some(code), _) => code.parse().map_err(|_| ReadError::InvalidAmount { path }),
        (None, Some(currency)) => Ok(currency),
        (None, None) => Err(ReadError::MissingField { path }),
    }
}

fn positive(money: Money, otherwise: ReadError) -> Result<Money, ReadError> {
    if money.is_negative() { Err(otherwise) } else { Ok(money) }
}
