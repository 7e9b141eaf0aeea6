//! Creating a course.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::content::{
    Category, Course, CourseCreated, CourseStats, HierarchyProfile, Pricing, PricingError,
};
use lms_kernel::{Id, Rejected, Slug, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on},
    identity::{Absence, Membership, RequirePresent},
};
use lms_store::{StoreError, Transaction};

/// Creates a course as a draft.
///
/// # Errors
/// [`CourseError`]; a slug that another course takes at the same moment is found by the unique
/// key when the course is stored.
#[operation("content.create_course")]
pub struct CreateCourse {
    /// The course's title.
    pub title: Title,
    /// The course's part of web addresses, unique in the tenant; `None` makes one from the title.
    pub slug: Option<Slug>,
    /// The membership of the owner, who is responsible for the course.
    pub owner_id: Id<Membership>,
    /// The category in the catalogue; `None` for an uncategorized course.
    pub category_id: Option<Id<Category>>,
    /// Whether it is free or has a price.
    pub pricing: Pricing,
    /// The most learners at one time; `None` for no limit.
    pub capacity: Option<u32>,
    /// The levels that its content tree has.
    pub hierarchy: HierarchyProfile,
}

impl CreateCourse {
    /// A free course of modules and lessons without a limit.
    pub fn new(title: Title, owner_id: Id<Membership>) -> Self {
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

    /// The same, at that price.
    #[must_use]
    pub const fn with_pricing(mut self, pricing: Pricing) -> Self {
        self.pricing = pricing;
        self
    }

    /// The same, with that tree.
    #[must_use]
    pub const fn with_hierarchy(mut self, hierarchy: HierarchyProfile) -> Self {
        self.hierarchy = hierarchy;
        self
    }

    /// The same, for that many at a time.
    #[must_use]
    pub const fn with_capacity(mut self, capacity: u32) -> Self {
        self.capacity = Some(capacity);
        self
    }
}

/// Why something could not be done with a course.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum CourseError {
    /// Another course of the tenant has the slug.
    #[error("the slug is taken by another course; choose another one")]
    #[fault(conflict, field = "slug")]
    SlugTaken,
    /// A list has too many lines, or a line is too long.
    #[error("`{field}` has at most {most_lines} lines of at most {most_characters} characters")]
    #[fault(invalid)]
    ListTooLong {
        /// Which list.
        field: &'static str,
        /// The most lines.
        most_lines: usize,
        /// The most characters of a line.
        most_characters: usize,
    },
    /// The tree has nodes that the new profile has no place for.
    #[error("the course has a `{kind}` that profile `{profile}` has no place for; remove it first")]
    #[fault(conflict, field = "hierarchy")]
    TreeDoesNotFit {
        /// The profile.
        profile: HierarchyProfile,
        /// The kind of the node.
        kind: crate::content::NodeKind,
    },
    /// The tenant wants a review before anything is published.
    #[error("courses are reviewed before they are published; submit it for review")]
    #[fault(conflict, field = "status")]
    NeedsReview,
    /// The price makes no sense.
    #[error(transparent)]
    #[fault(transparent)]
    Pricing(#[from] PricingError),
    /// The course cannot take that step.
    #[error(transparent)]
    #[fault(transparent)]
    Publication(#[from] Rejected),
    /// The person has left.
    #[error(transparent)]
    #[fault(transparent)]
    Absent(#[from] Absence),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(StoreError),
}

impl From<StoreError> for CourseError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate { table: "courses", .. } => Self::SlugTaken,
            error => Self::Store(error),
        }
    }
}

impl Operation for CreateCourse {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_CREATE]);
    type Answer = Course;
    type Error = CourseError;

    async fn run(self, tx: &mut Transaction) -> Result<Course, CourseError> {
        let command = self;
        authorize_on(tx, Permission::COURSES_CREATE, &Subject::of(command.owner_id)).await?;
        command.pricing.check()?;
        tx.part(RequirePresent { member_id: command.owner_id }).await??;
        let slug = match command.slug {
            Some(slug) => slug,
            None => Slug::from_title(command.title.as_str()),
        };
        if tx.exists(Course::by_slug(slug.clone())).await? {
            return Err(CourseError::SlugTaken);
        }
        let course = Course {
            category_id: command.category_id,
            pricing: command.pricing,
            capacity: command.capacity,
            hierarchy: command.hierarchy,
            ..Course::new(tx.cx(), command.title, slug, command.owner_id)
        };
        tx.insert(&course).await?;
        tx.insert(&CourseStats::new(tx.cx(), course.id)).await?;
        tx.emit(&CourseCreated { course_id: course.id, owner_id: course.owner_id });
        Ok(course)
    }
}
