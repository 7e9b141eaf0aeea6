//! Certificates: a learner's own, those of a course.
use serde::{Deserialize, Serialize};

use crate::recognition::{Certificate, CertificateNumber, CertificateStanding, CertificateStatus};
use lms_kernel::{Id, Link, Timestamp};
use lms_learning::content::Course;
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which certificates to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CertificateFilter {
    /// Those of this learner.
    pub learner_id: Option<Id<Membership>>,
    /// Those whose learner's name starts like this, letter for letter.
    pub learner_name: Option<String>,
    /// Those of this course.
    pub course_id: Option<Id<Course>>,
    /// The one with this number.
    pub number: Option<CertificateNumber>,
    /// Those with this status.
    pub status: Option<CertificateStatus>,
}

/// A certificate, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CertificateView {
    /// The certificate's id.
    pub id: Id<Certificate>,
    /// Its number, by which others check it.
    pub number: CertificateNumber,
    /// Who earned it.
    pub learner: Named<Membership>,
    /// For which course.
    pub course: Named<Course>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Whether it holds now.
    pub standing: CertificateStanding,
    /// Where its document is.
    pub document_url: Option<Link>,
}

/// Lists certificates, the latest first: learners see their own, guardians those of their wards,
/// teachers those of their courses and classes, staff those of their units.
///
/// # Permission
/// `certificates.view`; the list holds the certificates on which the reader has it.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("recognition.list_certificates")]
pub struct ListCertificates {
    /// Which certificates.
    pub filter: CertificateFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListCertificates {
    const ACCESS: Access = Access::Asks(&[Permission::CERTIFICATES_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<CertificateView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<CertificateView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<Certificate>(tx, Permission::CERTIFICATES_VIEW)
            .await?
            .and_some(filter.learner_id, |learner| Certificate::LEARNER_ID.eq(learner))
            .and_some(filter.learner_name, |start| {
                let named = Membership::FULL_NAME.starts_with(start);
                Certificate::LEARNER_ID.in_records(Membership::ID, named)
            })
            .and_some(filter.course_id, |course| Certificate::COURSE_ID.eq(course))
            .and_some(filter.number, |number| Certificate::NUMBER.eq(number))
            .and_some(filter.status, |status| Certificate::STATUS.eq(status));
        let query = query.order_by(Certificate::ISSUED_AT, Direction::Desc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let learners = items.iter().map(|it| it.learner_id);
        let learners = Names::read(tx, learners, Membership::name).await?;
        let courses = items.iter().map(|it| it.course_id);
        let courses = Names::read(tx, courses, |it: &Course| it.title.to_string()).await?;
        let now = tx.now();
        let views = items.into_iter().map(|it| CertificateView {
            id: it.id,
            learner: learners.of(it.learner_id),
            course: courses.of(it.course_id),
            issued_at: it.issued_at,
            standing: it.standing(now),
            number: it.number,
            document_url: it.document_url,
        });
        Ok(Page { items: views.collect(), next })
    }
}
