//! Planning a session.
use chrono::TimeDelta;
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use super::bookings::{Subjects, bookings_of, students_of};
use crate::{
    content::{Course, Prose},
    delivery::{
        Booking, Clash, ClassGroup, Meeting, RecurrenceError, RecurrenceLimit, Room, Session,
        SessionPlanned, clashes, is_available,
    },
};
use lms_kernel::{Id, Rejected, TimeRange, TimeZone, Title};
use lms_people::{
    authorization::{
        AuthorizationError, Permission, Protected, Subject, authorize_on, get_authorized,
        require_for,
    },
    identity::{Absence, Membership, StaffProfile},
    tenancy::{Feature, FeatureError, OrgUnit, TenantSettings, require_feature},
};
use lms_store::{StoreError, Transaction};

/// How a session that would clash with others is treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClashPolicy {
    /// It is not planned.
    #[default]
    Refuse,
    /// It is planned all the same.
    Allow,
}

/// Schedules a session.
///
/// Clashes of students are found as far as they are known.
///
/// # Locks
/// The class, the tutor and the room are locked, in this order, before clashes are looked for, so
/// that two sessions planned at once never take the same tutor or room.
///
/// # Errors
/// [`SessionError`].
#[operation("delivery.plan_session")]
pub struct PlanSession {
    /// The class that meets; `None` for a session outside a class.
    pub class_id: Option<Id<ClassGroup>>,
    /// The course it is about; `None` uses the class's.
    pub course_id: Option<Id<Course>>,
    /// The unit it belongs to; `None` uses the class's.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// The membership of the teacher or speaker.
    pub host_id: Id<Membership>,
    /// The room; `None` for a session without one.
    pub room_id: Option<Id<Room>>,
    /// The session's title.
    pub title: Title,
    /// The description shown to participants.
    pub description: Option<Prose>,
    /// The start and end, at most 24 hours apart.
    pub range: TimeRange,
    /// The link to meet online; `None` for a session on site.
    pub meeting: Option<Meeting>,
    /// Whether to refuse or allow a session that clashes with others.
    pub clash_policy: ClashPolicy,
}

impl PlanSession {
    /// A session that belongs to nothing yet and must not clash.
    pub const fn new(host_id: Id<Membership>, title: Title, range: TimeRange) -> Self {
        Self {
            class_id: None,
            course_id: None,
            org_unit_id: None,
            host_id,
            room_id: None,
            title,
            description: None,
            range,
            meeting: None,
            clash_policy: ClashPolicy::Refuse,
        }
    }
}

