//! The compiled grader: a version of a test as flat arrays, for grading a hundred thousand
//! attempts at once.
//!
//! [`CompiledTest::compile`] turns a [`TestForm`](crate::grading::TestForm) into
//! tables, filled by the readable grader itself: what each option, each pattern of ticks, each
//! distinct text earns. A [`ResponseBatch`] holds answers column by column: one byte for a choice,
//! one bit for a tick, a number into a dictionary for everything else.
//! [`CompiledTest::grade`] then only looks up and adds.
//!
//! Scores are added as integers in a unit that every table entry is a whole multiple of: the
//! least common multiple of their denominators. Before adding, the sum of the greatest entries is
//! proven to fit 63 bits. Where there is no such unit the attempts are graded one by one by the
//! readable grader, and the answer is the same. The two graders are compared on generated tests.

mod accumulate;
mod adder;
mod batch;
mod encode;
mod intern;
mod outcome;
mod plan;
mod prepare;
mod run;
mod scores;
mod table;
mod test;
#[cfg(test)]
mod tests;

pub use batch::{BatchError, Cells, Column, NOT_ASKED, ResponseBatch, TextCells};
pub use scores::{BatchScores, ItemScores};
pub use test::CompiledTest;
