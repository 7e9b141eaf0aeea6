//! Classes, waitlists, plans, join codes, slugs, trees and timetables that many want to change at
//! the same time.
//!
//! `LMS_TESTKIT_SCALE=full` runs 20 rounds of 60 people; otherwise one smaller round.
mod names;
mod school;
mod seats;
mod sessions;
mod trees;
