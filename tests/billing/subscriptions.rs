//! A subscriber's life: bills, grace, pauses, changes of plan, refunds, return.
use lms::{
    commerce::{
        CancelSubscription, Cancellation, ChangePlan, Interval, Item, ItemKind, Order, OrderKind,
        OrderLine, OrderStatus, PauseSubscription, Payment, PaymentFact, PaymentMethod,
        PeriodStatus, PlaceOrder, PlanChangeTime, PlanChanged, PlanTerms, Refund, Resubscribe,
        ResumeSubscription, Returned, StartPayment, Subscribe, Subscription, SubscriptionError,
        SubscriptionPeriod, SubscriptionStatus, UndoCancellation,
    },
    kernel::{Currency, Id},
    outbox::Message,
    store::Query,
};

use crate::{
    transact,
    world::{World, at, usd},
};

const MONTH: Option<Interval> = Some(Interval::MONTH);

/// Periods are paid once each, meet, and never overlap; `gaps` are the numbers of those that
/// follow a time without access.
async fn check_periods(world: &World, subscription: &Subscription, gaps: &[i64]) {
    let rows = world.all(SubscriptionPeriod::of(subscription.id)).await;
    let had: Vec<_> = rows.iter().filter(|it| it.status == PeriodStatus::Paid).collect();
    for pair in had.windows(2) {
        let [one, next] = pair else { unreachable!() };
        assert_eq!(next.number, one.number + 1);
        let end = one.ends_at.unwrap();
        match gaps.contains(&next.number) {
            true => assert!(end < next.starts_at),
            false => assert_eq!(end, next.starts_at, "{pair:?}"),
        }
    }
}

#[tokio::test]
async fn the_first_paid_order_starts_it_and_each_period_is_billed_once() {
    let mut world = World::open().await;
    let plan = world.plan("monthly", MONTH, 9_99, PlanTerms::default()).await;
    let order = world.order(&plan).await;
    assert_eq!((order.kind, order.total), (OrderKind::Subscription, usd(9_99)));
    assert!(world.all(Subscription::of_plan(plan.id)).await.is_empty(), "unpaid, nothing began");
    world.pay(order.id).await;
    let it = world.all(Subscription::of_plan(plan.id)).await.remove(0);
    assert_eq!(it.status, SubscriptionStatus::Active);
    assert_eq!(it.current_period_end, Some(at("2024-02-29T09:00:00Z")));
    assert!(world.has_access(plan.item()).await);

    world.tick_at("2024-02-26T08:59:59Z").await;
    assert!(world.waiting(&it).await.is_none());
    for _ in 0..3 {
        world.tick_at("2024-02-26T09:00:00Z").await;
    }
    let bill = world.waiting(&it).await.unwrap();
    assert_eq!((bill.total, bill.kind), (usd(9_99), OrderKind::Subscription));
    world.pay(bill.id).await;
    world.tick_at("2024-03-01T00:00:00Z").await;
    let it = world.get(it.id).await;
    assert_eq!((it.status, it.period_number), (SubscriptionStatus::Active, 1));
    assert_eq!(it.current_period_end, Some(at("2024-03-31T09:00:00Z")));
    check_periods(&world, &it, &[]).await;
}

#[tokio::test]
async fn an_unpaid_period_has_grace_and_reminders_and_a_payment_brings_the_same_row_back() {
    let mut world = World::open().await;
    let plan = world.plan("monthly", MONTH, 9_99, PlanTerms::default()).await;
    let it = world.subscribed(&plan).await;
    world.tick_at("2024-03-07T08:59:59Z").await;
    let bill = world.waiting(&it).await.unwrap();
    assert_eq!(world.get(it.id).await.status, SubscriptionStatus::PastDue);
    assert!(world.has_access(plan.item()).await, "grace");
    world.set(at("2024-03-07T09:00:00Z"));
    assert!(!world.has_access(plan.item()).await, "grace ends without anybody looking");
    world.tick_at("2024-03-07T09:00:00Z").await;
    assert_eq!(world.get(it.id).await.status, SubscriptionStatus::Expired);
    let reminders = world.all(Query::<Message>::all()).await;
    let reminders = reminders.iter().filter(|it| it.kind == "commerce.subscription_reminder");
    assert_eq!(reminders.count(), 3);

    world.tick_at("2024-03-20T12:00:00Z").await;
    world.pay(bill.id).await;
    let back = world.get(it.id).await;
    assert_eq!(back.status, SubscriptionStatus::Active);
    assert_eq!(back.current_period_start, at("2024-03-20T12:00:00Z"));
    assert!(world.has_access(plan.item()).await);
    check_periods(&world, &back, &[1]).await;

    // Nobody pays again, and the time to come back passes.
    world.tick_at("2025-01-01T00:00:00Z").await;
    let over = world.get(it.id).await;
    assert_eq!((over.status, over.next_action_at.time()), (SubscriptionStatus::Expired, None));
    let cx = world.cx_of(world.student);
    let new = transact!(world, cx, |tx| tx.run(Resubscribe { subscription: it.id })).unwrap();
    let Returned::Waiting(order) = new else { panic!("{new:?}") };
    world.pay(order.id).await;
    assert_eq!(world.all(Subscription::of_plan(plan.id)).await.len(), 2, "a new one");
    assert_eq!(world.get(it.id).await.status, SubscriptionStatus::Expired);
}

