//! Which classes, sessions and attendance a person sees.
use uuid::Uuid;

use crate::{
    content::{ContentNode, Course, FileAsset},
    delivery::{ClassGroup, Program, Session, SessionParticipant},
};
use lms_kernel::Id;
use lms_people::{
    authorization::{Listed, People, Protected, Subject, in_units},
    identity::Membership,
    tenancy::OrgUnit,
};
use lms_store::{Filter, Query, StoreError, Transaction};

/// A program is the tenant's.
impl Protected for Program {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::default())
    }
}

impl Listed for Program {}

async fn owned_courses(
    tx: &mut Transaction,
    owner: Id<Membership>,
) -> Result<Vec<Id<Course>>, StoreError> {
    let owned = tx.all(Query::filter(Course::OWNER_ID.eq(owner))).await?;
    Ok(owned.into_iter().map(|it| it.id).collect())
}

async fn classes_of(
    tx: &mut Transaction,
    filter: Filter<ClassGroup>,
) -> Result<Vec<Id<ClassGroup>>, StoreError> {
    Ok(tx.all(Query::filter(filter)).await?.into_iter().map(|it| it.id).collect())
}

/// The classes that a person leads: those they teach, and those of the courses they own.
fn led_classes(leader: Id<Membership>, owned: &[Id<Course>]) -> Filter<ClassGroup> {
    let taught = ClassGroup::TEACHER_ID.is_not_null().and(ClassGroup::TEACHER_ID.is(leader));
    taught.or(ClassGroup::COURSE_ID.is_in(owned.iter().copied()))
}

impl Listed for ClassGroup {
    async fn in_units(
        _: &mut Transaction,
        units: &[Id<OrgUnit>],
    ) -> Result<Filter<Self>, StoreError> {
        Ok(in_units(Self::ORG_UNIT_ID, units))
    }

    async fn in_course(_: &mut Transaction, course: Uuid) -> Result<Filter<Self>, StoreError> {
        Ok(Self::COURSE_ID.eq(Id::from_uuid(course)))
    }

    async fn in_class(_: &mut Transaction, class: Uuid) -> Result<Filter<Self>, StoreError> {
        Ok(Self::ID.eq(Id::from_uuid(class)))
    }

    async fn led_by(
        tx: &mut Transaction,
        leader: Id<Membership>,
    ) -> Result<Filter<Self>, StoreError> {
        let owned = owned_courses(tx, leader).await?;
        Ok(led_classes(leader, &owned))
    }
}

fn of_course(course: Id<Course>) -> Filter<Session> {
    Session::COURSE_ID.is_not_null().and(Session::COURSE_ID.is(course))
}

impl Listed for Session {
    fn owned_by(people: &People) -> Filter<Self> {
        let is_private = Self::CLASS_ID.is_null().and(Self::COURSE_ID.is_null());
        is_private.and(people.in_column(Self::HOST_ID))
    }

    async fn in_units(
        _: &mut Transaction,
        units: &[Id<OrgUnit>],
    ) -> Result<Filter<Self>, StoreError> {
        let of_class = Self::CLASS_ID
            .in_records(ClassGroup::ID, ClassGroup::ORG_UNIT_ID.is_some_in(units.iter().copied()));
        let own = in_units(Self::ORG_UNIT_ID, units);
        Ok(own.or(Self::ORG_UNIT_ID.is_null().and(of_class)))
    }

    async fn in_course(_: &mut Transaction, course: Uuid) -> Result<Filter<Self>, StoreError> {
        let course = Id::from_uuid(course);
        let classes = ClassGroup::COURSE_ID.eq(course);
        Ok(of_course(course).or(Self::CLASS_ID.in_records(ClassGroup::ID, classes)))
    }

    async fn in_class(_: &mut Transaction, class: Uuid) -> Result<Filter<Self>, StoreError> {
        Ok(Self::CLASS_ID.is_not_null().and(Self::CLASS_ID.is(Id::from_uuid(class))))
    }

