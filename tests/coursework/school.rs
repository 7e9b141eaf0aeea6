//! A school with two centres, a course and the people around it.
use lms::{
    audit::{Action, AuditEntry},
    authorization::{BuiltinRole, Role},
    content::{Course, PublicationStatus},
    identity::{AssignmentScope, Membership, MembershipKind, RoleAssignment, User},
    kernel::{Actor, Context, Id, Points, Scope, TenantId, Timestamp},
    learning::{Enrollment, GrantSource},
    memory::MemoryStore,
    store::{Query, Record, Store},
    tenancy::{CreateTenant, OrgUnit, OrgUnitKind},
};
use lms_testkit::TestContext;

/// Runs a service in a transaction: commits what it did, or rolls it back and keeps the note of a
/// refusal.
macro_rules! run {
    ($school:expr, $cx:expr, |$tx:ident| $body:expr) => {{
        let context: &lms::kernel::Context = &$cx;
        let mut transaction = $school.store.begin(context).await.unwrap();
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

/// Each of these people is refused, and each refusal is in the audit trail of the school.
macro_rules! refused {
    ($school:expr, [$($who:ident),+ $(,)?], |$tx:ident| $body:expr) => {{
        $({
            let before = $school.denials().await;
            let who = $school.cx_of(&$school.$who);
            let error = run!($school, who, |$tx| $body).err().expect(stringify!($who));
            let kind = lms::kernel::DomainError::kind(&error);
            assert_eq!(kind, lms::kernel::ErrorKind::Forbidden, "{}: {error}", stringify!($who));
            assert_eq!($school.denials().await, before + 1, "{}: {error}", stringify!($who));
        })+
    }};
}

/// A person with a login.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: Id<Membership>,
    actor: Actor,
}

/// A school, its people, and its time.
#[derive(Clone, Debug)]
pub(crate) struct School {
    pub(crate) store: Store,
    pub(crate) system: Context,
    pub(crate) north: Id<OrgUnit>,
    pub(crate) south: Id<OrgUnit>,
    /// Owns the course.
    pub(crate) teacher: Person,
    /// Teaches, but not this course, in which they learn.
    pub(crate) colleague: Person,
    /// Runs the northern centre.
    pub(crate) head: Person,
    /// Runs the southern centre.
    pub(crate) other_head: Person,
    /// Learn in the course, at the northern centre.
    pub(crate) ada: Person,
    pub(crate) ben: Person,
    /// Keeps the money.
    pub(crate) finance: Person,
    pub(crate) course: Id<Course>,
}

pub(crate) fn points(text: &str) -> Points {
    text.parse().unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl School {
    /// A school on a memory store.
    pub(crate) async fn open() -> Self {
        Self::open_on(Store::new(MemoryStore::new())).await
    }

    /// A school on that store, another tenant each time.
    pub(crate) async fn open_on(store: Store) -> Self {
        let system = TestContext::new("coursework").at(at("2026-03-02T09:00:00Z")).build();
        Self::open_as(store, system).await
    }

    async fn open_as(store: Store, system: Context) -> Self {
        let tenant: TenantId = system.tenant();
        let mut tx = store.begin_in(&system, Scope::TenantAndPlatform(tenant)).await.unwrap();
        let slug = format!("school-{}", tenant.uuid().simple()).parse().unwrap();
        let opened = CreateTenant::new("School".parse().unwrap(), slug, "en".parse().unwrap());
        tx.run(opened).await.unwrap();
        let unit = |name: &str| OrgUnit::new(&system, OrgUnitKind::Centre, name.parse().unwrap());
        let (north, south) = (unit("North"), unit("South"));
        tx.insert_all(&[north.clone(), south.clone()]).await.unwrap();
        let (student, staff) = (MembershipKind::Student, MembershipKind::Staff);
        let mut people = Vec::new();
        for (name, kind, home, role) in [
            ("Cleo Teacher", staff, None, BuiltinRole::Instructor),
            ("Dana Colleague", staff, None, BuiltinRole::Instructor),
            ("Eli Head", staff, Some(north.id), BuiltinRole::Supervisor),
            ("Fay Head", staff, Some(south.id), BuiltinRole::Supervisor),
            ("Ada Student", student, Some(north.id), BuiltinRole::Student),
            ("Ben Student", student, Some(north.id), BuiltinRole::Student),
            ("Gus Finance", staff, None, BuiltinRole::Finance),
        ] {
            let user = User::new(&system);
            let mut member = Membership::new(&system, kind, name.parse().unwrap());
            (member.user_id, member.org_unit_id) = (Some(user.id), home);
            let role = tx.first(Role::by_key(role)).await.unwrap().unwrap();
            let mut given = RoleAssignment::new(&system, member.id, role.id);
            if kind == staff
                && let Some(home) = home
            {
                given = given.at(AssignmentScope::Unit, home.uuid());
            }
            tx.insert(&user).await.unwrap();
            tx.insert(&member).await.unwrap();
            tx.insert(&given).await.unwrap();
            people.push(Person { id: member.id, actor: Actor::User(user.actor_id()) });
        }
        let [teacher, colleague, head, other_head, ada, ben, finance] = people.try_into().unwrap();
        let (title, slug) = ("Writing".parse().unwrap(), "writing".parse().unwrap());
        let mut course = Course::new(&system, title, slug, teacher.id);
        course.status = PublicationStatus::Published;
        tx.insert(&course).await.unwrap();
        for learner in [&ada, &ben, &colleague] {
            let learns = Enrollment::new(&system, learner.id, course.id, GrantSource::Manual);
            tx.insert(&learns).await.unwrap();
        }
        tx.commit().await.unwrap();
        let (north, south, course) = (north.id, south.id, course.id);
        let mut school = Self {
            store,
            system,
            north,
            south,
            teacher,
            colleague,
            head,
            other_head,
            ada,
            ben,
            finance,
            course,
        };
        school.system = school.system.with_actor(Actor::system("test"));
        school
    }

    /// A person of the school, at its time.
    pub(crate) fn cx_of(&self, person: &Person) -> Context {
        self.system.clone().with_actor(person.actor.clone())
    }

    /// The same school at another time.
    pub(crate) fn at(&self, now: &str) -> Self {
        Self { system: self.system.clone().at(at(now)), ..self.clone() }
    }

    pub(crate) async fn save<R: Record>(&self, record: &R) {
        let mut tx = self.store.begin(&self.system).await.unwrap();
        tx.insert(record).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn all<R: Record>(&self, query: Query<R>) -> Vec<R> {
        self.store.begin(&self.system).await.unwrap().all(query).await.unwrap()
    }

    /// How many refusals the audit trail of the school has.
    pub(crate) async fn denials(&self) -> u64 {
        let mut tx = self.store.begin(&self.system).await.unwrap();
        tx.count(Query::filter(AuditEntry::ACTION.eq(Action::Denied))).await.unwrap()
    }
}
