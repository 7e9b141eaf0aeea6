//! Rows that mean a record, found by asking the record type.
use std::collections::HashMap;

use lms_core::{
    kernel::Timestamp,
    store::{Column, RecordType, Row, StoreError, Type, Value},
};
use serde_json::json;

use super::{Sample, Sampler};
use crate::Outcome;

/// How many rows are drawn before a record type counts as not met.
const ROWS: usize = 24;

/// How often one row is mended.
const MENDS: usize = 200;

impl Sampler {
    /// A row that means a record, last, after the rows that it refers to; nothing when no row
    /// drawn was accepted.
    ///
    /// Where the domain type wants more than the column says (a slug, an address, a language), the
    /// sampler offers such texts until the type accepts one. The row is in the record's own
    /// spelling.
    ///
    /// # Errors
    /// As [`Sampler::sample`]; and when the record type refuses a row in any other way than by
    /// naming its table and column.
    pub fn valid(&mut self, record: &RecordType) -> Outcome<Option<Vec<Sample>>> {
        for _ in 0..ROWS {
            let mut made = self.sample(record.schema())?;
            let Some(drawn) = made.pop() else { break };
            match self.mend(record, drawn.row) {
                Ok(row) => {
                    made.push(Sample { schema: record.schema(), row });
                    return Ok(Some(made));
                }
                Err(StoreError::Corrupt { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(None)
    }

    /// Offers other values for the columns that the record type refuses, until it accepts all.
    fn mend(&mut self, record: &RecordType, mut row: Row) -> Result<Row, StoreError> {
        let schema = record.schema();
        let token = self.numbers.next();
        let mut offered: HashMap<&'static str, usize> = HashMap::new();
        for _ in 0..MENDS {
            let error = match record.through_domain(row.clone()) {
                Ok(settled) => return Ok(settled),
                Err(error) => error,
            };
            let StoreError::Corrupt { column: name, .. } = error else { return Err(error) };
            let Some(column) = schema.column(name) else { return Err(error) };
            let turn = offered.entry(name).or_default();
            match offers(column, token).into_iter().nth(*turn) {
                Some(value) => row.set(schema, name, value),
                None => return Err(error),
            }
            *turn += 1;
        }
        record.through_domain(row)
    }
}

/// Values that a domain type may want in such a column, likeliest first.
fn offers(column: &Column, token: u64) -> Vec<Value> {
    let mut values: Vec<Value> = match column.ty {
        Type::Text => texts(token).into_iter().map(Value::Text).collect(),
        Type::Int => [1, 0, 2, 10, 60, 100, 1_000, 10_000, 1_000_000].map(Value::Int).to_vec(),
        Type::Json => json_parts().map(Value::Json).to_vec(),
        Type::Time => [Timestamp::EPOCH, Timestamp::MAX].map(Value::Time).to_vec(),
        Type::Bytes => [16, 32, 64].map(|length| Value::Bytes(vec![7; length])).to_vec(),
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
