//! Money in a record: whole minor units and a currency, two columns.
use crate::{Column, Field, FieldError, Fields, Value, Values};
use lms_kernel::{Currency, Money};

/// Fills `{field}_minor` and `{field}_currency`; use it with `#[record(prefixed)]`.
impl Fields for Money {
    fn columns(prefix: &'static str, out: &mut Vec<Column>) {
        out.push(Column::prefixed::<i64>(prefix, "minor"));
        out.push(Column::prefixed::<Currency>(prefix, "currency"));
    }
    fn write(&self, out: &mut Vec<Value>) {
        out.push(Value::Int(self.minor()));
        out.push(self.currency().to_value());
    }
    fn read(values: &mut Values<'_>) -> Result<Self, FieldError> {
        let minor = values.take()?;
        Ok(Self::from_minor(minor, values.take()?))
    }
}

impl Fields for Option<Money> {
    fn columns(prefix: &'static str, out: &mut Vec<Column>) {
        out.push(Column::prefixed::<Option<i64>>(prefix, "minor"));
        out.push(Column::prefixed::<Option<Currency>>(prefix, "currency"));
    }
    fn write(&self, out: &mut Vec<Value>) {
        out.push(self.map(|it| it.minor()).to_value());
        out.push(self.map(|it| it.currency()).to_value());
    }
    fn read(values: &mut Values<'_>) -> Result<Self, FieldError> {
        let minor: Option<i64> = values.take()?;
        let currency: Option<Currency> = values.take()?;
        match (minor, currency) {
            (None, None) => Ok(None),
            (Some(minor), Some(currency)) => Ok(Some(Money::from_minor(minor, currency))),
            _ => Err(FieldError::invalid("money", "an amount and a currency go together")),
        }
    }
}
