//! A school with people, content, classes and learners: what every row of the table stands on.
use std::sync::Arc;

use chrono::TimeDelta;
use lms::{
    audit::{Action, AuditEntry},
    authorization::{Effect, PermissionPattern, Reach, Role, RoleKey, RoleLine},
    content::FileStorage,
    delivery::MeetingPort,
    identity::{
        AddMember, AppointPlatformRole, AssignRole, AssignmentScope, Membership, MembershipKind,
        PlatformRole, RegisterUser, User, UserEvent,
    },
    kernel::{
        Actor, Context, EmailAddress, Entropy, Id, LanguageTag, Money, Scope, SeededEntropy, Slug,
        TimeRange, Title,
    },
    store::{Query, Record, Store},
    tenancy::{CreateTenant, CreateUnit, NewPlan, OrgUnit, OrgUnitKind, PlanLimits},
};
use lms_store_postgres::testing::{TestDatabase, TestServer};
use lms_testkit::TestContext;

use crate::{
    community_table::Talk,
    exam_table::Exams,
    governance_table::agreed,
    later_table::Later,
    placement_table::Placed,
    ports::{Meetings, Shelf},
    shop::Shop,
    sittings_table::Sittings,
    things::{Courses, Things},
};

/// Runs a service in a transaction that includes the platform: commits what it did, or rolls it
/// back and keeps the note of a refusal.
macro_rules! act {
    ($store:expr, $cx:expr, |$tx:ident| $body:expr) => {{
        let context: &lms::kernel::Context = &$cx;
        let scope = lms::kernel::Scope::TenantAndPlatform(context.tenant());
        let mut transaction = $store.begin_in(context, scope).await.unwrap();
        let result = {
            let $tx = &mut transaction;
            $body.await
        };
        match &result {
            Ok(_) => transaction.commit().await.unwrap(),
            Err(_) => transaction.rollback().await.unwrap(),
        }
        result
    }};
}

/// Makes two tests of each scenario, one for each backend.
macro_rules! on_both {
    ($($scenario:ident),+ $(,)?) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $scenario() {
                let store = lms::store::Store::new(lms::memory::MemoryStore::new());
                super::$scenario(crate::world::World::open(store).await).await;
            })+
        }

        mod on_postgres {
            $(#[tokio::test]
            async fn $scenario() {
                let database = crate::world::database().await;
                let store = lms::store::Store::new(database.store());
                super::$scenario(crate::world::World::open(store).await).await;
            })+
        }
    };
}

/// An empty database of the server that the tests share.
pub(crate) async fn database() -> TestDatabase {
    TestServer::shared().await.unwrap().database().await.unwrap()
}

pub(crate) fn title(text: &str) -> Title {
    Title::new(text).unwrap()
}

pub(crate) fn email(text: &str) -> EmailAddress {
    EmailAddress::new(text).unwrap()
}

pub(crate) fn line(pattern: &'static str) -> RoleLine {
    let pattern = PermissionPattern::from_static(pattern);
    RoleLine { effect: Effect::Allow, pattern, reach: Reach::All }
}

/// Who calls a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// The product itself.
    System,
    /// Runs the platform.
    Root,
    /// Administers the tenant.
    Admin,
    /// Owns the course and teaches the class in the north.
    Teacher,
    /// Learns in the course and the class.
    Learner,
    /// Is responsible for the learner.
    Guardian,
    /// A learner with no part in any of it.
    Other,
    /// Runs the south.
    South,
    /// Administers another tenant, and knocks at this one.
    Stranger,
    /// Has not signed in.
    Nobody,
    /// Administers another tenant, and asks there for this one's records.
    Elsewhere,
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

/// The school.
pub(crate) struct World {
    pub(crate) store: Store,
    /// The system, in this tenant.
    pub(crate) system: Context,
    pub(crate) files: Arc<Shelf>,
    pub(crate) north: OrgUnit,
    pub(crate) south: OrgUnit,
    pub(crate) root: Person,
    pub(crate) admin: Person,
    pub(crate) teacher: Person,
    pub(crate) learner: Person,
    pub(crate) guardian: Person,
    pub(crate) other: Person,
    head_of_south: Person,
    stranger: Person,
    elsewhere: Context,
    courses: Option<Courses>,
    things: Option<Things>,
    later: Option<Later>,
    pub(crate) exams: Option<Exams>,
    pub(crate) shop: Option<Shop>,
    sittings: Option<Sittings>,
    placed: Option<Placed>,
    talk: Option<Talk>,
}

