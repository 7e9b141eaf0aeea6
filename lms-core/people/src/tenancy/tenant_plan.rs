//! Plans of tenants: prices and limits.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::tenancy::PlanLimits;
use lms_kernel::{Context, EntityKind, Id, Money, Timestamp, Title};
use lms_store::{Direction, Query, Record, Stamp};

/// Whether a plan counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum TenantPlanStatus {
    /// It holds in its period.
    Active,
    /// It never does: it was ended before it began.
    Inactive,
}

/// A tenant's plan with the platform for a time: its price and its limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "tenant_plans", index(started_at))]
pub struct TenantPlan {
    /// The plan's id.
    pub id: Id<TenantPlan>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Its name, such as `Free` or `Enterprise`.
    pub name: Title,
    /// The most learners at a time; none for as many as there are.
    pub max_students: Option<u32>,
    /// The most staff and administrators at a time.
    pub max_staff: Option<u32>,
    /// The most storage, in megabytes of 1,000,000 bytes.
    pub max_storage_mb: Option<u32>,
    /// What it costs each month.
    #[record(prefixed)]
    pub price_per_month: Money,
    /// Whether it counts.
    pub status: TenantPlanStatus,
    /// From when it holds.
    pub started_at: Timestamp,
    /// Until when it holds, exclusive; none for no end.
    pub expires_at: Option<Timestamp>,
    /// Until when it is tried and its days cost nothing, exclusive; none for no trial.
    pub trial_ends_at: Option<Timestamp>,
}

impl TenantPlan {
    /// What a plan is called in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("tenant_plan");

    /// A plan from now on, without end.
    pub fn new(cx: &Context, name: Title, price_per_month: Money, limits: PlanLimits) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            name,
            max_students: limits.max_students,
            max_staff: limits.max_staff,
            max_storage_mb: limits.max_storage_mb,
            price_per_month,
            status: TenantPlanStatus::Active,
            started_at: cx.now(),
            expires_at: None,
            trial_ends_at: None,
        }
    }

    /// How large the tenant may grow under it.
    pub const fn limits(&self) -> PlanLimits {
        PlanLimits {
            max_students: self.max_students,
            max_staff: self.max_staff,
            max_storage_mb: self.max_storage_mb,
        }
    }

    /// Whether it holds at an instant: active, started, not over.
    pub fn is_effective(&self, at: Timestamp) -> bool {
        self.status == TenantPlanStatus::Active
            && self.started_at <= at
            && self.expires_at.is_none_or(|end| at < end)
    }

    /// Whether it is tried at an instant, and costs nothing then.
    pub fn is_tried(&self, at: Timestamp) -> bool {
        self.trial_ends_at.is_some_and(|end| at < end)
    }

    /// The tenant's plans, the latest first.
    pub fn latest_first() -> Query<Self> {
        Query::all().order_by(Self::STARTED_AT, Direction::Desc)
    }
}

/// The plan that holds at an instant: of those that do, the one that started last.
pub fn effective_plan(plans: &[TenantPlan], at: Timestamp) -> Option<&TenantPlan> {
    plans.iter().filter(|it| it.is_effective(at)).max_by_key(|it| (it.started_at, it.id))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use lms_kernel::{Actor, Currency, SequentialIds, TenantId};

    fn plan(start: i64, end: Option<i64>) -> TenantPlan {
        let at = |micros| Timestamp::from_micros(micros).unwrap();
        let ids = Arc::new(SequentialIds::starting_at(start.unsigned_abs()));
        let cx = Context::new(TenantId::SINGLE, Actor::system("test"), at(start), ids);
        let name = Title::new("Pro").unwrap();
        let mut plan =
            TenantPlan::new(&cx, name, Money::zero(Currency::EUR), PlanLimits::default());
        plan.expires_at = end.map(at);
        plan
    }

    #[test]
    fn a_plan_holds_from_its_start_to_just_before_its_end() {
        let plan = plan(10, Some(20));
        let holds = |micros| plan.is_effective(Timestamp::from_micros(micros).unwrap());
        assert_eq!([9, 10, 19, 20].map(holds), [false, true, true, false]);
        let ended = TenantPlan { status: TenantPlanStatus::Inactive, ..plan.clone() };
        assert!(!ended.is_effective(Timestamp::from_micros(15).unwrap()));
    }

    #[test]
    fn of_several_plans_the_latest_holds() {
        let plans = [plan(10, None), plan(30, Some(40)), plan(20, None)];
        let start = |micros| {
            let at = Timestamp::from_micros(micros).unwrap();
            effective_plan(&plans, at).map(|it| it.started_at.micros())
        };
        assert_eq!([5, 10, 25, 35, 40].map(start), [None, Some(10), Some(20), Some(30), Some(20)]);
    }
}
