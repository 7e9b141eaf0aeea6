//! A school that has subscribers and owes the platform, with a clock that the test sets.
use std::ops::Deref;

use lms::{
    commerce::{
        Interval, Order, Payment, PaymentFact, PaymentMethod, Plan, PlanTerms, RecordPaymentFacts,
        StartPayment, Subscribe, Subscription, SubscriptionPeriod, TickReport, tick,
    },
    kernel::{Context, Id, Money, Timestamp},
    memory::MemoryStore,
    store::Store,
};
use lms_store_postgres::testing::{TestDatabase, TestServer};

pub(crate) use crate::school::{at, title, usd};
use crate::{
    school::{START, School},
    transact,
};

/// An empty database on the server of the tests.
pub(crate) async fn database() -> TestDatabase {
    TestServer::shared().await.unwrap().database().await.unwrap()
}

/// A school beside another one, and its clock.
#[derive(Clone, Debug)]
pub(crate) struct World {
    school: School,
    elsewhere: School,
}

impl Deref for World {
    type Target = School;

    fn deref(&self) -> &School {
        &self.school
    }
}

impl World {
    /// A world on a memory store, on 31 January 2024.
    pub(crate) async fn open() -> Self {
        Self::open_at(START).await
    }

    /// A world on a memory store, at that time.
    pub(crate) async fn open_at(start: &str) -> Self {
        Self::open_on(Store::new(MemoryStore::new()), start).await
    }

    /// A world in that database, on 31 January 2024.
    pub(crate) async fn in_database(database: &TestDatabase) -> Self {
        Self::open_on(Store::new(database.store()), START).await
    }

    /// A world on that store, at that time.
    pub(crate) async fn open_on(store: Store, start: &str) -> Self {
        let elsewhere = School::open_at(store.clone(), 2, start).await;
        Self { school: School::open_at(store, 1, start).await, elsewhere }
    }

    /// Somebody who belongs to another tenant and tries this one.
    pub(crate) fn cx_of_stranger(&self) -> Context {
        self.school.cx_of(self.elsewhere.student)
    }

    /// Sets the clock.
    pub(crate) fn set(&mut self, now: Timestamp) {
        self.school = self.school.at(now);
    }

    /// Sets the clock and does what time has brought.
    pub(crate) async fn tick_at(&mut self, now: &str) -> TickReport {
        self.set(at(now));
        let report = tick(&self.store, &self.cx()).await.unwrap();
        assert_eq!(report.failed, []);
        report
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
        transact!(self, cx, |tx| tx.run(command)).unwrap()
    }

    /// Pays all that is outstanding of an order, at the desk of a gateway.
    pub(crate) async fn pay(&self, order: Id<Order>) -> Payment {
        self.pay_of(order, |amount| amount).await
    }

    /// Starts to pay all that is outstanding of an order, of which the gateway takes what `taken`
    /// makes of it.
    pub(crate) async fn pay_of(&self, order: Id<Order>, taken: impl Fn(Money) -> Money) -> Payment {
        self.start_and_take(order, None, taken).await
    }

    /// Pays so much of an order.
    pub(crate) async fn pay_part(&self, order: Id<Order>, amount: Money) -> Payment {
        self.start_and_take(order, Some(amount), |amount| amount).await
    }

    async fn start_and_take(
        &self,
        order: Id<Order>,
        amount: Option<Money>,
        taken: impl Fn(Money) -> Money,
    ) -> Payment {
        let cx = self.cx();
        let mut command = StartPayment::of(order, PaymentMethod::Gateway);
        command.gateway = Some("stripe/main".to_owned());
        command.amount = amount;
        let payment = transact!(self, cx, |tx| tx.run(command)).unwrap();
        let fact = PaymentFact::Capture {
            key: format!("ch:{}", payment.id),
            amount: taken(payment.amount),
            at: self.now(),
        };
        self.tell(payment.id, fact).await;
        self.get(payment.id).await
    }

    pub(crate) async fn tell(&self, payment: Id<Payment>, fact: PaymentFact) {
        let cx = self.cx();
        let facts = vec![fact];
        let command = RecordPaymentFacts { payment, facts, source: "test".into() };
        transact!(self, cx, |tx| tx.run(command)).unwrap();
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
}
