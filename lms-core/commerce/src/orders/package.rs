//! Packages: items that are sold together.
use serde::{Deserialize, Serialize};

use crate::{Item, SaleStatus, TaxRate};
use lms_kernel::{Context, EntityKind, Id, Money, Slug, Title};
use lms_store::{Direction, Query, Record, Stamp};

/// Courses, programs, classes, placements and certificates that are sold together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "packages", unique(slug))]
pub struct Package {
    /// The package's id.
    pub id: Id<Package>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Its name.
    pub name: Title,
    /// Its name in addresses.
    pub slug: Slug,
    /// What it offers, in the words of the seller.
    pub description: Option<String>,
    /// Its price; nothing means that it is free.
    #[record(prefixed)]
    pub price: Option<Money>,
    /// The tax on it, if any.
    #[record(prefixed)]
    pub tax: Option<TaxRate>,
    /// For how many days it gives access; for ever when there is none.
    pub access_days: Option<u32>,
    /// Whether it can be bought.
    pub status: SaleStatus,
}

impl Package {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("package");

    /// A package that can be bought at that price.
    pub fn new(cx: &Context, name: Title, slug: Slug, price: Option<Money>) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            name,
            slug,
            description: None,
            price,
            tax: None,
            access_days: None,
            status: SaleStatus::Active,
        }
    }

    /// The package with that slug.
    pub fn by_slug(slug: Slug) -> Query<Self> {
        Query::filter(Self::SLUG.eq(slug))
    }
}

/// One thing in a package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "package_items", unique(package_id, item_kind, item_id))]
pub struct PackageItem {
    /// The entry's id.
    pub id: Id<PackageItem>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The package.
    pub package_id: Id<Package>,
    /// What is in it.
    #[record(prefixed)]
    pub item: Item,
    /// Its place in the package, from 0.
    pub position: u16,
}

impl PackageItem {
    /// An entry of a package.
    pub fn new(cx: &Context, package: Id<Package>, item: Item, position: u16) -> Self {
        Self { id: cx.id(), stamp: Stamp::new(cx), package_id: package, item, position }
    }

    /// What is in a package, in its order.
    pub fn of_package(package: Id<Package>) -> Query<Self> {
        Query::filter(Self::PACKAGE_ID.eq(package)).order_by(Self::POSITION, Direction::Asc)
    }
}
