//! Where a tenant's plan stands: tried, held, overdue, suspended, and back when what is owed is
//! paid. It follows from facts, however often somebody looks.
use chrono::TimeDelta;
use lms::{
    audit::{Action, AuditEntry},
    authorization::{AuthorizationError, Permission, Subject, authorize_on},
    commerce::{
        CreditInvoice, CreditNote, GenerateInvoice, Interval, InvoiceStatus, IssueInvoice, Item,
        ItemKind, OrderLine, PayInvoice, PlaceOrder, Plan, PlanTerms, Subscription, TenantInvoice,
        VoidInvoice, tick,
    },
    identity::{AddMember, MemberError, MembershipKind},
    kernel::{Currency, DomainError as _, ErrorKind, Money, Timestamp},
    outbox::Message,
    store::Query,
    tenancy::{
        ChangePlan, EndPlan, Month, NewPlan, PlanError, PlanLimits, PlanStanding, PlanState,
        QuotaError, SetGraceDays, SetTrial, TenantPlan, ViewPlanStanding,
    },
};
use proptest::prelude::*;

use crate::{
    refused, transact,
    world::{World, at, title, usd},
};

fn pro() -> NewPlan {
    let limits = PlanLimits::UNLIMITED;
    NewPlan { name: title("Pro"), price_per_month: usd(3_100), limits }
}

/// A tenant that tries a plan of 31.00 a month until 15 January 2024.
async fn tried() -> (World, TenantPlan) {
    let world = World::open_at("2024-01-01T00:00:00Z").await;
    let plan = given(&world, None).await;
    let plan = trial(&world, &plan, Some("2024-01-15T00:00:00Z")).await.unwrap();
    (world, plan)
}

async fn given(world: &World, expires_at: Option<&str>) -> TenantPlan {
    let cx = world.cx();
    let (now, end) = (world.now(), expires_at.map(at));
    transact!(world, cx, |tx| tx.run(ChangePlan { plan: pro(), starts_at: now, expires_at: end }))
        .unwrap()
}

async fn trial(
    world: &World,
    plan: &TenantPlan,
    ends_at: Option<&str>,
) -> Result<TenantPlan, PlanError> {
    let cx = world.cx();
    let end = ends_at.map(at);
    transact!(world, cx, |tx| tx.run(SetTrial { plan_id: plan.id, ends_at: end }))
}

/// The bill of a month, issued now.
async fn billed(world: &World, month: &str) -> TenantInvoice {
    let cx = world.cx();
    let month: Month = month.parse().unwrap();
    let draft = transact!(world, cx, |tx| tx.run(GenerateInvoice { month })).unwrap();
    let draft = draft.unwrap().id;
    transact!(world, cx, |tx| tx.run(IssueInvoice { invoice: draft })).unwrap()
}

async fn paid(world: &World, bill: &TenantInvoice, amount: Money) -> TenantInvoice {
    let cx = world.cx();
    let reference = format!("{} {amount} {}", bill.id, world.now());
    let command = PayInvoice { invoice: bill.id, reference, amount, at: world.now() };
    transact!(world, cx, |tx| tx.run(command)).unwrap()
}

async fn credited(world: &World, bill: &TenantInvoice, amount: Money) -> CreditNote {
    let cx = world.cx();
    let why = "promised".to_owned();
    transact!(world, cx, |tx| tx.run(CreditInvoice { invoice: bill.id, amount, reason: why }))
        .unwrap()
}

async fn state(world: &World) -> PlanState {
    world.all(Query::<PlanStanding>::all()).await[0].state
}

/// Every change of the state, as it was announced.
async fn announced(world: &World) -> Vec<String> {
    let mut messages = world.all(Query::<Message>::all()).await;
    messages.retain(|it| it.kind == "tenancy.plan_state_changed");
    messages.sort_by_key(|it| it.id);
    let told = |it: &Message| {
        let text = |key: &str| it.payload[key].as_str().unwrap().to_owned();
        format!("{} {} to {}", &text("at")[..10], text("from"), text("to"))
    };
    messages.iter().map(told).collect()
}

