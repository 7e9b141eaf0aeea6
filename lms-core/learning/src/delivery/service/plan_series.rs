//! Planning sessions that repeat.
use lms_store::operation::{Access, Operation, operation};
use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::plan_session::{ClashPolicy, Planner, SessionError, may_plan};
use crate::{
    content::Course,
    delivery::{
        Clash, ClassGroup, Meeting, Room, SeriesTiming, Session, SessionPlanned, SessionSeries,
    },
};
use lms_kernel::{Context, Id, LocalDate, TimeRange, Timestamp, Title};
use lms_people::{
    authorization::{Permission, get_authorized, require_for},
    identity::Membership,
    tenancy::{Feature, OrgUnit, require_feature},
};
use lms_store::{Query, Stamp, Transaction};

/// Schedules a series of sessions, up to a given time.
///
/// Locks as [`PlanSession`](crate::delivery::PlanSession) does. Where clashes are refused, one
/// clash refuses the whole.
///
/// # Errors
/// [`SessionError`].
#[operation("delivery.plan_series")]
pub struct PlanSeries {
    /// The class that meets; `None` for sessions outside a class.
    pub class_id: Option<Id<ClassGroup>>,
    /// The course they are about; `None` uses the class's.
    pub course_id: Option<Id<Course>>,
    /// The unit they belong to; `None` uses the class's.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// The membership of the teacher or speaker.
    pub host_id: Id<Membership>,
    /// The room; `None` for sessions without one.
    pub room_id: Option<Id<Room>>,
    /// The title of each session.
    pub title: Title,
    /// The link to meet online; `None` for sessions on site.
    pub meeting: Option<Meeting>,
    /// The first start, the length and the recurrence.
    pub timing: SeriesTiming,
    /// Sessions are created up to this time, at most 400 per call; [`ExtendSeries`] adds later
    /// ones.
    pub until: Timestamp,
    /// Whether to refuse or allow sessions that clash with others.
    pub clash_policy: ClashPolicy,
}

/// The outcome of a series.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlannedSeries {
    /// The series.
    pub series: SessionSeries,
    /// The sessions that were planned now, by start.
    pub sessions: Vec<Session>,
    /// What sessions clash with that were planned all the same.
    pub clashes: Vec<Clash>,
}

/// The most sessions that are planned at once.
const MAX_PLANNED: usize = 400;

impl Operation for PlanSeries {
    const ACCESS: Access = Access::Asks(&[Permission::SESSIONS_MANAGE]);
    type Answer = PlannedSeries;
    type Error = SessionError;

    async fn run(self, tx: &mut Transaction) -> Result<PlannedSeries, SessionError> {
        let command = self;
        plan_from(tx, command, Timestamp::MIN).await
    }
}

/// Plans the sessions of a new series that have not ended at `from`.
async fn plan_from(
    tx: &mut Transaction,
    command: PlanSeries,
    from: Timestamp,
) -> Result<PlannedSeries, SessionError> {
    let class = match command.class_id {
        None => None,
        Some(class) => {
            require_feature(tx, Feature::Classes).await?;
            Some(require_for(tx, Permission::SESSIONS_MANAGE, class).await?)
        }
    };
    let named = (command.course_id, command.org_unit_id);
    let of_class = class.as_ref();
    let series = SessionSeries {
        id: tx.id(),
        stamp: Stamp::new(tx.cx()),
        class_id: command.class_id,
        course_id: command.course_id.or(of_class.map(|it| it.course_id)),
        org_unit_id: command.org_unit_id.or(of_class.and_then(|it| it.org_unit_id)),
        host_id: command.host_id,
        room_id: command.room_id,
        title: command.title,
        meeting: command.meeting.or(of_class.and_then(|it| it.meeting.clone())),
        timing: command.timing,
        planned_until: None,
    };
    may_plan(tx, (series.class_id, series.host_id, series.room_id), named).await?;
    tx.insert(&series).await?;
    plan_between(tx, series, (from, command.until, command.clash_policy)).await
}

/// Schedules the remaining sessions of a class from its weekly schedule.
///
/// # Errors
/// [`SessionError::NothingToPlan`] if the class has no schedule or no teacher.
#[operation("delivery.schedule_class")]
pub struct ScheduleClass {
    /// The class, which needs a schedule and a teacher.
    pub class_id: Id<ClassGroup>,
    /// Whether to refuse or allow sessions that clash with others.
    pub clash_policy: ClashPolicy,
}

impl Operation for ScheduleClass {
    const ACCESS: Access = Access::Asks(&[Permission::SESSIONS_MANAGE]);
    type Answer = PlannedSeries;
    type Error = SessionError;

    async fn run(self, tx: &mut Transaction) -> Result<PlannedSeries, SessionError> {
        let Self { class_id: class, clash_policy } = self;
        require_feature(tx, Feature::Classes).await?;
        let class = get_authorized(tx, Permission::SESSIONS_MANAGE, class).await?;
        let (Some(schedule), Some(teacher)) = (&class.schedule, class.teacher_id) else {
            return Err(SessionError::NothingToPlan);
        };
        let command = PlanSeries {
            class_id: Some(class.id),
            course_id: None,
            org_unit_id: None,
            host_id: teacher,
            room_id: None,
            title: class.name.clone(),
            meeting: None,
            timing: schedule.timing()?,
            until: Timestamp::MAX,
            clash_policy,
        };
        plan_from(tx, command, tx.now()).await
    }
}

