//! JSON Schemas of the values that travel as a text or as a number.
//!
//! Each says the form that serde reads and writes, and an example that is one.
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::{
    Actor, ActorId, BigRatio, Currency, EmailAddress, EntityKind, EntityRef, ErrorKind, Id,
    LanguageTag, Link, LocalDate, LocalDateTime, Metadata, Money, Percent, Permission,
    PermissionPattern, PhoneNumber, Points, Ratio, RequestId, Rounding, Slug, TenantId, TimeRange,
    TimeZone, Timestamp, Title,
};

/// Writes the schema of a type that travels as a text: what it is, an example, and further
/// keywords such as `pattern`.
#[doc(hidden)]
#[macro_export]
macro_rules! text_schema {
    ($($type:ident, $about:literal, $example:literal $(, $key:literal = $value:expr)*;)+) => {$(
        impl $crate::schemars::JsonSchema for $type {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(
                _: &mut $crate::schemars::SchemaGenerator,
            ) -> $crate::schemars::Schema {
                $crate::schemars::json_schema!({
                    "type": "string",
                    "description": $about,
                    "examples": [$example],
                    $($key: $value,)*
                })
            }
        }
    )+};
}

const UUID: &str = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$";

text_schema! {
    TenantId, "The id of a tenant.", "01900000-0000-7000-8000-000000000001", "pattern" = UUID;
    ActorId, "The id of a login or an integration.", "01900000-0000-7000-8000-000000000002",
        "pattern" = UUID;
    Actor, "Who acts: `user:<id>`, `system:<name>` or `anonymous`.", "anonymous";
    EntityKind, "The kind of a record, in snake case.", "course", "pattern" = "^[a-z0-9_]+$";
    EntityRef, "A record: its kind and its id.", "course:01900000-0000-7000-8000-000000000003",
        "pattern" = "^[a-z0-9_]+:[0-9A-Fa-f-]{36}$";
    Timestamp, "An instant, as in RFC 3339.", "2026-03-02T09:00:00Z", "format" = "date-time";
    LocalDate, "A day in the years 0001 to 9999.", "2026-03-02", "format" = "date";
    LocalDateTime, "A local time without a zone.", "2026-03-02T09:00:00",
        "pattern" = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}";
    TimeZone, "A time zone of the IANA database.", "Asia/Tashkent";
    Currency, "A currency of ISO 4217.", "EUR", "pattern" = "^[A-Z]{3}$";
    Ratio, "An exact fraction.", "3/4", "pattern" = "^-?[0-9]+(/[0-9]+)?$";
    BigRatio, "An exact fraction of any size.", "3/4", "pattern" = "^-?[0-9]+(/[0-9]+)?$";
    EmailAddress, "An e-mail address.", "ada@school.example", "format" = "email";
    LanguageTag, "A language, as in BCP 47.", "en";
    Link, "An address of the web.", "https://school.example/a", "format" = "uri";
    PhoneNumber, "A phone number, as in E.164.", "+12025550123", "pattern" = r"^\+[0-9]+$";
    RequestId, "The id of a request of the host.", "request-1";
    Slug, "A name in addresses: lower case, digits and hyphens.", "algebra-1";
    Title, "A line of text that is not empty.", "Algebra 1", "minLength" = 1;
    Permission, "A permission.", "courses.manage", "pattern" = r"^[a-z0-9_]+(\.[a-z0-9_]+)+$";
    PermissionPattern, "A permission, all of an area as `courses.*`, or `*`.", "courses.*";
}

impl<T> JsonSchema for Id<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "The id of a record.",
            "pattern": UUID,
            "examples": ["01900000-0000-7000-8000-000000000003"],
        })
    }
}

/// Text on output; text or a whole number on input.
macro_rules! decimal_schema {
    ($($type:ident, $about:literal;)+) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let types = match generator.contract().is_deserialize() {
                    true => json!(["string", "integer"]),
                    false => json!("string"),
                };
                json_schema!({
                    "type": types,
                    "description": $about,
                    "pattern": r"^-?[0-9]+(\.[0-9]+)?$",
                    "examples": ["12.5"],
                })
            }
        }
    )+};
}

decimal_schema! {
    Points, "Points or a score, with at most four fraction digits.";
    Percent, "A percentage from 0 to 100, with at most four fraction digits.";
}

macro_rules! names_schema {
    ($($type:ident, $about:literal;)+) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let names: Vec<String> = $type::ALL.iter().map(ToString::to_string).collect();
                json_schema!({ "type": "string", "description": $about, "enum": names })
            }
        }
    )+};
}

names_schema! {
    Rounding, "How a number is rounded.";
    ErrorKind, "The kind of an error.";
}

impl JsonSchema for Money {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let currency = generator.subschema_for::<Currency>();
        json_schema!({
            "type": "object",
            "description": "An amount in the major unit of its currency.",
            "properties": {
                "amount": {
                    "type": "string",
                    "pattern": r"^-?[0-9]+(\.[0-9]+)?$",
                    "examples": ["12.50"],
                },
                "currency": currency,
            },
            "required": ["amount", "currency"],
        })
    }
}

impl JsonSchema for TimeRange {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimeRange".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let time = generator.subschema_for::<Timestamp>();
        json_schema!({
            "type": "object",
            "description": "A span of time: from `start` up to, not including, `end`.",
            "properties": { "start": time, "end": time },
            "required": ["start", "end"],
            "examples": [{ "start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z" }],
        })
    }
}

impl JsonSchema for Metadata {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Metadata".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "Values of the host, by name.",
            "examples": [{ "room": "B12" }],
        })
    }
}
