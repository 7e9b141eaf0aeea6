//! Creating packages, setting their items, and archiving them.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::{Item, ItemKind, Package, PackageItem, SaleStatus, TaxRate, orders::knows_item};
use lms_kernel::{Id, Money, Slug, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, TheTenant, authorize_on},
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{StoreError, Transaction};

/// Why a package was not made or changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PackageError {
    /// The price is below zero.
    #[error("a package costs nothing or something; choose a price of at least zero")]
    #[fault(invalid, field = "price")]
    NegativePrice,
    /// Access would end as it begins.
    #[error("access lasts at least one day; leave the days out for access without end")]
    #[fault(invalid, field = "access_days")]
    NoAccess,
    /// Another package has the same slug.
    #[error("the slug is taken; choose another")]
    #[fault(conflict, field = "slug")]
    SlugTaken,
    /// A package holds packages or plans.
    #[error("a package holds courses, programs, classes, placements and certificates")]
    #[fault(invalid, field = "items")]
    NotPackable,
    /// A thing is not there.
    #[error("there is no such thing; make it first")]
    #[fault(not_found, field = "items")]
    UnknownItem,
    /// There are too many things.
    #[error("a package holds at most {most} things; make several packages")]
    #[fault(invalid, field = "items")]
    TooManyItems {
        /// The most things.
        most: usize,
    },
    /// The actor may not do this.
    #[error(transparent)]
    #[fault(transparent)]
    Denied(#[from] AuthorizationError),
    /// The tenant does not sell.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// The most things in a package.
const MAX_PACKAGE_ITEMS: usize = 200;

/// Creates a package for sale with its items, in order.
///
/// # Permission
/// `prices.manage`.
///
/// # Errors
/// [`PackageError`].
#[operation("commerce.create_package")]
#[derive(PartialEq)]
pub struct CreatePackage {
    /// The package's name.
    pub name: Title,
    /// The package's part of web addresses, unique in the tenant.
    pub slug: Slug,
    /// The seller's description.
    pub description: Option<String>,
    /// The price; `None` makes it free.
    pub price: Option<Money>,
    /// The tax rate on the price; `None` for no tax.
    pub tax: Option<TaxRate>,
    /// The number of days of access, from 1; `None` for access without an end.
    pub access_days: Option<u32>,
    /// The items it contains, each once.
    pub items: Vec<Item>,
}

impl CreatePackage {
    /// An untaxed package at that price, for access without end.
    pub const fn new(name: Title, slug: Slug, price: Option<Money>, items: Vec<Item>) -> Self {
        Self { name, slug, description: None, price, tax: None, access_days: None, items }
    }
}

impl Operation for CreatePackage {
    const ACCESS: Access = Access::Asks(&[Permission::PRICES_MANAGE]);
    type Answer = Package;
    type Error = PackageError;

    async fn run(self, tx: &mut Transaction) -> Result<Package, PackageError> {
        authorize_on(tx, Permission::PRICES_MANAGE, &TheTenant).await?;
        require_feature(tx, Feature::Sales).await?;
        if self.price.is_some_and(Money::is_negative) {
            return Err(PackageError::NegativePrice);
        }
        if self.access_days == Some(0) {
            return Err(PackageError::NoAccess);
        }
        check_items(tx, &self.items).await?;
        let mut package = Package::new(tx.cx(), self.name, self.slug, self.price);
        package.description = self.description;
        package.tax = self.tax;
        package.access_days = self.access_days;
        tx.insert(&package).await.map_err(|error| match error {
            StoreError::Duplicate { columns, .. } if columns.contains(&"slug") => {
                PackageError::SlugTaken
            }
            error => error.into(),
        })?;
        list(tx, &package, self.items).await?;
        Ok(package)
    }
}

/// Sets the items of a package, in order. They replace the earlier ones; buyers get new items when
/// they open them, and keep removed ones.
///
/// # Permission
/// `prices.manage`.
///
/// # Locks
/// The package's row.
///
/// # Errors
/// [`PackageError`].
#[operation("commerce.set_package_items")]
pub struct SetPackageItems {
    /// The package to change.
    pub package: Id<Package>,
    /// The complete list of items, each once.
    pub items: Vec<Item>,
}

impl Operation for SetPackageItems {
    const ACCESS: Access = Access::Asks(&[Permission::PRICES_MANAGE]);
    type Answer = Vec<PackageItem>;
    type Error = PackageError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<PackageItem>, PackageError> {
        let Self { package, items } = self;
        authorize_on(tx, Permission::PRICES_MANAGE, &TheTenant).await?;
        require_feature(tx, Feature::Sales).await?;
        let package = tx.lock(package).await?;
        check_items(tx, &items).await?;
        for mut listed in tx.all(PackageItem::of_package(package.id)).await? {
            tx.delete(&mut listed).await?;
        }
        list(tx, &package, items).await
    }
}

async fn check_items(tx: &mut Transaction, items: &[Item]) -> Result<(), PackageError> {
    if items.len() > MAX_PACKAGE_ITEMS {
        return Err(PackageError::TooManyItems { most: MAX_PACKAGE_ITEMS });
    }
    for item in items {
        if matches!(item.kind, ItemKind::Package | ItemKind::Plan) {
            return Err(PackageError::NotPackable);
        }
        if !knows_item(tx, *item).await? {
            return Err(PackageError::UnknownItem);
        }
    }
    Ok(())
}

async fn list(
    tx: &mut Transaction,
    package: &Package,
    items: Vec<Item>,
) -> Result<Vec<PackageItem>, PackageError> {
    let mut listed: Vec<PackageItem> = Vec::with_capacity(items.len());
    for item in items {
        if listed.iter().all(|it| it.item != item) {
            let position = u16::try_from(listed.len()).unwrap_or(u16::MAX);
            listed.push(PackageItem::new(tx.cx(), package.id, item, position));
        }
    }
    tx.insert_all(&listed).await?;
    Ok(listed)
}

/// Archives a package: it is no longer sold, and buyers keep it.
///
/// # Permission
/// `prices.manage`.
///
/// # Locks
/// The package's row.
///
/// # Errors
/// [`PackageError`].
#[operation("commerce.archive_package")]
pub struct ArchivePackage {
    /// The package to archive.
    pub package: Id<Package>,
}

impl Operation for ArchivePackage {
    const ACCESS: Access = Access::Asks(&[Permission::PRICES_MANAGE]);
    type Answer = Package;
    type Error = PackageError;

    async fn run(self, tx: &mut Transaction) -> Result<Package, PackageError> {
        authorize_on(tx, Permission::PRICES_MANAGE, &TheTenant).await?;
        let mut package = tx.lock(self.package).await?;
        package.status = SaleStatus::Archived;
        tx.update(&mut package).await?;
        Ok(package)
    }
}
