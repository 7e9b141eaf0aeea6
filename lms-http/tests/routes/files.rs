//! Files over HTTP: uploads from a body and a form, reads whole and in ranges.
use std::sync::Arc;

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use futures_util::stream;
use lms_core::content::FileStorage;
use lms_files::FolderStorage;
use lms_http::Api;
use serde_json::json;

use crate::school::{Client, School};

/// A school whose files are in a folder of the test's own.
struct Library {
    school: School,
    folder: std::path::PathBuf,
}

impl Library {
    async fn open(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("lms-http-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let mut school = School::open().await;
        let storage = Arc::new(FolderStorage::open(&folder).unwrap());
        school.store = school.store.clone().with_port::<dyn FileStorage>(storage);
        Self { school, folder }
    }

    async fn head(&self, api: impl FnOnce(Api) -> Api) -> Client {
        let routes = api(self.school.api()).router().merge(self.school.sessions.routes());
        let mut client = Client::of(routes);
        client.sign_in().await;
        client
    }

    /// The files on the disk, drafts among them.
    fn stored(&self) -> usize {
        let folders = std::fs::read_dir(&self.folder).unwrap();
        folders.map(|it| std::fs::read_dir(it.unwrap().path()).unwrap().count()).sum()
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

const PDF: [(&str, &str); 1] = [("content-type", "application/pdf")];

#[tokio::test]
async fn a_file_comes_back_whole_and_in_parts() {
    let library = Library::open("parts").await;
    let head = library.head(|api| api).await;
    let bytes: Vec<u8> = (0..200_000_u32).map(|it| it.to_le_bytes()[0]).collect();
    let body = Body::from(bytes.clone());
    let path = "/files?filename=%C3%9Cbung%201.pdf";
    let sent = head.send(Method::POST, path, &PDF, body).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.body);
    assert_eq!(sent.body["original_filename"], "Übung 1.pdf");
    assert_eq!(sent.body["size_bytes"], 200_000);
    let place = format!("/{}", sent.header("location"));

    let whole = head.get(&place, &[]).await;
    assert_eq!((whole.status, whole.bytes == bytes), (StatusCode::OK, true));
    assert_eq!(whole.header("content-type"), "application/pdf");
    assert_eq!(whole.header("content-length"), "200000");
    assert_eq!(whole.header("accept-ranges"), "bytes");
    assert_eq!(whole.header("x-content-type-options"), "nosniff");
    let name = "inline; filename=\"bung-1.pdf\"; filename*=UTF-8''%C3%9Cbung%201.pdf";
    assert_eq!(whole.header("content-disposition"), name);

    let part = head.get(&place, &[("range", "bytes=199990-")]).await;
    assert_eq!((part.status, &part.bytes[..]), (StatusCode::PARTIAL_CONTENT, &bytes[199_990..]));
    assert_eq!(part.header("content-range"), "bytes 199990-199999/200000");
    let none = head.get(&place, &[("range", "bytes=200000-")]).await;
    assert_eq!(none.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(none.header("content-range"), "bytes */200000");
    assert_eq!(none.code(), "http.range_not_satisfiable");

    let tag = whole.header("etag").to_owned();
    let known = head.get(&place, &[("if-none-match", &tag)]).await;
    assert_eq!((known.status, known.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    let of_another = [("range", "bytes=0-1"), ("if-range", "\"another\"")];
    assert_eq!(head.get(&place, &of_another).await.status, StatusCode::OK);
    let only_head = head.send(Method::HEAD, &place, &[], Body::empty()).await;
    assert_eq!((only_head.status, only_head.header("content-length")), (StatusCode::OK, "200000"));
    assert!(only_head.bytes.is_empty());

    // Others have no part in it.
    let anyone = library.school.client();
    assert_eq!(anyone.get(&place, &[]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_form_brings_a_file_and_a_page_is_never_shown() {
    let library = Library::open("form").await;
    let head = library.head(|api| api).await;
    let form = "--cut\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\nhello\r\n\
        --cut\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.html\"\r\n\
        content-type: text/html\r\n\r\n<script>1</script>\r\n--cut--\r\n";
    let head_of = [("content-type", "multipart/form-data; boundary=cut")];
    let sent = head.send(Method::POST, "/files", &head_of, Body::from(form)).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.body);
    assert_eq!(sent.body["original_filename"], "a.html");
    let read = head.get(&format!("/{}", sent.header("location")), &[]).await;
    assert_eq!(read.bytes, b"<script>1</script>");
    assert!(read.header("content-disposition").starts_with("attachment; "));

    let empty = head.send(Method::POST, "/files", &head_of, Body::from("--cut--\r\n")).await;
    assert_eq!(empty.code(), "http.no_file");
    let broken = head.send(Method::POST, "/files", &head_of, Body::from(&form[..150])).await;
    assert!(broken.status.is_client_error(), "{}", broken.status);
    assert_eq!(library.stored(), 1);
}

#[tokio::test]
async fn what_is_refused_leaves_no_bytes() {
    let library = Library::open("refused").await;
    let head = library.head(|api| api.file_limit(1_000)).await;
    let large = head.send(Method::POST, "/files?filename=a.pdf", &PDF, Body::from(vec![0; 1_001]));
    let large = large.await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", large.body);
    assert_eq!(large.body["params"]["most"], 1_000);
    // A client that goes away in the middle.
    let chunks = [Ok(vec![0_u8; 10]), Err(std::io::Error::other("gone"))];
    let body = Body::from_stream(stream::iter(chunks));
    let gone = head.send(Method::POST, "/files?filename=a.pdf", &PDF, body).await;
    assert_eq!(gone.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", gone.body);
    // Nobody signed in: nothing is read.
    let anyone = library.school.client();
    let unread = Body::from_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let refused = anyone.send(Method::POST, "/files?filename=a.pdf", &PDF, unread).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{}", refused.body);
    let typed = [("content-type", "pdf")];
    let wrong = head.send(Method::POST, "/files?filename=a.pdf", &typed, Body::from("x")).await;
    assert_eq!((wrong.code(), &wrong.body["field"]), ("file.malformed_type", &json!("mime_type")));
    let half = head.send(Method::POST, "/files?owner_kind=course", &PDF, Body::from("x")).await;
    assert_eq!(half.code(), "operation.malformed");
    let exact = head.send(Method::POST, "/files?filename=a.pdf", &PDF, Body::from(vec![0; 1_000]));
    assert_eq!(exact.await.status, StatusCode::CREATED);
    assert_eq!(library.stored(), 1);
}

#[tokio::test]
async fn a_host_leaves_the_routes_out() {
    let library = Library::open("without").await;
    let head = library.head(|api| api.without(&["content.upload_file"])).await;
    let sent = head.send(Method::POST, "/files?filename=a", &PDF, Body::from("x")).await;
    assert_eq!((sent.status, sent.code()), (StatusCode::NOT_FOUND, "http.unknown_operation"));
    let by_name = head.post("/content.read_file", &json!({})).await;
    assert_eq!(by_name.code(), "http.unknown_operation");
}
