//! Coursework, observations, the gradebook and placement on a store: what people do, and who is
//! refused.
#![cfg(feature = "memory")]

#[macro_use]
mod school;
#[cfg(feature = "sqlite")]
#[path = "../support/file.rs"]
mod file;

mod gradebook;
mod handing_in;
mod observations;
mod placement;
