use proptest::prelude::*;

use super::*;

fn p(text: &str) -> Points {
    text.parse().unwrap()
}

fn singles(rows: &[(&str, &str)]) -> Vec<ConversionRow> {
    rows.iter().map(|(raw, scaled)| ConversionRow::single(p(raw), p(scaled))).collect()
}

fn problems_of(rule: ConversionRule, rows: Vec<ConversionRow>) -> Vec<String> {
    match ConversionTable::new(rule, rows) {
        Err(ConversionError::BadTable { problems }) => {
            problems.iter().map(ToString::to_string).collect()
        }
        other => panic!("expected problems, got {other:?}"),
    }
}

#[test]
fn every_problem_is_named_with_its_raw_scores() {
    let rule = ConversionRule { covers: Some((p("0"), p("12"))), ..ConversionRule::default() };
    let mut rows =
        singles(&[("1", "10"), ("2", "11"), ("2", "12"), ("6", "13"), ("7", "9"), ("7.5", "14")]);
    rows.push(ConversionRow::range(p("8"), p("10"), p("15")));
    rows.push(ConversionRow::range(p("9"), p("10"), p("16")));
    assert_eq!(
        problems_of(rule, rows),
        [
            "raw score 7.5 is not a multiple of 1",
            "raw score 0 is missing",
            "raw scores 11 to 12 are missing",
            "raw score 2 is listed twice, as 11 and as 12",
            "raw scores 3 to 5 are missing",
            "raw score 7 is worth 9, less than 13 at raw score 6",
            "raw scores 9 to 10 are in two rows",
        ]
    );
    assert_eq!(problems_of(rule, Vec::new()), ["the table has no rows"]);
    let backwards = vec![ConversionRow::range(p("9"), p("3"), p("1"))];
    assert_eq!(
        problems_of(ConversionRule::default(), backwards),
        ["a row goes from raw score 9 to 3"]
    );
}

#[test]
fn a_gap_is_named_from_the_row_that_reaches_highest() {
    let rows = vec![
        ConversionRow::range(p("0"), p("9"), p("1")),
        ConversionRow::range(p("2"), p("3"), p("1")),
        ConversionRow::range(p("11"), p("12"), p("2")),
    ];
    assert_eq!(
        problems_of(ConversionRule::default(), rows),
        ["raw scores 2 to 3 are in two rows", "raw score 10 is missing"]
    );
}

#[test]
fn outside_is_an_error_unless_told_to_clamp() {
    let rows = singles(&[("10", "100"), ("11", "105")]);
    let table = ConversionTable::new(ConversionRule::default(), rows.clone()).unwrap();
    let refused = table.convert(p("9")).unwrap_err();
    assert_eq!(refused.to_string(), "raw score 9 is outside the table, which goes from 10 to 11");
    assert!(table.convert(p("12")).is_err());
    assert!(matches!(table.convert(p("10.5")), Err(ConversionError::NotListed { .. })));
    let clamped = ConversionRule { outside: OutsideTable::Clamp, ..ConversionRule::default() };
    let table = ConversionTable::new(clamped, rows).unwrap();
    assert_eq!((table.convert(p("9")), table.convert(p("99"))), (Ok(p("100")), Ok(p("105"))));
}

#[test]
fn floor_and_interpolation_bridge_what_exact_refuses() {
    let rows = singles(&[("0", "200"), ("10", "300"), ("40", "301")]);
    let read = |lookup, raw: &str| {
        let round = RoundTo::WHOLE;
        let rule = ConversionRule { lookup, round, ..ConversionRule::default() };
        ConversionTable::new(rule, rows.clone()).unwrap().convert(p(raw)).unwrap().to_string()
    };
    assert_eq!(read(Lookup::Floor, "9.9999"), "200");
    assert_eq!(read(Lookup::Interpolate, "3.25"), "233"); // 232.5, half up
    assert_eq!(read(Lookup::Interpolate, "25"), "301"); // 300.5
    assert_eq!(read(Lookup::Interpolate, "24.9999"), "300");
}

#[test]
fn a_range_of_results_is_read_as_the_rule_says() {
    let row = ConversionRow::range(p("48"), p("50"), p("64")).worth(p("64"), p("68"));
    let read = |within, raw: &str| {
        let rule = ConversionRule { within, ..ConversionRule::default() };
        ConversionTable::new(rule, vec![row]).unwrap().convert(p(raw)).unwrap().to_string()
    };
    assert_eq!(read(WithinRow::Low, "50"), "64");
    assert_eq!(read(WithinRow::High, "48"), "68");
    assert_eq!(read(WithinRow::Spread, "49"), "66");
    let table = ConversionTable::new(ConversionRule::default(), vec![row]).unwrap();
    assert_eq!(table.range_of(p("49")), Some((p("64"), p("68"))));
    assert_eq!(table.raw_scores_for(p("65")), Some((p("48"), p("50"))));
}

