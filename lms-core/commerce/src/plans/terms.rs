//! The terms of a plan: billing, grace, pauses and trials.
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{PlanError, Proration};

/// What a plan allows besides what it gives: when periods are billed, how long an unpaid one is
/// borne, how long it may rest. A subscription keeps the terms under which it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanTerms {
    /// How many days before a period ends the next one is billed, 0 to 27.
    pub bill_days_before: u16,
    /// For how many days after a period that was not paid access goes on.
    pub grace_days: u16,
    /// After how many days of not being paid the subscriber is reminded, ascending; only days
    /// within the grace count.
    pub reminder_days: Vec<u16>,
    /// For how many days after it expired a payment brings the subscription back.
    pub reactivation_days: u16,
    /// For how many days it may be paused at most; with 0 it may not be paused.
    pub max_pause_days: u16,
    /// How often it may be paused.
    pub max_pauses: u16,
    /// How a part of a period is measured.
    pub proration: Proration,
    /// For how many days a learner tries it for nothing before the first paid period, 0 to 365;
    /// each learner once.
    #[serde(default)]
    pub trial_days: u16,
    /// Whether a paused subscription gives access.
    pub access_while_paused: bool,
    /// Whether a subscription gives access whose payment the bank reversed.
    pub access_after_reversal: bool,
}

impl Default for PlanTerms {
    /// Billed three days before, seven days of grace with reminders on the first, third and sixth,
    /// thirty days to come back, three pauses of up to ninety days, no access without money.
    fn default() -> Self {
        Self {
            bill_days_before: 3,
            grace_days: 7,
            reminder_days: vec![1, 3, 6],
            reactivation_days: 30,
            max_pause_days: 90,
            max_pauses: 3,
            proration: Proration::Day,
            trial_days: 0,
            access_while_paused: false,
            access_after_reversal: false,
        }
    }
}

impl PlanTerms {
    /// Refuses terms that make no sense.
    ///
    /// # Errors
    /// [`PlanError::Terms`].
    pub fn check(&self) -> Result<(), PlanError> {
        let ascending = self.reminder_days.is_sorted_by(|one, next| one < next);
        let fits = self.bill_days_before <= 27 && self.trial_days <= 365;
        if ascending && fits { Ok(()) } else { Err(PlanError::Terms) }
    }

    pub(crate) fn grace(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.grace_days))
    }

    pub(crate) fn reactivation(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.reactivation_days))
    }

    pub(crate) fn longest_pause(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.max_pause_days))
    }

    pub(crate) fn billed_before(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.bill_days_before))
    }
}
