//! What learners do, and what is done for them: one file per use case.
mod enroll_learner;

pub(crate) use enroll_learner::grant_enrollment;
pub use enroll_learner::{EnrollError, EnrollLearner, enroll_learner};
