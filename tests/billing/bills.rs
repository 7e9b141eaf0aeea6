//! What a tenant owes the platform: metering, drafts, issued bills, payments, corrections.
use lms::{
    commerce::{
        ChargeModel, CreditInvoice, CreditNote, GenerateInvoice, InvoiceError, InvoiceLine,
        InvoiceStatus, IssueInvoice, ListTenantInvoices, NewUsage, PayInvoice, RecordUsage,
        SetUsagePrice, TenantInvoice, UsagePriceError, UsageRecord, VoidInvoice,
    },
    kernel::{DomainError, ErrorKind, Money},
    store::Query,
    tenancy::{EndPlan, Month, PlanLimits, TenantPlan},
};

use crate::{
    refused, transact,
    world::{World, at, title, usd},
};

fn february() -> Month {
    "2024-02".parse().unwrap()
}

fn call(source: &str, quantity: i64, when: &str) -> NewUsage {
    NewUsage {
        metric: "calls".into(),
        source: source.into(),
        quantity: quantity.into(),
        occurred_at: at(when),
    }
}

/// A tenant on a plan of 29.00 a month since the start of 2024, with calls at 0.10 each.
async fn world() -> World {
    let world = World::open_at("2024-01-01T00:00:00Z").await;
    let cx = world.cx();
    let plan = TenantPlan::new(&cx, title("Pro"), usd(2_900), PlanLimits::UNLIMITED);
    world.save(&plan).await;
    let model = ChargeModel::Standard { rate: "0.10".parse().unwrap() };
    let name = title("Calls");
    let bounds = (None, None);
    transact!(world, cx, |tx| tx.run(SetUsagePrice {
        metric: "calls".to_owned(),
        name,
        model,
        bounds
    }))
    .unwrap();
    world
}

async fn used(world: &World, usage: Vec<NewUsage>) -> Result<usize, UsagePriceError> {
    let cx = world.cx();
    transact!(world, cx, |tx| tx.run(RecordUsage { usage }))
}

async fn drafted(world: &World) -> Option<TenantInvoice> {
    let cx = world.cx();
    transact!(world, cx, |tx| tx.run(GenerateInvoice { month: february() })).unwrap()
}

async fn issued(world: &World, draft: &TenantInvoice) -> TenantInvoice {
    let cx = world.cx();
    transact!(world, cx, |tx| tx.run(IssueInvoice { invoice: draft.id })).unwrap()
}

async fn paid(
    world: &World,
    invoice: &TenantInvoice,
    reference: &str,
    amount: Money,
) -> Result<TenantInvoice, InvoiceError> {
    let cx = world.cx();
    let reference = reference.to_owned();
    let command = PayInvoice { invoice: invoice.id, reference, amount, at: world.now() };
    transact!(world, cx, |tx| tx.run(command))
}

#[tokio::test]
async fn a_replay_counts_once_and_a_draft_is_replaced() {
    let mut world = world().await;
    world.set(at("2024-02-10T00:00:00Z"));
    let calls = vec![call("a", 100, "2024-02-03T00:00:00Z"), call("b", 20, "2024-02-04T00:00:00Z")];
    assert_eq!(used(&world, calls.clone()).await.unwrap(), 2);
    assert_eq!(used(&world, calls).await.unwrap(), 0);
    assert_eq!(world.all(Query::<UsageRecord>::all()).await.len(), 2);
    let first = drafted(&world).await.unwrap();
    assert_eq!((first.subscription_fee, first.usage_fee), (usd(2_900), usd(1_200)));
    assert_eq!(first.total_fee, usd(4_100));
    used(&world, vec![call("c", 30, "2024-02-05T00:00:00Z")]).await.unwrap();
    let again = drafted(&world).await.unwrap();
    assert_eq!((again.id, again.total_fee), (first.id, usd(4_400)));
    assert_eq!(world.all(InvoiceLine::of_invoice(first.id)).await.len(), 2);
    let cx = world.cx();
    let early = transact!(world, cx, |tx| tx.run(IssueInvoice { invoice: first.id }));
    assert!(matches!(early, Err(InvoiceError::MonthRunning { .. })), "{early:?}");
}

