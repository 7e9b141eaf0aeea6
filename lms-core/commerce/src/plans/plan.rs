//! A plan.
use serde::{Deserialize, Serialize};

use crate::{Interval, Item, ItemKind, PlanKind, PlanTerms, SaleStatus, TaxRate};
use lms_kernel::{Context, EntityKind, Id, Metadata, Money, Slug, Title};
use lms_store::{Direction, Query, Record, Stamp};

/// A plan: what people subscribe to, for how much, for how long at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "plans", unique(slug))]
pub struct Plan {
    /// The plan's id.
    pub id: Id<Plan>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Its name.
    pub name: Title,
    /// Its name in addresses.
    pub slug: Slug,
    /// What a subscription gives access to: the plan itself with what it lists, or one course,
    /// program or package.
    #[record(prefixed)]
    pub subject: Item,
    /// How periods are counted; follows from the interval.
    pub kind: PlanKind,
    /// How long a period is; none for a plan that never ends.
    pub interval: Option<Interval>,
    /// What a period costs.
    #[record(prefixed)]
    pub price: Money,
    /// The tax on it, if any.
    #[record(prefixed)]
    pub tax: Option<TaxRate>,
    /// What it allows besides.
    #[record(json)]
    pub terms: PlanTerms,
    /// What the seller says about it, such as a list of features.
    #[record(open)]
    pub features: Metadata,
    /// Whether it can be subscribed to.
    pub status: SaleStatus,
}

impl Plan {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("plan");

    /// A plan of itself and what it lists, with the usual terms.
    pub fn new(
        cx: &Context,
        name: Title,
        slug: Slug,
        interval: Option<Interval>,
        price: Money,
    ) -> Self {
        let id = cx.id();
        Self {
            id,
            stamp: Stamp::new(cx),
            name,
            slug,
            subject: Item::of(ItemKind::Plan, id),
            kind: PlanKind::of(interval),
            interval,
            price,
            tax: None,
            terms: PlanTerms::default(),
            features: Metadata::default(),
            status: SaleStatus::Active,
        }
    }

    /// The plan as a thing that is sold.
    pub const fn item(&self) -> Item {
        Item::of(ItemKind::Plan, self.id)
    }

    /// The plan with that slug.
    pub fn by_slug(slug: Slug) -> Query<Self> {
        Query::filter(Self::SLUG.eq(slug))
    }

    /// The plans that can be subscribed to.
    pub fn for_sale() -> Query<Self> {
        Query::filter(Self::STATUS.eq(SaleStatus::Active))
    }
}

/// One thing that a plan lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "plan_items", unique(plan_id, item_kind, item_id))]
pub struct PlanItem {
    /// The entry's id.
    pub id: Id<PlanItem>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The plan.
    pub plan_id: Id<Plan>,
    /// What it lists.
    #[record(prefixed)]
    pub item: Item,
    /// Its place in the list, from 0.
    pub position: u16,
}

impl PlanItem {
    /// An entry of a plan.
    pub fn new(cx: &Context, plan: Id<Plan>, item: Item, position: u16) -> Self {
        Self { id: cx.id(), stamp: Stamp::new(cx), plan_id: plan, item, position }
    }

    /// What a plan lists, in its order.
    pub fn of_plan(plan: Id<Plan>) -> Query<Self> {
        Query::filter(Self::PLAN_ID.eq(plan)).order_by(Self::POSITION, Direction::Asc)
    }
}
