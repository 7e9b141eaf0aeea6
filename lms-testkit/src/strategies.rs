//! Values for property tests: anything the kernel's types allow, edges included.
use lms_core::kernel::{
    Currency, EmailAddress, Money, Percent, Points, Ratio, Slug, Timestamp, Title,
};
use proptest::prelude::*;

/// Any instant of the years 0001 to 9999, to the microsecond.
pub fn timestamps() -> impl Strategy<Value = Timestamp> {
    let range = Timestamp::MIN.micros()..=Timestamp::MAX.micros();
    prop_oneof![
        8 => range.prop_filter_map("in range", Timestamp::from_micros),
        1 => Just(Timestamp::MIN),
        1 => Just(Timestamp::MAX),
        1 => Just(Timestamp::EPOCH),
    ]
}

/// Any instant from 2020 to 2040: when things happen in a school.
pub fn recent_timestamps() -> impl Strategy<Value = Timestamp> {
    (1_577_836_800_000_000..2_208_988_800_000_000_i64)
        .prop_filter_map("in range", Timestamp::from_micros)
}

/// Currencies with two, no and three decimals.
pub fn currencies() -> impl Strategy<Value = Currency> {
    prop::sample::select(&["USD", "EUR", "IDR", "JPY", "KWD"][..])
        .prop_filter_map("a currency", |it| it.parse().ok())
}

/// Any amount of any currency.
pub fn money() -> impl Strategy<Value = Money> {
    (whole_numbers(), currencies()).prop_map(|(minor, of)| Money::from_minor(minor, of))
}

/// Prices: from nothing to ten million, in one currency.
pub fn prices(currency: Currency) -> impl Strategy<Value = Money> {
    (0..=1_000_000_000_i64).prop_map(move |minor| Money::from_minor(minor, currency))
}

/// Any marks.
pub fn points() -> impl Strategy<Value = Points> {
    whole_numbers().prop_map(Points::from_ten_thousandths)
}

/// Any percentage from 0 to 100, to four decimals.
pub fn percents() -> impl Strategy<Value = Percent> {
    prop_oneof![
        8 => (0..=1_000_000_i64).prop_filter_map("0 to 100", |it| {
            Percent::from_ten_thousandths(it).ok()
        }),
        1 => Just(Percent::ZERO),
        1 => Just(Percent::HUNDRED),
    ]
}

/// Fractions with terms of up to nine digits.
pub fn ratios() -> impl Strategy<Value = Ratio> {
    (-999_999_999..=999_999_999_i128, 1..=999_999_999_i128)
        .prop_filter_map("a fraction", |(numerator, denominator)| {
            Ratio::new(numerator, denominator).ok()
        })
}

/// Any slug.
pub fn slugs() -> impl Strategy<Value = Slug> {
    "[a-z0-9]{1,12}(-[a-z0-9]{1,12}){0,4}".prop_filter_map("a slug", |it| Slug::new(&it).ok())
}

/// Titles in several scripts.
pub fn titles() -> impl Strategy<Value = Title> {
    "[\\p{L}\\p{N}'%_\\\\ -]{1,60}".prop_filter_map("a title", |it| Title::new(&it).ok())
}

/// Addresses that no one has.
pub fn email_addresses() -> impl Strategy<Value = EmailAddress> {
    "[a-z][a-z0-9.]{0,10}[a-z0-9]@[a-z]{1,10}\\.example"
        .prop_filter_map("an address", |it| EmailAddress::new(&it).ok())
}

/// Any whole number, edges more often.
fn whole_numbers() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => any::<i64>(),
        4 => -10_000..=10_000_i64,
        1 => Just(i64::MIN),
        1 => Just(i64::MAX),
        1 => Just(0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest! {
        #[test]
        fn values_survive_their_text(
            at in timestamps(),
            slug in slugs(),
            title in titles(),
            address in email_addresses(),
            ratio in ratios(),
        ) {
            prop_assert_eq!(at.to_string().parse(), Ok(at));
            prop_assert_eq!(Slug::new(slug.as_str()), Ok(slug));
            prop_assert_eq!(Title::new(title.as_str()), Ok(title));
            prop_assert_eq!(EmailAddress::new(address.as_str()), Ok(address));
            prop_assert!(ratio.denominator() > 0);
        }

        #[test]
        fn percents_stay_in_range(percent in percents()) {
            prop_assert!((0..=1_000_000).contains(&percent.ten_thousandths()));
        }
    }
}
