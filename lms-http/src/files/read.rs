//! Reading the bytes of a file.
use axum::{
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderName, StatusCode, header, request::Parts},
    response::{AppendHeaders, IntoResponse as _, Response},
};
use lms_core::{
    content::{ContentNode, FileAsset, OpenedFile, ReadFile},
    identity::Membership,
    kernel::Id,
    learning::{AccessRequest, ReadLessonFile},
    operation::Described as _,
    store::operation::{Operation, Refusal},
};
use serde::Deserialize;

use super::range::{Part, wanted};
use crate::{
    Problem,
    api::{Asked, Shared},
    conditional,
};

pub(super) async fn of_file(
    State(api): Shared,
    Path(file_id): Path<Id<FileAsset>>,
    parts: Parts,
) -> Response {
    let api = api.inner();
    let read = async |asked: &Asked<'_>| opened(asked, ReadFile { file_id }, &parts.headers).await;
    api.answer(ReadFile::NAME, &parts, read).await
}

/// For whom a file of a node is read.
#[derive(Deserialize)]
pub(super) struct Reader {
    learner_id: Id<Membership>,
}

pub(super) async fn of_node(
    State(api): Shared,
    Path((node_id, file_id)): Path<(Id<ContentNode>, Id<FileAsset>)>,
    Query(Reader { learner_id }): Query<Reader>,
    parts: Parts,
) -> Response {
    let api = api.inner();
    let read = ReadLessonFile { request: AccessRequest { learner_id, node_id }, file_id };
    let read = async |asked: &Asked<'_>| opened(asked, read, &parts.headers).await;
    api.answer(ReadLessonFile::NAME, &parts, read).await
}

/// The answer with the bytes that an operation opens: all of them, a part, or none where the client
/// has them already.
async fn opened<O>(asked: &Asked<'_>, operation: O, sent: &HeaderMap) -> Result<Response, Problem>
where
    O: Operation<Answer = OpenedFile, Error: Refusal>,
{
    let opened = asked.api.store.run(&asked.cx, operation).await;
    let opened = opened.map_err(|it| asked.problem(&it))?;
    let file = &opened.file;
    // The bytes of a file never change.
    let tag = format!("\"{}\"", file.id);
    let size = u64::try_from(file.size_bytes).unwrap_or(0);
    let mut head = described(file);
    head.push((header::ETAG, tag.clone()));
    if conditional::is_known(sent, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, AppendHeaders(head)).into_response());
    }
    let (status, length, range) = match wanted(sent, size, &tag) {
        Part::Whole => (StatusCode::OK, size, None),
        Part::Bytes(range) => {
            let last = range.end.saturating_sub(1);
            head.push((header::CONTENT_RANGE, format!("bytes {}-{last}/{size}", range.start)));
            (StatusCode::PARTIAL_CONTENT, range.end.saturating_sub(range.start), Some(range))
        }
        Part::Unsatisfiable => {
            let detail = format!("the file has {size} bytes; ask for some of them");
            let status = StatusCode::RANGE_NOT_SATISFIABLE;
            let problem = Problem::new(status, "http.range_not_satisfiable", detail);
            let head = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
            return Ok((AppendHeaders(head), problem).into_response());
        }
    };
    head.push((header::CONTENT_LENGTH, length.to_string()));
    head.push((header::CONTENT_TYPE, file.mime_type.clone()));
    let contents = opened.read(range).await.map_err(|it| asked.problem(&it))?;
    Ok((status, AppendHeaders(head), Body::from_stream(contents)).into_response())
}

/// What is said with the bytes of a file. A browser shows pictures, films, recordings and PDF
/// documents, and saves all else: a page or a drawing with a script in it would run as the school's.
fn described(file: &FileAsset) -> Vec<(HeaderName, String)> {
    let is_shown = matches!(
        file.mime_type.as_str(),
        "application/pdf" | "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "text/plain"
    ) || file.mime_type.starts_with("audio/")
        || file.mime_type.starts_with("video/");
    let place = if is_shown { "inline" } else { "attachment" };
    let named = percent_encoded(&file.original_filename);
    let name = format!("{place}; filename=\"{}\"; filename*=UTF-8''{named}", file.filename);
    vec![
        (header::CONTENT_DISPOSITION, name),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::VARY, "Authorization".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'".to_owned(),
        ),
    ]
}

/// The text in the characters that a header may have (RFC 8187, section 3.2.1).
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
