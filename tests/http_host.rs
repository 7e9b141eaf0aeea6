//! The example that serves a school over HTTP, driven as a client would.
use serde_json::{Value, json};

#[path = "support/served.rs"]
mod served;

use served::Served;

const GUIDE: &str = include_str!("../docs/guide/http.md");
const PROGRAM: &str = include_str!("../examples/http_host/main.rs");

/// A client of the school, with the token that it signed in for.
struct Client<'a> {
    host: &'a Served,
    token: String,
}

impl<'a> Client<'a> {
    fn sign_in(host: &'a Served) -> Self {
        let login = json!({ "email": "ana@school.example", "password": "a good password" });
        let headers = [("content-type", "application/json")];
        let (status, pair) = host.call("POST", "/sign-in", &headers, &login.to_string());
        assert_eq!(status, 200, "{pair}");
        Self { host, token: format!("Bearer {}", pair["access_token"].as_str().unwrap()) }
    }

    fn run(&self, operation: &str, input: &Value) -> Value {
        let headers =
            [("content-type", "application/json"), ("authorization", self.token.as_str())];
        let (status, answer) =
            self.host.call("POST", &format!("/{operation}"), &headers, &input.to_string());
        assert_eq!(status, 200, "{operation}: {answer}");
        answer
    }
}

/// Opens a course for one learner, all by HTTP.
fn teach(client: &Client<'_>) {
    let add = |kind, name| {
        client.run("identity.add_member", &json!({ "kind": kind, "full_name": name }))["id"].clone()
    };
    let (teacher, learner) = (add("staff", "Ben Okafor"), add("student", "Li Wei"));
    let course = client.run(
        "content.create_course",
        &json!({
            "title": "Spanish A1", "owner_id": teacher, "hierarchy": "flat",
            "pricing": { "kind": "free" },
        }),
    );
    let course_id = &course["id"];
    client.run("content.publish_course", &json!({ "course_id": course_id }));
    let enroll = json!({ "course_id": course_id, "learner_id": learner, "source": "manual" });
    let enrollment = client.run("learning.enroll_learner", &enroll);
    assert_eq!(enrollment["status"], "active", "{enrollment}");
    let listed = client.run("learning.list_enrollments", &json!({}));
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
}

#[test]
fn a_school_is_served_over_http() {
    let host = Served::open("http_host", &[]);
    assert!(host.printed[0].contains("ana@school.example"), "{:?}", host.printed);
    teach(&Client::sign_in(&host));
    let (status, problem) = host.call("POST", "/content.create_course", &[], "");
    assert_eq!((status, problem["code"].is_string()), (422, true), "{problem}");
    let (status, document) = host.call("GET", "/openapi.json", &[], "");
    assert_eq!((status, &document["openapi"]), (200, &json!("3.1.1")));
}

#[cfg(feature = "sqlite")]
#[test]
fn in_a_file_the_school_is_there_at_the_next_start() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("http_host.db");
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
    let arguments = ["--store", file.to_str().unwrap()];
    teach(&Client::sign_in(&Served::open("http_host", &arguments)));
    let host = Served::open("http_host", &arguments);
    let client = Client::sign_in(&host);
    let listed = client.run("learning.list_enrollments", &json!({}));
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
}

/// The snippets of the guide are lines of the example.
#[test]
fn the_guide_shows_the_example() {
    let trimmed = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let program = trimmed(PROGRAM);
    let mut seen = 0;
    for snippet in GUIDE.split("```rust,ignore\n").skip(1) {
        let snippet = trimmed(snippet.split("```").next().unwrap());
        assert!(program.contains(snippet.trim()), "not in the example:\n{snippet}");
        seen += 1;
    }
    assert!(seen > 1);
}

/// Every code of the adapter is in the guide's table.
#[test]
fn the_guide_lists_the_codes_of_the_adapter() {
    let mut seen = 0;
    let in_folder = |folder: &str| std::fs::read_dir(folder).unwrap();
    let files = in_folder("lms-http/src").chain(in_folder("lms-http/src/files"));
    for file in files.map(|it| it.unwrap().path()).filter(|it| it.is_file()) {
        let text = std::fs::read_to_string(file).unwrap();
        for rest in text.split("\"http.").skip(1) {
            let code = format!("`http.{}`", rest.split('"').next().unwrap());
            assert!(GUIDE.contains(&code), "{code}");
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}
