//! Making vouchers and ending them.
use lms_derive::DomainError;
use lms_kernel::machine::{Rejected, Step};
use lms_store::operation::{Access, Operation, operation};

use crate::{Reduction, Voucher, VoucherCode, VoucherEvent};
use lms_kernel::Id;
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
    #[error("a voucher takes something off, and ends after it starts")]
    #[fault(invalid)]
    Senseless,
    /// The event does not go with where the voucher stands.
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

/// Adds a voucher, as a draft or ready to be used.
///
/// Asks for `vouchers.manage`.
///
/// # Errors
/// [`VoucherError`].
#[operation("commerce.create_voucher")]
pub struct CreateVoucher {
    /// The voucher.
    pub voucher: Voucher,
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
        let voucher = Voucher { reserved: 0, confirmed: 0, ..voucher };
        tx.insert(&voucher).await.map_err(|error| match error {
            StoreError::Duplicate { .. } => VoucherError::CodeTaken { code: voucher.code.clone() },
            error => error.into(),
        })?;
        Ok(voucher)
    }
}

/// Makes a voucher usable, or ends it. Orders that have taken a use keep it.
///
/// Asks for `vouchers.manage`. Holds the voucher's row.
///
/// # Errors
/// [`VoucherError`].
#[operation("commerce.change_voucher")]
pub struct ChangeVoucher {
    /// The voucher.
    pub voucher: Id<Voucher>,
    /// What happens to it.
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
