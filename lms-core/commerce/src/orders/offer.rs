//! The current offer of an item.
use serde::{Deserialize, Serialize};

use crate::{Item, ItemKind, OrderError, Package, PackageItem, Plan, Price, SaleStatus, TaxRate};
use lms_kernel::{Currency, Id, Money};
use lms_learning::{
    content::{Course, Pricing, PublicationStatus},
    delivery::{ClassGroup, ClassStatus, Program},
};
use lms_store::{StoreError, Transaction};

/// The present price of an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Offer {
    /// The thing.
    pub item: Item,
    /// What buyers see it called.
    pub title: String,
    /// The list price.
    pub price: Money,
    /// For how many days it gives access; for ever when there is none.
    pub access_days: Option<u32>,
    /// The tax on it, if any.
    pub tax: Option<TaxRate>,
}

/// What `item` is sold for now in that currency: the one price that is shown and charged.
///
/// Plans, packages and courses that carry a price are sold at it in its currency; the price list
/// has what they cost in other currencies, and the price of everything else. For a thing that
/// carries a price, its entry in the same currency says only its title, its tax and for how long it
/// gives access. A plan costs the same in every period, so it is sold at its own price alone. A
/// course or package without any price is free.
///
/// # Errors
/// [`OrderError::NotForSale`] if it is archived, not published, deleted, over, holds a course that
/// is not published, or has no price in that currency.
pub(crate) async fn offer_of(
    tx: &mut Transaction,
    item: Item,
    currency: Currency,
) -> Result<Offer, OrderError> {
    let not_for_sale = OrderError::NotForSale { item, currency };
    if !is_sellable(tx, item).await? {
        return Err(not_for_sale);
    }
    let entry = match item.kind {
        ItemKind::Plan => None,
        _ => tx.first(Price::of(item, currency)).await?,
    };
    let is_withdrawn = entry.as_ref().is_some_and(|it| it.status == SaleStatus::Archived);
    let own = match item.kind {
        ItemKind::Package => package_offer(tx, item, currency).await?,
        ItemKind::Course => course_offer(tx, item, currency).await?,
        ItemKind::Plan => plan_offer(tx, item).await?,
        ItemKind::Program | ItemKind::Class | ItemKind::Certificate | ItemKind::Placement => None,
    };
    let listed = entry.filter(|_| !is_withdrawn).map(|entry| Offer {
        item,
        title: entry.title.to_string(),
        price: entry.amount,
        access_days: entry.access_days,
        tax: entry.tax,
    });
    let own = own.filter(|(offer, _)| offer.price.currency() == currency);
    match (own, listed) {
        (Some((own, Carries::Price)), Some(listed)) => Ok(Offer { price: own.price, ..listed }),
        (Some((own, Carries::Price)), None) => Ok(own),
        (_, Some(listed)) => Ok(listed),
        (Some((own, Carries::Nothing)), None) if !is_withdrawn => Ok(own),
        (Some(_) | None, None) => Err(not_for_sale),
    }
}

/// Whether a thing has a price of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carries {
    Price,
    Nothing,
}

/// Whether what is known of a thing lets it be sold: a plan of one thing, if that thing may. A thing
/// that only the price list knows is sold by the list alone.
pub(crate) async fn is_sellable(tx: &mut Transaction, item: Item) -> Result<bool, StoreError> {
    match item.kind {
        ItemKind::Plan => {
            let plan = tx.recall(Id::<Plan>::from_uuid(item.id)).await?;
            match plan.filter(|it| it.status == SaleStatus::Active) {
                None => Ok(false),
                Some(plan) if plan.subject == item => Ok(true),
                Some(plan) => is_whole_sellable(tx, plan.subject).await,
            }
        }
        _ => is_whole_sellable(tx, item).await,
    }
}

async fn is_whole_sellable(tx: &mut Transaction, item: Item) -> Result<bool, StoreError> {
    match item.kind {
        ItemKind::Course | ItemKind::Certificate => is_published(tx, Id::from_uuid(item.id)).await,
        ItemKind::Class => {
            let class = tx.get_even_deleted(Id::<ClassGroup>::from_uuid(item.id)).await?;
            Ok(class
                .is_none_or(|it| it.status == ClassStatus::Active && it.stamp.deleted_at.is_none()))
        }
        ItemKind::Program => {
            let program = tx.get_even_deleted(Id::<Program>::from_uuid(item.id)).await?;
            Ok(program.is_none_or(|it| it.stamp.deleted_at.is_none()))
        }
        ItemKind::Package => {
            let package = tx.recall(Id::<Package>::from_uuid(item.id)).await?;
            let Some(package) = package.filter(|it| it.status == SaleStatus::Active) else {
                return Ok(false);
            };
            for part in tx.all(PackageItem::of_package(package.id)).await? {
                let is_course = part.item.kind == ItemKind::Course;
                if is_course && !is_published(tx, Id::from_uuid(part.item.id)).await? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        ItemKind::Plan | ItemKind::Placement => Ok(true),
    }
}

async fn is_published(tx: &mut Transaction, course: Id<Course>) -> Result<bool, StoreError> {
    match tx.recall(course).await? {
        Some(course) => Ok(course.status == PublicationStatus::Published),
        // One that only the price list knows; not one that was deleted.
        None => Ok(tx.get_even_deleted(course).await?.is_none()),
    }
}

async fn package_offer(
    tx: &mut Transaction,
    item: Item,
    currency: Currency,
) -> Result<Option<(Offer, Carries)>, OrderError> {
    let package = tx.recall(Id::<Package>::from_uuid(item.id)).await?;
    Ok(package.map(|it| {
        let carries = if it.price.is_some() { Carries::Price } else { Carries::Nothing };
        let offer = Offer {
            item,
            title: it.name.to_string(),
            price: it.price.unwrap_or(Money::zero(currency)),
            access_days: it.access_days,
            tax: it.tax,
        };
        (offer, carries)
    }))
}

async fn plan_offer(
    tx: &mut Transaction,
    item: Item,
) -> Result<Option<(Offer, Carries)>, OrderError> {
    let plan = tx.recall(Id::<Plan>::from_uuid(item.id)).await?;
    Ok(plan.filter(|it| it.status == SaleStatus::Active).map(|it| {
        let (title, price, tax) = (it.name.to_string(), it.price, it.tax);
        (Offer { item, title, price, access_days: None, tax }, Carries::Price)
    }))
}

/// A course at the price that it carries; one that only a subscription includes is not sold by
/// itself.
async fn course_offer(
    tx: &mut Transaction,
    item: Item,
    currency: Currency,
) -> Result<Option<(Offer, Carries)>, OrderError> {
    let Some(course) = tx.recall(Id::<Course>::from_uuid(item.id)).await? else { return Ok(None) };
    let (price, carries) = match course.pricing {
        Pricing::Free => (Some(Money::zero(currency)), Carries::Nothing),
        Pricing::Paid { .. } => (course.pricing.price_due(), Carries::Price),
        Pricing::Subscription => (None, Carries::Nothing),
    };
    let title = course.title.to_string();
    let access_days = course.access_days;
    Ok(price.map(|price| (Offer { item, title, price, access_days, tax: None }, carries)))
}
