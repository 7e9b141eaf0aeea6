//! Why a store was not saved to a file or not read from one.
use std::{fmt, io, path::PathBuf};

use lms_derive::DomainError;
use lms_store::{StoreError, Type};
use uuid::Uuid;

/// Where in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The table, where the place is inside one.
    pub table: Option<String>,
    /// The record of that table, from 1; 0 outside the records.
    pub record: u64,
    /// The line, from 1.
    pub line: u64,
    /// The byte at which the line starts, from 0.
    pub byte: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(table) = &self.table {
            write!(f, "table `{table}`, ")?;
            if self.record > 0 {
                write!(f, "record {}, ", self.record)?;
            }
        }
        write!(f, "line {}, byte {}", self.line, self.byte)
    }
}

/// Why a store was not saved to a file or not read from one. Nothing was written or read in part.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum FileError {
    /// The file system failed.
    #[error("cannot {action} `{}`", path.display())]
    #[fault(unavailable)]
    Io {
        /// The action that failed.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// Another store was saved to the file since this one read or wrote it.
    #[error(
        "`{}` was saved by another store since it was opened here; open it again, or save elsewhere",
        path.display()
    )]
    #[fault(conflict)]
    ChangedMeanwhile {
        /// The file.
        path: PathBuf,
    },
    /// Reading or writing broke off.
    #[error("cannot go on at {place}")]
    #[fault(unavailable)]
    Stream {
        /// How far it came.
        place: Place,
        /// What the source or the destination said.
        source: io::Error,
    },
    /// The file is something else.
    #[error("the file is not a saved store: it does not start with `{expected}`")]
    #[fault(invalid)]
    NotAStore {
        /// What it should start with.
        expected: &'static str,
    },
    /// A newer release of the library saved the file.
    #[error("the file has format {found}, this release reads up to {known}; update the library")]
    #[fault(invalid)]
    NewerFormat {
        /// The file's format.
        found: u32,
        /// The newest that this release reads.
        known: u32,
    },
    /// The file ends too early.
    #[error("the file ends too early, at {place}; restore it from a copy")]
    #[fault(invalid)]
    Truncated {
        /// Where it ends.
        place: Place,
    },
    /// The file was damaged.
    #[error("the checksum of {place} is wrong: the file is damaged here; restore it from a copy")]
    #[fault(invalid)]
    WrongChecksum {
        /// The first damage.
        place: Place,
    },
    /// A line is undamaged and yet not what belongs there.
    #[error("{place} does not read as {expected}")]
    #[fault(invalid)]
    Malformed {
        /// The line.
        place: Place,
        /// What belongs there.
        expected: &'static str,
        /// What the parser said.
        source: Option<serde_json::Error>,
    },
    /// Something follows the end.
    #[error("something follows the end of the store at {place}")]
    #[fault(invalid)]
    Surplus {
        /// Where it starts.
        place: Place,
    },
    /// The file holds a table that no record type has.
    #[error("the file has a table `{table}` that this release does not know")]
    #[fault(invalid)]
    UnknownTable {
        /// The table.
        table: String,
    },
    /// The file holds a column that the table does not have, or has it twice.
    #[error("the file has a column `{table}.{column}` that this release does not know")]
    #[fault(invalid)]
    UnknownColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The file lacks a column that may not be empty.
    #[error("the file has no column `{table}.{column}`, which must not be empty")]
    #[fault(invalid)]
    MissingColumn {
        /// The table.
        table: String,
        /// The column.
        column: &'static str,
    },
    /// A column had another type when the file was saved.
    #[error("the file has `{table}.{column}` as {found:?}, this release as {known:?}")]
    #[fault(invalid)]
    OtherType {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The file's type.
        found: Type,
        /// This release's type.
        known: Type,
    },
    /// A record has a value that its column does not accept.
    #[error("the record at {place} is not valid")]
    #[fault(invalid)]
    InvalidRecord {
        /// The record.
        place: Place,
        /// What is wrong with it.
        source: Box<StoreError>,
    },
    /// A record refers to one that is not in the file.
    #[error("record `{id}` of `{table}` does not fit the others")]
    #[fault(invalid)]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The record.
        id: Uuid,
        /// What is wrong with it.
        source: Box<StoreError>,
    },
    /// A JSON part is nested too deeply to be read back.
    #[error("`{table}.{column}` of `{id}` is nested deeper than {most} levels")]
    #[fault(invalid)]
    TooDeep {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The record.
        id: Uuid,
        /// The most levels that a file keeps.
        most: usize,
    },
}
