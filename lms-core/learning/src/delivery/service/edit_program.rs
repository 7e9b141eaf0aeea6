//! Changing what a program says.
use lms_store::operation::{Access, Operation, operation};
use serde::{Deserialize, Serialize};

use super::{
    program_circle::check_no_circle,
    programs::{ProgramError, permit},
};
use crate::{content::Prose, delivery::Program};
use lms_kernel::{Id, Title};
use lms_people::authorization::Permission;
use lms_store::Transaction;

/// One change to a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProgramChange {
    /// The name.
    Name(Title),
    /// The description shown to learners; `None` for no description.
    Description(Option<Prose>),
    /// Whether its courses must be taken one after the other.
    InOrder(bool),
}

/// Changes the name, the description or the order of a program. In a program in order a course opens
/// to a learner when the earlier ones that they may learn are completed. Where its courses come into
/// order, learners keep those that they have begun.
///
/// # Permission
/// `programs.manage`.
///
/// # Errors
/// [`ProgramError::Circle`] where another program in order has the courses the other way round.
#[operation("delivery.edit_program")]
#[derive(PartialEq, Eq)]
pub struct EditProgram {
    /// The program to change.
    pub program_id: Id<Program>,
    /// The changes, applied in order.
    pub changes: Vec<ProgramChange>,
}

impl Operation for EditProgram {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRAMS_MANAGE]);
    type Answer = Program;
    type Error = ProgramError;

    async fn run(self, tx: &mut Transaction) -> Result<Program, ProgramError> {
        permit(tx).await?;
        let mut program = tx.require(self.program_id).await?;
        for change in self.changes {
            match change {
                ProgramChange::Name(it) => program.name = it,
                ProgramChange::Description(it) => program.description = it,
                ProgramChange::InOrder(it) => program.in_order = it,
            }
        }
        tx.update(&mut program).await?;
        if program.in_order {
            check_no_circle(tx).await?;
        }
        Ok(program)
    }
}
