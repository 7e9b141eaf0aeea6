use proptest::prelude::*;

use super::*;
use crate::question::{NumberEntry, Unit};

fn numeral(text: &str) -> Numeral {
    text.parse().unwrap()
}

fn accepts(accept: Accept, text: &str) -> bool {
    let key = NumberKey { entries: vec![NumberEntry::new(accept)], ..NumberKey::default() };
    find_number(&key, text, NumberFormat::Point).unwrap().entry.is_some()
}

fn absolute(value: &str, margin: &str) -> Accept {
    Accept::Absolute { value: numeral(value), margin: numeral(margin) }
}

#[test]
fn bounds_are_decimal_and_included() {
    // In binary floating point −11.7 − 0.02 is above −11.72.
    let accept = || absolute("-11.7", "0.02");
    assert!(accepts(accept(), "-11.72") && accepts(accept(), "-11.68"));
    assert!(!accepts(accept(), "-11.7200000000000000001") && !accepts(accept(), "-11.67"));
    assert!(accepts(absolute("0.3", "0"), "0.30"));
    assert!(accepts(Accept::Exact { value: numeral("300000000") }, "3x10^8"));
}

#[test]
fn relative_and_geometric_margins_scale_with_the_number() {
    let relative = || Accept::Relative { value: numeral("-200"), share: numeral("0.05") };
    assert!(accepts(relative(), "-190") && accepts(relative(), "-210"));
    assert!(!accepts(relative(), "-189.99") && !accepts(relative(), "190"));
    let planck = || Accept::Relative { value: numeral("6.626e-34"), share: numeral("0.001") };
    assert!(accepts(planck(), "6.63 x 10^-34") && !accepts(planck(), "6.64e-34"));
    let geometric = || Accept::Geometric { value: numeral("3"), share: numeral("0.5") };
    assert!(accepts(geometric(), "2") && accepts(geometric(), "4.5"));
    assert!(!accepts(geometric(), "1.999999999999999999") && !accepts(geometric(), "4.6"));
    // A factor below nothing would turn the sign round.
    let turned = || Accept::Geometric { value: numeral("3"), share: numeral("-3") };
    assert!(!accepts(turned(), "-3") && !accepts(turned(), "3"));
    let negative = || Accept::Geometric { value: numeral("-3"), share: numeral("0.5") };
    assert!(accepts(negative(), "-4.5") && accepts(negative(), "-2"));
}

#[test]
fn intervals_may_be_open_reversed_or_endless() {
    let interval = |low, high| Accept::Interval { low, high };
    let half_open = || interval(Some(End::closed(numeral("5"))), Some(End::open(numeral("7"))));
    assert!(accepts(half_open(), "5") && accepts(half_open(), "6.999"));
    assert!(!accepts(half_open(), "7") && !accepts(half_open(), "4.999"));
    let reversed = || interval(Some(End::closed(numeral("100"))), Some(End::closed(numeral("50"))));
    assert!(accepts(reversed(), "75") && accepts(reversed(), "50") && !accepts(reversed(), "101"));
    let above = || interval(Some(End::open(numeral("0"))), None);
    assert!(accepts(above(), "1e-300") && !accepts(above(), "0"));
}

#[test]
fn figures_and_places_compare_rounded_numbers() {
    let figures = |as_written| Accept::Figures { value: numeral("2.997"), figures: 3, as_written };
    assert!(accepts(figures(false), "3.00") && accepts(figures(false), "2.9979"));
    assert!(accepts(figures(true), "3.00") && !accepts(figures(true), "3"));
    let places = |as_written| Accept::Places { value: numeral("0.6667"), places: 2, as_written };
    assert!(accepts(places(false), "0.666666") && accepts(places(true), "0.67"));
    assert!(!accepts(places(true), "0.667") && !accepts(places(false), "0.66"));
}

