//! Certificates of completion.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::recognition::CertificateNumber;
use lms_kernel::{Context, EntityKind, Id, Link, Timestamp, Title};
use lms_learning::content::Course;
use lms_people::identity::Membership;
use lms_store::{Direction, Query, Record, Stamp};

/// Whether a certificate was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum CertificateStatus {
    /// It was not revoked; it may have expired.
    Issued,
    /// It was revoked.
    Revoked,
    /// It had expired when another was issued in its place.
    Renewed,
}

/// The public status of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CertificateStanding {
    /// It holds.
    Valid,
    /// It held until then.
    Expired(Timestamp),
    /// It was revoked then.
    Revoked(Timestamp),
}

/// That someone completed a course. One that was neither revoked nor renewed is the only one of
/// its learner and course; its number is the only one in the tenant, for ever.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "certificates",
    unique(learner_id, course_id; status = "issued"),
    unique_always(number),
    index(learner_id, course_id),
    index(course_id)
)]
pub struct Certificate {
    /// The certificate's id.
    pub id: Id<Certificate>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Who completed the course.
    pub learner_id: Id<Membership>,
    /// Which course.
    pub course_id: Id<Course>,
    /// What is printed on it.
    pub number: CertificateNumber,
    /// Since when it holds.
    pub issued_at: Timestamp,
    /// Until when it holds; for ever when there is none.
    pub expires_at: Option<Timestamp>,
    /// The document, once the host has made it.
    #[record(personal)]
    pub document_url: Option<Link>,
    /// Whether it was revoked.
    pub status: CertificateStatus,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Why it was revoked.
    pub revoke_reason: Option<Title>,
}

impl Certificate {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("certificate");

    /// A certificate that holds from now on, for ever.
    pub fn new(
        cx: &Context,
        learner: Id<Membership>,
        course: Id<Course>,
        number: CertificateNumber,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            learner_id: learner,
            course_id: course,
            number,
            issued_at: cx.now(),
            expires_at: None,
            document_url: None,
            status: CertificateStatus::Issued,
            revoked_at: None,
            revoke_reason: None,
        }
    }

    /// What a person who is shown it at `now` should know. It still holds at the moment that it
    /// expires.
    pub fn standing(&self, now: Timestamp) -> CertificateStanding {
        match (self.status, self.expires_at) {
            (CertificateStatus::Revoked, _) => {
                CertificateStanding::Revoked(self.revoked_at.unwrap_or(self.issued_at))
            }
            (CertificateStatus::Issued | CertificateStatus::Renewed, Some(end)) if now > end => {
                CertificateStanding::Expired(end)
            }
            (CertificateStatus::Issued | CertificateStatus::Renewed, _) => {
                CertificateStanding::Valid
            }
        }
    }

    /// The certificate of a course that a learner has, which may have expired.
    pub fn held(learner: Id<Membership>, course: Id<Course>) -> Query<Self> {
        Query::filter(
            Self::LEARNER_ID
                .eq(learner)
                .and(Self::COURSE_ID.eq(course))
                .and(Self::STATUS.eq(CertificateStatus::Issued)),
        )
    }

    /// The certificate of that number.
    pub fn numbered(number: &CertificateNumber) -> Query<Self> {
        Query::filter(Self::NUMBER.eq(number.clone()))
    }

    /// Someone's certificates, the latest first.
    pub fn of_learner(learner: Id<Membership>) -> Query<Self> {
        Query::filter(Self::LEARNER_ID.eq(learner)).order_by(Self::ISSUED_AT, Direction::Desc)
    }
}