#[test]
fn json_is_checked_like_the_constructor() {
    let rows = singles(&[("0", "1"), ("1", "2")]);
    let table = ConversionTable::new(ConversionRule::default(), rows).unwrap();
    let json = serde_json::to_string(&table).unwrap();
    assert_eq!(serde_json::from_str::<ConversionTable>(&json).unwrap(), table);
    let holed = json.replace("\"1\"", "\"3\"");
    assert!(serde_json::from_str::<ConversionTable>(&holed).is_err());
}

fn tables() -> impl Strategy<Value = ConversionTable> {
    let lookup = prop::sample::select(Lookup::ALL.to_vec());
    let row = (0_i64..4, 1_i64..3, 0_i64..50, 0_i64..30);
    (lookup, prop::collection::vec(row, 1..40)).prop_map(|(lookup, steps)| {
        let (mut raw, mut scaled, mut rows) = (0, 0, Vec::new());
        for (length, gap, rise, worth) in steps {
            let gap = if lookup == Lookup::Exact { 1 } else { gap };
            let (from, low) = (raw + gap, scaled + rise);
            (raw, scaled) = (from + length, low + worth);
            let row = ConversionRow {
                raw_from: Points::from_whole(from).unwrap(),
                raw_to: Points::from_whole(raw).unwrap(),
                scaled_from: Points::from_ten_thousandths(low),
                scaled_to: Points::from_ten_thousandths(scaled),
            };
            rows.push(row);
        }
        let rule = ConversionRule { lookup, within: WithinRow::Spread, ..Default::default() };
        ConversionTable::new(rule, rows).unwrap()
    })
}

proptest! {
    #[test]
    fn a_table_that_never_decreases_converts_monotonically(
        table in tables(), a in 0_i64..2_000_000, b in 0_i64..2_000_000
    ) {
        let (low, high) = (a.min(b), a.max(b));
        let read = |raw| table.convert(Points::from_ten_thousandths(raw));
        if let (Ok(low), Ok(high)) = (read(low), read(high)) {
            prop_assert!(low <= high);
        }
    }

    #[test]
    fn the_search_agrees_with_reading_every_row(table in tables(), raw in 0_i64..200) {
        let raw = Points::from_whole(raw).unwrap();
        let row = table.rows().iter().find(|row| row.contains(raw));
        prop_assert_eq!(table.range_of(raw), row.map(|it| (it.scaled_from, it.scaled_to)));
        if let Some(row) = row {
            let found = table.convert(raw).unwrap();
            prop_assert!(row.scaled_from <= found && found <= row.scaled_to);
        }
    }

    #[test]
    fn no_table_and_no_score_panics(
        rows in prop::collection::vec(any::<(i64, i64, i64, i64)>(), 0..20),
        raw: i64, step in 1_i64..,
        lookup in prop::sample::select(Lookup::ALL.to_vec()),
    ) {
        let at = Points::from_ten_thousandths;
        let rows: Vec<_> = rows.into_iter().map(|(a, b, c, d)| ConversionRow {
            raw_from: at(a), raw_to: at(b), scaled_from: at(c), scaled_to: at(d),
        }).collect();
        let rule = ConversionRule {
            lookup,
            raw_step: at(step),
            within: WithinRow::Spread,
            never_decreases: false,
            covers: Some((at(raw), at(step))),
            ..ConversionRule::default()
        };
        let _ = ConversionTable::check(&rule, &rows);
        if let Ok(table) = ConversionTable::new(ConversionRule { covers: None, ..rule }, rows) {
            let _ = table.convert(at(raw));
        }
    }
}

/// Rows at 10, 16 and 20, worth 122, 140 and 130.
fn sparse(lookup: Lookup) -> ConversionTable {
    let rule = ConversionRule { lookup, never_decreases: false, ..ConversionRule::default() };
    let rows = [("10", "122"), ("16", "140"), ("20", "130")];
    let rows = rows.map(|(raw, scaled)| ConversionRow::single(p(raw), p(scaled)));
    ConversionTable::new(rule, rows.to_vec()).unwrap()
}