#[test]
fn what_is_not_a_number_is_wrong() {
    for text in ["inf", "-inf", "nan", "NaN", "infinity", "four", "", " ", "4 apples", "4,2"] {
        let everything = Accept::Interval { low: None, high: None };
        assert!(!accepts(everything, text), "{text}");
    }
    assert!(!accepts(Accept::Exact { value: Numeral::ZERO }, ""));
    assert!(accepts(Accept::Exact { value: Numeral::ZERO }, "0"));
}

#[test]
fn a_bound_that_cannot_be_kept_is_an_error() {
    let key = NumberKey {
        entries: vec![NumberEntry::new(absolute("1e30", "1e-30"))],
        ..NumberKey::default()
    };
    assert!(find_number(&key, "1", NumberFormat::Point).is_err());
}

fn length_key(optional: bool, penalty_of: PenaltyOf) -> NumberKey {
    let unit =
        |name: &str, factor: &str| Unit { name: name.into(), factor: factor.parse().unwrap() };
    NumberKey {
        entries: vec![
            NumberEntry::new(absolute("2500", "10")),
            NumberEntry::new(absolute("2500", "100")).worth("4/5".parse().unwrap()),
        ],
        units: Some(UnitRule {
            units: vec![unit("m", "1"), unit("km", "1000"), unit("ft", "0.3048"), unit("€", "1")],
            optional,
            penalty: Ratio::new(1, 2).unwrap(),
            penalty_of,
            side: UnitSide::Either,
        }),
        format: None,
    }
}

#[test]
fn units_convert_and_their_lack_costs() {
    let share = |text: &str, optional, of| {
        let key = length_key(optional, of);
        let found = find_number(&key, text, NumberFormat::Point).unwrap();
        found.share().unwrap().to_string()
    };
    for (text, expected) in [
        ("2500 m", "1"),
        ("2.5km", "1"),
        ("8202.1 ft", "1"),
        ("2.4 km", "4/5"),
        ("2500", "1/2"),
        ("2500 miles", "1/2"),
        ("2.4", "0"),
        ("€ 2500", "1"),
        ("2400", "2/5"),
        // Right in metres, and said to be something else.
        ("2500 km", "1/2"),
        ("2500 ft", "1/2"),
        ("2400 km", "2/5"),
        ("2.5 ft", "0"),
    ] {
        assert_eq!(share(text, false, PenaltyOf::Response), expected, "{text}");
    }
    assert_eq!(share("２５００ｍ", false, PenaltyOf::Response), "1");
    assert_eq!(share("2500", true, PenaltyOf::Response), "1");
    assert_eq!(share("2400", false, PenaltyOf::Question), "3/10");
    assert_eq!(share("KM 2.5", false, PenaltyOf::Response), "0");
}

/// 3.14 m with a penalty of 0.2: a known unit that was not converted costs what an unknown one
/// does.
#[test]
fn the_right_number_in_another_unit_costs_the_unit() {
    let unit = |name: &str, factor: &str| Unit::new(name, factor.parse().unwrap());
    let units = vec![unit("m", "1"), unit("cm", "1/100"), unit("km", "1000")];
    let rule = UnitRule { penalty: Ratio::new(1, 5).unwrap(), ..UnitRule::new(units) };
    let entries = vec![NumberEntry::new(absolute("3.14", "0.01"))];
    let share = |rule: &UnitRule, text: &str| {
        let key = NumberKey { entries: entries.clone(), units: Some(rule.clone()), format: None };
        find_number(&key, text, NumberFormat::Point).unwrap().share().unwrap().to_string()
    };
    for (text, expected) in [
        ("3.14 m", "1"),
        ("314 cm", "1"),
        ("0.00314 km", "1"),
        ("3.14 cm", "4/5"),
        ("3.14 km", "4/5"),
        ("3.14 frogs", "4/5"),
        ("3.14", "4/5"),
        ("314 m", "0"),
        ("0.0314 cm", "0"),
    ] {
        assert_eq!(share(&rule, text), expected, "{text}");
    }
    let of_question = UnitRule { penalty_of: PenaltyOf::Question, ..rule.clone() };
    assert_eq!(share(&of_question, "3.14 cm"), "4/5");
    let optional = UnitRule { optional: true, ..rule };
    assert_eq!([share(&optional, "3.14"), share(&optional, "3.14 cm")], ["1", "4/5"]);
}

