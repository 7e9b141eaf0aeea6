//! Attendance: a lesson's, a class's, a learner's.
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::delivery::{AttendanceStatus, ClassGroup, ParticipantRole, Session, SessionParticipant};
use lms_kernel::{Id, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Whose attendance, in which lessons; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct AttendanceFilter {
    /// That of this person.
    pub participant_id: Option<Id<Membership>>,
    /// That in this lesson.
    pub session_id: Option<Id<Session>>,
    /// That in the lessons of this class.
    pub class_id: Option<Id<ClassGroup>>,
    /// Only parts marked like this.
    pub attendance: Option<AttendanceStatus>,
}

/// A person's part in a lesson.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttendanceView {
    /// The id of the part.
    pub id: Id<SessionParticipant>,
    /// The lesson.
    pub session: Named<Session>,
    /// When the lesson starts.
    pub starts_at: Option<Timestamp>,
    /// The person.
    pub participant: Named<Membership>,
    /// As what the person takes part.
    pub role: ParticipantRole,
    /// The mark; `None` before attendance is taken.
    pub attendance: Option<AttendanceStatus>,
    /// How long the person was there, in seconds.
    pub present_seconds: i64,
}

/// Lists attendance, the latest first.
///
/// # Permission
/// `attendance.view`; the list holds the parts in lessons on which the reader has it: learners
/// see their own, guardians those of their wards, teachers those in their classes.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("delivery.list_attendance")]
pub struct ListAttendance {
    /// Whose attendance, in which lessons.
    pub filter: AttendanceFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListAttendance {
    const ACCESS: Access = Access::Asks(&[Permission::ATTENDANCE_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<AttendanceView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<AttendanceView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let permission = Permission::ATTENDANCE_VIEW;
        let mut query = authorize_list::<SessionParticipant>(tx, permission)
            .await?
            .and_some(filter.participant_id, |person| {
                SessionParticipant::PARTICIPANT_ID.eq(person)
            });
        query =
            query.and_some(filter.session_id, |session| SessionParticipant::SESSION_ID.eq(session));
        query = query.and_some(filter.class_id, |class| {
            let sessions = Session::CLASS_ID.is(class);
            SessionParticipant::SESSION_ID.in_records(Session::ID, sessions)
        });
        query = query.and_some(filter.attendance, |attendance| {
            SessionParticipant::ATTENDANCE.is(attendance)
        });
        let query = query.order_by(SessionParticipant::ID, Direction::Desc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let mut ids: Vec<_> = items.iter().map(|it| it.session_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let sessions = tx.get_many(&ids).await?;
        let sessions: HashMap<_, Session> = sessions.into_iter().map(|it| (it.id, it)).collect();
        let people = items.iter().map(|it| it.participant_id);
        let people = Names::read(tx, people, Membership::name).await?;
        let views = items.into_iter().map(|it| {
            let session = sessions.get(&it.session_id);
            let name = session.map(|it| it.title.to_string()).unwrap_or_default();
            AttendanceView {
                id: it.id,
                session: Named { id: it.session_id, name },
                starts_at: session.map(|it| it.starts_at),
                participant: people.of(it.participant_id),
                role: it.role,
                attendance: it.attendance,
                present_seconds: it.present_seconds,
            }
        });
        Ok(Page { items: views.collect(), next })
    }
}
