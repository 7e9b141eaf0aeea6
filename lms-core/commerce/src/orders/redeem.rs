//! Reserving, confirming and releasing the uses of vouchers by an order.
use crate::{
    NextAction, Order, OrderError, PaymentError, QuoteLine, RedemptionEvent, RedemptionStatus,
    Voucher, VoucherCode, VoucherRedemption, VoucherRefusal, VoucherUse,
};
use lms_kernel::machine::Step;
use lms_kernel::{Money, Rounding, Timestamp};
use lms_store::{Lock, Stamp, Transaction};

/// Takes a use of each voucher for an order that is about to be placed: holds their rows, in the
/// order of their codes so that no two orders wait for each other.
pub(crate) async fn take_vouchers(
    tx: &mut Transaction,
    codes: &[VoucherCode],
    order: &Order,
    lines: &[QuoteLine],
    now: Timestamp,
) -> Result<Vec<Voucher>, OrderError> {
    let mut codes = codes.to_vec();
    codes.sort_unstable();
    codes.dedup();
    let list = lines.iter().map(|it| it.unit_price.multiply(i64::from(it.seats)));
    let list = list.collect::<Result<Vec<_>, _>>()?;
    let subtotal = Money::sum(list, order.currency())?;
    let mut taken = Vec::with_capacity(codes.len());
    for code in codes {
        let found = tx.first(Voucher::by_code(code.clone()).lock(Lock::Update)).await?;
        let mut voucher = found.ok_or(VoucherRefusal::Unknown { code })?;
        let by_buyer = tx.count(VoucherRedemption::counting(voucher.id, order.buyer_id)).await?;
        voucher.check(VoucherUse { lines, subtotal, by_buyer, now })?;
        voucher.take_use()?;
        tx.update(&mut voucher).await?;
        taken.push(voucher);
    }
    Ok(taken)
}

/// Notes which uses an order has taken, and what each took off.
pub(crate) async fn note_redemptions(
    tx: &mut Transaction,
    order: &Order,
    vouchers: &[Voucher],
    discounts: &[Money],
) -> Result<(), OrderError> {
    let redemptions: Vec<VoucherRedemption> = vouchers
        .iter()
        .zip(discounts)
        .map(|(voucher, discount)| VoucherRedemption {
            id: tx.id(),
            stamp: Stamp::new(tx.cx()),
            voucher_id: voucher.id,
            order_id: order.id,
            buyer_id: order.buyer_id,
            status: RedemptionStatus::Reserved,
            discount: *discount,
            reversed: Money::zero(discount.currency()),
            next_action_at: NextAction::at(order.deadline),
        })
        .collect();
    Ok(tx.insert_all(&redemptions).await?)
}

/// Moves the uses of an order on. Uses that were released are taken again where one is left; false
/// when one is not.
pub(crate) async fn move_redemptions(
    tx: &mut Transaction,
    order: &Order,
    event: RedemptionEvent,
) -> Result<bool, PaymentError> {
    let mut redemptions = tx.all(VoucherRedemption::of_order(order.id)).await?;
    redemptions.sort_unstable_by_key(|it| it.voucher_id);
    let mut all = true;
    for mut redemption in redemptions {
        let Ok(Step::Applied(status)) = redemption.status.apply(event) else { continue };
        let mut voucher = tx.lock(redemption.voucher_id).await?;
        match status {
            RedemptionStatus::Reserved => {
                let by_buyer = VoucherRedemption::counting(voucher.id, redemption.buyer_id);
                let by_buyer = tx.count(by_buyer).await?;
                let most = voucher.max_per_buyer.map(u64::from);
                if most.is_some_and(|most| by_buyer >= most) || voucher.take_use().is_err() {
                    all = false;
                    continue;
                }
            }
            RedemptionStatus::Confirmed => voucher.confirm_use(),
            RedemptionStatus::Released => voucher.release_use(),
        }
        tx.update(&mut voucher).await?;
        redemption.status = status;
        redemption.next_action_at = match status {
            RedemptionStatus::Reserved => NextAction::at(order.deadline),
            RedemptionStatus::Confirmed | RedemptionStatus::Released => NextAction::NEVER,
        };
        tx.update(&mut redemption).await?;
    }
    Ok(all)
}

/// Notes how much of what vouchers took off went back: the same part as of the money, so that the
/// parts of all refunds sum to the whole.
pub(crate) async fn reverse_redemptions(
    tx: &mut Transaction,
    order: &Order,
    refunded: Money,
) -> Result<(), PaymentError> {
    if order.total.is_zero() {
        return Ok(());
    }
    let whole = i128::from(order.total.minor());
    for mut redemption in tx.all(VoucherRedemption::of_order(order.id)).await? {
        let part = i128::from(refunded.minor().clamp(0, order.total.minor()));
        let reversed = redemption.discount.scale_by(part, whole, Rounding::HalfUp)?;
        if reversed != redemption.reversed {
            redemption.reversed = reversed;
            tx.update(&mut redemption).await?;
        }
    }
    Ok(())
}
