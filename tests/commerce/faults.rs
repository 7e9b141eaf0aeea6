//! A fault at the calls of the store of every use case that takes several steps: nothing is half
//! written, the error says what happened, and trying again comes to what comes without a fault.
//!
//! `LMS_FAULTS=all` tries every call; otherwise long use cases are tried at [`MOST`] of theirs.
use std::collections::BTreeMap;

use lms::{
    commerce::{
        AddWebhookEndpoint, AdjustWallet, CancelSubscription, Cancellation, ChangePlan,
        ClaimWebhookDeliveries, Counting, CreditInvoice, DecidePayout, DeliveryAnswer, Earning,
        FanOutMessage, GatewayAccount, GatewayOutcome, GenerateInvoice, Grant, HoldInWallet,
        Instalment, InstalmentTerms, Interval, IssueInvoice, Item, ItemKind, LedgerEntry,
        NumberSeries, OpenGatewayAccount, Order, OrderLine, PayFromWallet, PayInvoice, Payment,
        PaymentFact, PaymentMethod, PaymentProof, Payout, PayoutAnswer, PlaceOrder, Plan,
        PlanChangeTime, PlanChanged, Price, ProofDecision, ReceiveWebhook, RecordDeliveryAnswer,
        RecordPayoutAnswer, RecordReceipt, RecordRefundAnswer, Reduction, Refund, RefundAnswer,
        ReportedFact, RequestPayout, RequestRefund, RevenueShare, ReviewProof, RevokeApproval,
        SendPayout, SendRefund, ShareRole, ShareRule, StartPayment, StoredSecret, SubmitProof,
        Subscribe, Subscription, TenantInvoice, Voucher, VoucherRedemption, VoucherStatus,
        WalletAccount, WebhookDelivery, WebhookMessage, WebhookNotice, WebhookRequest, tick,
        work_webhooks,
    },
    kernel::{Context, Currency, DomainError, ErrorKind},
    memory::MemoryStore,
    outbox::Message,
    store::{
        PageSize, Query, Store,
        operation::{Operation, Refusal},
        testing::{FaultPlan, Faulty},
    },
    tenancy::{Month, PlanLimits, PlanStanding, TenantPlan},
};
use lms_testkit::figure;

use crate::{
    journal,
    school::{School, at, title, usd},
    transact,
};

/// A use case that opens several transactions or takes several steps in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Checkout,
    Inbox,
    ProofReview,
    Refunds,
    Wallet,
    Subscribing,
    MonthEnd,
    Payouts,
    Outgoing,
    Tick,
}

const ALL: [Case; 10] = [
    Case::Checkout,
    Case::Inbox,
    Case::ProofReview,
    Case::Refunds,
    Case::Wallet,
    Case::Subscribing,
    Case::MonthEnd,
    Case::Payouts,
    Case::Outgoing,
    Case::Tick,
];

/// What somebody is told when the store fails.
#[derive(Debug)]
struct Told(String);

impl<E: DomainError> From<E> for Told {
    fn from(error: E) -> Self {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        Self(error.to_string())
    }
}

/// A school on a store that fails as planned, with what the cases need.
struct Shop {
    school: School,
    plan: FaultPlan,
    course: Item,
    account: GatewayAccount,
    /// Paid by card.
    bought: Order,
    /// Unpaid.
    open: Order,
    plans: [Plan; 2],
}