/// The student buys something for nothing.
async fn buys(world: &World, course: Item) -> Result<(), lms::commerce::OrderError> {
    let cx = world.cx_of(world.student);
    let command = PlaceOrder::new(world.student.id, vec![OrderLine::of(course)], Currency::USD);
    transact!(world, cx, |tx| tx.run(command)).map(drop)
}

#[tokio::test]
async fn a_trial_ends_its_bill_is_not_paid_and_the_tenant_reads_until_it_is() {
    let (mut world, _) = tried().await;
    let course = world.sells(ItemKind::Course, usd(0)).await;
    let learners = world.plan("monthly", Some(Interval::MONTH), 0, PlanTerms::default()).await;
    let subscription: Subscription = world.subscribed(&learners).await;
    assert_eq!(state(&world).await, PlanState::Trial);
    world.tick_at("2024-01-14T23:59:59Z").await;
    assert_eq!(state(&world).await, PlanState::Trial);
    world.tick_at("2024-01-15T00:00:00Z").await;
    assert_eq!(state(&world).await, PlanState::Active);

    world.set(at("2024-02-01T00:00:00Z"));
    let bill = billed(&world, "2024-01").await;
    assert_eq!(bill.total_fee, usd(1_700), "17 of 31 days are not the trial's");
    world.tick_at("2024-02-14T23:59:59Z").await;
    assert_eq!(state(&world).await, PlanState::Active);
    world.tick_at("2024-02-15T00:00:00Z").await;
    assert_eq!(state(&world).await, PlanState::PastDue);
    assert_eq!(world.get(bill.id).await.status, InvoiceStatus::Overdue);
    buys(&world, course).await.expect("grace");

    world.tick_at("2024-02-29T00:00:00Z").await;
    assert_eq!(state(&world).await, PlanState::Suspended);
    let before = world.denials().await;
    let error = buys(&world, course).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert_eq!(
        error.to_string(),
        "`orders.place` is refused because the plan of the tenant is suspended; pay what is due, \
         or choose a plan, to go on"
    );
    assert_eq!(world.denials().await, before + 1, "the refusal is kept");
    check_suspended(&world).await;
    // Nothing is deleted, and what runs by itself goes on.
    world.tick_at("2024-03-02T00:00:00Z").await;
    assert!(world.has_access(learners.item()).await);
    assert!(world.get(subscription.id).await.period_number > 0);

    paid(&world, &bill, usd(1_699)).await;
    assert_eq!(state(&world).await, PlanState::Suspended, "a part is not enough");
    paid(&world, &bill, usd(1)).await;
    assert_eq!(state(&world).await, PlanState::Active);
    buys(&world, course).await.expect("all is paid");
    assert_eq!(
        announced(&world).await,
        [
            "2024-01-01 active to trial",
            "2024-01-15 trial to active",
            "2024-02-15 active to past_due",
            "2024-02-29 past_due to suspended",
            "2024-03-02 suspended to active",
        ]
    );
    let messages = world.all(Query::<Message>::all()).await;
    assert_eq!(messages.iter().filter(|it| it.kind == "commerce.invoice_settled").count(), 1);
}

/// People of the tenant read and change nothing; nobody joins.
async fn check_suspended(world: &World) {
    for person in [world.student, world.instructor, world.finance] {
        let cx = world.cx_of(person);
        let own = Subject::of(person.id);
        let reads =
            transact!(world, cx, |tx| authorize_on(&mut tx, Permission::NOTIFICATIONS_VIEW, &own));
        assert!(reads.is_ok(), "{reads:?}");
        let writes = Permission::COMMENTS_POST;
        let error = transact!(world, cx, |tx| authorize_on(&mut tx, writes, &own)).unwrap_err();
        let suspended = AuthorizationError::PlanInactive {
            permission: Permission::COMMENTS_POST,
            state: PlanState::Suspended,
        };
        assert_eq!(error.to_string(), suspended.to_string());
    }
    let cx = world.cx();
    let joins = AddMember::new(MembershipKind::Student, title("New"));
    let error = transact!(world, cx, |tx| tx.run(joins)).unwrap_err();
    assert!(matches!(error, MemberError::Quota(QuotaError::PlanSuspended)), "{error}");
}

