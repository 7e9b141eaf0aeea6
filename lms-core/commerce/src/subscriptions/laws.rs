//! Invariants of every subscription, under any order of events.
use std::sync::Arc;

use chrono::TimeDelta;
use proptest::prelude::*;
use uuid::Uuid;

use super::{Agreement, Subscription, SubscriptionDue, SubscriptionEvent, SubscriptionStatus};
use crate::{Interval, Item, ItemKind, PlanTerms, plan_change_quote};
use lms_kernel::{
    Actor, Context, Currency, Id, Money, SequentialIds, TenantId, TimeZone, Timestamp,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD)
}

fn plan(number: u128, interval: Option<Interval>, price: i64, terms: PlanTerms) -> Agreement {
    let plan = Id::from_uuid(Uuid::from_u128(number));
    let subject = Item::of(ItemKind::Plan, plan);
    Agreement { plan, subject, interval, price: usd(price), tax: None, terms }
}

fn taken(start: Timestamp, agreement: Agreement) -> Subscription {
    let ids = Arc::new(SequentialIds::new());
    let cx = Context::new(TenantId::SINGLE, Actor::system("test"), start, ids);
    let person = Id::from_uuid(Uuid::from_u128(1));
    Subscription::new(&cx, person, person, agreement, TimeZone::UTC)
}

fn monthly(start: &str) -> Subscription {
    taken(at(start), plan(1, Some(Interval::MONTH), 10_00, PlanTerms::default()))
}

fn tick(subscription: &mut Subscription, now: Timestamp) {
    subscription.advance(now, |_, _, _| false).unwrap();
}

/// Looks at the time and pays the next period.
fn pay(subscription: &mut Subscription, now: &str) {
    tick(subscription, at(now));
    subscription.paid(subscription.paid_number + 1, at(now)).unwrap();
}

#[test]
fn a_year_of_months_from_the_last_day_of_january() {
    let mut it = monthly("2023-01-31T10:00:00Z");
    let mut ends = Vec::new();
    for _ in 0..5 {
        let end = it.current_period_end.unwrap();
        ends.push(end.date().to_string());
        pay(&mut it, &end.saturating_sub(TimeDelta::hours(1)).to_string());
        tick(&mut it, end);
    }
    assert_eq!(ends, ["2023-02-28", "2023-03-31", "2023-04-30", "2023-05-31", "2023-06-30"]);
    assert_eq!((it.status, it.period_number), (SubscriptionStatus::Active, 5));
}

#[test]
fn grace_reminders_expiry_and_return_in_the_same_row() {
    let mut it = monthly("2024-01-10T00:00:00Z");
    let mut steps = Vec::new();
    it.advance(at("2024-03-01T00:00:00Z"), |_, when, due| {
        steps.push((when.date().to_string(), due));
        false
    })
    .unwrap();
    let day = |day: &str| format!("2024-02-{day}");
    assert_eq!(
        steps,
        [
            (day("07"), SubscriptionDue::Bill),
            (day("10"), SubscriptionDue::PeriodEnd),
            (day("11"), SubscriptionDue::Remind),
            (day("13"), SubscriptionDue::Remind),
            (day("16"), SubscriptionDue::Remind),
            (day("17"), SubscriptionDue::GraceEnd),
        ]
    );
    assert_eq!((it.status, it.access()), (SubscriptionStatus::Expired, None));
    pay(&mut it, "2024-03-05T00:00:00Z");
    assert_eq!(it.status, SubscriptionStatus::Active);
    assert_eq!(it.current_period_start, at("2024-03-05T00:00:00Z"));
    assert_eq!(it.current_period_end, Some(at("2024-04-05T00:00:00Z")));
    assert_eq!((it.reminders, it.past_due_at, it.expired_at), (0, None, None));
}

#[test]
fn a_late_payment_in_grace_is_anchored_where_the_last_period_ended() {
    let mut it = monthly("2024-01-10T00:00:00Z");
    pay(&mut it, "2024-02-15T00:00:00Z");
    assert_eq!(it.current_period_start, at("2024-02-10T00:00:00Z"));
    assert_eq!(it.current_period_end, Some(at("2024-03-10T00:00:00Z")));
}

