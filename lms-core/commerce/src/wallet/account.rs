//! The wallet of a payer.
use lms_derive::TextEnum;
use lms_kernel::machine::Step;
use serde::{Deserialize, Serialize};

use crate::{NextAction, Payment};
use lms_kernel::{Context, Currency, EntityKind, Id, Money, MoneyError, Timestamp};
use lms_people::identity::Membership;
use lms_store::{Col, Direction, Query, Record, Stamp};

/// A payer's balance with the tenant in one currency.
///
/// The balance is what the books say the tenant owes the holder. What is held is promised to an
/// order; the rest is available, and never below zero. Anyone who changes it holds the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "wallet_accounts", unique(holder_id, balance_currency))]
pub struct WalletAccount {
    /// The account's id.
    pub id: Id<WalletAccount>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Whose it is.
    pub holder_id: Id<Membership>,
    /// What the tenant owes the holder.
    #[record(prefixed)]
    pub balance: Money,
    /// What of it is promised to orders.
    #[record(prefixed)]
    pub held: Money,
}

impl WalletAccount {
    /// The kind of record in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("wallet_account");
    /// The column `balance_currency`.
    pub const BALANCE_CURRENCY: Col<Self, Currency> = Col::new("balance_currency");

    /// An empty account.
    pub fn new(cx: &Context, holder: Id<Membership>, currency: Currency) -> Self {
        let nothing = Money::zero(currency);
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            holder_id: holder,
            balance: nothing,
            held: nothing,
        }
    }

    /// What may be spent.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn available(&self) -> Result<Money, MoneyError> {
        self.balance.sub(self.held)
    }

    /// The account of that person in that currency.
    pub fn of(holder: Id<Membership>, currency: Currency) -> Query<Self> {
        Query::filter(Self::HOLDER_ID.eq(holder).and(Self::BALANCE_CURRENCY.eq(currency)))
    }
}

/// The status of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum HoldStatus {
    /// The money is promised.
    Held,
    /// It was spent.
    Captured,
    /// It was released.
    Released,
}

/// An event in the lifecycle of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum HoldEvent {
    /// The promise is kept.
    Capture,
    /// The promise is not needed, or its time is over.
    Release,
}

lms_kernel::machine! {
    "wallet hold": HoldStatus x HoldEvent => Step<Self> {
                  [Capture   Release ]
        Held:     [Captured  Released]
        Captured: [=         -       ]
        Released: [-         =       ]
    }
}

/// Money of a wallet that is promised to a payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "wallet_holds", unique(payment_id), index(wallet_id), index(next_action_at))]
pub struct WalletHold {
    /// The hold's id.
    pub id: Id<WalletHold>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// The wallet.
    pub wallet_id: Id<WalletAccount>,
    /// The payment that it is promised to.
    pub payment_id: Id<Payment>,
    /// The amount.
    #[record(prefixed)]
    pub amount: Money,
    /// Its status.
    pub status: HoldStatus,
    /// When it is released unless it is spent.
    pub next_action_at: NextAction,
}

impl WalletHold {
    /// The hold for a payment.
    pub fn of_payment(payment: Id<Payment>) -> Query<Self> {
        Query::filter(Self::PAYMENT_ID.eq(payment))
    }

    /// The holds whose time is over.
    pub fn due(now: Timestamp) -> Query<Self> {
        Query::filter(Self::NEXT_ACTION_AT.le(NextAction::at(now)))
            .order_by(Self::NEXT_ACTION_AT, Direction::Asc)
    }
}
