//! Programs with their courses.
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{
    content::Course,
    delivery::{Program, ProgramCourse},
};
use lms_kernel::{Id, Title};
use lms_people::authorization::{AuthorizationError, Permission, authorize_list};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Query, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which programs to list; all where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ProgramFilter {
    /// Those directly below this one.
    pub parent_id: Option<Id<Program>>,
    /// Those whose name starts like this, letter for letter.
    pub name: Option<String>,
}

/// A program with its courses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProgramView {
    /// The program's id.
    pub id: Id<Program>,
    /// Its name.
    pub name: Title,
    /// The program that it is a part of.
    pub parent_id: Option<Id<Program>>,
    /// Whether its courses are taken one after the other.
    pub in_order: bool,
    /// Its courses, in order.
    pub courses: Vec<Named<Course>>,
}

/// Lists programs by name, each with its courses.
///
/// # Permission
/// `programs.view` in the tenant.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("delivery.list_programs")]
pub struct ListPrograms {
    /// Which programs.
    pub filter: ProgramFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListPrograms {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRAMS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<ProgramView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<ProgramView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<Program>(tx, Permission::PROGRAMS_VIEW)
            .await?
            .and_some(filter.parent_id, |parent| Program::PARENT_ID.is(parent))
            .and_some(filter.name, |start| Program::NAME.starts_with(start));
        let query = query.order_by(Program::NAME, Direction::Asc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let of_programs = ProgramCourse::PROGRAM_ID.is_in(items.iter().map(|it| it.id));
        let mut parts = tx.all(Query::filter(of_programs)).await?;
        parts.sort_by_key(|it| it.position);
        let courses = parts.iter().map(|it| it.course_id);
        let courses = Names::read(tx, courses, |it: &Course| it.title.to_string()).await?;
        let mut courses_of: HashMap<_, Vec<_>> = HashMap::new();
        for part in parts {
            courses_of.entry(part.program_id).or_default().push(courses.of(part.course_id));
        }
        let views = items.into_iter().map(|it| ProgramView {
            courses: courses_of.remove(&it.id).unwrap_or_default(),
            id: it.id,
            name: it.name,
            parent_id: it.parent_id,
            in_order: it.in_order,
        });
        Ok(Page { items: views.collect(), next })
    }
}