impl Shop {
    async fn open() -> Self {
        let (faulty, plan) = Faulty::new(MemoryStore::new());
        let school = School::open_on(Store::new(faulty), 1).await;
        let cx = school.cx();
        let course = Item::new(ItemKind::Course, cx.id::<Item>().uuid());
        school.save(&Price::new(&cx, course, title("Course"), usd(1_000))).await;
        let (beneficiary, role) = (school.instructor.id, ShareRole::Instructor);
        let percent = "70".parse().unwrap();
        let rule = ShareRule { beneficiary, role, percent };
        school.save(&RevenueShare::new(&cx, course, rule)).await;
        let mut voucher = Voucher::new(&cx, "SPRING".parse().unwrap(), Reduction::Fixed(usd(300)));
        voucher.status = VoucherStatus::Active;
        school.save(&voucher).await;
        let secret = StoredSecret::new("s");
        let account = transact!(school, cx, |tx| tx.run(OpenGatewayAccount {
            gateway: "plain".to_owned(),
            name: "main".to_owned(),
            secret
        }))
        .unwrap();
        let plans = [("monthly", 2_900), ("dearer", 5_800)].map(|(slug, price)| {
            let month = Some(Interval::MONTH);
            Plan::new(&cx, title(slug), slug.parse().unwrap(), month, usd(price))
        });
        for it in &plans {
            school.save(it).await;
        }
        let top_up =
            AdjustWallet { holder: school.student.id, amount: usd(5_000), reference: "r".into() };
        school.store.run_once(&cx, "top-up", top_up).await.unwrap();
        let bought = school.order(&[course]).await;
        let shop = Self {
            open: school.order(&[course]).await,
            bought,
            school,
            plan,
            course,
            account,
            plans,
        };
        shop.card(&shop.bought.clone(), "bought").await.unwrap();
        shop
    }

    async fn send<C>(&self, cx: &Context, key: &str, command: C) -> Result<C::Answer, Told>
    where
        C: Operation<Answer: serde::Serialize + serde::de::DeserializeOwned, Error: Refusal>
            + serde::Serialize,
    {
        let done = self.school.store.run_once(cx, key, command).await;
        Ok(done.map_err(Told::from)?.into_answer())
    }

    /// Pays an order by card, at the desk.
    async fn card(&self, order: &Order, key: &str) -> Result<Payment, Told> {
        let cx = self.school.cx();
        let start = StartPayment::of(order.id, PaymentMethod::Card);
        let payment = self.send(&cx, &format!("{key}/start"), start).await?;
        let (reference, amount) = (format!("{key}/receipt"), payment.amount);
        let receipt = RecordReceipt { payment: payment.id, reference, amount, at: cx.now() };
        self.send(&cx, &format!("{key}/receipt"), receipt).await
    }

    /// What has to be there before the case begins.
    async fn prepare(&self, case: Case) {
        let cx = self.school.cx();
        match case {
            Case::MonthEnd | Case::Tick => {
                let mut plan =
                    TenantPlan::new(&cx, title("Pro"), usd(3_100), PlanLimits::UNLIMITED);
                plan.started_at = at("2023-11-01T00:00:00Z");
                self.school.save(&plan).await;
            }
            Case::Outgoing => {
                let url = "https://hooks.example.org".parse().unwrap();
                let secret = StoredSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
                let kinds = vec!["commerce.order_completed".to_owned()];
                transact!(self.school, cx, |tx| {
                    tx.run(AddWebhookEndpoint { url, kinds, secret })
                })
                .unwrap();
            }
            _ => {}
        }
        if case == Case::Tick {
            self.prepare_time().await;
        }
    }

