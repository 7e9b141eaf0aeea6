//! Fifty at the same time want what there is less of: money is never given twice.
//!
//! On both backends; `LMS_TESTKIT_SCALE=full` repeats the races for vouchers, proofs and webhooks
//! 20 times.
use std::{env, sync::Arc, time::Duration};

use lms_core::{
    authorization::Permission,
    commerce::{
        ApplyWebhook, ClaimWebhooks, Grant, Item, ItemKind, NextAction, OpenGatewayAccount, Order,
        OrderError, OrderItem, OrderLine, OrderStatus, Payment, PaymentFact, PaymentMethod,
        PaymentProof, PlaceOrder, Price, ProofDecision, ProofError, ProofStatus, ReceiveWebhook,
        RecordPaymentFacts, RedeemSeat, Reduction, Refund, RefundError, RefundLine, ReportedFact,
        RequestRefund, ReviewProof, Seat, SeatError, StartPayment, StoredSecret, SubmitProof,
        Voucher, VoucherRefusal, VoucherStatus, WebhookAdapter, WebhookAdapters, WebhookClaim,
        WebhookMessage, WebhookNotice, WebhookReceipt, WebhookRequest, WebhookStatus,
        WebhookVerdict,
    },
    identity::{Membership, MembershipEvent, MembershipKind, User},
    kernel::{Actor, ActorId, Context, Currency, DomainError, Id, Money, Scope, Timestamp},
    learning::ChangeMembershipStatus,
    store::{PageSize, Query, Record, RecordStamp as _, Store, StoreError, Transaction, Work},
    tenancy::Tenant,
};
use lms_store_memory::MemoryStore;
use lms_store_postgres::{
    PgStore,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::{TestContext, race};
use uuid::Uuid;

/// How many want it at the same time.
const TASKS: usize = 50;

/// How often a race is run.
fn rounds() -> usize {
    match env::var("LMS_TESTKIT_SCALE").as_deref() {
        Ok("full") => 20,
        _ => 1,
    }
}

/// Both backends, and what must live as long as they.
async fn stores() -> (TestDatabase, Vec<Store>) {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let store = PgStore::new(database.app_pool_of(30));
    let hears = |it: Store| it.with_port(Arc::new(WebhookAdapters::of([Arc::new(Plain) as _])));
    (database, [Store::new(MemoryStore::new()), Store::new(store)].map(hears).into())
}

/// Each of them as often as a race is run.
fn repeated(stores: Vec<Store>) -> impl Iterator<Item = Store> {
    stores.into_iter().flat_map(|it| std::iter::repeat_n(it, rounds()))
}

fn euro(minor: i64) -> Money {
    Money::from_minor(minor, "EUR".parse::<Currency>().unwrap())
}

/// A tenant that sells one course, and a clerk.
struct School {
    store: Store,
    cx: Context,
    course: Item,
    clerk: Membership,
}

impl School {
    async fn open(store: &Store) -> Arc<Self> {
        let cx = TestContext::new("commerce races").build();
        let slug = format!("school-{}", cx.tenant()).parse().unwrap();
        let tenant = Tenant::new(&cx, "School".parse().unwrap(), slug);
        let clerk = Membership::new(&cx, MembershipKind::Staff, "Ada Clerk".parse().unwrap());
        let course = Item::new(ItemKind::Course, cx.id::<Item>().uuid());
        let price = Price::new(&cx, course, "Course".parse().unwrap(), euro(4_900));
        let scope = Scope::TenantAndPlatform(cx.tenant());
        let mut tx = store.begin_in(&cx, scope).await.unwrap();
        tx.insert(&tenant).await.unwrap();
        tx.insert(&clerk).await.unwrap();
        tx.insert(&price).await.unwrap();
        tx.commit().await.unwrap();
        Arc::new(Self { store: store.clone(), cx, course, clerk })
    }

    /// Members, each a person who can sign in, with those permissions.
    async fn members(
        &self,
        count: usize,
        permissions: &[Permission],
    ) -> Vec<(Context, Id<Membership>)> {
        let cx = &self.cx;
        let scope = Scope::TenantAndPlatform(cx.tenant());
        let mut tx = self.store.begin_in(cx, scope).await.unwrap();
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
            made.push((own, member.id));
        }
        tx.commit().await.unwrap();
        made
    }

    async fn all<R: Record>(&self, query: Query<R>) -> Vec<R> {
        self.store.begin(&self.cx).await.unwrap().all(query).await.unwrap()
    }

    /// An order of the clerk, and an attempt to pay it.
    async fn awaited(&self, seats: u32, method: PaymentMethod, name: &str) -> (Order, Payment) {
        let cx = &self.cx;
        let mut tx = self.store.begin(cx).await.unwrap();
        let lines = vec![OrderLine::seats(self.course, seats)];
        let command = PlaceOrder::new(self.clerk.id, lines, euro(0).currency());
        let order = tx.run(command).await.unwrap();
        let start = match method {
            PaymentMethod::Gateway => StartPayment::through(order.id, "plain/main", name),
            other => StartPayment::of(order.id, other),
        };
        let payment = tx.run(start).await.unwrap();
        tx.commit().await.unwrap();
        (order, payment)
    }

    /// An order that is paid.
    async fn paid(&self, seats: u32) -> Order {
        let (order, payment) = self.awaited(seats, PaymentMethod::Cash, "").await;
        let mut tx = self.store.begin(&self.cx).await.unwrap();
        let (key, amount, at) = ("receipt".to_owned(), order.total, self.cx.now());
        let facts = vec![PaymentFact::Capture { key, amount, at }];
        let command = RecordPaymentFacts { payment: payment.id, facts, source: "test".into() };
        tx.run(command).await.unwrap();
        tx.commit().await.unwrap();
        order
    }

    /// Does the work until it no longer loses its race.
    async fn insist<T, E, F>(&self, cx: &Context, mut work: F) -> Result<T, E>
    where
        E: From<StoreError> + DomainError,
        F: for<'t> FnMut(&'t mut Transaction) -> Work<'t, T, E>,
    {
        for _ in 0..400 {
            match self.store.transact(cx, &mut work).await {
                Err(error) if error.is_lost_race() => {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                other => return other,
            }
        }
        self.store.transact(cx, work).await
    }
}

