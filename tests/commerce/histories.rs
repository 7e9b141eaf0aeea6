//! Random histories of buyers, gateways, clerks and crashes: no money is lost, nothing is granted
//! twice or not at all, and what is stored is what follows from the facts.
//!
//! `LMS_HISTORIES=100000` runs the full size.
use std::cell::Cell;

use lms::{
    commerce::{
        CancelOrder, ExpireOrdersDue, GatewayAccount, GatewayOutcome, Grant, GrantStatus, Item,
        ItemKind, OpenGatewayAccount, Order, OrderLine, OrderStatus, Payment, PaymentFact,
        PaymentMethod, PaymentStatus, PlaceOrder, ReceiveWebhook, RecordRefundAnswer,
        RedemptionStatus, Reduction, Refund, RefundAnswer, RefundReason, RefundStatus,
        ReportedFact, RequestRefund, SendRefund, StartPayment, StoredSecret, Voucher,
        VoucherRedemption, VoucherStatus, WebhookMessage, WebhookNotice, WebhookRequest,
        work_webhooks,
    },
    kernel::{Context, Currency, DomainError as _, ErrorKind, Timestamp},
    memory::MemoryStore,
    store::{
        PageSize, Query, Store,
        operation::{Operation, Refusal},
        testing::{FaultPlan, Faulty},
    },
};
use lms_testkit::figure;

use crate::{
    journal,
    random_history::{Dice, History, Step, at},
    school::{School, usd},
    transact,
};

/// What a history comes to, without names and times.
#[derive(Clone, Debug, PartialEq)]
struct Summary {
    number: i64,
    order: OrderStatus,
    payments: Vec<(PaymentStatus, i64, i64, i64)>,
    refunds: Vec<(i64, RefundStatus, RefundReason)>,
    grants: Vec<GrantStatus>,
    uses: Vec<RedemptionStatus>,
}

/// When something crashes.
#[derive(Debug)]
enum Chaos {
    /// Never, and nothing is sent twice.
    None,
    /// Now and then, and much is sent twice.
    Some(Dice),
    /// At that call of the store.
    At(u64),
}

/// A school on a store that fails as planned.
struct World {
    school: School,
    plan: FaultPlan,
    account: GatewayAccount,
    items: Vec<Item>,
    voucher: Voucher,
    orders: Cell<u64>,
}

impl World {
    async fn open() -> Self {
        let (faulty, plan) = Faulty::new(MemoryStore::new());
        Self::open_on(Store::new(faulty), plan, 1).await
    }

    /// A school of its own on a store that others use too.
    async fn open_on(store: Store, plan: FaultPlan, number: u64) -> Self {
        let school = School::open_on(store, number).await;
        let mut items = Vec::new();
        for _ in 0..2 {
            items.push(school.sells(ItemKind::Course, usd(1_000)).await);
        }
        let cx = school.cx();
        let secret = StoredSecret::new("s");
        let account = transact!(school, cx, |tx| tx.run(OpenGatewayAccount {
            gateway: "plain".to_owned(),
            name: "main".to_owned(),
            secret
        }))
        .unwrap();
        let code = "SPRING".parse().unwrap();
        let mut voucher = Voucher::new(&cx, code, Reduction::Fixed(usd(300)));
        voucher.status = VoucherStatus::Active;
        school.save(&voucher).await;
        Self { school, plan, account, items, voucher, orders: Cell::new(0) }
    }

    /// Sends a command until the store lets it through, maybe twice.
    async fn send<C>(
        &self,
        cx: &Context,
        chaos: &mut Chaos,
        key: &str,
        command: C,
    ) -> Option<C::Answer>
    where
        C: Operation<Answer: serde::Serialize + serde::de::DeserializeOwned, Error: Refusal>
            + serde::Serialize,
    {
        loop {
            self.threaten(chaos);
            let done = self.school.store.run_once(cx, key, command.clone()).await;
            let calm = self.calm(chaos);
            match done {
                Err(error) if error.kind() == ErrorKind::Unavailable && !calm => {}
                Err(_) => return None,
                Ok(answer) => {
                    if let Chaos::Some(dice) = chaos
                        && dice.roll(3) == 0
                    {
                        let store = &self.school.store;
                        store.run_once(cx, key, command).await.expect("the same answer");
                    }
                    return Some(answer.into_answer());
                }
            }
        }
    }

