//! Reports on learning for those who run a school or a unit.
use crate::{
    delivery::{TutorLoad, TutorLoadLine},
    learning::{StudentProgress, StudentProgressLine},
};
use lms_kernel::{Id, TimeRange};
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on, require_for},
    tenancy::OrgUnit,
};
use lms_store::{
    Record as _, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Shows how each student of a unit, or of the tenant, gets on.
///
/// # Permission
/// `reports.view` in the unit; in the tenant where no unit is named.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("learning.view_student_progress")]
pub struct ViewStudentProgress {
    /// Only the students of this unit itself; all when there is none.
    pub org_unit_id: Option<Id<OrgUnit>>,
}

impl Operation for ViewStudentProgress {
    const ACCESS: Access = Access::Asks(&[Permission::REPORTS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<StudentProgressLine>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Self::Answer, AuthorizationError> {
        let Self { org_unit_id } = self;
        authorize_report(tx, org_unit_id).await?;
        Ok(tx.report(StudentProgress { org_unit_id }).await?)
    }
}

/// Shows how much each person teaches in a time.
///
/// # Permission
/// `reports.view` in the unit; in the tenant where no unit is named.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("learning.view_tutor_load")]
pub struct ViewTutorLoad {
    /// Only what belongs to this unit itself; everything when there is none.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// The time in which lessons are counted.
    pub window: TimeRange,
}

impl Operation for ViewTutorLoad {
    const ACCESS: Access = Access::Asks(&[Permission::REPORTS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Vec<TutorLoadLine>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Self::Answer, AuthorizationError> {
        let Self { org_unit_id, window } = self;
        authorize_report(tx, org_unit_id).await?;
        Ok(tx.report(TutorLoad { org_unit_id, window }).await?)
    }
}

async fn authorize_report(
    tx: &mut Transaction,
    unit: Option<Id<OrgUnit>>,
) -> Result<(), AuthorizationError> {
    let subject = match unit {
        Some(unit) => {
            let unit = require_for(tx, Permission::REPORTS_VIEW, unit).await?;
            Subject::default().in_unit(Some(unit.id()))
        }
        None => Subject::default(),
    };
    authorize_on(tx, Permission::REPORTS_VIEW, &subject).await?;
    Ok(())
}
