//! Every machine: all its states are reachable, what is settled waits for nobody, and what waits
//! has a way out that somebody looks at when its time has come.
use std::{collections::BTreeSet, fmt::Display};

use lms::{
    commerce::{
        DeliveryStatus, GrantStatus, HoldStatus, InstalmentStatus, InvoiceStatus, OrderEvent,
        OrderStatus, OrderStep, PayoutStatus, ProofStatus, RedemptionStatus, RefundStatus,
        SeatStatus, SubscriptionStatus, TickKind, VoucherStatus, WebhookStatus,
    },
    kernel::{Machine, Timestamp, machine::moves},
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

struct Table {
    entity: &'static str,
    states: Vec<String>,
    /// From, event, to.
    moves: Vec<(String, String, String)>,
    /// Where it begins.
    begins: &'static [&'static str],
    ways: &'static [(&'static str, Way)],
}

impl Table {
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

/// A machine as its table has it.
fn plain<S: Machine + Display>(
    begins: &'static [&'static str],
    ways: &'static [(&'static str, Way)],
) -> Table
where
    S::Event: Display,
{
    let moves = moves::<S>().into_iter();
    let moves =
        moves.map(|(from, event, to)| (from.to_string(), event.to_string(), to.to_string()));
    let states = S::STATES.iter().map(ToString::to_string).collect();
    Table { entity: S::ENTITY, states, moves: moves.collect(), begins, ways }
}

/// The machine of orders, with what the late-money policy does with money that comes late.
fn orders(ways: &'static [(&'static str, Way)]) -> Table {
    let mut table = plain::<OrderStatus>(&["pending"], ways);
    for status in OrderStatus::ALL {
        for event in OrderEvent::ALL {
            if status.apply(*event) == Ok(OrderStep::LateMoney) {
                table.moves.push((status.to_string(), event.to_string(), "completed".to_owned()));
            }
        }
    }
    table
}

fn money_machines() -> Vec<Table> {
    vec![
        orders(&[
            ("pending", Time(TickKind::Order, "deadline")),
            ("failed", Time(TickKind::Order, "deadline")),
            ("expired", Settled),
            ("cancelled", Settled),
            ("completed", Settled),
            ("refunded", Settled),
        ]),
        plain::<RefundStatus>(
            &["requested"],
            &[
                ("requested", Reminder(TickKind::Refund)),
                ("approved", Reminder(TickKind::Refund)),
                ("processing", Time(TickKind::Refund, "lose_track")),
                ("unknown", Reminder(TickKind::Refund)),
                ("failed", Reminder(TickKind::Refund)),
                ("rejected", Settled),
                ("completed", Settled),
                ("withdrawn", Settled),
            ],
        ),
        plain::<ProofStatus>(
            &["submitted"],
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
        plain::<HoldStatus>(
            &["held"],
            &[
                ("held", Time(TickKind::WalletHold, "release")),
                ("captured", Settled),
                ("released", Settled),
            ],
        ),
        plain::<InstalmentStatus>(
            &["open"],
            &[
                ("open", Time(TickKind::Instalment, "pass_due")),
                ("overdue", Reminder(TickKind::Instalment)),
                ("paid", Settled),
            ],
        ),
        plain::<InvoiceStatus>(
            &["draft"],
            &[
                ("draft", Reminder(TickKind::Invoice)),
                ("issued", Time(TickKind::Invoice, "due_date_passed")),
                ("overdue", Reminder(TickKind::Invoice)),
                ("paid", Settled),
                ("void", Settled),
            ],
        ),
        plain::<PayoutStatus>(
            &["requested"],
            &[
                ("requested", Reminder(TickKind::Payout)),
                ("approved", Reminder(TickKind::Payout)),
                ("processing", Time(TickKind::Payout, "lose_track")),
                ("unknown", Reminder(TickKind::Payout)),
                ("rejected", Settled),
                ("paid", Settled),
                ("failed", Settled),
                ("returned", Settled),
            ],
        ),
    ]
}

fn other_machines() -> Vec<Table> {
    vec![
        plain::<SubscriptionStatus>(
            &["active"],
            &[
                ("active", Time(TickKind::Subscription, "period_end_unpaid")),
                ("past_due", Time(TickKind::Subscription, "grace_end")),
                ("paused", Time(TickKind::Subscription, "pause_limit")),
                ("cancelled", Settled),
                ("expired", Settled),
            ],
        ),
        plain::<GrantStatus>(
            &["active"],
            &[
                ("active", Time(TickKind::Grant, "expire")),
                ("suspended", Time(TickKind::Grant, "expire")),
                ("revoked", Settled),
                ("expired", Settled),
            ],
        ),
        plain::<VoucherStatus>(
            &["draft"],
            &[("draft", Stock), ("active", Stock), ("archived", Settled)],
        ),
        plain::<RedemptionStatus>(
            &["reserved"],
            &[
                ("reserved", Time(TickKind::Redemption, "release")),
                ("confirmed", Settled),
                ("released", Settled),
            ],
        ),
        plain::<SeatStatus>(
            &["free"],
            &[("free", Stock), ("redeemed", Settled), ("revoked", Settled)],
        ),
        plain::<WebhookStatus>(
            &["received", "rejected", "conflict"],
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
        plain::<DeliveryStatus>(
            &["pending"],
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
fn tenant_plan() -> Table {
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
    Table {
        entity: "plan",
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

fn machines() -> Vec<Table> {
    money_machines().into_iter().chain(other_machines()).collect()
}

#[test]
fn every_state_is_reachable_and_is_settled_or_has_a_way_out() {
    let mut looked_at = BTreeSet::new();
    for machine in machines().into_iter().chain([tenant_plan()]) {
        let name = machine.entity;
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
