//! Creating a class.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::{
    content::{Course, Prose},
    delivery::{
        ClassCreated, ClassGroup, ClassMode, ClassModeError, ClassSchedule, JoinCode, Meeting,
        OrgUnitCourse, Program, UnitAccess,
    },
};
use lms_kernel::{Id, Slug, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, Protected, authorize_on, require_for},
    identity::{Absence, Membership, RequirePresent},
    tenancy::{Feature, FeatureError, OrgUnit, require_feature},
};
use lms_store::{Lock, StoreError, Transaction};

/// Creates an active class with a join code of its own.
///
/// A class at a unit needs the course to be active there; that record is locked, so that the
/// course cannot be taken from the unit at the same moment.
///
/// # Errors
/// [`CreateClassError`].
#[operation("delivery.create_class")]
pub struct CreateClass {
    /// The course that the class takes.
    pub course_id: Id<Course>,
    /// The class's name.
    pub name: Title,
    /// The program it is part of, if any.
    pub program_id: Option<Id<Program>>,
    /// The unit it belongs to; `None` for the tenant as a whole.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// The membership of its teacher; `None` while it has none.
    pub teacher_id: Option<Id<Membership>>,
    /// The description shown to learners.
    pub description: Option<Prose>,
    /// The level in the tenant's own words, at most 100 characters.
    pub level: Option<String>,
    /// The number of seats; `None` for no limit.
    pub capacity: Option<u32>,
    /// The number of places on the waitlist of a full class; `None` for no waitlist.
    pub waitlist_capacity: Option<u32>,
    /// The key shared by the classes among which a placement test chooses; `None` leaves it out of
    /// placement.
    pub placement_group: Option<Slug>,
    /// The weekly meeting times, from which sessions can be planned.
    pub schedule: Option<ClassSchedule>,
    /// Whether it meets on site, online or both.
    pub mode: ClassMode,
    /// The room or address of meetings on site.
    pub location: Option<String>,
    /// The link to online meetings.
    pub meeting: Option<Meeting>,
}

impl CreateClass {
    /// A class that meets in a room.
    pub fn offline(course_id: Id<Course>, name: Title, location: impl Into<String>) -> Self {
        let location = Some(location.into());
        Self { location, ..Self::blank(course_id, name, ClassMode::Offline) }
    }

    /// A class that meets on the network.
    pub fn online(course_id: Id<Course>, name: Title, meeting: Meeting) -> Self {
        Self { meeting: Some(meeting), ..Self::blank(course_id, name, ClassMode::Online) }
    }

    const fn blank(course_id: Id<Course>, name: Title, mode: ClassMode) -> Self {
        Self {
            course_id,
            name,
            program_id: None,
            org_unit_id: None,
            teacher_id: None,
            description: None,
            level: None,
            capacity: None,
            waitlist_capacity: None,
            placement_group: None,
            schedule: None,
            mode,
            location: None,
            meeting: None,
        }
    }
}

/// Why a class was not created.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum CreateClassError {
    /// The class lacks what its mode needs.
    #[error(transparent)]
    #[fault(transparent)]
    Mode(#[from] ClassModeError),
    /// The unit may not teach the course now.
    #[error("the unit may not teach the course; activate the course there first")]
    #[fault(conflict, field = "org_unit_id")]
    CourseNotActiveAtUnit,
    /// The level is too long.
    #[error("the level must have at most {most} characters")]
    #[fault(invalid, field = "level")]
    LevelTooLong {
        /// The most characters.
        most: usize,
    },
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

const LEVEL_MAX_LENGTH: usize = 100;
const JOIN_CODE_ATTEMPTS: usize = 5;

impl Operation for CreateClass {
    const ACCESS: Access = Access::Asks(&[Permission::CLASSES_CREATE]);
    type Answer = ClassGroup;
    type Error = CreateClassError;

    async fn run(self, tx: &mut Transaction) -> Result<ClassGroup, CreateClassError> {
        let command = self;
        require_feature(tx, Feature::Classes).await?;
        let course = require_for(tx, Permission::CLASSES_CREATE, command.course_id).await?;
        // A class gives its students seats in the course, so that is what is asked about: those who
        // lead it may, and in a unit that may teach it those who run classes there.
        let place = course.subject(tx).await?.in_unit(command.org_unit_id);
        authorize_on(tx, Permission::CLASSES_CREATE, &place).await?;
        command.mode.check(command.location.as_deref(), command.meeting.as_ref())?;
        if command.level.as_ref().is_some_and(|it| it.chars().count() > LEVEL_MAX_LENGTH) {
            return Err(CreateClassError::LevelTooLong { most: LEVEL_MAX_LENGTH });
        }
        if let Some(unit) = command.org_unit_id {
            require_active_at(tx, unit, course.id).await?;
        }
        if let Some(member_id) = command.teacher_id {
            tx.part(RequirePresent { member_id }).await??;
        }
        let class = ClassGroup {
            program_id: command.program_id,
            org_unit_id: command.org_unit_id,
            teacher_id: command.teacher_id,
            description: command.description,
            level: command.level,
            capacity: command.capacity,
            waitlist_capacity: command.waitlist_capacity,
            placement_group: command.placement_group,
            schedule: command.schedule,
            location: command.location,
            meeting: command.meeting,
            join_code: Some(unused_join_code(tx).await?),
            ..ClassGroup::new(tx.cx(), course.id, command.name, command.mode)
        };
        tx.insert(&class).await?;
        tx.emit(&ClassCreated { class_id: class.id, course_id: course.id });
        Ok(class)
    }
}

async fn require_active_at(
    tx: &mut Transaction,
    unit: Id<OrgUnit>,
    course: Id<Course>,
) -> Result<(), CreateClassError> {
    let access = tx.first(OrgUnitCourse::at(unit, course).lock(Lock::Share)).await?;
    match access {
        Some(access) if access.status == UnitAccess::Active => Ok(()),
        _ => Err(CreateClassError::CourseNotActiveAtUnit),
    }
}

/// A code that no class of the tenant has. One that another class takes at the same moment is
/// found by the unique key when the class is stored.
pub(super) async fn unused_join_code(tx: &mut Transaction) -> Result<JoinCode, StoreError> {
    let mut code = JoinCode::from_uuid(tx.id::<ClassGroup>().uuid());
    for _ in 1..JOIN_CODE_ATTEMPTS {
        if !tx.exists(ClassGroup::by_join_code(code.clone())).await? {
            break;
        }
        code = JoinCode::from_uuid(tx.id::<ClassGroup>().uuid());
    }
    Ok(code)
}
