//! Setting and archiving prices.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::{Item, ItemKind, Package, Plan, Price, SaleStatus, TaxRate};
use lms_kernel::{Currency, Id, Money, Title};
use lms_learning::{
    content::{Course, Pricing},
    delivery::{ClassGroup, Program},
};
use lms_people::{
    authorization::{AuthorizationError, Permission, TheTenant, authorize_on},
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{Lock, StoreError, Transaction};

/// Why a price was not set.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PriceError {
    /// The price is below zero.
    #[error("a thing costs nothing or something; choose an amount of at least zero")]
    #[fault(invalid, field = "amount")]
    NegativePrice,
    /// Access would end as it begins.
    #[error("access lasts at least one day; leave the days out for access without end")]
    #[fault(invalid, field = "access_days")]
    NoAccess,
    /// The thing is not there.
    #[error("there is no such thing; make it first")]
    #[fault(not_found, field = "item")]
    UnknownItem,
    /// A plan has one price, for every period.
    #[error("a plan keeps its price; make another plan, and take this one out of sale")]
    #[fault(conflict, field = "item")]
    PriceOfPlan,
    /// The thing has no price in that currency.
    #[error("there is no price in `{currency}`")]
    #[fault(not_found, field = "currency")]
    NoPrice {
        /// The currency.
        currency: Currency,
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

/// Sets what a thing costs in the currency of the amount, from the next order on. Orders that were
/// placed keep their prices.
///
/// A course or package shows and charges the price that it carries itself: one that carries none,
/// or one in this currency, carries this one from now on, without its discounted price.
///
/// # Permission
/// `prices.manage`.
///
/// # Locks
/// The course's or package's row.
///
/// # Errors
/// [`PriceError`].
#[operation("commerce.set_price")]
#[derive(PartialEq)]
pub struct SetPrice {
    /// A course, program, package, class, placement or certificate.
    pub item: Item,
    /// The name shown to buyers.
    pub title: Title,
    /// The price, at least zero.
    pub amount: Money,
    /// The tax on it, if any.
    pub tax: Option<TaxRate>,
    /// For how many days it gives access, from 1; for ever when there is none.
    pub access_days: Option<u32>,
}

impl SetPrice {
    /// An untaxed price, for access without end.
    pub const fn new(item: Item, title: Title, amount: Money) -> Self {
        Self { item, title, amount, tax: None, access_days: None }
    }
}

impl Operation for SetPrice {
    const ACCESS: Access = Access::Asks(&[Permission::PRICES_MANAGE]);
    type Answer = Price;
    type Error = PriceError;

    async fn run(self, tx: &mut Transaction) -> Result<Price, PriceError> {
        authorize_on(tx, Permission::PRICES_MANAGE, &TheTenant).await?;
        require_feature(tx, Feature::Sales).await?;
        if self.amount.is_negative() {
            return Err(PriceError::NegativePrice);
        }
        if self.access_days == Some(0) {
            return Err(PriceError::NoAccess);
        }
        if self.item.kind == ItemKind::Plan {
            return Err(PriceError::PriceOfPlan);
        }
        if !knows_item(tx, self.item).await? {
            return Err(PriceError::UnknownItem);
        }
        carry(tx, self.item, self.amount).await?;
        let known = Price::of(self.item, self.amount.currency()).lock(Lock::Update);
        let (mut price, is_new) = match tx.first(known).await? {
            Some(price) => (price, false),
            None => (Price::new(tx.cx(), self.item, self.title.clone(), self.amount), true),
        };
        price.title = self.title;
        price.amount = self.amount;
        price.tax = self.tax;
        price.access_days = self.access_days;
        price.status = SaleStatus::Active;
        match is_new {
            true => tx.insert(&price).await?,
            false => tx.update(&mut price).await?,
        }
        Ok(price)
    }
}

/// Writes the price on the course or package itself, where it carries none or one in that currency.
async fn carry(tx: &mut Transaction, item: Item, amount: Money) -> Result<(), StoreError> {
    match item.kind {
        ItemKind::Course => {
            let mut course = tx.lock(Id::<Course>::from_uuid(item.id)).await?;
            let carried = match course.pricing {
                Pricing::Paid { price, .. } => Some(price.currency()),
                Pricing::Free | Pricing::Subscription => None,
            };
            if carried.is_none_or(|it| it == amount.currency()) {
                course.pricing = Pricing::Paid { price: amount, discount_price: None };
                tx.update(&mut course).await?;
            }
        }
        ItemKind::Package => {
            let mut package = tx.lock(Id::<Package>::from_uuid(item.id)).await?;
            if package.price.is_none_or(|it| it.currency() == amount.currency()) {
                package.price = Some(amount);
                tx.update(&mut package).await?;
            }
        }
        ItemKind::Program
        | ItemKind::Plan
        | ItemKind::Class
        | ItemKind::Certificate
        | ItemKind::Placement => {}
    }
    Ok(())
}

/// Takes a thing out of sale in one currency; those who have bought it keep it. A course that
/// carried the price itself is then only had by what includes it, such as a plan.
///
/// # Permission
/// `prices.manage`.
///
/// # Locks
/// The price's and the course's row.
///
/// # Errors
/// [`PriceError::NoPrice`]; [`PriceError::PriceOfPlan`], as a plan is archived instead. A package
/// that carries the price itself is archived by `commerce.archive_package`.
#[operation("commerce.archive_price")]
#[derive(Copy, PartialEq, Eq)]
pub struct ArchivePrice {
    /// The item whose price is archived.
    pub item: Item,
    /// The currency of the price.
    pub currency: Currency,
}

impl Operation for ArchivePrice {
    const ACCESS: Access = Access::Asks(&[Permission::PRICES_MANAGE]);
    type Answer = Price;
    type Error = PriceError;

    async fn run(self, tx: &mut Transaction) -> Result<Price, PriceError> {
        let Self { item, currency } = self;
        authorize_on(tx, Permission::PRICES_MANAGE, &TheTenant).await?;
        if item.kind == ItemKind::Plan {
            return Err(PriceError::PriceOfPlan);
        }
        if item.kind == ItemKind::Course
            && let Some(course) = tx.get(Id::<Course>::from_uuid(item.id)).await?
        {
            let mut course = tx.lock(course.id).await?;
            if course.pricing.price_due().is_some_and(|it| it.currency() == currency) {
                course.pricing = Pricing::Subscription;
                tx.update(&mut course).await?;
            }
        }
        let known = tx.first(Price::of(item, currency).lock(Lock::Update)).await?;
        let mut price = known.ok_or(PriceError::NoPrice { currency })?;
        price.status = SaleStatus::Archived;
        tx.update(&mut price).await?;
        Ok(price)
    }
}

/// Whether the thing is there. Placement tests are of a context that this one does not know.
pub(crate) async fn knows_item(tx: &mut Transaction, item: Item) -> Result<bool, StoreError> {
    Ok(match item.kind {
        ItemKind::Course | ItemKind::Certificate => {
            tx.get(Id::<Course>::from_uuid(item.id)).await?.is_some()
        }
        ItemKind::Program => tx.get(Id::<Program>::from_uuid(item.id)).await?.is_some(),
        ItemKind::Class => tx.get(Id::<ClassGroup>::from_uuid(item.id)).await?.is_some(),
        ItemKind::Package => tx.get(Id::<Package>::from_uuid(item.id)).await?.is_some(),
        ItemKind::Plan => tx.get(Id::<Plan>::from_uuid(item.id)).await?.is_some(),
        ItemKind::Placement => true,
    })
}