#[test]
fn what_is_over_for_good_takes_nothing_more() {
    let mut it = monthly("2024-01-10T00:00:00Z");
    tick(&mut it, at("2030-01-01T00:00:00Z"));
    assert_eq!((it.status, it.due()), (SubscriptionStatus::Expired, None));
    assert_eq!(it.closed_at, Some(at("2024-03-18T00:00:00Z")));
    let before = it.clone();
    let late = it.paid(1, at("2030-01-01T00:00:00Z")).unwrap();
    assert!(!late.is_applied(), "the money starts a new subscription");
    assert_eq!(it, before);
}

#[test]
fn a_flagged_subscription_ends_with_its_period_and_not_before() {
    let mut it = monthly("2024-01-10T00:00:00Z");
    it.on(SubscriptionEvent::CancelAtPeriodEnd, at("2024-01-20T00:00:00Z")).unwrap();
    assert_eq!(it.access(), Some(Some(at("2024-02-10T00:00:00Z"))), "no grace for what ends");
    tick(&mut it, at("2024-02-09T23:59:59Z"));
    assert_eq!(it.status, SubscriptionStatus::Active);
    tick(&mut it, at("2024-02-10T00:00:00Z"));
    assert_eq!((it.status, it.access()), (SubscriptionStatus::Cancelled, None));
    assert_eq!(it.next_action_at.time(), None);

    let mut it = monthly("2024-01-10T00:00:00Z");
    it.on(SubscriptionEvent::CancelNow, at("2024-01-20T00:00:00Z")).unwrap();
    it.on(SubscriptionEvent::Resubscribe, at("2024-01-25T00:00:00Z")).unwrap();
    assert_eq!(it.status, SubscriptionStatus::Active);
    assert_eq!(it.current_period_end, Some(at("2024-02-10T00:00:00Z")));
}

#[test]
fn a_pause_keeps_the_rest_also_when_it_is_too_long() {
    let mut it = monthly("2024-01-10T00:00:00Z");
    it.resume_at = Some(at("2024-02-20T00:00:00Z"));
    it.on(SubscriptionEvent::Pause, at("2024-01-20T00:00:00Z")).unwrap();
    tick(&mut it, at("2024-02-20T00:00:00Z"));
    // 21 days were left on 20 January.
    assert_eq!(it.current_period_end, Some(at("2024-03-12T00:00:00Z")));
    assert_eq!(it.status, SubscriptionStatus::Active);

    it.on(SubscriptionEvent::Pause, at("2024-03-02T00:00:00Z")).unwrap();
    tick(&mut it, at("2024-06-01T00:00:00Z"));
    assert_eq!(it.status, SubscriptionStatus::Expired);
    pay(&mut it, "2024-06-10T00:00:00Z");
    // Ten days of the old period, then the one that was paid.
    assert_eq!(it.current_period_end, Some(at("2024-06-20T00:00:00Z")));
    tick(&mut it, at("2024-06-20T00:00:00Z"));
    assert_eq!(it.current_period_end, Some(at("2024-07-20T00:00:00Z")));
    assert_eq!(it.status, SubscriptionStatus::Active);
}

#[test]
fn money_that_is_reversed_leaves_no_grace() {
    let mut it = monthly("2024-01-10T00:00:00Z");
    it.on(SubscriptionEvent::MoneyReversed, at("2024-01-12T00:00:00Z")).unwrap();
    assert_eq!((it.status, it.access()), (SubscriptionStatus::PastDue, None));
    let mut again = it.clone();
    again.paid(0, at("2024-01-15T00:00:00Z")).unwrap();
    assert_eq!(again.status, SubscriptionStatus::Active);
    assert_eq!(again.current_period_end, Some(at("2024-02-10T00:00:00Z")));
    tick(&mut it, at("2024-01-19T00:00:00Z"));
    assert_eq!(it.status, SubscriptionStatus::Expired);
}

#[test]
fn life_has_no_end_and_nothing_to_wait_for() {
    let mut it = taken(at("2024-01-10T00:00:00Z"), plan(1, None, 19_900, PlanTerms::default()));
    tick(&mut it, at("2099-01-01T00:00:00Z"));
    assert_eq!((it.status, it.due(), it.access()), (SubscriptionStatus::Active, None, Some(None)));
}

