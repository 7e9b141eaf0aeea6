//! Uploading a file, in the body itself or from a form.
use std::error::Error;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest as _, Multipart, Query, Request, State},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use futures_util::{Stream, TryStreamExt as _, stream};
use lms_core::{
    content::{Contents, FileAsset, NewFile, StorageError, UploadFile, upload as upload_file},
    identity::Membership,
    kernel::{EntityKind, EntityRef, Id},
    operation::Described as _,
};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    Problem,
    api::{Asked, Shared},
};

/// What the address says about a file; its kind is the type of the body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Described {
    /// The name of a file that is the body itself.
    filename: Option<String>,
    owner_kind: Option<EntityKind>,
    owner_id: Option<Uuid>,
    uploaded_by: Option<Id<Membership>>,
}

pub(super) async fn upload(State(api): Shared, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let taken = async |asked: &Asked<'_>| {
        let described = described(&parts)?;
        let is_form = media_type(&parts).starts_with("multipart/form-data");
        let file = match is_form {
            true => from_form(asked, &parts, described, body).await?,
            false => {
                let name = described.filename.clone().unwrap_or_default();
                let file = described.file(name, media_type(&parts))?;
                stored(asked, file, contents(body.into_data_stream())).await?
            }
        };
        let place = [(header::LOCATION, format!("files/{}", file.id))];
        Ok((StatusCode::CREATED, place, axum::Json(file)).into_response())
    };
    api.inner().answer(UploadFile::NAME, &parts, taken).await
}

fn described(parts: &Parts) -> Result<Described, Problem> {
    let query = Query::<Described>::try_from_uri(&parts.uri);
    query.map(|Query(it)| it).map_err(|error| malformed(&error))
}

fn malformed(error: &dyn Error) -> Problem {
    let detail = format!("the parameters cannot be read: {error}");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "operation.malformed", detail)
}

fn media_type(parts: &Parts) -> &str {
    let value = parts.headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let media = value.unwrap_or("application/octet-stream");
    if media.starts_with("multipart/") {
        media
    } else {
        media.split(';').next().unwrap_or(media).trim()
    }
}

impl Described {
    fn file(self, name: String, mime_type: &str) -> Result<NewFile, Problem> {
        let owner = match (self.owner_kind, self.owner_id) {
            (Some(kind), Some(id)) => Some(EntityRef::new(kind, id)),
            (None, None) => None,
            _ => {
                let detail = "send `owner_kind` and `owner_id` together";
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return Err(Problem::new(status, "operation.malformed", detail));
            }
        };
        let uploaded_by = self.uploaded_by;
        Ok(NewFile { uploaded_by, owner, ..NewFile::new(name, mime_type) })
    }
}

/// The first file of a form.
async fn from_form(
    asked: &Asked<'_>,
    parts: &Parts,
    described: Described,
    body: Body,
) -> Result<FileAsset, Problem> {
    let request = Request::from_parts(parts.clone(), body);
    let mut form = Multipart::from_request(request, &()).await.map_err(|it| broken(&it))?;
    while let Some(field) = form.next_field().await.map_err(|it| broken(&it))? {
        let Some(name) = field.file_name().map(str::to_owned) else { continue };
        let mime_type = field.content_type().unwrap_or("application/octet-stream").to_owned();
        let file = described.file(name, &mime_type)?;
        // A field is read within the form, so its bytes are handed over chunk by chunk.
        let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, StorageError>>(2);
        let received = stream::unfold(receiver, async |mut it| Some((it.recv().await?, it)));
        let mut field = field;
        let send = async move {
            loop {
                let chunk = match field.chunk().await {
                    Ok(Some(chunk)) => Ok(chunk),
                    Ok(None) => break,
                    Err(_) => Err(StorageError::Interrupted),
                };
                let is_over = chunk.is_err();
                if sender.send(chunk).await.is_err() || is_over {
                    break;
                }
            }
        };
        let (stored, ()) = tokio::join!(stored(asked, file, Contents::of(received)), send);
        return stored;
    }
    let detail = "the form has no file; add one";
    Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "http.no_file", detail))
}

fn broken(error: &dyn Error) -> Problem {
    let detail = format!("the form cannot be read: {error}");
    Problem::new(StatusCode::BAD_REQUEST, "http.broken_body", detail)
}

async fn stored(
    asked: &Asked<'_>,
    file: NewFile,
    contents: Contents,
) -> Result<FileAsset, Problem> {
    let contents = contents.at_most(asked.api.most_file_bytes);
    let file = upload_file(&asked.api.store, &asked.cx, file, contents).await;
    file.map_err(|it| asked.problem(&it))
}

fn contents<E>(chunks: impl Stream<Item = Result<Bytes, E>> + Send + 'static) -> Contents {
    Contents::of(chunks.map_err(|_| StorageError::Interrupted))
}
