//! The quote of an order: list prices, discounts, tax, in that order.
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::{
    Discount, Item, TaxRate,
    pricing::{discount::take_discounts, tax::add_tax},
};
use lms_kernel::{Currency, Money, MoneyError};

/// One line to be priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuoteLine {
    /// What is sold.
    pub item: Item,
    /// The list price of one seat, not negative.
    pub unit_price: Money,
    /// How many seats, at least one.
    pub seats: u32,
    /// The tax on it, if any.
    pub tax: Option<TaxRate>,
}

/// The price of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PricedLine {
    /// The list price of all seats.
    pub list: Money,
    /// What discounts take off, never more than the list price.
    pub discount: Money,
    /// What the line costs without tax.
    pub net: Money,
    /// The tax on the line.
    pub tax: Money,
}

impl PricedLine {
    /// What the line costs with tax: always `net + tax`.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn gross(&self) -> Result<Money, MoneyError> {
        self.net.add(self.tax)
    }
}

/// The tax of one rate on the whole document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaxTotal {
    /// The rate.
    pub rate: TaxRate,
    /// The net amount that it is on.
    pub net: Money,
    /// The tax, rounded once on the whole document.
    pub tax: Money,
}

/// The price of an order, line by line and in total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Quote {
    /// The lines, in the order in which they were asked for.
    pub lines: Vec<PricedLine>,
    /// What each discount took off, in the order in which they were given.
    pub discounts: Vec<Money>,
    /// The tax by rate.
    pub taxes: Vec<TaxTotal>,
    /// The sum of the list prices.
    pub subtotal: Money,
    /// The sum of the discounts.
    pub discount: Money,
    /// The sum without tax.
    pub net: Money,
    /// The sum of the taxes.
    pub tax: Money,
    /// What is to be paid: `net + tax`.
    pub total: Money,
}

/// Why something cannot be priced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PricingError {
    /// There is nothing to price.
    #[error("an order needs at least one line")]
    #[fault(invalid, field = "lines")]
    NoLines,
    /// There are too many lines.
    #[error("an order has at most {most} lines; place several orders")]
    #[fault(invalid, field = "lines")]
    TooManyLines {
        /// The most lines.
        most: usize,
    },
    /// A list price is below zero.
    #[error("line {line} has a price below zero")]
    #[fault(invalid, field = "lines")]
    NegativePrice {
        /// The line, from 0.
        line: usize,
    },
    /// A line is for no one.
    #[error("line {line} needs at least one seat")]
    #[fault(invalid, field = "seats")]
    NoSeats {
        /// The line, from 0.
        line: usize,
    },
    /// A code is given twice.
    #[error("a code counts once in an order")]
    #[fault(invalid, field = "vouchers")]
    RepeatedCode,
    /// Amounts of two currencies met, or an amount is too large.
    #[error("the order total cannot be computed: {0}")]
    #[fault(invalid)]
    Money(#[from] MoneyError),
}

/// The most lines that an order has.
pub const MAX_ORDER_LINES: usize = 200;

