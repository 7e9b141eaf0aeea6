//! Commerce on a store: what is sold, paid, granted, refunded and booked.
mod instalments;
mod journal;
mod orders;
mod proofs;
mod refunds;
mod school;
mod time;
mod vouchers;
