//! Managing badges, and awarding them.
use lms_store::operation::{Access, Effect, Operation, operation};
use std::collections::BTreeSet;

use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::recognition::{
    Achievements, Badge, BadgeAward, BadgeAwarded, BadgeCategory, BadgeStatus, Criteria, points_of,
};
use lms_kernel::{Id, Link, Slug, Title};
use lms_learning::{
    content::{ContentNode, NodeKind, Prose},
    learning::{Enrollment, Learner, LearnerStats, NodeProgress, ProgressStatus},
};
use lms_people::{
    authorization::{AuthorizationError, Permission, TheTenant, authorize_on},
    identity::Membership,
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{Record as _, StoreError, Transaction};

/// Why a badge or points were not given, or a badge not made.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum AwardError {
    /// The criteria are nested too deep.
    #[error("criteria are nested at most {} deep; make them flatter", Criteria::MAX_DEPTH)]
    #[fault(invalid, field = "criteria")]
    TooDeep,
    /// Another badge has the slug.
    #[error("another badge has this slug; choose one that is free")]
    #[fault(conflict, field = "slug")]
    SlugTaken,
    /// The badge can no longer be earned.
    #[error("the badge is retired; choose one that can be earned")]
    #[fault(conflict, field = "status")]
    Retired,
    /// The learner does not have it.
    #[error("the learner does not have the badge")]
    #[fault(not_found)]
    NotHeld,
    /// An entry of no points says nothing.
    #[error("the number of points must not be zero; award or deduct at least one")]
    #[fault(invalid, field = "points")]
    NoPoints,
    /// The tenant has no badges, or no points.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(StoreError),
}

impl From<StoreError> for AwardError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate { table: Badge::TABLE, .. } => Self::SlugTaken,
            error => Self::Store(error),
        }
    }
}

/// A badge to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeepBadge {
    /// Its name.
    pub name: Title,
    /// Its part of a web address.
    pub slug: Slug,
    /// What it is for, in words.
    pub description: Option<Prose>,
    /// Its picture.
    pub icon_url: Option<Link>,
    /// What it is for.
    pub category: BadgeCategory,
    /// What it takes.
    pub criteria: Criteria,
}

/// Creates a badge.
///
/// # Errors
/// [`AwardError::TooDeep`], [`AwardError::SlugTaken`].
#[operation("recognition.create_badge")]
pub struct CreateBadge {
    /// The badge's name, slug and criteria.
    pub badge: KeepBadge,
}

impl Operation for CreateBadge {
    const ACCESS: Access = Access::Asks(&[Permission::BADGES_MANAGE]);
    type Answer = Badge;
    type Error = AwardError;

    async fn run(self, tx: &mut Transaction) -> Result<Badge, AwardError> {
        let Self { badge: command } = self;
        require_feature(tx, Feature::Badges).await?;
        authorize_on(tx, Permission::BADGES_MANAGE, &TheTenant).await?;
        let KeepBadge { name, slug, description, icon_url, category, criteria } = command;
        if criteria.depth() > Criteria::MAX_DEPTH {
            return Err(AwardError::TooDeep);
        }
        let badge =
            Badge { description, icon_url, ..Badge::new(tx.cx(), name, slug, category, criteria) };
        tx.insert(&badge).await?;
        Ok(badge)
    }
}

/// Retires a badge: it can no longer be earned, and holders keep it.
///
/// # Errors
/// [`AwardError::Retired`] if it was retired before.
#[operation("recognition.retire_badge")]
pub struct RetireBadge {
    /// The badge to retire.
    pub badge_id: Id<Badge>,
}

impl Operation for RetireBadge {
    const ACCESS: Access = Access::Asks(&[Permission::BADGES_MANAGE]);
    type Answer = Badge;
    type Error = AwardError;

    async fn run(self, tx: &mut Transaction) -> Result<Badge, AwardError> {
        let Self { badge_id: badge } = self;
        authorize_on(tx, Permission::BADGES_MANAGE, &TheTenant).await?;
        let mut badge = active(tx, badge).await?;
        badge.status = BadgeStatus::Retired;
        tx.update(&mut badge).await?;
        Ok(badge)
    }
}

/// Awards a badge to a learner by hand. A holder's existing award is answered unchanged.
///
/// # Locks
/// The learner's membership is locked, so that this holds for concurrent awards too.
///
/// # Errors
/// [`AwardError::Retired`].
#[operation("recognition.award_badge")]
pub struct AwardBadge {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The badge to award.
    pub badge_id: Id<Badge>,
}

impl Operation for AwardBadge {
    const ACCESS: Access = Access::Asks(&[Permission::BADGES_AWARD]);
    type Answer = BadgeAward;
    type Error = AwardError;

    async fn run(self, tx: &mut Transaction) -> Result<BadgeAward, AwardError> {
        let Self { learner_id: learner, badge_id: badge } = self;
        require_feature(tx, Feature::Badges).await?;
        let learner = awardee(tx, learner).await?;
        let badge = active(tx, badge).await?;
        match tx.first(BadgeAward::held(learner.id, badge.id)).await? {
            Some(held) => Ok(held),
            None => Ok(give(tx, learner.id, badge.id).await?),
        }
    }
}

