//! What the types of a data file cannot say: what must be there, must be there once, or must exist.
use std::collections::HashSet;

use lms::{
    assessment::{
        conversion::{ConversionRow, ConversionTable},
        question::Numeral,
    },
    delivery::{ClassSchedule, Meeting},
    kernel::{Money, Points},
};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{
    conversion::RULE,
    data::{AnswerData, ClassData, QuestionData, QuestionType, SchoolFile, SectionData, StaffRole},
};

/// A step into a JSON document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(at: usize) -> Self {
        Self::Index(at)
    }
}

/// The way to a value as `classes[0].mode`.
pub(crate) fn shown(path: &[Step]) -> String {
    let text = path.iter().enumerate().map(|(at, step)| match step {
        Step::Index(index) => format!("[{index}]"),
        Step::Key(key) if at == 0 => key.clone(),
        Step::Key(key) => format!(".{key}"),
    });
    text.collect()
}

macro_rules! path {
    ($($step:expr),+ $(,)?) => { vec![$(Step::from($step)),+] };
}

/// Where something is wrong, and why.
pub(crate) type Wrong = (Vec<Step>, String);

/// Refuses the one character that no database keeps, wherever it stands.
pub(crate) fn check_characters(value: &Value, path: &mut Vec<Step>) -> Result<(), Wrong> {
    let refuse = |text: &str, path: &[Step]| {
        if text.contains('\0') {
            return Err((path.to_vec(), "a text must not contain a NUL character".to_owned()));
        }
        Ok(())
    };
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => refuse(text, path)?,
        Value::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                path.push(Step::Index(at));
                check_characters(value, path)?;
                path.pop();
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                refuse(name, path)?;
                path.push(Step::Key(name.clone()));
                check_characters(value, path)?;
                path.pop();
            }
        }
    }
    Ok(())
}

/// Checks a whole file; the first thing that is wrong is told.
pub(crate) fn check(file: &SchoolFile) -> Result<(), Wrong> {
    for (list, count) in [
        ("branches", file.branches.len()),
        ("levels", file.levels.len()),
        ("classes", file.classes.len()),
    ] {
        if count == 0 {
            return Err((path![list], "there must be at least one".into()));
        }
    }
    check_school(file)?;
    let branches = distinct("branches", "id", file.branches.iter().map(|it| it.id.as_str()))?;
    let levels = distinct("levels", "code", file.levels.iter().map(|it| it.code.as_str()))?;
    distinct("levels", "name", file.levels.iter().map(|it| it.name.as_str()))?;
    distinct("classes", "id", file.classes.iter().map(|it| it.id.as_str()))?;
    for (at, class) in file.classes.iter().enumerate() {
        known(&branches, class.branch.as_str(), path!["classes", at, "branch"])?;
        known(&levels, &class.level, path!["classes", at, "level"])?;
        let wrong = check_class(file, class);
        wrong.map_err(|(field, reason)| (path!["classes", at, field], reason))?;
    }
    let questions = check_test(file)?;
    for (at, student) in file.students.iter().enumerate() {
        known(&branches, student.branch.as_str(), path!["students", at, "branch"])?;
        for (question, answer) in &student.answers {
            let place = || path!["students", at, "answers", question.as_str()];
            let Some(found) = questions.iter().find(|it| it.id == *question) else {
                return Err((place(), format!("there is no question `{question}` in the test")));
            };
            check_answer(found, answer).map_err(|reason| (place(), reason))?;
        }
    }
    Ok(())
}

