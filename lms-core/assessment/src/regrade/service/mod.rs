//! Deciding on a regrading, and carrying it out.
mod chunk;
mod error;
mod preview;
mod run;
mod start;

pub use error::RegradeError;
pub use preview::{PreviewRegrade, RegradePreview, preview_regrade};
pub use run::{RegradeProgress, RegradeStep, continue_regrade, run_regrade};
pub use start::{Ruling, StartRegrade, start_regrade};
