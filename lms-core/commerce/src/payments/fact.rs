//! What a payment is told.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use lms_kernel::{Money, Timestamp};

/// The provider's name for one movement of money, such as the id of a charge or of a refund.
pub type FactKey = String;

/// What sort of thing a payment was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum FactKind {
    /// Money is promised.
    Authorise,
    /// Money was taken.
    Capture,
    /// An attempt was declined or timed out.
    Fail,
    /// An attempt was stopped.
    Cancel,
    /// Money goes back because we say so.
    Refund,
    /// Money went back because the bank says so.
    Reverse,
}

/// How far a refund has come. A refund may fail after it succeeded, so the later word wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum RefundRegister {
    /// The provider has taken the order.
    Pending,
    /// The money went back.
    Succeeded,
    /// The money came back to us after all.
    Failed,
}

/// One thing that a payment was told, by a gateway or by a person with the permission.
///
/// Gateways deliver late, twice and out of order, so a fact says what happened and never what
/// the status is. Which event of which gateway makes which fact is the adapter's business.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PaymentFact {
    /// Money was promised at that time.
    Authorise {
        /// The provider's time.
        at: Timestamp,
    },
    /// Money was taken.
    Capture {
        /// The provider's name for it.
        key: FactKey,
        /// How much.
        amount: Money,
        /// The provider's time.
        at: Timestamp,
    },
    /// An attempt was declined or timed out at that time. It may still succeed later.
    Fail {
        /// The provider's time.
        at: Timestamp,
    },
    /// An attempt was stopped at that time.
    Cancel {
        /// The provider's time.
        at: Timestamp,
    },
    /// Money goes back because we say so.
    Refund {
        /// The provider's name for the refund.
        key: FactKey,
        /// How much.
        amount: Money,
        /// How far it has come.
        register: RefundRegister,
    },
    /// Money went back because the bank says so: a lost dispute, a late denial, a revoked approval.
    Reverse {
        /// The provider's name for it.
        key: FactKey,
        /// How much.
        amount: Money,
        /// The capture that it undoes, where the provider says so. Such a reversal counts only as
        /// far as that capture does, so that a denial of one attempt never hides the money of
        /// the next.
        of: Option<FactKey>,
    },
}

impl PaymentFact {
    /// What sort of thing it says.
    pub const fn kind(&self) -> FactKind {
        match self {
            Self::Authorise { .. } => FactKind::Authorise,
            Self::Capture { .. } => FactKind::Capture,
            Self::Fail { .. } => FactKind::Fail,
            Self::Cancel { .. } => FactKind::Cancel,
            Self::Refund { .. } => FactKind::Refund,
            Self::Reverse { .. } => FactKind::Reverse,
        }
    }

    /// The provider's name for the movement of money, where it is one.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Capture { key, .. } | Self::Refund { key, .. } | Self::Reverse { key, .. } => {
                Some(key)
            }
            Self::Authorise { .. } | Self::Fail { .. } | Self::Cancel { .. } => None,
        }
    }

    /// How much money moved, where it did.
    pub const fn amount(&self) -> Option<Money> {
        match self {
            Self::Capture { amount, .. }
            | Self::Refund { amount, .. }
            | Self::Reverse { amount, .. } => Some(*amount),
            Self::Authorise { .. } | Self::Fail { .. } | Self::Cancel { .. } => None,
        }
    }

    /// The provider's time, where the status depends on it or the books show it.
    pub const fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Authorise { at }
            | Self::Capture { at, .. }
            | Self::Fail { at }
            | Self::Cancel { at } => Some(*at),
            Self::Refund { .. } | Self::Reverse { .. } => None,
        }
    }

    /// How far a refund has come, for a fact about one.
    pub const fn register(&self) -> Option<RefundRegister> {
        match self {
            Self::Refund { register, .. } => Some(*register),
            Self::Authorise { .. }
            | Self::Capture { .. }
            | Self::Fail { .. }
            | Self::Cancel { .. }
            | Self::Reverse { .. } => None,
        }
    }

    /// The capture that a reversal undoes, where the provider says so.
    pub fn of(&self) -> Option<&str> {
        match self {
            Self::Reverse { of, .. } => of.as_deref(),
            Self::Authorise { .. }
            | Self::Capture { .. }
            | Self::Fail { .. }
            | Self::Cancel { .. }
            | Self::Refund { .. } => None,
        }
    }

    /// What tells this fact from every other of its payment. The same fact told twice has the same
    /// identity; a provider that contradicts itself about an amount, or names the capture that a
    /// reversal undoes only later, gives two facts.
    pub fn identity(&self) -> String {
        match self {
            Self::Authorise { at } | Self::Fail { at } | Self::Cancel { at } => {
                format!("{}:{at}", self.kind())
            }
            Self::Capture { key, amount, .. } => format!("capture:{key}:{amount}"),
            Self::Refund { key, amount, register } => format!("refund:{key}:{register}:{amount}"),
            Self::Reverse { key, amount, of: None } => format!("reverse:{key}:{amount}"),
            Self::Reverse { key, amount, of: Some(of) } => format!("reverse:{key}:{amount}:{of}"),
        }
    }
}
