//! Viewing the dashboard of a class.
use lms_derive::DomainError;
use lms_store::operation::{Access, Effect, Operation, operation};

use crate::{
    delivery::ClassGroup,
    learning::{ClassDashboard, ClassFigures},
};
use lms_kernel::Id;
use lms_people::authorization::{AuthorizationError, Permission, get_authorized};
use lms_store::{StoreError, Transaction};

/// Why the dashboard of a class is not shown.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum DashboardError {
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Shows the progress of a class, for its teachers and the heads of its unit.
///
/// # Errors
/// [`DashboardError`].
#[operation("learning.view_class_dashboard")]
pub struct ViewClassDashboard {
    /// The class to show.
    pub class_id: Id<ClassGroup>,
}

impl Operation for ViewClassDashboard {
    const ACCESS: Access = Access::Asks(&[Permission::DASHBOARDS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = ClassFigures;
    type Error = DashboardError;

    async fn run(self, tx: &mut Transaction) -> Result<ClassFigures, DashboardError> {
        let Self { class_id: class } = self;
        let class = get_authorized(tx, Permission::DASHBOARDS_VIEW, class).await?;
        Ok(tx.report(ClassDashboard { class_id: class.id }).await?)
    }
}
