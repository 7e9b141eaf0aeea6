//! Commerce on a store: what is sold, paid, granted, refunded and booked.
mod journal;
mod orders;
mod proofs;
mod refunds;
mod school;
