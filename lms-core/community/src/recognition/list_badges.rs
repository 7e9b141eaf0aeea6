//! Badges that can be earned, and who has earned them.
use serde::{Deserialize, Serialize};

use crate::recognition::{Badge, BadgeAward, BadgeCategory, BadgeStatus, Criteria};
use lms_kernel::{Id, Link, Slug, Timestamp, Title};
use lms_learning::content::Prose;
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which badges to list; all where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct BadgeFilter {
    /// Those of this category.
    pub category: Option<BadgeCategory>,
    /// Those with this status.
    pub status: Option<BadgeStatus>,
}

/// A badge, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BadgeView {
    /// The badge's id.
    pub id: Id<Badge>,
    /// Its name.
    pub name: Title,
    /// Its name in addresses.
    pub slug: Slug,
    /// The achievement that it means.
    pub description: Option<Prose>,
    /// Its picture.
    pub icon_url: Option<Link>,
    /// What kind of badge it is.
    pub category: BadgeCategory,
    /// What it takes to earn it.
    pub criteria: Criteria,
    /// Whether it can be earned.
    pub status: BadgeStatus,
}

/// Lists the badges of the tenant by name.
///
/// # Permission
/// `badges.view` in the tenant.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("recognition.list_badges")]
pub struct ListBadges {
    /// Which badges.
    pub filter: BadgeFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListBadges {
    const ACCESS: Access = Access::Asks(&[Permission::BADGES_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<BadgeView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<BadgeView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<Badge>(tx, Permission::BADGES_VIEW)
            .await?
            .and_some(filter.category, |category| Badge::CATEGORY.eq(category))
            .and_some(filter.status, |status| Badge::STATUS.eq(status));
        let query = query.order_by(Badge::NAME, Direction::Asc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let views = items.into_iter().map(|it| BadgeView {
            id: it.id,
            name: it.name,
            slug: it.slug,
            description: it.description,
            icon_url: it.icon_url,
            category: it.category,
            criteria: it.criteria,
            status: it.status,
        });
        Ok(Page { items: views.collect(), next })
    }
}

/// Which awards to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct BadgeAwardFilter {
    /// Those of this learner.
    pub learner_id: Option<Id<Membership>>,
    /// Those of this badge.
    pub badge_id: Option<Id<Badge>>,
}

/// A badge that a learner earned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BadgeAwardView {
    /// The award's id.
    pub id: Id<BadgeAward>,
    /// The badge.
    pub badge: Named<Badge>,
    /// Who earned it.
    pub learner: Named<Membership>,
    /// When.
    pub earned_at: Timestamp,
}

/// Lists which learners earned which badges, the latest first.
///
/// # Permission
/// `progress.view`; the list holds the awards on which the reader has it: learners see their own,
/// guardians those of their wards, teachers those of their learners.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("recognition.list_badge_awards")]
pub struct ListBadgeAwards {
    /// Which awards.
    pub filter: BadgeAwardFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListBadgeAwards {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRESS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<BadgeAwardView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<BadgeAwardView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<BadgeAward>(tx, Permission::PROGRESS_VIEW)
            .await?
            .and_some(filter.learner_id, |learner| BadgeAward::LEARNER_ID.eq(learner))
            .and_some(filter.badge_id, |badge| BadgeAward::BADGE_ID.eq(badge));
        let query = query.order_by(BadgeAward::EARNED_AT, Direction::Desc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let badges = items.iter().map(|it| it.badge_id);
        let badges = Names::read(tx, badges, |it: &Badge| it.name.to_string()).await?;
        let learners = items.iter().map(|it| it.learner_id);
        let learners = Names::read(tx, learners, Membership::name).await?;
        let views = items.into_iter().map(|it| BadgeAwardView {
            id: it.id,
            badge: badges.of(it.badge_id),
            learner: learners.of(it.learner_id),
            earned_at: it.earned_at,
        });
        Ok(Page { items: views.collect(), next })
    }
}
