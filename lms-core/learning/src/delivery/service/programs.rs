//! Programs and how they nest.
use lms_derive::DomainError;
use lms_store::operation::{Access, Operation, operation};

use crate::{
    content::Prose,
    delivery::{ClassGroup, Program, ProgramCourse},
};
use lms_kernel::{Id, Title};
use lms_people::{
    authorization::{AuthorizationError, Permission, TheTenant, authorize_on},
    tenancy::{Feature, FeatureError, TenantSettings, require_feature},
};
use lms_store::{Query, StoreError, Transaction};

/// Creates a program.
///
/// # Errors
/// [`ProgramError`].
#[operation("delivery.create_program")]
pub struct CreateProgram {
    /// The program's name.
    pub name: Title,
    /// The description shown to learners.
    pub description: Option<Prose>,
    /// The program it is part of; `None` for one at the top.
    pub parent_id: Option<Id<Program>>,
    /// Whether its courses must be taken one after the other.
    pub in_order: bool,
}

impl CreateProgram {
    /// A top program whose courses are taken in any order.
    pub const fn new(name: Title) -> Self {
        Self { name, description: None, parent_id: None, in_order: false }
    }
}

/// Why something could not be done with a program.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ProgramError {
    /// A program cannot be part of itself.
    #[error("a program cannot be moved below itself; choose another parent")]
    #[fault(invalid, field = "parent_id")]
    PartOfItself,
    /// The tree would have too many levels.
    #[error("programs nest at most {most} levels deep")]
    #[fault(invalid, field = "parent_id")]
    TooDeep {
        /// The most levels.
        most: usize,
    },
    /// The program has the course already.
    #[error("the program has the course already")]
    #[fault(conflict, field = "course_id")]
    AlreadyThere,
    /// The program does not have the course.
    #[error("the program does not have the course")]
    #[fault(not_found, field = "course_id")]
    NotThere,
    /// The orders of several programs would make courses wait for each other.
    #[error("the courses would wait for each other; another program has them the other way round")]
    #[fault(conflict)]
    Circle,
    /// Something is still part of it.
    #[error("programs, courses or classes are part of the program; take them out first")]
    #[fault(conflict)]
    InUse,
    /// The tenant has no programs.
    #[error(transparent)]
    #[fault(transparent)]
    Feature(#[from] FeatureError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

const MAX_DEPTH: usize = 32;

impl Operation for CreateProgram {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRAMS_MANAGE]);
    type Answer = Program;
    type Error = ProgramError;

    async fn run(self, tx: &mut Transaction) -> Result<Program, ProgramError> {
        let command = self;
        permit(tx).await?;
        if let Some(parent) = command.parent_id {
            check_line(tx, parent, None).await?;
        }
        let program = Program {
            description: command.description,
            parent_id: command.parent_id,
            in_order: command.in_order,
            ..Program::new(tx.cx(), command.name)
        };
        tx.insert(&program).await?;
        Ok(program)
    }
}

/// Moves a program to another parent, or to the top.
///
/// # Locks
/// The tenant's settings row is locked, under which trees are changed by one at a time, so that two
/// moves at once never make a circle.
///
/// # Errors
/// [`ProgramError`].
#[operation("delivery.move_program")]
pub struct MoveProgram {
    /// The program to move.
    pub program_id: Id<Program>,
    /// The new parent; `None` moves the program to the top.
    pub parent_id: Option<Id<Program>>,
}

impl Operation for MoveProgram {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRAMS_MANAGE]);
    type Answer = Program;
    type Error = ProgramError;

    async fn run(self, tx: &mut Transaction) -> Result<Program, ProgramError> {
        let Self { program_id: program, parent_id: parent } = self;
        permit(tx).await?;
        tx.lock(TenantSettings::id_of(tx.cx())).await?;
        let mut program = tx.require(program).await?;
        if let Some(parent) = parent {
            check_line(tx, parent, Some(program.id)).await?;
        }
        program.parent_id = parent;
        tx.update(&mut program).await?;
        Ok(program)
    }
}

/// Deletes a program without parts, also where the tenant has switched programs off.
///
/// # Errors
/// [`ProgramError::InUse`].
#[operation("delivery.delete_program")]
pub struct DeleteProgram {
    /// The program to delete.
    pub program_id: Id<Program>,
}

impl Operation for DeleteProgram {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRAMS_MANAGE]);
    type Answer = ();
    type Error = ProgramError;

    async fn run(self, tx: &mut Transaction) -> Result<(), ProgramError> {
        let Self { program_id: program } = self;
        permit_ending(tx).await?;
        let mut program = tx.lock(program).await?;
        let classes = Query::filter(ClassGroup::PROGRAM_ID.is(program.id));
        if tx.exists(Program::children_of(program.id)).await?
            || tx.exists(ProgramCourse::of(program.id)).await?
            || tx.exists(classes).await?
        {
            return Err(ProgramError::InUse);
        }
        Ok(tx.delete(&mut program).await?)
    }
}

pub(super) async fn permit(tx: &mut Transaction) -> Result<(), ProgramError> {
    require_feature(tx, Feature::Programs).await?;
    permit_ending(tx).await
}

/// The same for what only takes away.
pub(super) async fn permit_ending(tx: &mut Transaction) -> Result<(), ProgramError> {
    authorize_on(tx, Permission::PROGRAMS_MANAGE, &TheTenant).await?;
    Ok(())
}

/// Walks up from `parent`; refuses when `child` is met, or when the levels above and those of
/// `child` are too many together.
async fn check_line(
    tx: &mut Transaction,
    parent: Id<Program>,
    child: Option<Id<Program>>,
) -> Result<(), ProgramError> {
    let (mut above, mut levels) = (Some(parent), 0);
    while let Some(id) = above.filter(|_| levels <= MAX_DEPTH) {
        if Some(id) == child {
            return Err(ProgramError::PartOfItself);
        }
        above = tx.require(id).await?.parent_id;
        levels += 1;
    }
    let own = match child {
        Some(child) => height(tx, child).await?,
        None => 1,
    };
    if levels + own > MAX_DEPTH {
        return Err(ProgramError::TooDeep { most: MAX_DEPTH });
    }
    Ok(())
}

/// How many levels there are from `top` down.
async fn height(tx: &mut Transaction, top: Id<Program>) -> Result<usize, StoreError> {
    let (mut level, mut height) = (vec![top], 0);
    while !level.is_empty() && height <= MAX_DEPTH {
        let below = Query::filter(Program::PARENT_ID.is_some_in(level));
        level = tx.all(below).await?.into_iter().map(|it| it.id).collect();
        height += 1;
    }
    Ok(height)
}
