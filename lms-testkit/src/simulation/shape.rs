//! What an operation's JSON looks like, learned from what its reader says about attempts.
use std::collections::BTreeMap;

use lms_core::{
    kernel::Context,
    operation::{OperationFailure, OperationType},
    store::Store,
};
use serde_json::{Map, Value, json};

use super::hand::Hand;

/// A value that an operation accepts, and how others like it are drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Always this.
    Same(Value),
    /// An id; the name of the field says of what.
    Id(String),
    /// One of these words.
    Word(Vec<String>),
    /// A small whole number.
    Number,
    /// A truth value.
    Truth,
    /// An instant.
    Instant,
    /// A short text.
    Text,
    /// A short text of small letters.
    Slug,
    /// An object with these fields.
    Object(BTreeMap<String, Self>),
    /// Nothing, or this.
    Perhaps(Box<Self>),
}

impl Shape {
    /// A value of this shape that reads well.
    fn sample(&self) -> Value {
        match self {
            Self::Same(value) => value.clone(),
            Self::Id(_) => json!("00000000-0000-7000-8000-000000000001"),
            Self::Word(words) => words.first().map_or(Value::Null, |it| json!(it)),
            Self::Number => json!(1),
            Self::Truth => json!(true),
            Self::Instant => json!("2025-03-04T09:00:00Z"),
            Self::Text => json!("Words"),
            Self::Slug => json!("words"),
            Self::Object(fields) => {
                Value::Object(fields.iter().map(|(key, it)| (key.clone(), it.sample())).collect())
            }
            Self::Perhaps(it) => it.sample(),
        }
    }
}

/// How often reading is attempted for one operation.
const MOST_ATTEMPTS: usize = 600;

/// Learns the shape of an operation; none where its reader is not understood.
pub(crate) async fn learn(
    operation: &OperationType,
    store: &Store,
    nobody: &Context,
) -> Option<BTreeMap<String, Shape>> {
    let mut learner = Learner { operation, store, nobody, attempts: 0 };
    let mut fields = BTreeMap::new();
    // What must be there is asked for by name; what may be there is tried at the end.
    if !learner.complete(&mut fields, &[]).await {
        return None;
    }
    for field in operation.fields {
        if fields.contains_key(field.name) {
            continue;
        }
        let mut more = fields.clone();
        if learner.add(&mut more, &[], field.name).await {
            if let Some(shape) = more.get_mut(field.name) {
                *shape = Shape::Perhaps(Box::new(shape.clone()));
            }
            fields = more;
        }
    }
    Some(fields)
}

struct Learner<'a> {
    operation: &'a OperationType,
    store: &'a Store,
    nobody: &'a Context,
    attempts: usize,
}

pub(crate) type Fields = BTreeMap<String, Shape>;

impl Learner<'_> {
    /// What the reader says; none when it can read it.
    async fn complaint(&mut self, fields: &Fields) -> Option<String> {
        self.attempts += 1;
        let input = Shape::Object(fields.clone()).sample();
        match self.operation.run(self.store, self.nobody, input).await {
            Err(OperationFailure::Malformed(error)) => Some(error.to_string()),
            _ => None,
        }
    }

    /// Adds what is missing at a path until the reader complains about something else, or nothing.
    async fn complete(&mut self, fields: &mut Fields, path: &[String]) -> bool {
        loop {
            if self.attempts > MOST_ATTEMPTS {
                return false;
            }
            let Some(complaint) = self.complaint(fields).await else { return true };
            let Some(missing) = quoted_after(&complaint, "missing field ") else { return false };
            if !Box::pin(self.add(fields, path, &missing)).await {
                return false;
            }
        }
    }

    /// Adds a field at a path with the first value that the reader takes.
    async fn add(&mut self, fields: &mut Fields, path: &[String], name: &str) -> bool {
        for candidate in candidates(name) {
            if self.attempts > MOST_ATTEMPTS {
                return false;
            }
            let mut tried = fields.clone();
            put(&mut tried, path, name, candidate.clone());
            let complaint = self.complaint(&tried).await;
            match complaint {
                None => {
                    *fields = tried;
                    return true;
                }
                Some(text) => {
                    let missing = quoted_after(&text, "missing field ");
                    if let Some(missing) = missing {
                        let is_own = matches!(candidate, Shape::Object(_))
                            && !self.is_sibling(&tried, path, &missing);
                        if is_own {
                            let mut inner = path.to_vec();
                            inner.push(name.to_owned());
                            if Box::pin(self.add(&mut tried, &inner, &missing)).await
                                && self.fill(&mut tried, &inner).await
                            {
                                *fields = tried;
                                return true;
                            }
                            continue;
                        }
                        *fields = tried;
                        return true;
                    }
                    let words = words_of(&text);
                    if !words.is_empty() {
                        put(&mut tried, path, name, Shape::Word(words));
                        let text = self.complaint(&tried).await;
                        if text.is_none_or(|it| it.starts_with("missing field")) {
                            *fields = tried;
                            return true;
                        }
                    }
                }
            }
        }
        false
    }

    /// Adds what else is missing inside an object.
    async fn fill(&mut self, fields: &mut Fields, path: &[String]) -> bool {
        loop {
            if self.attempts > MOST_ATTEMPTS {
                return false;
            }
            let Some(complaint) = self.complaint(fields).await else { return true };
            let Some(missing) = quoted_after(&complaint, "missing field ") else { return false };
            let outer = path.split_last().map_or(&[] as &[String], |it| it.1);
            if self.is_sibling(fields, outer, &missing) {
                return true;
            }
            if !Box::pin(self.add(fields, path, &missing)).await {
                return false;
            }
        }
    }

    /// Whether a field that is missing belongs to the operation itself, beside what is at the path:
    /// it has such a field, which is not there yet.
    fn is_sibling(&self, fields: &Fields, path: &[String], missing: &str) -> bool {
        path.is_empty()
            && self.operation.fields.iter().any(|it| it.name == missing)
            && !fields.contains_key(missing)
    }
}

