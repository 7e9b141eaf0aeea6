//! What several use cases start with: a course's tree, and who has a part in it.
use uuid::Uuid;

use crate::{
    authorization::{Place, Places, Principal},
    content::{AuthorRole, ContentAuthor, ContentNode, Course, CourseTree},
    kernel::{Context, Id},
    store::{StoreError, Transaction},
};

/// The nodes of a course as a tree.
///
/// # Errors
/// [`StoreError`].
pub async fn load_tree(tx: &mut Transaction, course: Id<Course>) -> Result<CourseTree, StoreError> {
    Ok(CourseTree::new(tx.all(ContentNode::of_course(course)).await?))
}

/// Where a course is for the actor of `cx`: itself, its owner's own and, if the actor has a part
/// in it (or in one of `nodes`) that `allows`, the actor's own too.
///
/// # Errors
/// [`StoreError`].
pub async fn places_for(
    cx: &Context,
    tx: &mut Transaction,
    course: &Course,
    nodes: &[Id<ContentNode>],
    allows: fn(AuthorRole) -> bool,
) -> Result<Places, StoreError> {
    let places = course.places();
    let Some(actor) = cx.actor_id() else { return Ok(places) };
    let principal = Principal::of(cx, tx, actor).await?;
    let Some(member) = principal.membership().map(|it| it.id) else { return Ok(places) };
    if member == course.owner_id {
        return Ok(places);
    }
    let targets: Vec<Uuid> = nodes.iter().map(|it| it.uuid()).chain([course.id.uuid()]).collect();
    let parts = tx.all(ContentAuthor::by(member, targets)).await?;
    let has_part = parts.iter().any(|it| allows(it.role));
    Ok(if has_part { places.and(Place::Own(member)) } else { places })
}
