//! The report as one HTML file: no script, no font and no picture from elsewhere.
use std::fmt::{self, Write as _};

use lms::assessment::analysis::{ItemStatistics, TestStatistics};

use crate::{
    advice::advice,
    responses::{Question, Responses},
    table::number,
};

const STYLE: &str = include_str!("report.css");

const HEADS: [&str; 9] = [
    "Question",
    "Facility",
    "Discrimination",
    "Corrected",
    "Top − bottom",
    "Efficiency",
    "Weight",
    "Alpha without",
    "Options",
];

/// The whole page.
pub(crate) fn page(name: &str, responses: &Responses, test: &TestStatistics) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write_page(&mut out, name, responses, test);
    out
}

fn write_page(
    out: &mut String,
    name: &str,
    responses: &Responses,
    test: &TestStatistics,
) -> fmt::Result {
    let name = escape(name);
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<title>Item analysis – {name}</title>\n<style>\n{STYLE}</style>\n</head>")?;
    writeln!(out, "<body>\n<header><h1>Item analysis</h1><p>{name}</p></header>\n<main>")?;
    writeln!(out, "<section class=\"figures\">")?;
    for (figure, label) in [
        (test.candidates.to_string(), "candidates"),
        (responses.questions.len().to_string(), "questions"),
        (number(test.mean, 2), "mean"),
        (number(test.deviation, 2), "standard deviation"),
        (number(test.alpha, 3), "alpha"),
        (number(test.standard_error, 2), "standard error"),
    ] {
        writeln!(out, "<div><strong>{figure}</strong><span>{label}</span></div>")?;
    }
    writeln!(out, "</section>\n<section class=\"charts\">")?;
    totals(out, &responses.totals())?;
    scatter(out, responses, test)?;
    writeln!(out, "</section>\n<section class=\"items\">\n<table>\n<thead><tr>")?;
    HEADS.iter().try_for_each(|head| write!(out, "<th>{head}</th>"))?;
    writeln!(out, "<th class=\"advice\">Worth a look</th></tr></thead>\n<tbody>")?;
    for (question, item) in responses.questions.iter().zip(&test.items) {
        line(out, question, item)?;
    }
    writeln!(out, "</tbody>\n</table>\n</section>\n</main>\n</body>\n</html>")
}

fn line(out: &mut String, question: &Question, item: &ItemStatistics) -> fmt::Result {
    write!(out, "<tr><td>{}</td>", escape(&question.name))?;
    for value in [
        item.facility,
        item.discrimination,
        item.corrected_discrimination,
        item.upper_lower,
        item.discriminative_efficiency,
        item.effective_weight,
        item.alpha_if_dropped,
    ] {
        write!(out, "<td>{}</td>", number(value, 3))?;
    }
    write!(out, "<td>")?;
    options(out, question, item)?;
    let advice = advice(question, item).join("; ");
    writeln!(out, "</td><td class=\"advice\">{}</td></tr>", escape(&advice))
}

/// How often each option was chosen; the right ones stand out.
fn options(out: &mut String, question: &Question, item: &ItemStatistics) -> fmt::Result {
    let step = 120 / question.options.len().max(1);
    write!(out, "<svg viewBox=\"0 0 124 46\" role=\"img\" aria-label=\"options\">")?;
    for (at, option) in question.options.iter().enumerate() {
        let chosen = item.distractors.iter().find(|it| usize::from(it.choice) == at);
        let share = chosen.and_then(|it| it.share).unwrap_or(0.0);
        let right = question.key.iter().any(|it| usize::from(*it) == at);
        let colour = if right { "--key" } else { "--other" };
        let (left, width, height) = (2 + at * step, step.saturating_sub(4).max(2), share * 30.0);
        let option = escape(option);
        write!(
            out,
            "<rect x=\"{left}\" y=\"{:.1}\" width=\"{width}\" height=\"{height:.1}\" \
             fill=\"var({colour})\"><title>{option}: {:.1} %</title></rect>\
             <text x=\"{}\" y=\"44\" text-anchor=\"middle\">{option}</text>",
            31.0 - height,
            share * 100.0,
            left + width / 2,
        )?;
    }
    write!(out, "</svg>")
}

/// How many candidates have each total.
fn totals(out: &mut String, counts: &[u64]) -> fmt::Result {
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let step = 360.0 / counts.len().max(1) as f64;
    writeln!(out, "<figure><figcaption>Candidates by right answers</figcaption>")?;
    writeln!(out, "<svg viewBox=\"0 0 360 190\" role=\"img\" aria-label=\"totals\">")?;
    let every = counts.len().div_ceil(15).max(1);
    for (at, count) in counts.iter().enumerate() {
        let (left, height) = (at as f64 * step, *count as f64 / most * 150.0);
        let width = (step - 2.0).max(1.0);
        writeln!(
            out,
            "<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             fill=\"var(--other)\"><title>{at} right: {count}</title></rect>",
            165.0 - height,
        )?;
        if at % every == 0 {
            let middle = left + step / 2.0;
            writeln!(out, "<text x=\"{middle:.1}\" y=\"182\" text-anchor=\"middle\">{at}</text>")?;
        }
    }
    writeln!(out, "</svg></figure>")
}

/// Facility against corrected discrimination; questions below 0.2 stand out.
fn scatter(out: &mut String, responses: &Responses, test: &TestStatistics) -> fmt::Result {
    let caption = "Facility (→) and corrected discrimination (↑)";
    writeln!(out, "<figure><figcaption>{caption}</figcaption>")?;
    writeln!(out, "<svg viewBox=\"0 0 360 190\" role=\"img\" aria-label=\"facility\">")?;
    let place = |facility: f64, discrimination: f64| {
        (24.0 + facility * 310.0, 120.0 - discrimination.clamp(-0.5, 1.0) * 105.0)
    };
    for (level, label) in [(0.0, "0"), (0.2, "0.2"), (0.5, "0.5")] {
        let (left, height) = place(0.0, level);
        writeln!(
            out,
            "<line x1=\"{left}\" x2=\"340\" y1=\"{height:.1}\" y2=\"{height:.1}\" \
             stroke=\"var(--line)\"/><text x=\"0\" y=\"{:.1}\">{label}</text>",
            height + 4.0,
        )?;
    }
    for (question, item) in responses.questions.iter().zip(&test.items) {
        let (Some(facility), Some(discrimination)) = (item.facility, item.corrected_discrimination)
        else {
            continue;
        };
        let (x, y) = place(facility, discrimination);
        let colour = if discrimination < 0.2 { "--mark" } else { "--key" };
        let name = escape(&question.name);
        writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"var({colour})\"><title>{name}: \
             {facility:.2}, {discrimination:.2}</title></circle>\
             <text x=\"{:.1}\" y=\"{:.1}\">{name}</text>",
            x + 6.0,
            y + 4.0,
        )?;
    }
    writeln!(out, "</svg></figure>")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
