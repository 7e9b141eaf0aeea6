//! The bytes of files: uploads and reads.
mod range;
mod read;
mod upload;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use lms_core::store::operation::OperationType;

use crate::Api;

/// The operations that the routes of files run, with their routes.
pub(crate) const ROUTES: [(&str, &str); 3] = [
    ("content.upload_file", "POST /files"),
    ("content.read_file", "GET /files/{file}"),
    ("learning.read_lesson_file", "GET /nodes/{node}/files/{file}"),
];

/// The route of an operation whose input or answer is the bytes of a file.
pub(crate) fn route_of(operation: &OperationType) -> Option<&'static str> {
    ROUTES.iter().find(|(name, _)| *name == operation.name).map(|(_, route)| *route)
}

pub(crate) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .route("/files", post(upload::upload))
        .route("/files/{file}", get(read::of_file))
        .route("/nodes/{node}/files/{file}", get(read::of_node))
        // The limit of files is counted as they arrive, and is not that of other bodies.
        .layer(DefaultBodyLimit::disable())
}
