//! Commands of subscriptions, bills and payouts with a key: the same key, the same answer.
use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use lms::{
    commerce::{
        ArchivePlan, CancelSubscription, Cancellation, ChangePlan, ChargeModel, CreatePlan,
        CreateVoucher, CreditInvoice, CreditNote, DecidePayout, GenerateInvoice, Interval,
        InvoiceStatus, IssueInvoice, Item, ItemKind, KeepPlan, NewUsage, NewVoucher, OrderLine,
        PauseSubscription, PayInvoice, PaymentMethod, Payout, PayoutAnswer, PayoutStatus,
        PlaceOrder, Plan, PlanChangeTime, PlanError, Price, RecordPayoutAnswer, RecordUsage,
        Reduction, RequestPayout, Resubscribe, ResumeSubscription, RevenueShare, SendPayout,
        SetPlanItems, SetUsagePrice, ShareRole, ShareRule, Subscribe, Subscription,
        SubscriptionStatus, TenantInvoice, UndoCancellation, VoidInvoice, Voucher,
    },
    kernel::{Context, Currency, Id},
    store::{
        Applied, IdempotencyError, Query,
        operation::{Failure, Operation, Refusal},
    },
    tenancy::{PlanLimits, TenantPlan},
};

use crate::world::{World, at, title, usd};

/// Sends a command three times: it executes once, and says the same each time. The key does
/// nothing else after that.
async fn thrice<C>(world: &World, cx: &Context, command: C) -> C::Answer
where
    C: Operation<Answer: Debug + PartialEq + Serialize + DeserializeOwned, Error: Refusal>
        + Serialize,
{
    let key = format!("{}:{}", C::NAME, world.now());
    let first = world.store.run_once(cx, &key, command.clone()).await;
    let Ok(Applied::Executed(first)) = first else { panic!("{}: not executed", C::NAME) };
    for _ in 0..2 {
        match world.store.run_once(cx, &key, command.clone()).await {
            Ok(Applied::AlreadyApplied(again)) => assert_eq!(again, first, "{}", C::NAME),
            Ok(Applied::Executed(_)) => panic!("{} executed twice", C::NAME),
            Err(error) => panic!("{}: {error}", C::NAME),
        }
    }
    let other = ArchivePlan { plan: Id::from_uuid(uuid::Uuid::nil()) };
    let other = world.store.run_once(cx, &key, other).await;
    let refused =
        |it: &Failure<PlanError>| matches!(it, Failure::Key(IdempotencyError::OtherParameters));
    assert!(other.as_ref().is_err_and(refused), "{}: {other:?}", C::NAME);
    first
}

#[tokio::test]
async fn subscriptions() {
    let mut world = World::open().await;
    let (clerk, own) = (world.cx(), world.cx_of(world.student));
    let month = Some(Interval::MONTH);
    let cheap = CreatePlan::new(title("Cheap"), "cheap".parse().unwrap(), month, usd(1_000));
    let cheap = thrice(&world, &clerk, cheap).await;
    let course = Item::new(ItemKind::Course, world.cx().id::<Item>().uuid());
    let items = thrice(&world, &clerk, SetPlanItems { plan: cheap.id, items: vec![course] }).await;
    assert_eq!(items.len(), 1);
    world.set(world.now().saturating_add(chrono::TimeDelta::seconds(1)));
    let dear = CreatePlan::new(title("Dear"), "dear".parse().unwrap(), month, usd(2_000));
    let dear = thrice(&world, &world.cx(), dear).await;
    assert_eq!(world.all(Query::<Plan>::all()).await.len(), 2);

    let (subscriber, payer) = (world.student.id, world.student.id);
    let order = thrice(&world, &own, Subscribe { subscriber, payer, plan: cheap.id }).await;
    world.pay(order.id).await;
    let it = world.all(Query::<Subscription>::all()).await.remove(0).id;
    let how = Cancellation::AtPeriodEnd;
    thrice(&world, &own, CancelSubscription { subscription: it, how }).await;
    thrice(&world, &own, UndoCancellation { subscription: it }).await;
    thrice(&world, &own, PauseSubscription { subscription: it, until: None }).await;
    thrice(&world, &own, ResumeSubscription { subscription: it }).await;
    let time = PlanChangeTime::PeriodEnd;
    thrice(&world, &own, ChangePlan { subscription: it, plan: dear.id, time }).await;
    thrice(&world, &own, KeepPlan { subscription: it }).await;
    world.set(world.now().saturating_add(chrono::TimeDelta::seconds(1)));
    let own = world.cx_of(world.student);
    let how = Cancellation::Now;
    let gone = thrice(&world, &own, CancelSubscription { subscription: it, how }).await;
    assert_eq!(gone.status, SubscriptionStatus::Cancelled);
    thrice(&world, &own, Resubscribe { subscription: it }).await;
    assert_eq!(world.get(it).await.status, SubscriptionStatus::Active);
    assert_eq!(world.all(Query::<Subscription>::all()).await.len(), 1);
    thrice(&world, &world.cx(), ArchivePlan { plan: dear.id }).await;

    let code = "ONCE".parse().unwrap();
    let voucher = NewVoucher::new(code, Reduction::Fixed(usd(100)));
    thrice(&world, &world.cx(), CreateVoucher { voucher }).await;
    assert_eq!(world.all(Query::<Voucher>::all()).await.len(), 1);
}

