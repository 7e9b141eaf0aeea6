//! Subscription plans.
mod error;
mod keep_plans;
mod kind;
mod plan;
mod terms;

pub use error::PlanError;
pub use keep_plans::{ArchivePlan, CreatePlan, SetPlanItems};
pub use kind::PlanKind;
pub use plan::{Plan, PlanItem};
pub use terms::PlanTerms;