#[tokio::test]
async fn a_plan_that_costs_nothing_renews_itself() {
    let mut world = World::open().await;
    let plan = world.plan("free", Some(Interval::Days(7)), 0, PlanTerms::default()).await;
    let it = world.subscribed(&plan).await;
    world.tick_at("2024-03-01T00:00:00Z").await;
    let it = world.get(it.id).await;
    assert_eq!((it.status, it.period_number), (SubscriptionStatus::Active, 4));
    assert!(world.has_access(plan.item()).await);
    check_periods(&world, &it, &[]).await;
}

#[tokio::test]
async fn a_plan_bought_with_other_things_starts_a_subscription_too() {
    let world = World::open().await;
    let plan = world.plan("life", None, 19_900, PlanTerms::default()).await;
    let cx = world.cx_of(world.student);
    let lines = vec![OrderLine::of(plan.item())];
    let command = PlaceOrder::new(world.student.id, lines, Currency::USD);
    let order = transact!(world, cx, |tx| tx.run(command)).unwrap();
    world.pay(order.id).await;
    let it = world.all(Subscription::of_plan(plan.id)).await.remove(0);
    assert_eq!((it.status, it.current_period_end), (SubscriptionStatus::Active, None));
    assert_eq!(it.next_action_at.time(), None);
    assert!(world.has_access(plan.item()).await);
}

#[tokio::test]
async fn cancelling_keeps_what_is_paid_and_can_be_undone() {
    let mut world = World::open().await;
    let plan = world.plan("monthly", MONTH, 9_99, PlanTerms::default()).await;
    let it = world.subscribed(&plan).await;
    world.tick_at("2024-02-27T00:00:00Z").await;
    let bill = world.waiting(&it).await.unwrap();
    let cx = world.cx_of(world.student);
    let how = Cancellation::AtPeriodEnd;
    transact!(world, cx, |tx| tx.run(CancelSubscription { subscription: it.id, how })).unwrap();
    assert_eq!(world.get(bill.id).await.status, OrderStatus::Cancelled, "nothing is asked for");
    transact!(world, cx, |tx| tx.run(UndoCancellation { subscription: it.id })).unwrap();
    world.tick_at("2024-02-28T00:00:00Z").await;
    assert!(world.waiting(&it).await.is_some(), "it is billed again");

    let cx = world.cx_of(world.student);
    transact!(world, cx, |tx| tx.run(CancelSubscription { subscription: it.id, how })).unwrap();
    assert!(world.has_access(plan.item()).await);
    world.set(at("2024-02-29T09:00:00Z"));
    assert!(!world.has_access(plan.item()).await, "the end of the period, without a tick");
    world.tick_at("2024-02-29T09:00:00Z").await;
    let it = world.get(it.id).await;
    assert_eq!((it.status, it.next_action_at.time()), (SubscriptionStatus::Cancelled, None));
}

