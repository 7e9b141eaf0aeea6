//! Orders that are paid in parts.
mod events;
mod instalment;
mod sync;

pub use events::InstalmentChanged;
pub use instalment::{Instalment, InstalmentEvent, InstalmentStatus, InstalmentTerms, covered};
pub use sync::PassInstalmentsDue;
pub(crate) use sync::sync_instalments;
