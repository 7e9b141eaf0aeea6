use proptest::prelude::*;

use super::*;

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

#[test]
fn text_has_the_digits_of_the_currency() {
    for (minor, currency, text) in [
        (1_234, Currency::EUR, "12.34 EUR"),
        (-5, Currency::EUR, "-0.05 EUR"),
        (500, Currency::JPY, "500 JPY"),
        (1, Currency::KWD, "0.001 KWD"),
        (i64::MIN, Currency::USD, "-92233720368547758.08 USD"),
    ] {
        assert_eq!(Money::from_minor(minor, currency).to_string(), text);
        assert_eq!(money(text).minor(), minor);
    }
    assert_eq!("12.34".parse::<Money>(), Err(MoneyError::Malformed));
    assert_eq!("1,50 EUR".parse::<Money>(), Err(MoneyError::Malformed));
}

#[test]
fn decimals_are_taken_exactly_or_rounded_by_name() {
    let precise = Decimal::new(10_005, 3);
    let refused = MoneyError::TooPrecise { currency: Currency::EUR, digits: 2 };
    assert_eq!(Money::from_decimal(precise, Currency::EUR), Err(refused));
    assert_eq!(Money::from_decimal(Decimal::new(10_000, 3), Currency::EUR), Ok(money("10 EUR")));
    let rounded = |mode| Money::from_decimal_rounded(precise, Currency::EUR, mode).unwrap();
    assert_eq!(rounded(Rounding::HalfUp), money("10.01 EUR"));
    assert_eq!(rounded(Rounding::HalfEven), money("10.00 EUR"));
    assert_eq!(Money::from_decimal(Decimal::MAX, Currency::JPY), Err(MoneyError::Overflow));
    let third = Ratio::new(1, 3).unwrap();
    assert_eq!(Money::from_ratio(third, Currency::EUR, Rounding::HalfUp), Ok(money("0.33 EUR")));
}

#[test]
fn currencies_are_never_mixed() {
    let (euro, dollar) = (money("1 EUR"), money("1 USD"));
    let mismatch = MoneyError::CurrencyMismatch { expected: Currency::EUR, found: Currency::USD };
    assert_eq!(euro.add(dollar), Err(mismatch));
    assert_eq!(euro.sub(dollar), Err(mismatch));
    assert_eq!(euro.compare(dollar), Err(mismatch));
    assert_eq!(Money::sum([dollar], Currency::EUR), Err(mismatch));
}

#[test]
fn arithmetic_is_checked() {
    assert_eq!(money("1.50 EUR").sub(money("2 EUR")), Ok(money("-0.50 EUR")));
    assert_eq!(money("-0.50 EUR").abs(), money("-0.50 EUR").neg());
    assert_eq!(money("1.50 EUR").multiply(-3), Ok(money("-4.50 EUR")));
    assert_eq!(money("1.50 EUR").max(money("2 EUR")), Ok(money("2 EUR")));
    assert_eq!(money("1.50 EUR").min(money("2 EUR")), Ok(money("1.50 EUR")));
    let least = Money::from_minor(i64::MIN, Currency::EUR);
    assert_eq!(least.neg(), Err(MoneyError::Overflow));
    assert_eq!(least.abs(), Err(MoneyError::Overflow));
    assert_eq!(least.multiply(2), Err(MoneyError::Overflow));
}

#[test]
fn ratios_are_rounded_once_from_the_exact_value() {
    // 19 percent included in 10.00: 10.00 × 19 ÷ 119 = 1.5966…
    assert_eq!(money("10 EUR").scale_by(19, 119, Rounding::HalfUp), Ok(money("1.60 EUR")));
    let percent = "12.5".parse().unwrap();
    assert_eq!(money("0.20 EUR").percent_of(percent, Rounding::HalfUp), Ok(money("0.03 EUR")));
    assert_eq!(money("-0.20 EUR").percent_of(percent, Rounding::HalfUp), Ok(money("-0.03 EUR")));
    let same = money("0.07 EUR").scale_by(i128::MAX, i128::MAX, Rounding::Up);
    assert_eq!(same, Ok(money("0.07 EUR")));
    let by_zero = money("1 EUR").scale_by(1, 0, Rounding::Up);
    assert_eq!(by_zero, Err(MoneyError::DivisionByZero));
}

#[test]
fn cash_is_rounded_to_a_coin() {
    let rounded = |text, unit| money(text).round_to_unit(unit, Rounding::HalfUp);
    assert_eq!(rounded("1.02 CHF", 5), Ok(money("1.00 CHF")));
    assert_eq!(rounded("1.03 CHF", 5), Ok(money("1.05 CHF")));
    assert_eq!(rounded("-1.025 KWD", 50), Ok(money("-1.050 KWD")));
    assert_eq!(rounded("12345 JPY", 100), Ok(money("12300 JPY")));
    assert_eq!(rounded("1 EUR", 0), Err(MoneyError::InvalidUnit));
    let most = Money::from_minor(i64::MAX, Currency::EUR);
    assert_eq!(most.round_to_unit(10, Rounding::Up), Err(MoneyError::Overflow));
}

#[test]
fn splits_lose_nothing() {
    let minors = |shares: Vec<Money>| shares.iter().map(|m| m.minor()).collect::<Vec<_>>();
    assert_eq!(minors(money("10.03 EUR").allocate_by(&[0, 50, 50]).unwrap()), [0, 502, 501]);
    assert_eq!(minors(money("-1.00 EUR").split(3).unwrap()), [-34, -33, -33]);
    let ratios = [Decimal::new(7, 2), Decimal::new(3, 2)];
    assert_eq!(minors(money("1.00 EUR").allocate(&ratios).unwrap()), [70, 30]);
    assert_eq!(money("1.00 EUR").split(0), Err(MoneyError::NoRatios));
}

#[test]
fn json_quotes_the_amount() {
    let json = r#"{"amount":"12.30","currency":"EUR"}"#;
    assert_eq!(serde_json::to_string(&money("12.3 EUR")).unwrap(), json);
    assert_eq!(serde_json::from_str::<Money>(json).unwrap(), money("12.30 EUR"));
    for json in [
        r#"{"amount":12.3,"currency":"EUR"}"#,
        r#"{"amount":"12.345","currency":"EUR"}"#,
        r#"{"amount":"12","currency":"XAU"}"#,
    ] {
        assert!(serde_json::from_str::<Money>(json).is_err(), "{json}");
    }
}

proptest! {
    #[test]
    fn text_decimal_and_json_keep_every_amount(minor: i64, currency in 0_usize..4) {
        let currency = [Currency::EUR, Currency::JPY, Currency::KWD, Currency::IDR][currency];
        let money = Money::from_minor(minor, currency);
        prop_assert_eq!(money.to_string().parse(), Ok(money));
        prop_assert_eq!(Money::from_decimal(money.amount(), currency), Ok(money));
        let json = serde_json::to_string(&money).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
    }

    #[test]
    fn cumulative_parts_sum_to_the_whole(
        minor in -i64::MAX..=i64::MAX,
        ratios in proptest::collection::vec(0_i64..1_000, 1..9),
    ) {
        prop_assume!(ratios.iter().any(|ratio| *ratio > 0));
        let money = Money::from_minor(minor, Currency::USD);
        let shares = money.allocate_by(&ratios).unwrap();
        prop_assert_eq!(Money::sum(shares, Currency::USD), Ok(money));
    }
}