/// Prices an order: list prices, then discounts in their fixed order on what remains, then tax on
/// what is left.
///
/// Each discount and each tax rate is rounded once, on the whole document, half up; a line's part
/// is its share by largest remainder. So the lines always sum to the totals, and on every line
/// and in total `net + tax` is what is paid.
///
/// # Errors
/// [`PricingError`].
pub fn price_order(
    currency: Currency,
    lines: &[QuoteLine],
    discounts: &[Discount],
) -> Result<Quote, PricingError> {
    if lines.is_empty() {
        return Err(PricingError::NoLines);
    }
    if lines.len() > MAX_ORDER_LINES {
        return Err(PricingError::TooManyLines { most: MAX_ORDER_LINES });
    }
    let mut list = Vec::with_capacity(lines.len());
    for (line, it) in lines.iter().enumerate() {
        if it.unit_price.is_negative() {
            return Err(PricingError::NegativePrice { line });
        }
        if it.seats == 0 {
            return Err(PricingError::NoSeats { line });
        }
        list.push(it.unit_price.multiply(i64::from(it.seats))?);
    }
    for (at, discount) in discounts.iter().enumerate() {
        if discounts.iter().take(at).any(|it| it.code == discount.code) {
            return Err(PricingError::RepeatedCode);
        }
    }
    let subtotal = Money::sum(list.iter().copied(), currency)?;
    let mut left = list.clone();
    let taken = take_discounts(currency, lines, &mut left, discounts)?;
    let mut priced = Vec::with_capacity(lines.len());
    for (list, left) in list.iter().zip(&left) {
        let nothing = Money::zero(currency);
        priced.push(PricedLine {
            list: *list,
            discount: list.sub(*left)?,
            net: *left,
            tax: nothing,
        });
    }
    let taxes = add_tax(currency, lines, &mut priced)?;
    let net = Money::sum(priced.iter().map(|it| it.net), currency)?;
    let tax = Money::sum(taxes.iter().map(|it| it.tax), currency)?;
    Ok(Quote {
        discount: Money::sum(taken.iter().copied(), currency)?,
        discounts: taken,
        lines: priced,
        taxes,
        subtotal,
        net,
        tax,
        total: net.add(tax)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{DiscountScope, ItemKind, Reduction};
    use lms_kernel::Percent;

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::EUR)
    }

    fn percent(text: &str) -> Percent {
        text.parse().unwrap()
    }

    fn item(id: u128) -> Item {
        Item::new(ItemKind::Course, Uuid::from_u128(id))
    }

    fn line(id: u128, minor: i64, tax: Option<TaxRate>) -> QuoteLine {
        QuoteLine { item: item(id), unit_price: eur(minor), seats: 1, tax }
    }

    fn discount(code: &str, scope: DiscountScope, reduction: Reduction) -> Discount {
        Discount { code: code.into(), scope, reduction }
    }

    fn check(quote: &Quote) {
        let sum = |of: fn(&PricedLine) -> i64| quote.lines.iter().map(of).sum::<i64>();
        assert_eq!(sum(|it| it.list.minor()), quote.subtotal.minor());
        assert_eq!(sum(|it| it.discount.minor()), quote.discount.minor());
        assert_eq!(sum(|it| it.net.minor()), quote.net.minor());
        assert_eq!(sum(|it| it.tax.minor()), quote.tax.minor());
        assert_eq!(quote.net.add(quote.tax).unwrap(), quote.total);
        for it in &quote.lines {
            assert!(!it.net.is_negative() && !it.tax.is_negative() && !it.discount.is_negative());
        }
        for total in &quote.taxes {
            let base =
                if total.rate.included { total.net.add(total.tax).unwrap() } else { total.net };
            assert_eq!(total.rate.tax_on(base).unwrap(), total.tax);
        }
    }

    /// Three lines of 9.99 at 20 % are taxed on 29.97: 5.99 (exactly 5.994), not three times 2.00.
    #[test]
    fn tax_is_rounded_on_the_document() {
        let on_top = Some(TaxRate::on_top(percent("20")));
        let lines = [1, 2, 3].map(|id| line(id, 999, on_top));
        let quote = price_order(Currency::EUR, &lines, &[]).unwrap();
        assert_eq!(quote.tax, eur(599));
        assert_eq!(
            quote.lines.iter().map(|it| it.tax.minor()).collect::<Vec<_>>(),
            [200, 200, 199]
        );
        assert_eq!(quote.total, eur(2_997 + 599));
        check(&quote);
    }

    /// An included tax leaves the total alone: 100.00 with 19 % in it holds 15.97 of tax.
    #[test]
    fn included_tax_is_inside_the_price() {
        let included = Some(TaxRate::included(percent("19")));
        let quote = price_order(Currency::EUR, &[line(1, 10_000, included)], &[]).unwrap();
        assert_eq!((quote.net, quote.tax, quote.total), (eur(8_403), eur(1_597), eur(10_000)));
        check(&quote);
    }

    #[test]
    fn discounts_apply_in_their_own_order_on_what_remains() {
        let lines = [line(1, 10_000, None), line(2, 5_000, None)];
        let ten = discount("B", DiscountScope::Order, Reduction::Percent(percent("10")));
        let off = discount("C", DiscountScope::Order, Reduction::Fixed(eur(1_000)));
        let half = discount("A", DiscountScope::Item(item(1)), Reduction::Percent(percent("50")));
        // 100 → 50 by A; then 10 % of 100; then 10.00: 80.00 remain.
        let quote =
            price_order(Currency::EUR, &lines, &[off.clone(), ten.clone(), half.clone()]).unwrap();
        assert_eq!(quote.discounts, [eur(1_000), eur(1_000), eur(5_000)]);
        assert_eq!(quote.total, eur(8_000));
        let shuffled = price_order(Currency::EUR, &lines, &[half, off, ten]).unwrap();
        assert_eq!(shuffled.lines, quote.lines);
        check(&quote);
    }

    #[test]
    fn a_discount_never_goes_below_zero() {
        let huge = discount("A", DiscountScope::Order, Reduction::Fixed(eur(99_999)));
        let more = discount("B", DiscountScope::Order, Reduction::Percent(percent("100")));
        let quote = price_order(Currency::EUR, &[line(1, 500, None)], &[huge, more]).unwrap();
        assert_eq!(quote.discounts, [eur(0), eur(500)]);
        assert!(quote.total.is_zero());
        check(&quote);
    }

    #[test]
    fn what_cannot_be_priced_is_refused() {
        let price = |lines: &[QuoteLine]| price_order(Currency::EUR, lines, &[]);
        assert_eq!(price(&[]), Err(PricingError::NoLines));
        assert_eq!(price(&[line(1, -1, None)]), Err(PricingError::NegativePrice { line: 0 }));
        let nobody = QuoteLine { seats: 0, ..line(1, 1, None) };
        assert_eq!(price(&[nobody]), Err(PricingError::NoSeats { line: 0 }));
        let many = vec![line(1, 1, None); MAX_ORDER_LINES + 1];
        assert_eq!(price(&many), Err(PricingError::TooManyLines { most: MAX_ORDER_LINES }));
        let twice = discount("A", DiscountScope::Order, Reduction::Fixed(eur(1)));
        let quote = price_order(Currency::EUR, &[line(1, 1, None)], &[twice.clone(), twice]);
        assert_eq!(quote, Err(PricingError::RepeatedCode));
        let dollars = QuoteLine { unit_price: Money::from_minor(1, Currency::USD), ..many[0] };
        assert!(matches!(price(&[dollars]), Err(PricingError::Money(_))));
        let most = QuoteLine { seats: 2, ..line(1, i64::MAX, None) };
        assert_eq!(price(&[most]), Err(PricingError::Money(MoneyError::Overflow)));
    }

    fn any_rate() -> impl Strategy<Value = Option<TaxRate>> {
        let percent = (0_i64..=400_000).prop_map(|it| Percent::from_ten_thousandths(it).unwrap());
        proptest::option::of(
            (percent, any::<bool>()).prop_map(|(percent, included)| TaxRate { percent, included }),
        )
    }

    fn any_discount() -> impl Strategy<Value = Discount> {
        let scope = prop_oneof![
            Just(DiscountScope::Order),
            Just(DiscountScope::Kind(ItemKind::Course)),
            (0_u128..6).prop_map(|it| DiscountScope::Item(item(it))),
        ];
        let reduction = prop_oneof![
            (0_i64..=1_000_000)
                .prop_map(|it| Reduction::Percent(Percent::from_ten_thousandths(it).unwrap())),
            (0_i64..20_000).prop_map(|it| Reduction::Fixed(eur(it))),
        ];
        ("[A-Z]{2}", scope, reduction).prop_map(|(code, scope, reduction)| Discount {
            code,
            scope,
            reduction,
        })
    }

    proptest! {
        #[test]
        fn lines_sum_to_the_totals_and_net_and_tax_to_the_gross(
            lines in proptest::collection::vec((0_u128..6, 0_i64..50_000, 1_u32..4, any_rate()), 1..12),
            discounts in proptest::collection::vec(any_discount(), 0..4),
        ) {
            let lines: Vec<_> = lines
                .into_iter()
                .map(|(id, minor, seats, tax)| QuoteLine { seats, ..line(id, minor, tax) })
                .collect();
            let code = |(at, it): (usize, Discount)| Discount { code: format!("{}{at}", it.code), ..it };
            let discounts: Vec<_> = discounts.into_iter().enumerate().map(code).collect();
            let quote = price_order(Currency::EUR, &lines, &discounts).unwrap();
            check(&quote);
            let mut reversed = discounts.clone();
            reversed.reverse();
            let again = price_order(Currency::EUR, &lines, &reversed).unwrap();
            prop_assert_eq!(again.total, quote.total);
        }
    }
}
