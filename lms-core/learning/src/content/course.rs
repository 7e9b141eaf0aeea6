//! Courses: what a tenant teaches.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::content::{
    Category, CertificatePolicy, HierarchyProfile, Pricing, PricingKind, Prose, PublicationStatus,
    Tags,
};
use lms_kernel::{Context, EntityKind, EntityRef, Id, LanguageTag, Link, Slug, Timestamp, Title};
use lms_people::identity::Membership;
use lms_store::{Col, Direction, Query, Record, Stamp};

/// How much a course asks of its learners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum Difficulty {
    /// No earlier knowledge.
    Beginner,
    /// Some earlier knowledge.
    Intermediate,
    /// Solid earlier knowledge.
    Advanced,
    /// For those who practise the field.
    Expert,
}

/// A course: a title, a tree of content, and the terms on which it is offered.
///
/// # Lifecycle
///
/// ```
/// use lms_learning::content::{PublicationEvent, PublicationStatus};
///
/// let review = PublicationStatus::Draft.apply(PublicationEvent::Submit)?;
/// let published = review.apply(PublicationEvent::Approve)?;
/// assert_eq!(published, PublicationStatus::Published);
/// let archived = published.apply(PublicationEvent::Archive)?;
/// assert_eq!(archived.apply(PublicationEvent::Restore)?, PublicationStatus::Draft);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Pitfalls
/// - Publishing a course does not publish its nodes: learners see a node when it and all above it
///   are published.
/// - A deleted course can be restored; its content, enrollments and marks stay until retention
///   purges them.
/// - The price is the present one. An order keeps the price that it was placed at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "courses",
    unique(slug),
    index(category_id, is_featured),
    index(owner_id, status),
    index(status, published_at),
    index(is_featured)
)]
pub struct Course {
    /// The course's id.
    pub id: Id<Course>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Its name.
    pub title: Title,
    /// Its name in web addresses, unique in the tenant.
    pub slug: Slug,
    /// What it is about, in full.
    pub description: Option<Prose>,
    /// What it is about, in a sentence or two.
    pub short_description: Option<Prose>,
    /// Its picture.
    pub image_url: Option<Link>,
    /// A short film about it.
    pub trailer_url: Option<Link>,
    /// Where it is filed.
    pub category_id: Option<Id<Category>>,
    /// The words it is tagged with.
    #[record(json)]
    pub tags: Tags,
    /// How much it asks of its learners.
    pub difficulty: Option<Difficulty>,
    /// Whether learners may see it.
    pub status: PublicationStatus,
    /// Who is responsible for it.
    pub owner_id: Id<Membership>,
    /// The language it is taught in.
    pub language: Option<LanguageTag>,
    /// What one should know before, in words; rules that are checked are release rules.
    pub prerequisites: Option<Prose>,
    /// What one can do after.
    #[record(json)]
    pub learning_outcomes: Vec<String>,
    /// Whom it is for.
    #[record(json)]
    pub target_audience: Vec<String>,
    /// What one needs, such as a computer.
    #[record(json)]
    pub requirements: Vec<String>,
    /// Whether the tenant shows it first.
    pub is_featured: bool,
    /// Whether the tenant shows it as one that sells well.
    pub is_bestseller: bool,
    /// How many may learn in it at the same time; without a limit when there is none.
    pub capacity: Option<u32>,
    /// What happens to those who come when it is full.
    pub waitlists: bool,
    /// What it costs.
    #[record(prefixed)]
    pub pricing: Pricing,
    /// When finishing it earns a certificate.
    #[record(json)]
    pub certificate_policy: CertificatePolicy,
    /// When it was published last.
    pub published_at: Option<Timestamp>,
    /// How long it takes, as its authors think.
    pub estimated_duration_minutes: Option<u32>,
    /// Which kinds of node its tree has.
    pub hierarchy: HierarchyProfile,
    /// How many days one may learn in it after enrolling; for ever when there is no number.
    pub access_days: Option<u32>,
}

impl Course {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("course");
    /// The column that says how the course is paid for.
    pub const PRICING_KIND: Col<Self, PricingKind> = Col::new("pricing_kind");

    /// An empty draft, free and without limits.
    pub fn new(cx: &Context, title: Title, slug: Slug, owner_id: Id<Membership>) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            title,
            slug,
            description: None,
            short_description: None,
            image_url: None,
            trailer_url: None,
            category_id: None,
            tags: Tags::default(),
            difficulty: None,
            status: PublicationStatus::Draft,
            owner_id,
            language: None,
            prerequisites: None,
            learning_outcomes: Vec::new(),
            target_audience: Vec::new(),
            requirements: Vec::new(),
            is_featured: false,
            is_bestseller: false,
            capacity: None,
            waitlists: false,
            pricing: Pricing::Free,
            certificate_policy: CertificatePolicy::default(),
            published_at: None,
            estimated_duration_minutes: None,
            hierarchy: HierarchyProfile::default(),
            access_days: None,
        }
    }

    /// A reference to the course.
    pub const fn reference(&self) -> EntityRef {
        EntityRef::to(Self::ENTITY, self.id)
    }

    /// The course with that slug.
    pub fn by_slug(slug: Slug) -> Query<Self> {
        Query::filter(Self::SLUG.eq(slug))
    }

    /// The courses that learners may see, by title.
    pub fn published() -> Query<Self> {
        Query::filter(Self::STATUS.eq(PublicationStatus::Published))
            .order_by(Self::TITLE, Direction::Asc)
    }

    /// The published courses of a category, by title.
    pub fn published_in(category: Id<Category>) -> Query<Self> {
        Self::published().and(Self::CATEGORY_ID.is(category))
    }

    /// The published courses that carry a tag, in its normalised form.
    pub fn published_with_tag(tag: &str) -> Query<Self> {
        Self::published().and(Self::TAGS.json_contains(serde_json::json!([tag])))
    }

    /// The courses that a person is responsible for, by title.
    pub fn owned_by(owner: Id<Membership>) -> Query<Self> {
        Query::filter(Self::OWNER_ID.eq(owner)).order_by(Self::TITLE, Direction::Asc)
    }
}
