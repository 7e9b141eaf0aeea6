//! Reads by GET, and reads of what the client has already.
use axum::http::StatusCode;
use serde_json::json;

use crate::school::{School, course};

#[tokio::test]
async fn a_read_is_sent_again_only_when_it_changed() {
    let school = School::open().await;
    let head = school.head().await;
    let list = "/content.list_courses?input=%7B%22filter%22%3A%7B%22status%22%3A%22draft%22%7D%7D";
    let first = head.get(list, &[]).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    assert_eq!(first.header("cache-control"), "private, no-cache");
    assert_eq!(first.header("vary"), "Authorization");
    let tag = first.header("etag").to_owned();

    let known = head.get(list, &[("if-none-match", &tag)]).await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    assert_eq!(known.header("etag"), tag);

    let course = course(&school, "Spanish A1");
    assert_eq!(head.post("/content.create_course", &course).await.status, StatusCode::OK);
    let changed = head.get(list, &[("if-none-match", &tag)]).await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_ne!(changed.header("etag"), tag);
}

#[tokio::test]
async fn a_read_answers_the_same_by_get_and_by_post() {
    let school = School::open().await;
    let head = school.head().await;
    let by_get = head.get("/content.list_courses", &[]).await;
    let by_post = head.post("/content.list_courses", &json!({})).await;
    assert_eq!(by_get.status, StatusCode::OK, "{}", by_get.body);
    assert_eq!(by_get.body, by_post.body);
    let broken = head.get("/content.list_courses?input=%7B", &[]).await;
    assert_eq!((broken.status.as_u16(), broken.code()), (400, "http.malformed_json"));
}
