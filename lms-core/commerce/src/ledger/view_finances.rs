//! Income and expenses of a unit.
use crate::{FinanceTotal, UnitFinances};
use lms_kernel::{Id, TimeRange};
use lms_people::{
    authorization::{AuthorizationError, Permission, get_authorized},
    tenancy::OrgUnit,
};
use lms_store::{
    Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Shows what a unit took and spent in a time, by kind of entry and currency.
///
/// # Permission
/// `reports.view_finance` in the unit.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("commerce.view_unit_finances")]
pub struct ViewUnitFinances {
    /// The centre or branch.
    pub org_unit_id: Id<OrgUnit>,
    /// The time: entries that happened in it count.
    pub during: TimeRange,
}

impl Operation for ViewUnitFinances {
    const ACCESS: Access = Access::Asks(&[Permission::REPORTS_VIEW_FINANCE]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<FinanceTotal>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<FinanceTotal>, AuthorizationError> {
        let Self { org_unit_id, during } = self;
        let unit = get_authorized(tx, Permission::REPORTS_VIEW_FINANCE, org_unit_id).await?;
        Ok(tx.report(UnitFinances { org_unit_id: unit.id, during }).await?)
    }
}
