//! Changing a class.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use super::create_class::unused_join_code;
use crate::{
    content::Prose,
    delivery::{
        ClassEvent, ClassGroup, ClassMode, ClassModeError, ClassSchedule, ClassStatusChanged,
        Meeting, Program,
    },
};
use lms_kernel::{Id, Rejected, Slug, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, get_authorized},
    identity::{Absence, Membership, RequirePresent},
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{StoreError, Transaction};

/// One change to a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClassChange {
    /// Its name.
    Name(Title),
    /// What it is about.
    Description(Option<Prose>),
    /// Its level in the tenant's own words.
    Level(Option<String>),
    /// Who teaches it.
    Teacher(Option<Id<Membership>>),
    /// The program it is part of.
    Program(Option<Id<Program>>),
    /// How many students it takes. No one loses a seat; a freed one is only given when there is
    /// room again.
    Capacity(Option<u32>),
    /// How many may wait for a seat.
    WaitlistCapacity(Option<u32>),
    /// The key that the classes share among which a placement test chooses.
    PlacementGroup(Option<Slug>),
    /// When it meets; sessions that are planned stay as they are.
    Schedule(Option<ClassSchedule>),
    /// How and where it meets.
    Place {
        /// Whether it meets on site, online or both.
        mode: ClassMode,
        /// The room or address.
        location: Option<String>,
        /// Where on the network.
        meeting: Option<Meeting>,
    },
}

/// Why a class could not be changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ClassError {
    /// The class lacks what its mode needs.
    #[error(transparent)]
    #[fault(transparent)]
    Mode(#[from] ClassModeError),
    /// The class cannot take that step.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
    /// The tenant has no classes.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The person has left.
    #[error(transparent)]
    #[fault(transparent)]
    Absent(#[from] Absence),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Changes a class. After a change of its capacity, call
/// [`PromoteWaitlisted`](crate::delivery::PromoteWaitlisted).
///
/// # Locks
/// The class's row is locked, so that no one joins while its capacity changes.
///
/// # Errors
/// [`ClassError`].
#[operation("delivery.edit_class")]
pub struct EditClass {
    /// The class to change.
    pub class_id: Id<ClassGroup>,
    /// The changes, applied in order, all or none.
    pub changes: Vec<ClassChange>,
}

impl Operation for EditClass {
    const ACCESS: Access = Access::Asks(&[Permission::CLASSES_MANAGE]);
    type Answer = ClassGroup;
    type Error = ClassError;

    async fn run(self, tx: &mut Transaction) -> Result<ClassGroup, ClassError> {
        let Self { class_id: class, changes } = self;
        require_feature(tx, Feature::Classes).await?;
        let mut class = lead(tx, class).await?;
        for change in changes {
            match change {
                ClassChange::Name(it) => class.name = it,
                ClassChange::Description(it) => class.description = it,
                ClassChange::Level(it) => class.level = it,
                ClassChange::Teacher(it) => {
                    if let Some(member_id) = it {
                        tx.part(RequirePresent { member_id }).await??;
                    }
                    class.teacher_id = it;
                }
                ClassChange::Program(it) => class.program_id = it,
                ClassChange::Capacity(it) => class.capacity = it,
                ClassChange::WaitlistCapacity(it) => class.waitlist_capacity = it,
                ClassChange::PlacementGroup(it) => class.placement_group = it,
                ClassChange::Schedule(it) => class.schedule = it,
                ClassChange::Place { mode, location, meeting } => {
                    mode.check(location.as_deref(), meeting.as_ref())?;
                    (class.mode, class.location, class.meeting) = (mode, location, meeting);
                }
            }
        }
        tx.update(&mut class).await?;
        Ok(class)
    }
}

/// Changes the status of a class: deactivates, reactivates or ends it. A class can still be
/// deactivated and ended where the tenant has switched classes off.
///
/// # Errors
/// [`ClassError::Status`] where the table has no such step.
#[operation("delivery.change_class_status")]
pub struct ChangeClassStatus {
    /// The class to change.
    pub class_id: Id<ClassGroup>,
    /// The transition to apply.
    pub event: ClassEvent,
}

impl Operation for ChangeClassStatus {
    const ACCESS: Access = Access::Asks(&[Permission::CLASSES_MANAGE]);
    type Answer = ClassGroup;
    type Error = ClassError;

    async fn run(self, tx: &mut Transaction) -> Result<ClassGroup, ClassError> {
        let Self { class_id: class, event } = self;
        if event == ClassEvent::Reactivate {
            require_feature(tx, Feature::Classes).await?;
        }
        let mut class = lead(tx, class).await?;
        let from = class.status;
        class.status = from.apply(event)?;
        tx.update(&mut class).await?;
        tx.emit(&ClassStatusChanged { class_id: class.id, from, to: class.status });
        Ok(class)
    }
}

/// Replaces the join code of a class, so that the earlier one stops working; or removes it, where
/// `is_open` is false.
///
/// # Errors
/// [`ClassError`].
#[operation("delivery.renew_join_code")]
pub struct RenewJoinCode {
    /// The class whose code changes.
    pub class_id: Id<ClassGroup>,
    /// Whether the class has a new code; `false` leaves it without one.
    pub is_open: bool,
}

impl Operation for RenewJoinCode {
    const ACCESS: Access = Access::Asks(&[Permission::CLASSES_MANAGE]);
    type Answer = ClassGroup;
    type Error = ClassError;

    async fn run(self, tx: &mut Transaction) -> Result<ClassGroup, ClassError> {
        let Self { class_id: class, is_open } = self;
        if is_open {
            require_feature(tx, Feature::Classes).await?;
        }
        let mut class = lead(tx, class).await?;
        class.join_code = if is_open { Some(unused_join_code(tx).await?) } else { None };
        tx.update(&mut class).await?;
        Ok(class)
    }
}

async fn lead(tx: &mut Transaction, class: Id<ClassGroup>) -> Result<ClassGroup, ClassError> {
    let class = get_authorized(tx, Permission::CLASSES_MANAGE, class).await?;
    Ok(tx.lock(class.id).await?)
}
