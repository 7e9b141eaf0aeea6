//! What learners do, and what is done for them: one file per use case.
mod enroll_learner;

pub use enroll_learner::{EnrollError, EnrollLearner, enroll_learner};
