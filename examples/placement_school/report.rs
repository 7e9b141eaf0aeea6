//! What the registrar wants to see, as values and as text.
use std::fmt::Write as _;

use lms::kernel::{Money, Points};

/// The whole report. Everything in it was read from the store.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) school: String,
    pub(crate) levels: Vec<String>,
    pub(crate) sections: Vec<String>,
    pub(crate) classes: Vec<ClassLine>,
    pub(crate) students: Vec<StudentLine>,
    pub(crate) branches: Vec<BranchLine>,
    pub(crate) orders: Vec<(String, u64)>,
    pub(crate) trail: Trail,
    pub(crate) story: Option<Story>,
}

#[derive(Debug)]
pub(crate) struct ClassLine {
    pub(crate) name: String,
    pub(crate) branch: String,
    pub(crate) level: String,
    pub(crate) mode: String,
    pub(crate) capacity: u64,
    pub(crate) seated: u64,
    pub(crate) waiting: u64,
}

#[derive(Debug)]
pub(crate) struct StudentLine {
    pub(crate) name: String,
    pub(crate) branch: String,
    /// Raw and scaled score per section; empty when the test was not taken.
    pub(crate) sections: Vec<(Points, Points)>,
    pub(crate) total: Option<Points>,
    pub(crate) level: String,
    pub(crate) outcome: String,
}

#[derive(Debug)]
pub(crate) struct BranchLine {
    pub(crate) name: String,
    pub(crate) orders: u64,
    pub(crate) revenue: Money,
}

/// What the journey left behind.
#[derive(Debug)]
pub(crate) struct Trail {
    pub(crate) notifications: u64,
    pub(crate) events: Vec<(String, u64)>,
    pub(crate) audit_entries: u64,
}

/// One student's "why this score, why this class".
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) name: String,
    pub(crate) score: Vec<String>,
    pub(crate) placement: Vec<String>,
}

impl Report {
    /// Students per level, in the order of the levels.
    pub(crate) fn per_level(&self) -> Vec<(String, u64)> {
        let count = |level: &str| self.students.iter().filter(|it| it.level == level).count();
        self.levels.iter().map(|it| (it.clone(), count(it) as u64)).collect()
    }

    /// How many total scores fall into each ten points, named by the least of them.
    pub(crate) fn histogram(&self) -> Vec<(String, u64)> {
        let mut bins = [0_u64; 10];
        for total in self.students.iter().filter_map(|it| it.total) {
            let ten = total.ten_thousandths() / 100_000;
            let at = usize::try_from(ten).unwrap_or(0).min(bins.len() - 1);
            bins[at] += 1;
        }
        bins.into_iter().enumerate().map(|(at, count)| ((at * 10).to_string(), count)).collect()
    }

    /// The report as text.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut out = String::new();
        writeln!(out, "{}\n{}", self.school, "=".repeat(self.school.chars().count()))?;
        self.write_placements(&mut out)?;
        self.write_capacity(&mut out)?;
        self.write_revenue(&mut out)?;
        self.write_trail(&mut out)?;
        if let Some(story) = &self.story {
            writeln!(out, "\nWhy this score: {}", story.name)?;
            story.score.iter().try_for_each(|line| writeln!(out, "  {line}"))?;
            writeln!(out, "\nWhy this class: {}", story.name)?;
            story.placement.iter().try_for_each(|line| writeln!(out, "  {line}"))?;
        }
        Ok(out)
    }

    fn write_placements(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\nPlacements ({} students)", self.students.len())?;
        let header = self.sections.iter().map(|it| short(it, 14)).collect::<Vec<_>>();
        writeln!(
            out,
            "  {:<26} {:<17} {}  {:>5}  {:<5} outcome",
            "student",
            "branch",
            header.iter().map(|it| format!("{it:>14}")).collect::<Vec<_>>().join(" "),
            "total",
            "level",
        )?;
        for student in &self.students {
            let sections = match student.sections.len() {
                0 => " ".repeat(15 * self.sections.len().max(1) - 1),
                _ => student
                    .sections
                    .iter()
                    .map(|(raw, scaled)| format!("{:>14}", format!("{raw} → {scaled}")))
                    .collect::<Vec<_>>()
                    .join(" "),
            };
            let total = student.total.map_or_else(String::new, |it| it.to_string());
            writeln!(
                out,
                "  {:<26} {:<17} {sections}  {total:>5}  {:<5} {}",
                short(&student.name, 26),
                short(&student.branch, 17),
                student.level,
                student.outcome,
            )?;
        }
        Ok(())
    }

    fn write_capacity(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\nCapacity")?;
        for class in &self.classes {
            let waiting = match class.waiting {
                0 => String::new(),
                n => format!(", {n} waiting"),
            };
            writeln!(
                out,
                "  {:<30} {:<17} {:<3} {:<8} {:>2} of {:>2} seats taken{waiting}",
                short(&class.name, 30),
                short(&class.branch, 17),
                class.level,
                class.mode,
                class.seated,
                class.capacity,
            )?;
        }
        Ok(())
    }

    fn write_revenue(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\nRevenue by branch")?;
        for branch in &self.branches {
            let revenue = branch.revenue.to_string();
            writeln!(out, "  {:<17} {:>3} orders  {revenue:>20}", branch.name, branch.orders)?;
        }
        let orders = self.orders.iter().map(|(status, count)| format!("{count} {status}"));
        writeln!(out, "  orders: {}", orders.collect::<Vec<_>>().join(", "))
    }

    fn write_trail(&self, out: &mut String) -> std::fmt::Result {
        let Trail { notifications, events, audit_entries } = &self.trail;
        writeln!(out, "\nLeft behind")?;
        writeln!(out, "  {notifications} notifications, {audit_entries} audit entries")?;
        for (kind, count) in events {
            writeln!(out, "  {count:>5} × {kind}")?;
        }
        Ok(())
    }
}

/// Cuts a text to `most` characters, saying so.
fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
