//! Materials: content that several activities show.
use serde::{Deserialize, Serialize};

use crate::content::{BlockKind, ContentNode, MediaRef, Prose};
use lms_kernel::{Context, Id, Title};
use lms_store::{Direction, LogStamp, Query, Record, Stamp};

/// The content of a material.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MaterialContent {
    /// Text, kept as written.
    Text(Prose),
    /// A film, a recording, a picture or a document.
    Media(MediaRef),
}

/// Content that several activities show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "materials", index(kind))]
pub struct Material {
    /// The material's id.
    pub id: Id<Material>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Its name in the library of materials.
    pub title: Title,
    /// Its sort.
    pub kind: BlockKind,
    /// What it holds.
    #[record(json)]
    pub content: MaterialContent,
}

impl Material {
    /// A material.
    pub fn new(cx: &Context, title: Title, kind: BlockKind, content: MaterialContent) -> Self {
        Self { id: cx.id(), stamp: Stamp::new(cx), title, kind, content }
    }
}

/// A material attached to an activity, with its position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "activity_materials", unique(activity_id, material_id), index(material_id))]
pub struct ActivityMaterial {
    /// The link's id.
    pub id: Id<ActivityMaterial>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: LogStamp,
    /// The activity.
    pub activity_id: Id<ContentNode>,
    /// The material.
    pub material_id: Id<Material>,
    /// Its place among the activity's materials, from 0 without gaps.
    pub position: u32,
}

impl ActivityMaterial {
    /// That `activity` shows `material` at `position`.
    pub fn new(
        cx: &Context,
        activity: Id<ContentNode>,
        material: Id<Material>,
        position: u32,
    ) -> Self {
        let stamp = LogStamp::new(cx);
        Self { id: cx.id(), stamp, activity_id: activity, material_id: material, position }
    }

    /// The materials of an activity, in order.
    pub fn of(activity: Id<ContentNode>) -> Query<Self> {
        Query::filter(Self::ACTIVITY_ID.eq(activity)).order_by(Self::POSITION, Direction::Asc)
    }
}
