//! The catalogue and the teacher's own courses.
use serde::{Deserialize, Serialize};

use crate::content::{Category, Course, Difficulty, PublicationStatus};
use lms_kernel::{Id, Slug, Timestamp, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which courses to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CourseFilter {
    /// Those of this owner: a teacher's own courses.
    pub owner_id: Option<Id<Membership>>,
    /// Those in this category itself.
    pub category_id: Option<Id<Category>>,
    /// Those with this status; without one, published courses.
    pub status: Option<PublicationStatus>,
    /// Those whose title starts like this, letter for letter.
    pub title: Option<String>,
}

/// A course, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CourseView {
    /// The course's id.
    pub id: Id<Course>,
    /// Its title.
    pub title: Title,
    /// Its part of a web address.
    pub slug: Slug,
    /// Whether it is published.
    pub status: PublicationStatus,
    /// Who owns it.
    pub owner: Named<Membership>,
    /// Its category.
    pub category: Option<Named<Category>>,
    /// How difficult it is.
    pub difficulty: Option<Difficulty>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
}

/// Lists courses by title: the published ones, or those with another status.
///
/// # Permission
/// `courses.view` for published courses; `courses.view_drafts` for others, of which the list holds
/// those on which the reader has it.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("content.list_courses")]
pub struct ListCourses {
    /// Which courses.
    pub filter: CourseFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListCourses {
    const ACCESS: Access =
        Access::Asks(&[Permission::COURSES_VIEW, Permission::COURSES_VIEW_DRAFTS]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<CourseView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<CourseView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let status = filter.status.unwrap_or(PublicationStatus::Published);
        let permission = match status {
            PublicationStatus::Published => Permission::COURSES_VIEW,
            _ => Permission::COURSES_VIEW_DRAFTS,
        };
        let mut query = authorize_list::<Course>(tx, permission).await?;
        query = query.and(Course::STATUS.eq(status));
        query = query.and_some(filter.owner_id, |owner| Course::OWNER_ID.eq(owner));
        query = query.and_some(filter.category_id, |category| Course::CATEGORY_ID.is(category));
        query = query.and_some(filter.title, |start| Course::TITLE.starts_with(start));
        let query = query.order_by(Course::TITLE, Direction::Asc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        let owners = Names::read(tx, items.iter().map(|it| it.owner_id), Membership::name).await?;
        let categories = items.iter().filter_map(|it| it.category_id);
        let categories = Names::read(tx, categories, |it: &Category| it.name.to_string()).await?;
        let views = items.into_iter().map(|it| CourseView {
            id: it.id,
            title: it.title,
            slug: it.slug,
            status: it.status,
            owner: owners.of(it.owner_id),
            category: it.category_id.map(|id| categories.of(id)),
            difficulty: it.difficulty,
            published_at: it.published_at,
        });
        Ok(Page { items: views.collect(), next })
    }
}