/// The people, what the plan has room for, and the prices.
fn check_school(file: &SchoolFile) -> Result<(), Wrong> {
    let staff: HashSet<_> =
        distinct("staff", "email", file.staff.iter().map(|it| it.email.as_str()))?;
    let emails = file.students.iter().map(|it| it.email.as_str());
    distinct("students", "email", emails.clone())?;
    if let Some((at, email)) = emails.enumerate().find(|(_, it)| staff.contains(it)) {
        let reason = format!("`{email}` is a member of the staff");
        return Err((path!["students", at, "email"], reason));
    }
    for (role, name) in [(StaffRole::Admin, "admin"), (StaffRole::Finance, "finance")] {
        if !file.staff.iter().any(|it| it.role == role) {
            return Err((path!["staff"], format!("somebody must have the role `{name}`")));
        }
    }
    let plan = &file.school.plan;
    for (field, most, count) in [
        ("max_students", plan.max_students, file.students.len()),
        ("max_staff", plan.max_staff, file.staff.len()),
    ] {
        if usize::try_from(most).is_ok_and(|most| count > most) {
            let reason = format!("the plan has room for {most}, and the file has {count}");
            return Err((path!["school", "plan", field], reason));
        }
    }
    let price = |amount: Decimal, path: Vec<Step>| {
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err((path, "a price is not below zero".to_owned()));
        }
        Money::from_decimal(amount, file.school.currency).map_err(|error| (path, error.to_string()))
    };
    price(plan.price_per_month, path!["school", "plan", "price_per_month"])?;
    price(file.package.price, path!["package", "price"])?;
    Ok(())
}

fn check_class(file: &SchoolFile, class: &ClassData) -> Result<(), (&'static str, String)> {
    if class.band.min >= class.band.max {
        return Err(("band", "the band's `min` must be below its `max`".to_owned()));
    }
    if class.capacity == 0 {
        return Err(("capacity", "a class has at least one seat".to_owned()));
    }
    let meeting = class.meeting_link.clone().map(|url| Meeting { provider: None, url });
    class
        .mode
        .check(class.location.as_deref(), meeting.as_ref())
        .map_err(|error| ("mode", error.to_string()))?;
    let it = &class.schedule;
    let days = (it.starts_on, it.ends_on);
    ClassSchedule::new(it.days.iter().copied(), (it.from, it.to), file.school.time_zone, days)
        .map_err(|error| ("schedule", error.to_string()))?;
    Ok(())
}

fn check_test(file: &SchoolFile) -> Result<Vec<&QuestionData>, Wrong> {
    if file.test.sections.is_empty() {
        return Err((path!["test", "sections"], "there must be at least one".into()));
    }
    let mut ids = HashSet::new();
    let mut seen = HashSet::new();
    let mut questions = Vec::new();
    for (s, section) in file.test.sections.iter().enumerate() {
        let of_section = |field: &str| path!["test", "sections", s, field];
        if !ids.insert(section.id.as_str()) {
            return Err((of_section("id"), format!("`{}` is there twice", section.id)));
        }
        if section.questions.is_empty() {
            return Err((of_section("questions"), "there must be at least one".into()));
        }
        if section.time_limit_seconds == 0 {
            return Err((of_section("time_limit_seconds"), "it is at least 1 second".into()));
        }
        for (q, question) in section.questions.iter().enumerate() {
            let place = |field: &str| path!["test", "sections", s, "questions", q, field];
            if !seen.insert(question.id.as_str()) {
                return Err((place("id"), format!("`{}` is there twice", question.id)));
            }
            if question.points <= Points::ZERO {
                return Err((place("points"), "a question is worth more than nothing".into()));
            }
            if question.prompt.trim().is_empty() {
                return Err((place("prompt"), "a question asks something".into()));
            }
            check_key(question).map_err(|(field, reason)| (place(field), reason))?;
            questions.push(question);
        }
        check_table(section).map_err(|reason| (of_section("conversion"), reason))?;
    }
    Ok(questions)
}