    /// Something for every sort of thing that time brings.
    async fn prepare_time(&self) {
        let cx = self.school.cx();
        let own = self.school.cx_of(self.school.student);
        let lines = || vec![OrderLine::of(self.course)];
        let mut voucher = PlaceOrder::new(self.school.student.id, lines(), Currency::USD);
        voucher.vouchers.push("SPRING".parse().unwrap());
        let voucher = self.send(&own, "voucher", voucher).await.unwrap();
        let mut gateway = StartPayment::of(voucher.id, PaymentMethod::Gateway);
        gateway.gateway = Some(self.account.key());
        self.send(&own, "gateway", gateway).await.unwrap();
        let held = PlaceOrder::new(self.school.student.id, lines(), Currency::USD);
        let held = self.send(&own, "held", held).await.unwrap();
        self.send(&own, "hold", HoldInWallet { order: held.id }).await.unwrap();
        let mut parts = PlaceOrder::new(self.school.student.id, lines(), Currency::USD);
        let weights = vec![1, 1];
        parts.instalments =
            Some(InstalmentTerms { weights, every: Interval::MONTH, grace_days: 3 });
        let parts = self.send(&own, "parts", parts).await.unwrap();
        let mut first = StartPayment::of(parts.id, PaymentMethod::Cash);
        first.amount = Some(usd(500));
        let first = self.send(&own, "first", first).await.unwrap();
        let (amount, reference) = (usd(500), "first".to_owned());
        let receipt = RecordReceipt { payment: first.id, reference, amount, at: cx.now() };
        self.send(&cx, "first/receipt", receipt).await.unwrap();
        let transfer = StartPayment::of(self.open.id, PaymentMethod::BankTransfer);
        let transfer = self.send(&own, "transfer", transfer).await.unwrap();
        let url = "https://files.example.org/proof.pdf".parse().unwrap();
        self.send(&own, "proof", SubmitProof::of(transfer.id, url)).await.unwrap();
        self.send(&own, "ask", refund_of(&self.bought)).await.unwrap();
        let subscriber = self.school.student.id;
        let wish = Subscribe { subscriber, payer: subscriber, plan: self.plans[0].id };
        let first = self.send(&own, "subscribe", wish).await.unwrap();
        self.card(&first, "subscription").await.unwrap();
        let month: Month = "2023-12".parse().unwrap();
        let draft = self.send(&cx, "draft", GenerateInvoice { month }).await.unwrap().unwrap();
        self.send(&cx, "issue", IssueInvoice { invoice: draft.id }).await.unwrap();
    }

    /// The use case, from its beginning; what is done already is not done again.
    async fn run(&self, case: Case, attempt: i64) -> Result<(), Told> {
        match case {
            Case::Checkout => self.checkout().await,
            Case::Inbox => self.inbox(attempt).await,
            Case::ProofReview => self.review().await,
            Case::Refunds => self.refunds().await,
            Case::Wallet => self.wallet().await,
            Case::Subscribing => self.subscribing().await,
            Case::MonthEnd => self.month_end().await,
            Case::Payouts => self.payouts().await,
            Case::Outgoing => self.outgoing(attempt).await,
            Case::Tick => self.time().await,
        }
    }

    async fn checkout(&self) -> Result<(), Told> {
        let own = self.school.cx_of(self.school.student);
        let lines = vec![OrderLine::of(self.course)];
        let mut command = PlaceOrder::new(self.school.student.id, lines, Currency::USD);
        command.vouchers.push("SPRING".parse().unwrap());
        let order = self.send(&own, "place", command).await?;
        self.card(&order, "pay").await.map(drop)
    }

    /// A gateway delivers and a worker applies; a worker that failed is followed by another one
    /// when its lease is over.
    async fn inbox(&self, attempt: i64) -> Result<(), Told> {
        let later = self.school.later(attempt);
        let cx = later.cx();
        let mut start = StartPayment::of(self.open.id, PaymentMethod::Gateway);
        start.gateway = Some(self.account.key());
        let payment = self.send(&self.school.cx_of(self.school.student), "start", start).await?;
        let (key, at) = ("ch".to_owned(), self.school.now());
        let notice = WebhookNotice {
            deduplication_key: "evt-1".into(),
            event_type: "capture".into(),
            facts: vec![ReportedFact {
                payment_reference: "pi-1".into(),
                merchant_reference: Some(payment.id.to_string()),
                fact: PaymentFact::Capture { key, amount: payment.amount, at },
            }],
            confirm_by_asking: false,
        };
        let body = serde_json::to_vec(&notice).unwrap();
        let account = self.account.id;
        let taken = later.store.transact(&cx, |tx| {
            let body = body.clone();
            Box::pin(async move {
                let headers = [("signature", "s")];
                let request = WebhookRequest::new(&headers, &body);
                tx.run(ReceiveWebhook::new(account, &request)).await
            })
        });
        assert!(taken.await.map_err(Told::from)?.is_taken());
        let round = work_webhooks(&later.store, &cx, None, PageSize::MAX).await?;
        match round.failed + round.deferred + round.lost {
            0 => Ok(()),
            _ => Err(Told("faulty is not available; try again later".into())),
        }
    }