#[tokio::test]
async fn cancelled_at_once_it_comes_back_within_its_period_for_nothing() {
    let mut world = World::open().await;
    let plan = world.plan("monthly", MONTH, 9_99, PlanTerms::default()).await;
    let it = world.subscribed(&plan).await;
    world.set(at("2024-02-10T00:00:00Z"));
    let cx = world.cx_of(world.student);
    let how = Cancellation::Now;
    transact!(world, cx, |tx| tx.run(CancelSubscription { subscription: it.id, how })).unwrap();
    assert!(!world.has_access(plan.item()).await);
    let back = transact!(world, cx, |tx| tx.run(Resubscribe { subscription: it.id })).unwrap();
    assert!(matches!(back, Returned::Same(_)), "{back:?}");
    assert!(world.has_access(plan.item()).await);
    assert_eq!(world.get(it.id).await.current_period_end, it.current_period_end);
}

/// On 10 February 2024, 11 of 29 days are used: 18/29 of 29.00 go back.
#[tokio::test]
async fn cancelled_with_a_refund_the_rest_goes_back_and_the_row_is_closed() {
    let mut world = World::open().await;
    let plan = world.plan("monthly", MONTH, 29_00, PlanTerms::default()).await;
    let it = world.subscribed(&plan).await;
    world.set(at("2024-02-10T00:00:00Z"));
    let cx = world.cx_of(world.finance);
    let how = Cancellation::NowWithRefund;
    transact!(world, cx, |tx| tx.run(CancelSubscription { subscription: it.id, how })).unwrap();
    let refunds = world.all(Query::<Refund>::all()).await;
    assert_eq!(refunds.iter().map(|it| it.amount).collect::<Vec<_>>(), [usd(18_00)]);
    let back = transact!(world, cx, |tx| tx.run(Resubscribe { subscription: it.id })).unwrap();
    assert!(matches!(back, Returned::Waiting(_)), "it is paid again: {back:?}");
}

#[tokio::test]
async fn what_was_paid_of_a_bill_goes_back_when_the_subscription_is_cancelled() {
    let mut world = World::open().await;
    let plan = world.plan("monthly", MONTH, 9_99, PlanTerms::default()).await;
    let it = world.subscribed(&plan).await;
    world.tick_at("2024-02-26T09:00:00Z").await;
    let bill = world.waiting(&it).await.unwrap();
    world.pay_of(bill.id, |_| usd(4_00)).await;
    let cx = world.cx_of(world.student);
    let how = Cancellation::Now;
    transact!(world, cx, |tx| tx.run(CancelSubscription { subscription: it.id, how })).unwrap();
    assert_eq!(world.get(bill.id).await.status, OrderStatus::Cancelled);
    let refunds = world.all(Query::<Refund>::all()).await;
    let amounts: Vec<_> = refunds.iter().map(|it| (it.order_id, it.amount)).collect();
    assert_eq!(amounts, [(bill.id, usd(4_00))]);
}

#[tokio::test]
async fn a_pause_keeps_the_rest_of_the_period() {
    let mut world = World::open().await;
    let plan = world.plan("monthly", MONTH, 9_99, PlanTerms::default()).await;
    let it = world.subscribed(&plan).await;
    world.tick_at("2024-02-19T09:00:00Z").await;
    let cx = world.cx_of(world.student);
    let too_late = Some(at("2024-05-20T09:00:00Z"));
    let refused = transact!(world, cx, |tx| tx
        .run(PauseSubscription { subscription: it.id, until: too_late }));
    assert!(matches!(refused, Err(SubscriptionError::PauseEnd { .. })), "{refused:?}");
    let until = Some(at("2024-04-01T09:00:00Z"));
    transact!(world, cx, |tx| tx.run(PauseSubscription { subscription: it.id, until })).unwrap();
    assert!(!world.has_access(plan.item()).await);
    world.tick_at("2024-04-05T00:00:00Z").await;
    let resumed = world.get(it.id).await;
    assert_eq!(resumed.status, SubscriptionStatus::Active);
    assert_eq!(resumed.current_period_end, Some(at("2024-04-11T09:00:00Z")), "ten days were left");
    assert!(world.has_access(plan.item()).await);

    let cx = world.cx_of(world.student);
    transact!(world, cx, |tx| tx.run(PauseSubscription { subscription: it.id, until: None }))
        .unwrap();
    world.set(at("2024-04-08T00:00:00Z"));
    let cx = world.cx_of(world.student);
    transact!(world, cx, |tx| tx.run(ResumeSubscription { subscription: it.id })).unwrap();
    let resumed = world.get(it.id).await;
    assert_eq!(resumed.current_period_end, Some(at("2024-04-14T09:00:00Z")));
}

