//! Which materials an activity shows, and in which order.
use crate::content::{
    ActivityMaterial, AuthorRole, ContentNode, Material, MaterialError, NodeKind, insert_item,
    renumber, service::parts::line_of,
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, authorize_on, require_for};
use lms_store::{StoreError, Transaction};

/// Lets an activity show a material, after those that it shows.
///
/// The activity's row is locked before its materials are read, so that their places stay without
/// gaps.
///
/// # Errors
/// [`MaterialError`].
pub async fn attach_material(
    tx: &mut Transaction,
    activity: Id<ContentNode>,
    material: Id<Material>,
) -> Result<ActivityMaterial, MaterialError> {
    let shown = shown_by(tx, activity).await?;
    let material = tx.require(material).await?;
    if shown.iter().any(|it| it.material_id == material.id) {
        return Err(MaterialError::AlreadyAttached);
    }
    let at = u32::try_from(shown.len()).unwrap_or(u32::MAX);
    let link = ActivityMaterial::new(tx.cx(), activity, material.id, at);
    tx.insert(&link).await?;
    Ok(link)
}

/// Lets an activity no longer show a material.
///
/// # Errors
/// [`MaterialError::NotAttached`].
pub async fn detach_material(
    tx: &mut Transaction,
    activity: Id<ContentNode>,
    material: Id<Material>,
) -> Result<(), MaterialError> {
    let mut shown = shown_by(tx, activity).await?;
    let at = shown.iter().position(|it| it.material_id == material);
    let gone = shown.remove(at.ok_or(MaterialError::NotAttached)?);
    tx.purge(&gone).await?;
    Ok(tx.update_all(&mut renumber(&mut shown)).await?)
}

/// Gives a material another place among those that an activity shows; beyond the end means at
/// the end.
///
/// # Errors
/// [`MaterialError::NotAttached`].
pub async fn move_material(
    tx: &mut Transaction,
    activity: Id<ContentNode>,
    (material, position): (Id<Material>, u32),
) -> Result<(), MaterialError> {
    let mut shown = shown_by(tx, activity).await?;
    let at = shown.iter().position(|it| it.material_id == material);
    let moved = shown.remove(at.ok_or(MaterialError::NotAttached)?);
    insert_item(&mut shown, position as usize, moved);
    Ok(tx.update_all(&mut renumber(&mut shown)).await?)
}

/// The materials of an activity that is locked, in order, for those who may edit it.
async fn shown_by(
    tx: &mut Transaction,
    activity: Id<ContentNode>,
) -> Result<Vec<ActivityMaterial>, MaterialError> {
    require_for(tx, Permission::COURSES_MANAGE, activity).await?;
    let activity = tx.lock(activity).await?;
    let course = tx.require(activity.course_id).await?;
    let line = line_of(tx, &course, Some(activity.id)).await?;
    let shared = course.shared(AuthorRole::may_edit).at(&line);
    authorize_on(tx, Permission::COURSES_MANAGE, &shared).await?;
    if activity.kind != NodeKind::Activity {
        return Err(MaterialError::NotAnActivity { kind: activity.kind });
    }
    let shown: Result<_, StoreError> = tx.all(ActivityMaterial::of(activity.id)).await;
    Ok(shown?)
}
