//! Vouchers as those who sell see them.
use serde::{Deserialize, Serialize};

use crate::{DiscountScope, Reduction, Voucher, VoucherCode, VoucherStatus};
use lms_kernel::{Id, Money, Timestamp};
use lms_people::authorization::{AuthorizationError, Permission, authorize_list};
use lms_store::{
    Cursor, Direction, Page, PageSize, Transaction,
    operation::{Access, Effect, Operation, operation},
};

/// Which vouchers to list; all where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct VoucherFilter {
    /// Those with this status.
    pub status: Option<VoucherStatus>,
    /// Those whose code starts like this; small letters are read as large ones.
    pub code_starts_with: Option<String>,
}

/// A voucher with how much of it is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VoucherView {
    /// The voucher's id.
    pub id: Id<Voucher>,
    /// What buyers type.
    pub code: VoucherCode,
    /// Whether it can be used.
    pub status: VoucherStatus,
    /// How much it takes off.
    pub reduction: Reduction,
    /// What it is good for.
    pub scope: DiscountScope,
    /// The least sum of list prices of an order.
    pub minimum: Option<Money>,
    /// From when it can be used.
    pub starts_at: Option<Timestamp>,
    /// Up to when it can be used.
    pub ends_at: Option<Timestamp>,
    /// How many uses were paid.
    pub used: u32,
    /// How many uses are reserved for orders that may still be paid.
    pub reserved: u32,
    /// How many more uses there are; without limit when there is none.
    pub left: Option<u32>,
}

/// Lists vouchers with how often they were used, the latest first.
///
/// # Permission
/// `vouchers.view` in the tenant.
///
/// # Errors
/// [`AuthorizationError`].
#[operation("commerce.list_vouchers")]
pub struct ListVouchers {
    /// Which vouchers.
    pub filter: VoucherFilter,
    /// The most results to return, from 1 to 200.
    pub size: PageSize,
    /// The cursor of the previous page; `None` for the first page.
    pub after: Option<Cursor>,
}

impl Operation for ListVouchers {
    const ACCESS: Access = Access::Asks(&[Permission::VOUCHERS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Page<VoucherView>;
    type Error = AuthorizationError;

    async fn run(self, tx: &mut Transaction) -> Result<Page<VoucherView>, AuthorizationError> {
        let Self { filter, size, after } = self;
        let query = authorize_list::<Voucher>(tx, Permission::VOUCHERS_VIEW)
            .await?
            .and_some(filter.status, |status| Voucher::STATUS.eq(status))
            .and_some(filter.code_starts_with, |start| {
                Voucher::CODE.starts_with(start.trim().to_ascii_uppercase())
            });
        let query = query.order_by(Voucher::ID, Direction::Desc).page(size, after);
        let Page { items, next } = tx.page(query).await?;
        Ok(Page { items: items.into_iter().map(view).collect(), next })
    }
}

fn view(it: Voucher) -> VoucherView {
    let taken = it.confirmed.saturating_add(it.reserved);
    VoucherView {
        id: it.id,
        code: it.code,
        status: it.status,
        reduction: it.reduction,
        scope: it.scope,
        minimum: it.minimum,
        starts_at: it.starts_at,
        ends_at: it.ends_at,
        used: it.confirmed,
        reserved: it.reserved,
        left: it.max_redemptions.map(|most| most.saturating_sub(taken)),
    }
}
