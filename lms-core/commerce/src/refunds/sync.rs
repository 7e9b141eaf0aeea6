//! Reconciling refunds with the facts about their payment.
use crate::{
    FactKey, NextAction, Payment, PaymentError, PaymentFacts, Refund, RefundEvent, RefundReason,
    RefundRegister, RefundStatus, refunds::announce,
};
use lms_kernel::machine::Step;
use lms_kernel::{Id, Money};
use lms_store::Transaction;

/// Advances the refunds of a payment by the facts about it, and returns those that were paid now. A
/// refund that was made at the provider, without asking us, becomes a refund here too.
///
/// `new_names` are those of which nothing was heard before. Such a name may be the provider's for a
/// refund that is on its way, because its news is faster than the answer to our call.
pub(crate) async fn sync_refunds(
    tx: &mut Transaction,
    payment: &Payment,
    (facts, new_names): (&PaymentFacts, &[FactKey]),
) -> Result<Vec<Id<Refund>>, PaymentError> {
    let told = facts.refunds();
    let mut went_back = Vec::new();
    if told.is_empty() {
        return Ok(went_back);
    }
    let mut refunds = tx.all(Refund::of_payment(payment.id)).await?;
    for (key, register, amount) in told {
        if new_names.contains(&key)
            && refunds.iter().all(|it| !it.is_known_as(&key))
            && let Some(unnamed) = refunds.iter_mut().find(|it| it.waits_for_a_name(amount))
        {
            unnamed.provider_ref = Some(key.clone());
            tx.update(unnamed).await?;
        }
        let moved = match refunds.iter().find(|it| it.is_known_as(&key)) {
            Some(refund) => follow(tx, refund.clone(), key, register).await?,
            None if register == RefundRegister::Succeeded => {
                adopt(tx, payment, key, amount).await?
            }
            None => None,
        };
        went_back.extend(moved.filter(|it| it.status == RefundStatus::Completed).map(|it| it.id));
    }
    Ok(went_back)
}

/// Advances a refund, and returns it when its status changed.
async fn follow(
    tx: &mut Transaction,
    mut refund: Refund,
    key: FactKey,
    register: RefundRegister,
) -> Result<Option<Refund>, PaymentError> {
    let event = match register {
        RefundRegister::Pending => return Ok(None),
        RefundRegister::Succeeded => RefundEvent::Succeed,
        RefundRegister::Failed => RefundEvent::Fail,
    };
    // The provider may know the outcome of what we had not noted as sent.
    if refund.status == RefundStatus::Approved
        && let Ok(Step::Applied(sent)) = refund.status.apply(RefundEvent::Send)
    {
        refund.status = sent;
        refund.attempt = 1;
        refund.provider_ref.get_or_insert(key);
    }
    let Ok(Step::Applied(status)) = refund.status.apply(event) else { return Ok(None) };
    refund.status = match status {
        // Whoever made it at the provider makes it again there, if at all.
        RefundStatus::Failed if refund.was_made_elsewhere() => {
            status.apply(RefundEvent::Withdraw)?.after(status)
        }
        _ => status,
    };
    let status = refund.status;
    refund.completed_at = (status == RefundStatus::Completed).then_some(tx.now());
    refund.next_action_at = (status == RefundStatus::Failed).then_some(tx.now()).into();
    tx.update(&mut refund).await?;
    announce(tx, &refund);
    Ok(Some(refund))
}

/// Creates a refund for money refunded at the provider. Its lines are decided when the order is
/// settled.
async fn adopt(
    tx: &mut Transaction,
    payment: &Payment,
    key: FactKey,
    amount: Money,
) -> Result<Option<Refund>, PaymentError> {
    let mut refund =
        Refund::new(tx.cx(), payment, amount, RefundReason::Asked).decided_by_rule(tx.cx());
    refund.status = RefundStatus::Completed;
    refund.provider_ref = Some(key);
    refund.completed_at = Some(tx.now());
    refund.next_action_at = NextAction::NEVER;
    tx.insert(&refund).await?;
    announce(tx, &refund);
    Ok(Some(refund))
}
