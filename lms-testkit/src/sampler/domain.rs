//! Rows that mean a record, found by asking the record type.
use std::{
    collections::{HashMap, HashSet, VecDeque},
    iter,
};

use lms_core::{
    kernel::Timestamp,
    store::{Column, Ownership, RecordType, Row, Schema, StoreError, Type, Value},
};
use serde_json::json;

use super::{
    Fill, Sample, Sampler,
    examples::example,
    shapes::{answers, quoted},
};
use crate::Outcome;

/// How many rows are drawn before a record type counts as not met.
const ROWS: usize = 30;

/// How often the values of those rows are changed, in all. Nearly every type that is met at all is
/// met with a quarter of them.
const MENDS: usize = 500;

/// The columns of a stamp, and the id.
const BOOKKEEPING: [&str; 9] = [
    Schema::ID,
    "tenant_id",
    "version",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "deleted_at",
    "metadata",
];

/// How many values of one column wait to be offered.
const WAITING: usize = 200;

impl Sampler {
    /// A row that means a record, last, after the rows that it refers to; nothing when no row
    /// drawn was accepted.
    ///
    /// Where the domain type wants more than the column says (a slug, an address, a language), the
    /// sampler offers such texts until the type accepts one; documents that no guessing finds come
    /// from an example of the type. Rows filled as was set come first, and others where none of those
    /// is accepted. The row is in the record's own spelling.
    ///
    /// # Errors
    /// As [`Sampler::sample`]; and when the record type refuses a row in any other way than by
    /// naming its table and column.
    pub fn valid(&mut self, record: &RecordType) -> Outcome<Option<Vec<Sample>>> {
        // Rows that were refused leave parents behind, which later ones share.
        let (mut parents, mut mends) = (Vec::new(), MENDS);
        let example = example(record.schema().table)?;
        let wanted = self.fill;
        let others = [Fill::Some, Fill::None, Fill::All].into_iter().filter(|it| *it != wanted);
        let fills: Vec<Fill> = iter::once(wanted).chain(others).collect();
        for (drawn_before, fill) in fills.into_iter().cycle().take(ROWS).enumerate() {
            self.fill = fill;
            let made = self.sample(record.schema());
            self.fill = wanted;
            let mut made = made?;
            let Some(mut drawn) = made.pop() else { break };
            parents.append(&mut made);
            if let Some(example) = &example {
                take_over(record.schema(), example, &mut drawn.row, drawn_before > 0);
            }
            // An example ends the search, so the rows before it get a part of it only.
            let mut part = if example.is_some() { mends / 4 } else { mends };
            mends -= part;
            let mended = self.mend(record, drawn.row, &mut part);
            mends += part;
            match mended {
                Ok(row) => {
                    parents.push(Sample { schema: record.schema(), row });
                    return Ok(Some(parents));
                }
                Err(StoreError::Corrupt { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(None)
    }

    /// Offers other values for the columns that the record type refuses, until it accepts all.
    fn mend(
        &mut self,
        record: &RecordType,
        mut row: Row,
        mends: &mut usize,
    ) -> Result<Row, StoreError> {
        let schema = record.schema();
        let token = self.numbers.next();
        let mut open: HashMap<&'static str, Offers> = HashMap::new();
        while *mends > 0 {
            *mends -= 1;
            let error = match record.through_domain(row.clone()) {
                Ok(settled) => return Ok(settled),
                Err(error) => error,
            };
            let StoreError::Corrupt { column: name, source, .. } = &error else {
                return Err(error);
            };
            let Some(column) = schema.column(name) else { return Err(error) };
            let offers = open.entry(column.name).or_insert_with(|| {
                Offers::new(column, token, tells_runs_apart(schema, column.name))
            });
            match offers.next(column, schema.value(&row, name), &source.to_string()) {
                Some(value) => row.set(schema, name, value),
                None => return Err(error),
            }
        }
        record.through_domain(row)
    }
}

/// Whether it is by this text that a row of the platform's differs from those of other runs: the
/// last one of a unique, because one is enough.
fn tells_runs_apart(schema: &Schema, column: &str) -> bool {
    let text = |name: &&&str| schema.column(name).is_some_and(|it| it.ty == Type::Text);
    let last = |columns: &[&'static str]| columns.iter().rfind(text).copied();
    schema.ownership == Ownership::Platform
        && schema.uniques.iter().any(|it| last(it.columns) == Some(column))
}

/// Takes the documents of an example over; or all of it, but what says whose row it is, what it
/// refers to and what tells it from others: of each unique, the last column.
fn take_over(schema: &Schema, example: &Row, row: &mut Row, all: bool) {
    for column in &schema.columns {
        let is_own = BOOKKEEPING.contains(&column.name)
            || column.references.is_some()
            || schema.uniques.iter().any(|it| it.columns.last() == Some(&column.name));
        let is_document = column.ty == Type::Json;
        if !is_own && (all || is_document) {
            row.set(schema, column.name, schema.value(example, column.name).clone());
        }
    }
}

/// What is still to be offered for one column.
struct Offers {
    values: VecDeque<Value>,
    /// What each text must hold one of: no one else's, where runs share a table of the platform.
    marks: Vec<String>,
    seen: HashSet<String>,
    complaint: String,
    texts: Vec<String>,
}

impl Offers {
    fn new(column: &Column, token: u64, shared: bool) -> Self {
        let values = offers(column, token).into_iter().rev().collect();
        let (seen, complaint) = (HashSet::new(), String::new());
        let marks = if shared { marks(token) } else { Vec::new() };
        Self { values, marks, seen, complaint, texts: texts(token) }
    }

    fn may_offer(&self, value: &Value) -> bool {
        match value {
            Value::Text(text) if !self.marks.is_empty() => {
                self.marks.iter().any(|it| text.contains(it.as_str()))
            }
            _ => true,
        }
    }

    /// The next value to offer, now that the type has complained about `refused`.
    fn next(&mut self, column: &Column, refused: &Value, complaint: &str) -> Option<Value> {
        let answers: Vec<Value> = match refused {
            Value::Json(part) => answers(&part.document(), complaint, &self.texts)
                .into_iter()
                .map(|it| Value::Json(it.into()))
                .collect(),
            Value::Text(_) => quoted(complaint).into_iter().map(Value::Text).collect(),
            _ => Vec::new(),
        };
        let answers = answers.into_iter().filter(|it| fits(column, it));
        if complaint == self.complaint {
            // What changed nothing about the complaint hardly leads on: it comes last.
            let room = WAITING.saturating_sub(self.values.len());
            answers.take(room).for_each(|it| self.values.push_front(it));
        } else {
            answers.rev().for_each(|it| self.values.push_back(it));
            complaint.clone_into(&mut self.complaint);
        }
        loop {
            let value = self.values.pop_back()?;
            if self.may_offer(&value) && self.seen.insert(format!("{value:?}")) {
                return Some(value);
            }
        }
    }
}

/// Values that a domain type may want in such a column, likeliest first.
fn offers(column: &Column, token: u64) -> Vec<Value> {
    let mut values: Vec<Value> = match column.ty {
        Type::Text => texts(token).into_iter().map(Value::Text).collect(),
        Type::Int => [1, 0, 2, 10, 60, 100, 1_000, 10_000, 1_000_000].map(Value::Int).to_vec(),
        Type::Json => json_parts().map(|it| Value::Json(it.into())).to_vec(),
        Type::Time => [Timestamp::EPOCH, Timestamp::MAX].map(Value::Time).to_vec(),
        Type::Bytes => [16, 32, 64].map(|length| Value::Bytes(vec![7; length].into())).to_vec(),
        Type::Bool => [true, false].map(Value::Bool).to_vec(),
        Type::Decimal | Type::Uuid | Type::Date => Vec::new(),
    };
    values.retain(|value| fits(column, value));
    if column.nullable {
        values.push(Value::Null);
    }
    values
}

fn fits(column: &Column, value: &Value) -> bool {
    match value {
        Value::Text(text) => {
            column.max_length.is_none_or(|most| text.chars().count() <= most as usize)
                && (column.allowed.is_empty() || column.allowed.contains(&text.as_str()))
        }
        Value::Int(number) => {
            column.range.is_none_or(|(least, most)| (least..=most).contains(number))
        }
        _ => true,
    }
}

/// What tells one token's texts from another's.
fn marks(token: u64) -> Vec<String> {
    let hex = format!("{token:016x}");
    let (digits, part) = (format!("{:010}", token % 10_000_000_000), token >> 16);
    vec![hex.to_uppercase(), hex, digits, format!("{part:012x}")]
}

fn texts(token: u64) -> Vec<String> {
    let (hex, digits) = (format!("{token:016x}"), format!("{:010}", token % 10_000_000_000));
    vec![
        format!("sample-{hex}"),
        format!("sample-{hex}@example.org"),
        format!("+4420{digits}"),
        format!("https://example.org/{hex}"),
        format!("s{hex}"),
        format!("sample.s{hex}"),
        "pt-BR".to_owned(),
        "Europe/Lisbon".to_owned(),
        "2025-03-03".to_owned(),
        "09:30".to_owned(),
        "2025-03-03T09:30:00Z".to_owned(),
        "PT1H".to_owned(),
        "P1M".to_owned(),
        "#1a2b3c".to_owned(),
        "US".to_owned(),
        "USD".to_owned(),
        hex.to_uppercase(),
        digits,
        hex.chars().take(6).collect::<String>().to_uppercase(),
        format!("{hex}{hex}{hex}{hex}"),
        format!("{hex}{hex}/"),
        format!("user:00000000-0000-7000-8000-{:012x}", token >> 16),
        format!("00000000-0000-7000-8000-{:012x}", token >> 16),
        "1".to_owned(),
        "1.0.0".to_owned(),
        "192.0.2.1".to_owned(),
        "example.org".to_owned(),
        "text/plain".to_owned(),
        "{}".to_owned(),
        "FREQ=WEEKLY;BYDAY=MO".to_owned(),
    ]
}

fn json_parts() -> [serde_json::Value; 10] {
    [
        json!({}),
        json!([]),
        json!(""),
        json!("sample"),
        json!(1),
        json!(true),
        json!(null),
        json!(["sample"]),
        json!({ "sample": "sample" }),
        json!({ "sample": 1 }),
    ]
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its shape matters")]
    enum Rule {
        Fixed { most: u32, steps: Vec<Step>, until: Option<bool> },
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Step {
        at: u8,
        name: String,
        how: How,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its shape matters")]
    enum How {
        Slow,
        Fast { times: u8 },
    }

    /// Two runs at the same time add rows to one table of the platform.
    #[test]
    fn what_the_platform_holds_once_is_of_one_run() {
        use lms_core::{kernel::TenantId, record_types};
        let platform = |it: &RecordType| it.schema().ownership == Ownership::Platform;
        for record in record_types().into_iter().filter(platform) {
            let schema = record.schema();
            let drawn = [1, 2].map(|seed| {
                let tenant = TenantId::from_uuid(uuid::Uuid::from_u128(seed.into()));
                Sampler::new(seed, tenant).valid(&record).unwrap().and_then(|mut it| it.pop())
            });
            let [Some(one), Some(two)] = drawn else { continue };
            for unique in &schema.uniques {
                let differs = |column: &&str| {
                    one.value(column).is_null() || one.value(column) != two.value(column)
                };
                assert!(unique.columns.iter().any(differs), "{} {unique:?}", schema.table);
            }
        }
    }

    #[test]
    fn complaints_lead_to_a_document_that_fits() {
        let column = Column::json("rule", false);
        let mut offers = Offers::new(&column, 7, false);
        let mut document = Value::Json(json!("sample").into());
        for _ in 0..300 {
            let Value::Json(part) = &document else { panic!("{document:?}") };
            match part.read::<Rule>() {
                Ok(_) => return,
                Err(error) => {
                    document = offers.next(&column, &document, &error.to_string()).unwrap();
                }
            }
        }
        panic!("no document found");
    }
}
