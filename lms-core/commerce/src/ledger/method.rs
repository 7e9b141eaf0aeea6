//! Payment methods.
use lms_derive::TextEnum;

/// How money is paid. The gateway is a separate field, as an open name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum PaymentMethod {
    /// A payment gateway. The source schemas name some gateways as methods.
    #[text("gateway", "stripe", "razorpay", "midtrans", "xendit", "paypal")]
    Gateway,
    /// A transfer that the payer proves and finance reconciles.
    #[text("bank_transfer", "transfer")]
    BankTransfer,
    /// The payer's balance with the tenant.
    Wallet,
    /// A card at the desk.
    Card,
    /// Cash at the desk.
    Cash,
    /// Nothing is to be paid.
    None,
    /// Any other way; finance records the receipt.
    Other,
}

impl PaymentMethod {
    /// Whether a person of the tenant says that the money came in, and not a machine.
    pub const fn is_recorded_by_hand(self) -> bool {
        matches!(self, Self::BankTransfer | Self::Card | Self::Cash | Self::Other)
    }
}