/// Revokes a badge from a learner.
///
/// # Errors
/// [`AwardError::NotHeld`].
#[operation("recognition.take_badge_back")]
pub struct TakeBadgeBack {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The badge to revoke.
    pub badge_id: Id<Badge>,
}

impl Operation for TakeBadgeBack {
    const ACCESS: Access = Access::Asks(&[Permission::BADGES_AWARD]);
    type Answer = ();
    type Error = AwardError;

    async fn run(self, tx: &mut Transaction) -> Result<(), AwardError> {
        let Self { learner_id: learner, badge_id: badge } = self;
        let learner = awardee(tx, learner).await?;
        let held = tx.first(BadgeAward::held(learner.id, badge)).await?;
        let mut held = held.ok_or(AwardError::NotHeld)?;
        Ok(tx.delete(&mut held).await?)
    }
}

/// Awards a learner every badge whose criteria are met and that they never held. Running it again
/// awards nothing more, and a revoked badge stays revoked.
///
/// # Locks
/// The learner's membership is locked.
///
/// # Errors
/// [`AwardError`].
#[operation("recognition.award_earned_badges")]
pub struct AwardEarnedBadges {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The learner's achievements so far.
    pub done: Achievements,
}

impl Operation for AwardEarnedBadges {
    const ACCESS: Access = Access::Asks(&[Permission::BADGES_AWARD]);
    type Answer = Vec<BadgeAward>;
    type Error = AwardError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<BadgeAward>, AwardError> {
        let Self { learner_id: learner, done } = self;
        let done = &done;
        require_feature(tx, Feature::Badges).await?;
        let learner = awardee(tx, learner).await?;
        // A badge that was taken back counts as had: only a person gives it again.
        let had = tx.all(BadgeAward::of_learner(learner.id).with_deleted()).await?;
        let mut awards = Vec::new();
        for badge in tx.all(Badge::active()).await? {
            let had_it = had.iter().any(|it| it.badge_id == badge.id);
            if !had_it && badge.criteria.are_met_by(done) {
                awards.push(give(tx, learner.id, badge.id).await?);
            }
        }
        Ok(awards)
    }
}

/// Shows what a learner has done as far as the records of learning and the points tell: lessons and
/// activities count once, however often their content was changed and done again. Perfect scores,
/// comments and reactions are added by
/// [`ViewAchievements`](crate::engagement::ViewAchievements).
///
/// # Errors
/// [`AwardError`].
#[operation("recognition.view_studies")]
pub struct ViewStudies {
    /// The learner.
    pub learner_id: Id<Membership>,
}

impl Operation for ViewStudies {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRESS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Achievements;
    type Error = AwardError;

    async fn run(self, tx: &mut Transaction) -> Result<Achievements, AwardError> {
        achievements_of(tx, self.learner_id).await
    }
}

pub(crate) async fn achievements_of(
    tx: &mut Transaction,
    learner: Id<Membership>,
) -> Result<Achievements, AwardError> {
    authorize_on(tx, Permission::PROGRESS_VIEW, &Learner(learner)).await?;
    let learner = tx.require(learner).await?;
    let stats = tx.first(LearnerStats::of(learner.id)).await?;
    let (mut courses, mut nodes) = (BTreeSet::new(), BTreeSet::new());
    for enrollment in tx.all(Enrollment::of_learner(learner.id)).await? {
        let done = NodeProgress::STATUS.eq(ProgressStatus::Completed);
        let progress = tx.all(NodeProgress::of(enrollment.id).and(done)).await?;
        nodes.extend(progress.iter().map(|it| it.node_id));
        if enrollment.completed_at.is_some() {
            courses.insert(enrollment.course_id);
        }
    }
    let points = points_of(tx, learner.id).await?;
    let ids: Vec<_> = nodes.iter().copied().collect();
    let found = tx.get_many::<ContentNode>(&ids).await?;
    let of = |kind| found.iter().filter(|it| it.kind == kind).count();
    let most = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
    Ok(Achievements {
        lessons_completed: most(of(NodeKind::Lesson)),
        activities_completed: most(of(NodeKind::Activity)),
        nodes_completed: nodes,
        courses_completed: courses,
        longest_streak_days: stats.as_ref().map_or(0, |it| it.longest_streak_days),
        points,
        joined_at: learner.joined_at,
        ..Achievements::default()
    })
}

/// The learner, locked so that what they have is read and given by one after the other.
async fn awardee(tx: &mut Transaction, learner: Id<Membership>) -> Result<Membership, AwardError> {
    authorize_on(tx, Permission::BADGES_AWARD, &Learner(learner)).await?;
    Ok(tx.lock(learner).await?)
}

async fn active(tx: &mut Transaction, badge: Id<Badge>) -> Result<Badge, AwardError> {
    let badge = tx.require(badge).await?;
    match badge.status {
        BadgeStatus::Active => Ok(badge),
        BadgeStatus::Retired => Err(AwardError::Retired),
    }
}

async fn give(
    tx: &mut Transaction,
    learner: Id<Membership>,
    badge: Id<Badge>,
) -> Result<BadgeAward, StoreError> {
    let award = BadgeAward::new(tx.cx(), learner, badge);
    tx.insert(&award).await?;
    tx.emit(&BadgeAwarded { award_id: award.id, badge_id: badge, learner_id: learner });
    Ok(award)
}
