//! A school in the memory store, with people in it: what the tests of tenancy and identity share.

use lms::{
    audit::{Action, AuditEntry},
    identity::{
        AddMember, AssignRole, AssignmentScope, Membership, MembershipKind, PersonName,
        RegisterUser, Role, RoleKey, User, UserEvent,
    },
    kernel::{Actor, Context, EmailAddress, Id, LanguageTag, Slug, Title},
    store::{Query, Store},
    tenancy::{CreateTenant, CreateUnit, NewPlan, OrgUnit, OrgUnitKind},
};
use lms_testkit::TestContext;

pub(crate) fn title(text: &str) -> Title {
    Title::new(text).unwrap()
}

pub(crate) fn email(text: &str) -> EmailAddress {
    EmailAddress::new(text).unwrap()
}

pub(crate) fn name(text: &str) -> PersonName {
    PersonName::of(title(text))
}

/// Runs a service in a transaction that includes the platform: commits what it did, or rolls it
/// back and keeps the note of a refusal.
macro_rules! run {
    ($school:expr, $cx:expr, |$tx:ident| $body:expr) => {{
        let context: &lms::kernel::Context = &$cx;
        let scope = lms::kernel::Scope::TenantAndPlatform(context.tenant());
        let mut transaction = $school.store.begin_in(context, scope).await.unwrap();
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
    ($school:expr, [$($who:expr),+ $(,)?], |$tx:ident| $body:expr) => {{
        $({
            let before = $school.denials().await;
            let error = run!($school, $who, |$tx| $body).err().expect(stringify!($body));
            let kind = lms::kernel::DomainError::kind(&error);
            assert_eq!(kind, lms::kernel::ErrorKind::Forbidden, "{}: {error}", stringify!($who));
            assert_eq!($school.denials().await, before + 1, "{} {error}", stringify!($body));
        })+
    }};
}

/// A tenant with two centres, and the people that most tests need.
pub(crate) struct School {
    pub(crate) store: Store,
    /// The system, in this tenant.
    pub(crate) system: Context,
    pub(crate) north: OrgUnit,
    pub(crate) south: OrgUnit,
}

/// Somebody with a login and a membership.
pub(crate) struct Person {
    /// Operations of this person.
    pub(crate) cx: Context,
    pub(crate) user: User,
    pub(crate) member: Membership,
}

impl School {
    /// A school without limits.
    pub(crate) async fn open(store: &Store, test: &TestContext) -> Self {
        Self::with_plan(store, test, None).await
    }

    /// A school with a plan.
    pub(crate) async fn with_plan(
        store: &Store,
        test: &TestContext,
        plan: Option<NewPlan>,
    ) -> Self {
        let system = test.build().with_actor(Actor::system("test"));
        let slug = Slug::new(&format!("school-{}", system.tenant().uuid().simple())).unwrap();
        let language = LanguageTag::new("en").unwrap();
        let command = CreateTenant { plan, ..CreateTenant::new(title("School"), slug, language) };
        let blank = |id| OrgUnit::new(&system, OrgUnitKind::Centre, id);
        let (north, south) = (blank(title("North")), blank(title("South")));
        let mut school = Self { store: store.clone(), system, north, south };
        run!(school, school.system, |tx| tx.run(command)).unwrap();
        school.north = school.unit("North", None).await;
        school.south = school.unit("South", None).await;
        school
    }

    pub(crate) async fn unit(&self, name: &str, parent: Option<Id<OrgUnit>>) -> OrgUnit {
        let command = CreateUnit::new(OrgUnitKind::Centre, title(name), parent);
        run!(self, self.system, |tx| tx.run(command)).unwrap()
    }

    /// A user with a verified address.
    pub(crate) async fn user(&self, address: &str) -> User {
        let command = RegisterUser { email: Some(email(address)), ..RegisterUser::default() };
        let mut user = run!(self, self.system, |tx| tx.run(command)).unwrap();
        user.status = user.status.apply(UserEvent::Verify).unwrap();
        user.email_verified_at = Some(self.system.now());
        let scope = lms::kernel::Scope::TenantAndPlatform(self.system.tenant());
        let mut tx = self.store.begin_in(&self.system, scope).await.unwrap();
        tx.update(&mut user).await.unwrap();
        tx.commit().await.unwrap();
        user
    }

    /// A member with a login.
    pub(crate) async fn person(
        &self,
        address: &str,
        kind: MembershipKind,
        unit: Option<Id<OrgUnit>>,
    ) -> Person {
        let user = self.user(address).await;
        let mut command = AddMember::new(kind, title(address)).with_user(user.id);
        command.org_unit_id = unit;
        let member = run!(self, self.system, |tx| tx.run(command)).unwrap();
        let cx = self.system.clone().with_actor(Actor::User(user.actor_id()));
        Person { cx, user, member }
    }

    /// Somebody who runs a unit by the role of a supervisor.
    pub(crate) async fn supervisor(&self, address: &str, unit: Id<OrgUnit>) -> Person {
        let person = self.person(address, MembershipKind::Staff, Some(unit)).await;
        self.give(&person, "supervisor", AssignmentScope::Unit, Some(unit.uuid())).await;
        person
    }

    pub(crate) async fn role(&self, key: &str) -> Role {
        let mut tx = self.store.begin(&self.system).await.unwrap();
        tx.first(Role::by_key(RoleKey::new(key).unwrap())).await.unwrap().unwrap()
    }

    pub(crate) async fn give(
        &self,
        person: &Person,
        key: &str,
        scope: AssignmentScope,
        scope_id: Option<uuid::Uuid>,
    ) {
        let role_id = self.role(key).await.id;
        let command = AssignRole { membership_id: person.member.id, role_id, scope, scope_id };
        run!(self, self.system, |tx| tx.run(command)).unwrap();
    }

    /// How many refusals the audit trail of the school has.
    pub(crate) async fn denials(&self) -> u64 {
        let mut tx = self.store.begin(&self.system).await.unwrap();
        tx.count(Query::filter(AuditEntry::ACTION.eq(Action::Denied))).await.unwrap()
    }
}
