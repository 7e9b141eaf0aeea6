//! Classes: the school's, a teacher's, a learner's.
use serde::{Deserialize, Serialize};

use crate::{
    content::Course,
    delivery::{ClassGroup, ClassMember, ClassMode, ClassStatus, MemberStatus},
    learning::Learner,
};
use lms_kernel::{Id, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list, authorize_on},
    identity::Membership,
    tenancy::OrgUnit,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which classes to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ClassFilter {
    /// Those that take this course.
    pub course_id: Option<Id<Course>>,
    /// Those that this person teaches.
    pub teacher_id: Option<Id<Membership>>,
    /// Those of this unit itself.
    pub org_unit_id: Option<Id<OrgUnit>>,
    /// Those in which this learner has a seat. It says who is in which class, and so asks for
    /// `enrollments.view` on the learner besides.
    pub student_id: Option<Id<Membership>>,
    /// Those with this status.
    pub status: Option<ClassStatus>,
    /// Those whose name starts like this, letter for letter.
    pub name: Option<String>,
}

/// A class, as a list shows it. The code by which one joins it and its meeting are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassView {
    /// The class's id.
    pub id: Id<ClassGroup>,
    /// Its name.
    pub name: Title,
    /// The course that it takes.
    pub course: Named<Course>,
    /// Who teaches it.
    pub teacher: Option<Named<Membership>>,
    /// The unit that it belongs to.
    pub org_unit: Option<Named<OrgUnit>>,
    /// Its level, in the school's own words.
    pub level: Option<String>,
    /// How many learners it takes; without limit when there is none.
    pub capacity: Option<u32>,
    /// Whether it meets in a room, online or both.
    pub mode: ClassMode,
    /// Where it meets.
    pub location: Option<String>,
    /// Its status.
    pub status: ClassStatus,
}

/// Lists classes by name.
///
/// # Permission
/// `classes.view`; the list holds the classes on which the reader has it. The classes of one
/// learner ask for `enrollments.view` on the learner too.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("learning.list_classes")]
pub struct ListClasses {
    /// Which classes.
    pub filter: ClassFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListClasses {
    const ACCESS: Access = Access::Asks(&[Permission::CLASSES_VIEW, Permission::ENROLLMENTS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<ClassView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<ClassView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let mut query = authorize_list::<ClassGroup>(tx, Permission::CLASSES_VIEW).await?;
        if let Some(student) = filter.student_id {
            authorize_on(tx, Permission::ENROLLMENTS_VIEW, &Learner(student)).await?;
            let seats = ClassMember::STUDENT_ID
                .eq(student)
                .and(ClassMember::STATUS.eq(MemberStatus::Active));
            query = query.and(ClassGroup::ID.in_records(ClassMember::CLASS_ID, seats));
        }
        query = query.and_some(filter.course_id, |course| ClassGroup::COURSE_ID.eq(course));
        query = query.and_some(filter.teacher_id, |teacher| ClassGroup::TEACHER_ID.is(teacher));
        query = query.and_some(filter.org_unit_id, |unit| ClassGroup::ORG_UNIT_ID.is(unit));
        query = query.and_some(filter.status, |status| ClassGroup::STATUS.eq(status));
        query = query.and_some(filter.name, |start| ClassGroup::NAME.starts_with(start));
        let query = query.order_by(ClassGroup::NAME, Direction::Asc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        Ok(Page { items: views(tx, items).await?, next })
    }
}

async fn views(
    tx: &mut Transaction,
    classes: Vec<ClassGroup>,
) -> Result<Vec<ClassView>, AuthorizationError> {
    let courses = classes.iter().map(|it| it.course_id);
    let courses = Names::read(tx, courses, |it: &Course| it.title.to_string()).await?;
    let teachers = classes.iter().filter_map(|it| it.teacher_id);
    let teachers = Names::read(tx, teachers, Membership::name).await?;
    let units = classes.iter().filter_map(|it| it.org_unit_id);
    let units = Names::read(tx, units, |it: &OrgUnit| it.name.to_string()).await?;
    let views = classes.into_iter().map(|it| ClassView {
        id: it.id,
        name: it.name,
        course: courses.of(it.course_id),
        teacher: it.teacher_id.map(|id| teachers.of(id)),
        org_unit: it.org_unit_id.map(|id| units.of(id)),
        level: it.level,
        capacity: it.capacity,
        mode: it.mode,
        location: it.location,
        status: it.status,
    });
    Ok(views.collect())
}
