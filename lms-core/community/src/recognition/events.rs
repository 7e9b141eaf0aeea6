//! What this context announces.
use serde::{Deserialize, Serialize};

use crate::recognition::{Badge, BadgeAward, Certificate};
use lms_kernel::{EntityRef, Id};
use lms_learning::content::Course;
use lms_people::identity::Membership;
use lms_store::outbox::DomainEvent;

/// A certificate was issued; the host makes its document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateIssued {
    /// The certificate.
    pub certificate_id: Id<Certificate>,
    /// Whose it is.
    pub learner_id: Id<Membership>,
    /// For which course.
    pub course_id: Id<Course>,
}

impl DomainEvent for CertificateIssued {
    const KIND: &'static str = "recognition.certificate_issued";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Certificate::ENTITY, self.certificate_id)
    }
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

/// A certificate was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRevoked {
    /// The certificate.
    pub certificate_id: Id<Certificate>,
    /// Whose it was.
    pub learner_id: Id<Membership>,
}

impl DomainEvent for CertificateRevoked {
    const KIND: &'static str = "recognition.certificate_revoked";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Certificate::ENTITY, self.certificate_id)
    }
}

/// A badge was awarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadgeAwarded {
    /// The award.
    pub award_id: Id<BadgeAward>,
    /// The badge.
    pub badge_id: Id<Badge>,
    /// Who got it.
    pub learner_id: Id<Membership>,
}

impl DomainEvent for BadgeAwarded {
    const KIND: &'static str = "recognition.badge_awarded";
    fn subject(&self) -> EntityRef {
        EntityRef::to(Badge::ENTITY, self.badge_id)
    }
}
