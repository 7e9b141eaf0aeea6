//! Service requests to the staff of a unit.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::operations::RequestStatus;
use lms_kernel::{Context, EntityKind, Id};
use lms_learning::content::Prose;
use lms_people::{identity::Membership, tenancy::OrgUnit};
use lms_store::{
    outbox::DomainEvent,
    {Direction, Query, Record, Stamp},
};

/// The kind of a service request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum RequestKind {
    /// Computers, network, accounts.
    It,
    /// Things that are missing or used up.
    Inventory,
    /// Something went wrong between people.
    Complaint,
    /// A lesson at another time.
    Reschedule,
    /// The building and its equipment.
    Maintenance,
}

/// How soon a request should be dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum RequestPriority {
    /// When there is time.
    Low,
    /// In its turn.
    Medium,
    /// Before the others.
    High,
}

/// What someone asks the people who run a unit to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "service_requests",
    index(org_unit_id, status),
    index(status, priority),
    index(requested_by),
    index(assigned_to)
)]
pub struct ServiceRequest {
    /// The request's id.
    pub id: Id<ServiceRequest>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The unit that is asked.
    pub org_unit_id: Id<OrgUnit>,
    /// Who asks.
    pub requested_by: Id<Membership>,
    /// Who deals with it; no one yet when there is none.
    pub assigned_to: Option<Id<Membership>>,
    /// What it is about.
    pub kind: RequestKind,
    /// What is asked, in the words of the person who asks.
    #[record(personal)]
    pub details: Prose,
    /// How soon.
    pub priority: RequestPriority,
    /// Its status.
    pub status: RequestStatus,
}

impl ServiceRequest {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("service_request");

    /// An open request of medium priority that no one deals with yet.
    pub fn new(
        cx: &Context,
        unit: Id<OrgUnit>,
        requested_by: Id<Membership>,
        kind: RequestKind,
        details: Prose,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            org_unit_id: unit,
            requested_by,
            assigned_to: None,
            kind,
            details,
            priority: RequestPriority::Medium,
            status: RequestStatus::Open,
        }
    }

    /// What a unit has in that status, the oldest first.
    pub fn in_unit(unit: Id<OrgUnit>, status: RequestStatus) -> Query<Self> {
        Query::filter(Self::ORG_UNIT_ID.eq(unit).and(Self::STATUS.eq(status)))
    }

    /// What someone asked, the latest first.
    pub fn asked_by(member: Id<Membership>) -> Query<Self> {
        Query::filter(Self::REQUESTED_BY.eq(member)).order_by(Self::ID, Direction::Desc)
    }
}

/// A request was opened, or its status changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[event("operations.request_status_changed", subject = ServiceRequest::ENTITY, id = request_id)]
pub struct RequestStatusChanged {
    /// The request.
    pub request_id: Id<ServiceRequest>,
    /// Who asked.
    pub requested_by: Id<Membership>,
    /// Who deals with it.
    pub assigned_to: Option<Id<Membership>>,
    /// Its status.
    pub status: RequestStatus,
}

impl From<&ServiceRequest> for RequestStatusChanged {
    fn from(request: &ServiceRequest) -> Self {
        Self {
            request_id: request.id,
            requested_by: request.requested_by,
            assigned_to: request.assigned_to,
            status: request.status,
        }
    }
}