#[tokio::test]
async fn a_credit_note_for_a_late_bill_settles_it_and_takes_the_state_back() {
    let (mut world, _) = tried().await;
    world.set(at("2024-02-01T00:00:00Z"));
    let bill = billed(&world, "2024-01").await;
    world.tick_at("2024-03-10T00:00:00Z").await;
    assert_eq!(state(&world).await, PlanState::Suspended);
    paid(&world, &bill, usd(700)).await;
    let note = credited(&world, &bill, usd(999)).await;
    assert_eq!((note.number, state(&world).await), (1, PlanState::Suspended));
    let note = credited(&world, &bill, usd(1)).await;
    assert_eq!((note.number, state(&world).await), (2, PlanState::Active));
    let bill = world.get(bill.id).await;
    assert_eq!((bill.status, bill.paid_at), (InvoiceStatus::Paid, Some(world.now())));
    assert_eq!((bill.paid, bill.credited), (usd(700), usd(1_000)));
    assert_eq!(bill.next_action_at.time(), None);
    // What was paid can still be given back, and nobody is asked for money then.
    assert_eq!(credited(&world, &bill, usd(700)).await.number, 3);
    assert_eq!(state(&world).await, PlanState::Active);
    let told = world.all(Query::<Message>::all()).await;
    let told: Vec<_> = told
        .iter()
        .filter(|it| it.kind == "commerce.credit_note_issued")
        .map(|it| it.payload["number"].as_i64().unwrap())
        .collect();
    assert_eq!(told.len(), 3, "each note is announced: {told:?}");
}

#[tokio::test]
async fn the_oldest_unpaid_bill_decides_and_a_void_one_does_not_count() {
    let (mut world, _) = tried().await;
    world.set(at("2024-02-01T00:00:00Z"));
    let january = billed(&world, "2024-01").await;
    world.set(at("2024-03-01T00:00:00Z"));
    let february = billed(&world, "2024-02").await;
    world.tick_at("2024-03-02T00:00:00Z").await;
    assert_eq!(state(&world).await, PlanState::Suspended);
    paid(&world, &january, january.total_fee).await;
    assert_eq!(state(&world).await, PlanState::Active, "February's is due on 15 March");
    world.tick_at("2024-03-15T00:00:00Z").await;
    assert_eq!(state(&world).await, PlanState::PastDue);
    let cx = world.cx();
    transact!(world, cx, |tx| tx.run(VoidInvoice { invoice: february.id })).unwrap();
    assert_eq!(state(&world).await, PlanState::Active);
}

#[tokio::test]
async fn a_trial_that_no_plan_follows_is_owed_for_until_one_is_chosen() {
    let mut world = World::open_at("2024-01-01T00:00:00Z").await;
    let end = Some("2024-01-15T00:00:00Z");
    let plan = given(&world, end).await;
    trial(&world, &plan, end).await.unwrap();
    world.tick_at("2024-01-15T00:00:00Z").await;
    assert_eq!(state(&world).await, PlanState::PastDue);
    world.tick_at("2024-01-29T00:00:00Z").await;
    assert_eq!(state(&world).await, PlanState::Suspended);
    given(&world, None).await;
    assert_eq!(state(&world).await, PlanState::Active);
}

#[tokio::test]
async fn a_trial_is_made_longer_shorter_or_taken_back() {
    let (mut world, plan) = tried().await;
    let early = trial(&world, &plan, Some("2024-01-01T00:00:00Z")).await;
    assert!(matches!(early, Err(PlanError::TrialEndsBeforeStart)), "{early:?}");
    world.tick_at("2024-01-20T00:00:00Z").await;
    assert_eq!(state(&world).await, PlanState::Active);
    trial(&world, &plan, Some("2024-01-25T00:00:00Z")).await.unwrap();
    assert_eq!(state(&world).await, PlanState::Trial);
    trial(&world, &plan, Some("2024-01-20T00:00:00Z")).await.unwrap();
    assert_eq!(state(&world).await, PlanState::Active);
    // Another plan ends the trial of the one before.
    trial(&world, &plan, Some("2024-01-25T00:00:00Z")).await.unwrap();
    world.set(at("2024-01-21T00:00:00Z"));
    given(&world, None).await;
    assert_eq!(state(&world).await, PlanState::Active);
}

