//! Tax on an order.
use serde::{Deserialize, Serialize};

use crate::{PricedLine, PricingError, QuoteLine, TaxTotal};
use lms_kernel::{Currency, Money, Percent, Rounding};
use lms_store::{Column, Field as _, FieldError, OptionalFields, Value, Values};

/// A rate of tax, and whether prices already hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaxRate {
    /// The rate in percent.
    pub percent: Percent,
    /// Whether the price holds the tax (as prices for consumers do) or the tax comes on top.
    pub included: bool,
}

impl TaxRate {
    /// A rate that comes on top of the price.
    pub const fn on_top(percent: Percent) -> Self {
        Self { percent, included: false }
    }

    /// A rate that the price already holds.
    pub const fn included(percent: Percent) -> Self {
        Self { percent, included: true }
    }

    /// The tax on `amount`, rounded once, half up: *amount × p ÷ 100* on top,
    /// *amount × p ÷ (100 + p)* where it is included.
    ///
    /// # Errors
    /// [`PricingError::Money`] if it is too large.
    pub fn tax_on(self, amount: Money) -> Result<Money, PricingError> {
        let whole = i128::from(Percent::HUNDRED.ten_thousandths());
        let rate = i128::from(self.percent.ten_thousandths());
        let of = if self.included { whole + rate } else { whole };
        Ok(amount.scale_by(rate, of, Rounding::HalfUp)?)
    }
}

/// Fills `{field}_percent` and `{field}_included`; use it with `#[record(prefixed)]`.
impl OptionalFields for TaxRate {
    fn columns(prefix: &'static str, out: &mut Vec<Column>) {
        out.push(Column::prefixed::<Option<Percent>>(prefix, "percent"));
        out.push(Column::prefixed::<Option<bool>>(prefix, "included"));
    }
    fn write(rate: Option<&Self>, out: &mut Vec<Value>) {
        out.push(rate.map(|it| it.percent).to_value());
        out.push(rate.map(|it| it.included).to_value());
    }
    fn read(values: &mut Values<'_>) -> Result<Option<Self>, FieldError> {
        let percent: Option<Percent> = values.take()?;
        let included: Option<bool> = values.take()?;
        match (percent, included) {
            (None, None) => Ok(None),
            (Some(percent), Some(included)) => Ok(Some(TaxRate { percent, included })),
            _ => Err(FieldError::invalid("tax rate", "a percentage says whether it is included")),
        }
    }
}

/// Splits what is left of each line into net and tax, or puts the tax on top, and returns the tax
/// of each rate on the whole document. A line's tax is its share of that.
pub(super) fn add_tax(
    currency: Currency,
    lines: &[QuoteLine],
    priced: &mut [PricedLine],
) -> Result<Vec<TaxTotal>, PricingError> {
    let mut rates: Vec<TaxRate> = Vec::new();
    for rate in lines.iter().filter_map(|it| it.tax) {
        if !rates.contains(&rate) {
            rates.push(rate);
        }
    }
    rates.sort_unstable();
    let mut totals = Vec::with_capacity(rates.len());
    let mut weights = vec![0; lines.len()];
    for rate in rates {
        let mut base = Money::zero(currency);
        for ((line, priced), weight) in lines.iter().zip(priced.iter()).zip(&mut weights) {
            *weight = 0;
            if line.tax == Some(rate) {
                *weight = priced.net.minor();
                base = base.add(priced.net)?;
            }
        }
        let tax = rate.tax_on(base)?;
        let net = if rate.included { base.sub(tax)? } else { base };
        totals.push(TaxTotal { rate, net, tax });
        if tax.is_zero() {
            continue;
        }
        for (priced, share) in priced.iter_mut().zip(tax.allocate_by(&weights)?) {
            priced.tax = priced.tax.add(share)?;
            if rate.included {
                priced.net = priced.net.sub(share)?;
            }
        }
    }
    Ok(totals)
}
