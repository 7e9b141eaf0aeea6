//! Managing the tree of categories.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::content::{Category, Course, Prose};
use lms_kernel::{Id, Link, Slug, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, TheTenant, authorize_on},
    tenancy::TenantSettings,
};
use lms_store::{Query, StoreError, Transaction};

/// Creates a course category.
///
/// # Errors
/// [`CategoryError`].
#[operation("content.create_category")]
pub struct CreateCategory {
    /// The category's name.
    pub name: Title,
    /// The category's part of web addresses; `None` makes one from the name.
    pub slug: Option<Slug>,
    /// The description shown in the catalogue.
    pub description: Option<Prose>,
    /// The category above it; `None` for one at the top. At most 32 levels.
    pub parent_id: Option<Id<Category>>,
    /// The link to its picture.
    pub icon_url: Option<Link>,
}

impl CreateCategory {
    /// A top category.
    pub const fn new(name: Title) -> Self {
        Self { name, slug: None, description: None, parent_id: None, icon_url: None }
    }
}

/// Why something could not be done with a category.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum CategoryError {
    /// Another category has the slug.
    #[error("the slug is taken by another category; choose another one")]
    #[fault(conflict, field = "slug")]
    SlugTaken,
    /// A category cannot be part of itself.
    #[error("a category cannot be moved below itself; choose another parent")]
    #[fault(invalid, field = "parent_id")]
    PartOfItself,
    /// The tree would have too many levels.
    #[error("categories nest at most {most} levels deep")]
    #[fault(invalid, field = "parent_id")]
    TooDeep {
        /// The most levels.
        most: usize,
    },
    /// Something is still filed under it.
    #[error("categories or courses are filed under the category; move them first")]
    #[fault(conflict)]
    InUse,
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(StoreError),
}

impl From<StoreError> for CategoryError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate { table: "categories", .. } => Self::SlugTaken,
            error => Self::Store(error),
        }
    }
}

const MAX_DEPTH: usize = 32;

impl Operation for CreateCategory {
    const ACCESS: Access = Access::Asks(&[Permission::CATEGORIES_MANAGE]);
    type Answer = Category;
    type Error = CategoryError;

    async fn run(self, tx: &mut Transaction) -> Result<Category, CategoryError> {
        let command = self;
        authorize_on(tx, Permission::CATEGORIES_MANAGE, &TheTenant).await?;
        let slug = match command.slug {
            Some(slug) => slug,
            None => Slug::from_title(command.name.as_str()),
        };
        if let Some(parent) = command.parent_id {
            check_line(tx, parent, None).await?;
        }
        let category = Category {
            description: command.description,
            parent_id: command.parent_id,
            icon_url: command.icon_url,
            ..Category::new(tx.cx(), command.name, slug)
        };
        tx.insert(&category).await?;
        Ok(category)
    }
}

/// Finds a category by the slug of its name, or creates it. For imports from systems that store
/// categories as text.
///
/// # Errors
/// [`CategoryError`].
#[operation("content.find_or_create_category")]
pub struct FindOrCreateCategory {
    /// The category's name.
    pub name: Title,
}

impl Operation for FindOrCreateCategory {
    const ACCESS: Access = Access::Asks(&[Permission::CATEGORIES_MANAGE]);
    type Answer = Category;
    type Error = CategoryError;

    async fn run(self, tx: &mut Transaction) -> Result<Category, CategoryError> {
        let Self { name } = self;
        let slug = Slug::from_title(name.as_str());
        match tx.first(Category::by_slug(slug)).await? {
            Some(category) => Ok(category),
            None => tx.run(CreateCategory::new(name)).await,
        }
    }
}

/// Moves a category to another parent, or to the top.
///
/// # Locks
/// The tenant's settings row is locked, under which trees are changed by one at a time, so that two
/// moves at once never make a circle.
///
/// # Errors
/// [`CategoryError`].
#[operation("content.move_category")]
pub struct MoveCategory {
    /// The category to move.
    pub category_id: Id<Category>,
    /// The new parent; `None` moves it to the top.
    pub parent_id: Option<Id<Category>>,
}

impl Operation for MoveCategory {
    const ACCESS: Access = Access::Asks(&[Permission::CATEGORIES_MANAGE]);
    type Answer = Category;
    type Error = CategoryError;

    async fn run(self, tx: &mut Transaction) -> Result<Category, CategoryError> {
        let Self { category_id: category, parent_id: parent } = self;
        authorize_on(tx, Permission::CATEGORIES_MANAGE, &TheTenant).await?;
        tx.lock(TenantSettings::id_of(tx.cx())).await?;
        let mut category = tx.require(category).await?;
        if let Some(parent) = parent {
            check_line(tx, parent, Some(category.id)).await?;
        }
        category.parent_id = parent;
        tx.update(&mut category).await?;
        Ok(category)
    }
}

/// Deletes a category without courses and subcategories.
///
/// # Errors
/// [`CategoryError::InUse`].
#[operation("content.delete_category")]
pub struct DeleteCategory {
    /// The category to delete.
    pub category_id: Id<Category>,
}

impl Operation for DeleteCategory {
    const ACCESS: Access = Access::Asks(&[Permission::CATEGORIES_MANAGE]);
    type Answer = ();
    type Error = CategoryError;

    async fn run(self, tx: &mut Transaction) -> Result<(), CategoryError> {
        let Self { category_id: category } = self;
        authorize_on(tx, Permission::CATEGORIES_MANAGE, &TheTenant).await?;
        let mut category = tx.lock(category).await?;
        let courses = Query::filter(Course::CATEGORY_ID.is(category.id));
        if tx.exists(Category::children_of(category.id)).await? || tx.exists(courses).await? {
            return Err(CategoryError::InUse);
        }
        Ok(tx.delete(&mut category).await?)
    }
}

/// Walks up from `parent`; refuses when `child` is met, or when the levels above and those of
/// `child` are too many together.
async fn check_line(
    tx: &mut Transaction,
    parent: Id<Category>,
    child: Option<Id<Category>>,
) -> Result<(), CategoryError> {
    let (mut above, mut levels) = (Some(parent), 0);
    while let Some(id) = above.filter(|_| levels <= MAX_DEPTH) {
        if Some(id) == child {
            return Err(CategoryError::PartOfItself);
        }
        above = tx.require(id).await?.parent_id;
        levels += 1;
    }
    let own = match child {
        Some(child) => height(tx, child).await?,
        None => 1,
    };
    if levels + own > MAX_DEPTH {
        return Err(CategoryError::TooDeep { most: MAX_DEPTH });
    }
    Ok(())
}

/// How many levels there are from `top` down.
async fn height(tx: &mut Transaction, top: Id<Category>) -> Result<usize, StoreError> {
    let (mut level, mut height) = (vec![top], 0);
    while !level.is_empty() && height <= MAX_DEPTH {
        let below = Query::filter(Category::PARENT_ID.is_some_in(level));
        level = tx.all(below).await?.into_iter().map(|it| it.id).collect();
        height += 1;
    }
    Ok(height)
}
