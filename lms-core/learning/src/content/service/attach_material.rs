//! Attaching materials to activities, and ordering them.
use crate::content::{
    ActivityMaterial, AuthorRole, ContentNode, Material, MaterialError, NodeKind, insert_item,
    renumber, service::parts::line_of,
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, authorize_on, require_for};
use lms_store::operation::{Access, Operation, operation};
use lms_store::{StoreError, Transaction};

/// Attaches a material to an activity, after those already attached.
///
/// # Locks
/// The activity's row is locked before its materials are read, so that their places stay without
/// gaps.
///
/// # Errors
/// [`MaterialError`].
#[operation("content.attach_material")]
pub struct AttachMaterial {
    /// The activity that will show it.
    pub activity_id: Id<ContentNode>,
    /// The material to attach.
    pub material_id: Id<Material>,
}

impl Operation for AttachMaterial {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_MANAGE]);
    type Answer = ActivityMaterial;
    type Error = MaterialError;

    async fn run(self, tx: &mut Transaction) -> Result<ActivityMaterial, MaterialError> {
        let Self { activity_id: activity, material_id: material } = self;
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
}

/// Detaches a material from an activity.
///
/// # Errors
/// [`MaterialError::NotAttached`].
#[operation("content.detach_material")]
pub struct DetachMaterial {
    /// The activity that showed it.
    pub activity_id: Id<ContentNode>,
    /// The material to detach.
    pub material_id: Id<Material>,
}

impl Operation for DetachMaterial {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_MANAGE]);
    type Answer = ();
    type Error = MaterialError;

    async fn run(self, tx: &mut Transaction) -> Result<(), MaterialError> {
        let Self { activity_id: activity, material_id: material } = self;
        let mut shown = shown_by(tx, activity).await?;
        let at = shown.iter().position(|it| it.material_id == material);
        let gone = shown.remove(at.ok_or(MaterialError::NotAttached)?);
        tx.purge(&gone).await?;
        Ok(tx.update_all(&mut renumber(&mut shown)).await?)
    }
}

/// Moves a material to another position in its activity.
///
/// # Errors
/// [`MaterialError::NotAttached`].
#[operation("content.move_material")]
pub struct MoveMaterial {
    /// The activity to reorder.
    pub activity_id: Id<ContentNode>,
    /// The material to move.
    pub material_id: Id<Material>,
    /// The new position, counted from 0; beyond the end means at the end.
    pub position: u32,
}

impl Operation for MoveMaterial {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_MANAGE]);
    type Answer = ();
    type Error = MaterialError;

    async fn run(self, tx: &mut Transaction) -> Result<(), MaterialError> {
        let Self { activity_id: activity, material_id: material, position } = self;
        let mut shown = shown_by(tx, activity).await?;
        let at = shown.iter().position(|it| it.material_id == material);
        let moved = shown.remove(at.ok_or(MaterialError::NotAttached)?);
        insert_item(&mut shown, position as usize, moved);
        Ok(tx.update_all(&mut renumber(&mut shown)).await?)
    }
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
