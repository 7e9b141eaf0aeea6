//! Creating and ending vouchers.
use lms_derive::DomainError;
use lms_kernel::machine::{Rejected, Step};
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{DiscountScope, Reduction, Voucher, VoucherCode, VoucherEvent, VoucherStatus};
use lms_kernel::{Context, Id, Money, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, TheTenant, authorize_on},
    tenancy::{Feature, FeatureError, require_feature},
};
use lms_store::{IdempotencyError, StoreError, Transaction};

/// Why a voucher was not made or changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum VoucherError {
    /// Another voucher has the code.
    #[error("the code `{code}` is taken; choose another")]
    #[fault(conflict, field = "code")]
    CodeTaken {
        /// The code.
        code: VoucherCode,
    },
    /// It would take nothing or less than nothing off, or is over before it begins.
    #[error("a voucher needs a discount above zero and an end after its start")]
    #[fault(invalid)]
    Senseless,
    /// The voucher's status does not allow this step.
    #[error(transparent)]
    #[fault(transparent)]
    Transition(#[from] Rejected),
    /// The tenant has no vouchers.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
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

/// A voucher that is to be made; its id and the counts of its uses are the library's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewVoucher {
    /// What people type.
    pub code: VoucherCode,
    /// How much it takes off.
    pub reduction: Reduction,
    /// What it is good for.
    pub scope: DiscountScope,
    /// The least sum of list prices of an order.
    pub minimum: Option<Money>,
    /// How often it can be used in all; without limit when there is none.
    pub max_redemptions: Option<u32>,
    /// How often one buyer can use it; without limit when there is none.
    pub max_per_buyer: Option<u32>,
    /// From when it can be used.
    pub starts_at: Option<Timestamp>,
    /// Up to when it can be used.
    pub ends_at: Option<Timestamp>,
    /// Whether it can be used at once, rather than being a draft.
    pub is_active: bool,
}

impl NewVoucher {
    /// A draft for whole orders, without limits.
    pub const fn new(code: VoucherCode, reduction: Reduction) -> Self {
        Self {
            code,
            reduction,
            scope: DiscountScope::Order,
            minimum: None,
            max_redemptions: None,
            max_per_buyer: None,
            starts_at: None,
            ends_at: None,
            is_active: false,
        }
    }

    fn into_record(self, cx: &Context) -> Voucher {
        let status = if self.is_active { VoucherStatus::Active } else { VoucherStatus::Draft };
        Voucher {
            status,
            scope: self.scope,
            minimum: self.minimum,
            max_redemptions: self.max_redemptions,
            max_per_buyer: self.max_per_buyer,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            ..Voucher::new(cx, self.code, self.reduction)
        }
    }
}

/// Creates a voucher, as a draft or active.
///
/// # Permission
/// `vouchers.manage`.
///
/// # Errors
/// [`VoucherError`].
#[operation("commerce.create_voucher")]
pub struct CreateVoucher {
    /// The voucher's code, discount and limits.
    pub voucher: NewVoucher,
}

impl Operation for CreateVoucher {
    const ACCESS: Access = Access::Asks(&[Permission::VOUCHERS_MANAGE]);
    type Answer = Voucher;
    type Error = VoucherError;

    async fn run(self, tx: &mut Transaction) -> Result<Voucher, VoucherError> {
        let Self { voucher } = self;
        authorize_on(tx, Permission::VOUCHERS_MANAGE, &TheTenant).await?;
        require_feature(tx, Feature::Vouchers).await?;
        let takes = match voucher.reduction {
            Reduction::Percent(percent) => percent.ten_thousandths() > 0,
            Reduction::Fixed(amount) => amount.is_positive(),
        };
        let ordered = match (voucher.starts_at, voucher.ends_at) {
            (Some(start), Some(end)) => start < end,
            _ => true,
        };
        if !takes || !ordered {
            return Err(VoucherError::Senseless);
        }
        let voucher = voucher.into_record(tx.cx());
        tx.insert(&voucher).await.map_err(|error| match error {
            StoreError::Duplicate { .. } => VoucherError::CodeTaken { code: voucher.code.clone() },
            error => error.into(),
        })?;
        Ok(voucher)
    }
}

/// Changes the status of a voucher: activates or ends it. Orders that have already used it keep the
/// discount.
///
/// # Permission
/// `vouchers.manage`.
///
/// # Locks
/// The voucher's row.
///
/// # Errors
/// [`VoucherError`].
#[operation("commerce.change_voucher")]
pub struct ChangeVoucher {
    /// The voucher to change.
    pub voucher: Id<Voucher>,
    /// The transition to apply.
    pub event: VoucherEvent,
}

impl Operation for ChangeVoucher {
    const ACCESS: Access = Access::Asks(&[Permission::VOUCHERS_MANAGE]);
    type Answer = Voucher;
    type Error = VoucherError;

    async fn run(self, tx: &mut Transaction) -> Result<Voucher, VoucherError> {
        let Self { voucher, event } = self;
        authorize_on(tx, Permission::VOUCHERS_MANAGE, &TheTenant).await?;
        if event == VoucherEvent::Activate {
            require_feature(tx, Feature::Vouchers).await?;
        }
        let mut voucher = tx.lock(voucher).await?;
        if let Step::Applied(status) = voucher.status.apply(event)? {
            voucher.status = status;
            tx.update(&mut voucher).await?;
        }
        Ok(voucher)
    }
}
