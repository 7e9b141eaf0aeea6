//! The lifecycle of a subscription by time and by commands: pure steps.
use chrono::TimeDelta;
use lms_kernel::machine::{Rejected, Step, Transition};
use serde::{Deserialize, Serialize};

use crate::{
    Agreement, Interval, Subscription, SubscriptionEvent, SubscriptionStatus,
    subscriptions::boundary,
};
use lms_kernel::Timestamp;

/// A step of a subscription that is due by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionDue {
    /// The next period is to be billed.
    Bill,
    /// The subscriber is to be reminded of an unpaid period.
    Remind,
    /// The current period ends.
    PeriodEnd,
    /// The grace is over.
    GraceEnd,
    /// The time to go on after a pause has come.
    Resume,
    /// It has been paused for as long as it may.
    PauseLimit,
    /// The time in which it could come back is over.
    WindowEnd,
}

impl Subscription {
    /// What is due next, and when. None for what never ends and for what is over for good.
    pub fn due(&self) -> Option<(Timestamp, SubscriptionDue)> {
        use SubscriptionDue as D;
        let (at, due) = match self.status {
            SubscriptionStatus::Active => {
                let end = self.current_period_end?;
                let bill_at = end.saturating_sub(self.terms.billed_before());
                let bill_at = bill_at.max(self.current_period_start);
                let unbilled = self.billed_number <= self.period_number;
                match unbilled && !self.cancel_at_period_end && bill_at <= end {
                    true => (bill_at, D::Bill),
                    false => (end, D::PeriodEnd),
                }
            }
            SubscriptionStatus::PastDue => {
                self.next_reminder().unwrap_or((self.lapses_at()?, D::GraceEnd))
            }
            SubscriptionStatus::Paused => {
                let limit = self.pause_limit()?;
                match self.resume_at {
                    Some(at) if at <= limit => (at, D::Resume),
                    _ => (limit, D::PauseLimit),
                }
            }
            SubscriptionStatus::Cancelled | SubscriptionStatus::Expired => {
                if self.closed_at.is_some() {
                    return None;
                }
                (self.window_end()?, D::WindowEnd)
            }
        };
        (at < Timestamp::MAX).then_some((at, due))
    }

    fn next_reminder(&self) -> Option<(Timestamp, SubscriptionDue)> {
        let since = self.past_due_at?;
        let days = self.terms.reminder_days.get(usize::from(self.reminders))?;
        let at = since.saturating_add(TimeDelta::days(i64::from(*days)));
        (at < self.lapses_at()?).then_some((at, SubscriptionDue::Remind))
    }

    /// Does what is due. Billing makes no money come: it only notes that it was done.
    ///
    /// # Errors
    /// [`Rejected`] for what is not [due](Self::due).
    pub fn take(&mut self, due: SubscriptionDue, at: Timestamp) -> Result<(), Rejected> {
        let event = match due {
            SubscriptionDue::Bill => {
                self.billed_number = self.period_number.saturating_add(1);
                self.schedule();
                return Ok(());
            }
            SubscriptionDue::Remind => {
                self.reminders = self.reminders.saturating_add(1);
                self.schedule();
                return Ok(());
            }
            SubscriptionDue::PeriodEnd if self.paid_number > self.period_number => {
                SubscriptionEvent::PeriodEndPaid
            }
            SubscriptionDue::PeriodEnd if self.cancel_at_period_end => {
                SubscriptionEvent::PeriodEndCancelled
            }
            SubscriptionDue::PeriodEnd => SubscriptionEvent::PeriodEndUnpaid,
            SubscriptionDue::GraceEnd => SubscriptionEvent::GraceEnd,
            SubscriptionDue::Resume => SubscriptionEvent::Resume,
            SubscriptionDue::PauseLimit => SubscriptionEvent::PauseLimit,
            SubscriptionDue::WindowEnd => SubscriptionEvent::WindowEnd,
        };
        self.on(event, at).map(|_| ())
    }

