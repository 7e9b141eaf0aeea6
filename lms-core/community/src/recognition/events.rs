//! Events of certificates, badges and points.
use serde::{Deserialize, Serialize};

use crate::recognition::{Badge, BadgeAward, Certificate};
use lms_kernel::Id;
use lms_learning::content::Course;
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// A certificate was issued; the host makes its document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("recognition.certificate_issued", subject = Certificate::ENTITY, id = certificate_id)]
pub struct CertificateIssued {
    /// The certificate.
    pub certificate_id: Id<Certificate>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
    /// For which course.
    pub course_id: Id<Course>,
}

impl From<&Certificate> for CertificateIssued {
    fn from(certificate: &Certificate) -> Self {
        Self {
            certificate_id: certificate.id,
            learner_id: certificate.learner_id,
            course_id: certificate.course_id,
        }
    }
}

/// A certificate was revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("recognition.certificate_revoked", subject = Certificate::ENTITY, id = certificate_id)]
pub struct CertificateRevoked {
    /// The certificate.
    pub certificate_id: Id<Certificate>,
    /// Whose it was.
    pub learner_id: Id<Membership>,
}

/// A badge was awarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("recognition.badge_awarded", subject = Badge::ENTITY, id = badge_id)]
pub struct BadgeAwarded {
    /// The award.
    pub award_id: Id<BadgeAward>,
    /// The badge.
    pub badge_id: Id<Badge>,
    /// Who got it.
    pub learner_id: Id<Membership>,
}
