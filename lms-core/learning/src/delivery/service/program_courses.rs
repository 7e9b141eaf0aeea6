//! The courses of a program, in order.
use super::{
    program_circle::check_no_circle,
    programs::{ProgramError, permit, permit_ending},
};
use crate::{
    content::{Course, insert_item, renumber},
    delivery::{Program, ProgramCourse},
};
use lms_kernel::Id;
use lms_kernel::Permission;
use lms_store::Transaction;
use lms_store::operation::{Access, Operation, operation};

/// Adds a course to a program at a position, or at the end.
///
/// # Locks
/// The program's row is locked before its courses are read, so that their places stay without gaps.
///
/// # Errors
/// [`ProgramError::AlreadyThere`]; [`ProgramError::Circle`] in a program in order.
#[operation("delivery.add_program_course")]
pub struct AddProgramCourse {
    /// The program to extend.
    pub program_id: Id<Program>,
    /// The course to add.
    pub course_id: Id<Course>,
    /// The position, counted from 0; `None` adds it at the end.
    pub position: Option<u32>,
}

impl Operation for AddProgramCourse {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRAMS_MANAGE]);
    type Answer = ProgramCourse;
    type Error = ProgramError;

    async fn run(self, tx: &mut Transaction) -> Result<ProgramCourse, ProgramError> {
        let Self { program_id: program, course_id: course, position } = self;
        permit(tx).await?;
        let program = tx.lock(program).await?;
        let course = tx.require(course).await?;
        let mut courses = tx.all(ProgramCourse::of(program.id)).await?;
        if courses.iter().any(|it| it.course_id == course.id) {
            return Err(ProgramError::AlreadyThere);
        }
        let link = ProgramCourse::new(tx.cx(), program.id, course.id, u32::MAX);
        let at = position.map_or(usize::MAX, |it| it as usize);
        insert_item(&mut courses, at, link.clone());
        let (added, mut moved): (Vec<_>, Vec<_>) =
            renumber(&mut courses).into_iter().partition(|it| it.id == link.id);
        tx.update_all(&mut moved).await?;
        let link = added.into_iter().next().unwrap_or(link);
        tx.insert(&link).await?;
        if program.in_order {
            check_no_circle(tx).await?;
        }
        Ok(link)
    }
}

/// Removes a course from a program, also where the tenant has switched programs off.
///
/// # Errors
/// [`ProgramError::NotThere`].
#[operation("delivery.remove_program_course")]
pub struct RemoveProgramCourse {
    /// The program to shorten.
    pub program_id: Id<Program>,
    /// The course to remove.
    pub course_id: Id<Course>,
}

impl Operation for RemoveProgramCourse {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRAMS_MANAGE]);
    type Answer = ();
    type Error = ProgramError;

    async fn run(self, tx: &mut Transaction) -> Result<(), ProgramError> {
        let Self { program_id: program, course_id: course } = self;
        permit_ending(tx).await?;
        let program = tx.lock(program).await?;
        let mut courses = tx.all(ProgramCourse::of(program.id)).await?;
        let at = courses.iter().position(|it| it.course_id == course);
        let gone = courses.remove(at.ok_or(ProgramError::NotThere)?);
        tx.purge(&gone).await?;
        Ok(tx.update_all(&mut renumber(&mut courses)).await?)
    }
}

/// Moves a course to another position in its program.
///
/// # Errors
/// [`ProgramError::NotThere`]; [`ProgramError::Circle`] in a program in order.
#[operation("delivery.move_program_course")]
pub struct MoveProgramCourse {
    /// The program to reorder.
    pub program_id: Id<Program>,
    /// The course to move.
    pub course_id: Id<Course>,
    /// The new position, counted from 0; beyond the end means at the end.
    pub position: u32,
}

impl Operation for MoveProgramCourse {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRAMS_MANAGE]);
    type Answer = ();
    type Error = ProgramError;

    async fn run(self, tx: &mut Transaction) -> Result<(), ProgramError> {
        let Self { program_id: program, course_id: course, position } = self;
        permit(tx).await?;
        let program = tx.lock(program).await?;
        let mut courses = tx.all(ProgramCourse::of(program.id)).await?;
        let at = courses.iter().position(|it| it.course_id == course);
        let moved = courses.remove(at.ok_or(ProgramError::NotThere)?);
        insert_item(&mut courses, position as usize, moved);
        tx.update_all(&mut renumber(&mut courses)).await?;
        if program.in_order {
            check_no_circle(tx).await?;
        }
        Ok(())
    }
}
