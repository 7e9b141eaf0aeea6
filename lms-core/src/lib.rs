//! A multi-tenant learning domain: values, rules, state machines and the storage port.
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

pub use lms_kernel as kernel;
pub use lms_store as store;

pub use lms_store::audit;
pub use lms_store::operation;
pub use lms_store::outbox;

pub use lms_assessment as assessment;
pub use lms_commerce as commerce;
pub use lms_community::engagement;
pub use lms_community::notification;
pub use lms_community::operations;
pub use lms_community::recognition;
pub use lms_governance as governance;
pub use lms_learning::content;
pub use lms_learning::delivery;
/// How far learners are: enrollments, progress, what is open to them and why.
pub mod learning {
    #[doc(inline)]
    pub use lms_commerce::lessons::{CheckAccess, OpenNode, ReadLessonFile, RequestDownload};
    #[doc(inline)]
    pub use lms_learning::learning::*;
}
pub use lms_people::authorization;
pub use lms_people::tenancy;
/// Logins, memberships, roles and invitations: who people are, and who belongs to a tenant.
pub mod identity {
    // A departure reaches classes and courses, so the operation stands where those are known.
    pub use lms_learning::learning::ChangeMembershipStatus;
    pub use lms_people::identity::*;
}

pub use lms_governance::registry::record_types;

mod relay;
mod run_due;

pub use run_due::{Timetable, jobs, run_due, run_due_everywhere};

/// Every event that the library announces, by its name: what a list of events is made from.
pub fn events() -> Vec<store::outbox::EventType> {
    let mut all = [
        tenancy::events(),
        identity::events(),
        content::events(),
        delivery::events(),
        learning::events(),
        assessment::events(),
        commerce::events(),
        recognition::events(),
        engagement::events(),
        notification::events(),
        operations::events(),
        governance::events(),
    ]
    .concat();
    all.sort_by_key(|it| it.kind);
    all
}

/// Every operation of the library, by context and name: what a reference, an adapter or a test of
/// all operations is made from.
pub fn operations() -> Vec<store::operation::OperationType> {
    let mut all = [
        tenancy::operations(),
        identity::operations(),
        content::operations(),
        delivery::operations(),
        learning::operations(),
        assessment::operations(),
        commerce::operations(),
        recognition::operations(),
        engagement::operations(),
        notification::operations(),
        operations::operations(),
        governance::operations(),
    ]
    .concat();
    all.sort_by_key(|it| it.name);
    all
}
