//! What people subscribe to.
mod error;
mod keep_plans;
mod kind;
mod plan;
mod terms;

pub use error::PlanError;
pub use keep_plans::{CreatePlan, archive_plan, create_plan, set_plan_items};
pub use kind::PlanKind;
pub use plan::{Plan, PlanItem};
pub use terms::PlanTerms;
