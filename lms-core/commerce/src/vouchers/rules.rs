//! The rules by which a voucher applies.
use lms_derive::DomainError;

use crate::{QuoteLine, Reduction, Voucher, VoucherCode, VoucherStatus};
use lms_kernel::{Money, Timestamp};

/// Why a voucher cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum VoucherRefusal {
    /// There is none with that code, or it cannot be used.
    #[error("there is no voucher `{code}` to use")]
    #[fault(not_found, field = "vouchers")]
    Unknown {
        /// The code.
        code: VoucherCode,
    },
    /// It cannot be used yet, or any more.
    #[error("the voucher `{code}` is not valid at this time")]
    #[fault(conflict, field = "vouchers")]
    OutOfTime {
        /// The code.
        code: VoucherCode,
    },
    /// All its uses are taken.
    #[error("the voucher `{code}` is used up")]
    #[fault(conflict, field = "vouchers")]
    Exhausted {
        /// The code.
        code: VoucherCode,
    },
    /// The buyer has used it as often as one may.
    #[error("the voucher `{code}` can be used {most} times by one buyer")]
    #[fault(conflict, field = "vouchers")]
    BuyerLimit {
        /// The code.
        code: VoucherCode,
        /// How often.
        most: u32,
    },
    /// Nothing in the order is what it is good for.
    #[error("the voucher `{code}` is for other things")]
    #[fault(invalid, field = "vouchers")]
    OutOfScope {
        /// The code.
        code: VoucherCode,
    },
    /// The order is too small.
    #[error("the voucher `{code}` needs an order of at least {least}")]
    #[fault(invalid, field = "vouchers")]
    BelowMinimum {
        /// The code.
        code: VoucherCode,
        /// The least sum of list prices.
        least: Money,
    },
    /// It takes an amount of another currency off.
    #[error("the voucher `{code}` is for orders in another currency")]
    #[fault(invalid, field = "vouchers")]
    OtherCurrency {
        /// The code.
        code: VoucherCode,
    },
}

/// The purchase that a voucher is to be used for.
#[derive(Clone, Copy, Debug)]
pub struct VoucherUse<'a> {
    /// The lines of the order.
    pub lines: &'a [QuoteLine],
    /// The sum of the list prices.
    pub subtotal: Money,
    /// How many uses of the buyer count already.
    pub by_buyer: u64,
    /// The present instant.
    pub now: Timestamp,
}

impl Voucher {
    /// Whether it may be used so, apart from how many uses are left.
    ///
    /// # Errors
    /// The first [`VoucherRefusal`] that applies.
    pub fn check(&self, wanted: VoucherUse<'_>) -> Result<(), VoucherRefusal> {
        let code = self.code.clone();
        if self.status != VoucherStatus::Active {
            return Err(VoucherRefusal::Unknown { code });
        }
        let started = self.starts_at.is_none_or(|start| start <= wanted.now);
        let over = self.ends_at.is_some_and(|end| end <= wanted.now);
        if !started || over {
            return Err(VoucherRefusal::OutOfTime { code });
        }
        if let Reduction::Fixed(amount) = self.reduction
            && amount.currency() != wanted.subtotal.currency()
        {
            return Err(VoucherRefusal::OtherCurrency { code });
        }
        if !wanted.lines.iter().any(|line| self.scope.covers(line.item)) {
            return Err(VoucherRefusal::OutOfScope { code });
        }
        if let Some(least) = self.minimum {
            let enough = wanted.subtotal.compare(least).is_ok_and(std::cmp::Ordering::is_ge);
            if !enough {
                return Err(VoucherRefusal::BelowMinimum { code, least });
            }
        }
        if let Some(most) = self.max_per_buyer
            && wanted.by_buyer >= u64::from(most)
        {
            return Err(VoucherRefusal::BuyerLimit { code, most });
        }
        Ok(())
    }

    /// Takes one use, if one is left.
    ///
    /// # Errors
    /// [`VoucherRefusal::Exhausted`].
    pub fn take_use(&mut self) -> Result<(), VoucherRefusal> {
        if self.left() == Some(0) {
            return Err(VoucherRefusal::Exhausted { code: self.code.clone() });
        }
        self.reserved = self.reserved.saturating_add(1);
        Ok(())
    }

    /// Turns a use that was taken into one that was paid.
    pub fn confirm_use(&mut self) {
        self.reserved = self.reserved.saturating_sub(1);
        self.confirmed = self.confirmed.saturating_add(1);
    }

    /// Gives a use that was taken free again.
    pub fn release_use(&mut self) {
        self.reserved = self.reserved.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use crate::{DiscountScope, Item, ItemKind};
    use lms_kernel::{Actor, Context, Currency, SequentialIds, TenantId};

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::USD)
    }

    fn voucher() -> Voucher {
        let ids = Arc::new(SequentialIds::new());
        let cx = Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids);
        let code = VoucherCode::new("SPRING").unwrap();
        let mut voucher = Voucher::new(&cx, code, Reduction::Fixed(usd(500)));
        voucher.status = VoucherStatus::Active;
        voucher
    }

    fn check(voucher: &Voucher, by_buyer: u64) -> Result<(), VoucherRefusal> {
        let item = Item::new(ItemKind::Course, Uuid::from_u128(1));
        let lines = [QuoteLine { item, unit_price: usd(1_000), seats: 1, tax: None }];
        let now = Timestamp::from_micros(1_000).unwrap();
        voucher.check(VoucherUse { lines: &lines, subtotal: usd(1_000), by_buyer, now })
    }

    #[test]
    fn every_limit_refuses_with_its_own_reason() {
        let code = voucher().code;
        assert_eq!(check(&voucher(), 5), Ok(()));
        let at = Timestamp::from_micros;
        for (change, refusal) in [
            (
                Voucher { status: VoucherStatus::Draft, ..voucher() },
                VoucherRefusal::Unknown { code: code.clone() },
            ),
            (
                Voucher { starts_at: at(1_001), ..voucher() },
                VoucherRefusal::OutOfTime { code: code.clone() },
            ),
            (
                Voucher { ends_at: at(1_000), ..voucher() },
                VoucherRefusal::OutOfTime { code: code.clone() },
            ),
            (
                Voucher { scope: DiscountScope::Kind(ItemKind::Plan), ..voucher() },
                VoucherRefusal::OutOfScope { code: code.clone() },
            ),
            (
                Voucher { minimum: Some(usd(1_001)), ..voucher() },
                VoucherRefusal::BelowMinimum { code: code.clone(), least: usd(1_001) },
            ),
            (
                Voucher { max_per_buyer: Some(5), ..voucher() },
                VoucherRefusal::BuyerLimit { code: code.clone(), most: 5 },
            ),
            (
                Voucher {
                    reduction: Reduction::Fixed(Money::from_minor(5, Currency::EUR)),
                    ..voucher()
                },
                VoucherRefusal::OtherCurrency { code },
            ),
        ] {
            assert_eq!(check(&change, 5), Err(refusal));
        }
    }

    #[test]
    fn uses_never_exceed_the_limit() {
        let mut voucher = Voucher { max_redemptions: Some(2), ..voucher() };
        voucher.take_use().unwrap();
        voucher.take_use().unwrap();
        assert!(matches!(voucher.take_use(), Err(VoucherRefusal::Exhausted { .. })));
        voucher.confirm_use();
        voucher.release_use();
        voucher.take_use().unwrap();
        assert_eq!((voucher.reserved, voucher.confirmed, voucher.left()), (1, 1, Some(0)));
    }
}