    fn threaten(&self, chaos: &mut Chaos) {
        if let Chaos::Some(dice) = chaos
            && dice.roll(2) == 0
        {
            self.plan.fail_after(u64::try_from(dice.roll(60)).unwrap());
        }
    }

    /// Ends a threat; true when no fault can have happened.
    fn calm(&self, chaos: &Chaos) -> bool {
        if matches!(chaos, Chaos::Some(_)) {
            self.plan.heal();
        }
        matches!(chaos, Chaos::None)
    }

    /// The gateway sends an event until we say that we have it, and a worker applies it.
    async fn hear(&self, school: &School, chaos: &mut Chaos, notice: &WebhookNotice) {
        let body = serde_json::to_vec(notice).unwrap();
        let mut times = match chaos {
            Chaos::Some(dice) => 1 + dice.roll(3),
            Chaos::None | Chaos::At(_) => 1,
        };
        let cx = school.cx();
        while times > 0 {
            self.threaten(chaos);
            let (account, body) = (self.account.id, body.clone());
            let taken = school
                .store
                .transact(&cx, |tx| {
                    let body = body.clone();
                    Box::pin(async move {
                        let headers = [("signature", "s")];
                        let request = WebhookRequest::new(&headers, &body);
                        tx.run(ReceiveWebhook::new(account, &request)).await
                    })
                })
                .await;
            let calm = self.calm(chaos);
            match &taken {
                Ok(receipt) => assert!(receipt.is_taken()),
                Err(error) => assert!(!calm && error.kind() == ErrorKind::Unavailable, "{error}"),
            }
            times -= usize::from(taken.is_ok());
        }
        // A worker that crashed is followed by another one when its lease is over.
        for round in 0..40 {
            let cx = cx.clone().at(cx.now().saturating_add(chrono::TimeDelta::minutes(round)));
            // Each failure makes the next attempt wait longer.
            if round < 5 {
                self.threaten(chaos);
            }
            let _ = work_webhooks(&school.store, &cx, None, PageSize::MAX).await;
            self.calm(chaos);
            let end = Timestamp::MAX.saturating_sub(chrono::TimeDelta::days(1));
            let open = WebhookMessage::due(end, PageSize::ONE);
            if self.unfailing(open, school).await.is_empty() {
                return;
            }
        }
        panic!("a message is stuck");
    }

    async fn play(&self, history: &History, chaos: Chaos) -> Summary {
        let mut playing = self.begin(history, chaos).await;
        while playing.go_on().await {}
        playing.end().await
    }

    /// The buyer orders; what follows is still to come.
    async fn begin<'w>(&'w self, history: &'w History, mut chaos: Chaos) -> Playing<'w> {
        let school = self.school.clone();
        let number = self.orders.replace(self.orders.get() + 1);
        let lines = self.items[..history.items].iter().copied().map(OrderLine::of).collect();
        let mut command = PlaceOrder::new(school.student.id, lines, Currency::USD);
        if history.voucher {
            command.vouchers.push(self.voucher.code.clone());
        }
        if let Chaos::At(call) = chaos {
            self.plan.fail_after(call);
        }
        let buyer = school.cx_of(school.student);
        let order = self.send(&buyer, &mut chaos, &format!("{number}"), command).await.unwrap();
        let keyed = |mark: &str, steps: Vec<Step>| {
            let key = |at: usize| format!("{number}/{mark}{at}");
            steps.into_iter().enumerate().map(|(at, it)| (it, key(at))).collect::<Vec<_>>()
        };
        let mut steps = keyed("", history.steps.clone());
        steps.extend(keyed("f", (0..history.facts.len()).map(Step::Hear).collect()));
        steps.extend(keyed("r", vec![Step::SendBack(GatewayOutcome::Succeeded); 3]));
        Playing { world: self, history, chaos, school, order, steps: steps.into_iter() }
    }

