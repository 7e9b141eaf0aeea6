//! Discounts of vouchers.
use serde::{Deserialize, Serialize};

use crate::{Item, ItemKind, PricingError, QuoteLine};
use lms_kernel::{Currency, Money, Percent, Rounding};

/// How much a discount takes off what it applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// So many percent of what remains.
    Percent(Percent),
    /// An amount, or what remains if that is less.
    Fixed(Money),
}

/// Which lines a discount applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DiscountScope {
    /// One thing.
    Item(Item),
    /// All things of one kind.
    Kind(ItemKind),
    /// The whole order.
    Order,
}

impl DiscountScope {
    /// Whether it applies to that thing.
    pub fn covers(self, item: Item) -> bool {
        match self {
            Self::Item(only) => only == item,
            Self::Kind(kind) => kind == item.kind,
            Self::Order => true,
        }
    }
}

/// One discount on an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Discount {
    /// The code that gives it; of discounts that are otherwise alike, the lesser code goes first.
    pub code: String,
    /// Which lines it applies to.
    pub scope: DiscountScope,
    /// How much it takes off.
    pub reduction: Reduction,
}

impl Discount {
    /// The order of application: discounts for one thing before those for a kind before those for
    /// the whole order, percentages before amounts, then by code.
    fn rank(&self) -> (u8, u8, &str) {
        let scope = match self.scope {
            DiscountScope::Item(_) => 0,
            DiscountScope::Kind(_) => 1,
            DiscountScope::Order => 2,
        };
        let reduction = match self.reduction {
            Reduction::Percent(_) => 0,
            Reduction::Fixed(_) => 1,
        };
        (scope, reduction, &self.code)
    }
}

/// Takes the discounts off what is left of each line, in their fixed order, never below zero.
/// Returns what each took off, in the order in which they were given.
pub(super) fn take_discounts(
    currency: Currency,
    lines: &[QuoteLine],
    left: &mut [Money],
    discounts: &[Discount],
) -> Result<Vec<Money>, PricingError> {
    let mut taken = vec![Money::zero(currency); discounts.len()];
    let mut order: Vec<_> = discounts.iter().zip(taken.iter_mut()).collect();
    order.sort_by(|(a, _), (b, _)| a.rank().cmp(&b.rank()));
    let mut weights = vec![0; lines.len()];
    for (discount, taken) in order {
        let mut base = Money::zero(currency);
        for ((line, left), weight) in lines.iter().zip(left.iter()).zip(&mut weights) {
            *weight = if discount.scope.covers(line.item) { left.minor() } else { 0 };
            if *weight > 0 {
                base = base.add(*left)?;
            }
        }
        let off = match discount.reduction {
            Reduction::Percent(percent) => base.percent_of(percent, Rounding::HalfUp)?,
            Reduction::Fixed(amount) => amount.min(base)?,
        };
        if !off.is_positive() {
            continue;
        }
        for (left, share) in left.iter_mut().zip(off.allocate_by(&weights)?) {
            *left = left.sub(share)?;
        }
        *taken = off;
    }
    Ok(taken)
}