fn put(fields: &mut Fields, path: &[String], name: &str, shape: Shape) {
    let mut at = fields;
    for step in path {
        let entry = at.entry(step.clone()).or_insert_with(|| Shape::Object(BTreeMap::new()));
        let Shape::Object(inner) = entry else { return };
        at = inner;
    }
    at.insert(name.to_owned(), shape);
}

/// What a field may be, the likeliest first.
fn candidates(name: &str) -> Vec<Shape> {
    let same = |value: Value| Shape::Same(value);
    let is_id = name.ends_with("_id") || name == "id";
    let mut all = Vec::new();
    if is_id {
        all.push(Shape::Id(name.to_owned()));
    }
    if name.ends_with("_at") || name == "at" || name == "since" || name == "until" {
        all.push(Shape::Instant);
    }
    if name == "slug" {
        all.push(Shape::Slug);
    }
    all.extend([
        same(json!({ "most": 200 })),
        Shape::Word(Vec::new()),
        Shape::Id(name.to_owned()),
        Shape::Number,
        Shape::Truth,
        Shape::Text,
        Shape::Slug,
        Shape::Instant,
        same(json!("2025-03-04")),
        same(json!("09:00:00")),
        same(json!("en")),
        same(json!("USD")),
        same(json!("UTC")),
        same(json!("anyone@example.org")),
        same(json!("https://example.org/a")),
        same(json!("2025-03")),
        same(json!("12.50")),
        same(json!({ "minor": 100, "currency": "USD" })),
        same(json!({ "amount": "1.00", "currency": "USD" })),
        same(json!([])),
        Shape::Object(BTreeMap::new()),
        same(Value::Null),
    ]);
    all
}

fn quoted_after(text: &str, start: &str) -> Option<String> {
    text.strip_prefix(start).and_then(|rest| quoted(rest).into_iter().next())
}

/// The words that a reader takes, as it says itself: after `expected`, or after `one of`.
fn words_of(text: &str) -> Vec<String> {
    if let Some((_, words)) = text.split_once("one of ").filter(|it| !it.1.contains('`')) {
        let is_word = |it: &char| !(it.is_alphanumeric() || *it == '_');
        let words = words.split(|it| is_word(&it)).filter(|it| !it.is_empty());
        return words.map(str::to_owned).collect();
    }
    quoted(text.split_once("expected").map_or("", |it| it.1))
}

/// The text between backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Draws a value.
fn draw(shape: &Shape, hand: &mut Hand<'_>) -> Value {
    match shape {
        Shape::Same(value) => value.clone(),
        Shape::Id(name) => json!(hand.id_for(name).to_string()),
        Shape::Word(words) => hand.one_of(words).map_or(Value::Null, Value::String),
        Shape::Number => json!(hand.below(12)),
        Shape::Truth => json!(hand.below(2) == 0),
        Shape::Instant => json!(hand.instant()),
        Shape::Text => json!(format!("Words {}", hand.below(1_000))),
        Shape::Slug => json!(format!("words-{}", hand.below(100_000))),
        Shape::Object(fields) => draw_all(fields, hand),
        Shape::Perhaps(inner) => match hand.below(3) {
            0 => draw(inner, hand),
            _ => Value::Null,
        },
    }
}

/// Draws the input of an operation.
pub(crate) fn draw_all(fields: &Fields, hand: &mut Hand<'_>) -> Value {
    let mut drawn = Map::new();
    for (name, shape) in fields {
        let value = draw(shape, hand);
        if !(value.is_null() && matches!(shape, Shape::Perhaps(_))) {
            drawn.insert(name.clone(), value);
        }
    }
    Value::Object(drawn)
}
