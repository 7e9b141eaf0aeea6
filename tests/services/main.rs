//! Every operation: who may run it, and that everybody else is refused and noted. And what the
//! services of content, delivery and learning do, step by step.
#![cfg(feature = "memory")]

#[macro_use]
mod world;
#[macro_use]
mod table;

mod absent;
mod authority;
mod bending;
mod bounds;
mod clocks;
mod commerce_table;
mod community_table;
mod content_flow;
mod content_table;
mod coverage;
mod delivery_flow;
mod delivery_table;
mod departed;
mod edits;
mod exam_table;
mod fairness;
mod features;
mod governance_table;
mod identity_table;
mod later_table;
mod laws;
mod leading;
mod learning_flow;
mod learning_table;
mod lists;
mod lives;
mod marking;
mod placement_table;
mod ports;
mod programs;
mod quizzes;
mod reading_table;
mod restored;
mod shop;
mod sittings_table;
mod store_errors;
mod tenancy_table;
mod things;
