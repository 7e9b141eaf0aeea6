//! Retention, erasure, export and oversight: what a tenant owes the people whose data it keeps,
//! and those who look over its shoulder.
//!
//! A **class** of a column says how closely its contents are protected: open, personal, sensitive
//! or secret. It is part of the record's declaration, and everything here follows from it and from
//! the references that records declare, so that a new record cannot be forgotten. **Retention**
//! purges records deleted long enough ago. **Erasure** removes a person from every record and
//! retains grades and money. A person's **export** is everything that is known about them; a
//! **transfer** is a whole tenant as a file. The **trail** and the **event log** are read here too;
//! the trail is **sealed**, so that tampering is found. A **consent** says that a person agreed to
//! something, for themselves or as a guardian.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::print_stdout
    )
)]
#![cfg_attr(not(test), deny(clippy::float_arithmetic))]

extern crate self as lms_core;

// The derives write `::lms_core::kernel` and `::lms_core::store`.
use {lms_kernel as kernel, lms_store as store};

pub mod registry;

mod consent;
mod erase_person;
mod error;
mod export_person;
mod give_consent;
mod involvement;
mod jobs;
mod kept;
mod person_rows;
mod purge;
mod purge_audit;
mod purge_spent;
mod redact;
mod redact_trail;
mod replay_events;
mod restore_record;
mod retention;
mod row_json;
mod seal_audit;
mod search_audit;
mod set_metadata;
mod student_history;
mod transfer;
mod unreleased;
mod verify_audit;

pub use consent::{Consent, ConsentManner, Consenting, consented, who_consents};
pub use erase_person::{ErasePerson, ErasedRows, ErasureReport, KeptRows, PersonErased};
pub use error::GovernanceError;
pub use export_person::{ExportPerson, PersonExport};
pub use give_consent::{
    ConsentError, ConsentGiven, ConsentWithdrawn, GiveConsent, ListConsents, WithdrawConsent,
};
pub use involvement::{Belonging, Involvement, PersonalTable, involvement, personal_tables};
pub use jobs::jobs;
pub use kept::{KeptBecause, PERSONAL_APART, kept_because};
pub use purge::{HeldRow, PurgeDeleted, PurgePosition, PurgeReport};
pub use purge_audit::{AuditPurge, PurgeAudit};
pub use purge_spent::{PurgeSpent, SpentReport};
pub use replay_events::{ReplayEvents, ReplayedEvents};
pub use restore_record::{Restorable, RestoreRecord, restored_by};
pub use retention::{Fate, due_until, fate, kept_as};
pub use seal_audit::{AuditSealed, SEALED_AFTER, SealAudit, Sealing};
pub use search_audit::{AuditSearch, SearchAudit};
pub use set_metadata::{Described, SetMetadata};
pub use student_history::{
    CompletedLesson, CourseStanding, HISTORY_LENGTH, HistoryOfStudent, PastSession, StudentHistory,
    ViewStudentHistory,
};
pub use transfer::{
    ExportTenant, ExportedPage, ImportReport, ImportTenant, TRANSFER_FORMAT, TRANSFER_VERSION,
    TenantLines, TransferError, TransferPosition,
};
pub use verify_audit::{AuditVerification, VerifyAudit};

use lms_store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![RecordType::of::<Consent>()]
}

/// The events of this context.
pub fn events() -> Vec<lms_store::outbox::EventType> {
    use lms_store::outbox::EventType;
    vec![
        EventType::of::<AuditSealed>(),
        EventType::of::<ConsentGiven>(),
        EventType::of::<ConsentWithdrawn>(),
        EventType::of::<PersonErased>(),
    ]
}

/// The operations of this context.
pub fn operations() -> Vec<lms_store::operation::OperationType> {
    use lms_store::operation::OperationType;
    vec![
        OperationType::of::<ErasePerson>(),
        OperationType::of::<ExportPerson>(),
        OperationType::typed::<ExportTenant>(),
        OperationType::of::<GiveConsent>(),
        OperationType::typed::<ImportTenant>(),
        OperationType::of::<ListConsents>(),
        OperationType::of::<PurgeAudit>(),
        OperationType::of::<PurgeDeleted>(),
        OperationType::of::<PurgeSpent>(),
        OperationType::typed::<ReplayEvents>(),
        OperationType::of::<RestoreRecord>(),
        OperationType::of::<SealAudit>(),
        OperationType::of::<SearchAudit>(),
        OperationType::of::<SetMetadata>(),
        OperationType::typed::<VerifyAudit>(),
        OperationType::of::<ViewStudentHistory>(),
        OperationType::of::<WithdrawConsent>(),
    ]
}
