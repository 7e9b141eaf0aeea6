//! The context of one operation: tenant, actor and time.

use std::{net::IpAddr, sync::Arc};

use crate::{Actor, ActorId, Id, IdGenerator, RequestId, Scope, TenantId, Timestamp};

/// One operation: for which tenant, by whom, at what time, with which source of ids.
///
/// The time is fixed when the context is made, so everything that one operation writes carries the
/// same time, and a rule gives the same answer when the operation is repeated. A host makes one for
/// each request, usually with its own `Host` helper.
///
/// ```
/// use std::sync::Arc;
/// use lms_kernel::{Actor, Context, Id, Scope, SequentialIds, TenantId, Timestamp};
///
/// struct Note;
/// let ids = Arc::new(SequentialIds::new());
/// let cx = Context::new(TenantId::SINGLE, Actor::system("import"), Timestamp::EPOCH, ids);
/// assert_eq!(cx.scope(), Scope::Tenant(TenantId::SINGLE));
/// let (first, second): (Id<Note>, Id<Note>) = (cx.id(), cx.id());
/// assert!(first < second);
/// ```
///
/// # Pitfalls
/// - Do not keep it beyond the request: its time does not move, and so would every deadline.
/// - The actor is trusted. Verify the session first, then make the context.
/// - A job that catches up day by day makes one context per day with [`at`](Self::at).
#[derive(Clone, Debug)]
pub struct Context {
    tenant: TenantId,
    actor: Actor,
    now: Timestamp,
    request: Option<RequestId>,
    client: Option<Client>,
    ids: Arc<dyn IdGenerator>,
}

/// The address and program of a request, for the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The address it came from.
    pub ip_address: Option<IpAddr>,
    /// The program it came from, as it names itself; cut at 512 characters.
    pub user_agent: Option<String>,
}

impl Client {
    /// The most characters of a program's name for itself that are kept.
    pub const MAX_USER_AGENT_LENGTH: usize = 512;

    /// A client with that address and that name for itself, control characters left out.
    pub fn new(ip_address: Option<IpAddr>, user_agent: Option<&str>) -> Self {
        let clean = |text: &str| {
            let shown = text.chars().filter(|it| !it.is_control());
            shown.take(Self::MAX_USER_AGENT_LENGTH).collect()
        };
        Self { ip_address, user_agent: user_agent.map(clean) }
    }
}

impl Context {
    /// An operation of `actor` for `tenant` at `now`.
    pub fn new(tenant: TenantId, actor: Actor, now: Timestamp, ids: Arc<dyn IdGenerator>) -> Self {
        Self { tenant, actor, now, request: None, client: None, ids }
    }

    /// The same, with the id by which logs and audit entries find the host's request.
    #[must_use]
    pub fn with_request(mut self, request: RequestId) -> Self {
        self.request = Some(request);
        self
    }

    /// The same, with where the request came from.
    #[must_use]
    pub fn with_client(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }

    /// The same, done by another person.
    #[must_use]
    pub fn with_actor(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// The same, for another tenant.
    #[must_use]
    pub const fn with_tenant(mut self, tenant: TenantId) -> Self {
        self.tenant = tenant;
        self
    }

    /// The same, at another time.
    #[must_use]
    pub const fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// The tenant whose data the operation is about.
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Who acts.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The id of the user who acts; `None` for the system and for anonymous callers.
    pub const fn actor_id(&self) -> Option<ActorId> {
        self.actor.id()
    }

    /// The time of the operation.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The host's request that the operation serves, if it named one.
    pub const fn request(&self) -> Option<&RequestId> {
        self.request.as_ref()
    }

    /// Where the request came from, if the host said so.
    pub const fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    /// A new id.
    pub fn id<T>(&self) -> Id<T> {
        Id::from_uuid(self.ids.next_id(self.now))
    }

    /// The scope of the tenant; wider ones are spelled out where they are needed.
    pub const fn scope(&self) -> Scope {
        Scope::Tenant(self.tenant)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::SequentialIds;

    struct Course;

    fn context() -> Context {
        let ids = Arc::new(SequentialIds::new());
        Context::new(TenantId::SINGLE, Actor::Anonymous, Timestamp::EPOCH, ids)
    }

    #[test]
    fn a_context_is_changed_by_making_another() {
        let ada = ActorId::from_uuid(Uuid::from_u128(7));
        let request: RequestId = "req-1".parse().unwrap();
        let cx =
            context().with_actor(Actor::User(ada)).with_request(request.clone()).at(Timestamp::MAX);
        assert_eq!(cx.actor_id(), Some(ada));
        assert_eq!(cx.request(), Some(&request));
        assert_eq!(cx.now(), Timestamp::MAX);
        assert_eq!(context().actor_id(), None);
    }

    #[test]
    fn clones_share_one_source_of_ids() {
        let cx = context();
        let ids: [Id<Course>; 3] = [cx.id(), cx.clone().id(), cx.id()];
        assert!(ids.is_sorted());
        assert_ne!(ids[0], ids[1]);
    }
}
