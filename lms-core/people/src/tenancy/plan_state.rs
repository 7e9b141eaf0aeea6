//! The status of a tenant's plan, as a rule over facts.
use chrono::TimeDelta;
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::tenancy::{TenantPlan, TenantPlanStatus};
use lms_kernel::Timestamp;

/// For how many days a tenant works on after what it owes was due, unless the platform says
/// otherwise.
pub const GRACE_DAYS: u16 = 14;

/// The status of the plan of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum PlanState {
    /// It is tried, and its days cost nothing.
    #[text("trial", "trialing")]
    Trial,
    /// It holds, and nothing is overdue.
    Active,
    /// Something is overdue; the tenant works on within its grace.
    PastDue,
    /// Something is overdue for longer than the grace: everything can be read, and nothing changed
    /// or deleted.
    Suspended,
    /// The platform ended it: everything can be read, and nothing changed.
    #[text("cancelled", "canceled")]
    Cancelled,
}

impl PlanState {
    /// Whether people of the tenant may read and not change.
    pub const fn is_read_only(self) -> bool {
        matches!(self, Self::Suspended | Self::Cancelled)
    }
}

/// The facts that decide the status of a plan. Times may lie in the future: they count from then
/// on.
///
/// As in Kill Bill, where an overdue state follows from the time since the earliest unpaid invoice
/// (`OverdueCondition`, rubydoc.info/gems/killbill-client): so it does not matter when or how often
/// someone looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanFacts {
    /// Until when the plan is tried.
    pub trial_ends_at: Option<Timestamp>,
    /// The earliest time until which something that is still owed was to be paid.
    pub due_at: Option<Timestamp>,
    /// For how many days the tenant works on after that.
    pub grace_days: u16,
    /// When the platform ended the plan and gave no other.
    pub cancelled_at: Option<Timestamp>,
}

impl PlanFacts {
    /// When the grace for what is owed is over.
    pub fn grace_ends_at(&self) -> Option<Timestamp> {
        let grace = TimeDelta::days(i64::from(self.grace_days));
        self.due_at.map(|due| due.saturating_add(grace))
    }

    /// The status of the plan at an instant. A plan that was ended is cancelled, whatever is owed;
    /// overdue invoices count in a trial too.
    pub fn state_at(&self, now: Timestamp) -> PlanState {
        let has_come = |time: Option<Timestamp>| time.is_some_and(|time| time <= now);
        if has_come(self.cancelled_at) {
            PlanState::Cancelled
        } else if has_come(self.grace_ends_at()) {
            PlanState::Suspended
        } else if has_come(self.due_at) {
            PlanState::PastDue
        } else if self.trial_ends_at.is_some_and(|end| now < end) {
            PlanState::Trial
        } else {
            PlanState::Active
        }
    }

    /// The first time after `now` that may change the status of the plan.
    pub fn next_change_after(&self, now: Timestamp) -> Option<Timestamp> {
        let times = [self.trial_ends_at, self.due_at, self.grace_ends_at(), self.cancelled_at];
        times.into_iter().flatten().filter(|time| *time > now).min()
    }
}

/// Until when the plans that were not ended are tried: a plan that another one follows is tried
/// until then at most.
pub(crate) fn trial_end(plans: &[TenantPlan]) -> Option<Timestamp> {
    let tried = |it: &TenantPlan| {
        let end = it.trial_ends_at?;
        Some(it.expires_at.map_or(end, |over| end.min(over)))
    };
    plans.iter().filter(|it| it.status == TenantPlanStatus::Active).filter_map(tried).max()
}

/// When a trial ends that no plan follows: from then on a plan is owed.
pub(crate) fn lapse(plans: &[TenantPlan]) -> Option<Timestamp> {
    let mut held = plans.iter().filter(|it| it.status == TenantPlanStatus::Active).peekable();
    held.peek()?;
    let ends: Option<Vec<_>> = held.map(|it| Some((it.expires_at?, it.trial_ends_at))).collect();
    let (end, trial) = ends?.into_iter().max()?;
    (trial >= Some(end)).then_some(end)
}