#[test]
fn a_unit_stands_on_the_side_that_the_key_says() {
    let units = vec![Unit::new("$", Ratio::ONE), Unit::new("US$", Ratio::ONE)];
    let entries = vec![NumberEntry::new(Accept::Exact { value: numeral("1332") })];
    let share = |side, text: &str| {
        let penalty = Ratio::new(1, 10).unwrap();
        let rule = UnitRule { side, penalty, ..UnitRule::new(units.clone()) };
        let key = NumberKey { entries: entries.clone(), units: Some(rule), format: None };
        let found = find_number(&key, text, NumberFormat::Point).unwrap();
        (found.read.is_some(), found.share().unwrap().to_string())
    };
    let is = |side, text, read: bool, expected: &str| {
        assert_eq!(share(side, text), (read, expected.to_owned()), "{text} {side:?}");
    };
    for text in ["$ 1332", "$1,332", "US$ 1332"] {
        is(UnitSide::Before, text, true, "1");
        is(UnitSide::Either, text, true, "1");
        is(UnitSide::After, text, false, "0");
    }
    for text in ["1332 $", "1,332US$"] {
        is(UnitSide::Before, text, false, "0");
        is(UnitSide::Either, text, true, "1");
        is(UnitSide::After, text, true, "1");
    }
    for side in [UnitSide::Before, UnitSide::Either, UnitSide::After] {
        is(side, "1332", true, "9/10");
        is(side, "$", false, "0");
    }
    is(UnitSide::Before, "£ 1332", true, "9/10");
    is(UnitSide::Before, "7 $ 1332", false, "0");
    is(UnitSide::Before, "$ -1332", true, "0");
}

#[test]
fn a_unit_is_the_same_however_its_signs_are_coded() {
    let key = |name: &str| NumberKey {
        entries: vec![NumberEntry::new(Accept::Exact { value: numeral("5") })],
        units: Some(UnitRule {
            units: vec![Unit { name: name.into(), factor: Ratio::ONE }],
            optional: false,
            penalty: Ratio::ONE,
            penalty_of: PenaltyOf::Response,
            side: UnitSide::Either,
        }),
        format: None,
    };
    let share = |name: &str, text: &str| {
        find_number(&key(name), text, NumberFormat::Point).unwrap().share().unwrap()
    };
    for (name, text) in [
        ("\u{b5}m", "5 \u{3bc}m"),
        ("k\u{3a9}", "5 k\u{2126}"),
        ("\u{c5}", "5 A\u{30a}"),
        ("m²", "5 m2"),
        ("km/h", "5 km / h"),
    ] {
        assert_eq!(share(name, text), Ratio::ONE, "{name} {text}");
    }
    assert_eq!(share("mW", "5 MW"), Ratio::ZERO);
}

proptest! {
    #[test]
    fn a_margin_accepts_exactly_what_is_near(
        value in -10_000_i64..10_000, margin in 0_i64..500, answer in -11_000_i64..11_000,
    ) {
        let hundredth = |n: i64| format!("{}{}.{:02}", if n < 0 { "-" } else { "" }, n.abs() / 100, n.abs() % 100);
        let accept = absolute(&hundredth(value), &hundredth(margin));
        prop_assert_eq!(accepts(accept, &hundredth(answer)), (value - answer).abs() <= margin);
    }

    #[test]
    fn any_answer_is_found_or_not(text in r"\PC{0,40}") {
        let _ = find_number(&length_key(false, PenaltyOf::Question), &text, NumberFormat::Point);
    }
}
