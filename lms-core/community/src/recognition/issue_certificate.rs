//! Issuing, checking and revoking certificates.
use chrono::TimeDelta;
use lms_derive::DomainError;
use lms_store::operation::{Access, Effect, Operation, operation};

use crate::recognition::{
    Certificate, CertificateIssued, CertificateNumber, CertificateRevoked, CertificateStanding,
    CertificateStatus, VerificationCode,
};
use lms_commerce::{NextNumber, Series};
use lms_kernel::{Id, Percent, Title};
use lms_learning::{
    content::Course,
    learning::{CourseCompleted, CourseWork, Enrollment},
};
use lms_people::{
    authorization::{AuthorizationError, Permission, TheTenant, authorize_on, lock_authorized},
    identity::Membership,
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{
    StoreError, Transaction,
    outbox::{DomainEvent as _, Message},
};

/// Why there is no certificate.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum CertificateError {
    /// The learner was never enrolled in the course.
    #[error("the learner is not enrolled in the course; enroll them first")]
    #[fault(conflict, field = "learner_id")]
    NotEnrolled,
    /// The course has no certificate, or the learner has not done what it takes.
    #[error("the learner has completed {progress} of the course, too little for its certificate")]
    #[fault(conflict, field = "progress")]
    NotEarned {
        /// How far the learner is.
        progress: Percent,
    },
    /// It was revoked before.
    #[error("the certificate was revoked already")]
    #[fault(conflict, field = "status")]
    AlreadyRevoked,
    /// The tenant has no certificates.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Issues the certificate of a course to a learner who has earned it by the course's policy. A
/// valid certificate is answered unchanged. An expired one is renewed by another with its own
/// number; the expired one still shows its period of validity.
///
/// # Locks
/// The learner's membership and the tenant's series of certificate numbers are locked until the
/// transaction ends, so that certificates asked for at the same time are one.
///
/// # Errors
/// [`CertificateError::NotEarned`].
#[operation("recognition.issue_certificate")]
pub struct IssueCertificate {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The completed course.
    pub course_id: Id<Course>,
    /// The learner's final score in percent; needed where the course's policy has a minimum.
    pub score: Option<Percent>,
}

impl Operation for IssueCertificate {
    const ACCESS: Access = Access::Asks(&[Permission::CERTIFICATES_ISSUE]);
    type Answer = Certificate;
    type Error = CertificateError;

    async fn run(self, tx: &mut Transaction) -> Result<Certificate, CertificateError> {
        let Self { learner_id: learner, course_id: course, score } = self;
        require_feature(tx, Feature::Certificates).await?;
        let work = CourseWork { learner, course: Some(course) };
        authorize_on(tx, Permission::CERTIFICATES_ISSUE, &work).await?;
        let course = tx.require(course).await?;
        tx.lock(learner).await?;
        let held = tx.first(Certificate::held(learner, course.id)).await?;
        let expired = match held.map(|it| (it.standing(tx.now()), it)) {
            None => None,
            Some((CertificateStanding::Expired(_), expired)) => Some(expired),
            Some((CertificateStanding::Valid | CertificateStanding::Revoked(_), held)) => {
                return Ok(held);
            }
        };
        let enrollment = tx.first(Enrollment::of(learner, course.id)).await?;
        let progress = enrollment.ok_or(CertificateError::NotEnrolled)?.progress;
        if !course.certificate_policy.is_earned(progress, score) {
            return Err(CertificateError::NotEarned { progress });
        }
        if let Some(mut expired) = expired {
            expired.status = CertificateStatus::Renewed;
            tx.update(&mut expired).await?;
        }
        let number =
            CertificateNumber::nth(tx.part(NextNumber { series: Series::Certificate }).await?);
        let mut certificate = Certificate::new(tx.cx(), learner, course.id, number);
        let valid_days = course.certificate_policy.valid_days;
        certificate.expires_at =
            valid_days.map(|it| tx.now().saturating_add(TimeDelta::days(i64::from(it))));
        tx.insert(&certificate).await?;
        tx.emit(&CertificateIssued::from(&certificate));
        Ok(certificate)
    }
}

/// Issues the certificate of a course that a learner completed, where the course's policy has one and
/// completing earns it. The host's relay runs it for each message, as the system. Other events issue
/// none, and neither does a completion in a tenant without certificates, or under a policy that asks
/// for a score. Running it again for the same event issues nothing again.
///
/// # Errors
/// [`CertificateError`].
#[operation("recognition.certify_on_event")]
pub struct CertifyOnEvent {
    /// The event, as the outbox holds it.
    pub event: Message,
}

impl Operation for CertifyOnEvent {
    const ACCESS: Access = Access::Asks(&[Permission::CERTIFICATES_ISSUE]);
    type Answer = Option<Certificate>;
    type Error = CertificateError;

    async fn run(self, tx: &mut Transaction) -> Result<Option<Certificate>, CertificateError> {
        authorize_on(tx, Permission::CERTIFICATES_ISSUE, &TheTenant).await?;
        if self.event.kind != CourseCompleted::KIND {
            return Ok(None);
        }
        let Ok(done) = serde_json::from_value::<CourseCompleted>(self.event.payload) else {
            return Ok(None);
        };
        let (learner_id, course_id) = (done.learner_id, done.course_id);
        match tx.run(IssueCertificate { learner_id, course_id, score: None }).await {
            Ok(certificate) => Ok(Some(certificate)),
            Err(
                CertificateError::NotEarned { .. }
                | CertificateError::NotEnrolled
                | CertificateError::Feature(FeatureError::FeatureDisabled { .. })
                | CertificateError::Store(StoreError::NotFound { .. }),
            ) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Revokes a certificate. The learner may be issued another with a new number.
///
/// # Errors
/// [`CertificateError::AlreadyRevoked`].
#[operation("recognition.revoke_certificate")]
pub struct RevokeCertificate {
    /// The certificate to revoke.
    pub certificate_id: Id<Certificate>,
    /// The reason for the revocation.
    pub reason: Title,
}

impl Operation for RevokeCertificate {
    const ACCESS: Access = Access::Asks(&[Permission::CERTIFICATES_ISSUE]);
    type Answer = Certificate;
    type Error = CertificateError;

    async fn run(self, tx: &mut Transaction) -> Result<Certificate, CertificateError> {
        let Self { certificate_id: certificate, reason } = self;
        let mut certificate =
            lock_authorized(tx, Permission::CERTIFICATES_ISSUE, certificate).await?;
        match certificate.status {
            CertificateStatus::Issued | CertificateStatus::Renewed => {}
            CertificateStatus::Revoked => return Err(CertificateError::AlreadyRevoked),
        }
        certificate.status = CertificateStatus::Revoked;
        certificate.revoked_at = Some(tx.now().max(certificate.issued_at));
        certificate.revoke_reason = Some(reason);
        tx.update(&mut certificate).await?;
        let (certificate_id, learner_id) = (certificate.id, certificate.learner_id);
        tx.emit(&CertificateRevoked { certificate_id, learner_id });
        Ok(certificate)
    }
}

/// Verifies a certificate by its number; answers `None` if there is none. Open to everyone, such as
/// employers without a login: the answer names no person.
///
/// # Errors
/// [`StoreError`] if it cannot be found out.
#[operation("recognition.check_certificate")]
pub struct CheckCertificate {
    /// The number printed on the certificate.
    pub number: CertificateNumber,
}

impl Operation for CheckCertificate {
    const ACCESS: Access =
        Access::Public("everyone may check a certificate, by the number printed on it");
    const EFFECT: Effect = Effect::Reads;
    type Answer = Option<CertificateStanding>;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Result<Option<CertificateStanding>, StoreError> {
        let Self { number } = self;
        let number = &number;
        let found = tx.first(Certificate::numbered(number)).await?;
        Ok(found.map(|it| it.standing(tx.now())))
    }
}

/// Verifies a certificate by the code printed on it, which cannot be guessed or counted through
/// like a number. Open to everyone.
///
/// # Errors
/// [`StoreError`] if it cannot be found out.
#[operation("recognition.check_certificate_by_code")]
pub struct CheckCertificateByCode {
    /// The verification code printed on the certificate.
    pub code: VerificationCode,
}

impl Operation for CheckCertificateByCode {
    const ACCESS: Access =
        Access::Public("everyone may check a certificate, by the code printed on it");
    const EFFECT: Effect = Effect::Reads;
    type Answer = Option<CertificateStanding>;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Result<Option<CertificateStanding>, StoreError> {
        let Self { code } = self;
        let found = tx.get(code.certificate()).await?;
        Ok(found.map(|it| it.standing(tx.now())))
    }
}
