//! What can be done with content: one file per use case.
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
mod moderate_review;
mod move_node;
mod parts;
mod publish_course;
mod publish_node;
mod refresh_course;
mod remove_node;
mod review_course;
mod search_courses;
mod set_author;

pub use add_node::{AddNode, NodeError, add_node};
pub use attach_material::{attach_material, detach_material, move_material};
pub use clone_course::{CloneCourse, CourseClone, clone_course};
pub use create_course::{CourseError, CreateCourse, create_course};
pub use delete_course::{delete_course, undelete_course};
pub(crate) use download_file::start_download;
pub use download_file::{DownloadError, advance_download, expire_downloads};
pub use edit_course::{CourseChange, edit_course, feature_course};
pub use edit_node::{NodeChange, edit_node};
pub use keep_category::{
    CategoryError, CreateCategory, create_category, delete_category, find_or_create_category,
    move_category,
};
#[doc(hidden)]
pub use keep_file::read_shown;
pub use keep_file::{FileError, UploadFile, delete_file, read_file, storage_used, upload_file};
pub use keep_material::{MaterialError, create_material, delete_material, edit_material};
pub use moderate_review::{Moderation, moderate_review};
pub use move_node::{MoveNode, move_node};
pub use parts::{SharedCourse, line_of, load_tree, subject_of_course};
pub use publish_course::{
    approve_course, archive_course, publish_course, reject_course, restore_course, submit_course,
};
pub use publish_node::change_node_status;
pub(crate) use refresh_course::lock_stats;
pub use refresh_course::{refresh_course_stats, reindex_course};
pub use remove_node::remove_node;
pub(crate) use review_course::{NewReview, post_review};
pub use review_course::{ReviewError, vote_helpful, withdraw_vote};
pub use search_courses::{FoundCourse, SearchError, search_courses};
pub use set_author::{AuthorError, remove_author, set_author};
