//! The tables, rows and values that the numbers of a program select.
use chrono::{Days, NaiveDate};
use lms_core::{
    content::Category,
    kernel::{TenantId, Timestamp},
    outbox::Message,
    store::{Column, Expr, IdempotencyRecord, Op, Record as _, Related, Row, Schema, Type, Value},
};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::program::{Chosen, Condition};

/// How many rows a table may have in one tenant.
const ROWS: u8 = 8;

/// How many values a column may have.
const VALUES: u8 = 7;

/// Which rows and values one transaction may touch, so that two do not touch the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of them.
    Whole,
    /// Every second, from the first or the second.
    Half(bool),
}

impl Part {
    /// The number, brought into this part.
    fn within(self, number: u8, count: u8) -> u8 {
        match self {
            Self::Whole => number % count,
            Self::Half(odd) => number % (count / 2) * 2 + u8::from(odd),
        }
    }

    pub(super) fn row(self, row: u8) -> u8 {
        self.within(row, ROWS)
    }

    fn value(self, value: u8) -> u8 {
        self.within(value, VALUES - 1)
    }

    fn rows(self) -> impl Iterator<Item = u8> {
        (0..ROWS).filter(move |it| self.row(*it) == *it || self == Self::Whole).filter(move |it| {
            match self {
                Self::Whole => true,
                Self::Half(odd) => (it % 2 == 1) == odd,
            }
        })
    }
}

/// The tables: a unique key that stays reserved, a log, and a tree with soft deletes.
pub(super) fn schema(table: u8) -> &'static Schema {
    match table % 3 {
        0 => IdempotencyRecord::schema(),
        1 => Message::schema(),
        _ => Category::schema(),
    }
}

pub(super) fn tables() -> [&'static Schema; 3] {
    [0, 1, 2].map(schema)
}

/// The id of a row, the same in every run; rows of different tables may share it.
pub(super) fn id(row: u8) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0100 + u128::from(row))
}

/// The row with those values, at its first version.
pub(super) fn row(tenant: TenantId, chosen: Chosen, part: Part) -> Row {
    let schema = schema(chosen.table);
    let of = |(at, column): (usize, &Column)| {
        // Columns take different values from one number, so that rows are alike in some of them.
        let spread = u8::try_from(at).unwrap_or_default().wrapping_mul(chosen.values / VALUES);
        value(column, part.value(chosen.values.wrapping_add(spread)), part)
    };
    let mut row = Row(schema.columns.iter().enumerate().map(of).collect());
    let unique = |column: &&Column| schema.uniques.iter().any(|it| it.columns == [column.name]);
    for column in schema.columns.iter().filter(unique) {
        row.set(schema, column.name, value(column, part.value(chosen.values), part));
    }
    row.set(schema, Schema::ID, Value::Uuid(id(part.row(chosen.row))));
    row.set(schema, "tenant_id", Value::Uuid(tenant.uuid()));
    row.set(schema, "version", Value::Int(1));
    row.set(schema, "deleted_at", Value::Null);
    row
}

/// One of the values of a column.
pub(super) fn value(column: &Column, number: u8, part: Part) -> Value {
    let (number, small) = (usize::from(number), i64::from(number));
    if column.nullable && (number == 0 || number < 3 && column.references.is_some()) {
        return Value::Null;
    }
    if let Some(text) = column.allowed.get(number.checked_rem(column.allowed.len()).unwrap_or(0)) {
        return Value::Text((*text).to_owned());
    }
    const TEXTS: [&str; 7] = ["", "a", "A", "a%", "a_b\\", "é", "b 漢"];
    match column.ty {
        Type::Bool => Value::Bool(number.is_multiple_of(2)),
        Type::Int => Value::Int(column.range.map_or(-2, |(least, _)| least.max(-2)) + small),
        Type::Decimal => Value::Decimal(Decimal::new(small - 2, 2)),
        Type::Text => {
            let text = TEXTS.get(number).copied().unwrap_or_default();
            Value::Text(text.chars().take(column.max_length.unwrap_or(9) as usize).collect())
        }
        Type::Uuid => Value::Uuid(id(part.row(u8::try_from(number).unwrap_or_default()))),
        Type::Time => {
            let micros = 1_740_992_400_000_000 + small * 1_000_001;
            Value::Time(Timestamp::from_micros(micros).unwrap_or(Timestamp::EPOCH))
        }
        Type::Date => {
            let days = Days::new(u64::try_from(small).unwrap_or_default());
            Value::Date(NaiveDate::default().checked_add_days(days).unwrap_or_default())
        }
        Type::Json => Value::Json(document(number).into()),
        Type::Bytes => Value::Bytes(vec![7; number].into()),
    }
}

