//! The built-in catalogue of badges.
use crate::recognition::{AwardError, Badge, BadgeCategory, Criteria};
use lms_kernel::{Slug, Title};
use lms_people::{
    authorization::{Permission, TheTenant, authorize_on},
    tenancy::{Feature, require_feature},
};
use lms_store::operation::{Access, Operation, operation};
use lms_store::{Query, Transaction};

/// A badge to start with: its name and slug are English and may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadgeSketch {
    /// Its name.
    pub name: &'static str,
    /// Its part of a web address.
    pub slug: &'static str,
    /// What it is for.
    pub category: BadgeCategory,
    /// What it takes.
    pub criteria: Criteria,
}

/// The badges that source schema 003 lists as examples. Where it gives no number, the number is
/// ours and may be changed: ten helpful reactions, fifty comments.
pub fn badge_catalogue() -> Vec<BadgeSketch> {
    use BadgeCategory as B;
    use Criteria as C;
    let sketch = |name, slug, category, criteria| BadgeSketch { name, slug, category, criteria };
    let streak = |count| C::StreakDays { count };
    vec![
        sketch("First Lesson", "first-lesson", B::Progress, C::LessonsCompleted { count: 1 }),
        sketch("Unit Complete", "unit-complete", B::Progress, C::LessonsCompleted { count: 5 }),
        sketch("Module Master", "module-master", B::Progress, C::LessonsCompleted { count: 25 }),
        sketch(
            "Course Graduate",
            "course-graduate",
            B::Progress,
            C::CourseCompleted { course: None },
        ),
        sketch("3-Day Streak", "three-day-streak", B::Streak, streak(3)),
        sketch("Week Warrior", "week-warrior", B::Streak, streak(7)),
        sketch("Month Master", "month-master", B::Streak, streak(30)),
        sketch("Year Champion", "year-champion", B::Streak, streak(365)),
        sketch("First Comment", "first-comment", B::Social, C::CommentsPosted { count: 1 }),
        sketch("Helpful Answer", "helpful-answer", B::Social, C::ReactionsReceived { count: 10 }),
        sketch("Top Contributor", "top-contributor", B::Social, C::CommentsPosted { count: 50 }),
        sketch("Early Adopter", "early-adopter", B::Special, C::Manual),
        sketch("Beta Tester", "beta-tester", B::Special, C::Manual),
        sketch(
            "Perfect Score",
            "perfect-score",
            B::Special,
            C::PerfectScore { count: 1, kind: None },
        ),
    ]
}

/// Adds the badges of the built-in catalogue that the tenant does not have yet, by slug, and
/// answers them. Running it again adds nothing more.
///
/// # Errors
/// [`AwardError`].
#[operation("recognition.adopt_badge_catalogue")]
pub struct AdoptBadgeCatalogue {}

impl Operation for AdoptBadgeCatalogue {
    const ACCESS: Access = Access::Asks(&[Permission::BADGES_MANAGE]);
    type Answer = Vec<Badge>;
    type Error = AwardError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<Badge>, AwardError> {
        require_feature(tx, Feature::Badges).await?;
        authorize_on(tx, Permission::BADGES_MANAGE, &TheTenant).await?;
        let held = tx.all(Query::<Badge>::all()).await?;
        let mut new = Vec::new();
        for sketch in badge_catalogue() {
            let (Ok(name), Ok(slug)) = (Title::new(sketch.name), Slug::new(sketch.slug)) else {
                continue;
            };
            if !held.iter().any(|it| it.slug == slug) {
                new.push(Badge::new(tx.cx(), name, slug, sketch.category, sketch.criteria));
            }
        }
        tx.insert_all(&new).await?;
        Ok(new)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_sketch_can_become_a_badge() {
        let sketches = badge_catalogue();
        let slugs: BTreeSet<_> = sketches.iter().map(|it| it.slug).collect();
        assert_eq!(slugs.len(), sketches.len());
        for sketch in &sketches {
            assert!(Title::new(sketch.name).is_ok() && Slug::new(sketch.slug).is_ok());
            assert!(sketch.criteria.depth() <= Criteria::MAX_DEPTH);
        }
    }
}