#[test]
fn going_back_reads_the_table_as_it_is_read_forwards() {
    let interpolated = sparse(Lookup::Interpolate);
    assert_eq!(interpolated.convert(p("13")), Ok(p("131")));
    let back = |text: &str| interpolated.raw_scores_for(p(text));
    assert_eq!(back("131"), Some((p("13"), p("13"))));
    assert_eq!(back("122"), Some((p("10"), p("10"))));
    // On both slopes: 14 is worth 134, 18 is worth 135, and 20 is worth 130.
    assert_eq!((back("134"), back("135")), (Some((p("14"), p("14"))), Some((p("18"), p("18")))));
    assert_eq!((back("130"), back("121"), back("141")), (Some((p("20"), p("20"))), None, None));
    let floor = sparse(Lookup::Floor);
    assert_eq!(floor.convert(p("12")), Ok(p("122")));
    let back = |text: &str| floor.raw_scores_for(p(text));
    assert_eq!(back("122"), Some((p("10"), p("15"))));
    assert_eq!((back("140"), back("130")), (Some((p("16"), p("19"))), Some((p("20"), p("20")))));
}

#[test]
fn a_worth_that_is_spread_over_a_row_is_found_in_it() {
    let row = ConversionRow::range(p("0"), p("10"), p("0")).worth(p("200"), p("300"));
    let rule = ConversionRule { within: WithinRow::Spread, ..ConversionRule::default() };
    let spread = ConversionTable::new(rule, vec![row]).unwrap();
    assert_eq!(spread.convert(p("3")), Ok(p("230")));
    assert_eq!(spread.raw_scores_for(p("230")), Some((p("3"), p("3"))));
    assert_eq!(spread.raw_scores_for(p("235")), None);
    let rounded =
        ConversionRule { round: RoundTo::new(p("50"), Default::default()).unwrap(), ..rule };
    let rounded = ConversionTable::new(rounded, vec![row]).unwrap();
    assert_eq!(rounded.raw_scores_for(p("250")), Some((p("3"), p("7"))));
    let low = ConversionTable::new(ConversionRule::default(), vec![row]).unwrap();
    assert_eq!(low.raw_scores_for(p("230")), Some((p("0"), p("10"))));
}

proptest! {
    /// Every raw score is among those that its worth goes back to, and these are the outermost.
    #[test]
    fn there_and_back_is_the_same_for_every_way_to_read_a_table(
        rows in prop::collection::vec((1_i64..9, 0_i64..4, -20_i64..20, 0_i64..15), 1..6),
        lookup in prop::sample::select(Lookup::ALL),
        within in prop::sample::select(WithinRow::ALL),
        step in prop::sample::select(vec![1_i64, 2, 5]),
        half: bool,
    ) {
        let mut at = 0;
        let points = |it: i64| Points::from_ten_thousandths(it * 5_000);
        let rows: Vec<ConversionRow> = rows.into_iter().map(|(gap, length, scaled, rise)| {
            let gap = if lookup == Lookup::Exact { 1 } else { gap };
            let from = at + gap * step;
            at = from + length * step;
            ConversionRow {
                raw_from: points(from),
                raw_to: points(at),
                scaled_from: points(scaled),
                scaled_to: points(if length == 0 { scaled } else { scaled + rise }),
            }
        }).collect();
        let round = if half { RoundTo::HALF } else { RoundTo::FINEST };
        let raw_step = points(step);
        let rule = ConversionRule {
            lookup, within, round, raw_step, never_decreases: false, ..ConversionRule::default()
        };
        let table = ConversionTable::new(rule, rows).unwrap();
        let least = table.rows()[0].raw_from.ten_thousandths();
        let raws = (least..=points(at).ten_thousandths()).step_by(5_000 * step as usize);
        let worths: Vec<(Points, Points)> = raws
            .map(Points::from_ten_thousandths)
            .map(|raw| (raw, table.convert(raw).unwrap()))
            .collect();
        for (raw, worth) in &worths {
            let (from, to) = table.raw_scores_for(*worth).unwrap();
            prop_assert!(from <= *raw && *raw <= to, "{} {} {} {}", raw, worth, from, to);
            if within == WithinRow::Spread {
                let mut same = worths.iter().filter(|it| it.1 == *worth).map(|it| it.0);
                let first = same.next().unwrap();
                prop_assert_eq!((first, same.next_back().unwrap_or(first)), (from, to));
            }
        }
    }
}
