//! Subscriptions, bills and payouts on a store, through simulated time.
mod access;
mod bills;
mod once;
mod payouts;
mod refusals;
mod subscriptions;
mod tick;
mod world;