/// By day, on 15 February 16 of 29 days are used: 13/29 of both prices count.
#[tokio::test]
async fn a_dearer_plan_waits_for_the_difference_and_a_cheaper_one_leaves_credit() {
    let mut world = World::open().await;
    let basic = world.plan("basic", MONTH, 29_00, PlanTerms::default()).await;
    let pro = world.plan("pro", MONTH, 58_00, PlanTerms::default()).await;
    let it = world.subscribed(&basic).await;
    world.set(at("2024-02-15T00:00:00Z"));
    let cx = world.cx_of(world.student);
    let now = PlanChangeTime::Now;
    let changed = transact!(world, cx, |tx| tx.run(ChangePlan {
        subscription: it.id,
        plan: pro.id,
        time: now
    }));
    let PlanChanged::Waiting(order) = changed.unwrap() else { panic!("it costs something") };
    assert_eq!(order.total, usd(13_00));
    assert_eq!(world.get(it.id).await.plan_id, basic.id, "until it is paid");
    world.pay(order.id).await;
    let up = world.get(it.id).await;
    assert_eq!((up.plan_id, up.price), (pro.id, usd(58_00)));
    assert_eq!(up.current_period_end, it.current_period_end);
    assert!(world.has_access(pro.item()).await && !world.has_access(basic.item()).await);

    let down = transact!(world, cx, |tx| tx.run(ChangePlan {
        subscription: it.id,
        plan: basic.id,
        time: now
    }));
    assert!(matches!(down, Ok(PlanChanged::Made(_))), "{down:?}");
    let down = world.get(it.id).await;
    assert_eq!((down.plan_id, down.credit), (basic.id, usd(13_00)));
    world.tick_at("2024-02-27T00:00:00Z").await;
    let bill = world.waiting(&it).await.unwrap();
    assert_eq!((bill.subtotal, bill.discount, bill.total), (usd(29_00), usd(13_00), usd(16_00)));
    assert_eq!(world.get(it.id).await.credit, usd(0));
    // Giving the bill up gives the credit back.
    let cx = world.cx_of(world.student);
    let how = Cancellation::AtPeriodEnd;
    transact!(world, cx, |tx| tx.run(CancelSubscription { subscription: it.id, how })).unwrap();
    assert_eq!(world.get(it.id).await.credit, usd(13_00));
}

#[tokio::test]
async fn another_interval_begins_a_period_and_one_with_the_next_period_waits() {
    let mut world = World::open().await;
    let monthly = world.plan("monthly", MONTH, 29_00, PlanTerms::default()).await;
    let yearly = world.plan("yearly", Some(Interval::YEAR), 29_000, PlanTerms::default()).await;
    let it = world.subscribed(&monthly).await;
    world.set(at("2024-02-15T00:00:00Z"));
    let cx = world.cx_of(world.student);
    let now = PlanChangeTime::Now;
    let changed = transact!(world, cx, |tx| tx.run(ChangePlan {
        subscription: it.id,
        plan: yearly.id,
        time: now
    }));
    let PlanChanged::Waiting(order) = changed.unwrap() else { panic!("it costs something") };
    assert_eq!(order.total, usd(27_700));
    world.pay(order.id).await;
    let up = world.get(it.id).await;
    assert_eq!((up.period_number, up.current_period_end), (1, Some(at("2025-02-15T00:00:00Z"))));
    check_periods(&world, &up, &[]).await;

    let end = PlanChangeTime::PeriodEnd;
    let changed = transact!(world, cx, |tx| tx.run(ChangePlan {
        subscription: it.id,
        plan: monthly.id,
        time: end
    }));
    assert!(matches!(changed, Ok(PlanChanged::NextPeriod(_))), "{changed:?}");
    world.tick_at("2025-02-13T00:00:00Z").await;
    let bill = world.waiting(&it).await.unwrap();
    assert_eq!(bill.total, usd(29_00));
    world.pay(bill.id).await;
    world.tick_at("2025-02-20T00:00:00Z").await;
    let down = world.get(it.id).await;
    assert_eq!((down.plan_id, down.next.is_none()), (monthly.id, true));
    assert_eq!(down.current_period_end, Some(at("2025-03-15T00:00:00Z")));
    check_periods(&world, &down, &[]).await;
}

