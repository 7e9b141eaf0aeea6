//! Access grants.
mod access;
mod end_grants;
mod enroll;
mod events;
mod give;
mod grant;
mod seat;
mod source;
mod status;

pub use access::{AccessDecision, access_to, accessible};
pub use end_grants::EndGrantsDue;
pub(crate) use enroll::{grant_source, is_bought, prolong_enrollments, sync_enrollments};
pub use events::{AccessEnded, AccessGranted, EnrollmentRefused};
pub(crate) use give::{contents, give, take_back};
pub use grant::Grant;
pub use seat::{RedeemSeat, Seat, SeatError};
pub(crate) use seat::{give_seats, take_seats_back};
pub use source::{AccessSource, AccessSourceKind};
pub use status::{GrantEvent, GrantStatus, RevokeReason};