impl World {
    /// A school with everything in it.
    pub(crate) async fn open(store: Store) -> Self {
        let mut world = Self::people(store).await;
        world.courses = Some(world.make_courses().await);
        world.things = Some(world.make_things().await);
        world.later = Some(Later::make(&world).await);
        world
    }

    /// A school that sells, with all that any row of the tables is about.
    pub(crate) async fn whole(store: Store) -> Self {
        let mut world = Self::open(store).await;
        world.exams = Some(Exams::make(&world).await);
        world.shop = Some(Shop::make(&world).await);
        world.sittings = Some(Sittings::make(&world).await);
        world.placed = Some(Placed::make(&world).await);
        world.talk = Some(Talk::make(&world).await);
        agreed(&world).await;
        world
    }

    /// A school with people only.
    pub(crate) async fn people(store: Store) -> Self {
        let files = Arc::new(Shelf::default());
        let store = fitted(store, &files, 7);
        let test = TestContext::new("services");
        let (system, elsewhere) = (test.build(), test.build());
        for (cx, name) in [(&system, "Ours"), (&elsewhere, "Theirs")] {
            let slug = Slug::new(&format!("s-{}", cx.tenant().uuid().simple())).unwrap();
            let command = CreateTenant {
                plan: Some(NewPlan {
                    name: title("Pro"),
                    price_per_month: "10.00 EUR".parse::<Money>().unwrap(),
                    limits: PlanLimits::UNLIMITED,
                }),
                ..CreateTenant::new(title(name), slug, LanguageTag::new("en").unwrap())
            };
            act!(store, cx, |tx| tx.run(command)).unwrap();
        }
        let [north, south] = ["North", "South"].map(|name| {
            let command = CreateUnit::new(OrgUnitKind::Centre, title(name), None);
            let (store, system) = (&store, &system);
            async move { act!(store, system, |tx| tx.run(command)).unwrap() }
        });
        let (north, south) = (north.await, south.await);
        let up = Some(north.id);
        let hire = |cx, name, kind, unit| person(&store, cx, name, kind, unit);
        let root = hire(&system, "root", MembershipKind::Guardian, None).await;
        let admin = hire(&system, "admin", MembershipKind::Admin, None).await;
        let teacher = hire(&system, "teacher", MembershipKind::Staff, up).await;
        let learner = hire(&system, "learner", MembershipKind::Student, up).await;
        let guardian = hire(&system, "guardian", MembershipKind::Guardian, None).await;
        let other = hire(&system, "other", MembershipKind::Student, None).await;
        let head_of_south = hire(&system, "south", MembershipKind::Staff, Some(south.id)).await;
        let stranger = hire(&elsewhere, "stranger", MembershipKind::Admin, None).await;
        let elsewhere = elsewhere.with_actor(Actor::User(stranger.user.actor_id()));
        let world = Self {
            files,
            courses: None,
            things: None,
            later: None,
            exams: None,
            shop: None,
            sittings: None,
            placed: None,
            talk: None,
            store,
            system,
            north,
            south,
            root,
            admin,
            teacher,
            learner,
            guardian,
            other,
            head_of_south,
            stranger,
            elsewhere,
        };
        world.give(&world.teacher, "instructor", None).await;
        world.give(&world.head_of_south, "supervisor", Some(world.south.id)).await;
        let root = world.root.user.id;
        let role = PlatformRole::PlatformAdmin;
        act!(world.store, world.system, |tx| tx.run(AppointPlatformRole { user_id: root, role }))
            .unwrap();
        world
    }

    pub(crate) fn head_of_south(&self) -> Id<Membership> {
        self.head_of_south.id()
    }

    /// The login of the administrator of another tenant.
    pub(crate) const fn stranger_user(&self) -> &User {
        &self.stranger.user
    }

    pub(crate) fn courses(&self) -> &Courses {
        self.courses.as_ref().unwrap()
    }

    pub(crate) fn things(&self) -> &Things {
        self.things.as_ref().unwrap()
    }

    pub(crate) fn later(&self) -> &Later {
        self.later.as_ref().unwrap()
    }

    pub(crate) fn sittings(&self) -> &Sittings {
        self.sittings.as_ref().unwrap()
    }

    pub(crate) fn placed(&self) -> &Placed {
        self.placed.as_ref().unwrap()
    }

