//! The statistics as a table for a terminal.
use std::fmt::{self, Write as _};

use lms::assessment::analysis::TestStatistics;

use crate::{advice::advice, responses::Responses};

const HEADS: [&str; 8] = [
    "facility",
    "deviation",
    "discr.",
    "corrected",
    "top 27 %",
    "efficiency",
    "weight",
    "alpha w/o",
];

/// A number of so many digits; a dash where it is undefined.
pub(crate) fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or("–".to_owned(), |it| format!("{it:.digits$}"))
}

/// The whole text.
pub(crate) fn table(responses: &Responses, test: &TestStatistics) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write_table(&mut out, responses, test);
    out
}

fn write_table(out: &mut String, responses: &Responses, test: &TestStatistics) -> fmt::Result {
    let names = responses.questions.iter().map(|it| it.name.chars().count());
    let width = names.max().unwrap_or(0).max("question".len());
    let (n, items) = (test.candidates, responses.questions.len());
    writeln!(out, "{n} candidates, {items} questions")?;
    for (what, value, digits) in [
        ("mean", test.mean, 2),
        ("standard deviation", test.deviation, 2),
        ("skewness", test.skewness, 2),
        ("kurtosis", test.kurtosis, 2),
        ("alpha", test.alpha, 3),
        ("standard error", test.standard_error, 2),
    ] {
        writeln!(out, "{what:<20}{:>8}", number(value, digits))?;
    }
    write!(out, "\n{:<width$}", "question")?;
    HEADS.iter().try_for_each(|head| write!(out, "{head:>11}"))?;
    writeln!(out)?;
    for (question, item) in responses.questions.iter().zip(&test.items) {
        write!(out, "{:<width$}", question.name)?;
        for value in [
            item.facility,
            item.deviation,
            item.discrimination,
            item.corrected_discrimination,
            item.upper_lower,
            item.discriminative_efficiency,
            item.effective_weight,
            item.alpha_if_dropped,
        ] {
            write!(out, "{:>11}", number(value, 3))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "\nWorth a look")?;
    let before = out.len();
    for (question, item) in responses.questions.iter().zip(&test.items) {
        for advice in advice(question, item) {
            writeln!(out, "{:<width$}  {advice}", question.name)?;
        }
    }
    if out.len() == before { writeln!(out, "nothing") } else { Ok(()) }
}
