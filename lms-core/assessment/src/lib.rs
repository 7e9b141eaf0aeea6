//! Tests: questions, attempts, grading, conversion, placement, the gradebook.
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

use lms_store::RecordType;

pub mod analysis;
mod assessment;
pub mod assignment;
pub mod attempt;
pub mod authoring;
pub mod bank;
pub mod compiled;
pub mod conversion;
pub mod gradebook;
pub mod grading;
pub mod placement;
pub mod proctoring;
mod protected;
pub mod question;
pub mod regrade;
pub mod scoring;
mod section;

pub use assessment::{Assessment, AssessmentEvent, AssessmentKind, AssessmentStatus, ResultPolicy};
pub use section::Section;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    let mut records = vec![
        RecordType::of::<Assessment>(),
        RecordType::of::<Section>(),
        bank::banks(),
        RecordType::of::<question::Question>(),
    ];
    records.extend(bank::record_types());
    records.extend(conversion::record_types());
    records.extend(attempt::record_types());
    records.extend(regrade::record_types());
    records.extend(placement::record_types());
    records.extend(assignment::record_types());
    records.extend(gradebook::record_types());
    records.extend(proctoring::record_types());
    records
}
