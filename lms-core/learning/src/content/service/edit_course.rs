//! Editing a course.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::content::{
    AuthorRole, Category, CertificatePolicy, Course, CourseError, Difficulty, HierarchyProfile,
    Pricing, Prose, PublicationStatus, Tags, reindex_course, service::parts::load_tree,
};
use lms_kernel::{Id, LanguageTag, Link, Slug, Title};
use lms_people::{
    authorization::{Permission, authorize_on, get_authorized, require_for},
    identity::{Membership, RequirePresent},
};
use lms_store::Transaction;

/// One change to a course.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CourseChange {
    /// Its name.
    Title(Title),
    /// Its name in web addresses.
    Slug(Slug),
    /// What it is about, in full.
    Description(Option<Prose>),
    /// What it is about, in a sentence or two.
    ShortDescription(Option<Prose>),
    /// Its picture.
    Image(Option<Link>),
    /// A short film about it.
    Trailer(Option<Link>),
    /// Where it is filed.
    Category(Option<Id<Category>>),
    /// The words it is tagged with.
    Tags(Tags),
    /// How much it asks of its learners.
    Difficulty(Option<Difficulty>),
    /// Who is responsible for it.
    Owner(Id<Membership>),
    /// The language it is taught in.
    Language(Option<LanguageTag>),
    /// What one should know before.
    Prerequisites(Option<Prose>),
    /// What one can do after.
    LearningOutcomes(Vec<String>),
    /// Whom it is for.
    TargetAudience(Vec<String>),
    /// What one needs.
    Requirements(Vec<String>),
    /// How many may learn in it at the same time.
    Capacity(Option<u32>),
    /// What happens to those who come when it is full.
    Waitlists(bool),
    /// What it costs.
    Pricing(Pricing),
    /// When finishing it earns a certificate.
    Certificate(CertificatePolicy),
    /// How long it takes, as its authors think.
    EstimatedDuration {
        /// In minutes.
        minutes: Option<u32>,
    },
    /// Which kinds of node its tree has.
    Hierarchy(HierarchyProfile),
    /// How many days one may learn in it after enrolling.
    AccessDays(Option<u32>),
}

const LIST_MAX_LINES: usize = 50;
const LINE_MAX_LENGTH: usize = 500;

/// Changes a course. Only its owner, and those who manage the authors of any course, may hand it to
/// another owner.
///
/// # Errors
/// [`CourseError`].
#[operation("content.edit_course")]
pub struct EditCourse {
    /// The course to change.
    pub course_id: Id<Course>,
    /// The changes, applied in order, all or none.
    pub changes: Vec<CourseChange>,
}

impl Operation for EditCourse {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_MANAGE, Permission::AUTHORS_MANAGE]);
    type Answer = Course;
    type Error = CourseError;

    async fn run(self, tx: &mut Transaction) -> Result<Course, CourseError> {
        let Self { course_id: course, changes } = self;
        let mut course = require_for(tx, Permission::COURSES_MANAGE, course).await?;
        authorize_on(tx, Permission::COURSES_MANAGE, &course.shared(AuthorRole::may_edit)).await?;
        for change in &changes {
            if let CourseChange::Owner(owner) = change {
                // Those who write a course do not take it over: its owner hands it on, or a person who
                // says who writes any course.
                authorize_on(tx, Permission::AUTHORS_MANAGE, &course).await?;
                tx.part(RequirePresent { member_id: *owner }).await??;
            }
        }
        for change in changes {
            if let CourseChange::Hierarchy(profile) = change {
                check_tree(tx, course.id, profile).await?;
            }
            apply(&mut course, change)?;
        }
        tx.update(&mut course).await?;
        if course.status == PublicationStatus::Published {
            reindex_course(tx, &course).await?;
        }
        Ok(course)
    }
}

/// Sets whether the catalogue features a course or marks it as a bestseller.
///
/// # Errors
/// [`CourseError`].
#[operation("content.feature_course")]
pub struct FeatureCourse {
    /// The course to change.
    pub course_id: Id<Course>,
    /// Whether the catalogue lists it first.
    pub is_featured: bool,
    /// Whether it is marked as a bestseller.
    pub is_bestseller: bool,
}

impl Operation for FeatureCourse {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_FEATURE]);
    type Answer = Course;
    type Error = CourseError;

    async fn run(self, tx: &mut Transaction) -> Result<Course, CourseError> {
        let Self { course_id: course, is_featured, is_bestseller } = self;
        let mut course = get_authorized(tx, Permission::COURSES_FEATURE, course).await?;
        course.is_featured = is_featured;
        course.is_bestseller = is_bestseller;
        tx.update(&mut course).await?;
        Ok(course)
    }
}

/// Refuses a profile that has no place for a node that is there.
async fn check_tree(
    tx: &mut Transaction,
    course: Id<Course>,
    profile: HierarchyProfile,
) -> Result<(), CourseError> {
    let tree = load_tree(tx, course).await?;
    for node in tree.iter() {
        let parent = node.parent_id.and_then(|it| tree.get(it)).map(|it| it.kind);
        if !profile.allows(parent, node.kind) {
            return Err(CourseError::TreeDoesNotFit { profile, kind: node.kind });
        }
    }
    Ok(())
}

fn apply(course: &mut Course, change: CourseChange) -> Result<(), CourseError> {
    match change {
        CourseChange::Title(it) => course.title = it,
        CourseChange::Slug(it) => course.slug = it,
        CourseChange::Description(it) => course.description = it,
        CourseChange::ShortDescription(it) => course.short_description = it,
        CourseChange::Image(it) => course.image_url = it,
        CourseChange::Trailer(it) => course.trailer_url = it,
        CourseChange::Category(it) => course.category_id = it,
        CourseChange::Tags(it) => course.tags = it,
        CourseChange::Difficulty(it) => course.difficulty = it,
        CourseChange::Owner(it) => course.owner_id = it,
        CourseChange::Language(it) => course.language = it,
        CourseChange::Prerequisites(it) => course.prerequisites = it,
        CourseChange::LearningOutcomes(it) => {
            course.learning_outcomes = checked_list("learning_outcomes", it)?;
        }
        CourseChange::TargetAudience(it) => {
            course.target_audience = checked_list("target_audience", it)?;
        }
        CourseChange::Requirements(it) => course.requirements = checked_list("requirements", it)?,
        CourseChange::Capacity(it) => course.capacity = it,
        CourseChange::Waitlists(it) => course.waitlists = it,
        CourseChange::Pricing(it) => {
            it.check()?;
            course.pricing = it;
        }
        CourseChange::Certificate(it) => course.certificate_policy = it,
        CourseChange::EstimatedDuration { minutes } => course.estimated_duration_minutes = minutes,
        CourseChange::Hierarchy(it) => course.hierarchy = it,
        CourseChange::AccessDays(it) => course.access_days = it,
    }
    Ok(())
}

fn checked_list(field: &'static str, lines: Vec<String>) -> Result<Vec<String>, CourseError> {
    let (most_lines, most_characters) = (LIST_MAX_LINES, LINE_MAX_LENGTH);
    let fits = lines.iter().all(|it| it.chars().count() <= most_characters);
    if !fits || lines.len() > most_lines {
        return Err(CourseError::ListTooLong { field, most_lines, most_characters });
    }
    Ok(lines)
}
