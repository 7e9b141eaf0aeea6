//! Handling service requests: assigning, working on and closing them.
use crate::operations::{
    RequestError, RequestEvent, RequestPriority, RequestStatusChanged, ServiceRequest,
};
use lms_kernel::Id;
use lms_people::{
    authorization::{Permission, authorize_on},
    identity::{Membership, MembershipKind},
    tenancy::{Feature, require_feature},
};
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Assigns a service request to a member of staff, or unassigns it.
///
/// # Errors
/// [`RequestError::NotStaff`] if the member is not active or not of the staff.
#[operation("service_desk.assign_request")]
pub struct AssignRequest {
    /// The request to assign.
    pub request_id: Id<ServiceRequest>,
    /// The staff member's membership; `None` unassigns it.
    pub assigned_to_id: Option<Id<Membership>>,
}

impl Operation for AssignRequest {
    const ACCESS: Access = Access::Asks(&[Permission::REQUESTS_HANDLE]);
    type Answer = ServiceRequest;
    type Error = RequestError;

    async fn run(self, tx: &mut Transaction) -> Result<ServiceRequest, RequestError> {
        let Self { request_id: request, assigned_to_id: assigned_to } = self;
        let mut request = tx.require(request).await?;
        authorize_on(tx, Permission::REQUESTS_HANDLE, &request).await?;
        if let Some(member) = assigned_to {
            let member = tx.require(member).await?;
            let works_here = matches!(member.kind, MembershipKind::Staff | MembershipKind::Admin);
            if !works_here || !member.is_active() {
                return Err(RequestError::NotStaff);
            }
        }
        request.assigned_to = assigned_to;
        tx.update(&mut request).await?;
        tx.emit(&RequestStatusChanged::from(&request));
        Ok(request)
    }
}

/// Changes the status of a service request: starts, resolves, reopens or closes it.
///
/// The requester may reopen an unsolved request and close one they no longer need; the rest needs
/// permission to handle requests. Where the tenant has switched requests off, open ones can still
/// be completed.
///
/// # Errors
/// [`RequestError`].
#[operation("service_desk.change_request")]
pub struct ChangeRequest {
    /// The request to change.
    pub request_id: Id<ServiceRequest>,
    /// The transition to apply.
    pub event: RequestEvent,
}

impl Operation for ChangeRequest {
    const ACCESS: Access = Access::Asks(&[Permission::REQUESTS_HANDLE, Permission::REQUESTS_OPEN]);
    type Answer = ServiceRequest;
    type Error = RequestError;

    async fn run(self, tx: &mut Transaction) -> Result<ServiceRequest, RequestError> {
        let Self { request_id: request, event } = self;
        if event == RequestEvent::Reopen {
            require_feature(tx, Feature::Requests).await?;
        }
        let mut request = tx.require(request).await?;
        let permission = match event {
            RequestEvent::Start | RequestEvent::Resolve => Permission::REQUESTS_HANDLE,
            RequestEvent::Reopen | RequestEvent::Close => Permission::REQUESTS_OPEN,
        };
        authorize_on(tx, permission, &request).await?;
        request.status = request.status.apply(event)?;
        tx.update(&mut request).await?;
        tx.emit(&RequestStatusChanged::from(&request));
        Ok(request)
    }
}

/// Sets how soon a service request should be dealt with.
///
/// # Permission
/// `requests.handle` in the unit that is asked.
///
/// # Errors
/// [`RequestError`].
#[operation("service_desk.set_priority")]
#[derive(PartialEq, Eq)]
pub struct SetPriority {
    /// The request to change.
    pub request_id: Id<ServiceRequest>,
    /// The new priority.
    pub priority: RequestPriority,
}

impl Operation for SetPriority {
    const ACCESS: Access = Access::Asks(&[Permission::REQUESTS_HANDLE]);
    type Answer = ServiceRequest;
    type Error = RequestError;

    async fn run(self, tx: &mut Transaction) -> Result<ServiceRequest, RequestError> {
        let Self { request_id, priority } = self;
        let mut request = tx.require(request_id).await?;
        authorize_on(tx, Permission::REQUESTS_HANDLE, &request).await?;
        request.priority = priority;
        tx.update(&mut request).await?;
        Ok(request)
    }
}
