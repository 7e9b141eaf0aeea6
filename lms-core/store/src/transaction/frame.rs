//! The operation that runs in a transaction: its actor, its time, and whether it was permitted to
//! write.
use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use super::Transaction;
use crate::{
    Port, Ports, StoreError,
    operation::{Access, Effect, Operation, Within},
};
use lms_kernel::{Actor, ActorId, Context, Id, TenantId, Timestamp};

/// Who acts and when, and which operation runs.
pub(super) struct Frame {
    pub(super) cx: Context,
    pub(super) running: Option<Running>,
    /// The operation that the host ran, which the one that runs is a part of.
    pub(super) outermost: Option<&'static str>,
}

impl Frame {
    pub(super) const fn new(cx: Context) -> Self {
        Self { cx, running: None, outermost: None }
    }
}

/// The operation that runs, and whether it has obtained a permit.
#[derive(Clone, Copy)]
pub(super) struct Running {
    name: &'static str,
    access: Access,
    effect: Effect,
    within: Within,
    is_permitted: bool,
}

impl Running {
    // INVARIANT: an operation that only reads writes nothing, and one that asks for permission
    // writes nothing before it has a permit.
    pub(super) const fn check_write(&self) -> Result<(), StoreError> {
        match (self.effect, self.access) {
            (Effect::Reads, _) => Err(StoreError::WriteByRead { operation: self.name }),
            (Effect::Writes, Access::Asks(_)) if !self.is_permitted => {
                Err(StoreError::WriteBeforePermit { operation: self.name })
            }
            (Effect::Writes, _) => Ok(()),
        }
    }

    // INVARIANT: an operation touches no row of the platform that it does not declare, also in a
    // transaction that a host opened wider.
    pub(super) const fn check_within(&self, needs: &'static str) -> Result<(), StoreError> {
        match self.within {
            Within::TenantAndPlatform => Ok(()),
            Within::Tenant => Err(StoreError::UndeclaredPlatform { operation: self.name, needs }),
        }
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

    /// The same unit of work with the ports of a host, for one that was not begun by a store.
    #[must_use]
    pub fn with_ports(self, ports: Ports) -> Self {
        Self { ports, ..self }
    }

    /// The port of that type, which the host has installed in the store. An operation does what
    /// is slow with it, such as hashing a password, before it locks or writes a row.
    ///
    /// # Errors
    /// [`StoreError::MissingPort`], which names it.
    pub fn port<P: Port + ?Sized>(&self) -> Result<Arc<P>, StoreError> {
        self.ports.get()
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
        self.framed(Frame { cx, ..self.frame })
    }

    /// The same transaction, with `O` as the operation that runs.
    pub(crate) fn running<O: Operation>(&mut self) -> Framed<'_> {
        let running = Running {
            name: O::NAME,
            access: O::ACCESS,
            effect: O::EFFECT,
            within: O::WITHIN,
            is_permitted: false,
        };
        let cx = self.frame.cx.clone();
        let outermost = self.frame.outermost.or(Some(O::NAME));
        self.framed(Frame { cx, running: Some(running), outermost })
    }

    /// The name of the operation that runs, if one does.
    pub fn operation(&self) -> Option<&'static str> {
        self.frame.running.map(|it| it.name)
    }

    /// Refuses what needs the platform's rows in an operation that does not declare that it does.
    pub(crate) fn check_within(&self, needs: &'static str) -> Result<(), StoreError> {
        self.frame.running.as_ref().map_or(Ok(()), |it| it.check_within(needs))
    }

    /// Notes that the actor of the operation that runs was permitted what it asked for. For the
    /// permission check alone.
    #[doc(hidden)]
    pub fn note_permit(&mut self) {
        if let Some(running) = &mut self.frame.running {
            running.is_permitted = true;
        }
    }

    /// Whether the operation that runs has a permit.
    pub(crate) fn is_permitted(&self) -> bool {
        self.frame.running.is_some_and(|it| it.is_permitted)
    }

    /// Notes that a part of the operation that runs obtained its permit: it holds for the whole
    /// where the whole declares one of the same permissions.
    pub(crate) fn note_permit_of_part(&mut self, part: Access) {
        if let Some(running) = &mut self.frame.running {
            running.is_permitted |= part.permissions().iter().any(|it| running.access.declares(it));
        }
    }

    fn framed(&mut self, frame: Frame) -> Framed<'_> {
        let before = std::mem::replace(&mut self.frame, frame);
        Framed { tx: self, before: Some(before) }
    }
}