    async fn review(&self) -> Result<(), Told> {
        let own = self.school.cx_of(self.school.student);
        let transfer = StartPayment::of(self.open.id, PaymentMethod::BankTransfer);
        let transfer = self.send(&own, "transfer", transfer).await?;
        let url = "https://files.example.org/proof.pdf".parse().unwrap();
        let mut submit = SubmitProof::of(transfer.id, url);
        submit.bank_reference = Some("TX-1".into());
        let proof = self.send(&own, "proof", submit).await?;
        let review = ReviewProof {
            proof: proof.id,
            expected_version: proof.stamp.version,
            decision: ProofDecision::Approve,
            counting: Counting::AtOnce(usd(1_000)),
            note: None,
        };
        self.send(&self.school.cx_of(self.school.finance), "review", review).await?;
        let revoke = RevokeApproval { proof: proof.id, note: Some("not on the statement".into()) };
        self.send(&self.school.cx_of(self.school.second_finance), "revoke", revoke).await?;
        self.card(&self.open, "again").await.map(drop)
    }

    async fn refunds(&self) -> Result<(), Told> {
        let clerk = self.school.cx_of(self.school.finance);
        let mut start = StartPayment::of(self.open.id, PaymentMethod::Gateway);
        start.gateway = Some(self.account.key());
        let payment = self.send(&self.school.cx(), "start", start).await?;
        let (key, amount, at) = ("ch".to_owned(), payment.amount, self.school.now());
        let facts = vec![PaymentFact::Capture { key, amount, at }];
        let source = "test".to_owned();
        let told = lms::commerce::RecordPaymentFacts { payment: payment.id, facts, source };
        self.send(&self.school.cx(), "told", told).await?;
        let refund = self.send(&clerk, "ask", refund_of(&self.open)).await?.remove(0).id;
        self.send(&clerk, "send", SendRefund { refund }).await?;
        for (key, outcome) in
            [("unknown", GatewayOutcome::Unknown), ("found", GatewayOutcome::Succeeded)]
        {
            let (provider_ref, settled) = (None, outcome == GatewayOutcome::Succeeded);
            let answer =
                RefundAnswer { refund, outcome, provider_ref, settled, raw_response: None };
            self.send(&clerk, key, RecordRefundAnswer { answer }).await?;
        }
        Ok(())
    }

    async fn wallet(&self) -> Result<(), Told> {
        let own = self.school.cx_of(self.school.student);
        let clerk = self.school.cx_of(self.school.finance);
        self.send(&own, "pay", PayFromWallet { order: self.open.id }).await?;
        let refund = self.send(&clerk, "ask", refund_of(&self.open)).await?.remove(0).id;
        self.send(&clerk, "send", SendRefund { refund }).await?;
        let (holder, reference) = (self.school.student.id, "paid out".to_owned());
        let out = AdjustWallet { holder, amount: usd(-5_000), reference };
        self.send(&clerk, "out", out).await.map(drop)
    }

    async fn subscribing(&self) -> Result<(), Told> {
        let own = self.school.cx_of(self.school.student);
        let subscriber = self.school.student.id;
        let wish = Subscribe { subscriber, payer: subscriber, plan: self.plans[0].id };
        let order = self.send(&own, "subscribe", wish).await?;
        self.card(&order, "first").await?;
        let mut tx = self.school.store.begin(&own).await?;
        let found = tx.first(Subscription::of_subscriber(subscriber)).await?;
        let subscription = found.unwrap().id;
        drop(tx);
        let (plan, time) = (self.plans[1].id, PlanChangeTime::Now);
        let change = ChangePlan { subscription, plan, time };
        let PlanChanged::Waiting(order) = self.send(&own, "change", change).await? else {
            panic!("a dearer plan costs something")
        };
        self.card(&order, "difference").await?;
        let how = Cancellation::NowWithRefund;
        let cancel = CancelSubscription { subscription, how };
        self.send(&self.school.cx_of(self.school.finance), "cancel", cancel).await.map(drop)
    }

