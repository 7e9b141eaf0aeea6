//! The steps of adding up a section.

use std::{collections::BTreeMap, ops::Range};

use crate::compiled::{
    accumulate::{
        Units, add_bytes, add_codes, add_counted, add_partial, count_four, count_one, weigh_four,
        weigh_one,
    },
    outcome::Paying,
    prepare::{Codes, Prepared},
};
use lms_kernel::NumberError;

/// A column and the one code in it that earns something.
type Keyed<'b> = (&'b [u8], u8);

/// One step of adding up a section.
pub(super) enum Adder<'b, U> {
    /// Columns of which one key each earns the same units.
    Keys { columns: Vec<Keyed<'b>>, units: U },
    /// Columns of which one key each earns units of its own; all of them together fit 16 bits.
    Weighted { columns: Vec<(Keyed<'b>, i16)> },
    /// A column of bytes.
    Bytes { cells: &'b [u8], table: Box<[U; 256]> },
    /// A column of codes.
    Wide { cells: &'b [u32], table: Vec<U> },
}

/// Where steps keep what they have not added yet. It is empty between two steps.
pub(super) struct Scratch {
    counts: Vec<u8>,
    partial: Vec<i16>,
}

impl Scratch {
    /// Room for so many attempts at a time.
    pub(super) fn for_attempts(count: usize) -> Self {
        Self { counts: vec![0; count], partial: vec![0; count] }
    }
}

/// From how many columns on it pays to count those that earn the same.
const WORTH_COUNTING: usize = 3;

impl<'b, U: Units> Adder<'b, U> {
    pub(super) fn for_columns(
        columns: &'b [Prepared<'b>],
        unit: i64,
    ) -> Result<Vec<Self>, NumberError> {
        let mut out: Vec<Self> = Vec::new();
        let mut keys: BTreeMap<i64, Vec<Keyed<'b>>> = BTreeMap::new();
        for column in columns {
            match (&column.codes, column.paying(unit)?) {
                (Codes::Bytes(_), Paying::None) => {}
                (Codes::Bytes(cells), Paying::One(key, paid)) => {
                    keys.entry(paid).or_default().push((cells, key));
                }
                (Codes::Bytes(cells), Paying::Several) => {
                    let mut table = Box::new([U::default(); 256]);
                    for (to, from) in table.iter_mut().zip(column.units(unit)?) {
                        *to = U::of(from);
                    }
                    out.push(Self::Bytes { cells, table });
                }
                (Codes::Wide(cells), _) => {
                    let table = column.units(unit)?.into_iter().map(U::of).collect();
                    out.push(Self::Wide { cells, table });
                }
            }
        }
        Self::add_keys(keys, &mut out);
        Ok(out)
    }

    fn add_keys(keys: BTreeMap<i64, Vec<Keyed<'b>>>, out: &mut Vec<Self>) {
        let (mut weighted, mut room) = (Vec::new(), i16::MAX.unsigned_abs());
        for (units, columns) in keys {
            let weight = i16::try_from(units).ok().filter(|_| columns.len() < WORTH_COUNTING);
            let Some(weight) = weight else {
                // A byte counts to 255, so no group is larger.
                for columns in columns.chunks(255) {
                    out.push(Self::Keys { columns: columns.to_vec(), units: U::of(units) });
                }
                continue;
            };
            for column in columns {
                room = match room.checked_sub(weight.unsigned_abs()) {
                    Some(left) => left,
                    None => {
                        out.push(Self::Weighted { columns: std::mem::take(&mut weighted) });
                        i16::MAX.unsigned_abs().saturating_sub(weight.unsigned_abs())
                    }
                };
                weighted.push((column, weight));
            }
        }
        if !weighted.is_empty() {
            out.push(Self::Weighted { columns: weighted });
        }
    }

    pub(super) fn add(&self, block: Range<usize>, sums: &mut [U], scratch: &mut Scratch) {
        let cells = |column: &'b [u8]| column.get(block.clone()).unwrap_or_default();
        match self {
            Self::Keys { columns, units } => {
                let counts = scratch.counts.get_mut(..block.len()).unwrap_or_default();
                let (fours, rest) = columns.as_chunks::<4>();
                for four in fours {
                    count_four(counts, four.map(|it| cells(it.0)), four.map(|it| it.1));
                }
                for (column, key) in rest {
                    count_one(counts, cells(column), *key);
                }
                add_counted(sums, counts, *units);
            }
            Self::Weighted { columns } => {
                let partial = scratch.partial.get_mut(..block.len()).unwrap_or_default();
                let (fours, rest) = columns.as_chunks::<4>();
                for four in fours {
                    let keys = four.map(|((_, key), weight)| (key, weight));
                    weigh_four(partial, four.map(|it| cells(it.0.0)), keys);
                }
                for ((column, key), weight) in rest {
                    weigh_one(partial, cells(column), (*key, *weight));
                }
                add_partial(sums, partial);
            }
            Self::Bytes { cells: column, table } => add_bytes(sums, cells(column), table),
            Self::Wide { cells, table } => {
                add_codes(sums, cells.get(block).unwrap_or_default(), table);
            }
        }
    }
}
