//! Parts that operations of several contexts have in common.
use crate::{StoreError, Transaction, operation::Effect};

/// A step that operations of several contexts have in common, such as giving a seat in a course. It
/// asks for no permission of its own: the operation that it is a part of has asked.
///
/// A part that writes runs only inside of an operation, which writes nothing before it has a permit:
/// a host that runs one by itself is refused.
pub trait Part: Send {
    /// Its name: the context, a dot and what it does.
    const NAME: &'static str;
    /// Whether it changes or locks anything.
    const EFFECT: Effect;
    /// What it answers.
    type Answer: Send;
    /// Why it does not happen.
    type Error: From<StoreError> + Send;

    /// Does it, as a part of the operation that runs in the transaction.
    fn run(
        self,
        tx: &mut Transaction,
    ) -> impl Future<Output = Result<Self::Answer, Self::Error>> + Send;
}

impl Transaction {
    /// Runs a part of the operation that runs in this transaction. A part that only reads may be run
    /// by itself.
    ///
    /// # Errors
    /// The part's own; [`StoreError::PartAlone`] for one that writes and is no part of an operation.
    pub async fn part<P: Part>(&mut self, part: P) -> Result<P::Answer, P::Error> {
        if P::EFFECT == Effect::Writes && self.operation().is_none() {
            return Err(StoreError::PartAlone { part: P::NAME }.into());
        }
        part.run(self).await
    }
}
