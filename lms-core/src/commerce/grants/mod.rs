//! What gives access.
mod access;
mod give;
mod grant;
mod source;
mod status;

pub use access::{AccessDecision, access_to, accessible};
pub(crate) use give::{give, take_back};
pub use grant::Grant;
pub use source::{AccessSource, AccessSourceKind};
pub use status::{GrantEvent, GrantStatus, RevokeReason};
