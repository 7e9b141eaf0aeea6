//! Values at the limits of what a column holds.
use chrono::NaiveDate;
use lms_core::{
    kernel::Timestamp,
    store::{Column, Schema, Type, Value},
};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::{Sample, Sampler, values::is_currency};
use crate::Outcome;

/// The longest text that a sample gives to a column without a limit, in characters.
const LONG: usize = 10_000;

/// The longest text that a sample gives to a column that an index covers.
const LONG_INDEXED: usize = 255;

impl Sampler {
    /// Samples that take the columns of `schema`, except its bookkeeping and references, through
    /// their limits. The rows they refer to come first; the others are independent and may repeat
    /// unique values.
    ///
    /// # Errors
    /// As [`Sampler::sample`].
    pub fn extremes(&mut self, schema: &'static Schema) -> Outcome<(Vec<Sample>, Vec<Sample>)> {
        let mut parents = self.sample(schema)?;
        let Some(base) = parents.pop() else { return Ok((parents, Vec::new())) };
        let limits: Vec<_> =
            schema.columns.iter().map(|column| (column.name, limits(schema, column))).collect();
        let most = limits.iter().map(|(_, values)| values.len()).max().unwrap_or_default();
        let rows = (0..most).map(|round| {
            let mut sample = base.clone();
            sample.row.set(schema, Schema::ID, self.id_like(&base));
            for (column, values) in &limits {
                if let Some(value) = values.get(round.checked_rem(values.len()).unwrap_or(0)) {
                    sample.row.set(schema, column, value.clone());
                }
            }
            super::values::pair_money(schema, &mut sample.row);
            sample
        });
        let rows = rows.collect();
        Ok((parents, rows))
    }

    fn id_like(&mut self, base: &Sample) -> Value {
        let is_tenant = base.schema.tenant_position() == Some(0);
        if is_tenant { Value::Uuid(base.id()) } else { Value::Uuid(self.numbers.uuid()) }
    }
}

/// The values at the limits of a column; none where the column is not free.
fn limits(schema: &Schema, column: &Column) -> Vec<Value> {
    let bookkeeping = ["id", "tenant_id", "version", "deleted_at"];
    if bookkeeping.contains(&column.name) || column.references.is_some() {
        return Vec::new();
    }
    let mut values = match column.ty {
        Type::Bool => vec![Value::Bool(true), Value::Bool(false)],
        Type::Int => {
            let (least, most) = column.range.unwrap_or((i64::MIN, i64::MAX));
            let between = [0, 1, -1].into_iter().filter(|it| (least..=most).contains(it));
            [least, most].into_iter().chain(between).map(Value::Int).collect()
        }
        Type::Decimal => decimals(),
        Type::Text if !column.allowed.is_empty() => {
            column.allowed.iter().map(|it| Value::Text((*it).to_owned())).collect()
        }
        Type::Text if is_currency(column) => vec![Value::Text("KWD".to_owned())],
        Type::Text => texts(schema, column),
        Type::Uuid => [Uuid::nil(), Uuid::max()].map(Value::Uuid).to_vec(),
        Type::Time => times(),
        Type::Date => dates(),
        Type::Json => json_parts(),
        Type::Bytes => {
            vec![
                Value::Bytes(Box::default()),
                Value::Bytes((0..=255).collect()),
                Value::Bytes(vec![0; 65_536].into()),
            ]
        }
    };
    if column.nullable {
        values.push(Value::Null);
    }
    values
}

fn decimals() -> Vec<Value> {
    let numbers = [
        Decimal::ZERO,
        Decimal::MAX,
        Decimal::MIN,
        Decimal::from_i128_with_scale(1, 28),
        Decimal::from_i128_with_scale(-1_234_567_890_123_456_789_012_345_678, 14),
    ];
    numbers.map(Value::Decimal).to_vec()
}

fn texts(schema: &Schema, column: &Column) -> Vec<Value> {
    let covers = |columns: &[&str]| columns.contains(&column.name);
    let indexed = schema.uniques.iter().any(|it| covers(it.columns))
        || schema.indexes.iter().any(|it| covers(it.columns) || covers(it.covers));
    let longest = if indexed { LONG_INDEXED } else { LONG };
    let most = column.max_length.map_or(longest, |it| (it as usize).min(longest));
    let fill = |unit: &str| unit.chars().cycle().take(most).collect::<String>();
    let texts = [
        String::new(),
        fill("𝄞"),
        fill("e\u{301}"),
        fill("é"),
        fill("שלום مرحبا "),
        fill("' '' \" \\ \\\\ % _ $1 ; -- \n\r\t\u{1}\u{7f}\u{feff}\u{fffd}\u{10ffff}"),
        fill("  "),
    ];
    texts.map(Value::Text).to_vec()
}

fn times() -> Vec<Value> {
    let micros = [-1, 1, 1_740_992_400_123_456];
    let between = micros.into_iter().filter_map(Timestamp::from_micros);
    [Timestamp::MIN, Timestamp::MAX, Timestamp::EPOCH]
        .into_iter()
        .chain(between)
        .map(Value::Time)
        .collect()
}

fn dates() -> Vec<Value> {
    let days = [(1, 1, 1), (9999, 12, 31), (2024, 2, 29), (1969, 12, 31)];
    days.into_iter()
        .filter_map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day))
        .map(Value::Date)
        .collect()
}

fn json_parts() -> Vec<Value> {
    let deep = (0..30).fold(json!("deep"), |inner, _| json!([{ "in": inner }]));
    let parts = [
        json!({}),
        json!([]),
        json!(""),
        json!(false),
        json!(null),
        json!({ "least": i64::MIN, "most": u64::MAX, "half": 0.5, "tenth": 0.1, "one": 1.0 }),
        json!({ "": null, "𝄞": ["e\u{301}", "é", "\u{1}\"\\/'"], "nested": [[], [[]], {}] }),
        deep,
    ];
    parts.map(|it| Value::Json(it.into())).to_vec()
}
