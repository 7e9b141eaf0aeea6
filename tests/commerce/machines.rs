//! Every machine: all its states are reachable, what is settled waits for nobody, and what waits
//! has a way out that somebody looks at when its time has come.
use std::{collections::BTreeSet, fmt::Display, fs, path::Path};

use lms::{
    commerce::{
        DeliveryEvent, DeliveryStatus, GrantEvent, GrantStatus, HoldEvent, HoldStatus,
        InstalmentEvent, InstalmentStatus, InvoiceEvent, InvoiceStatus, OrderEvent, OrderStatus,
        OrderStep, PayoutEvent, PayoutStatus, ProofEvent, ProofStatus, RedemptionEvent,
        RedemptionStatus, RefundEvent, RefundStatus, SeatEvent, SeatStatus, Step,
        SubscriptionEvent, SubscriptionStatus, TickKind, Transition, VoucherEvent, VoucherStatus,
        WebhookEvent, WebhookStatus,
    },
    kernel::Timestamp,
    tenancy::{PlanFacts, PlanState},
};

/// How a state is left.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// That step of a tick makes that event happen.
    Time(TickKind, &'static str),
    /// It takes a person, whom that step of a tick reminds again and again.
    Reminder(TickKind),
    /// A worker that looks for what is due makes that event happen.
    Worker(&'static str),
    /// It lies ready to be used, and nobody waits for it.
    Stock,
    /// It is settled; only news can change it.
    Settled,
}

use Way::{Reminder, Settled, Stock, Time, Worker};

struct Machine {
    /// The name of the type of its events.
    events: &'static str,
    states: Vec<String>,
    /// From, event, to.
    moves: Vec<(String, String, String)>,
    /// Where it begins.
    begins: &'static [&'static str],
    ways: &'static [(&'static str, Way)],
}

impl Machine {
    fn goes(&self, from: &str, event: &str) -> bool {
        self.moves.iter().any(|(state, heard, to)| state == from && heard == event && to != from)
    }

    fn reachable(&self) -> BTreeSet<&str> {
        let mut reached: BTreeSet<&str> = self.begins.iter().copied().collect();
        loop {
            let next: Vec<&str> = self
                .moves
                .iter()
                .filter(|(from, _, to)| reached.contains(&**from) && !reached.contains(&**to))
                .map(|(_, _, to)| &**to)
                .collect();
            if next.is_empty() {
                return reached;
            }
            reached.extend(next);
        }
    }
}

fn machine<S: Copy + Display, E: Copy + Display>(
    (events_type, begins): (&'static str, &'static [&'static str]),
    (states, events): (&[S], &[E]),
    apply: impl Fn(S, E) -> Option<S>,
    ways: &'static [(&'static str, Way)],
) -> Machine {
    let mut moves = Vec::new();
    for from in states {
        for event in events {
            if let Some(to) = apply(*from, *event) {
                moves.push((from.to_string(), event.to_string(), to.to_string()));
            }
        }
    }
    let states = states.iter().map(ToString::to_string).collect();
    Machine { events: events_type, states, moves, begins, ways }
}

/// A machine whose `apply` answers with a [`Step`].
fn plain<S: Copy + Display, E: Copy + Display>(
    name: (&'static str, &'static [&'static str]),
    all: (&[S], &[E]),
    apply: impl Fn(S, E) -> Transition<S>,
    ways: &'static [(&'static str, Way)],
) -> Machine {
    let applied = |state, event| match apply(state, event) {
        Ok(Step::Applied(to)) => Some(to),
        Ok(Step::NoOp(_)) | Err(_) => None,
    };
    machine(name, all, applied, ways)
}

