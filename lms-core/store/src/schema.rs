//! JSON Schemas of a cursor and of documents.
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::{Cursor, JsonText};

lms_kernel::text_schema! {
    Cursor, "Where the next page starts, as the page before says it.",
        "5b226964222c66616c73652c7b2275756964223a2230313930303030302d303030302d373030302d383030302d303030303030303030303033227d2c2230313930303030302d303030302d373030302d383030302d303030303030303030303033225d",
        "pattern" = "^[0-9a-f]+$";
}

impl JsonSchema for JsonText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Json".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}
