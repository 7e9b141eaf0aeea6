//! The items that include a course.
use uuid::Uuid;

use crate::{Item, ItemKind, Package, PackageItem, Plan, PlanItem};
use lms_kernel::Id;
use lms_learning::{
    content::Course,
    delivery::{Program, ProgramCourse},
};
use lms_store::{Col, Query, StoreError, Transaction};

/// Everything by which a course is had: itself, the programs that it is in and those above them,
/// the packages and plans that list any of these.
pub(super) async fn including(
    tx: &mut Transaction,
    course: Id<Course>,
) -> Result<Vec<Item>, StoreError> {
    let mut found = vec![Item::of(ItemKind::Course, course)];
    let mut at = 0;
    while let Some(part) = found.get(at).copied() {
        at += 1;
        for whole in wholes(tx, part).await? {
            if !found.contains(&whole) {
                found.push(whole);
            }
        }
    }
    Ok(found)
}

async fn wholes(tx: &mut Transaction, part: Item) -> Result<Vec<Item>, StoreError> {
    let mut wholes = match part.kind {
        ItemKind::Course => {
            let course = Id::<Course>::from_uuid(part.id);
            let links = tx.all(Query::filter(ProgramCourse::COURSE_ID.eq(course))).await?;
            links.iter().map(|it| Item::of(ItemKind::Program, it.program_id)).collect()
        }
        ItemKind::Program => {
            let program = tx.get(Id::<Program>::from_uuid(part.id)).await?;
            let parent = program.and_then(|it| it.parent_id);
            parent.map(|it| Item::of(ItemKind::Program, it)).into_iter().collect()
        }
        _ => Vec::new(),
    };
    let listed: Col<PackageItem, Uuid> = Col::new("item_id");
    let listed = tx.all(Query::filter(listed.eq(part.id))).await?;
    let packages = listed.iter().filter(|it| it.item == part);
    wholes.extend(packages.map(|it| Item::of::<Package>(ItemKind::Package, it.package_id)));
    let listed: Col<PlanItem, Uuid> = Col::new("item_id");
    let listed = tx.all(Query::filter(listed.eq(part.id))).await?;
    let plans = listed.iter().filter(|it| it.item == part);
    wholes.extend(plans.map(|it| Item::of::<Plan>(ItemKind::Plan, it.plan_id)));
    Ok(wholes)
}