#[tokio::test]
async fn a_reversal_ends_access_at_once_and_new_money_brings_it_back() {
    let mut world = World::open().await;
    let plan = world.plan("monthly", MONTH, 9_99, PlanTerms::default()).await;
    let order = world.order(&plan).await;
    let payment = world.pay(order.id).await;
    let it = world.all(Subscription::of_plan(plan.id)).await.remove(0);
    world.set(at("2024-02-05T00:00:00Z"));
    let reverse = lms::commerce::PaymentFact::Reverse {
        key: "dispute".into(),
        amount: usd(9_99),
        of: Some(format!("ch:{}", payment.id)),
    };
    world.tell(payment.id, reverse).await;
    let lost = world.get(it.id).await;
    assert_eq!((lost.status, lost.grace_until), (SubscriptionStatus::PastDue, None));
    assert!(!world.has_access(plan.item()).await);
    world.pay(order.id).await;
    let back = world.get(it.id).await;
    assert_eq!(
        (back.status, back.current_period_end),
        (SubscriptionStatus::Active, it.current_period_end)
    );
    assert!(world.has_access(plan.item()).await);
}

/// The bank takes the money of a payment of an order back.
async fn reversed(world: &World, order: Id<Order>) {
    let payments = world.all(Payment::of_order(order)).await;
    let payment = payments.iter().find(|it| it.kept().unwrap().is_positive()).unwrap();
    let reverse = PaymentFact::Reverse {
        key: format!("dispute:{}", payment.id),
        amount: payment.captured,
        of: Some(format!("ch:{}", payment.id)),
    };
    world.tell(payment.id, reverse).await;
}

#[tokio::test]
async fn a_period_that_is_paid_ahead_is_had_when_the_current_one_is_paid_again() {
    let mut world = World::open().await;
    let plan = world.plan("monthly", MONTH, 9_99, PlanTerms::default()).await;
    let it = world.subscribed(&plan).await;
    let first = world.all(SubscriptionPeriod::of(it.id)).await[0].order_id;
    world.tick_at("2024-02-26T09:00:00Z").await;
    let next = world.waiting(&it).await.unwrap();
    world.pay(next.id).await;
    reversed(&world, first).await;
    assert_eq!(world.get(it.id).await.status, SubscriptionStatus::PastDue);
    assert!(!world.has_access(plan.item()).await);
    world.set(at("2024-02-27T09:00:00Z"));
    world.pay(first).await;
    assert!(world.has_access(plan.item()).await);
    world.tick_at("2024-03-10T00:00:00Z").await;
    let now = world.get(it.id).await;
    assert_eq!((now.status, now.period_number), (SubscriptionStatus::Active, 1));
    assert_eq!(now.current_period_end, Some(at("2024-03-31T09:00:00Z")));
    assert_eq!(now.credit, usd(0));
    assert!(world.has_access(plan.item()).await, "what was paid ahead is had");
    check_periods(&world, &now, &[]).await;
}

#[tokio::test]
async fn a_difference_that_is_reversed_and_paid_again_brings_the_plan_back() {
    let mut world = World::open().await;
    let basic = world.plan("basic", MONTH, 29_00, PlanTerms::default()).await;
    let pro = world.plan("pro", MONTH, 58_00, PlanTerms::default()).await;
    let it = world.subscribed(&basic).await;
    world.set(at("2024-02-15T00:00:00Z"));
    let cx = world.cx_of(world.student);
    let now = PlanChangeTime::Now;
    let changed = transact!(world, cx, |tx| tx.run(ChangePlan {
        subscription: it.id,
        plan: pro.id,
        time: now
    }));
    let PlanChanged::Waiting(order) = changed.unwrap() else { panic!("it costs something") };
    world.pay(order.id).await;
    reversed(&world, order.id).await;
    // The month that was paid goes on under the plan that it was paid for.
    let before = world.get(it.id).await;
    assert_eq!((before.status, before.plan_id), (SubscriptionStatus::Active, basic.id));
    assert_eq!((before.price, before.credit), (usd(29_00), usd(0)));
    assert_eq!(before.current_period_end, it.current_period_end);
    assert!(world.has_access(basic.item()).await && !world.has_access(pro.item()).await);
    world.pay(order.id).await;
    let back = world.get(it.id).await;
    assert_eq!((back.status, back.plan_id), (SubscriptionStatus::Active, pro.id));
    assert_eq!(back.current_period_end, it.current_period_end);
    assert!(world.has_access(pro.item()).await);
    check_periods(&world, &back, &[]).await;
}

