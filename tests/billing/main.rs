//! Subscriptions, bills and payouts on a store, through simulated time.
mod access;
mod refusals;
mod subscriptions;
mod tick;
mod world;
