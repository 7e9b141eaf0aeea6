//! Permissions in a record: their keys, as text.
use crate::{Field, FieldError, Type, Value};
use lms_kernel::{Permission, PermissionPattern};

macro_rules! key_column {
    ($name:ident, $max:expr) => {
        impl Field for $name {
            const TYPE: Type = Type::Text;
            const MAX_LENGTH: Option<u32> = Some($max);
            fn to_value(&self) -> Value {
                Value::Text(self.as_str().to_owned())
            }
            fn from_value(value: Value) -> Result<Self, FieldError> {
                let text = String::from_value(value)?;
                Self::new(text).map_err(|e| FieldError::invalid(stringify!($name), e))
            }
        }
    };
}

key_column!(Permission, 100);
key_column!(PermissionPattern, 102);
