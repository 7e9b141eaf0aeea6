//! What a store sends, word for word, so that it can be explained, or sent again by others.
use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use lms_core::store::{Row, Schema, StoreError, Type, Value};
use sqlx::{Arguments as _, postgres::PgArguments};

use crate::{
    codec,
    error::BACKEND,
    sql::{Argument, Listing, Sink, Writer},
};

/// One statement as it was sent.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The text, with `$n` for the values.
    pub text: Arc<str>,
    values: Vec<Sent>,
    /// The text with the values written out.
    pub literal: String,
}

/// A value as a program holds it that knows the database and not the library.
#[derive(Clone, Debug)]
enum Sent {
    One(Type, Value),
    Many(Type, Vec<Value>),
    Document(Option<serde_json::Value>),
    Documents(Vec<Option<serde_json::Value>>),
}

impl Recorded {
    /// The values, encoded now by sqlx: documents from trees of values, all else from its type.
    pub fn arguments(&self) -> Result<PgArguments, StoreError> {
        let mut out = PgArguments::default();
        for value in &self.values {
            let done = match value {
                Sent::One(ty, value) => codec::bind(&mut out, Argument::One(*ty, value)),
                Sent::Many(ty, values) => codec::bind(&mut out, Argument::Many(*ty, values)),
                Sent::Document(it) => out.add(it).map_err(refused),
                Sent::Documents(all) => out.add(all).map_err(refused),
            };
            done?;
        }
        Ok(out)
    }
}

fn refused(source: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Backend { backend: BACKEND, source }
}

/// Notes the statements of a store. Clones share the notes.
#[derive(Clone, Debug, Default)]
pub struct Recording(Arc<Mutex<Vec<Recorded>>>);

impl Recording {
    /// The statements recorded since the last call.
    pub fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn note(
        &self,
        text: &Arc<str>,
        write: impl Fn(&mut dyn Sink) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut literal = Literal(Writer::new());
        write(&mut literal)?;
        let mut values = Values(Vec::new());
        write(&mut values)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Recorded {
            text: Arc::clone(text),
            values: values.0,
            literal: literal.0.text,
        });
        Ok(())
    }
}

/// Collects the values.
struct Values(Vec<Sent>);

impl Sink for Values {
    fn text(&mut self, _: &'static str) {}

    fn number(&mut self, _: u32) {}

    fn columns(&mut self, _: &'static Schema, _: Listing) {}

    fn bind(&mut self, argument: Argument<'_>) -> Result<(), StoreError> {
        let many = |ty, values: Vec<Value>| match ty {
            Type::Json => Sent::Documents(values.iter().map(document).collect()),
            ty => Sent::Many(ty, values),
        };
        self.0.push(match argument {
            Argument::One(Type::Json, value) => Sent::Document(document(value)),
            Argument::One(ty, value) => Sent::One(ty, value.clone()),
            Argument::Many(ty, values) => many(ty, values.to_vec()),
            Argument::Column(ty, rows, at) => many(ty, column(rows, at).cloned().collect()),
            Argument::Id(id) => Sent::One(Type::Uuid, Value::Uuid(id)),
            Argument::Ids(ids) => {
                Sent::Many(Type::Uuid, ids.iter().copied().map(Value::Uuid).collect())
            }
            Argument::Number(number) => Sent::One(Type::Int, Value::Int(number)),
            Argument::Text(text) => Sent::One(Type::Text, Value::Text(text.to_owned())),
            Argument::Json(json) => Sent::Document(Some(json.clone())),
        });
        Ok(())
    }
}

fn document(value: &Value) -> Option<serde_json::Value> {
    match value {
        Value::Json(it) => Some(it.document()),
        _ => None,
    }
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
            Argument::Json(json) => one(out, Type::Json, &Value::Json(json.into())),
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
        Value::Json(it) => Some(it.as_str().to_owned()),
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
