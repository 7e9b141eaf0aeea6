//! Creating and archiving plans.
use lms_store::operation::{Access, Operation, operation};

use crate::{Interval, Item, ItemKind, Plan, PlanError, PlanItem, PlanTerms, SaleStatus, TaxRate};
use lms_kernel::{Id, Metadata, Money, Slug, Title};
use lms_people::{
    authorization::{Permission, TheTenant, authorize_on},
    tenancy::{Feature, require_feature},
};
use lms_store::{StoreError, Transaction};

/// Creates a subscription plan.
///
/// # Permission
/// `prices.manage`.
///
/// # Errors
/// [`PlanError`].
#[operation("commerce.create_plan")]
#[derive(PartialEq)]
pub struct CreatePlan {
    /// The plan's name.
    pub name: Title,
    /// The plan's part of web addresses, unique in the tenant.
    pub slug: Slug,
    /// The course, program or package it sells; `None` sells the items set with [`SetPlanItems`].
    pub subject: Option<Item>,
    /// The billing period; `None` for a plan that is paid once and never ends.
    pub interval: Option<Interval>,
    /// The price of one period.
    pub price: Money,
    /// The tax rate on the price; `None` for no tax.
    pub tax: Option<TaxRate>,
    /// The terms for grace, reminders, pauses and proration.
    pub terms: PlanTerms,
    /// The seller's own description of the plan, shown but not interpreted.
    pub features: Metadata,
}

impl CreatePlan {
    /// A plan of what it lists, without tax, with the usual terms.
    pub fn new(name: Title, slug: Slug, interval: Option<Interval>, price: Money) -> Self {
        Self {
            name,
            slug,
            subject: None,
            interval,
            price,
            tax: None,
            terms: PlanTerms::default(),
            features: Metadata::default(),
        }
    }
}

impl Operation for CreatePlan {
    const ACCESS: Access = Access::Asks(&[Permission::PRICES_MANAGE]);
    type Answer = Plan;
    type Error = PlanError;

    async fn run(self, tx: &mut Transaction) -> Result<Plan, PlanError> {
        let command = self;
        authorize_on(tx, Permission::PRICES_MANAGE, &TheTenant).await?;
        require_feature(tx, Feature::Subscriptions).await?;
        if command.price.is_negative() {
            return Err(PlanError::NegativePrice);
        }
        command.terms.check()?;
        let mut plan =
            Plan::new(tx.cx(), command.name, command.slug, command.interval, command.price);
        if let Some(subject) = command.subject {
            plan.subject = subject;
        }
        plan.tax = command.tax;
        plan.terms = command.terms;
        plan.features = command.features;
        tx.insert(&plan).await.map_err(|error| match error {
            StoreError::Duplicate { columns, .. } if columns.contains(&"slug") => {
                PlanError::SlugTaken
            }
            error => error.into(),
        })?;
        Ok(plan)
    }
}

/// Sets the items of a plan, in order. They replace the earlier ones; subscribers get them with
/// their next period.
///
/// # Permission
/// `prices.manage`.
///
/// # Locks
/// The plan's row.
///
/// # Errors
/// [`PlanError::OneSubject`] for a plan of one course, program or package.
#[operation("commerce.set_plan_items")]
pub struct SetPlanItems {
    /// The plan to change.
    pub plan: Id<Plan>,
    /// The complete list of items, in order.
    pub items: Vec<Item>,
}

impl Operation for SetPlanItems {
    const ACCESS: Access = Access::Asks(&[Permission::PRICES_MANAGE]);
    type Answer = Vec<PlanItem>;
    type Error = PlanError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<PlanItem>, PlanError> {
        let Self { plan, items } = self;
        authorize_on(tx, Permission::PRICES_MANAGE, &TheTenant).await?;
        require_feature(tx, Feature::Subscriptions).await?;
        let plan = tx.lock(plan).await?;
        if plan.subject.kind != ItemKind::Plan {
            return Err(PlanError::OneSubject);
        }
        for mut listed in tx.all(PlanItem::of_plan(plan.id)).await? {
            tx.delete(&mut listed).await?;
        }
        let mut listed: Vec<PlanItem> = Vec::with_capacity(items.len());
        for (item, position) in items.into_iter().zip(0..) {
            if listed.iter().all(|it| it.item != item) {
                listed.push(PlanItem::new(tx.cx(), plan.id, item, position));
            }
        }
        tx.insert_all(&listed).await?;
        Ok(listed)
    }
}

/// Archives a plan: it is no longer sold, and existing subscriptions continue.
///
/// # Permission
/// `prices.manage`.
///
/// # Errors
/// [`PlanError`].
#[operation("commerce.archive_plan")]
pub struct ArchivePlan {
    /// The plan to archive.
    pub plan: Id<Plan>,
}

impl Operation for ArchivePlan {
    const ACCESS: Access = Access::Asks(&[Permission::PRICES_MANAGE]);
    type Answer = Plan;
    type Error = PlanError;

    async fn run(self, tx: &mut Transaction) -> Result<Plan, PlanError> {
        let Self { plan } = self;
        authorize_on(tx, Permission::PRICES_MANAGE, &TheTenant).await?;
        let mut plan = tx.lock(plan).await?;
        plan.status = SaleStatus::Archived;
        tx.update(&mut plan).await?;
        Ok(plan)
    }
}
