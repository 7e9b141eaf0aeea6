//! Facts about a payment.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use lms_kernel::{Money, Timestamp};

/// The provider's name for one movement of money, such as the id of a charge or of a refund.
pub type FactKey = String;

/// The kind of a payment fact.
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
    /// The payer disputes money that was taken; the bank has not decided.
    DisputeOpened,
    /// The bank decided a dispute for us.
    DisputeWon,
    /// The bank decided a dispute against us.
    DisputeLost,
    /// The gateway keeps a fee.
    Fee,
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

/// One fact about a payment, from a gateway or from a person with the permission.
///
/// Gateways deliver late, twice and out of order, so a fact says what happened and never what
/// the status is. Which event of which gateway makes which fact is the adapter's business.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
        /// The amount.
        amount: Money,
        /// The provider's time.
        at: Timestamp,
    },
    /// So much was taken in all, as the provider says of the whole attempt without naming the
    /// movements. Captures that are named are part of it and are not counted again.
    CaptureTotal {
        /// How much in all.
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
        /// The amount.
        amount: Money,
        /// How far it has come.
        register: RefundRegister,
    },
    /// Money went back because the bank says so: a lost dispute, a late denial, a revoked approval.
    Reverse {
        /// The provider's name for it.
        key: FactKey,
        /// The amount.
        amount: Money,
        /// The capture that it undoes, where the provider says so. Such a reversal counts only as
        /// far as that capture does, so that a denial of one attempt never hides the money of
        /// the next.
        of: Option<FactKey>,
    },
    /// The payer disputes money that was taken. It is on hold, not lost.
    DisputeOpened {
        /// The provider's name for the dispute.
        key: FactKey,
        /// How much is disputed.
        amount: Money,
        /// The capture that is disputed, where the provider says so.
        of: Option<FactKey>,
    },
    /// A dispute was decided for us, or closed without taking anything: the hold ends.
    DisputeWon {
        /// The provider's name for the dispute.
        key: FactKey,
        /// How much was disputed.
        amount: Money,
        /// The capture that was disputed, where the provider says so.
        of: Option<FactKey>,
    },
    /// A dispute was decided against us: the hold ends. What the bank takes is a
    /// [`Reverse`](Self::Reverse); one of the same name says both.
    DisputeLost {
        /// The provider's name for the dispute.
        key: FactKey,
        /// How much was disputed.
        amount: Money,
        /// The capture that was disputed, where the provider says so.
        of: Option<FactKey>,
    },
    /// The gateway keeps a fee for a movement of money, such as a capture or a dispute.
    Fee {
        /// The provider's name for the movement or for the fee.
        key: FactKey,
        /// How much it keeps, with the tax on it.
        amount: Money,
        /// The line of a settlement file that states it; `None` where the gateway or a person does.
        /// A line states its fee once under each name of its movement, and is one fee: it replaces
        /// all other fees of these names, earlier and later ones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<FactKey>,
    },
}

impl PaymentFact {
    /// What kind of thing it says.
    pub const fn kind(&self) -> FactKind {
        match self {
            Self::Authorise { .. } => FactKind::Authorise,
            Self::Capture { .. } | Self::CaptureTotal { .. } => FactKind::Capture,
            Self::Fail { .. } => FactKind::Fail,
            Self::Cancel { .. } => FactKind::Cancel,
            Self::Refund { .. } => FactKind::Refund,
            Self::Reverse { .. } => FactKind::Reverse,
            Self::DisputeOpened { .. } => FactKind::DisputeOpened,
            Self::DisputeWon { .. } => FactKind::DisputeWon,
            Self::DisputeLost { .. } => FactKind::DisputeLost,
            Self::Fee { .. } => FactKind::Fee,
        }
    }

    /// The provider's name for the movement of money or for the dispute, where it gives one.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Capture { key, .. }
            | Self::Refund { key, .. }
            | Self::Reverse { key, .. }
            | Self::DisputeOpened { key, .. }
            | Self::DisputeWon { key, .. }
            | Self::DisputeLost { key, .. }
            | Self::Fee { key, .. } => Some(key),
            Self::CaptureTotal { .. }
            | Self::Authorise { .. }
            | Self::Fail { .. }
            | Self::Cancel { .. } => None,
        }
    }

    /// How much money it is about, where it is about an amount.
    pub const fn amount(&self) -> Option<Money> {
        match self {
            Self::Capture { amount, .. }
            | Self::CaptureTotal { amount, .. }
            | Self::Refund { amount, .. }
            | Self::Reverse { amount, .. }
            | Self::DisputeOpened { amount, .. }
            | Self::DisputeWon { amount, .. }
            | Self::DisputeLost { amount, .. }
            | Self::Fee { amount, .. } => Some(*amount),
            Self::Authorise { .. } | Self::Fail { .. } | Self::Cancel { .. } => None,
        }
    }

    /// The provider's time, where the status depends on it or the books show it.
    pub const fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Authorise { at }
            | Self::Capture { at, .. }
            | Self::CaptureTotal { at, .. }
            | Self::Fail { at }
            | Self::Cancel { at } => Some(*at),
            Self::Refund { .. }
            | Self::Reverse { .. }
            | Self::DisputeOpened { .. }
            | Self::DisputeWon { .. }
            | Self::DisputeLost { .. }
            | Self::Fee { .. } => None,
        }
    }

    /// How far a refund has come, for a fact about one.
    pub const fn register(&self) -> Option<RefundRegister> {
        match self {
            Self::Refund { register, .. } => Some(*register),
            Self::Authorise { .. }
            | Self::Capture { .. }
            | Self::CaptureTotal { .. }
            | Self::Fail { .. }
            | Self::Cancel { .. }
            | Self::Reverse { .. }
            | Self::DisputeOpened { .. }
            | Self::DisputeWon { .. }
            | Self::DisputeLost { .. }
            | Self::Fee { .. } => None,
        }
    }

    /// The capture that a reversal undoes or a dispute is about, where the provider says so; the
    /// line of a settlement file that states a fee.
    pub fn of(&self) -> Option<&str> {
        match self {
            Self::Reverse { of, .. }
            | Self::DisputeOpened { of, .. }
            | Self::DisputeWon { of, .. }
            | Self::DisputeLost { of, .. }
            | Self::Fee { of, .. } => of.as_deref(),
            Self::Authorise { .. }
            | Self::Capture { .. }
            | Self::CaptureTotal { .. }
            | Self::Fail { .. }
            | Self::Cancel { .. }
            | Self::Refund { .. } => None,
        }
    }

    /// What tells this fact from every other of its payment. The same fact told twice has the same
    /// identity; a provider that contradicts itself about an amount, or names the capture that a
    /// reversal undoes only later, gives two facts.
    pub fn identity(&self) -> String {
        let kind = self.kind();
        match self {
            Self::Authorise { at } | Self::Fail { at } | Self::Cancel { at } => {
                format!("{kind}:{at}")
            }
            Self::Capture { key, amount, .. } => format!("{kind}:{key}:{amount}"),
            Self::CaptureTotal { amount, .. } => format!("capture_total:{amount}"),
            Self::Refund { key, amount, register } => format!("refund:{key}:{register}:{amount}"),
            Self::Reverse { key, amount, of }
            | Self::DisputeOpened { key, amount, of }
            | Self::DisputeWon { key, amount, of }
            | Self::DisputeLost { key, amount, of }
            | Self::Fee { key, amount, of } => match of {
                None => format!("{kind}:{key}:{amount}"),
                Some(of) => format!("{kind}:{key}:{amount}:{of}"),
            },
        }
    }
}
