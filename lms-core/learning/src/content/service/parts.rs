//! What several use cases start with: a course's tree, and who has a part in it.
use uuid::Uuid;

use crate::content::{AuthorRole, ContentAuthor, ContentNode, Course, CourseTree};
use lms_kernel::Id;
use lms_people::authorization::{Place, Places, Principal};
use lms_store::{StoreError, Transaction};

/// The nodes of a course as a tree.
///
/// # Errors
/// [`StoreError`].
pub async fn load_tree(tx: &mut Transaction, course: Id<Course>) -> Result<CourseTree, StoreError> {
    Ok(CourseTree::new(tx.all(ContentNode::of_course(course)).await?))
}

/// A node of a course and the nodes it stands under, the nearest first: whoever has a part in one of
/// them has a part in it. Empty for a node of another course.
///
/// # Errors
/// [`StoreError`].
pub async fn line_of(
    tx: &mut Transaction,
    course: &Course,
    node: Option<Id<ContentNode>>,
) -> Result<Vec<Id<ContentNode>>, StoreError> {
    let (mut line, mut next) = (Vec::new(), node);
    while let Some(id) = next.filter(|_| line.len() < CourseTree::MAX_DEPTH) {
        let found = tx.get(id).await?.filter(|it| it.course_id == course.id);
        line.extend(found.as_ref().map(|it| it.id));
        next = found.and_then(|it| it.parent_id);
    }
    Ok(line)
}

/// Where a course is for the actor of `cx`: itself, its owner's own and, if the actor has a part
/// in it (or in one of `nodes`) that `allows`, the actor's own too.
///
/// # Errors
/// [`StoreError`].
pub async fn places_for(
    tx: &mut Transaction,
    course: &Course,
    nodes: &[Id<ContentNode>],
    allows: fn(AuthorRole) -> bool,
) -> Result<Places, StoreError> {
    let places = course.places();
    let Some(actor) = tx.actor_id() else { return Ok(places) };
    let principal = Principal::of(tx, actor).await?;
    let Some(member) = principal.membership().map(|it| it.id) else { return Ok(places) };
    if member == course.owner_id {
        return Ok(places);
    }
    let targets: Vec<Uuid> = nodes.iter().map(|it| it.uuid()).chain([course.id.uuid()]).collect();
    let parts = tx.all(ContentAuthor::by(member, targets)).await?;
    let has_part = parts.iter().any(|it| allows(it.role));
    Ok(if has_part { places.and(Place::Own(member)) } else { places })
}
