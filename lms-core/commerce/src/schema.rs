//! JSON Schemas of the values of commerce that travel as a text.
use crate::{pricing::Interval, vouchers::VoucherCode, webhooks::StoredSecret};

lms_kernel::text_schema! {
    VoucherCode, "The code of a voucher: letters, digits and hyphens.", "WELCOME-10";
    StoredSecret, "A secret, which is never shown.", "[redacted]";
    Interval, "A duration of ISO 8601 of one part.", "P1M", "pattern" = "^P[0-9]+[DWMY]$";
}
