//! Requests for help: one's own, and those of a unit.
use serde::{Deserialize, Serialize};

use crate::operations::{RequestKind, RequestPriority, RequestStatus, ServiceRequest};
use lms_kernel::{Id, Timestamp};
use lms_learning::content::Prose;
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list},
    identity::Membership,
    tenancy::OrgUnit,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which requests to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RequestFilter {
    /// Those of this unit.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// Those that this person opened.
    pub requested_by: Option<Id<Membership>>,
    /// Those that this person works on.
    pub assigned_to: Option<Id<Membership>>,
    /// Those of this kind.
    pub kind: Option<RequestKind>,
    /// Those with this status.
    pub status: Option<RequestStatus>,
}

/// A request, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RequestView {
    /// The request's id.
    pub id: Id<ServiceRequest>,
    /// The unit.
    pub org_unit: Named<OrgUnit>,
    /// Who asks.
    pub requested_by: Named<Membership>,
    /// Who works on it.
    pub assigned_to: Option<Named<Membership>>,
    /// What it is about.
    pub kind: RequestKind,
    /// What is asked.
    pub details: Prose,
    /// How urgent it is.
    pub priority: RequestPriority,
    /// Its status.
    pub status: RequestStatus,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// Lists requests for help, the latest first: everyone sees their own, those who handle requests
/// those of their units.
///
/// # Permission
/// `requests.view`; the list holds the requests on which the reader has it.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("service_desk.list_requests")]
pub struct ListRequests {
    /// Which requests.
    pub filter: RequestFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListRequests {
    const ACCESS: Access = Access::Asks(&[Permission::REQUESTS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<RequestView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<RequestView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let mut query = authorize_list::<ServiceRequest>(tx, Permission::REQUESTS_VIEW)
            .await?
            .and_some(filter.org_unit_id, |unit| ServiceRequest::ORG_UNIT_ID.eq(unit));
        query =
            query.and_some(filter.requested_by, |person| ServiceRequest::REQUESTED_BY.eq(person));
        query = query.and_some(filter.assigned_to, |person| ServiceRequest::ASSIGNED_TO.is(person));
        query = query.and_some(filter.kind, |kind| ServiceRequest::KIND.eq(kind));
        query = query.and_some(filter.status, |status| ServiceRequest::STATUS.eq(status));
        let query = query.order_by(ServiceRequest::ID, Direction::Desc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let units = items.iter().map(|it| it.org_unit_id);
        let units = Names::read(tx, units, |it: &OrgUnit| it.name.to_string()).await?;
        let handlers = items.iter().filter_map(|it| it.assigned_to);
        let people: Vec<_> = items.iter().map(|it| it.requested_by).chain(handlers).collect();
        let people = Names::read(tx, people, Membership::name).await?;
        let views = items.into_iter().map(|it| RequestView {
            id: it.id,
            org_unit: units.of(it.org_unit_id),
            requested_by: people.of(it.requested_by),
            assigned_to: it.assigned_to.map(|id| people.of(id)),
            kind: it.kind,
            details: it.details,
            priority: it.priority,
            status: it.status,
            opened_at: it.stamp.created_at,
        });
        Ok(Page { items: views.collect(), next })
    }
}
