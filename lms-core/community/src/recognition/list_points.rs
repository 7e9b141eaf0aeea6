//! Points of a learner, and their reasons.
use serde::{Deserialize, Serialize};

use crate::recognition::{PointsEntry, points_of};
use lms_kernel::{Id, Timestamp, Title};
use lms_learning::learning::Learner;
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list, authorize_on},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which entries to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PointsFilter {
    /// Those of this learner.
    pub learner_id: Option<Id<Membership>>,
}

/// Points that a learner was given, or that were taken off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PointsView {
    /// The entry's id.
    pub id: Id<PointsEntry>,
    /// Who was given them.
    pub learner: Named<Membership>,
    /// How many; below zero where they were taken off.
    pub points: i32,
    /// What for.
    pub reason: Option<Title>,
    /// When.
    pub given_at: Timestamp,
}

/// Lists points that were given, the latest first.
///
/// # Permission
/// `points.view`; the list holds the entries on which the reader has it: learners see their own,
/// guardians those of their wards, teachers those of their learners.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("recognition.list_points")]
pub struct ListPoints {
    /// Which entries.
    pub filter: PointsFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListPoints {
    const ACCESS: Access = Access::Asks(&[Permission::POINTS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<PointsView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<PointsView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<PointsEntry>(tx, Permission::POINTS_VIEW)
            .await?
            .and_some(filter.learner_id, |learner| PointsEntry::LEARNER_ID.eq(learner));
        let query = query.order_by(PointsEntry::ID, Direction::Desc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let learners = items.iter().map(|it| it.learner_id);
        let learners = Names::read(tx, learners, Membership::name).await?;
        let views = items.into_iter().map(|it| PointsView {
            id: it.id,
            learner: learners.of(it.learner_id),
            points: it.points,
            reason: it.reason,
            given_at: it.stamp.created_at,
        });
        Ok(Page { items: views.collect(), next })
    }
}

/// Shows how many points a learner has.
///
/// # Permission
/// `points.view` on the learner.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("recognition.view_points")]
pub struct ViewPoints {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
}

impl Operation for ViewPoints {
    const ACCESS: Access = Access::Asks(&[Permission::POINTS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = i64;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<i64, AuthorizationError> {
        let Self { learner_id } = self;
        authorize_on(tx, Permission::POINTS_VIEW, &Learner(learner_id)).await?;
        tx.require(learner_id).await?;
        Ok(points_of(tx, learner_id).await?)
    }
}
