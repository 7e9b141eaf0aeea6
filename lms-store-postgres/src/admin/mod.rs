//! What an operator does with the database: prepare it, and once the tables are made, partition
//! the high-volume ones, distribute all of them, and bind rows to their learners.
mod cluster;
mod learner_policy;
mod login;
mod partition;
mod prepare;
mod rights;

pub(crate) use cluster::require_cluster_ready;
pub use cluster::{distribute, distribution_sql};
pub use learner_policy::{LEARNER_SETTING, bind_rows_to_learners};
pub use login::Login;
pub use partition::{Partitioning, maintain, partition};
pub(crate) use prepare::let_work_as_application;
pub use prepare::prepare;
pub(crate) use rights::Rights;
