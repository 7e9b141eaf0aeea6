//! Copying a course with its content.
use lms_store::operation::{Access, Operation, operation};
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::content::{
    ActivityMaterial, AuthorRole, ContentNode, Course, CourseCloned, CourseError, CourseStats,
    PublicationStatus, service::parts::load_tree,
};
use lms_kernel::{Id, Slug, Title};
use lms_people::{
    authorization::{Permission, Subject, authorize_on, require_for},
    identity::{Membership, RequirePresent},
};
use lms_store::{LogStamp, Query, Stamp, Transaction};

/// Copies a course with its nodes and the materials attached to them, which both then share. The
/// copy is a draft; its nodes keep their publication status, so that publishing the copy shows the
/// same as the source. Reviews, figures, learners and authors are not copied.
///
/// # Errors
/// [`CourseError`].
#[operation("content.clone_course")]
pub struct CloneCourse {
    /// The course to copy.
    pub source_id: Id<Course>,
    /// The copy's title.
    pub title: Title,
    /// The copy's part of web addresses; `None` makes one from the title.
    pub slug: Option<Slug>,
    /// The membership of the copy's owner.
    pub owner_id: Id<Membership>,
}

/// A copy, and which of its nodes was made from which.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CourseClone {
    /// The copy.
    pub course: Course,
    /// From each node of the source to its copy, for those who copy what hangs on nodes: rules,
    /// tests.
    pub nodes: BTreeMap<Id<ContentNode>, Id<ContentNode>>,
}

impl Operation for CloneCourse {
    const ACCESS: Access = Access::Asks(&[Permission::COURSES_MANAGE, Permission::COURSES_CREATE]);
    type Answer = CourseClone;
    type Error = CourseError;

    async fn run(self, tx: &mut Transaction) -> Result<CourseClone, CourseError> {
        let command = self;
        let source = require_for(tx, Permission::COURSES_MANAGE, command.source_id).await?;
        let shared = source.shared(AuthorRole::may_edit);
        authorize_on(tx, Permission::COURSES_MANAGE, &shared).await?;
        authorize_on(tx, Permission::COURSES_CREATE, &Subject::of(command.owner_id)).await?;
        tx.part(RequirePresent { member_id: command.owner_id }).await??;
        let slug = match command.slug {
            Some(slug) => slug,
            None => Slug::from_title(command.title.as_str()),
        };
        if tx.exists(Course::by_slug(slug.clone())).await? {
            return Err(CourseError::SlugTaken);
        }
        let course = Course {
            id: tx.id(),
            stamp: Stamp::new(tx.cx()),
            title: command.title,
            slug,
            owner_id: command.owner_id,
            status: PublicationStatus::Draft,
            published_at: None,
            is_featured: false,
            is_bestseller: false,
            ..source.clone()
        };
        tx.insert(&course).await?;
        tx.insert(&CourseStats::new(tx.cx(), course.id)).await?;
        let nodes = clone_nodes(tx, &source, &course).await?;
        clone_links(tx, &nodes).await?;
        tx.emit(&CourseCloned { course_id: course.id, source_id: source.id });
        Ok(CourseClone { course, nodes })
    }
}

async fn clone_nodes(
    tx: &mut Transaction,
    source: &Course,
    course: &Course,
) -> Result<BTreeMap<Id<ContentNode>, Id<ContentNode>>, CourseError> {
    let tree = load_tree(tx, source.id).await?;
    let mut copies: BTreeMap<Id<ContentNode>, Id<ContentNode>> = BTreeMap::new();
    let mut added = Vec::with_capacity(tree.len());
    // Parents come first, so that their copies are known.
    for node in tree.iter() {
        let copy = ContentNode {
            id: tx.id(),
            stamp: Stamp::new(tx.cx()),
            course_id: course.id,
            ..node.clone()
        };
        let parent = node.parent_id.and_then(|it| copies.get(&it).copied());
        let copy = copy.under(parent);
        copies.insert(node.id, copy.id);
        added.push(copy);
    }
    tx.insert_all(&added).await?;
    Ok(copies)
}

async fn clone_links(
    tx: &mut Transaction,
    nodes: &BTreeMap<Id<ContentNode>, Id<ContentNode>>,
) -> Result<(), CourseError> {
    let sources: Vec<_> = nodes.keys().copied().collect();
    for chunk in sources.chunks(100) {
        let of_chunk = Query::filter(ActivityMaterial::ACTIVITY_ID.is_in(chunk.iter().copied()));
        let links: Vec<_> = tx
            .all(of_chunk)
            .await?
            .into_iter()
            .filter_map(|link| {
                let activity_id = nodes.get(&link.activity_id).copied()?;
                Some(ActivityMaterial {
                    id: tx.id(),
                    stamp: LogStamp::new(tx.cx()),
                    activity_id,
                    ..link
                })
            })
            .collect();
        tx.insert_all(&links).await?;
    }
    Ok(())
}
