//! Recording usage, and setting its prices.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, Within, operation};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{ChargeError, ChargeModel, SaleStatus, TenantInvoice, UsagePrice, UsageRecord};
use lms_kernel::{Money, Timestamp, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, ThePlatform, authorize_on},
    tenancy::{Month, TenantSettings},
};
use lms_store::{IdempotencyError, Lock, Query, StoreError, Transaction, Upsert, Upserted};

/// An amount of usage to be counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewUsage {
    /// The kind of usage.
    pub metric: String,
    /// The source of the usage; the same source is counted once for a metric.
    pub source: String,
    /// How much, at least nothing.
    pub quantity: Decimal,
    /// The instant the usage occurred.
    pub occurred_at: Timestamp,
}

/// Why usage was not counted, or its price not set.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum UsagePriceError {
    /// A name is empty or too long.
    #[error("a metric and a source have 1 to {most} characters")]
    #[fault(invalid, field = "metric")]
    NameLength {
        /// The most characters.
        most: usize,
    },
    /// The amount is below zero.
    #[error("usage is below zero; record at least zero")]
    #[fault(invalid, field = "quantity")]
    Negative,
    /// The month is billed.
    #[error("`{month}` is invoiced and closed; record the usage in an open month")]
    #[fault(conflict, field = "occurred_at")]
    Frozen {
        /// The month.
        month: Month,
    },
    /// The least is more than the most.
    #[error("the least that a month costs must not be above the most")]
    #[fault(invalid, field = "minimum")]
    MinimumAboveMaximum,
    /// The model makes no sense.
    #[error(transparent)]
    #[fault(transparent)]
    Charge(#[from] ChargeError),
    /// The idempotency key does not fit.
    #[error(transparent)]
    #[fault(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The actor may not do this.
    #[error(transparent)]
    #[fault(transparent)]
    Denied(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

const LONGEST: usize = 100;

fn check_name(text: &str) -> Result<(), UsagePriceError> {
    match text.chars().count() {
        1..=LONGEST => Ok(()),
        _ => Err(UsagePriceError::NameLength { most: LONGEST }),
    }
}

/// Records usage, each source once per metric, and answers how many entries were new.
///
/// A month is closed when its invoice is issued; entries counted before may be reported again.
///
/// # Permission
/// `platform.manage_billing`; a metering worker acts as the system.
///
/// # Locks
/// Share-locks the tenant's settings row, which issuing an invoice locks.
///
/// # Errors
/// [`UsagePriceError`].
#[operation("commerce.record_usage")]
pub struct RecordUsage {
    /// The usage to record.
    pub usage: Vec<NewUsage>,
}

impl Operation for RecordUsage {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_BILLING]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = usize;
    type Error = UsagePriceError;

    async fn run(self, tx: &mut Transaction) -> Result<usize, UsagePriceError> {
        let Self { usage } = self;
        authorize_on(tx, Permission::PLATFORM_MANAGE_BILLING, &ThePlatform).await?;
        let own = TenantSettings::ID.eq(TenantSettings::id_of(tx.cx()));
        let settings = tx.first(Query::filter(own).lock(Lock::Share)).await?;
        let zone = settings.map(|it| it.time_zone).unwrap_or(lms_kernel::TimeZone::UTC);
        let mut new: Vec<UsageRecord> = Vec::with_capacity(usage.len());
        for it in usage {
            check_name(&it.metric)?;
            check_name(&it.source)?;
            if it.quantity < Decimal::ZERO {
                return Err(UsagePriceError::Negative);
            }
            let same = |other: &UsageRecord| other.metric == it.metric && other.source == it.source;
            if !new.iter().any(same) {
                new.push(UsageRecord::new(
                    tx.cx(),
                    &it.metric,
                    &it.source,
                    it.quantity,
                    it.occurred_at,
                ));
            }
        }
        let sources = new.iter().map(|it| it.source.clone());
        let known = tx.all(UsageRecord::by_sources(sources)).await?;
        new.retain(|it| known.iter().all(|had| had.metric != it.metric || had.source != it.source));
        let mut months: Vec<Month> = new.iter().map(|it| Month::at(it.occurred_at, zone)).collect();
        months.sort_unstable();
        months.dedup();
        for month in months {
            if tx.exists(TenantInvoice::freezing(month)).await? {
                return Err(UsagePriceError::Frozen { month });
            }
        }
        if new.is_empty() {
            return Ok(0);
        }
        let once = Upsert::on(UsageRecord::METRIC).and(UsageRecord::SOURCE);
        let done = tx.upsert_all(&new, once).await?;
        Ok(done.iter().filter(|it| **it == Upserted::Inserted).count())
    }
}

/// Sets the price of a usage metric for the tenant, from the next invoice on.
///
/// # Permission
/// `platform.manage_billing`.
///
/// # Locks
/// The price's row.
///
/// # Errors
/// [`UsagePriceError`].
#[operation("commerce.set_usage_price")]
pub struct SetUsagePrice {
    /// The metric that is charged.
    pub metric: String,
    /// The name shown on invoices.
    pub name: Title,
    /// The charge model: per unit, package, graduated or volume.
    pub model: ChargeModel,
    /// The lowest and highest charge per month; `None` for no bound.
    pub bounds: (Option<Money>, Option<Money>),
}

impl Operation for SetUsagePrice {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_BILLING]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = UsagePrice;
    type Error = UsagePriceError;

    async fn run(self, tx: &mut Transaction) -> Result<UsagePrice, UsagePriceError> {
        let Self { metric, name, model, bounds } = self;
        let metric = metric.as_str();
        authorize_on(tx, Permission::PLATFORM_MANAGE_BILLING, &ThePlatform).await?;
        check_name(metric)?;
        model.check()?;
        let (minimum, maximum) = bounds;
        if let (Some(least), Some(most)) = (minimum, maximum)
            && least.compare(most).map_err(ChargeError::from)?.is_gt()
        {
            return Err(UsagePriceError::MinimumAboveMaximum);
        }
        let known = tx.first(UsagePrice::of_metric(metric).lock(Lock::Update)).await?;
        let is_new = known.is_none();
        let mut price =
            known.unwrap_or_else(|| UsagePrice::new(tx.cx(), metric, name.clone(), model.clone()));
        price.name = name;
        price.model = model;
        price.minimum = minimum;
        price.maximum = maximum;
        price.status = SaleStatus::Active;
        match is_new {
            true => tx.insert(&price).await?,
            false => tx.update(&mut price).await?,
        }
        Ok(price)
    }
}
