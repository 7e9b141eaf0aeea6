//! The migrations of this build; written by `--example migrations`.
use super::Migration;

pub(super) const MIGRATIONS: &[Migration] = &[];
