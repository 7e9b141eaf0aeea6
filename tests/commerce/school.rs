//! A tenant that sells: people with their roles, courses, a package, and a clock.
use std::sync::Arc;

use lms::{
    authorization::{BuiltinRole, Role},
    commerce::{
        Grant, Item, ItemKind, Order, OrderItem, OrderLine, OrderMoney, Payment, PaymentMethod,
        PlaceOrder, Price, StartPayment,
    },
    identity::{Membership, MembershipKind, RoleAssignment, User},
    kernel::{
        Actor, ActorId, Context, Currency, Id, Money, Scope, SequentialIds, TenantId, Timestamp,
        Title,
    },
    memory::MemoryStore,
    store::{Query, Record, Store, Transaction},
    tenancy::CreateTenant,
};
use uuid::Uuid;

/// A person of the school, with a login.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) id: Id<Membership>,
    user: ActorId,
}

/// A tenant that sells.
#[derive(Clone, Debug)]
pub(crate) struct School {
    pub(crate) store: Store,
    system: Context,
    pub(crate) student: Person,
    pub(crate) other_student: Person,
    pub(crate) instructor: Person,
    pub(crate) finance: Person,
    pub(crate) second_finance: Person,
}

pub(crate) fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD)
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// When a school opens unless a test says otherwise.
pub(crate) const START: &str = "2024-01-31T09:00:00Z";

impl School {
    /// A school on a memory store.
    pub(crate) async fn open() -> Self {
        Self::open_on(Store::new(MemoryStore::new()), 1).await
    }

    /// A school on that store; each number is another tenant.
    pub(crate) async fn open_on(store: Store, number: u64) -> Self {
        Self::open_at(store, number, START).await
    }

    /// The same, at that time.
    pub(crate) async fn open_at(store: Store, number: u64, start: &str) -> Self {
        let store = store.with_port(Arc::new(crate::adapters()));
        let ids = Arc::new(SequentialIds::starting_at(number << 40));
        let tenant = TenantId::from_uuid(Uuid::from_u128(0x5c00 + u128::from(number)));
        let system = Context::new(tenant, Actor::system("test"), at(start), ids);
        let scope = Scope::TenantAndPlatform(tenant);
        let mut tx = store.begin_in(&system, scope).await.unwrap();
        let slug = format!("school-{number}").parse().unwrap();
        let opened = CreateTenant::new(title("School"), slug, "en".parse().unwrap());
        tx.run(opened).await.unwrap();
        let student = person(&mut tx, "Ada", MembershipKind::Student).await;
        let other_student = person(&mut tx, "Ben", MembershipKind::Student).await;
        let instructor = person(&mut tx, "Cleo", MembershipKind::Staff).await;
        let finance = person(&mut tx, "Dana", MembershipKind::Staff).await;
        let second_finance = person(&mut tx, "Eli", MembershipKind::Staff).await;
        for (person, role) in [
            (student, BuiltinRole::Student),
            (other_student, BuiltinRole::Student),
            (instructor, BuiltinRole::Instructor),
            (finance, BuiltinRole::Finance),
            (second_finance, BuiltinRole::Finance),
        ] {
            let role = tx.first(Role::by_key(role)).await.unwrap().unwrap();
            tx.insert(&RoleAssignment::new(&system, person.id, role.id)).await.unwrap();
        }
        tx.commit().await.unwrap();
        Self { store, system, student, other_student, instructor, finance, second_finance }
    }

    /// The system itself, at the school's time.
    pub(crate) fn cx(&self) -> Context {
        self.system.clone()
    }

    /// A person of the school, at its time.
    pub(crate) fn cx_of(&self, person: Person) -> Context {
        self.cx().with_actor(Actor::User(person.user))
    }

    /// The same school at another time.
    pub(crate) fn at(&self, now: Timestamp) -> Self {
        Self { system: self.system.clone().at(now), ..self.clone() }
    }

    /// The same school so many hours later.
    pub(crate) fn later(&self, hours: i64) -> Self {
        self.at(self.now().saturating_add(chrono::TimeDelta::hours(hours)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.system.now()
    }

    pub(crate) async fn begin(&self) -> Transaction {
        self.store.begin(&self.cx()).await.unwrap()
    }

    /// How many attempts were refused and noted.
    pub(crate) async fn denials(&self) -> usize {
        let notes = self.all(Query::<lms::audit::AuditEntry>::all()).await;
        notes.iter().filter(|it| it.action == lms::audit::Action::Denied).count()
    }

    /// Stores a record.
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

    /// A thing that is on the price list at that price.
    pub(crate) async fn sells(&self, kind: ItemKind, price: Money) -> Item {
        let cx = self.cx();
        let item = Item::new(kind, cx.id::<Item>().uuid());
        self.save(&Price::new(&cx, item, title("Something"), price)).await;
        item
    }

    /// An order of the student for those things.
    pub(crate) async fn order(&self, items: &[Item]) -> Order {
        let cx = self.cx_of(self.student);
        let lines = items.iter().copied().map(OrderLine::of).collect();
        let command = PlaceOrder::new(self.student.id, lines, Currency::USD);
        let mut tx = self.store.begin(&cx).await.unwrap();
        let order = tx.run(command).await.unwrap();
        tx.commit().await.unwrap();
        order
    }

    /// An attempt of the student to pay for an order.
    pub(crate) async fn payment(&self, order: &Order, method: PaymentMethod) -> Payment {
        self.payment_by(self.student, order, method).await
    }

    /// An attempt of a person to pay for an order.
    pub(crate) async fn payment_by(
        &self,
        person: Person,
        order: &Order,
        method: PaymentMethod,
    ) -> Payment {
        let cx = self.cx_of(person);
        let mut command = StartPayment::of(order.id, method);
        if method == PaymentMethod::Gateway {
            command.gateway = Some("stripe/main".to_owned());
        }
        let mut tx = self.store.begin(&cx).await.unwrap();
        let payment = tx.run(command).await.unwrap();
        tx.commit().await.unwrap();
        payment
    }

    pub(crate) async fn items(&self, order: &Order) -> Vec<OrderItem> {
        self.all(OrderItem::of_order(order.id)).await
    }

    /// Whether the student has access to that thing now.
    pub(crate) async fn has_access(&self, item: Item) -> bool {
        let grants = self.all(Grant::of_holder(self.student.id)).await;
        lms::commerce::access_to(&grants, item, self.now()).is_granted()
    }

    /// The order, after checking that its status is the one that its money and its marks mean.
    pub(crate) async fn checked(&self, order: &Order) -> Order {
        let order = self.get(order.id).await;
        let payments = self.all(Payment::of_order(order.id)).await;
        let money = OrderMoney::of(&order, &payments);
        assert_eq!(order.status, money.derived_status(&order), "{order:?}");
        order
    }
}

/// Runs the body in a transaction of `$cx` and commits what it returns.
#[macro_export]
macro_rules! transact {
    ($school:expr, $cx:expr, |$tx:ident| $work:expr) => {{
        let mut $tx = $school.store.begin(&$cx).await.unwrap();
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

pub(crate) fn title(text: &str) -> Title {
    Title::new(text).unwrap()
}

async fn person(tx: &mut Transaction, name: &str, kind: MembershipKind) -> Person {
    let user = User::new(tx.cx());
    tx.insert(&user).await.unwrap();
    let member = Membership::new(tx.cx(), kind, title(name)).with_user(user.id);
    tx.insert(&member).await.unwrap();
    Person { id: member.id, user: user.actor_id() }
}
