//! What the journeys share: a store, a clock that moves only when told, and people who act.
use std::sync::Arc;

use chrono::TimeDelta;
use lms::{
    content::{AddNode, ChangeNodeStatus, ContentNode, Course, NodeKind, PublicationEvent},
    identity::{AddMember, Membership, MembershipKind, RegisterUser, User, UserEvent},
    kernel::{
        Actor, Clock as _, Context, EmailAddress, Entropy, FixedClock, Id, LanguageTag, Scope,
        SeededEntropy, SequentialIds, Slug, TenantId, Timestamp, Title,
    },
    memory::MemoryStore,
    store::Store,
    tenancy::{CreateTenant, OpenSingleTenant},
};

#[path = "../support/database.rs"]
mod database;

use database::open_database;

pub(crate) type Failure = Box<dyn std::error::Error>;

/// Runs a service in a transaction of its own: keeps what it did, or rolls it back.
macro_rules! act {
    ($desk:expr, $cx:expr, |$tx:ident| $body:expr) => {{
        let context: &lms::kernel::Context = &$cx;
        let scope = lms::kernel::Scope::TenantAndPlatform(context.tenant());
        let mut transaction = $desk.store.begin_in(context, scope).await?;
        let result = {
            let $tx = &mut transaction;
            $body.await
        };
        match result {
            Ok(done) => {
                transaction.commit().await?;
                Ok(done)
            }
            Err(error) => {
                transaction.rollback().await?;
                Err(error)
            }
        }
    }};
}

/// The tenant's store and clock.
pub(crate) struct Desk {
    pub(crate) store: Store,
    clock: FixedClock,
    ids: Arc<SequentialIds>,
}

/// Somebody with a login and a membership.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) user: User,
    pub(crate) member: Membership,
}

impl Person {
    pub(crate) fn id(&self) -> Id<Membership> {
        self.member.id
    }
}

impl Desk {
    /// Opens the tenant at `start`, on the memory store or, with `--database URL`, on PostgreSQL.
    pub(crate) async fn open(name: &str, start: &str) -> Result<Self, Failure> {
        let mut words = std::env::args().skip(1);
        let store = match (words.next().as_deref(), words.next()) {
            (None, _) => Store::new(MemoryStore::new()),
            (Some("--database"), Some(url)) => open_database(&url).await?,
            _ => return Err("there is `--database URL`, and nothing else".into()),
        };
        let store = store.with_port::<dyn Entropy>(Arc::new(SeededEntropy::new(1)));
        let clock = FixedClock::new(start.parse()?);
        let desk = Self { store, clock, ids: Arc::new(SequentialIds::new()) };
        let slug = Slug::from_title(name);
        let command = CreateTenant::new(Title::new(name)?, slug, LanguageTag::new("en")?);
        act!(desk, desk.system(), |tx| tx.run(OpenSingleTenant { tenant: command }))?;
        println!("{name} opens on {}.", desk.clock.now().date());
        Ok(desk)
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, time: TimeDelta) {
        self.clock.advance(time);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn by(&self, actor: Actor) -> Context {
        let ids: Arc<dyn lms::kernel::IdGenerator> = self.ids.clone();
        Context::new(TenantId::SINGLE, actor, self.clock.now(), ids)
    }

    /// The tenant's own programs.
    pub(crate) fn system(&self) -> Context {
        self.by(Actor::system("journey"))
    }

    /// One person.
    pub(crate) fn acting(&self, person: &Person) -> Context {
        self.by(Actor::User(person.user.actor_id()))
    }

    /// Somebody on the roster, with a verified login.
    pub(crate) async fn person(
        &self,
        (name, address): (&str, &str),
        kind: MembershipKind,
    ) -> Result<Person, Failure> {
        let cx = self.system();
        let email = Some(EmailAddress::new(address)?);
        let command = RegisterUser { email, ..RegisterUser::default() };
        let mut user = act!(self, cx, |tx| tx.run(command))?;
        user.status = user.status.apply(UserEvent::Verify)?;
        user.email_verified_at = Some(self.now());
        let mut tx = self.store.begin_in(&cx, Scope::TenantAndPlatform(cx.tenant())).await?;
        tx.update(&mut user).await?;
        tx.commit().await?;
        let command = AddMember::new(kind, Title::new(name)?).with_user(user.id);
        let member = act!(self, cx, |tx| tx.run(command))?;
        Ok(Person { user, member })
    }

    /// A published part of a course, by somebody who writes it.
    pub(crate) async fn publish(
        &self,
        author: &Person,
        (course, parent): (Id<Course>, Option<Id<ContentNode>>),
        (kind, name): (NodeKind, &str),
    ) -> Result<ContentNode, Failure> {
        let cx = self.acting(author);
        let mut command = AddNode::new(course, kind, Title::new(name)?);
        command.parent_id = parent;
        let node = act!(self, cx, |tx| tx.run(command))?;
        let publish = PublicationEvent::Publish;
        Ok(act!(self, cx, |tx| tx.run(ChangeNodeStatus { node_id: node.id, event: publish }))?)
    }
}
