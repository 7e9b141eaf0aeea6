//! Offers that include a course.
use crate::{
    Item, ItemKind, Offer as Sale, OrderError, Package, Plan, Price, SaleStatus,
    lessons::include::including, orders::offer_of,
};
use lms_kernel::{Currency, Id};
use lms_learning::{
    content::{Course, Pricing},
    learning::{Offer, ProductKind},
};
use lms_people::tenancy::TenantSettings;
use lms_store::{StoreError, Transaction};

/// The offers for a course beside the price that it carries: its prices in other currencies, and
/// the programs, packages and plans that include it, each at what an order for it would charge.
pub(super) async fn offers_with(
    tx: &mut Transaction,
    course: &Course,
) -> Result<Vec<Offer>, StoreError> {
    let mut offers = Vec::new();
    let items = including(tx, course.id).await?;
    let own = Item::of(ItemKind::Course, course.id);
    let carried = match course.pricing {
        Pricing::Paid { price, .. } => Some(price.currency()),
        Pricing::Free | Pricing::Subscription => None,
    };
    for currency in listed_currencies(tx, own).await? {
        if Some(currency) != carried
            && let Some(sale) = sale(tx, own, currency).await?
        {
            offers.push(Offer::Buy { price: sale.price });
        }
    }
    let mut products: Vec<Item> = items.iter().copied().filter(|it| *it != own).collect();
    let plans = tx.all(Plan::for_sale()).await?;
    let of_one_thing = plans.iter().filter(|it| items.contains(&it.subject));
    products.extend(of_one_thing.map(Plan::item).filter(|it| !items.contains(it)));
    for item in products {
        product(tx, item, &mut offers).await?;
    }
    Ok(offers)
}

async fn product(
    tx: &mut Transaction,
    item: Item,
    offers: &mut Vec<Offer>,
) -> Result<(), StoreError> {
    let product = match item.kind {
        ItemKind::Package => ProductKind::Package,
        ItemKind::Plan => ProductKind::Plan,
        ItemKind::Program => ProductKind::Program,
        _ => return Ok(()),
    };
    for currency in currencies(tx, item).await? {
        if let Some(sale) = sale(tx, item, currency).await? {
            let price = Some(sale.price);
            offers.push(Offer::Product { product, product_id: item.id, price });
        }
    }
    Ok(())
}

/// What an order in that currency would charge; none when it would be refused.
async fn sale(
    tx: &mut Transaction,
    item: Item,
    currency: Currency,
) -> Result<Option<Sale>, StoreError> {
    match offer_of(tx, item, currency).await {
        Ok(sale) => Ok(Some(sale)),
        Err(OrderError::Store(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

async fn listed_currencies(tx: &mut Transaction, item: Item) -> Result<Vec<Currency>, StoreError> {
    let listed = tx.all(Price::of_item(item)).await?;
    let on_sale = listed.iter().filter(|it| it.status == SaleStatus::Active);
    let mut currencies: Vec<Currency> = on_sale.map(|it| it.amount.currency()).collect();
    currencies.sort_by_key(|it| it.code().to_owned());
    Ok(currencies)
}

/// The currencies in which a thing may be sold: that of the price that it carries, or else the
/// tenant's, and those of the price list.
async fn currencies(tx: &mut Transaction, item: Item) -> Result<Vec<Currency>, StoreError> {
    let carried = match item.kind {
        ItemKind::Plan => {
            tx.get(Id::<Plan>::from_uuid(item.id)).await?.map(|it| it.price.currency())
        }
        ItemKind::Package => {
            let package = tx.get(Id::<Package>::from_uuid(item.id)).await?;
            let settings = tx.get(TenantSettings::id_of(tx.cx())).await?.map(|it| it.currency);
            package.and_then(|it| it.price.map(|it| it.currency()).or(settings))
        }
        _ => None,
    };
    let mut currencies: Vec<Currency> = carried.into_iter().collect();
    for currency in listed_currencies(tx, item).await? {
        if !currencies.contains(&currency) {
            currencies.push(currency);
        }
    }
    Ok(currencies)
}
