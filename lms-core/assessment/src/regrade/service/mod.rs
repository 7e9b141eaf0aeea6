//! Deciding on a regrading, and carrying it out.
mod chunk;
mod error;
mod preview;
mod run;
mod start;

pub use error::RegradeError;
pub use preview::{PreviewRegrade, RegradePreview};
pub use run::{ContinueRegrade, RegradeProgress, RegradeStep, run_regrade};
pub use start::{Ruling, StartRegrade};
