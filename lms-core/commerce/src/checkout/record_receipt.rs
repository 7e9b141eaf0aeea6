//! Recording money received at the desk or found on a bank statement.
use lms_store::operation::{Access, Operation, operation};

use crate::{
    Payment, PaymentError, PaymentFact, PaymentFactRecord, PaymentMethod, PaymentProof,
    ProofStatus, settlement::learn,
};
use lms_kernel::{Id, Money, Timestamp};
use lms_people::authorization::{Permission, get_authorized};
use lms_store::Transaction;

/// Records money received at the desk or found on the bank statement, which reconciles a bank
/// transfer.
///
/// A transfer that was completed on approval of its proof already counts; reconciling it replaces
/// the amount of the proof by that of the statement. The same reference counts once.
///
/// # Permission
/// `payments.record`.
///
/// # Locks
/// The order's row.
///
/// # Errors
/// [`PaymentError`].
#[operation("commerce.record_receipt")]
#[derive(PartialEq)]
pub struct RecordReceipt {
    /// The payment that it reconciles.
    pub payment: Id<Payment>,
    /// The number on the receipt or bank statement; the same reference counts once.
    pub reference: String,
    /// The amount received.
    pub amount: Money,
    /// The instant the money arrived.
    pub at: Timestamp,
}

impl Operation for RecordReceipt {
    const ACCESS: Access = Access::Asks(&[Permission::PAYMENTS_RECORD]);
    type Answer = Payment;
    type Error = PaymentError;

    async fn run(self, tx: &mut Transaction) -> Result<Payment, PaymentError> {
        let command = self;
        let payment = get_authorized(tx, Permission::PAYMENTS_RECORD, command.payment).await?;
        let mut order = tx.lock(payment.order_id).await?;
        if !payment.method.is_recorded_by_hand() {
            return Err(PaymentError::NotByHand { method: payment.method });
        }
        if !command.amount.is_positive() {
            return Err(PaymentError::AmountOutOfRange);
        }
        let RecordReceipt { reference: key, amount, at, .. } = command;
        let mut facts = vec![PaymentFact::Capture { key, amount, at }];
        if payment.method == PaymentMethod::BankTransfer {
            facts.extend(replaced_by_statement(tx, &payment).await?);
        }
        let mut payment = learn(tx, &mut order, payment.id, facts, "receipt").await?;
        if payment.reconciled_at.is_none() {
            payment.reconciled_at = Some(at);
            tx.update(&mut payment).await?;
        }
        Ok(payment)
    }
}

/// The facts that undo the captures made by approvals of proofs.
async fn replaced_by_statement(
    tx: &mut Transaction,
    payment: &Payment,
) -> Result<Vec<PaymentFact>, PaymentError> {
    let approved = tx.all(PaymentProof::of_payment(payment.id)).await?;
    let approved: Vec<String> = approved
        .into_iter()
        .filter(|it| it.status == ProofStatus::Approved)
        .map(|it| it.id.to_string())
        .collect();
    let told = tx.all(PaymentFactRecord::of_payment(payment.id)).await?;
    let mut undone = Vec::new();
    for record in told {
        if let PaymentFact::Capture { key, amount, .. } = record.fact()?
            && approved.contains(&key)
        {
            let name = format!("statement:{key}");
            undone.push(PaymentFact::Reverse { key: name, amount, of: Some(key) });
        }
    }
    Ok(undone)
}
