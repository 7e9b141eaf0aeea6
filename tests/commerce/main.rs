//! Commerce on a store: what is sold, paid, granted, refunded and booked.
mod deliveries;
mod enrollment;
mod gateways;
mod guide;
mod histories;
mod instalments;
mod journal;
mod machines;
mod once;
mod orders;
mod proofs;
mod refunds;
mod school;
mod time;
mod vouchers;
mod webhooks;
