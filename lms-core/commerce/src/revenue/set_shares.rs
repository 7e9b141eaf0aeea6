//! Setting the revenue shares of an item.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::{Item, RevenueShare, RevenueSplit, ShareRule, SplitError, orders::knows_item};
use lms_kernel::{Currency, Money};
use lms_people::{
    authorization::{AuthorizationError, Permission, TheTenant, authorize_on},
    tenancy::{Feature, FeatureError, TenantSettings, require_feature},
};
use lms_store::{StoreError, Transaction};

/// Why shares were not set.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ShareError {
    /// A share of nothing, or two for the same person and role.
    #[error("each person has at most one share in each role, of more than nothing")]
    #[fault(invalid, field = "rules")]
    Rule,
    /// The actor would give a share to themselves, or change their own.
    #[error("a share of your own is set by another person; ask a colleague")]
    #[fault(forbidden, field = "rules")]
    OwnShare,
    /// The thing is not there.
    #[error("there is no such thing; make it first")]
    #[fault(not_found, field = "item")]
    UnknownItem,
    /// The shares are more than everything.
    #[error(transparent)]
    #[fault(transparent)]
    Split(#[from] SplitError),
    /// The actor may not do this.
    #[error(transparent)]
    #[fault(transparent)]
    Denied(#[from] AuthorizationError),
    /// The tenant does not pay out.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Sets the revenue shares of an item, after tax, from the next order on. They replace the earlier
/// ones; the rest is the tenant's.
///
/// # Permission
/// `prices.manage`; another person sets a share of the actor's own.
///
/// # Locks
/// The tenant's settings row, so that the shares of an item stay together at most 100 percent.
///
/// # Errors
/// [`ShareError`].
#[operation("commerce.set_revenue_shares")]
#[derive(PartialEq)]
pub struct SetRevenueShares {
    /// The item that is sold.
    pub item: Item,
    /// The payees with their shares, together at most 100 percent.
    pub rules: Vec<ShareRule>,
}

impl Operation for SetRevenueShares {
    const ACCESS: Access = Access::Asks(&[Permission::PRICES_MANAGE]);
    type Answer = Vec<RevenueShare>;
    type Error = ShareError;

    async fn run(self, tx: &mut Transaction) -> Result<Vec<RevenueShare>, ShareError> {
        let Self { item, rules } = self;
        let permit = authorize_on(tx, Permission::PRICES_MANAGE, &TheTenant).await?;
        require_feature(tx, Feature::Payouts).await?;
        for (at, rule) in rules.iter().enumerate() {
            let same = |it: &ShareRule| (it.beneficiary, it.role) == (rule.beneficiary, rule.role);
            if rules.iter().take(at).any(same) || rule.percent.ten_thousandths() <= 0 {
                return Err(ShareError::Rule);
            }
        }
        // Any amount shows whether they are more than everything.
        let nothing = Money::zero(Currency::USD);
        RevenueSplit::of(nothing, nothing, nothing, &rules)?;
        if !knows_item(tx, item).await? {
            return Err(ShareError::UnknownItem);
        }
        tx.lock(TenantSettings::id_of(tx.cx())).await?;
        let known = tx.all(RevenueShare::of(item)).await?;
        let own = |it: &ShareRule| Some(it.beneficiary) == permit.member();
        let before: Vec<ShareRule> =
            known.iter().map(RevenueShare::rule).filter(|it| own(it)).collect();
        let after: Vec<ShareRule> = rules.iter().copied().filter(|it| own(it)).collect();
        if before.len() != after.len() || after.iter().any(|it| !before.contains(it)) {
            return Err(ShareError::OwnShare);
        }
        for rule in &rules {
            tx.require(rule.beneficiary).await?;
        }
        for mut share in known {
            tx.delete(&mut share).await?;
        }
        let shares: Vec<RevenueShare> =
            rules.iter().map(|rule| RevenueShare::new(tx.cx(), item, *rule)).collect();
        tx.insert_all(&shares).await?;
        Ok(shares)
    }
}