    async fn led_by(
        tx: &mut Transaction,
        leader: Id<Membership>,
    ) -> Result<Filter<Self>, StoreError> {
        let owned = owned_courses(tx, leader).await?;
        let classes = Self::CLASS_ID.in_records(ClassGroup::ID, led_classes(leader, &owned));
        let courses = Self::COURSE_ID.in_records(Course::ID, Course::OWNER_ID.eq(leader));
        Ok(Filter::any([Self::HOST_ID.eq(leader), classes, courses]))
    }
}

fn of_sessions(sessions: Filter<Session>) -> Filter<SessionParticipant> {
    SessionParticipant::SESSION_ID.in_records(Session::ID, sessions)
}

impl Listed for SessionParticipant {
    fn owned_by(people: &People) -> Filter<Self> {
        people.in_column(Self::PARTICIPANT_ID)
    }

    async fn in_units(
        _: &mut Transaction,
        units: &[Id<OrgUnit>],
    ) -> Result<Filter<Self>, StoreError> {
        Ok(of_sessions(in_units(Session::ORG_UNIT_ID, units)))
    }

    async fn in_course(tx: &mut Transaction, course: Uuid) -> Result<Filter<Self>, StoreError> {
        let course = Id::from_uuid(course);
        let classes = classes_of(tx, ClassGroup::COURSE_ID.eq(course)).await?;
        Ok(of_sessions(of_course(course).or(Session::CLASS_ID.is_some_in(classes))))
    }

    async fn in_class(_: &mut Transaction, class: Uuid) -> Result<Filter<Self>, StoreError> {
        Ok(of_sessions(Session::CLASS_ID.is(Id::from_uuid(class))))
    }

    async fn led_by(
        tx: &mut Transaction,
        leader: Id<Membership>,
    ) -> Result<Filter<Self>, StoreError> {
        let owned = owned_courses(tx, leader).await?;
        let classes = classes_of(tx, led_classes(leader, &owned)).await?;
        Ok(of_sessions(Filter::any([
            Session::HOST_ID.eq(leader),
            Session::CLASS_ID.is_some_in(classes),
            Session::COURSE_ID.is_some_in(owned),
        ])))
    }
}

/// The files of courses, of nodes and of classes, by what those belong to.
struct FilesOf {
    courses: Vec<Id<Course>>,
    classes: Filter<ClassGroup>,
}

impl FilesOf {
    fn filter(self) -> Filter<FileAsset> {
        let kind = |kind| FileAsset::OWNER_KIND.is_not_null().and(FileAsset::OWNER_KIND.is(kind));
        let owner = FileAsset::OWNER_ID;
        let courses = Course::ID.is_in(self.courses.iter().copied());
        let nodes = ContentNode::COURSE_ID.is_in(self.courses);
        Filter::any([
            kind(Course::ENTITY).and(owner.in_records(Course::ID, courses)),
            kind(ContentNode::ENTITY).and(owner.in_records(ContentNode::ID, nodes)),
            kind(ClassGroup::ENTITY).and(owner.in_records(ClassGroup::ID, self.classes)),
        ])
    }
}

impl Listed for FileAsset {
    fn owned_by(people: &People) -> Filter<Self> {
        people.in_column(Self::UPLOADED_BY)
    }

    async fn in_units(
        _: &mut Transaction,
        units: &[Id<OrgUnit>],
    ) -> Result<Filter<Self>, StoreError> {
        let classes = ClassGroup::ORG_UNIT_ID.is_some_in(units.iter().copied());
        Ok(FilesOf { courses: Vec::new(), classes }.filter())
    }

    async fn in_course(_: &mut Transaction, course: Uuid) -> Result<Filter<Self>, StoreError> {
        let course = Id::from_uuid(course);
        let classes = ClassGroup::COURSE_ID.eq(course);
        Ok(FilesOf { courses: vec![course], classes }.filter())
    }

    async fn in_class(_: &mut Transaction, class: Uuid) -> Result<Filter<Self>, StoreError> {
        let classes = ClassGroup::ID.eq(Id::from_uuid(class));
        Ok(FilesOf { courses: Vec::new(), classes }.filter())
    }

    async fn led_by(
        tx: &mut Transaction,
        leader: Id<Membership>,
    ) -> Result<Filter<Self>, StoreError> {
        let courses = owned_courses(tx, leader).await?;
        let classes = led_classes(leader, &courses);
        Ok(FilesOf { courses, classes }.filter())
    }
}