    async fn month_end(&self) -> Result<(), Told> {
        let cx = self.school.cx();
        let month: Month = "2023-12".parse().unwrap();
        let draft = self.send(&cx, "draft", GenerateInvoice { month }).await?.unwrap();
        let invoice = self.send(&cx, "issue", IssueInvoice { invoice: draft.id }).await?.id;
        let (reference, at) = ("TX-1".to_owned(), cx.now());
        let pay = PayInvoice { invoice, reference, amount: usd(2_000), at };
        self.send(&cx, "pay", pay).await?;
        let reason = "promised".to_owned();
        let credit = CreditInvoice { invoice, amount: usd(1_100), reason };
        self.send(&cx, "credit", credit).await.map(drop)
    }

    async fn payouts(&self) -> Result<(), Told> {
        let month_later = self.school.later(31 * 24);
        let clerk = month_later.cx_of(month_later.finance);
        let payee = month_later.instructor.id;
        let (currency, method) = (Currency::USD, PaymentMethod::BankTransfer);
        let ask = RequestPayout { payee, currency, method };
        let payout = self.send(&month_later.cx_of(month_later.instructor), "ask", ask).await?.id;
        self.send(&clerk, "allow", DecidePayout { payout, approve: true }).await?;
        self.send(&clerk, "send", SendPayout { payout }).await?;
        let answer = PayoutAnswer::NoAnswer;
        self.send(&clerk, "silence", RecordPayoutAnswer { payout, answer }).await?;
        let answer = PayoutAnswer::Paid { reference: "TX-9".into() };
        self.send(&clerk, "paid", RecordPayoutAnswer { payout, answer }).await.map(drop)
    }

    /// The host's relay and its worker.
    async fn outgoing(&self, attempt: i64) -> Result<(), Told> {
        let later = self.school.later(attempt);
        let (store, cx) = (&later.store, later.cx());
        let mut tx = store.begin(&cx).await?;
        let told = tx.all(Query::<Message>::all()).await?;
        drop(tx);
        let fanned: Result<(), lms::commerce::WebhookError> = store
            .transact(&cx, |tx| {
                let told = told.clone();
                Box::pin(async move {
                    for message in &told {
                        tx.run(FanOutMessage { message: message.clone() }).await?;
                    }
                    Ok(())
                })
            })
            .await;
        fanned.map_err(Told::from)?;
        let claimed = store
            .transact(&cx, |tx| Box::pin(tx.run(ClaimWebhookDeliveries { limit: PageSize::MAX })));
        for sent in claimed.await.map_err(Told::from)? {
            let done = store.transact(&cx, |tx| {
                let answer = DeliveryAnswer::Status(204);
                Box::pin(
                    async move { tx.run(RecordDeliveryAnswer { claim: sent.claim, answer }).await },
                )
            });
            done.await.map_err(Told::from)?;
        }
        Ok(())
    }

    /// Two months pass unseen.
    async fn time(&self) -> Result<(), Told> {
        let later = self.school.later(60 * 24);
        let report = tick(&later.store, &later.cx()).await?;
        match report.failed.first() {
            None => Ok(()),
            Some(failed) => {
                assert_eq!(failed.code, "store.unavailable", "{failed:?}");
                Err(Told(failed.reason.clone()))
            }
        }
    }

