//! Tests from start to score: attempts, marking, proctoring, banks, regrading, through their
//! services, and who may call them.
#![cfg(feature = "memory")]

#[path = "../people/school.rs"]
#[macro_use]
#[expect(dead_code, reason = "the tests of people use the rest of it")]
mod school;
mod exam;
#[cfg(feature = "sqlite")]
#[path = "../support/file.rs"]
mod file;

mod attempts;
mod authoring;
mod bank;
mod marking;
mod own_attempt;
mod proctoring;
mod regrade;
mod result;
mod sections;
mod tries;
