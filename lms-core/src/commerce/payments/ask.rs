//! Payments of which nobody knows what became, and proofs that nobody has looked at.
use chrono::TimeDelta;

use crate::{
    authorization::{Permission, Place, authorize},
    commerce::{
        NextAction, Order, Payment, PaymentError, PaymentFact, PaymentProof, PaymentStatus,
        ProofStatus,
        events::{PaymentQuestionDue, ProofWaiting},
        payments::learn,
    },
    kernel::{Context, Timestamp},
    store::{PageSize, Transaction},
};

/// How often somebody asks a gateway what became of a payment.
const ASK_EVERY: TimeDelta = TimeDelta::hours(6);

/// After how long without an answer an attempt counts as stopped. Authorisations of cards are
/// gone by then; money that comes nevertheless is still heard of.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(10);

/// When somebody first asks about an attempt that starts now.
pub(crate) fn first_question(now: Timestamp) -> NextAction {
    NextAction::at(now.saturating_add(ASK_EVERY))
}

/// Announces the gateway payments of which nobody knows what became, at most `limit` of them, so
/// that the host asks; after ten days without an answer they count as stopped. Tells how many
/// there were: call it until there are none.
///
/// Asks for `payments.record`. Holds the rows of the orders.
///
/// # Errors
/// [`PaymentError`].
pub async fn ask_payments_due(
    cx: &Context,
    tx: &mut Transaction,
    limit: PageSize,
) -> Result<usize, PaymentError> {
    authorize(cx, tx, Permission::PAYMENTS_RECORD, Place::Tenant).await?;
    let due = tx.page(Payment::due(cx.now()).limit(limit)).await?.items;
    for payment in &due {
        let mut order = tx.lock(payment.order_id).await?;
        let payment = tx.require(payment.id).await?;
        if payment.next_action_at.is_due(cx.now()) {
            ask(cx, tx, &mut order, payment).await?;
        }
    }
    Ok(due.len())
}

async fn ask(
    cx: &Context,
    tx: &mut Transaction,
    order: &mut Order,
    mut payment: Payment,
) -> Result<(), PaymentError> {
    let started = payment.stamp.created_at;
    let give_up = started.saturating_add(GIVE_UP_AFTER);
    let gone = give_up <= cx.now();
    payment.next_action_at = if gone || !payment.is_open() {
        NextAction::NEVER
    } else {
        NextAction::in_series(started, ASK_EVERY, cx.now()).or_before(Some(give_up))
    };
    tx.update(&mut payment).await?;
    if !payment.is_open() {
        return Ok(());
    }
    if gone {
        let fact = PaymentFact::Cancel { at: give_up };
        learn(cx, tx, order, payment.id, vec![fact], "deadline").await?;
    } else {
        tx.emit(&PaymentQuestionDue {
            payment_id: payment.id,
            gateway: payment.gateway.unwrap_or_default(),
            provider_ref: payment.provider_ref,
        });
    }
    Ok(())
}

/// Stops the attempts to pay an order by hand of which nothing was heard until its deadline. A
/// transfer with a proof that waits for a reviewer goes on waiting.
pub(crate) async fn stop_unheard(
    cx: &Context,
    tx: &mut Transaction,
    order: &mut Order,
) -> Result<(), PaymentError> {
    for payment in tx.all(Payment::of_order(order.id)).await? {
        let unheard = payment.status == PaymentStatus::Pending;
        if !unheard || !payment.method.is_recorded_by_hand() {
            continue;
        }
        let proofs = tx.all(PaymentProof::of_payment(payment.id)).await?;
        if proofs.iter().all(|it| it.status != ProofStatus::Submitted) {
            let fact = PaymentFact::Cancel { at: order.deadline };
            learn(cx, tx, order, payment.id, vec![fact], "deadline").await?;
        }
    }
    Ok(())
}

/// Reminds reviewers of proofs that wait for them, once a day, at most `limit` of them. Tells how
/// many there were: call it until there are none.
///
/// Asks for `orders.review_proof`.
///
/// # Errors
/// [`PaymentError`].
pub async fn remind_proofs_due(
    cx: &Context,
    tx: &mut Transaction,
    limit: PageSize,
) -> Result<usize, PaymentError> {
    authorize(cx, tx, Permission::ORDERS_REVIEW_PROOF, Place::Tenant).await?;
    let mut due = tx.page(PaymentProof::due(cx.now()).limit(limit)).await?.items;
    for proof in &mut due {
        let start = proof.uploaded_at;
        proof.next_action_at = NextAction::in_series(start, PaymentProof::REMIND_EVERY, cx.now());
        let (proof_id, payment_id) = (proof.id, proof.payment_id);
        tx.emit(&ProofWaiting { proof_id, payment_id, since: start });
    }
    tx.update_all(&mut due).await?;
    Ok(due.len())
}
