//! The steps of adding up a section.

use std::ops::Range;

use crate::{
    assessment::compiled::{
        accumulate::{
            Units, add_bytes, add_codes, add_counted, add_four, add_one, count_four, count_one,
        },
        byte_table::Paying,
        outcome::{Outcome, in_units},
        prepare::{Codes, Prepared},
    },
    kernel::NumberError,
};

/// A column and the one code in it that earns something.
type Keyed<'b> = (&'b [u8], u8);

/// One step of adding up a section.
pub(super) enum Adder<'b, U> {
    /// Columns of which one key each earns the same units.
    Alike { columns: Vec<Keyed<'b>>, units: U },
    /// Columns of which one key each earns units of its own.
    Own { columns: Vec<(Keyed<'b>, U)> },
    /// A column of bytes.
    Bytes { cells: &'b [u8], table: Box<[U; 256]> },
    /// A column of codes.
    Wide { cells: &'b [u32], table: Vec<U> },
}

/// From how many columns on it is quicker to count those that are right and multiply once.
const WORTH_COUNTING: usize = 4;

impl<'b, U: Units> Adder<'b, U> {
    pub(super) fn for_columns(
        columns: &'b [Prepared<'b>],
        unit: i64,
    ) -> Result<Vec<Self>, NumberError> {
        let mut out: Vec<Self> = Vec::new();
        let mut keys: Vec<(i64, Vec<Keyed<'b>>)> = Vec::new();
        for column in columns {
            match &column.codes {
                Codes::Bytes { cells, table } => match table.paying() {
                    Paying::Nothing => {}
                    Paying::One { byte, earned } => {
                        let paid = in_units(earned, unit)?;
                        match keys.iter_mut().find(|it| it.0 == paid) {
                            Some((_, group)) => group.push((cells, byte)),
                            None => keys.push((paid, vec![(cells, byte)])),
                        }
                    }
                    Paying::Several => {
                        let mut units = Box::new([U::default(); 256]);
                        for (to, from) in units.iter_mut().zip(table.outcomes()) {
                            *to = U::of(in_units(from.earned, unit)?);
                        }
                        out.push(Self::Bytes { cells, table: units });
                    }
                },
                Codes::Wide { cells, outcomes } => {
                    let units = |it: &Outcome| in_units(it.earned, unit).map(U::of);
                    let table = outcomes.iter().map(units).collect::<Result<_, _>>()?;
                    out.push(Self::Wide { cells, table });
                }
            }
        }
        out.extend(Self::for_keys(keys));
        Ok(out)
    }

    fn for_keys(keys: Vec<(i64, Vec<Keyed<'b>>)>) -> Vec<Self> {
        let (mut out, mut own) = (Vec::new(), Vec::new());
        for (units, columns) in keys {
            let units = U::of(units);
            if columns.len() < WORTH_COUNTING {
                own.extend(columns.into_iter().map(|column| (column, units)));
                continue;
            }
            // A byte counts to 255, so no group is larger.
            for columns in columns.chunks(255) {
                out.push(Self::Alike { columns: columns.to_vec(), units });
            }
        }
        out.push(Self::Own { columns: own });
        out
    }

    pub(super) fn add(&self, block: Range<usize>, sums: &mut [U], counts: &mut [u8]) {
        let within = |cells: &'b [u8]| cells.get(block.clone()).unwrap_or_default();
        match self {
            Self::Alike { columns, units } => {
                let counts = counts.get_mut(..block.len()).unwrap_or_default();
                let (fours, rest) = columns.as_chunks::<4>();
                for four in fours {
                    count_four(counts, four.map(|it| within(it.0)), four.map(|it| it.1));
                }
                for (column, key) in rest {
                    count_one(counts, within(column), *key);
                }
                add_counted(sums, counts, *units);
            }
            Self::Own { columns } => {
                let (fours, rest) = columns.as_chunks::<4>();
                for four in fours {
                    let cells = four.map(|((cells, _), _)| within(cells));
                    let keys = four.map(|((_, key), _)| key);
                    add_four(sums, cells, keys, four.map(|(_, units)| units));
                }
                for ((cells, key), units) in rest {
                    add_one(sums, within(cells), *key, *units);
                }
            }
            Self::Bytes { cells, table } => add_bytes(sums, within(cells), table),
            Self::Wide { cells, table } => {
                add_codes(sums, cells.get(block).unwrap_or_default(), table);
            }
        }
    }
}
