//! What gives access.
mod grant;
mod status;

pub use grant::Grant;
pub use status::{GrantEvent, GrantStatus, RevokeReason};
