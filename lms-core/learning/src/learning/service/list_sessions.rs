//! The timetable: the school's, a class's, a teacher's, a learner's.
use serde::{Deserialize, Serialize};

use crate::{
    content::Course,
    delivery::{ClassGroup, ClassMember, Room, Session, SessionParticipant, SessionStatus},
    learning::Learner,
};
use lms_kernel::{Id, Timestamp, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list, authorize_on},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which lessons to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SessionFilter {
    /// Those of this class.
    pub class_id: Option<Id<ClassGroup>>,
    /// Those of this course itself.
    pub course_id: Option<Id<Course>>,
    /// Those that this person hosts.
    pub host_id: Option<Id<Membership>>,
    /// Those of the classes in which this learner has a seat, and those that the learner is
    /// invited to. It asks for `enrollments.view` on the learner besides.
    pub student_id: Option<Id<Membership>>,
    /// Those that start at or after this time.
    pub from: Option<Timestamp>,
    /// Those that start before this time.
    pub until: Option<Timestamp>,
    /// Those with this status.
    pub status: Option<SessionStatus>,
}

/// A lesson, as the timetable shows it. Only those who enter it see
/// the way into its meeting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionView {
    /// The lesson's id.
    pub id: Id<Session>,
    /// Its title.
    pub title: Title,
    /// The class that it is for.
    pub class: Option<Named<ClassGroup>>,
    /// The course that it is for.
    pub course: Option<Named<Course>>,
    /// Who hosts it.
    pub host: Named<Membership>,
    /// The room that it is in.
    pub room: Option<Named<Room>>,
    /// When it starts.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Its status.
    pub status: SessionStatus,
}

/// Lists lessons in the order in which they start.
///
/// # Permission
/// `sessions.view`; the list holds the lessons on which the reader has it. The timetable of one
/// learner asks for `enrollments.view` on the learner too.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("learning.list_sessions")]
pub struct ListSessions {
    /// Which lessons.
    pub filter: SessionFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListSessions {
    const ACCESS: Access = Access::Asks(&[Permission::SESSIONS_VIEW, Permission::ENROLLMENTS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<SessionView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<SessionView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let mut query = authorize_list::<Session>(tx, Permission::SESSIONS_VIEW).await?;
        if let Some(student) = filter.student_id {
            authorize_on(tx, Permission::ENROLLMENTS_VIEW, &Learner(student)).await?;
            let seats = tx.all(ClassMember::active_of(student)).await?;
            let of_classes = Session::CLASS_ID.is_some_in(seats.into_iter().map(|it| it.class_id));
            let parts = SessionParticipant::PARTICIPANT_ID.eq(student);
            let invited = Session::ID.in_records(SessionParticipant::SESSION_ID, parts);
            query = query.and(of_classes.or(invited));
        }
        query = query.and_some(filter.class_id, |class| Session::CLASS_ID.is(class));
        query = query.and_some(filter.course_id, |course| Session::COURSE_ID.is(course));
        query = query.and_some(filter.host_id, |host| Session::HOST_ID.eq(host));
        query = query.and_some(filter.from, |from| Session::STARTS_AT.ge(from));
        query = query.and_some(filter.until, |until| Session::STARTS_AT.lt(until));
        query = query.and_some(filter.status, |status| Session::STATUS.eq(status));
        let query = query.order_by(Session::STARTS_AT, Direction::Asc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        Ok(Page { items: views(tx, items).await?, next })
    }
}

async fn views(
    tx: &mut Transaction,
    sessions: Vec<Session>,
) -> Result<Vec<SessionView>, AuthorizationError> {
    let classes = sessions.iter().filter_map(|it| it.class_id);
    let classes = Names::read(tx, classes, |it: &ClassGroup| it.name.to_string()).await?;
    let courses = sessions.iter().filter_map(|it| it.course_id);
    let courses = Names::read(tx, courses, |it: &Course| it.title.to_string()).await?;
    let hosts = sessions.iter().map(|it| it.host_id);
    let hosts = Names::read(tx, hosts, Membership::name).await?;
    let rooms = sessions.iter().filter_map(|it| it.room_id);
    let rooms = Names::read(tx, rooms, |it: &Room| it.name.to_string()).await?;
    let views = sessions.into_iter().map(|it| SessionView {
        id: it.id,
        title: it.title,
        class: it.class_id.map(|id| classes.of(id)),
        course: it.course_id.map(|id| courses.of(id)),
        host: hosts.of(it.host_id),
        room: it.room_id.map(|id| rooms.of(id)),
        starts_at: it.starts_at,
        ends_at: it.ends_at,
        status: it.status,
    });
    Ok(views.collect())
}
