//! Where a statement is written to: once for its values and its shape, and, for a shape that is
//! new, once for its text. Both passes run the same code, so they cannot disagree.
use std::fmt::Write as _;

use lms_core::store::{Row, Schema, StoreError, Type, Value};
use sqlx::{Arguments as _, postgres::PgArguments};
use uuid::Uuid;

use crate::codec;

/// A value that travels beside the text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Argument<'v> {
    /// One value of that type.
    One(Type, &'v Value),
    /// Several values of that type, as an array.
    Many(Type, &'v [Value]),
    /// One column of several rows, as an array.
    Column(Type, &'v [Row], usize),
    /// An id.
    Id(Uuid),
    /// Several ids, as an array.
    Ids(&'v [Uuid]),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(&'v str),
    /// A JSON value.
    Json(&'v serde_json::Value),
}

/// How the columns of a table are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Listing {
    /// `id, tenant_id, …`
    Plain,
    /// `t.id, t.tenant_id, …`
    OfTable,
    /// `n.id, n.tenant_id, …`
    OfNew,
}

pub(crate) trait Sink {
    /// A fixed fragment.
    fn text(&mut self, text: &'static str);
    /// A number that is part of the statement's shape.
    fn number(&mut self, number: u32);
    /// All columns of a table.
    fn columns(&mut self, schema: &'static Schema, listing: Listing);
    /// A value, as the next `$n`.
    fn bind(&mut self, argument: Argument<'_>) -> Result<(), StoreError>;
}

/// For how many values there is room before a statement's values are gathered, and for how many
/// bytes of them.
const USUAL_ARGUMENTS: usize = 24;
const USUAL_BYTES: usize = 512;

/// Collects the values and the fingerprint of the shape.
pub(crate) struct Binder {
    pub(crate) arguments: PgArguments,
    fingerprint: u128,
}

impl Binder {
    pub(crate) fn new() -> Self {
        let mut arguments = PgArguments::default();
        arguments.reserve(USUAL_ARGUMENTS, USUAL_BYTES);
        Self { arguments, fingerprint: 0 }
    }

    /// The same for two statements with the same text, and for them only: it is made of where
    /// the fixed fragments lie and how long they are, in order, and those never change.
    pub(crate) fn fingerprint(&self) -> u128 {
        self.fingerprint
    }

    fn mix(&mut self, word: u64) {
        // The multiplier of PCG's 128-bit generator (O'Neill, HMC-CS-2014-0905): odd, so that no
        // information is lost, with well-spread bits.
        const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;
        let mixed = (self.fingerprint ^ u128::from(word)).wrapping_mul(MULTIPLIER);
        self.fingerprint = mixed.rotate_left(47).wrapping_add(1);
    }
}

impl Sink for Binder {
    fn text(&mut self, text: &'static str) {
        // Addresses have 48 bits at most, so that they and lengths do not meet.
        self.mix(text.as_ptr().addr() as u64 ^ (text.len() as u64).rotate_right(16));
    }

    fn number(&mut self, number: u32) {
        self.mix(u64::from(number) | 1 << 40);
    }

    fn columns(&mut self, schema: &'static Schema, listing: Listing) {
        self.mix(std::ptr::from_ref(schema).addr() as u64);
        self.mix(listing as u64 | 1 << 41);
    }

    fn bind(&mut self, argument: Argument<'_>) -> Result<(), StoreError> {
        self.mix(1 << 42);
        codec::bind(&mut self.arguments, argument)
    }
}

/// Writes the text.
pub(crate) struct Writer {
    pub(crate) text: String,
    bound: usize,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self { text: String::with_capacity(1024), bound: 0 }
    }
}

impl Sink for Writer {
    fn text(&mut self, text: &'static str) {
        self.text.push_str(text);
    }

    fn number(&mut self, number: u32) {
        let _ = write!(self.text, "{number}");
    }

    fn columns(&mut self, schema: &'static Schema, listing: Listing) {
        let prefix = match listing {
            Listing::Plain => "",
            Listing::OfTable => "t.",
            Listing::OfNew => "n.",
        };
        for (at, column) in schema.columns.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            let _ = write!(self.text, "{comma}{prefix}{}", column.name);
        }
    }

    fn bind(&mut self, _: Argument<'_>) -> Result<(), StoreError> {
        self.bound += 1;
        let _ = write!(self.text, "${}", self.bound);
        Ok(())
    }
}
