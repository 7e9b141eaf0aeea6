//! Coursework, observations, the gradebook and placement on a store: what people do, and who is
//! refused.
#![cfg(feature = "memory")]

#[macro_use]
mod school;

mod gradebook;
mod handing_in;
mod observations;
mod placement;
