//! What a thing is sold for now.
use serde::{Deserialize, Serialize};

use crate::{Item, ItemKind, OrderError, Package, Plan, Price, SaleStatus, TaxRate};
use lms_kernel::{Currency, Id, Money};
use lms_learning::content::{Course, Pricing, PublicationStatus};
use lms_store::Transaction;

/// The present price of an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// What `item` is sold for now in that currency: its entry in the price list, or else the price
/// that it carries itself. A thing that carries no price is free.
///
/// # Errors
/// [`OrderError::NotForSale`] if it is archived, not published, unknown, or has no price in that currency.
pub async fn offer_of(
    tx: &mut Transaction,
    item: Item,
    currency: Currency,
) -> Result<Offer, OrderError> {
    let not_for_sale = OrderError::NotForSale { item, currency };
    if let Some(entry) = tx.first(Price::of(item, currency)).await? {
        return match entry.status {
            SaleStatus::Active => Ok(Offer {
                item,
                title: entry.title.to_string(),
                price: entry.amount,
                access_days: entry.access_days,
                tax: entry.tax,
            }),
            SaleStatus::Archived => Err(not_for_sale),
        };
    }
    let own = match item.kind {
        ItemKind::Package => package_offer(tx, item, currency).await?,
        ItemKind::Course => course_offer(tx, item, currency).await?,
        ItemKind::Plan => plan_offer(tx, item).await?,
        ItemKind::Program | ItemKind::Class | ItemKind::Certificate | ItemKind::Placement => None,
    };
    own.filter(|it| it.price.currency() == currency).ok_or(not_for_sale)
}

async fn package_offer(
    tx: &mut Transaction,
    item: Item,
    currency: Currency,
) -> Result<Option<Offer>, OrderError> {
    let package = tx.get(Id::<Package>::from_uuid(item.id)).await?;
    Ok(package.filter(|it| it.status == SaleStatus::Active).map(|it| Offer {
        item,
        title: it.name.to_string(),
        price: it.price.unwrap_or(Money::zero(currency)),
        access_days: it.access_days,
        tax: it.tax,
    }))
}

async fn plan_offer(tx: &mut Transaction, item: Item) -> Result<Option<Offer>, OrderError> {
    let plan = tx.get(Id::<Plan>::from_uuid(item.id)).await?;
    Ok(plan.filter(|it| it.status == SaleStatus::Active).map(|it| Offer {
        item,
        title: it.name.to_string(),
        price: it.price,
        access_days: None,
        tax: it.tax,
    }))
}

/// A published course at the price that it carries; one that only a subscription includes is not
/// sold by itself.
async fn course_offer(
    tx: &mut Transaction,
    item: Item,
    currency: Currency,
) -> Result<Option<Offer>, OrderError> {
    let course = tx.get(Id::<Course>::from_uuid(item.id)).await?;
    let Some(course) = course.filter(|it| it.status == PublicationStatus::Published) else {
        return Ok(None);
    };
    let price = match course.pricing {
        Pricing::Free => Some(Money::zero(currency)),
        Pricing::Paid { .. } => course.pricing.price_due(),
        Pricing::Subscription => None,
    };
    Ok(price.map(|price| Offer {
        item,
        title: course.title.to_string(),
        price,
        access_days: course.access_days,
        tax: None,
    }))
}