#[tokio::test]
async fn a_cancelled_plan_is_read_until_another_one_is_chosen() {
    let (world, plan) = tried().await;
    let course = world.sells(ItemKind::Course, usd(0)).await;
    let cx = world.cx();
    transact!(world, cx, |tx| tx.run(EndPlan { plan_id: plan.id })).unwrap();
    assert_eq!(state(&world).await, PlanState::Cancelled);
    let error = buys(&world, course).await.unwrap_err().to_string();
    assert!(error.contains("the plan of the tenant is cancelled"), "{error}");
    given(&world, None).await;
    assert_eq!(state(&world).await, PlanState::Active);
    buys(&world, course).await.unwrap();
}

#[tokio::test]
async fn the_platform_says_how_much_grace_there_is() {
    let (mut world, _) = tried().await;
    world.set(at("2024-02-01T00:00:00Z"));
    billed(&world, "2024-01").await;
    world.tick_at("2024-02-20T00:00:00Z").await;
    for (days, expected) in
        [(5, PlanState::Suspended), (6, PlanState::PastDue), (0, PlanState::Suspended)]
    {
        let cx = world.cx();
        transact!(world, cx, |tx| tx.run(SetGraceDays { days })).unwrap();
        assert_eq!(state(&world).await, expected, "{days} days");
    }
}

#[tokio::test]
async fn only_the_platform_changes_it_and_the_tenants_own_people_see_it() {
    let (world, plan) = tried().await;
    refused!(world, |tx| tx.run(SetTrial { plan_id: plan.id, ends_at: None }));
    refused!(world, |tx| tx.run(SetGraceDays { days: 100 }));
    refused!(world, |tx| tx.run(ViewPlanStanding {}));
    let cx = world.cx_of(world.finance);
    let own = transact!(world, cx, |tx| tx.run(SetGraceDays { days: 100 })).unwrap_err();
    assert_eq!(own.kind(), ErrorKind::Forbidden, "not even the tenant's finance");
    let cx = world.cx();
    let seen = transact!(world, cx, |tx| tx.run(ViewPlanStanding {})).unwrap().unwrap();
    assert_eq!(seen.state, PlanState::Trial);
}

#[derive(Clone, Debug)]
enum Deed {
    Trial(Option<i64>),
    Bill,
    Pay(usize),
    Credit(usize),
    Void(usize),
    Change,
    End,
    Grace(u16),
}

fn any_deed() -> impl Strategy<Value = (i64, Deed)> {
    let bill = 0_usize..4;
    let deed = prop_oneof![
        1 => prop::option::of(1_i64..120).prop_map(Deed::Trial),
        4 => Just(Deed::Bill),
        3 => bill.clone().prop_map(Deed::Pay),
        2 => bill.clone().prop_map(Deed::Credit),
        1 => bill.prop_map(Deed::Void),
        1 => Just(Deed::Change),
        1 => Just(Deed::End),
        1 => (0_u16..30).prop_map(Deed::Grace),
    ];
    (1_i64..150, deed)
}

fn day(number: i64) -> Timestamp {
    at("2024-01-01T00:00:00Z").saturating_add(TimeDelta::days(number))
}

