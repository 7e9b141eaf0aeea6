//! Two invented forms: their tables, their rule for the whole, and some candidates.
use lms::{
    assessment::conversion::{Composite, ConversionRow, ConversionRule, Lookup, RoundTo},
    kernel::{NumberError, Points},
};

/// A table of raw and scaled scores, and how it is read.
pub(crate) type Table = (ConversionRule, Vec<ConversionRow>);

/// A form of a test.
pub(crate) struct Form {
    pub(crate) name: &'static str,
    pub(crate) parts: Vec<Part>,
    pub(crate) composite: Composite,
    pub(crate) candidates: Vec<Candidate>,
}

/// A section; without a table its raw score is reported as it is.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) table: Option<Table>,
}

/// A candidate with the raw scores of the sections.
pub(crate) struct Candidate {
    pub(crate) name: &'static str,
    pub(crate) raw: &'static [&'static str],
}

fn p(text: &str) -> Result<Points, NumberError> {
    text.parse()
}

/// Ranges of raw scores, each with its band, that together cover 0 to 40.
fn ranges(rows: &[(&str, &str, &str)]) -> Result<Table, NumberError> {
    let row = |(from, to, band): &(&str, &str, &str)| {
        Ok(ConversionRow::range(p(from)?, p(to)?, p(band)?))
    };
    let rows = rows.iter().map(row).collect::<Result<_, NumberError>>()?;
    let rule = ConversionRule { covers: Some((p("0")?, p("40")?)), ..ConversionRule::default() };
    Ok((rule, rows))
}

/// A few raw scores; what lies between two is on the straight line, to the nearest whole.
fn line(rows: &[(&str, &str)]) -> Result<Table, NumberError> {
    let row = |(raw, scaled): &(&str, &str)| Ok(ConversionRow::single(p(raw)?, p(scaled)?));
    let rows = rows.iter().map(row).collect::<Result<_, NumberError>>()?;
    let rule = ConversionRule {
        lookup: Lookup::Interpolate,
        round: RoundTo::WHOLE,
        ..ConversionRule::default()
    };
    Ok((rule, rows))
}

/// Forty listening and forty reading items become bands; writing and speaking are marked in bands.
pub(crate) fn bands() -> Result<Form, NumberError> {
    let listening = ranges(&[
        ("0", "5", "3"),
        ("6", "10", "4"),
        ("11", "15", "5"),
        ("16", "21", "5.5"),
        ("22", "26", "6"),
        ("27", "30", "6.5"),
        ("31", "33", "7"),
        ("34", "36", "7.5"),
        ("37", "38", "8"),
        ("39", "39", "8.5"),
        ("40", "40", "9"),
    ])?;
    let reading = ranges(&[
        ("0", "7", "3"),
        ("8", "13", "4"),
        ("14", "18", "5"),
        ("19", "23", "5.5"),
        ("24", "28", "6"),
        ("29", "31", "6.5"),
        ("32", "34", "7"),
        ("35", "36", "7.5"),
        ("37", "38", "8"),
        ("39", "39", "8.5"),
        ("40", "40", "9"),
    ])?;
    let part = |name, table| Part { name, table };
    Ok(Form {
        name: "Harbour English, form 7: bands, overall to the nearest half",
        parts: vec![
            part("Listening", Some(listening)),
            part("Reading", Some(reading)),
            part("Writing", None),
            part("Speaking", None),
        ],
        composite: Composite::ielts(),
        candidates: vec![
            Candidate { name: "Ada", raw: &["28", "30", "5", "7"] },
            Candidate { name: "Ben", raw: &["33", "34", "6.5", "6.5"] },
            Candidate { name: "Cleo", raw: &["36", "31", "6", "7"] },
            Candidate { name: "Finn", raw: &["21", "24", "5.5", "5"] },
        ],
    })
}

/// Three sections of multiple choice become scaled scores of their own ranges.
pub(crate) fn scaled() -> Result<Form, NumberError> {
    let listening = line(&[("0", "31"), ("20", "45"), ("38", "56"), ("50", "68")])?;
    let structure = line(&[("0", "31"), ("15", "42"), ("30", "57"), ("40", "68")])?;
    let reading = line(&[("0", "31"), ("18", "43"), ("36", "55"), ("50", "67")])?;
    let part = |name, table| Part { name, table: Some(table) };
    Ok(Form {
        name: "Campus English, form C: three scaled sections, their sum times ten by three",
        parts: vec![
            part("Listening", listening),
            part("Structure", structure),
            part("Reading", reading),
        ],
        composite: Composite::toefl_itp(),
        candidates: vec![
            Candidate { name: "Ada", raw: &["29", "22", "36"] },
            Candidate { name: "Ben", raw: &["50", "40", "50"] },
            Candidate { name: "Cleo", raw: &["0", "0", "0"] },
            Candidate { name: "Finn", raw: &["38", "31", "41"] },
        ],
    })
}

/// Nothing for 19 and 20, two things for 30, and a band that falls.
pub(crate) fn mistyped() -> Result<Table, NumberError> {
    ranges(&[("0", "18", "5"), ("21", "30", "6"), ("30", "35", "7"), ("36", "40", "6.5")])
}
