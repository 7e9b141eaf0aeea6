//! Responses that were checked: every problem is named with its line and column.
use std::{collections::HashMap, fmt};

use lms::{
    assessment::analysis::{ItemAnalysis, ItemResponse, TestStatistics},
    kernel::Points,
};

use crate::csv::{Row, rows};

/// A question with its options.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) name: String,
    pub(crate) options: Vec<String>,
    /// The right options, by their place.
    pub(crate) key: Vec<u16>,
}

/// What candidates answered.
#[derive(Debug)]
pub(crate) struct Responses {
    pub(crate) questions: Vec<Question>,
    /// For each candidate, the place of the option that was chosen; none for a blank.
    pub(crate) candidates: Vec<Vec<Option<u16>>>,
}

/// Everything that is wrong with a file; the first twenty things are shown.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<String>);

impl Problems {
    fn add(&mut self, problem: String) {
        self.0.push(problem);
    }

    fn check(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl From<String> for Problems {
    fn from(problem: String) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 20;
        for problem in self.0.iter().take(SHOWN) {
            writeln!(f, "  {problem}")?;
        }
        match self.0.len().checked_sub(SHOWN) {
            Some(more) if more > 0 => writeln!(f, "  and {more} more"),
            _ => Ok(()),
        }
    }
}

impl Responses {
    /// Checks a file of responses, with its key in the file or in another, which has a name.
    pub(crate) fn read(
        text: &str,
        key: Option<(&str, &str)>,
        options: &str,
    ) -> Result<Self, Problems> {
        let all = rows(text, None)?;
        let Some((header, all)) = all.split_first() else {
            return Err("line 1: the file is empty".to_owned().into());
        };
        let from_file =
            key.map(|(file, text)| rows(text, Some(file))).transpose()?.unwrap_or_default();
        let rules: Vec<&Row> = from_file.iter().chain(all).collect();
        let mut problems = Problems::default();
        for name in ["key", "options"] {
            let mut rows = rules.iter().filter(|row| is(row, name));
            if let (Some(first), Some(second)) = (rows.next(), rows.next()) {
                let lines = format!("{} and {}", first.place, second.place);
                problems.add(format!("{lines}: there are two rows `{name}`"));
            }
        }
        let Some(key) = rules.iter().find(|row| is(row, "key")) else {
            let remedy = "add a row `key` with the right options, or name a file by --key";
            return Err(format!("{}: there is no key; {remedy}", header.place).into());
        };
        let listed = rules.iter().find(|row| is(row, "options")).copied();
        let questions = questions(header, key, (listed, options), &mut problems);
        problems.check()?;
        let answers = all.iter().filter(|row| !is(row, "key") && !is(row, "options"));
        let candidates = candidates(answers, &questions)?;
        Ok(Self { questions, candidates })
    }

    /// The statistics of the test: a point for each right answer.
    pub(crate) fn analyse(&self) -> Result<TestStatistics, String> {
        let one = Points::from_ten_thousandths(10_000);
        let mut analysis = ItemAnalysis::new(vec![one; self.questions.len()]);
        for row in &self.candidates {
            let response = |(choice, question): (&Option<u16>, &Question)| {
                let right = choice.is_some_and(|it| question.key.contains(&it));
                let points = if right { one } else { Points::ZERO };
                choice.map_or_else(ItemResponse::default, |it| ItemResponse::chosen(it, points))
            };
            let responses: Vec<_> = row.iter().zip(&self.questions).map(response).collect();
            analysis.add(&responses).map_err(|error| error.to_string())?;
        }
        Ok(analysis.report())
    }