/// Whether a plan holds at an instant or will later.
pub(crate) fn is_any_left(plans: &[TenantPlan], now: Timestamp) -> bool {
    let lasts = |it: &TenantPlan| it.expires_at.is_none_or(|end| now < end);
    plans.iter().any(|it| it.status == TenantPlanStatus::Active && lasts(it))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400_000_000;

    fn day(number: i64) -> Timestamp {
        Timestamp::from_micros(number * DAY).unwrap()
    }

    /// Today is day 50; the grace has 14 days.
    #[test]
    fn every_cell_is_as_agreed() {
        use PlanState::{Active, Cancelled, PastDue, Suspended, Trial};
        let trials = [None, Some(day(51)), Some(day(50))];
        // Nothing owed, due tomorrow, due today, grace ends tomorrow, grace ended today.
        let owed = [None, Some(day(51)), Some(day(50)), Some(day(37)), Some(day(36))];
        let table = [
            // No trial.
            [Active, Active, PastDue, PastDue, Suspended],
            // Its last day.
            [Trial, Trial, PastDue, PastDue, Suspended],
            // It is over.
            [Active, Active, PastDue, PastDue, Suspended],
        ];
        for (trial_ends_at, row) in trials.into_iter().zip(table) {
            for (due_at, expected) in owed.into_iter().zip(row) {
                for (cancelled_at, expected) in [
                    (None, expected),
                    (Some(day(51)), expected),
                    (Some(day(50)), Cancelled),
                    (Some(day(20)), Cancelled),
                ] {
                    let facts =
                        PlanFacts { trial_ends_at, due_at, grace_days: GRACE_DAYS, cancelled_at };
                    assert_eq!(facts.state_at(day(50)), expected, "{facts:?}");
                }
            }
        }
    }

    #[test]
    fn each_time_counts_from_its_own_microsecond() {
        let facts = PlanFacts {
            trial_ends_at: Some(day(10)),
            due_at: Some(day(20)),
            grace_days: 5,
            cancelled_at: Some(day(40)),
        };
        let micro = TimeDelta::microseconds(1);
        let mut seen = Vec::new();
        let mut now = day(0);
        while let Some(next) = facts.next_change_after(now) {
            seen.push((facts.state_at(next.saturating_sub(micro)), facts.state_at(next)));
            now = next;
        }
        use PlanState::{Active, Cancelled, PastDue, Suspended, Trial};
        let agreed =
            [(Trial, Active), (Active, PastDue), (PastDue, Suspended), (Suspended, Cancelled)];
        assert_eq!(seen, agreed);
        assert_eq!(now, day(40));
    }

    #[test]
    fn without_grace_what_is_overdue_suspends_at_once() {
        let facts = PlanFacts { due_at: Some(day(3)), ..PlanFacts::default() };
        assert_eq!(
            [2, 3].map(|it| facts.state_at(day(it))),
            [PlanState::Active, PlanState::Suspended]
        );
    }

    fn any_time() -> impl Strategy<Value = Option<Timestamp>> {
        prop::option::of((0_i64..60).prop_map(day))
    }

    fn any_facts() -> impl Strategy<Value = PlanFacts> {
        (any_time(), any_time(), 0_u16..20, any_time()).prop_map(
            |(trial_ends_at, due_at, grace_days, cancelled_at)| PlanFacts {
                trial_ends_at,
                due_at,
                grace_days,
                cancelled_at,
            },
        )
    }

    proptest! {
        /// Between two changes nothing changes, so that anyone who looks at the changes only sees
        /// all.
        #[test]
        fn it_stands_where_the_last_change_left_it(facts in any_facts(), look in 0_i64..100) {
            let mut at = day(0);
            while let Some(next) = facts.next_change_after(at).filter(|it| *it <= day(look)) {
                at = next;
            }
            prop_assert_eq!(facts.state_at(at), facts.state_at(day(look)));
        }

        /// As time goes on a plan only moves towards its end, and what is paid is never held
        /// against it.
        #[test]
        fn time_alone_never_improves_it_and_paying_never_worsens_it(
            facts in any_facts(), now in 0_i64..100, later in 0_i64..100,
        ) {
            prop_assert!(facts.state_at(day(now)) <= facts.state_at(day(now + later)));
            let paid = PlanFacts { due_at: None, ..facts };
            prop_assert!(paid.state_at(day(now)) <= facts.state_at(day(now)));
            let settled = matches!(
                paid.state_at(day(now)),
                PlanState::Trial | PlanState::Active | PlanState::Cancelled
            );
            prop_assert!(settled);
        }
    }
}