/// The table has a row for everything that the section can earn.
fn check_table(section: &SectionData) -> Result<(), String> {
    let rows = section.conversion.iter().map(|it| ConversionRow::single(it.raw, it.scaled));
    let table = ConversionTable::new(RULE, rows.collect()).map_err(|error| error.to_string())?;
    let most = Points::sum(section.questions.iter().map(|it| it.points))
        .map_err(|error| error.to_string())?;
    for raw in [Points::ZERO, most] {
        table.convert(raw).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn check_key(question: &QuestionData) -> Result<(), (&'static str, String)> {
    let choices: HashSet<_> = question.choices.iter().map(|it| it.id.as_str()).collect();
    let missing = |field, what: &str| Err((field, format!("the question needs {what}")));
    match question.kind {
        QuestionType::SingleChoice | QuestionType::MultipleSelect => {
            if let Some(twice) = question.choices.len().checked_sub(choices.len())
                && twice > 0
            {
                return Err(("choices", "two `choices` have the same `id`".to_owned()));
            }
            if question.choices.iter().any(|it| it.text.trim().is_empty()) {
                return Err(("choices", "a choice says something".to_owned()));
            }
            if choices.len() < 2 {
                return missing("choices", "at least two different `choices`");
            }
            if let Some(odd) = question.correct.iter().find(|it| !choices.contains(it.as_str())) {
                return Err(("correct", format!("`{odd}` is not one of the choices")));
            }
            let one = question.kind == QuestionType::SingleChoice;
            if question.correct.is_empty() || (one && question.correct.len() != 1) {
                return missing("correct", "its right choice");
            }
        }
        QuestionType::TrueFalse => {
            if !matches!(question.correct.as_slice(), [it] if it == "true" || it == "false") {
                return missing("correct", "[\"true\"] or [\"false\"]");
            }
        }
        QuestionType::ShortAnswer if question.accepted.is_empty() => {
            return missing("accepted", "at least one accepted answer");
        }
        QuestionType::ShortAnswer => {}
        QuestionType::Numeric => {
            let Some(value) = question.value else { return missing("value", "a `value`") };
            let read = |it: Decimal| it.to_string().parse::<Numeral>();
            read(value).map_err(|error| ("value", error.to_string()))?;
            if let Some(tolerance) = question.tolerance {
                read(tolerance).map_err(|error| ("tolerance", error.to_string()))?;
                if tolerance < Decimal::ZERO {
                    return Err(("tolerance", "a tolerance is not below zero".to_owned()));
                }
            }
        }
    }
    Ok(())
}

fn check_answer(question: &QuestionData, answer: &AnswerData) -> Result<(), String> {
    let chosen: Vec<&str> = match answer {
        AnswerData::One(it) => vec![it],
        AnswerData::Several(them) => them.iter().map(String::as_str).collect(),
    };
    let (one, closed) = match question.kind {
        QuestionType::SingleChoice | QuestionType::TrueFalse => (true, true),
        QuestionType::MultipleSelect => (false, true),
        QuestionType::ShortAnswer | QuestionType::Numeric => (true, false),
    };
    if one && chosen.len() != 1 {
        return Err("this question takes one answer".to_owned());
    }
    let known = |it: &str| match question.kind {
        QuestionType::TrueFalse => it == "true" || it == "false",
        _ => question.choices.iter().any(|choice| choice.id == it),
    };
    match chosen.iter().find(|it| closed && !known(it)) {
        Some(odd) => Err(format!("`{odd}` is not a choice of this question")),
        None => Ok(()),
    }
}

fn distinct<'a>(
    list: &str,
    field: &str,
    names: impl Iterator<Item = &'a str>,
) -> Result<HashSet<&'a str>, Wrong> {
    let mut seen = HashSet::new();
    for (at, name) in names.enumerate() {
        if !seen.insert(name) {
            return Err((path![list, at, field], format!("`{name}` is there twice")));
        }
    }
    Ok(seen)
}

fn known(names: &HashSet<&str>, name: &str, path: Vec<Step>) -> Result<(), Wrong> {
    if names.contains(name) {
        return Ok(());
    }
    let mut all: Vec<_> = names.iter().copied().collect();
    all.sort_unstable();
    Err((path, format!("there is no `{name}`; there are {}", all.join(", "))))
}
