//! What is taught: courses, their tree of nodes, materials, files and reviews.
//!
//! A **course** is offered on terms (a price, a capacity, a certificate) and holds one tree of
//! **nodes**: modules, units, lessons and activities, as far as its **hierarchy profile** has
//! them. A node shows **blocks** and, where several activities share content, **materials**. It is
//! visible when it and everything it stands under is published. Courses are filed under
//! **categories**.
mod block;
mod category;
mod certificate_policy;
mod course;
mod events;
mod file;
mod hierarchy;
mod material;
mod node;
pub(crate) mod people;
mod pricing;
mod prose;
mod publication;
mod service;

pub use block::{Block, BlockKind, MediaRef};
pub use category::Category;
pub use certificate_policy::CertificatePolicy;
pub use course::{Course, Difficulty};
pub use events::{CourseCreated, CourseStatusChanged};
pub use file::{FileAsset, StorageProvider};
pub use hierarchy::{HierarchyError, HierarchyProfile, NodeKind};
pub use material::{ActivityMaterial, Material, MaterialContent};
pub use node::{ContentNode, NodeAccess};
pub use pricing::{Pricing, PricingError, PricingKind};
pub use prose::Prose;
pub use publication::{PublicationError, PublicationEvent, PublicationStatus};
pub use service::{
    CourseError, CreateCourse, approve_course, archive_course, create_course, publish_course,
    reject_course, restore_course, submit_course,
};

use crate::store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<Category>(),
        RecordType::of::<Course>(),
        RecordType::of::<ContentNode>(),
        RecordType::of::<FileAsset>(),
        RecordType::of::<Material>(),
        RecordType::of::<ActivityMaterial>(),
    ]
}
