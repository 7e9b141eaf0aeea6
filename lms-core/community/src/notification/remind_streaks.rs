//! Reminding learners of streaks that end today.
use chrono::NaiveDate;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use super::{
    occasions::Occasion,
    tell::{daily_cause, notification_id, tell_once, wording},
};
use crate::notification::{Announcement, Category, NotificationError, Told};
use lms_kernel::LocalDate;
use lms_learning::learning::{LearnerStats, Streak};
use lms_people::{
    authorization::{Permission, TheTenant, authorize_on},
    identity::MembershipStatus,
};
use lms_store::{Cursor, PageSize, Transaction};

/// Whether a streak of at least that many days ends unless the learner learns today: the last day
/// of activity was yesterday.
///
/// ```
/// use lms_learning::learning::Streak;
/// use lms_community::notification::is_at_risk;
///
/// let last_day = "2024-03-01".parse().ok();
/// let streak = Streak { current_days: 3, longest_days: 9, last_day };
/// assert!(is_at_risk(&streak, 3, "2024-03-02".parse().unwrap()));
/// assert!(!is_at_risk(&streak, 4, "2024-03-02".parse().unwrap()), "too short to matter");
/// assert!(!is_at_risk(&streak, 3, "2024-03-01".parse().unwrap()), "learned today");
/// assert!(!is_at_risk(&streak, 3, "2024-03-03".parse().unwrap()), "over");
/// ```
pub fn is_at_risk(streak: &Streak, least_days: u32, today: NaiveDate) -> bool {
    streak.current_days >= least_days.max(1)
        && streak.last_day.is_some()
        && streak.last_day.map(LocalDate::naive) == today.pred_opt()
}

/// How far a round of reminders came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StreakReminders {
    /// Who was reminded.
    pub told: Told,
    /// Where the next page starts; none when everyone has been looked at.
    pub next: Option<Cursor>,
}

/// Reminds learners whose streak of at least `least_days` days ends today, each by their own time
/// zone and once a day: one page of learners. Run it in the evening, or every hour.
///
/// # Errors
/// [`NotificationError`].
#[operation("notification.remind_of_streaks")]
pub struct RemindOfStreaks {
    /// The shortest streak to remind of, in days.
    pub least_days: u32,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for RemindOfStreaks {
    const ACCESS: Access = Access::Asks(&[Permission::NOTIFICATIONS_SEND]);
    type Answer = StreakReminders;
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<StreakReminders, NotificationError> {
        let Self { least_days, size, after } = self;
        authorize_on(tx, Permission::NOTIFICATIONS_SEND, &TheTenant).await?;
        let page = tx.page(LearnerStats::with_streak(least_days).page(size, after)).await?;
        let mut told = Told::default();
        for stats in page.items {
            let today = stats.time_zone.date(tx.now());
            if !is_at_risk(&stats.streak(), least_days, today) {
                continue;
            }
            let learner = tx.get(stats.learner_id).await?;
            if learner.is_none_or(|it| it.status != MembershipStatus::Active) {
                continue;
            }
            let text = "streak-at-risk";
            let values = [("days".to_owned(), stats.current_streak_days.to_string())].into();
            let occasion = Occasion { text, recipients: vec![stats.learner_id], values };
            let words = wording(tx, &occasion).await?;
            let start = super::quiet_hours::instant(today, 0, stats.time_zone);
            let id = notification_id(start, (daily_cause(today), text), stats.learner_id);
            let category = Category::Reminder;
            let announcement = Announcement {
                priority: words.priority,
                ..Announcement::new(stats.learner_id, category, words.title, words.body)
            };
            told.add(tell_once(tx, announcement, id).await?);
        }
        Ok(StreakReminders { told, next: page.next })
    }
}
