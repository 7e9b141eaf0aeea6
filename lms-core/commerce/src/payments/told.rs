//! The recorded facts of a payment.
use crate::{Payment, PaymentError, PaymentFactRecord, PaymentFacts};
use lms_store::Transaction;

/// The longest key of a fact and the longest name of a source, in characters.
pub const MAX_FACT_KEY_LENGTH: usize = 200;

/// What a payment knows.
pub(crate) async fn facts_told(
    tx: &mut Transaction,
    payment: &Payment,
) -> Result<PaymentFacts, PaymentError> {
    let told = tx.all(PaymentFactRecord::of_payment(payment.id)).await?;
    let told = told.iter().map(PaymentFactRecord::fact).collect::<Result<Vec<_>, _>>()?;
    Ok(payment.facts(&told))
}

/// Refuses a name that is empty or too long to be kept.
pub(crate) fn check_length(text: &str) -> Result<(), PaymentError> {
    match text.chars().count() {
        1..=MAX_FACT_KEY_LENGTH => Ok(()),
        _ => Err(PaymentError::KeyLength { most: MAX_FACT_KEY_LENGTH }),
    }
}