    async fn step(
        &self,
        school: &mut School,
        chaos: &mut Chaos,
        order: &Order,
        history: &History,
        (step, key): (&Step, &str),
    ) {
        let buyer = school.cx_of(school.student);
        let clerk = school.cx_of(school.finance);
        match step {
            Step::Pay => {
                let mut start = StartPayment::of(order.id, PaymentMethod::Gateway);
                start.gateway = Some(self.account.key());
                self.send(&buyer, chaos, key, start).await;
            }
            Step::Cancel => {
                self.send(&buyer, chaos, key, CancelOrder { order: order.id }).await;
            }
            Step::AskBack => {
                let ask = RequestRefund { order: order.id, lines: Vec::new(), note: None };
                self.send(&clerk, chaos, key, ask).await;
            }
            Step::Pass(hours) => {
                *school = self.school.later(*hours);
                let cx = school.cx();
                loop {
                    self.threaten(chaos);
                    let done = school
                        .store
                        .transact(&cx, |tx| {
                            Box::pin(tx.run(ExpireOrdersDue { due: PageSize::MAX.into() }))
                        })
                        .await;
                    self.calm(chaos);
                    if done.is_ok() {
                        break;
                    }
                }
            }
            Step::Hear(at) => {
                let (attempt, fact) = &history.facts[*at];
                let payments = self.unfailing(Payment::of_order(order.id), school).await;
                let Some(payment) = payments.get(*attempt) else { return };
                let notice = WebhookNotice {
                    deduplication_key: format!("{}/{at}", order.id),
                    event_type: fact.kind().to_string(),
                    facts: vec![ReportedFact {
                        payment_reference: format!("pi-{}", payment.id),
                        merchant_reference: Some(payment.id.to_string()),
                        fact: fact.clone(),
                    }],
                    confirm_by_asking: false,
                };
                self.hear(school, chaos, &notice).await;
            }
            Step::SendBack(outcome) => {
                let mut refunds = self.unfailing(Refund::of_order(order.id), school).await;
                // Two may want the same money, and the first to be sent has it. Their ids tell when
                // they were made, which a crash puts off.
                refunds.sort_by_key(|it| (it.reason, it.amount.minor()));
                for refund in refunds {
                    let id = refund.id;
                    let key = format!("{key}/{}", refund.amount);
                    self.send(&clerk, chaos, &format!("{key}/{id}/s"), SendRefund { refund: id })
                        .await;
                    let answer = RefundAnswer {
                        refund: id,
                        outcome: *outcome,
                        provider_ref: None,
                        settled: true,
                        raw_response: None,
                    };
                    let now: Refund = self.unfailing_one(id, school).await;
                    if matches!(now.status, RefundStatus::Processing | RefundStatus::Unknown) {
                        self.send(
                            &clerk,
                            chaos,
                            &format!("{key}/{id}/a"),
                            RecordRefundAnswer { answer },
                        )
                        .await;
                    }
                }
            }
        }
    }

    /// Reads without counting as a call that may fail.
    async fn unfailing<R: lms::store::Record>(&self, query: Query<R>, school: &School) -> Vec<R> {
        loop {
            let Ok(mut tx) = school.store.begin(&school.cx()).await else { continue };
            if let Ok(found) = tx.all(query.clone()).await {
                return found;
            }
        }
    }

    async fn unfailing_one(&self, id: lms::kernel::Id<Refund>, school: &School) -> Refund {
        loop {
            let Ok(mut tx) = school.store.begin(&school.cx()).await else { continue };
            if let Ok(found) = tx.require(id).await {
                return found;
            }
        }
    }

    async fn summary(&self, school: &School, order: &Order) -> Summary {
        let order = school.checked(order).await;
        let payments = school.all(Payment::of_order(order.id)).await;
        let refunds = school.all(Refund::of_order(order.id)).await;
        let mut refunds: Vec<_> =
            refunds.iter().map(|it| (it.amount.minor(), it.status, it.reason)).collect();
        refunds.sort_unstable();
        let mut grants = Vec::new();
        for item in school.items(&order).await {
            let of_line = school.all(Grant::from_source(item.id.uuid())).await;
            grants.extend(of_line.iter().map(|it| it.status));
        }
        let uses = school.all(VoucherRedemption::of_order(order.id)).await;
        let voucher: Voucher = school.get(self.voucher.id).await;
        let all = school.all(Query::<VoucherRedemption>::all()).await;
        let counting = all.iter().filter(|it| it.status.counts()).count();
        assert_eq!(usize::try_from(voucher.reserved + voucher.confirmed).unwrap(), counting);
        Summary {
            number: order.number,
            order: order.status,
            payments: payments
                .iter()
                .map(|it| {
                    let (c, r, v) = (it.captured, it.refunded, it.reversed);
                    (it.status, c.minor(), r.minor(), v.minor())
                })
                .collect(),
            refunds,
            grants,
            uses: uses.iter().map(|it| it.status).collect(),
        }
    }
}

/// A history that is under way.
struct Playing<'w> {
    world: &'w World,
    history: &'w History,
    chaos: Chaos,
    school: School,
    order: Order,
    steps: std::vec::IntoIter<(Step, String)>,
}

