//! A tenant that has subscribers, with a clock that the test sets.
use std::sync::Arc;

use lms::{
    audit::{Action, AuditEntry},
    authorization::{BuiltinRole, Role},
    commerce::{
        Grant, Interval, Item, Order, Payment, PaymentFact, PaymentMethod, Plan, PlanTerms,
        RecordPaymentFacts, StartPayment, Subscribe, Subscription, SubscriptionPeriod, TickReport,
        access_to, record_payment_facts, start_payment, subscribe, tick,
    },
    identity::{Membership, MembershipKind, RoleAssignment, User},
    kernel::{
        Actor, ActorId, Context, Currency, Id, Money, Scope, SequentialIds, TenantId, Timestamp,
        Title,
    },
    memory::MemoryStore,
    store::{Query, Record, Store, Transaction},
    tenancy::{CreateTenant, create_tenant},
};
use uuid::Uuid;

use crate::transact;

/// A person of the tenant, with a login.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) id: Id<Membership>,
    user: ActorId,
}

/// A tenant that has subscribers.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) store: Store,
    system: Context,
    pub(crate) student: Person,
    pub(crate) other_student: Person,
    pub(crate) instructor: Person,
    pub(crate) finance: Person,
    pub(crate) second_finance: Person,
    /// A student of another tenant.
    pub(crate) stranger: ActorId,
}

pub(crate) fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD)
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn title(text: &str) -> Title {
    Title::new(text).unwrap()
}

impl World {
    /// A world on a memory store, on 31 January 2024.
    pub(crate) async fn open() -> Self {
        Self::open_at("2024-01-31T09:00:00Z").await
    }

    /// A world on a memory store, at that time.
    pub(crate) async fn open_at(start: &str) -> Self {
        let store = Store::new(MemoryStore::new());
        let elsewhere =
            Self::tenant(store.clone(), 2, start, ActorId::from_uuid(Uuid::nil())).await;
        let stranger = elsewhere.student.user;
        Self::tenant(store, 1, start, stranger).await
    }

    async fn tenant(store: Store, number: u64, start: &str, stranger: ActorId) -> Self {
        let ids = Arc::new(SequentialIds::starting_at(number << 40));
        let tenant = TenantId::from_uuid(Uuid::from_u128(0xb111 + u128::from(number)));
        let system = Context::new(tenant, Actor::system("test"), at(start), ids);
        let scope = Scope::TenantAndPlatform(tenant);
        let mut tx = store.begin_in(&system, scope).await.unwrap();
        let slug = format!("school-{number}").parse().unwrap();
        let opened = CreateTenant::new(title("School"), slug, "en".parse().unwrap());
        create_tenant(&system, &mut tx, opened).await.unwrap();
        let kinds = [
            (BuiltinRole::Student, MembershipKind::Student),
            (BuiltinRole::Student, MembershipKind::Student),
            (BuiltinRole::Instructor, MembershipKind::Staff),
            (BuiltinRole::Finance, MembershipKind::Staff),
            (BuiltinRole::Finance, MembershipKind::Staff),
        ];
        let mut people = Vec::new();
        for (role, kind) in kinds {
            people.push(person(&system, &mut tx, role, kind).await);
        }
        tx.commit().await.unwrap();
        let [student, other_student, instructor, finance, second_finance] =
            people.try_into().unwrap();
        let people = (student, other_student, instructor, finance, second_finance);
        let (student, other_student, instructor, finance, second_finance) = people;
        Self {
            store,
            system,
            student,
            other_student,
            instructor,
            finance,
            second_finance,
            stranger,
        }
    }

    /// The system itself, at the world's time.
    pub(crate) fn cx(&self) -> Context {
        self.system.clone()
    }

    /// A person, at the world's time.
    pub(crate) fn cx_of(&self, person: Person) -> Context {
        self.cx().with_actor(Actor::User(person.user))
    }

    /// Somebody who belongs to another tenant and tries this one.
    pub(crate) fn cx_of_stranger(&self) -> Context {
        self.cx().with_actor(Actor::User(self.stranger))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.system.now()
    }

    /// Sets the clock.
    pub(crate) fn set(&mut self, now: Timestamp) {
        self.system = self.system.clone().at(now);
    }

    /// Sets the clock and does what time has brought.
    pub(crate) async fn tick_at(&mut self, now: &str) -> TickReport {
        self.set(at(now));
        let report = tick(&self.store, &self.cx()).await.unwrap();
        assert_eq!(report.failed, []);
        report
    }

    pub(crate) async fn begin(&self) -> Transaction {
        self.store.begin(&self.cx()).await.unwrap()
    }

