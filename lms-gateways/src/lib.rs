//! Payment gateways: their webhooks verified, read, and turned into facts.
//!
//! An adapter does three things and no more. It **verifies** the raw bytes of a webhook against
//! the account's secrets, in constant time and before anything is parsed. It **reads** the
//! verified body tolerantly: fields and event types that it does not know never fail. And it
//! **emits facts** (`lms_commerce::PaymentFact`), never a status: what the facts of a
//! payment mean together is the core's to say.
//!
//! ```
//! use lms_kernel::Timestamp;
//! use lms_gateways::{Gateway, SigningSecret, Stripe, WebhookRequest};
//!
//! let headers = [("Stripe-Signature", "t=1,v1=00")];
//! let request = WebhookRequest::new(&headers, b"{}");
//! let secrets = [SigningSecret::new("whsec_…")];
//! // Nothing that was not signed with the account's secret becomes a `VerifiedWebhook`.
//! assert!(Stripe.verify(&request, &secrets, Timestamp::EPOCH).is_err());
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::print_stdout,
        clippy::float_arithmetic
    )
)]

mod adapter;
mod amount;
pub mod client;
#[cfg(test)]
mod decisions;
mod error;
mod gateway;
mod json;
mod midtrans;
mod paypal;
mod razorpay;
mod secret;
mod settlement;
mod signature;
pub mod standard_webhooks;
mod stripe;
mod tolerance;
mod xendit;

pub use error::{ReadError, VerificationError};
pub use gateway::{Gateway, VerifiedWebhook, gateway};
pub use lms_commerce::{ReportedFact, WebhookNotice, WebhookRequest};
pub use midtrans::Midtrans;
pub use paypal::{CertificateKeys, PayPal, certificate_host_is_paypal};
pub use razorpay::{Razorpay, RazorpayReturn};
pub use secret::SigningSecret;
pub use settlement::{SettlementError, midtrans_settlement, stripe_payouts};
pub use stripe::Stripe;
pub use tolerance::{Tolerance, Within};
pub use xendit::Xendit;