/// Schedules more sessions of a series, up to a given time.
///
/// # Errors
/// [`SessionError`].
#[operation("delivery.extend_series")]
pub struct ExtendSeries {
    /// The series to extend.
    pub series_id: Id<SessionSeries>,
    /// Sessions are created up to this time, at most 400 per call.
    pub until: Timestamp,
    /// Whether to refuse or allow sessions that clash with others.
    pub clash_policy: ClashPolicy,
}

impl Operation for ExtendSeries {
    const ACCESS: Access = Access::Asks(&[Permission::SESSIONS_MANAGE]);
    type Answer = PlannedSeries;
    type Error = SessionError;

    async fn run(self, tx: &mut Transaction) -> Result<PlannedSeries, SessionError> {
        let Self { series_id: series, until, clash_policy } = self;
        let series = get_authorized(tx, Permission::SESSIONS_MANAGE, series).await?;
        if series.class_id.is_some() {
            require_feature(tx, Feature::Classes).await?;
        }
        let series = tx.lock(series.id).await?;
        let from = series.planned_until.unwrap_or(Timestamp::MIN);
        plan_between(tx, series, (from, until, clash_policy)).await
    }
}

async fn plan_between(
    tx: &mut Transaction,
    mut series: SessionSeries,
    (from, until, policy): (Timestamp, Timestamp, ClashPolicy),
) -> Result<PlannedSeries, SessionError> {
    let ranges = ranges_of(tx, &series, (from, until)).await?;
    let mut sessions: Vec<Session> =
        ranges.into_iter().map(|(day, range)| session_of(tx.cx(), &series, day, range)).collect();
    let found = clashes_of(tx, &sessions).await?;
    if policy == ClashPolicy::Refuse && !found.is_empty() {
        return Err(SessionError::Clashes { clashes: found });
    }
    tx.insert_all(&sessions).await?;
    for session in &sessions {
        let (session_id, class_id, starts_at) = (session.id, session.class_id, session.starts_at);
        tx.emit(&SessionPlanned { session_id, class_id, starts_at });
    }
    series.planned_until = Some(series.planned_until.map_or(until, |it| it.max(until)));
    tx.update(&mut series).await?;
    sessions.sort_by_key(|it| it.starts_at);
    Ok(PlannedSeries { series, sessions, clashes: found })
}

/// The days and times of a series that have not ended at `from`, until then, that are not planned
/// yet.
async fn ranges_of(
    tx: &mut Transaction,
    series: &SessionSeries,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<(LocalDate, TimeRange)>, SessionError> {
    let timing = &series.timing;
    let Some(first) = timing.range(timing.first_start) else { return Ok(Vec::new()) };
    // What still goes on at `from` began at most that much earlier.
    let earliest = from.saturating_sub(TimeDelta::hours(Session::MAX_HOURS));
    let start = first.start().max(earliest);
    let Ok(window) = TimeRange::new(start, until) else { return Ok(Vec::new()) };
    // Deleted ones too: what was taken out of a series does not come back.
    let known = Query::filter(Session::SERIES_ID.is(series.id)).with_deleted();
    let known: BTreeSet<_> =
        tx.all(known).await?.into_iter().filter_map(|it| it.occurrence_on).collect();
    let most = MAX_PLANNED.saturating_add(known.len());
    let occurrences =
        timing.recurrence.occurrences(timing.first_start, timing.time_zone, window, most)?;
    let new = occurrences.into_iter().filter(|it| !known.contains(&it.local.day()));
    let timed = new.filter_map(|it| Some((it.local.day(), timing.range(it.local)?)));
    Ok(timed.filter(|(_, range)| range.end() > from).collect())
}

fn session_of(cx: &Context, series: &SessionSeries, day: LocalDate, range: TimeRange) -> Session {
    Session {
        class_id: series.class_id,
        course_id: series.course_id,
        org_unit_id: series.org_unit_id,
        series_id: Some(series.id),
        occurrence_on: Some(day),
        room_id: series.room_id,
        meeting: series.meeting.clone(),
        ..Session::new(cx, series.host_id, series.title.clone(), range)
    }
}

/// What the sessions of a series clash with; they share people and room, so both are locked and
/// read once.
async fn clashes_of(
    tx: &mut Transaction,
    sessions: &[Session],
) -> Result<Vec<Clash>, SessionError> {
    let ranges: Vec<TimeRange> = sessions.iter().filter_map(Session::range).collect();
    let start = ranges.iter().map(TimeRange::start).min();
    let end = ranges.iter().map(TimeRange::end).max();
    let (Some(first), Some(start), Some(end)) = (sessions.first(), start, end) else {
        return Ok(Vec::new());
    };
    let Ok(window) = TimeRange::new(start, end) else { return Ok(Vec::new()) };
    let planner = Planner::lock(tx, first, window).await?;
    let own = sessions.iter().zip(&ranges);
    Ok(own.flat_map(|(session, range)| planner.clashes_of(Some(session.id), *range)).collect())
}
