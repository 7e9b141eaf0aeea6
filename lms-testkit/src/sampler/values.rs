//! One value that fits a column.
use chrono::{Days, NaiveDate};
use lms_core::{
    kernel::Timestamp,
    store::{Column, Row, Schema, Type, Value},
};
use rust_decimal::Decimal;
use serde_json::json;

use super::Sampler;

/// Letters that are easily lost: other scripts, quotes, wildcards, and one beyond 16 bits.
const AWKWARD: &str = "Ünï 漢字 '\" \\ %_ 𝄞 ";

/// Currencies with two, no and three decimals.
const CURRENCIES: [&str; 5] = ["USD", "EUR", "IDR", "JPY", "KWD"];

impl Sampler {
    /// A plausible value for a column that refers to nothing.
    pub(super) fn value(&mut self, column: &Column) -> Value {
        let n = self.numbers.next();
        if !column.allowed.is_empty() {
            let text = self.numbers.pick(column.allowed).copied().unwrap_or_default();
            return Value::Text(text.to_owned());
        }
        let small = i64::try_from(n >> 32).unwrap_or_default();
        match column.ty {
            Type::Bool => Value::Bool(n.is_multiple_of(2)),
            Type::Int => Value::Int(whole(column, n)),
            Type::Decimal => Value::Decimal(Decimal::new(small, 4)),
            Type::Text if is_currency(column) => {
                Value::Text((*self.numbers.pick(&CURRENCIES).unwrap_or(&"USD")).to_owned())
            }
            Type::Text => Value::Text(text(column, n)),
            Type::Uuid => Value::Uuid(self.numbers.uuid()),
            Type::Time => {
                let micros = i64::try_from(n % 4_000_000_000_000_000).unwrap_or_default();
                Value::Time(Timestamp::from_micros(micros).unwrap_or(Timestamp::EPOCH))
            }
            Type::Date => Value::Date(
                NaiveDate::default().checked_add_days(Days::new(n % 40_000)).unwrap_or_default(),
            ),
            Type::Json => {
                let deep = json!({ "b": true, "a": {} });
                Value::Json(json!({ "n": small, "list": [1, null, "é"], "deep": deep }).into())
            }
            Type::Bytes => Value::Bytes(n.to_be_bytes().into()),
        }
    }
}

/// Whether the column holds the currency of an amount.
pub(super) fn is_currency(column: &Column) -> bool {
    column.ty == Type::Text && column.max_length == Some(3) && column.name.ends_with("currency")
}

/// An amount and its currency are both there or both missing.
pub(super) fn pair_money(schema: &Schema, row: &mut Row) {
    for column in schema.columns.iter().filter(|it| is_currency(it)) {
        let amount = match column.name.strip_suffix("currency") {
            Some(prefix) => format!("{prefix}minor"),
            None => continue,
        };
        if schema.position(&amount).is_none() {
            continue;
        }
        if schema.value(row, &amount).is_null() || schema.value(row, column.name).is_null() {
            if schema.column(&amount).is_some_and(|it| it.nullable) {
                row.set(schema, &amount, Value::Null);
            }
            if column.nullable {
                row.set(schema, column.name, Value::Null);
            }
        }
    }
}

fn whole(column: &Column, n: u64) -> i64 {
    let (least, most) = column.range.unwrap_or((-1_000_000_000_000, 1_000_000_000_000));
    let most = if n.is_multiple_of(2) { most.min(least.saturating_add(100)) } else { most };
    let span = i128::from(most) - i128::from(least) + 1;
    let within = i128::from(least) + i128::from(n >> 1) % span.max(1);
    i64::try_from(within).unwrap_or(least)
}

fn text(column: &Column, n: u64) -> String {
    let most = column.max_length.map_or(usize::MAX, |it| it as usize);
    let number = format!("{n:016x}");
    if most < AWKWARD.chars().count() + number.len() {
        return number.chars().rev().take(most).collect();
    }
    format!("{AWKWARD}{number}")
}
