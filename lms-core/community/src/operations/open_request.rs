//! Asking for help.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::operations::{RequestKind, RequestPriority, RequestStatusChanged, ServiceRequest};
use lms_kernel::{Id, Rejected};
use lms_learning::content::Prose;
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, acting_member, authorize_on},
    tenancy::{Feature, FeatureError, OrgUnit, require_feature},
};
use lms_store::{StoreError, Transaction};

/// Why a request was not opened or changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RequestError {
    /// The assignee is not an active member of staff.
    #[error("a request is assigned to an active member of staff; choose one")]
    #[fault(invalid, field = "assigned_to")]
    NotStaff,
    /// Its status does not allow it.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
    /// The tenant has no requests.
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

/// Opens a service request as the acting member.
///
/// # Errors
/// [`RequestError`].
#[operation("service_desk.open_request")]
pub struct OpenRequest {
    /// The unit that handles it.
    pub org_unit_id: Id<OrgUnit>,
    /// The kind of request.
    pub kind: RequestKind,
    /// The description of the problem or need, at most 65,536 characters.
    pub details: Prose,
    /// The priority.
    pub priority: RequestPriority,
}

impl Operation for OpenRequest {
    const ACCESS: Access = Access::Asks(&[Permission::REQUESTS_OPEN]);
    type Answer = ServiceRequest;
    type Error = RequestError;

    async fn run(self, tx: &mut Transaction) -> Result<ServiceRequest, RequestError> {
        let command = self;
        require_feature(tx, Feature::Requests).await?;
        let member = acting_member(tx, Permission::REQUESTS_OPEN).await?;
        authorize_on(tx, Permission::REQUESTS_OPEN, &Subject::of(member.id)).await?;
        let OpenRequest { org_unit_id, kind, details, priority } = command;
        let unit = tx.require(org_unit_id).await?;
        let mut request = ServiceRequest::new(tx.cx(), unit.id, member.id, kind, details);
        request.priority = priority;
        tx.insert(&request).await?;
        tx.emit(&RequestStatusChanged::from(&request));
        Ok(request)
    }
}