#[tokio::test]
async fn a_late_payment_starts_one_subscription_which_its_reversal_ends() {
    let mut world = World::open().await;
    let plan = world.plan("monthly", MONTH, 9_99, PlanTerms::default()).await;
    let it = world.subscribed(&plan).await;
    world.tick_at("2024-02-27T09:00:00Z").await;
    let late = world.waiting(&it).await.unwrap();
    let cx = world.cx();
    let mut start = StartPayment::of(late.id, PaymentMethod::Gateway);
    start.gateway = Some("stripe/main".to_owned());
    let payment = transact!(world, cx, |tx| tx.run(start)).unwrap();
    // The order and the time to come back are over; two days later the money comes.
    world.tick_at(&late.deadline.saturating_add(chrono::TimeDelta::days(2)).to_string()).await;
    assert_eq!(world.get(late.id).await.status, OrderStatus::Expired);
    let key = format!("ch:{}", payment.id);
    let capture = PaymentFact::Capture { key, amount: payment.amount, at: world.now() };
    world.tell(payment.id, capture).await;
    let all = world.all(Subscription::of_plan(plan.id)).await;
    assert_eq!(all.len(), 2, "a new one");
    let new = all.into_iter().find(|new| new.id != it.id).unwrap().id;
    assert_eq!(world.get(new).await.status, SubscriptionStatus::Active);
    assert!(world.has_access(plan.item()).await);
    reversed(&world, late.id).await;
    assert_eq!(world.get(new).await.status, SubscriptionStatus::PastDue);
    assert!(!world.has_access(plan.item()).await, "its money is gone");
    world.pay(late.id).await;
    assert_eq!(world.get(new).await.status, SubscriptionStatus::Active);
    assert_eq!(world.all(Subscription::of_plan(plan.id)).await.len(), 2, "no third one");
}

#[tokio::test]
async fn credit_is_taken_back_with_the_money_that_it_came_from() {
    let mut world = World::open().await;
    let basic = world.plan("basic", MONTH, 29_00, PlanTerms::default()).await;
    let pro = world.plan("pro", MONTH, 58_00, PlanTerms::default()).await;
    let it = world.subscribed(&basic).await;
    world.tick_at("2024-02-26T09:00:00Z").await;
    let ahead = world.waiting(&it).await.unwrap();
    world.pay(ahead.id).await;
    let cx = world.cx_of(world.student);
    let now = PlanChangeTime::Now;
    transact!(world, cx, |tx| tx.run(ChangePlan { subscription: it.id, plan: pro.id, time: now }))
        .unwrap();
    assert_eq!(world.get(it.id).await.credit, usd(29_00), "what was paid ahead is not had");
    reversed(&world, ahead.id).await;
    assert_eq!(world.get(it.id).await.credit, usd(0), "what is not paid is no credit");
}

#[tokio::test]
async fn nobody_subscribes_twice_to_one_plan() {
    let world = World::open().await;
    let plan = world.plan("monthly", MONTH, 9_99, PlanTerms::default()).await;
    world.subscribed(&plan).await;
    let cx = world.cx_of(world.student);
    let (subscriber, payer) = (world.student.id, world.student.id);
    let command = Subscribe { subscriber, payer, plan: plan.id };
    let refused = transact!(world, cx, |tx| tx.run(command));
    assert!(matches!(refused, Err(SubscriptionError::AlreadySubscribed)), "{refused:?}");
}

/// What a line of an order is of.
#[tokio::test]
async fn a_subscription_of_a_course_gives_the_course() {
    let world = World::open().await;
    let mut plan = world.plan("course", MONTH, 9_99, PlanTerms::default()).await;
    let course =
        Item::new(ItemKind::Course, Id::<Item>::from_uuid(uuid::Uuid::from_u128(7)).uuid());
    plan.subject = course;
    let mut tx = world.begin().await;
    tx.update(&mut plan).await.unwrap();
    tx.commit().await.unwrap();
    let it = world.subscribed(&plan).await;
    assert_eq!(it.subject, course);
    assert!(world.has_access(course).await && !world.has_access(plan.item()).await);
}
