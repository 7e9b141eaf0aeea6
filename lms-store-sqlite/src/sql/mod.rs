//! Writes SQL. Only names from a [`Schema`](lms_store::Schema), fixed fragments and numbers of
//! our own ever reach the text; every value travels beside it.
mod condition;
mod select;
mod text;
mod write;

pub(crate) use select::{count, delete_where, select};
pub(crate) use text::{Statement, column};
pub(crate) use write::{delete, insert, replace_columns, update};