    /// Takes every step due up to and including `now`, each as of its own time, so that it does not
    /// matter how often it runs. `told` receives every step before it is taken, and may take it
    /// otherwise: it returns whether it has.
    ///
    /// # Errors
    /// [`Rejected`] if `told` leaves it where the step does not go.
    pub fn advance(
        &mut self,
        now: Timestamp,
        mut told: impl FnMut(&mut Self, Timestamp, SubscriptionDue) -> bool,
    ) -> Result<(), Rejected> {
        while let Some((at, due)) = self.due()
            && at <= now
        {
            if !told(self, at, due) {
                self.take(due, at)?;
            }
        }
        Ok(())
    }

    /// That the period with that number is paid.
    ///
    /// A no-op is a payment that came too late for this subscription.
    ///
    /// # Errors
    /// [`Rejected`].
    pub fn paid(&mut self, number: i64, at: Timestamp) -> Transition<SubscriptionStatus> {
        let late = self.status == SubscriptionStatus::Expired && !self.can_return(at);
        let event = if late { SubscriptionEvent::PaidLate } else { SubscriptionEvent::Paid };
        let before = self.status;
        let step = before.apply(event)?;
        let Step::Applied(to) = step else { return Ok(step) };
        self.paid_number = self.paid_number.max(number);
        self.billed_number = self.billed_number.max(number);
        match before {
            SubscriptionStatus::PastDue if number > self.period_number => self.begin_next(),
            SubscriptionStatus::Expired => self.revive(number, at),
            SubscriptionStatus::Active
            | SubscriptionStatus::PastDue
            | SubscriptionStatus::Paused
            | SubscriptionStatus::Cancelled => {}
        }
        if to == SubscriptionStatus::Active {
            self.past_due_at = None;
            self.grace_until = None;
            self.reminders = 0;
            self.expired_at = None;
        }
        self.status = to;
        self.schedule();
        Ok(step)
    }

    /// What someone does, or what becomes due, at that time.
    ///
    /// # Errors
    /// [`Rejected`].
    pub fn on(
        &mut self,
        event: SubscriptionEvent,
        at: Timestamp,
    ) -> Transition<SubscriptionStatus> {
        use SubscriptionEvent as E;
        let before = self.status;
        let step = before.apply(event)?;
        let Step::Applied(to) = step else { return Ok(step) };
        match event {
            E::PeriodEndPaid => self.begin_next(),
            E::PeriodEndUnpaid => {
                self.past_due_at = Some(at);
                self.grace_until = Some(at.saturating_add(self.grace()));
            }
            E::PeriodEndCancelled => self.next = None,
            E::CancelAtPeriodEnd => {
                self.cancel_at_period_end = true;
                self.cancelled_at = Some(at);
            }
            E::UndoCancel => {
                self.cancel_at_period_end = false;
                self.cancelled_at = None;
            }
            E::CancelNow => self.cancel(before, at),
            E::Pause => self.rest(at),
            E::Resume => self.go_on(at),
            E::PauseLimit | E::GraceEnd => {
                self.expired_at = Some(at);
                self.paused_at = None;
                self.resume_at = None;
            }
            E::WindowEnd => self.closed_at = Some(at),
            E::Resubscribe => {
                self.cancel_at_period_end = false;
                self.cancelled_at = None;
            }
            E::MoneyReversed => self.lose_money(before, at),
            E::Paid | E::PaidLate | E::ResubscribeLate | E::ChangePlan => {}
        }
        self.status = to;
        self.schedule();
        Ok(step)
    }

    /// Whether a refund of that period ended it, and the period still runs at `at`. Where a person
    /// had cancelled it before, the refund was not its end.
    pub(crate) fn was_ended_by_refund(&self, number: i64, at: Timestamp) -> bool {
        self.status == SubscriptionStatus::Cancelled
            && self.period_number == number
            && self.closed_at.is_some()
            && self.closed_at == self.cancelled_at
            && self.current_period_end.is_none_or(|end| at < end)
    }

    /// Sets when time next changes something.
    pub(crate) fn schedule(&mut self) {
        self.next_action_at = self.due().map(|(at, _)| at).into();
    }

