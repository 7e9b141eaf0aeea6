//! The steps of adding up a section.

use std::ops::Range;

use crate::{
    assessment::compiled::{
        accumulate::{Units, add_bytes, add_codes, add_counted, count_four, count_one},
        outcome::in_units,
        prepare::{Codes, Prepared},
    },
    kernel::NumberError,
};

/// A column and the one code in it that earns something.
type Keyed<'b> = (&'b [u8], u8);

/// One step of adding up a section.
pub(super) enum Adder<'b, U> {
    /// Columns of which one key each earns the same units.
    Keys { columns: Vec<Keyed<'b>>, units: U },
    /// A column of bytes.
    Bytes { cells: &'b [u8], table: Box<[U; 256]> },
    /// A column of codes.
    Wide { cells: &'b [u32], table: Vec<U> },
}

impl<'b, U: Units> Adder<'b, U> {
    pub(super) fn for_columns(
        columns: &'b [Prepared<'b>],
        unit: i64,
    ) -> Result<Vec<Self>, NumberError> {
        let mut out: Vec<Self> = Vec::new();
        let mut keys: Vec<(i64, Vec<Keyed<'b>>)> = Vec::new();
        for column in columns {
            let units = column.outcomes.iter().map(|it| in_units(it.earned, unit));
            let units = units.collect::<Result<Vec<i64>, _>>()?;
            match &column.codes {
                Codes::Bytes(cells) => match only_key(&units) {
                    Some(None) => {}
                    Some(Some((key, paid))) => match keys.iter_mut().find(|it| it.0 == paid) {
                        Some((_, group)) => group.push((cells, key)),
                        None => keys.push((paid, vec![(cells, key)])),
                    },
                    None => {
                        let mut table = Box::new([U::default(); 256]);
                        for (to, from) in table.iter_mut().zip(&units) {
                            *to = U::of(*from);
                        }
                        out.push(Self::Bytes { cells, table });
                    }
                },
                Codes::Wide(cells) => {
                    let table = units.iter().map(|it| U::of(*it)).collect();
                    out.push(Self::Wide { cells, table });
                }
            }
        }
        for (units, columns) in keys {
            // A byte counts to 255, so no group is larger.
            for columns in columns.chunks(255) {
                out.push(Self::Keys { columns: columns.to_vec(), units: U::of(units) });
            }
        }
        Ok(out)
    }

    pub(super) fn add(&self, block: Range<usize>, sums: &mut [U], counts: &mut [u8]) {
        match self {
            Self::Keys { columns, units } => {
                let counts = counts.get_mut(..block.len()).unwrap_or_default();
                let cells = |column: &&'b [u8]| column.get(block.clone()).unwrap_or_default();
                let (fours, rest) = columns.as_chunks::<4>();
                for [a, b, c, d] in fours {
                    let keys = [a.1, b.1, c.1, d.1];
                    let columns = [cells(&a.0), cells(&b.0), cells(&c.0), cells(&d.0)];
                    count_four(counts, columns, keys);
                }
                for (column, key) in rest {
                    count_one(counts, cells(column), *key);
                }
                add_counted(sums, counts, *units);
            }
            Self::Bytes { cells, table } => {
                add_bytes(sums, cells.get(block).unwrap_or_default(), table);
            }
            Self::Wide { cells, table } => {
                add_codes(sums, cells.get(block).unwrap_or_default(), table);
            }
        }
    }
}

/// The one code that earns something, with what it earns: `Some(None)` when none does, `None`
/// when several do.
fn only_key(units: &[i64]) -> Option<Option<(u8, i64)>> {
    let mut paying = units.iter().enumerate().filter(|(_, units)| **units != 0);
    match (paying.next(), paying.next()) {
        (None, _) => Some(None),
        (Some((at, units)), None) => Some(Some((u8::try_from(at).ok()?, *units))),
        (Some(_), Some(_)) => None,
    }
}