async fn all<T: Send + 'static>(tasks: Vec<tokio::task::JoinHandle<T>>) -> Vec<T> {
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_voucher_of_ten_uses_is_used_ten_times() {
    let (_database, stores) = stores().await;
    for store in repeated(stores) {
        let school = School::open(&store).await;
        let mut voucher =
            Voucher::new(&school.cx, "SPRING".parse().unwrap(), Reduction::Fixed(euro(300)));
        voucher.status = VoucherStatus::Active;
        voucher.max_redemptions = Some(10);
        let mut tx = store.begin(&school.cx).await.unwrap();
        tx.insert(&voucher).await.unwrap();
        tx.commit().await.unwrap();
        let running = (0..TASKS).map(|_| {
            let school = Arc::clone(&school);
            tokio::spawn(async move {
                school
                    .insist(&school.cx, |tx| {
                        let clerk = school.clerk.id;
                        let lines = vec![OrderLine::of(school.course)];
                        Box::pin(async move {
                            let mut command = PlaceOrder::new(clerk, lines, euro(0).currency());
                            command.vouchers.push("SPRING".parse().unwrap());
                            tx.run(command).await
                        })
                    })
                    .await
            })
        });
        let done = all(running.collect()).await;
        let placed = done.iter().filter(|it| it.is_ok()).count();
        let exhausted = |it: &&Result<Order, OrderError>| {
            matches!(it, Err(OrderError::Voucher(VoucherRefusal::Exhausted { .. })))
        };
        race(10, placed);
        assert_eq!(placed, 10, "{:?}", store.backend().name());
        assert_eq!(done.iter().filter(exhausted).count(), TASKS - 10);
        let voucher = school.all(Voucher::by_code("SPRING".parse().unwrap())).await.remove(0);
        assert_eq!((voucher.reserved, voucher.confirmed), (10, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn refunds_never_exceed_what_was_taken() {
    let (_database, stores) = stores().await;
    for store in stores {
        let school = School::open(&store).await;
        let order = school.paid(1).await;
        let line = school.all(OrderItem::of_order(order.id)).await[0].id;
        // Ten of these go into what was paid.
        let running = (0..TASKS).map(|_| {
            let (school, order) = (Arc::clone(&school), order.id);
            tokio::spawn(async move {
                school
                    .insist(&school.cx, |tx| {
                        let part =
                            RefundLine { amount: Some(euro(490)), ..RefundLine::all_of(line) };
                        let command = RequestRefund { order, lines: vec![part], note: None };
                        Box::pin(async move { tx.run(command).await })
                    })
                    .await
            })
        });
        let done: Vec<Result<Vec<Refund>, RefundError>> = all(running.collect()).await;
        let name = store.backend().name();
        let made = done.iter().filter(|it| it.is_ok()).count();
        race(10, made);
        assert_eq!(made, 10, "{name}: {done:?}");
        let refunds = school.all(Refund::of_order(order.id)).await;
        let sum = Money::sum(refunds.iter().map(|it| it.amount), euro(0).currency()).unwrap();
        assert_eq!(sum, order.total);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_proof_is_decided_once() {
    let (_database, stores) = stores().await;
    for store in repeated(stores) {
        let school = School::open(&store).await;
        let (_, payment) = school.awaited(1, PaymentMethod::BankTransfer, "").await;
        let mut tx = store.begin(&school.cx).await.unwrap();
        let url = "https://files.example.org/proof.pdf".parse().unwrap();
        let proof = tx.run(SubmitProof::of(payment.id, url)).await.unwrap();
        tx.commit().await.unwrap();
        let permissions = [Permission::ORDERS_REVIEW_PROOF];
        let reviewers = school.members(TASKS, &permissions).await;
        let running = reviewers.into_iter().enumerate().map(|(number, (cx, _))| {
            let school = Arc::clone(&school);
            let (id, expected_version) = (proof.id, proof.stamp().version());
            tokio::spawn(async move {
                school
                    .insist(&cx, |tx| {
                        let decision = match number % 2 {
                            0 => ProofDecision::Approve,
                            _ => ProofDecision::Reject,
                        };
                        let command = ReviewProof {
                            proof: id,
                            expected_version,
                            decision,
                            counting: lms_core::commerce::Counting::AtOnce(euro(4_900)),
                            note: None,
                        };
                        Box::pin(async move { tx.run(command).await })
                    })
                    .await
            })
        });
        let done: Vec<Result<PaymentProof, ProofError>> = all(running.collect()).await;
        let kept = school.all(PaymentProof::of_payment(payment.id)).await.remove(0);
        assert!(matches!(kept.status, ProofStatus::Approved | ProofStatus::Rejected));
        for answer in &done {
            match answer {
                Ok(proof) => assert_eq!(proof.status, kept.status),
                Err(error) => {
                    assert!(matches!(error, ProofError::AlreadyDecided { .. }), "{error}")
                }
            }
        }
        // Whoever came later with the same decision was told that it stands.
        assert_eq!(done.iter().filter(|it| it.is_ok()).count(), TASKS / 2);
        let written = kept.stamp().version().get() - proof.stamp().version().get();
        race(1, usize::try_from(written).unwrap());
        assert_eq!(written, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_seat_of_a_pack_lets_one_person_in() {
    const SEATS: u32 = 5;
    let (_database, stores) = stores().await;
    for store in stores {
        let school = School::open(&store).await;
        let order = school.paid(SEATS).await;
        let line = school.all(OrderItem::of_order(order.id)).await[0].id;
        let seats = school.all(Seat::of_order_item(line)).await;
        let people = school.members(TASKS, &[]).await;
        let running = people.into_iter().enumerate().map(|(number, (_, holder))| {
            let school = Arc::clone(&school);
            let code = seats[number % seats.len()].code.clone();
            tokio::spawn(async move {
                school
                    .insist(&school.cx, |tx| {
                        let code = code.clone();
                        Box::pin(async move { tx.run(RedeemSeat { code, holder }).await })
                    })
                    .await
            })
        });
        let done: Vec<Result<Seat, SeatError>> = all(running.collect()).await;
        let taken = done.iter().filter(|it| it.is_ok()).count();
        race(SEATS as usize, taken);
        assert_eq!(taken, SEATS as usize, "{:?}", store.backend().name());
        assert!(done.iter().all(|it| it.is_ok() || matches!(it, Err(SeatError::NotFree))));
        assert_eq!(school.all(Query::<Grant>::all()).await.len(), SEATS as usize);
    }
}

/// A gateway that signs with the secret itself and speaks the library's own words.
#[derive(Debug)]
struct Plain;

impl WebhookAdapter for Plain {
    fn gateway(&self) -> &'static str {
        "plain"
    }

    fn examine(
        &self,
        request: &WebhookRequest<'_>,
        secrets: &[StoredSecret],
        _: Timestamp,
    ) -> WebhookVerdict {
        let signed = secrets.iter().any(|it| request.header("signature") == Some(it.expose()));
        match serde_json::from_slice(request.body()) {
            Ok(notice) if signed => WebhookVerdict::Understood(notice),
            _ => WebhookVerdict::NotBelieved("it is not signed".into()),
        }
    }
}

/// Receives an event that says that the payment of that name was paid.
async fn deliver(school: &School, name: &str) -> Result<WebhookReceipt, String> {
    let account = school.all(Query::<lms_core::commerce::GatewayAccount>::all()).await[0].id;
    let fact = PaymentFact::Capture { key: name.into(), amount: euro(4_900), at: school.cx.now() };
    let notice = WebhookNotice {
        deduplication_key: format!("paid {name}"),
        event_type: "paid".into(),
        facts: vec![ReportedFact {
            payment_reference: name.into(),
            merchant_reference: None,
            fact,
        }],
        confirm_by_asking: false,
    };
    let body = serde_json::to_vec(&notice).unwrap();
    school
        .insist(&school.cx, |tx| {
            let body = body.clone();
            Box::pin(async move {
                let headers = [("signature", "s")];
                let request = WebhookRequest::new(&headers, &body);
                tx.run(ReceiveWebhook::new(account, &request)).await
            })
        })
        .await
        .map_err(|error| error.to_string())
}

async fn open_account(school: &School) {
    let mut tx = school.store.begin(&school.cx).await.unwrap();
    let secret = StoredSecret::new("s");
    tx.run(OpenGatewayAccount { gateway: "plain".to_owned(), name: "main".to_owned(), secret })
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Claims and applies until nothing is left; tells how many this worker applied.
async fn work(school: &School) -> usize {
    let mut applied = 0;
    loop {
        let claimed = school
            .insist(&school.cx, |tx| Box::pin(tx.run(ClaimWebhooks { limit: PageSize::new(3) })))
            .await
            .unwrap();
        if claimed.is_empty() {
            return applied;
        }
        for message in claimed {
            let claim = WebhookClaim { message: message.id, claim: message.claim.unwrap() };
            school
                .insist(&school.cx, |tx| Box::pin(tx.run(ApplyWebhook { claim, confirmed: None })))
                .await
                .unwrap();
            applied += 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_event_that_is_delivered_a_hundred_times_is_kept_and_applied_once() {
    let (_database, stores) = stores().await;
    for store in repeated(stores) {
        let school = School::open(&store).await;
        open_account(&school).await;
        let (order, _) = school.awaited(1, PaymentMethod::Gateway, "pi_1").await;
        let running = (0..TASKS * 2).map(|_| {
            let school = Arc::clone(&school);
            tokio::spawn(async move {
                let receipt = deliver(&school, "pi_1").await;
                work(&school).await;
                receipt
            })
        });
        let receipts = all(running.collect()).await;
        let stored =
            receipts.iter().filter(|it| matches!(it, Ok(WebhookReceipt::Stored(..)))).count();
        let repeated =
            receipts.iter().filter(|it| matches!(it, Ok(WebhookReceipt::Repeated(..)))).count();
        assert_eq!((stored, repeated), (1, TASKS * 2 - 1), "{receipts:?}");
        let kept = school.all(Query::<WebhookMessage>::all()).await;
        assert_eq!((kept.len(), kept[0].status), (1, WebhookStatus::Processed));
        let grants = school.all(Query::<Grant>::all()).await.len();
        race(1, grants);
        assert_eq!(grants, 1);
        let order = school.store.begin(&school.cx).await.unwrap().require(order.id).await.unwrap();
        assert_eq!(order.status, OrderStatus::Completed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_workers_never_apply_the_same_message() {
    let (_database, stores) = stores().await;
    for store in stores {
        let school = School::open(&store).await;
        open_account(&school).await;
        let events = TASKS;
        for number in 0..events {
            let name = format!("pi_{number}");
            school.awaited(1, PaymentMethod::Gateway, &name).await;
            deliver(&school, &name).await.unwrap();
        }
        let running = (0..TASKS).map(|_| {
            let school = Arc::clone(&school);
            tokio::spawn(async move { work(&school).await })
        });
        let applied: usize = all(running.collect()).await.into_iter().sum();
        race(events, applied);
        assert_eq!(applied, events, "{:?}", store.backend().name());
        let kept = school.all(Query::<WebhookMessage>::all()).await;
        assert!(kept.iter().all(|it| it.status == WebhookStatus::Processed));
        assert!(kept.iter().all(|it| it.next_action_at == NextAction::NEVER));
        let orders = school.all(Query::<Order>::all()).await;
        assert!(orders.iter().all(|it| it.status == OrderStatus::Completed));
        assert_eq!(school.all(Query::<Grant>::all()).await.len(), events);
        assert!(kept.iter().all(|it| it.claim != Some(Uuid::nil())));
    }
}

/// What begins for a person and their departure wait for each other: nothing begins for one who is
/// gone by the time that it is stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_purchase_is_stored_after_the_departure_that_it_did_not_see() {
    let (_database, stores) = stores().await;
    for store in stores {
        let school = School::open(&store).await;
        school.paid(20).await;
        let mut seats = school.all(Query::<Seat>::all()).await;
        for what in ["order", "payment", "seat"] {
            let (_, member) = school.members(1, &[]).await.remove(0);
            let place =
                PlaceOrder::new(member, vec![OrderLine::of(school.course)], euro(0).currency());
            let mut tx = store.begin(&school.cx).await.unwrap();
            let order = match what {
                "payment" => Some(tx.run(place.clone()).await.unwrap().id),
                _ => None,
            };
            tx.commit().await.unwrap();
            let mut tx = store.begin(&school.cx).await.unwrap();
            match (what, order) {
                ("order", _) => drop(tx.run(place).await.unwrap()),
                ("seat", _) => {
                    let code = seats.remove(0).code;
                    drop(tx.run(RedeemSeat { code, holder: member }).await.unwrap());
                }
                (_, order) => {
                    let start = StartPayment::of(order.unwrap(), PaymentMethod::Cash);
                    drop(tx.run(start).await.unwrap());
                }
            }
            let departure = {
                let school = Arc::clone(&school);
                tokio::spawn(async move {
                    let leave = || ChangeMembershipStatus {
                        membership_id: member,
                        event: MembershipEvent::Leave,
                    };
                    loop {
                        match school.store.run(&school.cx, leave()).await {
                            Err(error) if error.is_lost_race() => tokio::task::yield_now().await,
                            other => break other,
                        }
                    }
                })
            };
            tokio::time::sleep(Duration::from_millis(300)).await;
            let had_left = departure.is_finished();
            let stored = tx.commit().await.is_ok();
            let name = store.backend().name();
            assert!(!(had_left && stored), "{name}: the {what} was stored after the departure");
            departure.await.unwrap().unwrap();
            // And what begins afterwards is refused.
            let lines = vec![OrderLine::of(school.course)];
            let late = PlaceOrder::new(member, lines, euro(0).currency());
            let mut tx = store.begin(&school.cx).await.unwrap();
            assert!(matches!(tx.run(late).await, Err(OrderError::Absent(_))), "{name}");
        }
    }
}
