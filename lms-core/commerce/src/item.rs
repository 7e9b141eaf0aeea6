//! Items: the things that are sold and to which access is granted.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use lms_kernel::{EntityKind, EntityRef, Id};
use lms_store::{Column, Field as _, FieldError, Fields, Value, Values};

/// The kind of thing that is sold and that access is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum ItemKind {
    /// One course.
    #[text("course", "single_course")]
    Course,
    /// A program: an ordered set of courses.
    Program,
    /// A package: courses, programs, classes and the like sold together.
    Package,
    /// A learner's plan: what a subscription subscribes to.
    Plan,
    /// A place in one class.
    #[text("class", "class_group")]
    Class,
    /// The certificate of one course; the id is the course's.
    Certificate,
    /// A placement test and the place in a class that it leads to; the id is the test's.
    Placement,
}

/// One thing that is sold or that access is given to.
///
/// It is a pointer without a foreign key: an order must outlive the course that it sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Item {
    /// What kind of thing it is.
    pub kind: ItemKind,
    /// Which one.
    pub id: Uuid,
}

impl Item {
    /// The thing of that kind with that id.
    pub const fn new(kind: ItemKind, id: Uuid) -> Self {
        Self { kind, id }
    }

    /// The thing of that kind with that typed id.
    pub const fn of<T>(kind: ItemKind, id: Id<T>) -> Self {
        Self::new(kind, id.uuid())
    }

    /// The same as a reference for events and the audit trail.
    pub fn to_ref(self) -> EntityRef {
        let kind = match self.kind {
            ItemKind::Course => EntityKind::from_static("course"),
            ItemKind::Program => EntityKind::from_static("program"),
            ItemKind::Package => EntityKind::from_static("package"),
            ItemKind::Plan => EntityKind::from_static("plan"),
            ItemKind::Class => EntityKind::from_static("class_group"),
            ItemKind::Certificate => EntityKind::from_static("certificate"),
            ItemKind::Placement => EntityKind::from_static("assessment"),
        };
        EntityRef::new(kind, self.id)
    }
}

impl std::fmt::Display for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.kind, self.id)
    }
}

/// Fills `{field}_kind` and `{field}_id`; use it with `#[record(prefixed)]`.
impl Fields for Item {
    fn columns(prefix: &'static str, out: &mut Vec<Column>) {
        out.push(Column::prefixed::<ItemKind>(prefix, "kind"));
        out.push(Column::prefixed::<Uuid>(prefix, "id"));
    }
    fn write(&self, out: &mut Vec<Value>) {
        out.push(self.kind.to_value());
        out.push(self.id.to_value());
    }
    fn read(values: &mut Values<'_>) -> Result<Self, FieldError> {
        Ok(Self { kind: values.take()?, id: values.take()? })
    }
}
