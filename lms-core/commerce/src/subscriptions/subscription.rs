//! A subscription.
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{
    Interval, Item, NextAction, Plan, PlanTerms, SubscriptionStatus, TaxRate,
    subscriptions::boundary,
};
use lms_kernel::{Context, EntityKind, Id, Money, TimeRange, TimeZone, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Direction, Query, Record, Stamp};

/// The terms of a subscription for a time: the plan, and the conditions agreed when it was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Agreement {
    /// The plan.
    pub plan: Id<Plan>,
    /// What it gives access to.
    pub subject: Item,
    /// How long a period is; none for life.
    pub interval: Option<Interval>,
    /// What a period costs.
    pub price: Money,
    /// The tax on it, if any.
    pub tax: Option<TaxRate>,
    /// What it allows besides.
    pub terms: PlanTerms,
}

impl From<&Plan> for Agreement {
    fn from(plan: &Plan) -> Self {
        Self {
            plan: plan.id,
            subject: plan.subject,
            interval: plan.interval,
            price: plan.price,
            tax: plan.tax,
            terms: plan.terms.clone(),
        }
    }
}

/// One person's subscription to a plan.
///
/// Periods are numbered from 0 and counted from an anchor, which moves only when a pause, a time
/// without access or another interval breaks the rhythm. Each period is billed by an order; access
/// follows from the status.
///
/// # Lifecycle
///
/// ```
/// use lms_commerce::{SubscriptionEvent, SubscriptionStatus};
/// use lms_kernel::machine::Step;
///
/// let unpaid = SubscriptionStatus::Active.apply(SubscriptionEvent::PeriodEndUnpaid)?;
/// assert_eq!(unpaid, Step::Applied(SubscriptionStatus::PastDue));
/// let over = SubscriptionStatus::PastDue.apply(SubscriptionEvent::GraceEnd)?;
/// assert_eq!(over, Step::Applied(SubscriptionStatus::Expired));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Pitfalls
/// - Time is advanced by a job. It gives the same result whether it runs each minute or once a
///   year.
/// - A month has 28 to 31 days: periods are counted from the anchor, so the 31st does not drift to
///   the 28th.
/// - Cancelling with the period keeps access until it ends; cancelling now ends access at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "subscriptions",
    index(subscriber_id),
    index(plan_id),
    index(status),
    index(next_action_at)
)]
pub struct Subscription {
    /// The subscription's id.
    pub id: Id<Subscription>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Who may use what it gives.
    pub subscriber_id: Id<Membership>,
    /// Who pays.
    pub payer_id: Id<Membership>,
    /// The plan.
    pub plan_id: Id<Plan>,
    /// What it gives access to.
    #[record(prefixed)]
    pub subject: Item,
    /// Its status.
    pub status: SubscriptionStatus,
    /// How long a period is; none for life.
    pub interval: Option<Interval>,
    /// What a period costs.
    #[record(prefixed)]
    pub price: Money,
    /// The tax on it, if any.
    #[record(prefixed)]
    pub tax: Option<TaxRate>,
    /// What the plan allowed when it was chosen.
    #[record(json)]
    pub terms: PlanTerms,
    /// What comes in place of all that with the next period.
    #[record(json)]
    pub next: Option<Agreement>,
    /// In whose calendar periods are counted.
    pub zone: TimeZone,
    /// When it started.
    pub started_at: Timestamp,
    /// The beginning of the period from which the others are counted.
    pub anchor_at: Timestamp,
    /// The number of that period.
    pub anchor_number: i64,
    /// The number of the current period, the last one that was paid unless money was reversed.
    pub period_number: i64,
    /// When the current period began.
    pub current_period_start: Timestamp,
    /// When it ends; never, for life.
    pub current_period_end: Option<Timestamp>,
    /// The number of the last period that is paid.
    pub paid_number: i64,
    /// The number of the last period that was billed.
    pub billed_number: i64,
    /// Whether it is cancelled when the current period ends.
    pub cancel_at_period_end: bool,
    /// When someone cancelled it, or said that it is to be cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// When it expired.
    pub expired_at: Option<Timestamp>,
    /// Since when it is not paid.
    pub past_due_at: Option<Timestamp>,
    /// Up to when access goes on unpaid; none when it does not.
    pub grace_until: Option<Timestamp>,
    /// How often the subscriber was reminded of the unpaid period.
    pub reminders: u16,
    /// Since when it rests.
    pub paused_at: Option<Timestamp>,
    /// When it goes on by itself.
    pub resume_at: Option<Timestamp>,
    /// How often it was paused.
    pub pauses: u16,
    /// The paid time that a pause keeps, in microseconds.
    pub remaining_micros: Option<i64>,
    /// What is taken off the next bill.
    #[record(prefixed)]
    pub credit: Money,
    /// Since when it cannot come back.
    pub closed_at: Option<Timestamp>,
    /// When its trial ends or ended, if it began with one.
    pub trial_ends_at: Option<Timestamp>,
    /// The payment provider that charges for it, if one does.
    pub provider: Option<String>,
    /// The provider's name for it.
    pub provider_ref: Option<String>,
    /// When time next changes something about it.
    pub next_action_at: NextAction,
}

