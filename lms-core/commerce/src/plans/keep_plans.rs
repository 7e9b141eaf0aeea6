//! Making plans and taking them out of sale.
use lms_store::operation::{Access, Operation, operation};

use crate::{Interval, Item, ItemKind, Plan, PlanError, PlanItem, PlanTerms, SaleStatus, TaxRate};
use lms_kernel::{Id, Metadata, Money, Slug, Title};
use lms_people::{
    authorization::{Permission, TheTenant, authorize_on},
    tenancy::{Feature, require_feature},
};
use lms_store::{StoreError, Transaction};

/// Makes a plan that people can subscribe to.
///
/// Asks for `prices.manage`.
///
/// # Errors
/// [`PlanError`].
#[operation("commerce.create_plan")]
#[derive(PartialEq)]
pub struct CreatePlan {
    /// Its name.
    pub name: Title,
    /// Its name in addresses.
    pub slug: Slug,
    /// The course, program or package it is of; what it lists when there is none.
    pub subject: Option<Item>,
    /// How long a period is; none for a plan that never ends.
    pub interval: Option<Interval>,
    /// What a period costs.
    pub price: Money,
    /// The tax on it, if any.
    pub tax: Option<TaxRate>,
    /// What it allows besides.
    pub terms: PlanTerms,
    /// What the seller says about it.
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

/// Says what a plan lists, in that order, in place of what it listed. Who has subscribed gets it
/// with their next period.
///
/// Asks for `prices.manage`. Holds the plan's row.
///
/// # Errors
/// [`PlanError::OneSubject`] for a plan of one course, program or package.
#[operation("commerce.set_plan_items")]
pub struct SetPlanItems {
    /// The plan.
    pub plan: Id<Plan>,
    /// What it contains.
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

/// Takes a plan out of sale; who has subscribed keeps it.
///
/// Asks for `prices.manage`.
///
/// # Errors
/// [`PlanError`].
#[operation("commerce.archive_plan")]
pub struct ArchivePlan {
    /// The plan.
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