fn money_machines() -> Vec<Machine> {
    vec![
        machine(
            ("OrderEvent", &["pending"]),
            (OrderStatus::ALL, OrderEvent::ALL),
            |state, event| match state.apply(event) {
                Ok(OrderStep::Applied(to)) => Some(to),
                Ok(OrderStep::LateMoney) => Some(OrderStatus::Completed),
                Ok(OrderStep::NoOp(_) | OrderStep::OrphanMoney | OrderStep::Anomaly) | Err(_) => {
                    None
                }
            },
            &[
                ("pending", Time(TickKind::Order, "deadline")),
                ("failed", Time(TickKind::Order, "deadline")),
                ("expired", Settled),
                ("cancelled", Settled),
                ("completed", Settled),
                ("refunded", Settled),
            ],
        ),
        plain(
            ("RefundEvent", &["requested"]),
            (RefundStatus::ALL, RefundEvent::ALL),
            RefundStatus::apply,
            &[
                ("requested", Reminder(TickKind::Refund)),
                ("approved", Reminder(TickKind::Refund)),
                ("processing", Time(TickKind::Refund, "lose_track")),
                ("unknown", Reminder(TickKind::Refund)),
                ("failed", Reminder(TickKind::Refund)),
                ("rejected", Settled),
                ("completed", Settled),
            ],
        ),
        plain(
            ("ProofEvent", &["submitted"]),
            (ProofStatus::ALL, ProofEvent::ALL),
            ProofStatus::apply,
            &[
                ("submitted", Reminder(TickKind::Proof)),
                // Its payment is looked for until it is found.
                ("approved", Reminder(TickKind::Payment)),
                ("rejected", Settled),
                ("withdrawn", Settled),
                ("superseded", Settled),
                ("revoked", Settled),
            ],
        ),
        plain(
            ("HoldEvent", &["held"]),
            (HoldStatus::ALL, HoldEvent::ALL),
            HoldStatus::apply,
            &[
                ("held", Time(TickKind::WalletHold, "release")),
                ("captured", Settled),
                ("released", Settled),
            ],
        ),
        plain(
            ("InstalmentEvent", &["open"]),
            (InstalmentStatus::ALL, InstalmentEvent::ALL),
            InstalmentStatus::apply,
            &[
                ("open", Time(TickKind::Instalment, "pass_due")),
                ("overdue", Reminder(TickKind::Instalment)),
                ("paid", Settled),
            ],
        ),
        plain(
            ("InvoiceEvent", &["draft"]),
            (InvoiceStatus::ALL, InvoiceEvent::ALL),
            InvoiceStatus::apply,
            &[
                ("draft", Reminder(TickKind::Invoice)),
                ("issued", Time(TickKind::Invoice, "due_date_passed")),
                ("overdue", Reminder(TickKind::Invoice)),
                ("paid", Settled),
                ("void", Settled),
            ],
        ),
        plain(
            ("PayoutEvent", &["requested"]),
            (PayoutStatus::ALL, PayoutEvent::ALL),
            PayoutStatus::apply,
            &[
                ("requested", Reminder(TickKind::Payout)),
                ("approved", Reminder(TickKind::Payout)),
                ("processing", Time(TickKind::Payout, "lose_track")),
                ("unknown", Reminder(TickKind::Payout)),
                ("rejected", Settled),
                ("paid", Settled),
                ("failed", Settled),
            ],
        ),
    ]
}

fn other_machines() -> Vec<Machine> {
    vec![
        plain(
            ("SubscriptionEvent", &["active"]),
            (SubscriptionStatus::ALL, SubscriptionEvent::ALL),
            SubscriptionStatus::apply,
            &[
                ("active", Time(TickKind::Subscription, "period_end_unpaid")),
                ("past_due", Time(TickKind::Subscription, "grace_end")),
                ("paused", Time(TickKind::Subscription, "pause_limit")),
                ("cancelled", Settled),
                ("expired", Settled),
            ],
        ),
        plain(
            ("GrantEvent", &["active"]),
            (GrantStatus::ALL, GrantEvent::ALL),
            GrantStatus::apply,
            &[
                ("active", Time(TickKind::Grant, "expire")),
                ("suspended", Time(TickKind::Grant, "expire")),
                ("revoked", Settled),
                ("expired", Settled),
            ],
        ),
        plain(
            ("VoucherEvent", &["draft"]),
            (VoucherStatus::ALL, VoucherEvent::ALL),
            VoucherStatus::apply,
            &[("draft", Stock), ("active", Stock), ("archived", Settled)],
        ),
        plain(
            ("RedemptionEvent", &["reserved"]),
            (RedemptionStatus::ALL, RedemptionEvent::ALL),
            RedemptionStatus::apply,
            &[
                ("reserved", Time(TickKind::Redemption, "release")),
                ("confirmed", Settled),
                ("released", Settled),
            ],
        ),
        plain(
            ("SeatEvent", &["free"]),
            (SeatStatus::ALL, SeatEvent::ALL),
            SeatStatus::apply,
            &[("free", Stock), ("redeemed", Settled), ("revoked", Settled)],
        ),
        plain(
            ("WebhookEvent", &["received", "rejected", "conflict"]),
            (WebhookStatus::ALL, WebhookEvent::ALL),
            WebhookStatus::apply,
            &[
                ("received", Worker("claim")),
                ("processing", Worker("lose_lease")),
                ("deferred", Worker("claim")),
                ("failed", Worker("claim")),
                ("processed", Settled),
                ("ignored", Settled),
                ("dead", Settled),
                ("rejected", Settled),
                ("conflict", Settled),
            ],
        ),
        plain(
            ("DeliveryEvent", &["pending"]),
            (DeliveryStatus::ALL, DeliveryEvent::ALL),
            DeliveryStatus::apply,
            &[
                ("pending", Worker("claim")),
                ("sending", Worker("lose_lease")),
                ("delivered", Settled),
                ("dead", Settled),
                ("cancelled", Settled),
            ],
        ),
    ]
}

