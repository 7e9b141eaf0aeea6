//! Errors as problem details for programs and people.
use std::borrow::Cow;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use lms_core::kernel::{DomainError, ErrorKind};
use serde::Serialize;
use serde_json::{Map, Value};

/// An error of the interface, as `application/problem+json`.
///
/// ```
/// use axum::http::StatusCode;
/// use lms_http::Problem;
///
/// let problem = Problem::new(StatusCode::CONFLICT, "seats.taken", "the class is full");
/// assert_eq!(problem.status(), StatusCode::CONFLICT);
/// assert_eq!(problem.code(), "seats.taken");
/// ```
///
/// # Source
/// RFC 9457, section 3. `type` is `about:blank` unless [`Api::error_pages`](crate::Api::error_pages)
/// names the pages that explain the codes; `code`, `params`, `field` and `request` are extension
/// members.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Problem(Box<Details>);

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Details {
    #[serde(rename = "type")]
    kind: Cow<'static, str>,
    title: &'static str,
    #[serde(serialize_with = "as_number")]
    status: StatusCode,
    detail: String,
    code: Cow<'static, str>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    params: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
}

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

fn as_number<S: serde::Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}

/// The status of a kind of error.
pub fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::Quota => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl Problem {
    /// A problem with that status, stable code, and message for the person.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self(Box::new(Details {
            kind: Cow::Borrowed("about:blank"),
            title: status.canonical_reason().unwrap_or("Error"),
            status,
            detail: detail.into(),
            code: code.into(),
            params: Map::new(),
            field: None,
            request: None,
        }))
    }

    /// The problem of an error of the library; its kind decides the status.
    pub fn of(error: &dyn DomainError) -> Self {
        let mut problem = Self::new(status_of(error.kind()), error.code(), error.message());
        let params = error.params().into_iter().map(|(name, value)| (name.to_owned(), value));
        problem.0.params = params.collect();
        problem.0.field = error.field();
        problem
    }

    /// Asks for a login: the request has none that is accepted.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "http.unauthenticated", detail)
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self.0.title = status.canonical_reason().unwrap_or("Error");
        self
    }

    /// The same with the id by which the log finds the request.
    #[must_use]
    pub(crate) fn with_request(mut self, request: &str) -> Self {
        self.0.request = Some(request.to_owned());
        self
    }

    /// The same, explained by the page of its code below that address.
    #[must_use]
    pub(crate) fn explained_at(mut self, pages: Option<&str>) -> Self {
        if let Some(pages) = pages {
            self.0.kind = Cow::Owned(format!("{pages}{}", self.0.code));
        }
        self
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.0.code
    }
}

impl<E: DomainError> From<E> for Problem {
    fn from(error: E) -> Self {
        Self::of(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.0.status;
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lms_core::store::StoreError;

    #[test]
    fn each_kind_has_a_status_of_its_own() {
        let statuses: Vec<_> = ErrorKind::ALL.iter().map(|kind| status_of(*kind)).collect();
        let distinct: std::collections::BTreeSet<_> =
            statuses.iter().map(|it| it.as_u16()).collect();
        assert_eq!(distinct.len(), ErrorKind::ALL.len());
        assert!(statuses.iter().all(|it| *it != StatusCode::INTERNAL_SERVER_ERROR));
    }

    #[test]
    fn the_diagnostic_stays_in_the_log() {
        let error = StoreError::NotFound { table: "orders", id: uuid::Uuid::from_u128(7) };
        let problem = Problem::of(&error).with_request("r-1").explained_at(Some("https://x/#"));
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "type": "https://x/#store.not_found",
                "title": "Not Found",
                "status": 404,
                "detail": "it does not exist, or is not yours to see",
                "code": "store.not_found",
                "request": "r-1",
            })
        );
    }
}
