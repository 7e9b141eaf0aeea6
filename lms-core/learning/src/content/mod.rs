//! Courses, their tree of nodes, materials, files and reviews.
//!
//! A **course** is offered on terms (a price, a capacity, a certificate) and holds one **tree** of
//! **nodes**: modules, units, lessons and activities, as far as its **hierarchy profile** has them.
//! A node shows **blocks** and, where several activities share content, **materials**. It is
//! visible when it and everything it is under is published. Courses are filed under **categories**,
//! tagged, and found by their **terms**. **Authors** have a part in content; learners leave
//! **reviews**. **Files** are kept through a **storage** port, and **downloads** let learners take
//! them away for a while.
mod author;
mod block;
mod category;
mod certificate_policy;
mod contents;
mod course;
mod course_stats;
pub(crate) mod dense_order;
mod download;
mod events;
mod file;
mod hierarchy;
mod listed;
mod material;
mod node;
mod pricing;
mod prose;
mod publication;
mod review;
mod search;
mod service;
mod storage;
mod storage_meter;
mod tags;
pub(crate) mod tree;

pub use author::{AuthorRole, AuthoredKind, ContentAuthor};
pub use block::{Block, BlockKind, MediaRef};
pub use category::Category;
pub use certificate_policy::CertificatePolicy;
pub use contents::Contents;
pub use course::{Course, Difficulty};
pub use course_stats::{CourseStats, average_rating};
pub use dense_order::{Positioned, insert_item, move_item, renumber};
pub use download::{Download, DownloadEvent, DownloadKind, DownloadStatus};
pub use events::{
    CourseCloned, CourseCreated, CourseDeleted, CourseStatusChanged, NodeAdded, NodeContentChanged,
    NodeMoved, NodeRemoved, NodeStatusChanged, ReviewPosted,
};
pub use file::{FileAsset, StorageProvider};
pub use hierarchy::{HierarchyError, HierarchyProfile, NodeKind};
pub use material::{ActivityMaterial, Material, MaterialContent};
pub use node::{ContentNode, NodeAccess};
pub use pricing::{Pricing, PricingError, PricingKind};
pub use prose::Prose;
pub use publication::{PublicationEvent, PublicationStatus};
pub use review::{Rating, RatingError, Review, ReviewVote};
pub use search::{CourseTerm, search_words};
pub use service::*;
pub use storage::{FileKey, FileStorage, StorageError, safe_filename};
pub use storage_meter::StorageMeter;
pub use tags::{TagError, Tags};
pub use tree::CourseTree;

use lms_store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<Category>(),
        RecordType::of::<Course>(),
        RecordType::of::<CourseStats>(),
        RecordType::of::<CourseTerm>(),
        RecordType::of::<ContentNode>(),
        RecordType::of::<FileAsset>(),
        RecordType::of::<StorageMeter>(),
        RecordType::of::<Material>(),
        RecordType::of::<ActivityMaterial>(),
        RecordType::of::<ContentAuthor>(),
        RecordType::of::<Review>(),
        RecordType::of::<ReviewVote>(),
        RecordType::of::<Download>(),
    ]
}

/// The scheduled jobs of this context.
pub fn jobs() -> Vec<lms_store::job::JobType> {
    use lms_store::job::{Every, JobType};
    vec![JobType::of::<ExpireDownloads>(Every::Hour, |job| {
        Box::pin(job.due_rows(Download::overdue, |due| ExpireDownloads { due }))
    })]
}

/// The events of this context.
pub fn events() -> Vec<lms_store::outbox::EventType> {
    use lms_store::outbox::EventType;
    vec![
        EventType::of::<CourseCloned>(),
        EventType::of::<CourseCreated>(),
        EventType::of::<CourseDeleted>(),
        EventType::of::<CourseStatusChanged>(),
        EventType::of::<NodeAdded>(),
        EventType::of::<NodeContentChanged>(),
        EventType::of::<NodeMoved>(),
        EventType::of::<NodeRemoved>(),
        EventType::of::<NodeStatusChanged>(),
        EventType::of::<ReviewPosted>(),
    ]
}

/// The operations of this context.
pub fn operations() -> Vec<lms_store::operation::OperationType> {
    use lms_store::operation::OperationType;
    vec![
        OperationType::of::<AddNode>(),
        OperationType::of::<AdvanceDownload>(),
        OperationType::of::<ApproveCourse>(),
        OperationType::of::<ArchiveCourse>(),
        OperationType::of::<AttachMaterial>(),
        OperationType::of::<ChangeNodeStatus>(),
        OperationType::of::<CheckUpload>(),
        OperationType::of::<CloneCourse>(),
        OperationType::of::<CreateCategory>(),
        OperationType::of::<CreateCourse>(),
        OperationType::of::<CreateMaterial>(),
        OperationType::of::<DeleteCategory>(),
        OperationType::of::<DeleteCourse>(),
        OperationType::typed::<DeleteFile>(),
        OperationType::of::<RestoreFile>(),
        OperationType::of::<DeleteMaterial>(),
        OperationType::of::<DetachMaterial>(),
        OperationType::of::<EditCourse>(),
        OperationType::of::<EditMaterial>(),
        OperationType::of::<EditNode>(),
        OperationType::of::<ExpireDownloads>(),
        OperationType::of::<FeatureCourse>(),
        OperationType::of::<FindOrCreateCategory>(),
        OperationType::of::<ListCourses>(),
        OperationType::of::<ListMaterials>(),
        OperationType::of::<ModerateReview>(),
        OperationType::of::<MoveCategory>(),
        OperationType::of::<MoveMaterial>(),
        OperationType::of::<MoveNode>(),
        OperationType::of::<PublishCourse>(),
        OperationType::typed::<ReadFile>(),
        OperationType::of::<RejectCourse>(),
        OperationType::of::<RemoveAuthor>(),
        OperationType::of::<RemoveNode>(),
        OperationType::of::<RestoreNode>(),
        OperationType::of::<RestoreCourse>(),
        OperationType::of::<SearchCourses>(),
        OperationType::of::<SetAuthor>(),
        OperationType::of::<SubmitCourse>(),
        OperationType::of::<UndeleteCourse>(),
        OperationType::typed::<UploadFile>(),
        OperationType::of::<VoteHelpful>(),
        OperationType::of::<WithdrawVote>(),
    ]
}
