//! Checking that a value fits its column, on every backend.
use crate::{Column, Row, Schema, StoreError, Value};
use lms_kernel::is_longer;

impl Schema {
    /// The most levels of JSON in an audited record. The trail keeps what changed two levels
    /// deeper, and a reader of JSON goes down 128 levels: a deeper part could be written and never
    /// be read again.
    pub const MAX_JSON_DEPTH: usize = 96;

    /// Refuses a row with a value that its column does not accept: a null, another type, text
    /// that is too long or not in the closed set, a number out of range, a NUL character, JSON
    /// that is nested too deep.
    pub fn check(&self, row: &Row) -> Result<(), StoreError> {
        let table = self.table;
        let levels = if self.audited { Self::MAX_JSON_DEPTH } else { Self::MAX_JSON_DEPTH + 2 };
        for (column, value) in self.columns.iter().zip(&row.0) {
            column.check(value, levels).map_err(|reason| StoreError::InvalidValue {
                table,
                column: column.name,
                reason,
            })?;
        }
        Ok(())
    }
}

impl Column {
    /// The most characters of a text whose column names no limit of its own.
    pub const MAX_TEXT: u32 = 1 << 20;

    fn check(&self, value: &Value, levels: usize) -> Result<(), &'static str> {
        match value {
            Value::Null if !self.nullable => Err("it must not be empty"),
            Value::Null => Ok(()),
            value if value.type_of() != Some(self.ty) => Err("it is of another type"),
            Value::Text(text) if text.contains('\0') => Err("it must not contain a NUL character"),
            Value::Text(text)
                if is_longer(text, self.max_length.unwrap_or(Self::MAX_TEXT) as usize) =>
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
            Value::Json(json) if json.levels() > levels => Err("it is nested too deep"),
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
            assert_eq!(column.check(&value, 2).is_ok(), fits, "{column:?} {value:?}");
        }
    }

    #[test]
    fn text_without_a_limit_of_its_own_has_one_too() {
        let text = Column::of::<String>("t");
        let of = |letter: &str, count: usize| Value::Text(letter.repeat(count));
        let most = Column::MAX_TEXT as usize;
        assert!(text.check(&of("é", most), 2).is_ok());
        assert_eq!(text.check(&of("é", most + 1), 2), Err("it is too long"));
    }

    #[test]
    fn json_that_is_too_deep_to_be_read_again_is_refused() {
        let nested = |levels: usize| {
            let text = format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
            serde_json::from_str::<serde_json::Value>(&text).unwrap()
        };
        let part = Column::json("t", false);
        let most = Schema::MAX_JSON_DEPTH;
        assert!(part.check(&Value::Json(nested(most).into()), most).is_ok());
        let error = part.check(&Value::Json(nested(most + 1).into()), most);
        assert_eq!(error, Err("it is nested too deep"));
        // The trail keeps it two levels deeper, and it is still read.
        let kept = json!({ "part": { "new": nested(most) } });
        assert!(part.check(&Value::Json(kept.clone().into()), most + 2).is_ok());
        assert_eq!(serde_json::from_str::<serde_json::Value>(&kept.to_string()).unwrap(), kept);
    }
}
