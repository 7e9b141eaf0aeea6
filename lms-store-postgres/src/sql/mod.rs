//! Writes SQL. Only names from a [`Schema`](lms_core::store::Schema), fixed fragments, numbers
//! of our own and `$n` ever reach the text; every value travels beside it.
mod condition;
mod insert;
mod scope;
mod select;
mod server;
mod shapes;
mod sink;
mod update;
mod upsert;

pub(crate) use insert::{insert, insert_batches, rows_a_message};
pub(crate) use scope::{begin, enter, require_own};
pub(crate) use select::{count, delete_where, present, select};
pub(crate) use server::Server;
pub(crate) use shapes::{Shapes, Statement, vouched};
pub(crate) use sink::Argument;
#[cfg(feature = "test-server")]
pub(crate) use sink::{Listing, Sink, Writer};
pub(crate) use update::{delete, update_many, update_one};
pub(crate) use upsert::upsert;
