//! What a store sends, word for word, so that it can be explained, or sent again by others.
use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use lms_core::store::{Row, Schema, StoreError, Type, Value};
use sqlx::{
    Column as _, Row as _, TypeInfo as _,
    postgres::{PgArguments, PgRow},
};

use crate::codec;
use crate::sql::{Argument, Listing, Sink, Writer};

/// One statement as it was sent.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The text, with `$n` for the values.
    pub text: Arc<str>,
    /// The values.
    pub arguments: PgArguments,
    /// The text with the values written out.
    pub literal: String,
}

/// Notes the statements of a store. Clones share the notes.
#[derive(Clone, Debug, Default)]
pub struct Recording(Arc<Mutex<Vec<Recorded>>>);

impl Recording {
    /// What was noted since the last time.
    pub fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn note(
        &self,
        text: &Arc<str>,
        arguments: &PgArguments,
        write: impl Fn(&mut dyn Sink) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut literal = Literal(Writer::new());
        write(&mut literal)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Recorded {
            text: Arc::clone(text),
            arguments: arguments.clone(),
            literal: literal.0.text,
        });
        Ok(())
    }
}

/// The values of a row by the types that the server names, as anybody reads them who knows what
/// columns to expect.
pub fn decode(row: &PgRow) -> Result<Vec<Value>, sqlx::Error> {
    let columns = row.columns().iter().enumerate();
    columns
        .map(|(at, column)| {
            let ty = match column.type_info().name() {
                "BOOL" => Type::Bool,
                "INT8" => Type::Int,
                "NUMERIC" => Type::Decimal,
                "UUID" => Type::Uuid,
                "TIMESTAMPTZ" => Type::Time,
                "DATE" => Type::Date,
                "JSONB" => Type::Json,
                "BYTEA" => Type::Bytes,
                _ => Type::Text,
            };
            codec::value(row, at, ty)
        })
        .collect()
}

/// Writes the values into the text. For tests: it quotes, but nothing vouches for it.
struct Literal(Writer);

impl Sink for Literal {
    fn text(&mut self, text: &'static str) {
        self.0.text(text);
    }

    fn number(&mut self, number: u32) {
        self.0.number(number);
    }

    fn columns(&mut self, schema: &'static Schema, listing: Listing) {
        self.0.columns(schema, listing);
    }

    fn bind(&mut self, argument: Argument<'_>) -> Result<(), StoreError> {
        let out = &mut self.0.text;
        match argument {
            Argument::One(ty, value) => one(out, ty, value),
            Argument::Many(ty, values) => array(out, ty, values.iter()),
            Argument::Column(ty, rows, at) => array(out, ty, column(rows, at)),
            Argument::Id(id) => one(out, Type::Uuid, &Value::Uuid(id)),
            Argument::Ids(ids) => {
                let ids: Vec<_> = ids.iter().copied().map(Value::Uuid).collect();
                array(out, Type::Uuid, ids.iter());
            }
            Argument::Number(number) => one(out, Type::Int, &Value::Int(number)),
            Argument::Text(text) => one(out, Type::Text, &Value::Text(text.to_owned())),
            Argument::Json(json) => one(out, Type::Json, &Value::Json(json.clone())),
        }
        Ok(())
    }
}

fn column(rows: &[Row], at: usize) -> impl Iterator<Item = &Value> {
    rows.iter().map(move |row| row.0.get(at).unwrap_or(&Value::Null))
}

fn one(out: &mut String, ty: Type, value: &Value) {
    let text = match value {
        Value::Null => None,
        Value::Bool(it) => Some(it.to_string()),
        Value::Int(it) => Some(it.to_string()),
        Value::Decimal(it) => Some(it.to_string()),
        Value::Text(it) => Some(it.clone()),
        Value::Uuid(it) => Some(it.to_string()),
        Value::Time(it) => Some(it.to_string()),
        Value::Date(it) => Some(it.to_string()),
        Value::Json(it) => Some(it.to_string()),
        Value::Bytes(it) => {
            Some(it.iter().fold("\\x".to_owned(), |text, byte| format!("{text}{byte:02x}")))
        }
    };
    let name = name(ty);
    let _ = match text {
        None => write!(out, "NULL::{name}"),
        Some(text) => write!(out, "'{}'::{name}", text.replace('\'', "''")),
    };
}

fn array<'v>(out: &mut String, ty: Type, values: impl Iterator<Item = &'v Value>) {
    out.push_str("ARRAY[");
    for (at, value) in values.enumerate() {
        out.push_str(if at == 0 { "" } else { ", " });
        one(out, ty, value);
    }
    let _ = write!(out, "]::{}[]", name(ty));
}

fn name(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::Int => "int8",
        Type::Decimal => "numeric",
        Type::Text => "text",
        Type::Uuid => "uuid",
        Type::Time => "timestamptz",
        Type::Date => "date",
        Type::Json => "jsonb",
        Type::Bytes => "bytea",
    }
}