fn document(number: usize) -> Json {
    match number {
        0 => json!({}),
        1 => json!({ "a": 1 }),
        2 => json!({ "a": [1, 2, { "b": null }] }),
        3 => json!(["a", 1]),
        4 => json!("a"),
        5 => json!({ "a": { "b": "é" }, "c": true }),
        _ => json!(null),
    }
}

/// The rows that are there before a program starts: three of each table, the third a child of the
/// first.
pub(super) fn first_rows(tenant: TenantId, table: u8) -> Vec<Row> {
    let chosen = |row| Chosen { table, row, values: row };
    let mut rows: Vec<Row> = (0..3).map(|it| self::row(tenant, chosen(it), Part::Whole)).collect();
    let schema = schema(table);
    for column in schema.columns.iter().filter(|it| it.references.is_some()) {
        rows.iter_mut().for_each(|it| it.set(schema, column.name, Value::Null));
        rows.iter_mut().skip(2).for_each(|it| it.set(schema, column.name, Value::Uuid(id(0))));
    }
    rows
}

/// The columns that a condition may speak of: all but the tenant's.
fn columns(schema: &'static Schema) -> Vec<&'static Column> {
    schema.columns.iter().filter(|it| it.name != "tenant_id").collect()
}

/// One of those items, modulo how many there are.
pub(super) fn one_of<T: Copy>(items: &[T], number: u8) -> Option<T> {
    items.get(usize::from(number).checked_rem(items.len())?).copied()
}

/// The condition, about the rows of one part only.
pub(super) fn filter(schema: &'static Schema, condition: &Condition, part: Part) -> Option<Expr> {
    let wanted = expression(schema, condition, part);
    match part {
        Part::Whole => wanted,
        Part::Half(_) => {
            let own = Expr::In(Schema::ID, part.rows().map(|it| Value::Uuid(id(it))).collect());
            Some(Expr::All([Some(own), wanted].into_iter().flatten().collect()))
        }
    }
}

fn expression(schema: &'static Schema, condition: &Condition, part: Part) -> Option<Expr> {
    let all = columns(schema);
    let of_type =
        |ty: Type| -> Vec<&Column> { all.iter().copied().filter(|it| it.ty == ty).collect() };
    let scalar: Vec<&Column> = all.iter().copied().filter(|it| it.ty != Type::Json).collect();
    let each = |parts: &[Condition]| {
        parts.iter().filter_map(|it| expression(schema, it, part)).collect::<Vec<_>>()
    };
    Some(match condition {
        Condition::Compare(column, op, number) => {
            let column = one_of(&scalar, *column)?;
            let ops = [Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge];
            Expr::Compare(column.name, one_of(&ops, *op)?, value(column, *number, part))
        }
        Condition::In(column, numbers, null) => {
            let column = one_of(&scalar, *column)?;
            let mut values: Vec<_> = numbers.iter().map(|it| value(column, *it, part)).collect();
            values.extend(null.then_some(Value::Null));
            Expr::In(column.name, values)
        }
        Condition::IsNull(column) => Expr::IsNull(one_of(&all, *column)?.name),
        Condition::Like(column, number, most, prefix) => {
            let column = one_of(&of_type(Type::Text), *column)?;
            let Value::Text(text) = value(column, *number, part) else { return None };
            let text: String = text.chars().take(usize::from(*most)).collect();
            let like = if *prefix { Expr::Prefix } else { Expr::Contains };
            like(column.name, text)
        }
        Condition::JsonContains(column, number) => {
            let column = one_of(&of_type(Type::Json), *column)?;
            Expr::JsonContains(column.name, document(usize::from(*number)))
        }
        Condition::Related(column, table, inner) => {
            // Another's rows may be open in a transaction beside this one.
            if part != Part::Whole {
                return None;
            }
            let other = self::schema(*table);
            let filter = match inner {
                Some(inner) => expression(other, inner, part),
                None => None,
            };
            Expr::Related(Box::new(Related {
                column: one_of(&of_type(Type::Uuid), *column)?.name,
                schema: other,
                target: Schema::ID,
                filter,
            }))
        }
        Condition::All(parts) => Expr::All(each(parts)),
        Condition::Any(parts) => Expr::Any(each(parts)),
        Condition::Not(inner) => Expr::Not(Box::new(expression(schema, inner, part)?)),
    })
}