async fn act(world: &World, deed: &Deed) {
    let cx = world.cx();
    let plans = world.all(TenantPlan::latest_first()).await;
    let bills = world.all(TenantInvoice::by_month()).await;
    let bill = |number: &usize| bills.get(*number % bills.len().max(1)).cloned();
    // What is refused changes nothing.
    match deed {
        Deed::Trial(end) => {
            let (plan, end) = (plans[0].id, end.map(day));
            let _ = transact!(world, cx, |tx| tx.run(SetTrial { plan_id: plan, ends_at: end }));
        }
        Deed::Bill => {
            let first = Month::of(world.now().date()).first_day();
            let month = Month::of(first.pred_opt().unwrap());
            let draft = transact!(world, cx, |tx| tx.run(GenerateInvoice { month })).unwrap();
            if let Some(draft) = draft {
                transact!(world, cx, |tx| tx.run(IssueInvoice { invoice: draft.id })).unwrap();
            }
        }
        Deed::Pay(number) => {
            let Some(bill) = bill(number) else { return };
            let (invoice, at, reference) = (bill.id, world.now(), cx.id::<Plan>().to_string());
            let amount = bill.outstanding().unwrap();
            let command = PayInvoice { invoice, reference, amount, at };
            let _ = transact!(world, cx, |tx| tx.run(command));
        }
        Deed::Credit(number) => {
            let Some(bill) = bill(number) else { return };
            let (why, amount) = ("late".to_owned(), bill.outstanding().unwrap());
            let note = transact!(world, cx, |tx| {
                tx.run(CreditInvoice { invoice: bill.id, amount, reason: why })
            });
            drop(note);
        }
        Deed::Void(number) => {
            let Some(bill) = bill(number) else { return };
            let _ = transact!(world, cx, |tx| tx.run(VoidInvoice { invoice: bill.id }));
        }
        Deed::Change => {
            given(world, None).await;
        }
        Deed::End => {
            let plan = plans[0].id;
            transact!(world, cx, |tx| tx.run(EndPlan { plan_id: plan })).unwrap();
        }
        Deed::Grace(days) => {
            transact!(world, cx, |tx| tx.run(SetGraceDays { days: *days })).unwrap();
        }
    }
    check_facts(world).await;
}

/// The facts are those of the bills and the plans.
async fn check_facts(world: &World) {
    let standing = world.all(Query::<PlanStanding>::all()).await.remove(0);
    let open = world.all(TenantInvoice::open()).await;
    assert_eq!(standing.bill_due_at, open.iter().filter_map(|it| it.due_at).min());
    let plans = world.all(TenantPlan::latest_first()).await;
    let lasts = plans.iter().any(|it| it.is_effective(world.now()));
    assert_eq!(standing.cancelled_at.is_none(), lasts, "{standing:?}");
}

/// Where it stands in the end, and all that was announced.
async fn live(deeds: &[(i64, Deed)], looks: &[i64]) -> (PlanState, Timestamp, Vec<String>) {
    let (mut world, _) = tried().await;
    let mut looks = looks.iter().copied().peekable();
    for (when, deed) in deeds {
        while let Some(look) = looks.next_if(|look| look <= when) {
            world.tick_at(&day(look).to_string()).await;
        }
        world.set(day(*when));
        act(&world, deed).await;
    }
    for look in looks {
        world.tick_at(&day(look).to_string()).await;
    }
    world.tick_at(&day(300).to_string()).await;
    let again = tick(&world.store, &world.cx()).await.unwrap();
    assert_eq!(again.steps, 0, "calling it again does nothing more");
    check_facts(&world).await;
    let standing = world.all(Query::<PlanStanding>::all()).await.remove(0);
    assert_eq!(standing.state, standing.facts().state_at(day(300)), "stored is derived");
    let denied = world.all(Query::<AuditEntry>::all()).await;
    assert!(denied.iter().all(|it| it.action != Action::Denied));
    (standing.state, standing.since, announced(&world).await)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
    #[test]
    fn yearly_daily_or_at_random_it_stands_the_same(
        mut deeds in prop::collection::vec(any_deed(), 0..14),
        mut looks in prop::collection::vec(1_i64..250, 0..12),
    ) {
        deeds.sort_by_key(|(when, _)| *when);
        looks.sort_unstable();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let seldom = live(&deeds, &[]).await;
            let daily: Vec<i64> = (1..250).collect();
            assert_eq!(live(&deeds, &daily).await, seldom);
            assert_eq!(live(&deeds, &looks).await, seldom);
        });
    }
}
