//! How the fields of an error become its parameters.
//!
//! `#[derive(DomainError)]` calls `(&&&Param(field)).value()`, and method look-up takes the first of
//! [`BySerde`], [`ByDisplay`] and [`Unknown`] that the field's type allows.

use std::fmt;

use serde::Serialize;
pub use serde_json::Value;

/// A field of an error.
#[derive(Debug)]
pub struct Param<'a, T: ?Sized>(pub &'a T);

/// As serde writes it.
pub trait BySerde {
    /// The value as JSON.
    fn value(&self) -> Value;
}

impl<T: Serialize + ?Sized> BySerde for &&Param<'_, T> {
    fn value(&self) -> Value {
        serde_json::to_value(self.0).unwrap_or_default()
    }
}

/// As a text.
pub trait ByDisplay {
    /// The value as JSON.
    fn value(&self) -> Value;
}

impl<T: fmt::Display + ?Sized> ByDisplay for &Param<'_, T> {
    fn value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Not at all.
pub trait Unknown {
    /// Null.
    fn value(&self) -> Value;
}

impl<T: ?Sized> Unknown for Param<'_, T> {
    fn value(&self) -> Value {
        Value::Null
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    struct Shown;

    impl fmt::Display for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("shown")
        }
    }

    struct Neither;

    #[test]
    #[expect(clippy::needless_borrow, reason = "the borrows choose the way")]
    fn a_field_is_written_as_well_as_its_type_allows() {
        assert_eq!((&&&Param(&7_u32)).value(), Value::from(7));
        assert_eq!((&&&Param("text")).value(), Value::from("text"));
        assert_eq!((&&&Param(&Some(vec!["a"]))).value(), serde_json::json!(["a"]));
        assert_eq!((&&&Param(&Currency::EUR)).value(), Value::from("EUR"));
        assert_eq!((&&&Param(&Shown)).value(), Value::from("shown"));
        assert_eq!((&&&Param(&Neither)).value(), Value::Null);
    }
}
