//! A school that many people use at the same time, on both stores.
use std::{env, time::Duration};

use lms_core::{
    content::{Course, PublicationStatus},
    delivery::{
        ClassChoice, ClassGroup, ClassMember, ClassMode, JoinClass, JoinClassError, JoinCode,
        LeaveClass,
    },
    identity::{Membership, MembershipKind},
    kernel::{Context, Currency, DomainError, Id, LanguageTag, Money, Scope},
    store::{Query, Store, StoreError, Transaction, Work},
    tenancy::{CreateTenant, NewPlan, PlanLimits},
};
use lms_store_memory::MemoryStore;
use lms_store_postgres::{
    PgStore,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::TestContext;

pub(crate) fn extent() -> (usize, usize) {
    match env::var("LMS_TESTKIT_SCALE").as_deref() {
        Ok("full") => (20, 60),
        _ => (1, 20),
    }
}

/// Both backends, and what must live as long as they.
pub(crate) async fn stores() -> (TestDatabase, [Store; 2]) {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let store = PgStore::new(database.app_pool_of(30));
    (database, [Store::new(MemoryStore::new()), Store::new(store)])
}

/// A tenant with a published course and a class that takes it.
pub(crate) struct School {
    pub(crate) store: Store,
    pub(crate) cx: Context,
    pub(crate) owner: Membership,
    pub(crate) course: Course,
    pub(crate) class: ClassGroup,
}

impl School {
    pub(crate) async fn open(store: &Store, limits: PlanLimits) -> Self {
        let cx = TestContext::new("people races").build();
        let slug = format!("school-{}", cx.tenant()).parse().unwrap();
        let price_per_month = Money::from_minor(10_00, Currency::EUR);
        let plan = NewPlan { name: "Plan".parse().unwrap(), price_per_month, limits };
        let command = CreateTenant {
            plan: Some(plan),
            ..CreateTenant::new("School".parse().unwrap(), slug, LanguageTag::new("en").unwrap())
        };
        let scope = Scope::TenantAndPlatform(cx.tenant());
        let mut tx = store.begin_in(&cx, scope).await.unwrap();
        tx.run(command).await.unwrap();
        let owner = Membership::new(&cx, MembershipKind::Staff, "Ada".parse().unwrap());
        let slug = "course".parse().unwrap();
        let mut course = Course::new(&cx, "Course".parse().unwrap(), slug, owner.id);
        course.status = PublicationStatus::Published;
        let mut class =
            ClassGroup::new(&cx, course.id, "Class".parse().unwrap(), ClassMode::Online);
        class.join_code = Some(JoinCode::new("ABCDEF12").unwrap());
        tx.insert(&owner).await.unwrap();
        tx.insert(&course).await.unwrap();
        tx.insert(&class).await.unwrap();
        tx.commit().await.unwrap();
        Self { store: store.clone(), cx, owner, course, class }
    }

    pub(crate) async fn students(&self, count: usize) -> Vec<Id<Membership>> {
        let name = || "Ben".parse().unwrap();
        let made: Vec<_> = (0..count)
            .map(|_| Membership::new(&self.cx, MembershipKind::Student, name()))
            .collect();
        let mut tx = self.store.begin(&self.cx).await.unwrap();
        tx.insert_all(&made).await.unwrap();
        tx.commit().await.unwrap();
        made.into_iter().map(|it| it.id).collect()
    }

    pub(crate) async fn count<R: lms_core::store::Record>(&self, query: Query<R>) -> u64 {
        self.store.begin(&self.cx).await.unwrap().count(query).await.unwrap()
    }

    /// Does the work until it no longer loses its race, as a host does that does not give up.
    pub(crate) async fn insist<T, E, F>(&self, mut work: F) -> Result<T, E>
    where
        E: From<StoreError> + DomainError,
        F: for<'t> FnMut(&'t mut Transaction) -> Work<'t, T, E>,
    {
        for _ in 0..200 {
            match self.store.transact(&self.cx, &mut work).await {
                Err(error) if error.is_lost_race() => {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                other => return other,
            }
        }
        self.store.transact(&self.cx, work).await
    }

    pub(crate) async fn join(
        &self,
        student_id: Id<Membership>,
    ) -> Result<ClassMember, JoinClassError> {
        let class = ClassChoice::Code(self.class.join_code.clone().unwrap());
        let command = JoinClass { class, student_id };
        self.insist(|tx| {
            let command = command.clone();
            Box::pin(async move { tx.run(command).await })
        })
        .await
    }

    pub(crate) async fn leave(&self, student_id: Id<Membership>) {
        let command = LeaveClass { class_id: self.class.id, student_id, is_removal: true };
        self.insist(|tx| {
            let command = command.clone();
            Box::pin(async move { tx.run(command).await })
        })
        .await
        .unwrap();
    }

    pub(crate) async fn set_class(&self, capacity: u32, waitlist: u32) {
        let mut tx = self.store.begin(&self.cx).await.unwrap();
        let mut class = tx.require(self.class.id).await.unwrap();
        class.capacity = Some(capacity);
        class.waitlist_capacity = Some(waitlist);
        tx.update(&mut class).await.unwrap();
        tx.commit().await.unwrap();
    }
}

pub(crate) async fn all<T: Send + 'static>(
    tasks: impl Iterator<Item = tokio::task::JoinHandle<T>>,
) -> Vec<T> {
    let mut done = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        done.push(task.await.unwrap());
    }
    done
}