    pub(crate) fn talk(&self) -> &Talk {
        self.talk.as_ref().unwrap()
    }

    pub(crate) fn shop(&self) -> &Shop {
        self.shop.as_ref().unwrap()
    }

    /// An operation of that person.
    pub(crate) fn cx(&self, who: Who) -> Context {
        let by =
            |person: &Person| self.system.clone().with_actor(Actor::User(person.user.actor_id()));
        match who {
            Who::System => self.system.clone(),
            Who::Root => by(&self.root),
            Who::Admin => by(&self.admin),
            Who::Teacher => by(&self.teacher),
            Who::Learner => by(&self.learner),
            Who::Guardian => by(&self.guardian),
            Who::Other => by(&self.other),
            Who::South => by(&self.head_of_south),
            Who::Stranger => by(&self.stranger),
            Who::Nobody => self.system.clone().with_actor(Actor::Anonymous),
            Who::Elsewhere => self.elsewhere.clone(),
        }
    }

    /// How many refusals the audit trail of the school has.
    pub(crate) async fn denials(&self) -> u64 {
        let mut tx = self.store.begin(&self.system).await.unwrap();
        tx.count(Query::filter(AuditEntry::ACTION.eq(Action::Denied))).await.unwrap()
    }

    pub(crate) async fn count<R: Record>(&self, query: Query<R>) -> u64 {
        self.store.begin(&self.system).await.unwrap().count(query).await.unwrap()
    }

    pub(crate) async fn read<R: Record>(&self, id: Id<R>) -> R {
        let mut tx = self.store.begin(&self.system).await.unwrap();
        tx.require(id).await.unwrap()
    }

    pub(crate) async fn first<R: Record>(&self, query: Query<R>) -> R {
        let scope = Scope::TenantAndPlatform(self.system.tenant());
        let mut tx = self.store.begin_in(&self.system, scope).await.unwrap();
        tx.first(query).await.unwrap().expect(R::TABLE)
    }

    /// Puts a record there as it is.
    pub(crate) async fn keep<R: Record>(&self, record: &R) {
        let mut tx = self.store.begin(&self.system).await.unwrap();
        tx.insert(record).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn give(&self, person: &Person, key: &str, unit: Option<Id<OrgUnit>>) {
        let role_id = self.first(Role::by_key(RoleKey::new(key).unwrap())).await.id;
        let scope = unit.map_or(AssignmentScope::Tenant, |_| AssignmentScope::Unit);
        let scope_id = unit.map(Id::uuid);
        let command = AssignRole { membership_id: person.id(), role_id, scope, scope_id };
        act!(self.store, self.system, |tx| tx.run(command)).unwrap();
    }

    /// A time of the first day, by its hour.
    pub(crate) fn hour(&self, hour: i64) -> TimeRange {
        let start = self.system.now().saturating_add(TimeDelta::hours(hour));
        TimeRange::new(start, start.saturating_add(TimeDelta::hours(1))).unwrap()
    }
}

/// The store with the ports of the school, and random numbers from that seed.
pub(crate) fn fitted(store: Store, files: &Arc<Shelf>, seed: u64) -> Store {
    store
        .with_port::<dyn Entropy>(Arc::new(SeededEntropy::new(seed)))
        .with_port::<dyn FileStorage>(Arc::<Shelf>::clone(files))
        .with_port::<dyn MeetingPort>(Arc::new(Meetings))
}

/// Somebody with a verified login and a membership in the tenant of `cx`.
pub(crate) async fn person(
    store: &Store,
    cx: &Context,
    name: &str,
    kind: MembershipKind,
    unit: Option<Id<OrgUnit>>,
) -> Person {
    let address = format!("{name}-{}@a.example", cx.tenant().uuid().simple());
    let command = RegisterUser { email: Some(email(&address)), ..RegisterUser::default() };
    let mut user = act!(store, cx, |tx| tx.run(command)).unwrap();
    user.status = user.status.apply(UserEvent::Verify).unwrap();
    user.email_verified_at = Some(cx.now());
    let mut tx = store.begin_in(cx, Scope::TenantAndPlatform(cx.tenant())).await.unwrap();
    tx.update(&mut user).await.unwrap();
    tx.commit().await.unwrap();
    let mut command = AddMember::new(kind, title(name)).with_user(user.id);
    command.org_unit_id = unit;
    let member = act!(store, cx, |tx| tx.run(command)).unwrap();
    Person { user, member }
}
