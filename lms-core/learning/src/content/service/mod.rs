//! The operations on content, one file per use case.
mod add_node;
mod attach_material;
mod clone_course;
mod create_course;
mod delete_course;
mod download_file;
mod edit_course;
mod edit_node;
mod keep_category;
mod keep_file;
mod keep_material;
mod list_courses;
mod list_materials;
mod moderate_review;
mod move_node;
mod parts;
mod publish_course;
mod publish_node;
mod refresh_course;
mod remove_node;
mod restore_node;
mod review_course;
mod search_courses;
mod set_author;
mod upload_file;

pub use add_node::{AddNode, NodeError};
pub use attach_material::{AttachMaterial, DetachMaterial, MoveMaterial};
pub use clone_course::{CloneCourse, CourseClone};
pub use create_course::{CourseError, CreateCourse};
pub use delete_course::{DeleteCourse, UndeleteCourse};
pub(crate) use download_file::start_download;
pub use download_file::{AdvanceDownload, DownloadError, ExpireDownloads};
pub use edit_course::{CourseChange, EditCourse, FeatureCourse};
pub use edit_node::{EditNode, NodeChange};
pub use keep_category::{
    CategoryError, CreateCategory, DeleteCategory, FindOrCreateCategory, MoveCategory,
};
pub(crate) use keep_file::open_shown;
pub use keep_file::{DeleteFile, FileError, OpenedFile, ReadFile, RestoreFile};
pub use keep_material::{CreateMaterial, DeleteMaterial, EditMaterial, MaterialError};
pub use list_courses::{CourseFilter, CourseView, ListCourses};
pub use list_materials::{ListMaterials, MaterialFilter, MaterialView};
pub use moderate_review::{ModerateReview, Moderation};
pub use move_node::MoveNode;
pub(crate) use move_node::move_node;
pub use parts::{LoadTree, SharedCourse};
pub(crate) use parts::{line_of, load_tree, subject_of_course};
pub use publish_course::{
    ApproveCourse, ArchiveCourse, PublishCourse, RejectCourse, RestoreCourse, SubmitCourse,
};
pub use publish_node::ChangeNodeStatus;
pub(crate) use publish_node::change_node_status;
pub(crate) use refresh_course::lock_stats;
pub(crate) use refresh_course::{refresh_course_stats, reindex_course};
pub use remove_node::RemoveNode;
pub(crate) use remove_node::remove_node;
pub use restore_node::RestoreNode;
pub(crate) use restore_node::restore_node;
pub(crate) use review_course::{NewReview, post_review};
pub use review_course::{ReviewError, VoteHelpful, WithdrawVote};
pub use search_courses::{FoundCourse, SearchCourses, SearchError};
pub use set_author::{AuthorError, RemoveAuthor, SetAuthor};
pub use upload_file::{CheckUpload, NewFile, StoredContents, UploadFile, upload};