/// Why something could not be done with a session.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum SessionError {
    /// Someone or something would be at two sessions at once.
    #[error("the session would clash: {}", .clashes.first().map(ToString::to_string).unwrap_or_default())]
    #[fault(conflict, field = "range")]
    Clashes {
        /// All clashes.
        clashes: Vec<Clash>,
    },
    /// It would take too long.
    #[error("a session takes at most {most} hours")]
    #[fault(invalid, field = "range")]
    TooLong {
        /// The most hours.
        most: i64,
    },
    /// The room does not hold the class.
    #[error("the room holds {capacity} people, and the class has {students} students")]
    #[fault(conflict, field = "room_id")]
    RoomTooSmall {
        /// How many the room holds.
        capacity: u32,
        /// How many students the class has.
        students: usize,
    },
    /// The class has no schedule or no one who teaches it.
    #[error("the class needs a schedule and a teacher before its sessions are planned")]
    #[fault(conflict, field = "class_id")]
    NothingToPlan,
    /// Too many sessions would be planned at once.
    #[error(transparent)]
    #[fault(transparent)]
    Limit(#[from] RecurrenceLimit),
    /// How it repeats makes no sense.
    #[error(transparent)]
    #[fault(transparent)]
    Recurrence(#[from] RecurrenceError),
    /// The session cannot take that step.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
    /// The tenant has no classes or no live sessions.
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

impl Operation for PlanSession {
    const ACCESS: Access = Access::Asks(&[Permission::SESSIONS_MANAGE]);
    type Answer = Session;
    type Error = SessionError;

    async fn run(self, tx: &mut Transaction) -> Result<Session, SessionError> {
        let command = self;
        let named = (command.course_id, command.org_unit_id);
        let (session, policy) = draft(tx, command).await?;
        may_plan(tx, (session.class_id, session.host_id, session.room_id), named).await?;
        if policy == ClashPolicy::Refuse {
            let found = find_clashes_locked(tx, &session).await?;
            if !found.is_empty() {
                return Err(SessionError::Clashes { clashes: found });
            }
        }
        tx.insert(&session).await?;
        let (session_id, class_id, starts_at) = (session.id, session.class_id, session.starts_at);
        tx.emit(&SessionPlanned { session_id, class_id, starts_at });
        Ok(session)
    }
}

/// Finds the sessions that a planned session clashes with. Needs permission to plan it, because the
/// answer shows when other people are busy.
///
/// # Errors
/// [`SessionError`].
#[operation("delivery.find_clashes")]
pub struct FindClashes {
    /// The session as it would be planned; nothing is stored.
    pub session: PlanSession,
}

impl Operation for FindClashes {
    const ACCESS: Access = Access::Asks(&[Permission::SESSIONS_MANAGE]);
    type Answer = Vec<Clash>;
    type Error = SessionError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<Clash>, SessionError> {
        let Self { session: command } = self;
        let named = (command.course_id, command.org_unit_id);
        let (session, _) = draft(tx, command).await?;
        may_plan(tx, (session.class_id, session.host_id, session.room_id), named).await?;
        find_clashes_locked(tx, &session).await
    }
}

/// Asks whether the actor may plan for everything that was named: the class; a course and a unit
/// that are not the class's own; or, where there is no class, the course, the unit or the host; and
/// whether the host's time and the room are theirs to give.
///
/// Asked about all of them at once, as about a session that is there, a person could plan for a
/// colleague's class by naming themselves as the host.
pub(super) async fn may_plan(
    tx: &mut Transaction,
    (class, host, room): (Option<Id<ClassGroup>>, Id<Membership>, Option<Id<Room>>),
    (course, unit): (Option<Id<Course>>, Option<Id<OrgUnit>>),
) -> Result<(), SessionError> {
    let permission = Permission::SESSIONS_MANAGE;
    let planned = match (class, course) {
        (Some(class), _) => {
            let class = get_authorized(tx, permission.clone(), class).await?;
            if let Some(course) = course.filter(|it| *it != class.course_id) {
                get_authorized(tx, permission.clone(), course).await?;
            }
            if let Some(unit) = unit.filter(|it| Some(*it) != class.org_unit_id) {
                let there = Subject::default().in_unit(Some(unit));
                authorize_on(tx, permission, &there).await?;
            }
            class.subject(tx).await?
        }
        (None, course) => {
            let planned = match course {
                Some(course) => {
                    let course = require_for(tx, permission.clone(), course).await?;
                    course.subject(tx).await?.in_unit(unit)
                }
                None => Subject::of(host).led_by(host).in_unit(unit),
            };
            authorize_on(tx, permission, &planned).await?;
            planned
        }
    };
    may_host(tx, host, &planned).await?;
    may_use(tx, room, (&planned, host)).await
}

/// Asks whether a person may be made to host a session: one who leads what it is for, the actor
/// themselves, or a person whose sessions the actor plans.
pub(super) async fn may_host(
    tx: &mut Transaction,
    host: Id<Membership>,
    planned: &Subject,
) -> Result<(), SessionError> {
    let is_placed = !planned.classes.is_empty() || !planned.courses.is_empty();
    if is_placed && planned.leaders.contains(&host) {
        return Ok(());
    }
    let unit = tx.require(host).await?.org_unit_id;
    let person = Subject::of(host).led_by(host).in_unit(unit);
    authorize_on(tx, Permission::SESSIONS_MANAGE, &person).await?;
    Ok(())
}

/// Asks whether a room may be taken: one of the tenant, one of the unit that the session is for or
/// that the host belongs to, or one of a unit where the actor plans sessions.
pub(super) async fn may_use(
    tx: &mut Transaction,
    room: Option<Id<Room>>,
    (planned, host): (&Subject, Id<Membership>),
) -> Result<(), SessionError> {
    let Some(room) = room else { return Ok(()) };
    let room = tx.require(room).await?;
    if room.org_unit_id.is_none() || room.org_unit_id == planned.unit {
        return Ok(());
    }
    if tx.require(host).await?.org_unit_id != room.org_unit_id {
        authorize_on(tx, Permission::SESSIONS_MANAGE, &room).await?;
    }
    Ok(())
}

/// The session that a command describes, with what follows from its class.
async fn draft(
    tx: &mut Transaction,
    command: PlanSession,
) -> Result<(Session, ClashPolicy), SessionError> {
    if command.meeting.is_some() {
        require_feature(tx, Feature::LiveSessions).await?;
    }
    if command.range.duration() > TimeDelta::hours(Session::MAX_HOURS) {
        return Err(SessionError::TooLong { most: Session::MAX_HOURS });
    }
    let class = match command.class_id {
        None => None,
        Some(class) => {
            require_feature(tx, Feature::Classes).await?;
            Some(require_for(tx, Permission::SESSIONS_MANAGE, class).await?)
        }
    };
    let of_class = class.as_ref();
    let session = Session {
        class_id: command.class_id,
        course_id: command.course_id.or(of_class.map(|it| it.course_id)),
        org_unit_id: command.org_unit_id.or(of_class.and_then(|it| it.org_unit_id)),
        room_id: command.room_id,
        description: command.description,
        meeting: command.meeting.or(of_class.and_then(|it| it.meeting.clone())),
        ..Session::new(tx.cx(), command.host_id, command.title, command.range)
    };
    Ok((session, command.clash_policy))
}

pub(super) async fn find_clashes_locked(
    tx: &mut Transaction,
    session: &Session,
) -> Result<Vec<Clash>, SessionError> {
    let Some(range) = session.range() else { return Ok(Vec::new()) };
    let planner = Planner::lock(tx, session, range).await?;
    Ok(planner.clashes_of(Some(session.id), range))
}

/// What is needed to look for clashes of one or many sessions of the same people and room.
pub(super) struct Planner {
    subjects: Subjects,
    others: Vec<Booking>,
    profile: Option<StaffProfile>,
    zone: TimeZone,
}

impl Planner {
    /// Locks the class, the tutor and the room of a session, and reads what takes them within
    /// `window`.
    pub(super) async fn lock(
        tx: &mut Transaction,
        session: &Session,
        window: TimeRange,
    ) -> Result<Self, SessionError> {
        if let Some(class) = session.class_id {
            tx.lock(class).await?;
        }
        let host = tx.lock(session.host_id).await?.present()?;
        let students = students_of(tx, session.class_id).await?;
        if let Some(room) = session.room_id {
            let room = tx.lock(room).await?;
            if let Some(capacity) = room.capacity.filter(|it| students.len() > *it as usize) {
                return Err(SessionError::RoomTooSmall { capacity, students: students.len() });
            }
        }
        let unit = session.org_unit_id.or(host.org_unit_id);
        let subjects = Subjects {
            host_id: session.host_id,
            room_id: session.room_id,
            class_id: session.class_id,
            students,
        };
        Ok(Self {
            others: bookings_of(tx, &subjects, window).await?,
            profile: tx.first(StaffProfile::of_member(host.id)).await?,
            zone: zone_of(tx, unit).await?,
            subjects,
        })
    }

    /// What a session at `range` would clash with.
    pub(super) fn clashes_of(&self, session: Option<Id<Session>>, range: TimeRange) -> Vec<Clash> {
        let wanted = Booking {
            session_id: session,
            range,
            host_id: self.subjects.host_id,
            room_id: self.subjects.room_id,
            class_id: self.subjects.class_id,
            students: self.subjects.students.clone(),
        };
        let mut found = clashes(&wanted, &self.others);
        if self.profile.as_ref().is_some_and(|it| !is_available(it, range, self.zone)) {
            found.push(Clash::TutorUnavailable { member_id: self.subjects.host_id, range });
        }
        found
    }
}

/// The wall clock of a unit, or of the tenant where it has none of its own.
async fn zone_of(tx: &mut Transaction, unit: Option<Id<OrgUnit>>) -> Result<TimeZone, StoreError> {
    if let Some(unit) = unit
        && let Some(zone) = tx.get(unit).await?.and_then(|it| it.time_zone)
    {
        return Ok(zone);
    }
    let settings = tx.get(TenantSettings::id_of(tx.cx())).await?;
    Ok(settings.map_or(TimeZone::UTC, |it| it.time_zone))
}