    pub(crate) async fn save<R: Record>(&self, record: &R) {
        let mut tx = self.begin().await;
        tx.insert(record).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn get<R: Record>(&self, id: Id<R>) -> R {
        self.begin().await.require(id).await.unwrap()
    }

    pub(crate) async fn all<R: Record>(&self, query: Query<R>) -> Vec<R> {
        self.begin().await.all(query).await.unwrap()
    }

    /// How often somebody was refused.
    pub(crate) async fn denials(&self) -> usize {
        let audit = self.all(Query::<AuditEntry>::all()).await;
        audit.iter().filter(|it| it.action == Action::Denied).count()
    }

    /// A plan that costs so much.
    pub(crate) async fn plan(
        &self,
        slug: &str,
        interval: Option<Interval>,
        price: i64,
        terms: PlanTerms,
    ) -> Plan {
        let cx = self.cx();
        let mut plan = Plan::new(&cx, title(slug), slug.parse().unwrap(), interval, usd(price));
        plan.terms = terms;
        self.save(&plan).await;
        plan
    }

    /// The student's order for a plan.
    pub(crate) async fn order(&self, plan: &Plan) -> Order {
        let cx = self.cx_of(self.student);
        let (subscriber, payer) = (self.student.id, self.student.id);
        let command = Subscribe { subscriber, payer, plan: plan.id };
        transact!(self, cx, |tx| subscribe(&cx, &mut tx, command)).unwrap()
    }

    /// Pays all that is outstanding of an order, at the desk of a gateway.
    pub(crate) async fn pay(&self, order: Id<Order>) -> Payment {
        let cx = self.cx();
        let mut command = StartPayment::of(order, PaymentMethod::Gateway);
        command.gateway = Some("stripe/main".to_owned());
        let payment = transact!(self, cx, |tx| start_payment(&cx, &mut tx, command)).unwrap();
        let fact = PaymentFact::Capture {
            key: format!("ch:{}", payment.id),
            amount: payment.amount,
            at: self.now(),
        };
        self.tell(payment.id, fact).await;
        self.get(payment.id).await
    }

    pub(crate) async fn tell(&self, payment: Id<Payment>, fact: PaymentFact) {
        let cx = self.cx();
        let facts = vec![fact];
        let command = RecordPaymentFacts { payment, facts, source: "test".into() };
        transact!(self, cx, |tx| record_payment_facts(&cx, &mut tx, command)).unwrap();
    }

    /// The student's subscription to a plan, paid now.
    pub(crate) async fn subscribed(&self, plan: &Plan) -> Subscription {
        let order = self.order(plan).await;
        if !order.total.is_zero() {
            self.pay(order.id).await;
        }
        let all = self.all(Subscription::of_subscriber(self.student.id)).await;
        all.into_iter().next_back().unwrap()
    }

    /// The order that waits for a subscription's next period, if one does.
    pub(crate) async fn waiting(&self, subscription: &Subscription) -> Option<Order> {
        let rows = self.all(SubscriptionPeriod::waiting(subscription.id)).await;
        assert!(rows.len() < 2, "one bill waits at a time: {rows:?}");
        match rows.first() {
            Some(row) => Some(self.get(row.order_id).await),
            None => None,
        }
    }

    /// Whether the student has access to that thing now.
    pub(crate) async fn has_access(&self, item: Item) -> bool {
        let grants = self.all(Grant::of_holder(self.student.id)).await;
        access_to(&grants, item, self.now()).is_granted()
    }
}

async fn person(
    cx: &Context,
    tx: &mut Transaction,
    role: BuiltinRole,
    kind: MembershipKind,
) -> Person {
    let user = User::new(cx);
    tx.insert(&user).await.unwrap();
    let member = Membership::new(cx, kind, title("Somebody")).with_user(user.id);
    tx.insert(&member).await.unwrap();
    let role = tx.first(Role::by_key(role)).await.unwrap().unwrap();
    tx.insert(&RoleAssignment::new(cx, member.id, role.id)).await.unwrap();
    Person { id: member.id, user: user.actor_id() }
}

/// Runs the body in a transaction of `$cx` and commits what it returns.
#[macro_export]
macro_rules! transact {
    ($world:expr, $cx:expr, |$tx:ident| $work:expr) => {{
        let mut $tx = $world.store.begin(&$cx).await.unwrap();
        let done = $work.await;
        match done {
            Ok(done) => {
                $tx.commit().await.unwrap();
                Ok(done)
            }
            Err(error) => {
                $tx.rollback().await.unwrap();
                Err(error)
            }
        }
    }};
}