    /// All that is stored and means something, without ids and times.
    async fn told(&self, case: Case) -> Vec<String> {
        let school = &self.school;
        let mut told = Vec::new();
        macro_rules! tell {
            ($record:ty, |$it:ident| $($part:expr),+) => {
                for $it in school.all(Query::<$record>::all()).await {
                    let parts = [$(format!("{:?}", $part)),+];
                    told.push(format!("{} {}", stringify!($record), parts.join(" ")));
                }
            };
        }
        tell!(Order, |it| it.number, it.status, it.total, it.deadline);
        tell!(Payment, |it| it.method, it.status, it.captured, it.refunded, it.reversed);
        tell!(PaymentProof, |it| it.status, it.next_action_at);
        tell!(Refund, |it| it.status, it.amount, it.reason, it.attempt);
        tell!(Grant, |it| it.target, it.status, it.ends_at, it.revoke_reason);
        tell!(Instalment, |it| it.number, it.status, it.next_action_at);
        tell!(Voucher, |it| it.reserved, it.confirmed);
        tell!(VoucherRedemption, |it| it.status, it.discount, it.reversed);
        tell!(WalletAccount, |it| it.balance, it.held);
        tell!(Subscription, |it| it.status, it.period_number, it.paid_number, it.billed_number);
        tell!(Earning, |it| it.amount, it.payout_id.is_some());
        tell!(Payout, |it| it.number, it.status, it.amount);
        tell!(TenantInvoice, |it| it.number, it.status, it.total_fee, it.paid, it.credited);
        tell!(PlanStanding, |it| it.state, it.since, it.bill_due_at, it.next_change_at);
        tell!(WebhookMessage, |it| it.status);
        tell!(WebhookDelivery, |it| it.status);
        tell!(NumberSeries, |it| it.series, it.last);
        tell!(LedgerEntry, |it| it.kind, it.amount);
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for message in school.all(Query::<Message>::all()).await {
            *kinds.entry(message.kind).or_default() += 1;
        }
        if case == Case::Tick {
            // An order whose closing is held up fails first, when what was promised to it ends.
            kinds.remove("commerce.order_changed");
            // Access that a held up subscription did not prolong in time ends and is given again.
            let mut told_of = |kind| kinds.remove(kind).unwrap_or_default();
            let ended = told_of("commerce.access_ended");
            let left = told_of("commerce.access_granted").checked_sub(ended);
            told.push(format!("accesses that did not end: {left:?}"));
        }
        told.push(format!("{kinds:?}"));
        told.sort_unstable();
        told
    }
}

fn refund_of(order: &Order) -> RequestRefund {
    RequestRefund { order: order.id, lines: Vec::new(), note: None }
}

async fn prepared(case: Case) -> Shop {
    let shop = Shop::open().await;
    shop.prepare(case).await;
    shop
}

/// At how many calls of a use case there is a fault, evenly spread.
const MOST: u64 = 40;

/// Every how many of its calls there is a fault.
fn stride(calls: u64) -> u64 {
    let all = std::env::var_os("LMS_FAULTS").is_some();
    if all { 1 } else { calls.div_ceil(MOST) }
}

/// A fault at a call of the store, once, and then none.
async fn check(case: Case) -> u64 {
    let calm = prepared(case).await;
    let before = calm.plan.calls();
    calm.run(case, 0).await.unwrap();
    let calls = calm.plan.calls() - before;
    let wanted = calm.told(case).await;
    journal::check(&calm.school).await;
    for call in (0..calls).step_by(usize::try_from(stride(calls)).unwrap()) {
        let shop = prepared(case).await;
        shop.plan.fail_after(call);
        let failed = shop.run(case, 0).await;
        shop.plan.heal();
        match failed {
            Err(Told(why)) => {
                assert_eq!(why, "faulty is not available; try again later", "{case:?}");
            }
            // What failed together was done one by one.
            Ok(()) => assert_eq!(case, Case::Tick, "nobody heard of call {call}"),
        }
        journal::check(&shop.school).await;
        let again = shop.run(case, 1).await;
        assert!(again.is_ok(), "{case:?}, call {call} of {calls}: {again:?}");
        assert_eq!(shop.told(case).await, wanted, "{case:?}, call {call} of {calls}");
    }
    calls
}

#[test]
fn a_fault_at_a_call_of_any_use_case_is_told_and_leaves_nothing_behind() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for case in ALL {
            let calls = check(case).await;
            let faults = calls.div_ceil(stride(calls));
            println!("{case:?}: {calls} calls of the store");
            figure("calls of the store that failed", usize::try_from(faults).unwrap());
            assert!(calls > 10, "{case:?} takes several steps");
        }
    });
}
