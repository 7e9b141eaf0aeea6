//! A tenant as a file, to be moved to another store: out as JSON lines, and in again.
mod error;
mod export_tenant;
mod import_tenant;
mod line;
mod order;

pub use error::TransferError;
pub use export_tenant::{ExportTenant, ExportedPage, TransferPosition};
pub use import_tenant::{ImportReport, ImportTenant, TenantLines};
pub use line::{TRANSFER_FORMAT, TRANSFER_VERSION};
