//! Operations as values: one struct for each use case, with its access rule.
//!
//! A host runs an operation with [`Store::run`](crate::Store::run), or as a part of its own
//! transaction with [`Transaction::run`]. The value carries the input; constants say which
//! permission it asks for, whose rows it needs and whether it changes anything, so that the
//! reference, the authority tests and adapters are made from the operations themselves.
mod failure;
mod part;
mod registry;
mod run;
mod shape;

use std::fmt::Debug;

pub use failure::{Denied, Failure, Refusal, SwitchedOff};
pub use lms_derive::operation;
pub use part::Part;
pub use registry::{FieldDoc, OperationFailure, OperationType};
pub use shape::Shaped;
#[cfg(feature = "schema")]
pub(crate) use shape::{MakeSchema, written_schema};

use crate::{StoreError, Transaction};
use lms_kernel::{Context, DomainError, Permission, Scope};

/// The permission check of an operation, made before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// One of these permissions; which one depends on the input where there are several.
    Asks(&'static [Permission]),
    /// A credential that the operation checks itself, such as a password or an invitation's token.
    Credential(&'static str),
    /// Nothing: everyone may, for this reason.
    Public(&'static str),
}

impl Access {
    /// The permissions that are declared.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Asks(permissions) => permissions,
            Self::Credential(_) | Self::Public(_) => &[],
        }
    }

    /// Whether the permission is one of those that are declared.
    pub fn declares(self, permission: &Permission) -> bool {
        self.permissions().contains(permission)
    }
}

/// Whether an operation changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It only shows. The store refuses every write in it.
    Reads,
    /// It changes something.
    Writes,
}

/// Whose rows an operation needs; it becomes a [`Scope`] with the tenant of the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Within {
    /// Those of the tenant.
    Tenant,
    /// Those of the tenant and of the platform, such as sign-up.
    TenantAndPlatform,
}

impl Within {
    /// The scope of the transaction.
    pub const fn scope(self, cx: &Context) -> Scope {
        match self {
            Self::Tenant => Scope::Tenant(cx.tenant()),
            Self::TenantAndPlatform => Scope::TenantAndPlatform(cx.tenant()),
        }
    }
}

/// The name and docs of an operation; [`operation`] reads them off the struct.
pub trait Described {
    /// Its name: the context, a dot and what it does. It never changes.
    const NAME: &'static str;
    /// Its documentation.
    const DOC: &'static str;
    /// Its fields.
    const FIELDS: &'static [FieldDoc];
}

/// The outcome of an operation inside a transaction.
pub type Done<O> = Result<<O as Operation>::Answer, <O as Operation>::Error>;

/// One use case as a value: its input, its access rule, its answer and its errors.
///
/// ```
/// use lms_kernel::{DomainError, Permission};
/// use lms_store::{
///     StoreError, Transaction,
///     operation::{Access, Done, Effect, Operation, operation},
/// };
/// # extern crate lms_store as lms_core;
///
/// /// Tells the time of the school's server.
/// #[operation("host.tell_time")]
/// pub struct TellTime {}
///
/// impl Operation for TellTime {
///     const ACCESS: Access = Access::Public("the time is no secret");
///     const EFFECT: Effect = Effect::Reads;
///     type Answer = lms_kernel::Timestamp;
///     type Error = StoreError;
///
///     async fn run(self, tx: &mut Transaction) -> Done<Self> {
///         Ok(tx.now())
///     }
/// }
/// ```
pub trait Operation: Described + Clone + Debug + Send + Sync + 'static {
    /// What it asks for.
    const ACCESS: Access;
    /// Whose rows it needs.
    const WITHIN: Within = Within::Tenant;
    /// Whether it changes anything.
    const EFFECT: Effect = Effect::Writes;
    /// What it answers.
    type Answer: Send + 'static;
    /// Why it does not happen.
    type Error: DomainError + From<StoreError> + Send;

    /// Does it, as a part of a transaction.
    fn run(self, tx: &mut Transaction) -> impl Future<Output = Done<Self>> + Send;
}
