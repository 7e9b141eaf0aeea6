//! What a value must be to fit its column, on every backend.
use crate::store::{Column, Row, Schema, StoreError, Value};

impl Schema {
    /// Refuses a row with a value that its column does not accept: a null, another type, text
    /// that is too long or not in the closed set, a number out of range, a NUL character.
    pub fn check(&self, row: &Row) -> Result<(), StoreError> {
        let table = self.table;
        for (column, value) in self.columns.iter().zip(&row.0) {
            column.check(value).map_err(|reason| StoreError::InvalidValue {
                table,
                column: column.name,
                reason,
            })?;
        }
        Ok(())
    }
}

impl Column {
    fn check(&self, value: &Value) -> Result<(), &'static str> {
        match value {
            Value::Null if !self.nullable => Err("it must not be empty"),
            Value::Null => Ok(()),
            value if value.type_of() != Some(self.ty) => Err("it is of another type"),
            Value::Text(text) if text.contains('\0') => Err("it must not contain a NUL character"),
            Value::Text(text)
                if self.max_length.is_some_and(|most| text.chars().count() > most as usize) =>
            {
                Err("it is too long")
            }
            Value::Text(text)
                if !self.allowed.is_empty() && !self.allowed.contains(&text.as_str()) =>
            {
                Err("it is not one of the allowed values")
            }
            Value::Int(number)
                if self.range.is_some_and(|(least, most)| *number < least || *number > most) =>
            {
                Err("it is out of range")
            }
            Value::Json(json) if json.has_nul() => Err("it must not contain a NUL character"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_must_fit_its_column() {
        let text = Column { max_length: Some(2), ..Column::of::<String>("t") };
        let closed = Column { allowed: &["a", "b"], ..Column::of::<String>("t") };
        let optional = Column::of::<Option<u8>>("t");
        let part = Column::json("t", false);
        let of = |it: &str| Value::Text(it.to_owned());
        for (column, value, fits) in [
            (text, of("éé"), true),
            (text, of("abc"), false),
            (text, of("a\0"), false),
            (text, Value::Null, false),
            (text, Value::Int(1), false),
            (closed, of("b"), true),
            (closed, of("c"), false),
            (optional, Value::Null, true),
            (optional, Value::Int(255), true),
            (optional, Value::Int(256), false),
            (optional, Value::Int(-1), false),
            (part, Value::Json(json!({"a": ["b"]}).into()), true),
            (part, Value::Json(json!({"a": ["\0"]}).into()), false),
            (part, Value::Json(json!({"\0": 1}).into()), false),
        ] {
            assert_eq!(column.check(&value).is_ok(), fits, "{column:?} {value:?}");
        }
    }
}
