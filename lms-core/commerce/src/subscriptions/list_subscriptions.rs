//! Subscriptions as subscribers, payers and staff see them.
use std::collections::HashMap;

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::{
    Interval, Order, PeriodStatus, Plan, Subscription, SubscriptionPeriod, SubscriptionStatus,
};
use lms_kernel::{Id, Money, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, authorize_list},
    identity::Membership,
};
use lms_store::{
    Cursor, Direction, Named, Names, Page, PageSize, Query, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which subscriptions to list; all that the reader may see where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SubscriptionFilter {
    /// Those that this person uses.
    pub subscriber_id: Option<Id<Membership>>,
    /// Those whose subscriber's name starts like this, letter for letter.
    pub subscriber_name: Option<String>,
    /// Those that this person pays.
    pub payer_id: Option<Id<Membership>>,
    /// Those to this plan.
    pub plan_id: Option<Id<Plan>>,
    /// Those with this status.
    pub status: Option<SubscriptionStatus>,
}

/// What is to be done next about a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum SubscriptionNextStep {
    /// The payer pays the period that was billed.
    Pay,
    /// It renews by itself when the period ends.
    Renew,
    /// It ends with the period.
    End,
    /// It rests until it is resumed.
    Resume,
    /// Nothing: it is over, or it is for life.
    None,
}

/// A subscription, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SubscriptionView {
    /// The subscription's id.
    pub id: Id<Subscription>,
    /// Who may use what it gives.
    pub subscriber: Named<Membership>,
    /// Who pays.
    pub payer: Named<Membership>,
    /// The plan.
    pub plan: Named<Plan>,
    /// Its status.
    pub status: SubscriptionStatus,
    /// How long a period is; none for life.
    pub interval: Option<Interval>,
    /// What a period costs.
    pub price: Money,
    /// When it started.
    pub started_at: Timestamp,
    /// When the current period ends; never, for life.
    pub current_period_end: Option<Timestamp>,
    /// Up to when access goes on unpaid.
    pub grace_until: Option<Timestamp>,
    /// The order of the period that was billed and waits for money.
    pub order_to_pay: Option<Id<Order>>,
    /// What is to be done next.
    pub next_step: SubscriptionNextStep,
}

/// Lists subscriptions, the latest first: subscribers and payers see their own, guardians those of
/// their wards, staff those of their units or of the tenant.
///
/// # Permission
/// `subscriptions.view`; the list holds the subscriptions on which the reader has it, as their
/// subscriber's or as their payer's.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("commerce.list_subscriptions")]
pub struct ListSubscriptions {
    /// Which subscriptions.
    pub filter: SubscriptionFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListSubscriptions {
    const ACCESS: Access = Access::Asks(&[Permission::SUBSCRIPTIONS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<SubscriptionView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<SubscriptionView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<Subscription>(tx, Permission::SUBSCRIPTIONS_VIEW)
            .await?
            .and_some(filter.subscriber_id, |subscriber| Subscription::SUBSCRIBER_ID.eq(subscriber))
            .and_some(filter.subscriber_name, |start| {
                let named = Membership::FULL_NAME.starts_with(start);
                Subscription::SUBSCRIBER_ID.in_records(Membership::ID, named)
            })
            .and_some(filter.payer_id, |payer| Subscription::PAYER_ID.eq(payer))
            .and_some(filter.plan_id, |plan| Subscription::PLAN_ID.eq(plan))
            .and_some(filter.status, |status| Subscription::STATUS.eq(status));
        let query = query.order_by(Subscription::ID, Direction::Desc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        Ok(Page { items: views(tx, items).await?, next })
    }
}

async fn views(
    tx: &mut Transaction,
    found: Vec<Subscription>,
) -> Result<Vec<SubscriptionView>, AuthorizationError> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let people = found.iter().flat_map(|it| [it.subscriber_id, it.payer_id]);
    let people = Names::read(tx, people, Membership::name).await?;
    let plans = found.iter().map(|it| it.plan_id);
    let plans = Names::read(tx, plans, |it: &Plan| it.name.to_string()).await?;
    let billed = SubscriptionPeriod::SUBSCRIPTION_ID
        .is_in(found.iter().map(|it| it.id))
        .and(SubscriptionPeriod::STATUS.eq(PeriodStatus::Billed));
    let billed = tx.all(Query::filter(billed)).await?;
    let billed: HashMap<_, _> =
        billed.into_iter().map(|it| (it.subscription_id, it.order_id)).collect();
    let views = found.into_iter().map(|it| SubscriptionView {
        id: it.id,
        subscriber: people.of(it.subscriber_id),
        payer: people.of(it.payer_id),
        plan: plans.of(it.plan_id),
        status: it.status,
        interval: it.interval,
        price: it.price,
        started_at: it.started_at,
        current_period_end: it.current_period_end,
        grace_until: it.grace_until,
        order_to_pay: billed.get(&it.id).copied(),
        next_step: next_step(&it, billed.contains_key(&it.id)),
    });
    Ok(views.collect())
}

const fn next_step(it: &Subscription, is_billed: bool) -> SubscriptionNextStep {
    match it.status {
        SubscriptionStatus::Cancelled | SubscriptionStatus::Expired => SubscriptionNextStep::None,
        SubscriptionStatus::Paused => SubscriptionNextStep::Resume,
        SubscriptionStatus::PastDue => SubscriptionNextStep::Pay,
        SubscriptionStatus::Active if it.cancel_at_period_end => SubscriptionNextStep::End,
        SubscriptionStatus::Active if is_billed => SubscriptionNextStep::Pay,
        SubscriptionStatus::Active if it.current_period_end.is_some() => {
            SubscriptionNextStep::Renew
        }
        SubscriptionStatus::Active => SubscriptionNextStep::None,
    }
}
