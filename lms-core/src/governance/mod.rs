//! Retention, erasure, export and oversight: what a tenant owes the people whose data it keeps,
//! and those who look over its shoulder.
//!
//! A **class** of a column says how closely its contents are kept: open, personal, sensitive or
//! secret. It stands on the record, and everything here follows from it and from the references
//! that records declare, so that a new record cannot be forgotten. **Retention** purges what was
//! deleted for long enough. **Erasure** takes a person out of every record and keeps grades and
//! money. A person's **export** is everything that is known about them; a **transfer** is a whole
//! tenant as a file. The **trail** and the **event log** are read here too.
//!
//! It has no records of its own.

mod erase_person;
mod error;
mod export_person;
mod involvement;
mod kept;
mod person_rows;
mod purge;
mod purge_spent;
mod redact;
mod redact_trail;
mod replay_events;
mod retention;
mod row_json;
mod search_audit;
mod student_history;
mod transfer;
mod unreleased;

pub use erase_person::{ErasedRows, ErasureReport, KeptRows, PersonErased, erase_person};
pub use error::GovernanceError;
pub use export_person::{PersonExport, export_person};
pub use involvement::{Belonging, Involvement, PersonalTable, involvement, personal_tables};
pub use kept::{KeptBecause, PERSONAL_APART, kept_because};
pub use purge::{HeldRow, PurgePosition, PurgeReport, purge_deleted};
pub use purge_spent::{SpentReport, purge_spent};
pub use replay_events::{EventHandler, Replay, Replayed, replay_events};
pub use retention::{Fate, due_until, fate, kept_as};
pub use search_audit::{AuditSearch, search_audit};
pub use student_history::{
    CompletedLesson, CourseStanding, HISTORY_LENGTH, HistoryOfStudent, PastSession, StudentHistory,
    student_history,
};
pub use transfer::{
    ExportedPage, ImportReport, TRANSFER_FORMAT, TRANSFER_VERSION, TransferError, TransferPosition,
    export_tenant, import_tenant,
};

use crate::store::RecordType;

/// The records of this context: none.
pub fn record_types() -> Vec<RecordType> {
    Vec::new()
}