/// By day: on the 16th of April 16 days of 30 are used, so 14/30 of each price counts.
#[test]
fn a_dearer_plan_costs_the_rest_of_the_period() {
    let it = monthly("2024-04-01T00:00:00Z");
    let dearer = plan(2, Some(Interval::MONTH), 30_00, PlanTerms::default());
    let quote = plan_change_quote(&it, usd(10_00), &dearer, at("2024-04-16T09:00:00Z")).unwrap();
    assert_eq!((quote.credit, quote.charge), (usd(4_67), usd(14_00)));
    assert_eq!(quote.due(), Ok(usd(9_33)));
    let year = plan(3, Some(Interval::YEAR), 90_00, PlanTerms::default());
    let quote = plan_change_quote(&it, usd(10_00), &year, at("2024-04-16T09:00:00Z")).unwrap();
    assert_eq!((quote.credit, quote.charge), (usd(4_67), usd(90_00)));
    let mut it = it;
    it.change_plan(year, at("2024-04-16T09:00:00Z")).unwrap();
    assert_eq!(it.current_period_end, Some(at("2025-04-16T09:00:00Z")));
}

/// Something that people do, and when, in hours after the start.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Pay,
    Event(SubscriptionEvent),
    PauseFor(i64),
}

fn any_deed() -> impl Strategy<Value = (i64, Deed)> {
    use SubscriptionEvent as E;
    let event = proptest::sample::select(vec![
        E::CancelAtPeriodEnd,
        E::UndoCancel,
        E::CancelNow,
        E::Resume,
        E::Resubscribe,
        E::MoneyReversed,
    ]);
    let deed = prop_oneof![
        6 => Just(Deed::Pay),
        3 => event.prop_map(Deed::Event),
        1 => (1_i64..2_000).prop_map(Deed::PauseFor),
    ];
    (0_i64..3 * 365 * 24, deed)
}

fn any_agreement() -> impl Strategy<Value = Agreement> {
    let interval = prop_oneof![
        Just(Some(Interval::MONTH)),
        Just(Some(Interval::QUARTER)),
        Just(Some(Interval::YEAR)),
        (1_u16..90).prop_map(|days| Some(Interval::Days(days))),
        Just(None),
    ];
    (interval, 0_u16..28, 0_u16..40, 0_u16..60, 0_u16..100).prop_map(
        |(interval, bill_days_before, grace_days, reactivation_days, max_pause_days)| {
            let reminder_days = vec![0, 1, 5];
            let terms = PlanTerms {
                bill_days_before,
                grace_days,
                reminder_days,
                reactivation_days,
                max_pause_days,
                ..PlanTerms::default()
            };
            plan(1, interval, 10_00, terms)
        },
    )
}

fn hour(hours: i64) -> Timestamp {
    at("2023-01-31T10:00:00Z").saturating_add(TimeDelta::hours(hours))
}

fn act(it: &mut Subscription, now: Timestamp, deed: Deed) {
    tick(it, now);
    match deed {
        Deed::Pay => {
            let _ = it.paid(it.paid_number + 1, now);
        }
        Deed::Event(SubscriptionEvent::Resubscribe) if !it.can_return(now) => {}
        Deed::Event(event) => {
            let _ = it.on(event, now);
        }
        Deed::PauseFor(hours) => {
            let until = now.saturating_add(TimeDelta::hours(hours));
            let latest = now.saturating_add(it.terms.longest_pause());
            let allowed = it.status == SubscriptionStatus::Active;
            if allowed && it.current_period_end.is_some() && until <= latest {
                it.resume_at = Some(until);
                it.on(SubscriptionEvent::Pause, now).unwrap();
            }
        }
    }
}

fn live(agreement: &Agreement, deeds: &[(i64, Deed)], looks: &[i64]) -> Subscription {
    let mut it = taken(hour(0), agreement.clone());
    let mut looks = looks.iter().copied().peekable();
    for (when, deed) in deeds {
        while let Some(look) = looks.next_if(|look| look <= when) {
            tick(&mut it, hour(look));
        }
        act(&mut it, hour(*when), *deed);
    }
    for look in looks {
        tick(&mut it, hour(look));
    }
    tick(&mut it, hour(5 * 365 * 24));
    it
}

