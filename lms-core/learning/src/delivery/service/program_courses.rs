//! Which courses a program has, and in which order.
use super::programs::{ProgramError, permit, permit_ending};
use crate::{
    content::{Course, insert_item, renumber},
    delivery::{Program, ProgramCourse},
};
use lms_kernel::Id;
use lms_store::Transaction;

/// Adds a course to a program, at a place or, without one, at the end.
///
/// The program's row is locked before its courses are read, so that their places stay without
/// gaps.
///
/// # Errors
/// [`ProgramError::AlreadyThere`].
pub async fn add_program_course(
    tx: &mut Transaction,
    program: Id<Program>,
    (course, position): (Id<Course>, Option<u32>),
) -> Result<ProgramCourse, ProgramError> {
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
    Ok(link)
}

/// Takes a course out of a program, also where the tenant has no programs any more.
///
/// # Errors
/// [`ProgramError::NotThere`].
pub async fn remove_program_course(
    tx: &mut Transaction,
    program: Id<Program>,
    course: Id<Course>,
) -> Result<(), ProgramError> {
    permit_ending(tx).await?;
    let program = tx.lock(program).await?;
    let mut courses = tx.all(ProgramCourse::of(program.id)).await?;
    let at = courses.iter().position(|it| it.course_id == course);
    let gone = courses.remove(at.ok_or(ProgramError::NotThere)?);
    tx.purge(&gone).await?;
    Ok(tx.update_all(&mut renumber(&mut courses)).await?)
}

/// Gives a course another place in a program; beyond the end means at the end.
///
/// # Errors
/// [`ProgramError::NotThere`].
pub async fn move_program_course(
    tx: &mut Transaction,
    program: Id<Program>,
    (course, position): (Id<Course>, u32),
) -> Result<(), ProgramError> {
    permit(tx).await?;
    let program = tx.lock(program).await?;
    let mut courses = tx.all(ProgramCourse::of(program.id)).await?;
    let at = courses.iter().position(|it| it.course_id == course);
    let moved = courses.remove(at.ok_or(ProgramError::NotThere)?);
    insert_item(&mut courses, position as usize, moved);
    Ok(tx.update_all(&mut renumber(&mut courses)).await?)
}
