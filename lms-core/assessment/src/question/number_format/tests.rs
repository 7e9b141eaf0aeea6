use proptest::prelude::*;

use super::*;

fn read(format: NumberFormat, text: &str) -> Option<String> {
    format.read(text).map(|it| match it.rest {
        "" => it.value.to_string(),
        rest => format!("{} {rest}", it.value),
    })
}

#[test]
fn numbers_are_read_as_people_write_them() {
    for (text, expected) in [
        ("1,234.56", "1234.56"),
        ("1,00,000", "100000"),
        ("1 000 000", "1000000"),
        ("3x10^8", "300000000"),
        ("3 × 10^-2", "0.03"),
        ("3·10⁸ m/s", "300000000 m/s"),
        ("6.02e23", "6.02e23"),
        ("10^3", "1000"),
        ("-10^(2)", "-100"),
        ("−11.72", "-11.72"),
        ("- 5", "-5"),
        ("+.5", "0.5"),
        ("5.", "5"),
        ("0", "0"),
        ("12cm", "12 cm"),
        ("50 %", "50 %"),
        ("3 e", "3 e"),
        ("10", "10"),
        ("100 exp", "100 exp"),
    ] {
        assert_eq!(read(NumberFormat::Point, text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_is_not_a_number_is_not_read() {
    for text in [
        "",
        " ",
        "-",
        ".",
        "inf",
        "NaN",
        "infinity",
        "x10^8",
        "1,5",
        "1,0000",
        "12,34,5",
        "1 2",
        "1,000 000",
    ] {
        assert_eq!(read(NumberFormat::Point, text), None, "{text}");
    }
    // A second point ends the number; a key without units then refuses the rest.
    assert_eq!(read(NumberFormat::Point, "1.2.3").as_deref(), Some("1.2 .3"));
}

#[test]
fn each_language_has_its_separators() {
    assert_eq!(read(NumberFormat::Comma, "1.234,56").as_deref(), Some("1234.56"));
    assert_eq!(read(NumberFormat::Comma, "1\u{202f}234,5").as_deref(), Some("1234.5"));
    assert_eq!(read(NumberFormat::Comma, "1.5"), None);
    assert_eq!(read(NumberFormat::Apostrophe, "1’234.5").as_deref(), Some("1234.5"));
    let of = |tag: &str| NumberFormat::of(&LanguageTag::new(tag).unwrap());
    assert_eq!(of("en-GB"), NumberFormat::Point);
    assert_eq!(of("de"), NumberFormat::Comma);
    assert_eq!(of("de-CH"), NumberFormat::Apostrophe);
    assert_eq!(of("es-MX"), NumberFormat::Point);
    assert_eq!(of("id-ID"), NumberFormat::Comma);
}

#[test]
fn the_way_a_number_was_written_is_kept() {
    let written = |text: &str| {
        let read = NumberFormat::Point.read(text).unwrap();
        (read.figures, read.places)
    };
    assert_eq!(written("0.0050"), (2, 4));
    assert_eq!(written("1200"), (4, 0));
    assert_eq!(written("1.20e3"), (3, -1));
    assert_eq!(written("0"), (0, 0));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[-+−0-9., eExX×^*·10⁰¹²³⁻(){}a-z']{0,40}") {
        for format in [NumberFormat::Point, NumberFormat::Comma, NumberFormat::Apostrophe] {
            if let Some(read) = format.read(&text) {
                prop_assert!(text.contains(read.rest));
            }
        }
    }

    #[test]
    fn grouping_does_not_change_a_number(value in 0_u64..1_000_000_000_000, fraction in 0_u32..1000) {
        let plain = value.to_string();
        let mut grouped = String::new();
        for (at, digit) in plain.chars().enumerate() {
            if at > 0 && (plain.len() - at) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let read = |text: String| NumberFormat::Point.read(&text).unwrap().value;
        prop_assert_eq!(read(format!("{grouped}.{fraction:03}")), read(format!("{plain}.{fraction:03}")));
    }
}