    /// How many candidates have each number of right answers.
    pub(crate) fn totals(&self) -> Vec<u64> {
        let mut counts = vec![0; self.questions.len() + 1];
        for row in &self.candidates {
            let right = |(choice, question): &(&Option<u16>, &Question)| {
                choice.is_some_and(|it| question.key.contains(&it))
            };
            counts[row.iter().zip(&self.questions).filter(right).count()] += 1;
        }
        counts
    }
}

fn is(row: &Row, name: &str) -> bool {
    row.cells.first().is_some_and(|it| it.eq_ignore_ascii_case(name))
}

fn questions(
    header: &Row,
    key: &Row,
    (listed, default): (Option<&Row>, &str),
    problems: &mut Problems,
) -> Vec<Question> {
    let names = header.cells.get(1..).unwrap_or_default();
    if names.is_empty() {
        problems.add(format!("{}: the header names no question", header.place));
    }
    for row in [Some(key), listed].into_iter().flatten() {
        if row.cells.len() != header.cells.len() {
            problems.add(ragged(row, names.len()));
        }
    }
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut questions = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let column = at + 2;
        if name.is_empty() {
            problems.add(format!("{}, column {column}: a question has no name", header.place));
        } else if let Some(first) = seen.insert(name, column) {
            let place = format!("{}, column {column}", header.place);
            problems.add(format!("{place}: `{name}` is in column {first} already"));
        }
        let own = listed.and_then(|row| row.cells.get(at + 1)).filter(|it| !it.is_empty());
        let options = split(own.map_or(default, String::as_str));
        let mut right = Vec::new();
        let cell = key.cells.get(at + 1).map_or("", String::as_str);
        if cell.is_empty() && at + 1 < key.cells.len() {
            problems.add(format!("{}, column {column} ({name}): no key", key.place));
        }
        for (nth, option) in options.iter().enumerate() {
            let row = listed.unwrap_or(key);
            if option.is_empty() || place(&options, option).map(usize::from) != Some(nth) {
                let place = format!("{}, column {column} ({name})", row.place);
                problems.add(format!("{place}: option {} is `{option}`, empty or twice", nth + 1));
            }
        }
        for option in cell.split('|').map(str::trim).filter(|it| !it.is_empty()) {
            match place(&options, option) {
                Some(place) => right.push(place),
                None => problems.add(unknown(key, (column, name), option, &options)),
            }
        }
        questions.push(Question { name: name.clone(), options, key: right });
    }
    questions
}

fn candidates<'r>(
    answers: impl Iterator<Item = &'r Row>,
    questions: &[Question],
) -> Result<Vec<Vec<Option<u16>>>, Problems> {
    let mut problems = Problems::default();
    let mut seen: HashMap<&str, &str> = HashMap::new();
    let mut candidates = Vec::new();
    for row in answers {
        let name = row.cells.first().map_or("", String::as_str);
        if name.is_empty() {
            problems.add(format!("{}, column 1: the candidate has no name", row.place));
        } else if let Some(first) = seen.insert(name, &row.place) {
            problems.add(format!("{}: `{name}` is on {first} already", row.place));
        }
        if row.cells.len() != questions.len() + 1 {
            problems.add(ragged(row, questions.len()));
            continue;
        }
        let mut choices = Vec::with_capacity(questions.len());
        for (at, (cell, question)) in row.cells.iter().skip(1).zip(questions).enumerate() {
            let choice = match cell.as_str() {
                "" | "-" => None,
                option => {
                    let found = place(&question.options, option);
                    if found.is_none() {
                        let at = (at + 2, question.name.as_str());
                        problems.add(unknown(row, at, option, &question.options));
                    }
                    found
                }
            };
            choices.push(choice);
        }
        candidates.push(choices);
    }
    problems.check()?;
    if candidates.is_empty() {
        return Err("there is no candidate below the header and the key".to_owned().into());
    }
    Ok(candidates)
}

/// `ABCD` are four options of one letter, `yes|no` two of several.
fn split(options: &str) -> Vec<String> {
    if options.contains('|') {
        return options.split('|').map(|it| it.trim().to_owned()).collect();
    }
    options.chars().filter(|it| !it.is_whitespace()).map(String::from).collect()
}

/// The place of an option; upper and lower case are the same.
fn place(options: &[String], option: &str) -> Option<u16> {
    let same = |it: &String| it.to_lowercase() == option.to_lowercase();
    options.iter().position(same).and_then(|it| u16::try_from(it).ok())
}

fn ragged(row: &Row, expected: usize) -> String {
    let (place, found) = (&row.place, row.cells.len().saturating_sub(1));
    format!("{place}: the header has {expected} questions, and this row {found} answers")
}

fn unknown(row: &Row, (column, name): (usize, &str), option: &str, known: &[String]) -> String {
    let (place, known) = (&row.place, known.join(", "));
    format!("{place}, column {column} ({name}): `{option}` is not one of {known}")
}
