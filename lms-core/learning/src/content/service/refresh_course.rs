//! Refreshing the figures and search terms of a course.
use std::collections::BTreeMap;

use crate::content::{
    ContentNode, Course, CourseStats, CourseTerm, PublicationStatus, search::terms_of,
    service::parts::load_tree,
};
use lms_kernel::Id;
use lms_store::{StoreError, Transaction};

/// Counts again what is visible in a course. How many learn in it is counted by learning.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn refresh_course_stats(
    tx: &mut Transaction,
    course: Id<Course>,
) -> Result<CourseStats, StoreError> {
    let tree = load_tree(tx, course).await?;
    let mut stats = lock_stats(tx, course).await?;
    let before = stats.clone();
    stats.count_content(&tree);
    if stats != before {
        tx.update(&mut stats).await?;
    }
    Ok(stats)
}

/// The figures of a course, held until the transaction ends; made when there are none.
pub(crate) async fn lock_stats(
    tx: &mut Transaction,
    course: Id<Course>,
) -> Result<CourseStats, StoreError> {
    if let Some(stats) = tx.first(CourseStats::of(course)).await? {
        return tx.lock(stats.id).await;
    }
    let stats = CourseStats::new(tx.cx(), course);
    tx.insert(&stats).await?;
    Ok(stats)
}

/// Counts again what is visible in a published course, and brings the words by which it is found up
/// to date: after something in it was edited, moved or removed. A course that no one sees has both
/// done when it is published.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn refresh_published(
    tx: &mut Transaction,
    course: &Course,
) -> Result<(), StoreError> {
    if course.status == PublicationStatus::Published {
        refresh_course_stats(tx, course.id).await?;
        reindex_course(tx, course).await?;
    }
    Ok(())
}

/// Brings the words by which a course is found up to date with what it says and shows.
///
/// The course's figures are locked first, so that two changes at once do not add a word twice.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn reindex_course(
    tx: &mut Transaction,
    course: &Course,
) -> Result<(), StoreError> {
    lock_stats(tx, course.id).await?;
    let tree = load_tree(tx, course.id).await?;
    let nodes: Vec<&ContentNode> = tree.visible().collect();
    let mut wanted: BTreeMap<String, u8> = terms_of(course, &nodes).into_iter().collect();
    let mut changed = Vec::new();
    for mut kept in tx.all(CourseTerm::of(course.id)).await? {
        match wanted.remove(&kept.term) {
            Some(weight) if weight == kept.weight => {}
            Some(weight) => {
                kept.weight = weight;
                changed.push(kept);
            }
            None => tx.purge(&kept).await?,
        }
    }
    tx.update_all(&mut changed).await?;
    let added: Vec<_> = wanted
        .into_iter()
        .map(|(term, weight)| CourseTerm::new(tx.cx(), course.id, term, weight))
        .collect();
    tx.insert_all(&added).await
}
