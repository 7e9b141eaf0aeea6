//! Categories: the tree that courses are filed under.
use serde::{Deserialize, Serialize};

use crate::content::Prose;
use lms_kernel::{Context, Id, Link, Slug, Title};
use lms_store::{Direction, Query, Record, Stamp};

/// A shelf that courses are filed under. Categories nest without cycles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "categories", unique(slug), index(parent_id))]
pub struct Category {
    /// The category's id.
    pub id: Id<Category>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Its name.
    pub name: Title,
    /// Its name in web addresses, unique in the tenant.
    pub slug: Slug,
    /// What it is about.
    pub description: Option<Prose>,
    /// The category it is part of; none for a top one.
    pub parent_id: Option<Id<Category>>,
    /// Its picture.
    pub icon_url: Option<Link>,
}

impl Category {
    /// A top category.
    pub fn new(cx: &Context, name: Title, slug: Slug) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            name,
            slug,
            description: None,
            parent_id: None,
            icon_url: None,
        }
    }

    /// The category with that slug.
    pub fn by_slug(slug: Slug) -> Query<Self> {
        Query::filter(Self::SLUG.eq(slug))
    }

    /// The categories directly under `parent`, by name.
    pub fn children_of(parent: Id<Category>) -> Query<Self> {
        Query::filter(Self::PARENT_ID.is(parent)).order_by(Self::NAME, Direction::Asc)
    }
}
