//! Many at the same time want what there is less of: never one too many.
//!
//! `LMS_TESTKIT_SCALE=full` runs 20 rounds of 200 enrolments for 20 seats, 100 deliveries of one
//! message and 50 reviews of one proof; otherwise one smaller round each.
use std::{env, sync::Arc, time::Duration};

use lms_core::{
    authorization::Permission,
    commerce::{
        Counting, Item, ItemKind, Order, OrderLine, OrderStatus, Payment, PaymentFact,
        PaymentMethod, PaymentProof, PaymentStatus, PlaceOrder, Price, ProofDecision, ProofError,
        ProofStatus, RecordPaymentFacts, ReviewProof, StartPayment, SubmitProof,
    },
    content::{Course, PublicationStatus},
    delivery::{ClassChoice, ClassGroup, ClassMember, ClassMode, JoinClass, JoinClassError},
    identity::{Membership, MembershipKind, User},
    kernel::{Actor, ActorId, Context, Currency, DomainError, Money, Scope},
    learning::{EnrollError, EnrollLearner, Enrollment, GrantSource},
    outbox::Message,
    store::{Query, Record as _, Store, StoreError, Transaction, Work},
    tenancy::Tenant,
};
use lms_store_memory::MemoryStore;
use lms_store_postgres::{
    PgStore,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::{TestContext, race};

/// How much is run.
#[derive(Clone, Copy)]
struct Extent {
    rounds: usize,
    learners: usize,
    seats: u32,
    deliveries: usize,
    reviews: usize,
}

fn extent() -> Extent {
    match env::var("LMS_TESTKIT_SCALE").as_deref() {
        Ok("full") => Extent { rounds: 20, learners: 200, seats: 20, deliveries: 100, reviews: 50 },
        _ => Extent { rounds: 1, learners: 40, seats: 8, deliveries: 30, reviews: 20 },
    }
}

/// Both backends, and what must live as long as they.
async fn stores() -> (Option<TestDatabase>, Vec<Store>) {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let store = PgStore::new(database.app_pool_of(30));
    (Some(database), vec![Store::new(MemoryStore::new()), Store::new(store)])
}

/// A tenant with a course that is sold.
struct School {
    cx: Context,
    owner: Membership,
    course: Course,
}

fn euro() -> Currency {
    "EUR".parse().unwrap()
}

async fn found(store: &Store) -> School {
    let cx = TestContext::new("races").build();
    let slug = format!("school-{}", cx.tenant()).parse().unwrap();
    let tenant = Tenant::new(&cx, "School".parse().unwrap(), slug);
    let owner = Membership::new(&cx, MembershipKind::Staff, "Ada Owner".parse().unwrap());
    let mut course =
        Course::new(&cx, "Course".parse().unwrap(), "course".parse().unwrap(), owner.id);
    course.status = PublicationStatus::Published;
    let item = Item { kind: ItemKind::Course, id: course.id.uuid() };
    let price = Price::new(&cx, item, "Course".parse().unwrap(), Money::from_minor(4_900, euro()));
    let scope = Scope::TenantAndPlatform(cx.tenant());
    let mut tx = store.begin_in(&cx, scope).await.unwrap();
    tx.insert(&tenant).await.unwrap();
    tx.insert(&owner).await.unwrap();
    tx.insert(&course).await.unwrap();
    tx.insert(&price).await.unwrap();
    tx.commit().await.unwrap();
    School { cx, owner, course }
}

/// Members of a school, each a person who can sign in, with those permissions.
async fn members(
    store: &Store,
    school: &School,
    count: usize,
    permissions: &[Permission],
) -> Vec<(Context, Membership)> {
    let cx = &school.cx;
    let mut tx = store.begin_in(cx, Scope::TenantAndPlatform(cx.tenant())).await.unwrap();
    let mut made = Vec::new();
    for _ in 0..count {
        let user = User::new(cx);
        let mut member =
            Membership::new(cx, MembershipKind::Student, "Ben Member".parse().unwrap());
        member.user_id = Some(user.id);
        member.permissions = permissions.to_vec();
        tx.insert(&user).await.unwrap();
        tx.insert(&member).await.unwrap();
        let actor = Actor::User(ActorId::from_uuid(user.id.uuid()));
        let own = TestContext::new("races").of_tenant(cx.tenant()).by(actor).build();
        made.push((own, member));
    }
    tx.commit().await.unwrap();
    made
}

/// Does the work until it no longer loses its race, as a host does that does not give up.
async fn insist<T, E, F>(store: &Store, cx: &Context, mut work: F) -> Result<T, E>
where
    E: From<StoreError> + DomainError,
    F: for<'t> FnMut(&'t mut Transaction) -> Work<'t, T, E>,
{
    for _ in 0..200 {
        match store.transact(cx, &mut work).await {
            Err(error) if error.is_lost_race() => {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            other => return other,
        }
    }
    store.transact(cx, work).await
}

async fn all<T: Send + 'static>(tasks: Vec<tokio::task::JoinHandle<T>>) -> Vec<T> {
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

async fn count<R: lms_core::store::Record>(store: &Store, cx: &Context, query: Query<R>) -> u64 {
    store.begin(cx).await.unwrap().count(query).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_seats_of_a_course_are_given_once() {
    let extent = extent();
    let (_database, stores) = stores().await;
    for store in stores {
        for _ in 0..extent.rounds {
            let mut school = found(&store).await;
            school.course.capacity = Some(extent.seats);
            let mut tx = store.begin(&school.cx).await.unwrap();
            tx.update(&mut school.course).await.unwrap();
            tx.commit().await.unwrap();
            let learners = members(&store, &school, extent.learners, &[]).await;
            let course = school.course.id;
            let tasks = learners.into_iter().map(|(_, learner)| {
                let (store, cx) = (store.clone(), school.cx.clone());
                tokio::spawn(async move {
                    insist(&store, &cx, |tx| {
                        let command = EnrollLearner::new(course, learner.id, GrantSource::Manual);
                        Box::pin(async move { tx.run(command).await })
                    })
                    .await
                })
            });
            let outcomes = all(tasks.collect()).await;
            let enrolled = outcomes.iter().filter(|it| it.is_ok()).count();
            let refused =
                outcomes.iter().filter(|it| matches!(it, Err(EnrollError::Full { .. }))).count();
            race(extent.seats as usize, enrolled);
            assert_eq!(enrolled, extent.seats as usize, "{:?}", store.backend().name());
            assert_eq!(enrolled + refused, extent.learners, "{outcomes:?}");
            let seated = count(&store, &school.cx, Enrollment::seated_in(course)).await;
            assert_eq!(seated, u64::from(extent.seats));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_seats_of_a_class_are_given_once() {
    let extent = extent();
    let (_database, stores) = stores().await;
    for store in stores {
        for _ in 0..extent.rounds {
            let school = found(&store).await;
            let mut class = ClassGroup::new(
                &school.cx,
                school.course.id,
                "Class".parse().unwrap(),
                ClassMode::Online,
            );
            class.capacity = Some(extent.seats);
            let mut tx = store.begin(&school.cx).await.unwrap();
            tx.insert(&class).await.unwrap();
            tx.commit().await.unwrap();
            let learners = members(&store, &school, extent.learners, &[]).await;
            let tasks = learners.into_iter().map(|(_, learner)| {
                let (store, cx, class) = (store.clone(), school.cx.clone(), class.id);
                tokio::spawn(async move {
                    insist(&store, &cx, |tx| {
                        let student_id = learner.id;
                        let command = JoinClass { class: ClassChoice::Id(class), student_id };
                        Box::pin(async move { tx.run(command).await })
                    })
                    .await
                })
            });
            let outcomes = all(tasks.collect()).await;
            let seated = outcomes.iter().filter(|it| it.is_ok()).count();
            let full = outcomes.iter().filter(|it| matches!(it, Err(JoinClassError::Full { .. })));
            race(extent.seats as usize, seated);
            assert_eq!(seated, extent.seats as usize, "{:?}", store.backend().name());
            assert_eq!(seated + full.count(), extent.learners, "{outcomes:?}");
            let members = count(&store, &school.cx, Query::<ClassMember>::all()).await;
            assert_eq!(members, u64::from(extent.seats));
        }
    }
}

/// An order that waits for its money, and the attempt to pay it.
async fn awaited(
    store: &Store,
    school: &School,
    buyer: &Membership,
    method: PaymentMethod,
) -> (Order, Payment) {
    let cx = &school.cx;
    let mut tx = store.begin(cx).await.unwrap();
    let command = PlaceOrder::new(
        buyer.id,
        vec![OrderLine::of(Item { kind: ItemKind::Course, id: school.course.id.uuid() })],
        euro(),
    );
    let order = tx.run(command).await.unwrap();
    let start = match method {
        PaymentMethod::Gateway => StartPayment::through(order.id, "stripe", "pi_1"),
        other => StartPayment::of(order.id, other),
    };
    let payment = tx.run(start).await.unwrap();
    tx.commit().await.unwrap();
    (order, payment)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_message_that_is_delivered_many_times_counts_once() {
    let extent = extent();
    let (_database, stores) = stores().await;
    for store in stores {
        for _ in 0..extent.rounds {
            let school = found(&store).await;
            let buyer = members(&store, &school, 1, &[]).await.remove(0).1;
            let (order, payment) = awaited(&store, &school, &buyer, PaymentMethod::Gateway).await;
            let tasks = (0..extent.deliveries).map(|_| {
                let (store, cx) = (store.clone(), school.cx.clone());
                let (id, amount) = (payment.id, payment.amount);
                tokio::spawn(async move {
                    insist(&store, &cx, |tx| {
                        let cx = cx.clone();
                        let key = "ch_1".to_owned();
                        let fact = PaymentFact::Capture { key, amount, at: cx.now() };
                        let command = RecordPaymentFacts {
                            payment: id,
                            facts: vec![fact],
                            source: "evt_1".to_owned(),
                        };
                        Box::pin(async move { tx.run(command).await })
                    })
                    .await
                })
            });
            for outcome in all(tasks.collect()).await {
                assert_eq!(outcome.unwrap().status, PaymentStatus::Completed);
            }
            let mut tx = store.begin(&school.cx).await.unwrap();
            let paid = tx.require(payment.id).await.unwrap();
            assert_eq!(paid.captured, payment.amount, "{:?}", store.backend().name());
            assert_eq!(tx.require(order.id).await.unwrap().status, OrderStatus::Completed);
            let grants = Query::<lms_core::commerce::Grant>::all();
            let grants = tx.count(grants).await.unwrap();
            race(1, usize::try_from(grants).unwrap());
            assert_eq!(grants, 1);
            // Each thing that happened was announced once.
            let mut kinds: Vec<_> = tx
                .all(Query::<Message>::all())
                .await
                .unwrap()
                .into_iter()
                .map(|it| (it.kind, it.subject_id))
                .collect();
            let told = kinds.len();
            kinds.sort();
            kinds.dedup();
            assert_eq!(kinds.len(), told, "{kinds:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_proof_is_decided_once() {
    let extent = extent();
    let (_database, stores) = stores().await;
    for store in stores {
        for _ in 0..extent.rounds {
            let school = found(&store).await;
            let buyer = members(&store, &school, 1, &[]).await.remove(0).1;
            let transfer = PaymentMethod::BankTransfer;
            let (order, payment) = awaited(&store, &school, &buyer, transfer).await;
            let mut tx = store.begin(&school.cx).await.unwrap();
            let url = "https://files.example/proof.pdf".parse().unwrap();
            let submit = SubmitProof::of(payment.id, url);
            let proof = tx.run(submit).await.unwrap();
            tx.commit().await.unwrap();
            let may = [Permission::ORDERS_REVIEW_PROOF];
            let reviewers = members(&store, &school, extent.reviews, &may).await;
            let tasks = reviewers.into_iter().enumerate().map(|(number, (cx, _))| {
                let (store, proof) = (store.clone(), proof.clone());
                let decision = match number % 2 {
                    0 => ProofDecision::Approve,
                    _ => ProofDecision::Reject,
                };
                tokio::spawn(async move {
                    let done = insist(&store, &cx, |tx| {
                        let command = ReviewProof {
                            proof: proof.id,
                            expected_version: proof.stamp().version,
                            decision,
                            counting: Counting::AtOnce(proof.amount),
                            note: None,
                        };
                        Box::pin(async move { tx.run(command).await })
                    })
                    .await;
                    (decision, done)
                })
            });
            let outcomes = all(tasks.collect()).await;
            let stored = store.begin(&school.cx).await.unwrap().require(proof.id).await.unwrap();
            let won = match stored.status {
                ProofStatus::Approved => ProofDecision::Approve,
                ProofStatus::Rejected => ProofDecision::Reject,
                other => panic!("{other:?}"),
            };
            for (decision, outcome) in &outcomes {
                match outcome {
                    Ok(seen) => assert_eq!((*decision, seen.status), (won, stored.status)),
                    Err(ProofError::AlreadyDecided { .. }) => assert_ne!(*decision, won),
                    Err(other) => panic!("{other:?}"),
                }
            }
            // One decision was written, by one reviewer; the money follows it.
            let written = stored.stamp().version.get() - proof.stamp().version.get();
            race(1, usize::try_from(written).unwrap());
            assert_eq!(written, 1);
            let mut tx = store.begin(&school.cx).await.unwrap();
            let status = tx.require(order.id).await.unwrap().status;
            let paid = won == ProofDecision::Approve;
            assert_eq!(status == OrderStatus::Completed, paid, "{status:?}");
            let captured = tx.require(payment.id).await.unwrap().captured;
            assert_eq!(captured.is_positive(), paid);
            let proofs = tx.count(Query::<PaymentProof>::all()).await.unwrap();
            assert_eq!(proofs, 1);
        }
    }
}

/// Orders of one tenant at the same time are numbered 1, 2, 3, … without a gap.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn numbers_have_no_gaps_and_no_repeats() {
    let extent = extent();
    let (_database, stores) = stores().await;
    for store in stores {
        let school = Arc::new(found(&store).await);
        let tasks = (0..extent.reviews).map(|number| {
            let (store, school) = (store.clone(), Arc::clone(&school));
            tokio::spawn(async move {
                let done: Result<Order, lms_core::commerce::OrderError> =
                    insist(&store, &school.cx, |tx| {
                        let school = Arc::clone(&school);
                        Box::pin(async move {
                            let line = OrderLine::of(Item {
                                kind: ItemKind::Course,
                                id: school.course.id.uuid(),
                            });
                            let command = PlaceOrder::new(school.owner.id, vec![line], euro());
                            let order = tx.run(command).await?;
                            // Some change their mind, and give their number back.
                            if number % 5 == 0 {
                                return Err(StoreError::Poisoned.into());
                            }
                            Ok(order)
                        })
                    })
                    .await;
                done.map(|it| it.number)
            })
        });
        let mut numbers: Vec<_> =
            all(tasks.collect()).await.into_iter().filter_map(Result::ok).collect();
        numbers.sort_unstable();
        race(extent.reviews - extent.reviews.div_ceil(5), numbers.len());
        let expected: Vec<i64> = (1..).take(numbers.len()).collect();
        assert_eq!(numbers, expected, "{:?}", store.backend().name());
        assert_eq!(numbers.len(), extent.reviews - extent.reviews.div_ceil(5));
    }
}
