//! The report as one HTML file: no script, no font and no picture from elsewhere.
use std::fmt::Write as _;

use crate::report::{ClassLine, Report, Story, StudentLine};

const STYLE: &str = include_str!("report.css");

/// The whole page.
pub(crate) fn page(report: &Report) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    let school = escape(&report.school);
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<title>Placements – {school}</title>\n<style>\n{STYLE}</style>\n</head>")?;
    writeln!(out, "<body>\n<header><h1>{school}</h1><p>Placement report</p></header>\n<main>")?;
    figures(&mut out, report)?;
    writeln!(out, "<section class=\"charts\">")?;
    columns(&mut out, "Students per level", &report.per_level())?;
    columns(&mut out, "Total scores, by tens", &report.histogram())?;
    revenue(&mut out, report)?;
    writeln!(out, "</section>")?;
    capacity(&mut out, &report.classes)?;
    if let Some(story) = &report.story {
        tell(&mut out, story)?;
    }
    placements(&mut out, report)?;
    writeln!(out, "</main>\n</body>\n</html>")?;
    Ok(out)
}

fn figures(out: &mut String, report: &Report) -> std::fmt::Result {
    let tested = report.students.iter().filter(|it| it.total.is_some()).count();
    let seated: u64 = report.classes.iter().map(|it| it.seated).sum();
    let waiting: u64 = report.classes.iter().map(|it| it.waiting).sum();
    let capacity: u64 = report.classes.iter().map(|it| it.capacity).sum();
    writeln!(out, "<section class=\"figures\">")?;
    for (figure, label) in [
        (report.students.len() as u64, "students"),
        (tested as u64, "tested"),
        (seated, "seated"),
        (capacity.saturating_sub(seated), "seats left"),
        (waiting, "on a waitlist"),
    ] {
        writeln!(out, "<div><strong>{figure}</strong><span>{label}</span></div>")?;
    }
    writeln!(out, "</section>")
}

/// A column chart; the tallest column fills the height.
fn columns(out: &mut String, title: &str, bars: &[(String, u64)]) -> std::fmt::Result {
    const WIDTH: u64 = 360;
    const HEIGHT: u64 = 150;
    const FLOOR: u64 = 180;
    let tallest = bars.iter().map(|it| it.1).max().unwrap_or(0).max(1);
    let step = WIDTH / (bars.len() as u64).max(1);
    writeln!(out, "<figure><figcaption>{}</figcaption>", escape(title))?;
    writeln!(
        out,
        "<svg viewBox=\"0 0 {WIDTH} 205\" role=\"img\" aria-label=\"{}\">",
        escape(title)
    )?;
    for (at, (label, count)) in bars.iter().enumerate() {
        let height = count * HEIGHT / tallest;
        let (x, y) = (at as u64 * step, FLOOR - height);
        let (middle, width) = (x + step / 2, step * 4 / 5);
        let left = x + step / 10;
        writeln!(
            out,
            "<rect x=\"{left}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"3\"/>"
        )?;
        writeln!(out, "<text x=\"{middle}\" y=\"{}\">{count}</text>", y.saturating_sub(6))?;
        writeln!(out, "<text class=\"label\" x=\"{middle}\" y=\"198\">{}</text>", escape(label))?;
    }
    writeln!(out, "</svg></figure>")
}

fn revenue(out: &mut String, report: &Report) -> std::fmt::Result {
    let most = report.branches.iter().map(|it| it.revenue.minor()).max().unwrap_or(0).max(1);
    writeln!(out, "<figure><figcaption>Revenue by branch</figcaption><div class=\"bars\">")?;
    for branch in &report.branches {
        let percent = branch.revenue.minor().max(0) * 100 / most;
        writeln!(
            out,
            "<div><span>{}</span><b style=\"width:{percent}%\"></b><em>{}</em></div>",
            escape(&branch.name),
            escape(&branch.revenue.to_string()),
        )?;
    }
    writeln!(out, "</div></figure>")
}

fn capacity(out: &mut String, classes: &[ClassLine]) -> std::fmt::Result {
    writeln!(out, "<section><h2>Classes</h2><table><thead><tr><th>Class</th><th>Branch</th>")?;
    writeln!(
        out,
        "<th>Level</th><th>Mode</th><th>Seats</th><th></th><th>Waiting</th></tr></thead>"
    )?;
    writeln!(out, "<tbody>")?;
    for class in classes {
        let percent = class.seated * 100 / class.capacity.max(1);
        let full = if class.seated >= class.capacity { " full" } else { "" };
        writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"number\">{} / {}</td>\
             <td class=\"meter{full}\"><b style=\"width:{percent}%\"></b></td>\
             <td class=\"number\">{}</td></tr>",
            escape(&class.name),
            escape(&class.branch),
            escape(&class.level),
            escape(&class.mode),
            class.seated,
            class.capacity,
            class.waiting,
        )?;
    }
    writeln!(out, "</tbody></table></section>")
}

fn tell(out: &mut String, story: &Story) -> std::fmt::Result {
    writeln!(out, "<section class=\"story\"><h2>Why: {}</h2><div>", escape(&story.name))?;
    for (title, lines) in [("The score", &story.score), ("The class", &story.placement)] {
        writeln!(out, "<article><h3>{title}</h3><ul>")?;
        for line in lines {
            writeln!(out, "<li>{}</li>", escape(line))?;
        }
        writeln!(out, "</ul></article>")?;
    }
    writeln!(out, "</div></section>")
}

fn placements(out: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(out, "<section><h2>Placements</h2><table><thead><tr><th>Student</th><th>Branch</th>")?;
    for section in &report.sections {
        writeln!(out, "<th>{}</th>", escape(section))?;
    }
    writeln!(out, "<th>Total</th><th>Level</th><th>Outcome</th></tr></thead><tbody>")?;
    for student in &report.students {
        row(out, student, report.sections.len())?;
    }
    writeln!(out, "</tbody></table></section>")
}

fn row(out: &mut String, student: &StudentLine, sections: usize) -> std::fmt::Result {
    write!(out, "<tr><td>{}</td><td>{}</td>", escape(&student.name), escape(&student.branch))?;
    for at in 0..sections {
        match student.sections.get(at) {
            Some((raw, scaled)) => {
                write!(out, "<td class=\"number\"><small>{raw} →</small> {scaled}</td>")?;
            }
            None => write!(out, "<td></td>")?,
        }
    }
    let total = student.total.map_or_else(String::new, |it| it.to_string());
    writeln!(
        out,
        "<td class=\"number\"><b>{total}</b></td><td>{}</td><td>{}</td></tr>",
        escape(&student.level),
        escape(&student.outcome),
    )
}

/// Makes text safe between tags and in quoted attributes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