/// A tenant's plan: what moves it is that one of its facts comes true, or is no more.
fn tenant_plan() -> Machine {
    let day = |day| Timestamp::EPOCH.saturating_add(chrono::TimeDelta::days(day));
    let owed = PlanFacts {
        trial_ends_at: Some(day(10)),
        due_at: Some(day(20)),
        grace_days: 5,
        cancelled_at: None,
    };
    let settled = PlanFacts { due_at: None, ..owed };
    let mut moves = Vec::new();
    let mut goes = |from: PlanState, event: &str, to: PlanState| {
        moves.push((from.to_string(), event.to_owned(), to.to_string()));
    };
    for now in 0..30 {
        let from = owed.state_at(day(now));
        let cancelled = PlanFacts { cancelled_at: Some(day(now)), ..owed };
        goes(from, "time", owed.state_at(day(now + 1)));
        goes(from, "settle", settled.state_at(day(now)));
        goes(from, "cancel", cancelled.state_at(day(now)));
        goes(cancelled.state_at(day(now)), "choose", settled.state_at(day(now)));
    }
    Machine {
        events: "PlanFacts",
        states: PlanState::ALL.iter().map(ToString::to_string).collect(),
        moves,
        begins: &["trial", "active"],
        ways: &[
            ("trial", Time(TickKind::TenantPlan, "time")),
            ("active", Time(TickKind::TenantPlan, "time")),
            ("past_due", Time(TickKind::TenantPlan, "time")),
            // The bill that is owed is brought to mind.
            ("suspended", Reminder(TickKind::Invoice)),
            ("cancelled", Settled),
        ],
    }
}

fn machines() -> Vec<Machine> {
    money_machines().into_iter().chain(other_machines()).collect()
}

#[test]
fn every_state_is_reachable_and_is_settled_or_has_a_way_out() {
    let mut looked_at = BTreeSet::new();
    for machine in machines().into_iter().chain([tenant_plan()]) {
        let name = machine.events;
        let states: BTreeSet<&str> = machine.states.iter().map(|it| &**it).collect();
        assert_eq!(machine.reachable(), states, "{name}: every state is reached");
        let listed: BTreeSet<&str> = machine.ways.iter().map(|it| it.0).collect();
        assert_eq!(listed, states, "{name}: every state is accounted for");
        assert_eq!(listed.len(), machine.ways.len(), "{name}: once");
        for (state, way) in machine.ways {
            match way {
                Time(kind, event) => {
                    assert!(machine.goes(state, event), "{name}: {event} does not end {state}");
                    looked_at.insert(kind.to_string());
                }
                Worker(event) => {
                    assert!(machine.goes(state, event), "{name}: {event} does not end {state}");
                }
                Reminder(kind) => {
                    let leaves =
                        machine.moves.iter().any(|(from, _, to)| from == state && to != from);
                    assert!(leaves, "{name}: nothing ends {state}");
                    looked_at.insert(kind.to_string());
                }
                Stock | Settled => {}
            }
        }
    }
    let all: BTreeSet<String> = TickKind::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(looked_at, all, "every step of a tick ends or recalls something");
}

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn no_machine_is_left_out_and_each_has_a_golden_table() {
    const APPLY: &str = "pub fn apply(self, event: ";
    let mut texts = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("lms-core/commerce/src");
    sources(&root, &mut texts);
    let mut written = BTreeSet::new();
    for text in &texts {
        let events: Vec<_> =
            text.split(APPLY).skip(1).map(|it| it.split(')').next().unwrap()).collect();
        let tables = text.matches("        check_table(").count();
        assert!(tables >= events.len(), "a machine without a golden table: {events:?}");
        written.extend(events);
    }
    let listed: BTreeSet<_> = machines().iter().map(|it| it.events).collect();
    assert_eq!(listed, written);
}
