//! Creating a course.
use lms_derive::DomainError;

use crate::{
    content::PublicationError,
    content::people::PersonId,
    content::{Category, Course, CourseCreated, HierarchyProfile, Pricing, PricingError},
    kernel::{Context, Id, Slug, TextError, Title},
    store::{StoreError, Transaction},
};

/// What a new course starts with; everything else is edited later.
#[derive(Clone, Debug)]
pub struct CreateCourse {
    /// Its name.
    pub title: Title,
    /// Its name in web addresses; made from the title when there is none.
    pub slug: Option<Slug>,
    /// Who is responsible for it.
    pub owner_id: PersonId,
    /// Where it is filed.
    pub category_id: Option<Id<Category>>,
    /// What it costs.
    pub pricing: Pricing,
    /// How many may learn in it at the same time.
    pub capacity: Option<u32>,
    /// Which kinds of node its tree has.
    pub hierarchy: HierarchyProfile,
}

impl CreateCourse {
    /// A free course of modules and lessons without a limit.
    pub fn new(title: Title, owner_id: PersonId) -> Self {
        Self {
            title,
            slug: None,
            owner_id,
            category_id: None,
            pricing: Pricing::Free,
            capacity: None,
            hierarchy: HierarchyProfile::default(),
        }
    }
}

/// Why something could not be done with a course.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum CourseError {
    /// The title has no letter or digit that a web address could be made from.
    #[error("no slug can be made from the title; choose one")]
    #[fault(invalid, field = "slug")]
    NoSlug(#[source] TextError),
    /// Another course of the tenant has the slug.
    #[error("the slug is taken by another course; choose another one")]
    #[fault(conflict, field = "slug")]
    SlugTaken,
    /// The price makes no sense.
    #[error(transparent)]
    #[fault(transparent)]
    Pricing(#[from] PricingError),
    /// The course cannot take that step.
    #[error(transparent)]
    #[fault(transparent)]
    Publication(#[from] PublicationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Creates a course as a draft.
///
/// # Errors
/// [`CourseError`]; a slug that another course took at the same moment is found when the course
/// is stored, and says so.
pub async fn create_course(
    cx: &Context,
    tx: &mut Transaction,
    command: CreateCourse,
) -> Result<Course, CourseError> {
    command.pricing.check()?;
    let slug = match command.slug {
        Some(slug) => slug,
        None => Slug::from_title(command.title.as_str()).map_err(CourseError::NoSlug)?,
    };
    if tx.exists(Course::by_slug(slug.clone())).await? {
        return Err(CourseError::SlugTaken);
    }
    let course = Course {
        category_id: command.category_id,
        pricing: command.pricing,
        capacity: command.capacity,
        hierarchy: command.hierarchy,
        ..Course::new(cx, command.title, slug, command.owner_id)
    };
    match tx.insert(&course).await {
        Err(StoreError::Duplicate { .. }) => return Err(CourseError::SlugTaken),
        other => other?,
    }
    tx.emit(&CourseCreated { course_id: course.id, owner_id: course.owner_id });
    Ok(course)
}
