//! Certificates, badges and points that a tenant awards for learning.
//!
//! A **certificate** says that someone completed a course; it has a number of the tenant's own, may
//! expire, and may be revoked and issued again. A **badge** is given once, by staff or because its
//! **criteria** are met by what the learner has done. **Points** are entries in a book that is only
//! added to. From source schemas 001 (`certificates`), 002 (`gamification`) and 003 (`badges`,
//! `user_badges`).

mod award_badge;
mod award_points;
mod badge;
mod badge_award;
mod badge_catalogue;
mod certificate;
mod certificate_number;
mod criteria;
mod events;
mod issue_certificate;
mod list_badges;
mod list_certificates;
mod list_points;
mod points_entry;
mod verification_code;

pub(crate) use award_badge::achievements_of;
pub use award_badge::{
    AwardBadge, AwardEarnedBadges, AwardError, CreateBadge, KeepBadge, RetireBadge, TakeBadgeBack,
    ViewStudies,
};
pub(crate) use award_points::points_of;
pub use award_points::{AwardPoints, TotalPoints};
pub use badge::{Badge, BadgeCategory, BadgeStatus};
pub use badge_award::BadgeAward;
pub use badge_catalogue::{AdoptBadgeCatalogue, BadgeSketch, badge_catalogue};
pub use certificate::{Certificate, CertificateStanding, CertificateStatus};
pub use certificate_number::CertificateNumber;
pub use criteria::{Achievements, Criteria};
pub use events::{BadgeAwarded, CertificateIssued, CertificateRevoked};
pub use issue_certificate::{
    CertificateError, CertifyOnEvent, CheckCertificate, CheckCertificateByCode, IssueCertificate,
    RevokeCertificate,
};
pub use list_badges::{
    BadgeAwardFilter, BadgeAwardView, BadgeFilter, BadgeView, ListBadgeAwards, ListBadges,
};
pub use list_certificates::{CertificateFilter, CertificateView, ListCertificates};
pub use list_points::{ListPoints, PointsFilter, PointsView, ViewPoints};
pub use points_entry::PointsEntry;
pub use verification_code::VerificationCode;

use lms_store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<Certificate>(),
        RecordType::of::<Badge>(),
        RecordType::of::<BadgeAward>(),
        RecordType::of::<PointsEntry>(),
    ]
}

/// The events of this context.
pub fn events() -> Vec<lms_store::outbox::EventType> {
    use lms_store::outbox::EventType;
    vec![
        EventType::of::<BadgeAwarded>(),
        EventType::of::<CertificateIssued>(),
        EventType::of::<CertificateRevoked>(),
    ]
}

/// The operations of this context.
pub fn operations() -> Vec<lms_store::operation::OperationType> {
    use lms_store::operation::OperationType;
    vec![
        OperationType::of::<AdoptBadgeCatalogue>(),
        OperationType::of::<AwardBadge>(),
        OperationType::of::<AwardEarnedBadges>(),
        OperationType::of::<AwardPoints>(),
        OperationType::of::<CheckCertificate>(),
        OperationType::of::<CheckCertificateByCode>(),
        OperationType::of::<CreateBadge>(),
        OperationType::of::<CertifyOnEvent>(),
        OperationType::of::<IssueCertificate>(),
        OperationType::of::<ListBadgeAwards>(),
        OperationType::of::<ListBadges>(),
        OperationType::of::<ListCertificates>(),
        OperationType::of::<ListPoints>(),
        OperationType::of::<RetireBadge>(),
        OperationType::of::<RevokeCertificate>(),
        OperationType::of::<TakeBadgeBack>(),
        OperationType::of::<ViewPoints>(),
        OperationType::of::<ViewStudies>(),
    ]
}
