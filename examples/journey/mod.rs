//! What the journeys share: a store, a clock that moves only when told, and people who act.
use std::sync::Arc;

use chrono::TimeDelta;
use lms::{
    content::{AddNode, ChangeNodeStatus, ContentNode, Course, NodeKind, PublicationEvent},
    identity::{
        InviteMember, Membership, MembershipKind, PersonName, RegisterUser, SignUpWithInvite, User,
    },
    kernel::{
        Actor, Clock as _, Context, EmailAddress, Entropy, FixedClock, Id, LanguageTag,
        SeededEntropy, SequentialIds, Slug, TenantId, Timestamp, Title,
    },
    memory::MemoryStore,
    operation::{Failure as Refused, Operation, Refusal},
    store::{Store, StoreError, Transaction},
    tenancy::{CreateTenant, OpenSingleTenant},
};

#[path = "../support/database.rs"]
mod database;

use database::open_database;

pub(crate) type Failure = Box<dyn std::error::Error>;

/// The tenant's store and clock.
pub(crate) struct Desk {
    pub(crate) store: Store,
    clock: FixedClock,
    ids: Arc<SequentialIds>,
}

/// A person with a login and a membership.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) user: User,
    pub(crate) member: Membership,
}

/// The store with the context of one actor.
pub(crate) struct Acting<'a> {
    store: &'a Store,
    pub(crate) cx: Context,
}

impl Acting<'_> {
    /// Runs an operation as that actor.
    pub(crate) async fn run<O>(&self, operation: O) -> Result<O::Answer, Refused<O::Error>>
    where
        O: Operation<Error: Refusal>,
    {
        self.store.run(&self.cx, operation).await
    }
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
        desk.system().run(OpenSingleTenant { tenant: command }).await?;
        println!("{name} opens on {}.", desk.now().date());
        Ok(desk)
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, time: TimeDelta) {
        self.clock.advance(time);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Acts as that actor, now.
    pub(crate) fn by(&self, actor: Actor) -> Acting<'_> {
        let ids: Arc<dyn lms::kernel::IdGenerator> = self.ids.clone();
        let cx = Context::new(TenantId::SINGLE, actor, self.clock.now(), ids);
        Acting { store: &self.store, cx }
    }

    /// Acts as the tenant's own programs.
    pub(crate) fn system(&self) -> Acting<'_> {
        self.by(Actor::system("journey"))
    }

    /// Acts as a person.
    pub(crate) fn acting(&self, person: &Person) -> Acting<'_> {
        self.by(person.user.actor())
    }

    /// Reads rows of the tenant as they are, without a permission.
    pub(crate) async fn look(&self) -> Result<Transaction, StoreError> {
        self.store.begin(&self.system().cx).await
    }

    /// Invites a person, who signs up and joins.
    pub(crate) async fn person(
        &self,
        (name, address): (&str, &str),
        kind: MembershipKind,
    ) -> Result<Person, Failure> {
        let invite = InviteMember::new(EmailAddress::new(address)?, kind);
        let token = self.system().run(invite).await?.token;
        let name = PersonName::of(Title::new(name)?);
        let join = SignUpWithInvite { token, name, login: RegisterUser::default() };
        let (user, member) = self.by(Actor::Anonymous).run(join).await?;
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
        let node = cx.run(command).await?;
        let publish = PublicationEvent::Publish;
        Ok(cx.run(ChangeNodeStatus { node_id: node.id, event: publish }).await?)
    }
}