#[tokio::test]
async fn an_issued_bill_never_changes_and_its_month_is_frozen() {
    let mut world = world().await;
    used(&world, vec![call("a", 100, "2024-02-03T00:00:00Z")]).await.unwrap();
    world.set(at("2024-03-01T00:00:00Z"));
    let draft = drafted(&world).await.unwrap();
    used(&world, vec![call("late", 50, "2024-02-29T23:00:00Z")]).await.unwrap();
    let bill = issued(&world, &draft).await;
    assert_eq!((bill.number, bill.status), (Some(1), InvoiceStatus::Issued));
    assert_eq!(bill.total_fee, usd(2_900 + 1_500), "what was used since the draft is on it");
    assert_eq!(bill.due_at, Some(at("2024-03-15T00:00:00Z")));
    assert_eq!(issued(&world, &bill).await, bill, "issuing again changes nothing");

    let frozen = used(&world, vec![call("later", 1, "2024-02-29T23:30:00Z")]).await;
    assert!(matches!(frozen, Err(UsagePriceError::Frozen { .. })), "{frozen:?}");
    assert_eq!(used(&world, vec![call("late", 50, "2024-02-29T23:00:00Z")]).await.unwrap(), 0);
    assert_eq!(drafted(&world).await, None, "billing again adds nothing");
    assert_eq!(world.get(bill.id).await, bill);

    // The platform finds that a dearer plan held for the last ten days.
    let mut tx = world.begin().await;
    let mut old = tx.first(TenantPlan::latest_first()).await.unwrap().unwrap();
    old.expires_at = Some(at("2024-02-20T00:00:00Z"));
    tx.update(&mut old).await.unwrap();
    let mut new = TenantPlan::new(&world.cx(), title("Max"), usd(5_800), PlanLimits::UNLIMITED);
    new.started_at = at("2024-02-20T00:00:00Z");
    tx.insert(&new).await.unwrap();
    tx.commit().await.unwrap();
    let difference = drafted(&world).await.unwrap();
    assert_eq!((difference.sequence, difference.total_fee), (1, usd(1_000)));
    let difference = issued(&world, &difference).await;
    assert_eq!(difference.number, Some(2));
    assert_eq!(drafted(&world).await, None);
    assert_eq!(world.get(bill.id).await, bill);
}

#[tokio::test]
async fn a_bill_is_paid_in_parts_overdue_and_corrected_by_a_note() {
    let mut world = world().await;
    world.set(at("2024-03-01T00:00:00Z"));
    let bill = drafted(&world).await.unwrap();
    let refused = paid(&world, &bill, "early", usd(100)).await;
    assert!(matches!(refused, Err(InvoiceError::Transition(_))), "a draft: {refused:?}");
    let bill = issued(&world, &bill).await;
    for _ in 0..2 {
        assert_eq!(paid(&world, &bill, "TX-1", usd(900)).await.unwrap().paid, usd(900));
    }
    let other = paid(&world, &bill, "TX-1", usd(901)).await;
    assert!(matches!(other, Err(InvoiceError::Reference { .. })), "{other:?}");
    let more = paid(&world, &bill, "TX-2", usd(2_001)).await;
    assert!(matches!(more, Err(InvoiceError::AmountOutOfRange { .. })), "{more:?}");

    world.tick_at("2024-03-14T23:59:59Z").await;
    assert_eq!(world.get(bill.id).await.status, InvoiceStatus::Issued);
    world.tick_at("2024-03-15T00:00:00Z").await;
    assert_eq!(world.get(bill.id).await.status, InvoiceStatus::Overdue);
    let cx = world.cx();
    let refused = transact!(world, cx, |tx| tx.run(VoidInvoice { invoice: bill.id }));
    assert!(matches!(refused, Err(InvoiceError::PartlyPaid)), "{refused:?}");
    let credit = |amount| credit_note(&world, &bill, amount);
    assert_eq!(credit(usd(500)).await.unwrap().number, 1);
    let done = paid(&world, &bill, "TX-2", usd(1_500)).await.unwrap();
    assert_eq!((done.status, done.outstanding()), (InvoiceStatus::Paid, Ok(usd(0))));
    let refused = transact!(world, cx, |tx| tx.run(VoidInvoice { invoice: bill.id }));
    assert!(matches!(refused, Err(InvoiceError::Transition(_))), "{refused:?}");
    assert_eq!(credit(usd(2_400)).await.unwrap().number, 2, "what was paid is owed back");
    let more = credit(usd(1)).await;
    assert!(matches!(more, Err(InvoiceError::AmountOutOfRange { .. })), "{more:?}");
    for why in [String::new(), "x".repeat(501)] {
        let cx = world.cx();
        let unsaid = transact!(world, cx, |tx| {
            tx.run(CreditInvoice { invoice: bill.id, amount: usd(1), reason: why })
        });
        assert!(matches!(unsaid, Err(InvoiceError::ReasonLength { most: 500 })), "{unsaid:?}");
    }
    assert_eq!(world.all(CreditNote::of_invoice(bill.id)).await.len(), 2);
    assert_eq!(world.get(bill.id).await.next_action_at.time(), None);
}

