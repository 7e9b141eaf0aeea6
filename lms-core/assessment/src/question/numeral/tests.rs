use proptest::prelude::*;

use super::*;

fn numeral(text: &str) -> Numeral {
    text.parse().unwrap()
}

#[test]
fn a_side_of_the_point_and_a_plus_may_be_left_out() {
    for (text, expected) in
        [("12.", "12"), (".5", "0.5"), ("+1", "1"), ("-.25", "-0.25"), ("+3.e2", "300")]
    {
        assert_eq!(text.parse::<Numeral>().unwrap(), expected.parse().unwrap(), "{text}");
    }
}

#[test]
fn text_is_plain_where_that_is_short() {
    for (text, expected) in [
        ("0", "0"),
        ("-0.0", "0"),
        ("007", "7"),
        ("1200.50", "1200.5"),
        ("-0.00012", "-0.00012"),
        ("3e8", "300000000"),
        ("6.62607015e-34", "6.62607015e-34"),
        ("1e30", "1e30"),
        ("12e-1", "1.2"),
        ("1e-7", "0.0000001"),
        ("1e-8", "1e-8"),
    ] {
        assert_eq!(numeral(text).to_string(), expected, "{text}");
        assert_eq!(numeral(expected), numeral(text), "{text}");
    }
    for text in
        ["", "-", "+", ".", "-.", "+-1", "1e", "1e1.5", "1_0", "inf", "nan", "1e99999", ".e5"]
    {
        assert!(text.parse::<Numeral>().is_err(), "{text}");
    }
}

#[test]
fn order_reaches_beyond_any_machine_number() {
    assert!(numeral("1e9999") > numeral("9e9998"));
    assert!(numeral("-1e9999") < numeral("1e-9999"));
    assert!(numeral("1e-9999") > Numeral::ZERO);
    assert!(numeral("0.1") < numeral("0.11"));
    let third = Ratio::new(1, 3).unwrap();
    assert_eq!(numeral("0.333333333333333333333333333333").compare(third, 0), Ordering::Less);
    assert_eq!(numeral("0.333333333333333333333333333334").compare(third, 0), Ordering::Greater);
    assert_eq!(numeral("-1e-40").compare(Ratio::ONE.neg(), -40), Ordering::Equal);
}

#[test]
fn digits_beyond_the_34th_are_cut_but_not_forgotten() {
    let long = numeral("2.0000000000000000000000000000000000000000001");
    assert_eq!(long.compare(Ratio::from(2), 0), Ordering::Greater);
    assert!(long > numeral("2"));
    let zeros = numeral("2.0000000000000000000000000000000000000000000");
    assert_eq!(zeros, numeral("2"));
    assert!(numeral(&"9".repeat(60)) > numeral("9e59"));
}

#[test]
fn figures_and_places_round_half_away_from_zero() {
    assert_eq!(numeral("1234.5").round_figures(3), numeral("1230"));
    assert_eq!(numeral("0.0012350").round_figures(3), numeral("0.00124"));
    assert_eq!(numeral("9.996").round_figures(3), numeral("10"));
    assert_eq!(numeral("-2.675").round_places(2), numeral("-2.68"));
    assert_eq!(numeral("2.674").round_places(2), numeral("2.67"));
    assert_eq!(numeral("0.4").round_places(0), Numeral::ZERO);
    assert_eq!(numeral("1e-50").round_places(2), Numeral::ZERO);
    assert_eq!(numeral("5").round_places(3), numeral("5"));
}

proptest! {
    #[test]
    fn order_agrees_with_exact_fractions(
        a in -1_000_000_i64..1_000_000, b in -1_000_000_i64..1_000_000,
        p in 0_u32..12, q in 0_u32..12, under in 1_i128..1_000_000,
    ) {
        let number = Numeral::from(a);
        let number = Numeral::new(number.negative, number.digits, number.exponent - p as i32, false).unwrap();
        let exact = Ratio::new(i128::from(a), 10_i128.pow(p)).unwrap();
        let bound = Ratio::new(i128::from(b), under).unwrap();
        let scaled = bound.div(Ratio::new(10_i128.pow(q), 1).unwrap()).unwrap();
        prop_assert_eq!(number.compare(bound, -(q as i32)), exact.cmp(&scaled));
    }

    #[test]
    fn text_comes_back(negative: bool, digits in 0_u128..10_u128.pow(34), exponent in -9_900_i32..9_900) {
        let number = Numeral::new(negative, digits, exponent, false).unwrap();
        prop_assert_eq!(number.to_string().parse::<Numeral>(), Ok(number));
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,60}") {
        let _ = text.parse::<Numeral>();
    }
}
