//! Bookings of people and rooms, read for the search for clashes.
use std::collections::{BTreeMap, BTreeSet};

use crate::delivery::{
    Booking, ClassGroup, ClassMember, MemberStatus, Room, Session, SessionParticipant,
};
use lms_kernel::{Id, TimeRange};
use lms_people::identity::Membership;
use lms_store::{Filter, Query, StoreError, Transaction};

/// Who and what is looked at.
pub(super) struct Subjects {
    pub(super) host_id: Id<Membership>,
    pub(super) room_id: Option<Id<Room>>,
    pub(super) class_id: Option<Id<ClassGroup>>,
    pub(super) students: BTreeSet<Id<Membership>>,
}

type Attendees = BTreeMap<Id<Session>, BTreeSet<Id<Membership>>>;
type ClassMembers = BTreeMap<Id<ClassGroup>, BTreeSet<Id<Membership>>>;

/// How many ids one condition lists.
const CHUNK: usize = 200;

/// The students of a class who are on a seat.
pub(super) async fn students_of(
    tx: &mut Transaction,
    class: Option<Id<ClassGroup>>,
) -> Result<BTreeSet<Id<Membership>>, StoreError> {
    let Some(class) = class else { return Ok(BTreeSet::new()) };
    let members = tx.all(ClassMember::of(class, MemberStatus::Active)).await?;
    Ok(members.into_iter().map(|it| it.student_id).collect())
}

/// Every session within `window` that takes the tutor, the room, the class or one of the students.
pub(super) async fn bookings_of(
    tx: &mut Transaction,
    subjects: &Subjects,
    window: TimeRange,
) -> Result<Vec<Booking>, StoreError> {
    let classes = classes_of(tx, &subjects.students).await?;
    let mut sessions: BTreeMap<Id<Session>, Session> = BTreeMap::new();
    let mut wanted = vec![Session::HOST_ID.eq(subjects.host_id)];
    wanted.extend(subjects.room_id.map(|it| Session::ROOM_ID.is(it)));
    wanted.extend(subjects.class_id.map(|it| Session::CLASS_ID.is(it)));
    collect(tx, window, Filter::any(wanted), &mut sessions).await?;
    let ids: Vec<_> = classes.keys().copied().collect();
    for chunk in ids.chunks(CHUNK) {
        let of_classes = Session::CLASS_ID.is_some_in(chunk.iter().copied());
        collect(tx, window, of_classes, &mut sessions).await?;
    }
    let attendees = attendees_of(tx, &subjects.students, window, &mut sessions).await?;
    let bookings = sessions.into_values().filter_map(|session| {
        let mut students = attendees.get(&session.id).cloned().unwrap_or_default();
        let of_class = session.class_id.and_then(|it| classes.get(&it));
        students.extend(of_class.into_iter().flatten());
        Some(Booking {
            session_id: Some(session.id),
            range: session.range()?,
            host_id: session.host_id,
            room_id: session.room_id,
            class_id: session.class_id,
            students,
        })
    });
    Ok(bookings.collect())
}

/// The classes that some students are in, and who of them.
async fn classes_of(
    tx: &mut Transaction,
    students: &BTreeSet<Id<Membership>>,
) -> Result<ClassMembers, StoreError> {
    let students: Vec<_> = students.iter().copied().collect();
    let mut classes = ClassMembers::new();
    for chunk in students.chunks(CHUNK) {
        let active = ClassMember::STATUS.eq(MemberStatus::Active);
        let of_chunk = ClassMember::STUDENT_ID.is_in(chunk.iter().copied()).and(active);
        for member in tx.all(Query::filter(of_chunk)).await? {
            classes.entry(member.class_id).or_default().insert(member.student_id);
        }
    }
    Ok(classes)
}

/// The sessions within `window` that some students were asked to take part in by name.
async fn attendees_of(
    tx: &mut Transaction,
    students: &BTreeSet<Id<Membership>>,
    window: TimeRange,
    sessions: &mut BTreeMap<Id<Session>, Session>,
) -> Result<Attendees, StoreError> {
    let students: Vec<_> = students.iter().copied().collect();
    let mut attendees = Attendees::new();
    for chunk in students.chunks(CHUNK) {
        let by_name = || SessionParticipant::PARTICIPANT_ID.is_in(chunk.iter().copied());
        let invited = Session::ID.in_records(SessionParticipant::SESSION_ID, by_name());
        let mut found = BTreeMap::new();
        collect(tx, window, invited, &mut found).await?;
        let ids: Vec<_> = found.keys().copied().collect();
        for of_sessions in ids.chunks(CHUNK) {
            let of_both =
                by_name().and(SessionParticipant::SESSION_ID.is_in(of_sessions.iter().copied()));
            for part in tx.all(Query::filter(of_both)).await? {
                attendees.entry(part.session_id).or_default().insert(part.participant_id);
            }
        }
        sessions.append(&mut found);
    }
    Ok(attendees)
}

async fn collect(
    tx: &mut Transaction,
    window: TimeRange,
    filter: Filter<Session>,
    sessions: &mut BTreeMap<Id<Session>, Session>,
) -> Result<(), StoreError> {
    let found = tx.all(Session::within_where(window, filter)).await?;
    sessions.extend(found.into_iter().map(|it| (it.id, it)));
    Ok(())
}