impl Subscription {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("subscription");

    /// A subscription that begins now with a paid period.
    pub fn new(
        cx: &Context,
        subscriber: Id<Membership>,
        payer: Id<Membership>,
        agreement: Agreement,
        zone: TimeZone,
    ) -> Self {
        let Agreement { plan, subject, interval, price, tax, terms } = agreement;
        let now = cx.now();
        let mut new = Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            subscriber_id: subscriber,
            payer_id: payer,
            plan_id: plan,
            subject,
            status: SubscriptionStatus::Active,
            interval,
            price,
            tax,
            terms,
            next: None,
            zone,
            started_at: now,
            anchor_at: now,
            anchor_number: 0,
            period_number: 0,
            current_period_start: now,
            current_period_end: None,
            paid_number: 0,
            billed_number: 0,
            cancel_at_period_end: false,
            cancelled_at: None,
            expired_at: None,
            past_due_at: None,
            grace_until: None,
            reminders: 0,
            paused_at: None,
            resume_at: None,
            pauses: 0,
            remaining_micros: None,
            credit: Money::zero(price.currency()),
            closed_at: None,
            trial_ends_at: None,
            provider: None,
            provider_ref: None,
            next_action_at: NextAction::NEVER,
        };
        new.current_period_end = new.period_start(1);
        new.schedule();
        new
    }

    /// The terms agreed when the plan was chosen.
    pub fn agreement(&self) -> Agreement {
        Agreement {
            plan: self.plan_id,
            subject: self.subject,
            interval: self.interval,
            price: self.price,
            tax: self.tax,
            terms: self.terms.clone(),
        }
    }

    /// When the period with that number begins, as far as it is counted from the anchor; none for
    /// life.
    pub fn period_start(&self, number: i64) -> Option<Timestamp> {
        let interval = self.interval?;
        let ahead = number.saturating_sub(self.anchor_number);
        Some(boundary(self.zone, self.anchor_at, interval, ahead))
    }

    /// When the period with that number begins and ends: the current one or one after it. An
    /// end of none is for life.
    pub fn period(&self, number: i64) -> (Timestamp, Option<Timestamp>) {
        if number == self.period_number {
            return (self.current_period_start, self.current_period_end);
        }
        let from_current = self.current_period_end.unwrap_or(self.current_period_start);
        let ahead = number.saturating_sub(self.period_number).saturating_sub(1);
        match (&self.next, self.interval) {
            // Another plan counts from where it begins.
            (Some(next), _) => {
                let start = |ahead| {
                    let interval = next.interval?;
                    Some(boundary(self.zone, from_current, interval, ahead))
                };
                (start(ahead).unwrap_or(from_current), start(ahead + 1))
            }
            (None, _) => (
                self.period_start(number).unwrap_or(from_current),
                self.period_start(number.saturating_add(1)),
            ),
        }
    }

    /// The current period as a range; none for life.
    pub fn current_period(&self) -> Option<TimeRange> {
        TimeRange::new(self.current_period_start, self.current_period_end?).ok()
    }

    /// The paid time that a pause keeps.
    pub fn remaining(&self) -> Option<TimeDelta> {
        self.remaining_micros.map(TimeDelta::microseconds)
    }

    /// Up to when it gives access if nothing else happens: `None` when it gives none now, an end of
    /// `None` for life. It is the same whether or not someone noticed that time has passed.
    pub fn access(&self) -> Option<Option<Timestamp>> {
        let with_grace = |end: Timestamp| end.saturating_add(self.grace());
        match self.status {
            SubscriptionStatus::Active if self.cancel_at_period_end => Some(self.paid_until()),
            SubscriptionStatus::Active => Some(self.paid_until().map(with_grace)),
            SubscriptionStatus::PastDue => match self.grace_until {
                Some(end) => Some(Some(end)),
                None if self.terms.access_after_reversal => Some(self.lapses_at()),
                None => None,
            },
            SubscriptionStatus::Paused if self.terms.access_while_paused => {
                Some(self.pause_limit())
            }
            SubscriptionStatus::Paused
            | SubscriptionStatus::Cancelled
            | SubscriptionStatus::Expired => None,
        }
    }

    /// Whether it has not been paid yet: it is in its trial, or the trial is over.
    pub fn is_on_trial(&self) -> bool {
        self.trial_ends_at.is_some() && self.paid_number == 0
    }

    /// How long access goes on unpaid: as the plan says, and not at all after a trial.
    pub(crate) fn grace(&self) -> TimeDelta {
        if self.is_on_trial() { TimeDelta::zero() } else { self.terms.grace() }
    }

    /// The end of the last paid period.
    fn paid_until(&self) -> Option<Timestamp> {
        let (_, end) = self.period(self.paid_number.max(self.period_number));
        end
    }

    /// When an unpaid subscription expires.
    pub fn lapses_at(&self) -> Option<Timestamp> {
        self.past_due_at.map(|since| since.saturating_add(self.grace()))
    }

    /// When a paused one expires.
    pub fn pause_limit(&self) -> Option<Timestamp> {
        self.paused_at.map(|since| since.saturating_add(self.terms.longest_pause()))
    }

    /// Up to when it can come back in this row, once it is cancelled or expired: while the paid
    /// period runs, or as long as a payment reactivates it. None when it cannot, or for life.
    pub fn window_end(&self) -> Option<Timestamp> {
        match self.status {
            SubscriptionStatus::Cancelled => {
                let cancelled = self.cancelled_at.unwrap_or(self.started_at);
                self.current_period_end.map(|end| end.max(cancelled))
            }
            SubscriptionStatus::Expired => {
                self.expired_at.map(|at| at.saturating_add(self.terms.reactivation()))
            }
            SubscriptionStatus::Active
            | SubscriptionStatus::PastDue
            | SubscriptionStatus::Paused => None,
        }
    }

    /// Whether it can still come back in this row at that time.
    pub fn can_return(&self, at: Timestamp) -> bool {
        self.closed_at.is_none() && self.window_end().is_none_or(|end| at < end)
    }

    /// The subscriptions of a person.
    pub fn of_subscriber(subscriber: Id<Membership>) -> Query<Self> {
        Query::filter(Self::SUBSCRIBER_ID.eq(subscriber))
    }

    /// The subscriptions to a plan.
    pub fn of_plan(plan: Id<Plan>) -> Query<Self> {
        Query::filter(Self::PLAN_ID.eq(plan))
    }

    /// The subscriptions for which time has something to change, at that time, the earliest first.
    pub fn due_at(now: Timestamp) -> Query<Self> {
        Query::filter(Self::NEXT_ACTION_AT.le(NextAction::at(now)))
            .order_by(Self::NEXT_ACTION_AT, Direction::Asc)
    }
}
