//! The JSON Schemas of what operations take and answer, behind the feature `schema`.
#[cfg(feature = "schema")]
use schemars::{JsonSchema, Schema, generate::SchemaSettings};

/// A type whose JSON has a schema. Without the feature `schema`, every type is one.
#[cfg(feature = "schema")]
pub trait Shaped: JsonSchema {}

#[cfg(feature = "schema")]
impl<T: JsonSchema> Shaped for T {}

/// A type whose JSON has a schema. Without the feature `schema`, every type is one.
#[cfg(not(feature = "schema"))]
pub trait Shaped {}

#[cfg(not(feature = "schema"))]
impl<T> Shaped for T {}

/// Makes a schema on demand.
#[cfg(feature = "schema")]
pub(crate) type MakeSchema = fn() -> Schema;

/// The schema of what is read as a `T`.
#[cfg(feature = "schema")]
pub(super) fn read_schema<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>()
}

/// The schema of how a `T` is written.
#[cfg(feature = "schema")]
pub(crate) fn written_schema<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}