    /// The next period becomes the current one, where the last one ended, under another plan if
    /// that was agreed.
    fn begin_next(&mut self) {
        let start = self.current_period_end.unwrap_or(self.current_period_start);
        self.period_number = self.period_number.saturating_add(1);
        if let Some(next) = self.next.take() {
            self.agree(next);
            self.anchor_at = start;
            self.anchor_number = self.period_number;
        }
        self.current_period_start = start;
        self.current_period_end = self.period_start(self.period_number.saturating_add(1));
    }

    /// Adopts the agreed terms.
    pub(crate) fn agree(&mut self, agreement: Agreement) {
        let Agreement { plan, subject, interval, price, tax, terms } = agreement;
        self.plan_id = plan;
        self.subject = subject;
        self.interval = interval;
        self.price = price;
        self.tax = tax;
        self.terms = terms;
    }

    /// Goes on under another plan from `at`: with the same interval in the current period, with
    /// another one in a new period that begins then and is paid.
    ///
    /// # Errors
    /// [`Rejected`] unless it is active.
    pub fn change_plan(&mut self, agreement: Agreement, at: Timestamp) -> Result<(), Rejected> {
        let same = self.interval == agreement.interval;
        self.on(SubscriptionEvent::ChangePlan, at)?;
        self.next = None;
        self.agree(agreement);
        if !same {
            self.period_number = self.period_number.saturating_add(1);
            self.paid_number = self.period_number;
            self.billed_number = self.period_number;
            self.anchor_at = at;
            self.anchor_number = self.period_number;
            self.current_period_start = at;
            self.current_period_end = self.period_start(self.period_number.saturating_add(1));
        }
        self.schedule();
        Ok(())
    }

    /// The current period ends so much later than `at`, and what follows is counted from there.
    fn end_after(&mut self, at: Timestamp, remaining: TimeDelta) {
        let end = at.saturating_add(remaining);
        self.current_period_end = Some(end);
        self.anchor_at = end;
        self.anchor_number = self.period_number.saturating_add(1);
    }

    /// Begins with a trial of so many days of its calendar: the first paid period follows it.
    pub(crate) fn begin_trial(&mut self, days: u16) {
        let trial = Interval::Days(days);
        let end = boundary(self.zone, self.started_at, trial, 1);
        self.end_after(self.started_at, end.since(self.started_at));
        self.trial_ends_at = Some(end);
        self.schedule();
    }

    fn rest(&mut self, at: Timestamp) {
        let left = self.current_period_end.map(|end| end.since(at).max(TimeDelta::zero()));
        self.remaining_micros = left.and_then(|it| it.num_microseconds());
        self.paused_at = Some(at);
        self.pauses = self.pauses.saturating_add(1);
    }

    fn go_on(&mut self, at: Timestamp) {
        if let Some(remaining) = self.remaining() {
            self.end_after(at, remaining);
        }
        self.remaining_micros = None;
        self.paused_at = None;
        self.resume_at = None;
    }

    fn cancel(&mut self, before: SubscriptionStatus, at: Timestamp) {
        if before == SubscriptionStatus::Paused {
            self.go_on(at);
        }
        if before == SubscriptionStatus::PastDue {
            // Nothing paid is left to come back to.
            self.closed_at = Some(at);
        }
        self.cancelled_at = Some(at);
        self.next = None;
        self.past_due_at = None;
        self.grace_until = None;
    }

    fn lose_money(&mut self, before: SubscriptionStatus, at: Timestamp) {
        if before == SubscriptionStatus::Paused {
            self.go_on(at);
        }
        self.paid_number = self.period_number.saturating_sub(1);
        self.cancel_at_period_end = false;
        self.past_due_at.get_or_insert(at);
        self.grace_until = None;
    }

    /// It comes back: the time that a pause kept goes on, or the paid period begins now.
    fn revive(&mut self, number: i64, at: Timestamp) {
        match self.remaining() {
            Some(remaining) => {
                self.end_after(at, remaining);
                self.remaining_micros = None;
            }
            None => {
                self.period_number = number;
                if let Some(next) = self.next.take() {
                    self.agree(next);
                }
                self.anchor_at = at;
                self.anchor_number = number;
                self.current_period_start = at;
                self.current_period_end = self.period_start(number.saturating_add(1));
            }
        }
    }
}