proptest! {
    #[test]
    fn it_does_not_matter_how_often_time_is_looked_at(
        agreement in any_agreement(),
        mut deeds in proptest::collection::vec(any_deed(), 0..40),
        mut looks in proptest::collection::vec(0_i64..4 * 365 * 24, 0..60),
    ) {
        deeds.sort_by_key(|(when, _)| *when);
        looks.sort_unstable();
        let never = live(&agreement, &deeds, &[]);
        let yearly: Vec<i64> = (1..4).map(|it| it * 365 * 24).collect();
        let daily: Vec<i64> = (0..4 * 365).map(|it| it * 24).collect();
        for looks in [&yearly, &daily, &looks] {
            prop_assert_eq!(&live(&agreement, &deeds, looks), &never);
        }
        let mut again = never.clone();
        tick(&mut again, hour(5 * 365 * 24));
        prop_assert_eq!(again, never);
    }

    #[test]
    fn periods_meet_access_ends_in_time_and_nothing_waits_for_ever(
        agreement in any_agreement(),
        mut deeds in proptest::collection::vec(any_deed(), 0..40),
    ) {
        deeds.sort_by_key(|(when, _)| *when);
        let mut it = taken(hour(0), agreement);
        for (when, deed) in deeds {
            let now = hour(when);
            let mut steps = Vec::new();
            it.advance(now, |it, at, due| {
                let before = it.clone();
                it.take(due, at).unwrap();
                steps.push((before, it.clone()));
                true
            }).unwrap();
            for (before, after) in &steps {
                if after.period_number != before.period_number {
                    let meets = before.current_period_end == Some(after.current_period_start);
                    prop_assert!(meets, "{before:?}\n{after:?}");
                    prop_assert_eq!(after.period_number, before.period_number + 1);
                }
            }
            act(&mut it, now, deed);
            if let Some(end) = it.current_period_end {
                prop_assert!(end >= it.current_period_start);
            }
            let ends = it.access();
            if it.cancel_at_period_end && it.status == SubscriptionStatus::Active {
                prop_assert_eq!(ends, Some(it.period(it.paid_number.max(it.period_number)).1));
            }
            if !it.status.is_live() {
                prop_assert_eq!(ends, None);
            }
            if it.status == SubscriptionStatus::PastDue {
                prop_assert_eq!(ends, it.grace_until.map(Some));
            }
            let endless = it.status == SubscriptionStatus::Active && it.interval.is_none();
            let returns_for_ever =
                it.status == SubscriptionStatus::Cancelled && it.interval.is_none();
            let waits = it.next_action_at.time().is_some();
            let over = !it.status.is_live() && it.closed_at.is_some();
            prop_assert!(waits || endless || over || returns_for_ever, "{it:?}");
        }
    }

    #[test]
    fn pausing_never_loses_paid_time(
        days in 1_u16..60,
        pauses in proptest::collection::vec((1_i64..24 * 10, 1_i64..24 * 60), 1..6),
    ) {
        let terms = PlanTerms { max_pauses: 10, ..PlanTerms::default() };
        let mut it = taken(hour(0), plan(1, Some(Interval::Days(days)), 10_00, terms));
        let paid = it.current_period().unwrap().duration();
        let (mut now, mut used) = (hour(0), TimeDelta::zero());
        for (runs, rests) in pauses {
            let pause = now.saturating_add(TimeDelta::hours(runs));
            tick(&mut it, pause);
            if it.status != SubscriptionStatus::Active {
                break;
            }
            used += TimeDelta::hours(runs);
            it.on(SubscriptionEvent::Pause, pause).unwrap();
            now = pause.saturating_add(TimeDelta::hours(rests));
            tick(&mut it, now);
            it.on(SubscriptionEvent::Resume, now).unwrap();
            prop_assert_eq!(it.current_period_end.unwrap().since(now), paid - used);
        }
    }
}
