//! Reads a data file whole or not at all, and says where it is wrong.
use std::{collections::HashSet, fmt, fs, path::Path};

use lms::kernel::Points;

use crate::data::{AnswerData, QuestionData, QuestionType, SchoolFile};

/// The file that ships with the example.
pub(crate) const SHIPPED: &str = include_str!("school.json");

/// What is wrong with a data file, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FileError {
    line: usize,
    field: String,
    reason: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, field, reason } = self;
        write!(f, "line {line}, field `{field}`: {reason}")
    }
}

impl std::error::Error for FileError {}

/// Reads the file at `path`.
pub(crate) fn read(path: &Path) -> Result<SchoolFile, Box<dyn std::error::Error>> {
    let text =
        fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    parse(&text).map_err(|e| format!("{}: {e}", path.display()).into())
}

/// Reads a data file's text.
pub(crate) fn parse(text: &str) -> Result<SchoolFile, FileError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let file: SchoolFile = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        let inner = error.into_inner();
        // serde_json repeats the place at the end of its message.
        let reason = inner.to_string();
        let reason = reason.rsplit_once(" at line ").map_or(&*reason, |it| it.0).to_owned();
        FileError { line: inner.line(), field, reason }
    })?;
    json.end().map_err(|e| FileError {
        line: e.line(),
        field: ".".into(),
        reason: "there is text behind the end of the data".into(),
    })?;
    check(&file).map_err(|(path, reason)| FileError {
        line: line_of(text, &path),
        field: path.iter().map(ToString::to_string).collect::<Vec<_>>().join("."),
        reason,
    })?;
    Ok(file)
}

/// A step into a JSON document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(key),
            Self::Index(at) => write!(f, "[{at}]"),
        }
    }
}

macro_rules! path {
    ($($step:expr),+ $(,)?) => { vec![$(Step::from($step)),+] };
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

type Wrong = (Vec<Step>, String);

/// What the types alone cannot say: names that must exist, and must not exist twice.
fn check(file: &SchoolFile) -> Result<(), Wrong> {
    let branches = distinct("branches", "id", file.branches.iter().map(|it| it.id.as_str()))?;
    let levels = distinct("levels", "code", file.levels.iter().map(|it| it.code.as_str()))?;
    distinct("levels", "name", file.levels.iter().map(|it| it.name.as_str()))?;
    distinct("classes", "id", file.classes.iter().map(|it| it.id.as_str()))?;
    let emails = file.students.iter().map(|it| it.email.as_str());
    distinct("students", "email", emails)?;
    for (at, class) in file.classes.iter().enumerate() {
        known(&branches, class.branch.as_str(), path!["classes", at, "branch"])?;
        known(&levels, &class.level, path!["classes", at, "level"])?;
        if class.band.min >= class.band.max {
            let reason = "the band's `min` must be below its `max`".to_owned();
            return Err((path!["classes", at, "band"], reason));
        }
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

fn check_test(file: &SchoolFile) -> Result<Vec<&QuestionData>, Wrong> {
    let mut seen = HashSet::new();
    let mut questions = Vec::new();
    for (s, section) in file.test.sections.iter().enumerate() {
        for (q, question) in section.questions.iter().enumerate() {
            let place = |field: &str| path!["test", "sections", s, "questions", q, field];
            if !seen.insert(question.id.as_str()) {
                return Err((place("id"), format!("`{}` is there twice", question.id)));
            }
            if question.points <= Points::ZERO {
                return Err((place("points"), "a question is worth more than nothing".into()));
            }
            check_key(question).map_err(|(field, reason)| (place(field), reason))?;
            questions.push(question);
        }
    }
    Ok(questions)
}

fn check_key(question: &QuestionData) -> Result<(), (&'static str, String)> {
    let choices: HashSet<_> = question.choices.iter().map(|it| it.id.as_str()).collect();
    let missing = |field, what: &str| Err((field, format!("the question needs {what}")));
    match question.kind {
        QuestionType::SingleChoice | QuestionType::MultipleSelect => {
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
        QuestionType::Numeric if question.value.is_none() => {
            return missing("value", "a `value`");
        }
        QuestionType::ShortAnswer | QuestionType::Numeric => {}
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

/// The line on which the value at `path` begins; the last one reached when it is not there.
fn line_of(text: &str, path: &[Step]) -> usize {
    let mut at = 0;
    for step in path {
        at = match step {
            Step::Key(key) => enter(text, at, |name, _| name == Some(key)),
            Step::Index(index) => enter(text, at, |_, count| count == *index),
        }
        .unwrap_or(at);
    }
    1 + text.get(..at).unwrap_or(text).matches('\n').count()
}

/// Where, in the object or array that begins at `from`, the wanted value begins. The text is
/// known to be valid JSON.
fn enter(text: &str, from: usize, wanted: impl Fn(Option<&str>, usize) -> bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = skip_space(bytes, from);
    let object = *bytes.get(at)? == b'{';
    at += 1;
    for count in 0.. {
        at = skip_space(bytes, at);
        let mut name = None;
        if object {
            let end = skip_value(bytes, at)?;
            name = text.get(at + 1..end - 1);
            at = skip_space(bytes, skip_space(bytes, end) + 1);
        }
        if wanted(name, count) {
            return Some(at);
        }
        at = skip_space(bytes, skip_value(bytes, at)?);
        if *bytes.get(at)? != b',' {
            return None;
        }
        at += 1;
    }
    None
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|it| it.is_ascii_whitespace()).count()
}

fn skip_value(bytes: &[u8], from: usize) -> Option<usize> {
    let (mut at, mut depth, mut quoted) = (from, 0_usize, false);
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.checked_sub(1)?,
            _ => {}
        }
        let ended = match bytes.get(at) {
            None => true,
            Some(next) => {
                matches!(byte, b'"' | b'}' | b']')
                    || matches!(next, b',' | b'}' | b']')
                    || next.is_ascii_whitespace()
            }
        };
        if depth == 0 && !quoted && ended {
            return Some(at);
        }
    }
}