#[tokio::test]
async fn bills() {
    let mut world = World::open_at("2024-01-01T00:00:00Z").await;
    let plan = TenantPlan::new(&world.cx(), title("Pro"), usd(2_900), PlanLimits::UNLIMITED);
    world.save(&plan).await;
    let model = ChargeModel::Standard { rate: "0.10".parse().unwrap() };
    let name = title("Calls");
    let price = SetUsagePrice { metric: "calls".into(), name, model, bounds: (None, None) };
    thrice(&world, &world.cx(), price).await;
    let usage = vec![NewUsage {
        metric: "calls".into(),
        source: "a".into(),
        quantity: 100.into(),
        occurred_at: at("2024-02-03T00:00:00Z"),
    }];
    assert_eq!(thrice(&world, &world.cx(), RecordUsage { usage }).await, 1);
    world.set(at("2024-03-01T00:00:00Z"));
    let february = "2024-02".parse().unwrap();
    let draft = thrice(&world, &world.cx(), GenerateInvoice { month: february }).await.unwrap();
    let bill = thrice(&world, &world.cx(), IssueInvoice { invoice: draft.id }).await;
    assert_eq!((bill.number, bill.total_fee), (Some(1), usd(3_900)));
    let reason = "goodwill".to_owned();
    let credit = CreditInvoice { invoice: bill.id, amount: usd(900), reason };
    thrice(&world, &world.cx(), credit).await;
    assert_eq!(world.all(Query::<CreditNote>::all()).await.len(), 1);
    let (reference, amount) = ("statement 4".to_owned(), usd(3_000));
    let pay = PayInvoice { invoice: bill.id, reference, amount, at: world.now() };
    assert_eq!(thrice(&world, &world.cx(), pay).await.status, InvoiceStatus::Paid);

    let january = "2024-01".parse().unwrap();
    world.set(at("2024-03-02T00:00:00Z"));
    let draft = thrice(&world, &world.cx(), GenerateInvoice { month: january }).await.unwrap();
    let bill = thrice(&world, &world.cx(), IssueInvoice { invoice: draft.id }).await;
    let void = thrice(&world, &world.cx(), VoidInvoice { invoice: bill.id }).await;
    assert_eq!((void.number, void.status), (Some(2), InvoiceStatus::Void));
    assert_eq!(world.all(Query::<TenantInvoice>::all()).await.len(), 2);
}

#[tokio::test]
async fn payouts() {
    let mut world = World::open().await;
    let cx = world.cx();
    let course = Item::new(ItemKind::Course, cx.id::<Item>().uuid());
    world.save(&Price::new(&cx, course, title("Course"), usd(10_000))).await;
    let rule = ShareRule {
        beneficiary: world.instructor.id,
        role: ShareRole::Instructor,
        percent: "70".parse().unwrap(),
    };
    world.save(&RevenueShare::new(&cx, course, rule)).await;
    let lines = vec![OrderLine::of(course)];
    let order = PlaceOrder::new(world.student.id, lines, Currency::USD);
    let order = thrice(&world, &world.cx_of(world.student), order).await;
    world.pay(order.id).await;
    world.set(at("2024-03-01T09:00:00Z"));
    let (payee, currency) = (world.instructor.id, Currency::USD);
    let ask = RequestPayout { payee, currency, method: PaymentMethod::BankTransfer };
    let payout = thrice(&world, &world.cx_of(world.instructor), ask).await.id;
    let clerk = world.cx_of(world.finance);
    thrice(&world, &clerk, DecidePayout { payout, approve: true }).await;
    thrice(&world, &clerk, SendPayout { payout }).await;
    let answer = PayoutAnswer::Paid { reference: "TX-9".into() };
    let paid = thrice(&world, &clerk, RecordPayoutAnswer { payout, answer }).await;
    assert_eq!((paid.status, paid.amount), (PayoutStatus::Paid, usd(7_000)));
    assert_eq!(world.all(Query::<Payout>::all()).await.len(), 1);
}

/// A month is over, and its bill is still a draft: the platform hears of it each week.
#[tokio::test]
async fn a_draft_is_recalled_when_its_month_is_over() {
    let mut world = World::open_at("2024-01-01T00:00:00Z").await;
    let plan = TenantPlan::new(&world.cx(), title("Pro"), usd(2_900), PlanLimits::UNLIMITED);
    world.save(&plan).await;
    let january = "2024-01".parse().unwrap();
    let draft = thrice(&world, &world.cx(), GenerateInvoice { month: january }).await.unwrap();
    let waiting = async |world: &World| {
        let told = world.all(Query::<lms::outbox::Message>::all()).await;
        told.iter().filter(|it| it.kind == "commerce.invoice_draft_waiting").count()
    };
    for (now, told) in [
        ("2024-01-31T23:59:59Z", 0),
        ("2024-02-01T00:00:00Z", 1),
        ("2024-02-07T00:00:00Z", 1),
        ("2024-02-08T00:00:00Z", 2),
    ] {
        world.tick_at(now).await;
        assert_eq!(waiting(&world).await, told, "{now}");
    }
    thrice(&world, &world.cx(), IssueInvoice { invoice: draft.id }).await;
    world.tick_at("2024-02-15T00:00:00Z").await;
    assert_eq!(waiting(&world).await, 2);
}