impl Playing<'_> {
    /// Takes the next step; false when there is none.
    async fn go_on(&mut self) -> bool {
        let Some((step, key)) = self.steps.next() else { return false };
        let Self { world, history, chaos, school, order, .. } = self;
        world.step(school, chaos, order, history, (&step, &key)).await;
        true
    }

    async fn end(self) -> Summary {
        self.world.plan.heal();
        journal::check_order(&self.school, &self.order).await;
        self.world.summary(&self.school, &self.order).await
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

#[test]
fn random_histories_come_to_the_same_with_and_without_crashes() {
    let histories: u64 =
        std::env::var("LMS_HISTORIES").ok().and_then(|it| it.parse().ok()).unwrap_or(300);
    let mut completed = 0_u64;
    run(async {
        // A fresh school now and then keeps the books small.
        for batch in 0..histories.div_ceil(50) {
            let (calm, wild) = (World::open().await, World::open().await);
            for seed in batch * 50..histories.min(batch * 50 + 50) {
                let history = History::of(seed);
                if std::env::var_os("LMS_HISTORIES").is_some() && seed % 10_000 == 0 {
                    println!("history {seed}");
                }
                let wanted = calm.play(&history, Chaos::None).await;
                let found = wild.play(&history, Chaos::Some(Dice::of(!seed))).await;
                assert_eq!(found, wanted, "history {seed}: {history:#?}");
                completed += u64::from(wanted.order == OrderStatus::Completed);
            }
            journal::every_entry_balances(&wild.school).await;
            journal::nothing_waits_for_ever(&wild.school).await;
        }
    });
    println!("{histories} histories, {completed} of them completed, no violation");
    figure("random histories of orders", usize::try_from(histories).unwrap());
    assert!(completed > histories / 10, "only {completed} of {histories} orders completed");
}

#[test]
fn two_tenants_side_by_side_come_to_what_each_comes_to_alone() {
    run(async {
        let (faulty, plan) = Faulty::new(MemoryStore::new());
        let store = Store::new(faulty);
        let here = World::open_on(store.clone(), plan.clone(), 1).await;
        let there = World::open_on(store, plan, 2).await;
        let (alone, also_alone) = (World::open().await, World::open().await);
        for seed in 0..30 {
            let (one, other) = (History::of(seed), History::of(seed + 1_000));
            let wanted = alone.play(&one, Chaos::None).await;
            let also_wanted = also_alone.play(&other, Chaos::None).await;
            let mut dice = Dice::of(!seed);
            let mut first = here.begin(&one, Chaos::None).await;
            let mut second = there.begin(&other, Chaos::None).await;
            let (mut first_goes, mut second_goes) = (true, true);
            while first_goes || second_goes {
                if dice.roll(2) == 0 {
                    first_goes = first.go_on().await;
                } else {
                    second_goes = second.go_on().await;
                }
            }
            assert_eq!(first.end().await, wanted, "history {seed}");
            assert_eq!(second.end().await, also_wanted, "history {}", seed + 1_000);
        }
        for world in [&here, &there] {
            journal::every_entry_balances(&world.school).await;
            journal::nothing_waits_for_ever(&world.school).await;
        }
    });
}

#[test]
fn a_crash_at_any_call_of_the_store_changes_nothing() {
    let capture = |attempt: usize, key: &str, minor: i64| {
        (attempt, PaymentFact::Capture { key: key.into(), amount: usd(minor), at: at(1) })
    };
    let history = History {
        items: 2,
        voucher: true,
        facts: vec![
            (0, PaymentFact::Fail { at: at(0) }),
            capture(1, "a", 1_700),
            capture(1, "b", 200),
            (1, PaymentFact::Reverse { key: "d".into(), amount: usd(200), of: Some("b".into()) }),
        ],
        steps: vec![
            Step::Pay,
            Step::Hear(0),
            Step::Pay,
            Step::Hear(1),
            Step::Hear(2),
            Step::SendBack(GatewayOutcome::Unknown),
            Step::AskBack,
            Step::Pass(100),
        ],
    };
    run(async {
        let world = World::open().await;
        let before = world.plan.calls();
        let wanted = world.play(&history, Chaos::None).await;
        let calls = world.plan.calls() - before;
        for call in 0..calls {
            let world = World::open().await;
            let found = world.play(&history, Chaos::At(call)).await;
            assert_eq!(found, wanted, "a crash at call {call} of {calls}");
        }
    });
}
