//! What an operator may do with the tables once they are made: partition the high-volume ones,
//! distribute all of them, and bind rows to their learners.
mod distribute;
mod learner_policy;
mod partition;

pub use distribute::{distribute, distribution_sql};
pub use learner_policy::{LEARNER_SETTING, bind_rows_to_learners};
pub use partition::{Partitioning, maintain, partition};