async fn credit_note(
    world: &World,
    bill: &TenantInvoice,
    amount: Money,
) -> Result<CreditNote, InvoiceError> {
    let cx = world.cx();
    let why = "promised".to_owned();
    transact!(world, cx, |tx| tx.run(CreditInvoice { invoice: bill.id, amount, reason: why }))
}

#[tokio::test]
async fn a_void_bill_keeps_its_number_and_its_month_is_billed_again() {
    let mut world = world().await;
    world.set(at("2024-03-01T00:00:00Z"));
    let draft = drafted(&world).await.unwrap();
    let bill = issued(&world, &draft).await;
    let cx = world.cx();
    let void = transact!(world, cx, |tx| tx.run(VoidInvoice { invoice: bill.id })).unwrap();
    assert_eq!((void.number, void.status), (Some(1), InvoiceStatus::Void));
    let draft = drafted(&world).await.unwrap();
    let again = issued(&world, &draft).await;
    assert_eq!((again.number, again.total_fee), (Some(2), usd(2_900)));
}

#[tokio::test]
async fn a_plan_that_the_platform_ends_is_billed_for_the_days_it_held() {
    let mut world = world().await;
    let plan = world.all(TenantPlan::latest_first()).await.remove(0);
    world.set(at("2024-02-10T12:00:00Z"));
    let cx = world.cx();
    let ended = transact!(world, cx, |tx| tx.run(EndPlan { plan_id: plan.id })).unwrap();
    assert!(!ended.is_effective(world.now()));
    world.set(at("2024-03-01T00:00:00Z"));
    let bill = drafted(&world).await.unwrap();
    assert_eq!(bill.total_fee, usd(1_000), "10 of 29 days");
    // Ending it again, or one that has not begun, changes no bill.
    let cx = world.cx();
    transact!(world, cx, |tx| tx.run(EndPlan { plan_id: plan.id })).unwrap();
    assert_eq!(drafted(&world).await.unwrap().total_fee, usd(1_000));
}

#[tokio::test]
async fn what_the_platform_does_is_refused_to_the_tenants_people() {
    let mut world = world().await;
    world.set(at("2024-03-01T00:00:00Z"));
    let draft = drafted(&world).await.unwrap();
    let bill = draft.id;
    let amount = usd(1);
    refused!(world, |tx| tx.run(RecordUsage { usage: Vec::new() }));
    let model = || ChargeModel::Standard { rate: 1.into() };
    let bounds = (None, None);
    refused!(world, |tx| tx.run(SetUsagePrice {
        metric: "x".to_owned(),
        name: title("X"),
        model: model(),
        bounds
    }));
    refused!(world, |tx| tx.run(GenerateInvoice { month: february() }));
    refused!(world, |tx| tx.run(IssueInvoice { invoice: bill }));
    let at = world.now();
    let pay = || PayInvoice { invoice: bill, reference: "r".into(), amount, at };
    refused!(world, |tx| tx.run(pay()));
    refused!(world, |tx| tx.run(VoidInvoice { invoice: bill }));
    refused!(world, |tx| tx.run(CreditInvoice { invoice: bill, amount, reason: "r".into() }));
    refused!(world, |tx| tx.run(ListTenantInvoices {}));
    let cx = world.cx_of(world.finance);
    let own = transact!(world, cx, |tx| tx.run(IssueInvoice { invoice: bill })).unwrap_err();
    assert_eq!(own.kind(), ErrorKind::Forbidden, "not even to the tenant's finance");
}
