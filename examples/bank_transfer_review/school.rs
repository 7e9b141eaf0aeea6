//! A school with a student and two clerks, and a clock that stands still.
use std::sync::Arc;

use lms::{
    authorization::{BuiltinRole, Role},
    host::SystemEntropy,
    identity::{Membership, MembershipKind, RoleAssignment, User},
    kernel::{
        Actor, ActorId, Context, Id, IdGenerator, Scope, TenantId, TimeOrderedIds, Timestamp,
    },
    store::{Store, Transaction},
    tenancy::CreateTenant,
};

pub(crate) type Failure = Box<dyn std::error::Error>;

/// Somebody who acts: their login and their membership.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) member: Id<Membership>,
    user: ActorId,
}

/// The school.
#[derive(Debug)]
pub(crate) struct School {
    pub(crate) store: Store,
    system: Context,
    pub(crate) ada: Person,
    pub(crate) dana: Person,
    pub(crate) eli: Person,
}

impl School {
    /// A new school on that store.
    pub(crate) async fn open(store: Store) -> Result<Self, Failure> {
        let ids: Arc<dyn IdGenerator> = Arc::new(TimeOrderedIds::new(Arc::new(SystemEntropy)));
        let now: Timestamp = "2024-03-01T09:00:00Z".parse()?;
        let tenant = TenantId::from_uuid(ids.next_id(now));
        let system = Context::new(tenant, Actor::system("example"), now, ids);
        let mut tx = store.begin_in(&system, Scope::TenantAndPlatform(tenant)).await?;
        let slug = format!("school-{tenant}").parse()?;
        let opened = CreateTenant::new("Parla".parse()?, slug, "it".parse()?);
        tx.run(opened).await?;
        let student = (MembershipKind::Student, BuiltinRole::Student);
        let clerk = (MembershipKind::Staff, BuiltinRole::Finance);
        let ada = person(&mut tx, "Ada", student).await?;
        let dana = person(&mut tx, "Dana", clerk).await?;
        let eli = person(&mut tx, "Eli", clerk).await?;
        tx.commit().await?;
        Ok(Self { store, system, ada, dana, eli })
    }

    /// The system itself.
    pub(crate) fn cx(&self) -> Context {
        self.system.clone()
    }

    /// A person of the school.
    pub(crate) fn acting(&self, person: Person) -> Context {
        self.cx().with_actor(Actor::User(person.user))
    }

    pub(crate) async fn begin(&self) -> Result<Transaction, Failure> {
        Ok(self.store.begin(&self.system).await?)
    }
}

async fn person(
    tx: &mut Transaction,
    name: &str,
    (kind, role): (MembershipKind, BuiltinRole),
) -> Result<Person, Failure> {
    let user = User::new(tx.cx());
    tx.insert(&user).await?;
    let member = Membership::new(tx.cx(), kind, name.parse()?).with_user(user.id);
    tx.insert(&member).await?;
    let role = tx.first(Role::by_key(role)).await?.ok_or("a new tenant has its roles")?;
    tx.insert(&RoleAssignment::new(tx.cx(), member.id, role.id)).await?;
    Ok(Person { member: member.id, user: user.actor_id() })
}
