//! What a transaction knows about the operation that runs in it: who acts, and when.
use std::ops::{Deref, DerefMut};

use super::Transaction;
use lms_kernel::{Actor, ActorId, Context, Id, TenantId, Timestamp};

/// Who acts and when.
pub(super) struct Frame {
    pub(super) cx: Context,
}

impl Frame {
    pub(super) const fn new(cx: Context) -> Self {
        Self { cx }
    }
}

/// A transaction whose frame differs while this is alive. The frame before it comes back when it
/// is dropped, also when the work in it failed or was cancelled.
pub struct Framed<'t> {
    tx: &'t mut Transaction,
    before: Option<Frame>,
}

impl std::fmt::Debug for Framed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.tx, f)
    }
}

impl Deref for Framed<'_> {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        self.tx
    }
}

impl DerefMut for Framed<'_> {
    fn deref_mut(&mut self) -> &mut Transaction {
        self.tx
    }
}

impl Drop for Framed<'_> {
    fn drop(&mut self) {
        if let Some(before) = self.before.take() {
            self.tx.frame = before;
        }
    }
}

impl Transaction {
    /// The context of the operation, for the constructors of records.
    pub const fn cx(&self) -> &Context {
        &self.frame.cx
    }

    /// The one time of the operation.
    pub const fn now(&self) -> Timestamp {
        self.frame.cx.now()
    }

    /// Who acts.
    pub const fn actor(&self) -> &Actor {
        self.frame.cx.actor()
    }

    /// The id of the user who acts; `None` for the system and for anonymous callers.
    pub const fn actor_id(&self) -> Option<ActorId> {
        self.frame.cx.actor_id()
    }

    /// The tenant whose data the operation is about.
    pub const fn tenant(&self) -> TenantId {
        self.frame.cx.tenant()
    }

    /// A new id.
    pub fn id<T>(&self) -> Id<T> {
        self.frame.cx.id()
    }

    /// The same transaction at another time, for as long as the guard lives: rows, trail, events
    /// and rules all see it. Catching up runs each step in one:
    ///
    /// ```no_run
    /// # use lms_kernel::Timestamp;
    /// # use lms_store::{StoreError, Transaction};
    /// # async fn step(tx: &mut Transaction) -> Result<(), StoreError> { Ok(()) }
    /// # async fn example(tx: &mut Transaction, days: Vec<Timestamp>) -> Result<(), StoreError> {
    /// for day in days {
    ///     step(&mut tx.as_of(day)).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn as_of(&mut self, at: Timestamp) -> Framed<'_> {
        let cx = self.frame.cx.clone().at(at);
        let before = std::mem::replace(&mut self.frame, Frame { cx });
        Framed { tx: self, before: Some(before) }
    }
}
