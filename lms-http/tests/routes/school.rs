//! A school behind an interface, and a client of it.
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode},
};
use http_body_util::BodyExt as _;
use lms_core::{
    identity::{
        InviteMember, MembershipKind, PasswordHash, PasswordHashError, PasswordHasher, PersonName,
        RegisterUser, SignUpWithInvite,
    },
    kernel::{Actor, Context, Entropy, SecretText, TenantId, TimeOrderedIds, Timestamp},
    store::Store,
    tenancy::{ApplyPreset, CreateTenant, OpenSingleTenant, Preset},
};
use lms_http::{Api, Sessions, SigningKey};
use lms_store_memory::MemoryStore;
use lms_testkit::SeededEntropy;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// A hasher that is fast and worthless, for tests.
#[derive(Debug)]
struct Reversed(PasswordHash);

impl PasswordHasher for Reversed {
    fn hash(&self, password: &SecretText) -> Result<PasswordHash, PasswordHashError> {
        Ok(PasswordHash::new(password.expose().chars().rev().collect()))
    }
    fn verify(&self, it: &SecretText, hash: &PasswordHash) -> Result<bool, PasswordHashError> {
        Ok(self.hash(it)?.expose() == hash.expose())
    }
    fn is_outdated(&self, _: &PasswordHash) -> bool {
        false
    }
    fn decoy(&self) -> &PasswordHash {
        &self.0
    }
}

pub(crate) const EMAIL: &str = "ana@school.example";
pub(crate) const PASSWORD: &str = "a good password";

/// The input of a course that the head owns.
pub(crate) fn course(school: &School, title: &str) -> Value {
    json!({
        "title": title,
        "owner_id": school.head,
        "hierarchy": "flat",
        "pricing": { "kind": "free" },
    })
}

/// A school with one head, who signs in with [`EMAIL`] and [`PASSWORD`].
pub(crate) struct School {
    pub(crate) store: Store,
    pub(crate) sessions: Sessions,
    pub(crate) head: String,
    clock: Arc<AtomicI64>,
}

/// An answer: status, head, and the body, also as JSON.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }

    /// The code of a problem, after a look at its form.
    pub(crate) fn code(&self) -> &str {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.body);
        assert_eq!(self.body["status"], self.status.as_u16());
        self.body["code"].as_str().unwrap()
    }
}

impl School {
    pub(crate) async fn open() -> Self {
        let ids = Arc::new(TimeOrderedIds::new(Arc::new(SeededEntropy::new(3))));
        let clock = Arc::new(AtomicI64::new(1_790_000_000));
        let now = Arc::clone(&clock);
        let contexts: Arc<dyn Fn(TenantId, Actor) -> Context + Send + Sync> =
            Arc::new(move |tenant, actor| {
                let now = Timestamp::from_unix_seconds(now.load(Ordering::SeqCst)).unwrap();
                Context::new(tenant, actor, now, ids.clone())
            });
        let hasher: Arc<dyn PasswordHasher> =
            Arc::new(Reversed(PasswordHash::new("decoy".to_owned())));
        let store = Store::new(MemoryStore::new())
            .with_port::<dyn Entropy>(Arc::new(SeededEntropy::new(7)))
            .with_port::<dyn PasswordHasher>(Arc::clone(&hasher));
        let head = open_tenant(&store, &contexts, &*hasher).await;
        let make = Arc::clone(&contexts);
        let key = SigningKey::new(&[9; 32]).unwrap();
        let sessions = Sessions::new(store.clone(), hasher, key, move |a, b| make(a, b));
        Self { store, sessions, head, clock }
    }

    pub(crate) fn pass_minutes(&self, minutes: i64) {
        self.clock.fetch_add(minutes * 60, Ordering::SeqCst);
    }

    pub(crate) fn api(&self) -> Api {
        Api::new(self.store.clone(), Arc::new(self.sessions.clone()))
    }

    pub(crate) fn client(&self) -> Client {
        Client::of(self.api().router().merge(self.sessions.routes()))
    }

    /// A client that has signed in as the head.
    pub(crate) async fn head(&self) -> Client {
        let mut client = self.client();
        client.sign_in().await;
        client
    }
}

async fn open_tenant(
    store: &Store,
    contexts: &Arc<dyn Fn(TenantId, Actor) -> Context + Send + Sync>,
    hasher: &dyn PasswordHasher,
) -> String {
    let system = || contexts(TenantId::SINGLE, Actor::system("setup"));
    let tenant = CreateTenant::new(
        "Open School".parse().unwrap(),
        "open-school".parse().unwrap(),
        "en".parse().unwrap(),
    );
    store.run(&system(), OpenSingleTenant { tenant }).await.unwrap();
    store.run(&system(), ApplyPreset { preset: Preset::B2cSaas }).await.unwrap();
    let invite = InviteMember::new(EMAIL.parse().unwrap(), MembershipKind::Admin);
    let sent = store.run(&system(), invite).await.unwrap();
    let password_hash = hasher.hash(&SecretText::new(PASSWORD.to_owned())).unwrap();
    let sign_up = SignUpWithInvite {
        token: sent.token,
        name: PersonName::of("Ana Ruiz".parse().unwrap()),
        login: RegisterUser { password_hash: Some(password_hash), ..RegisterUser::default() },
    };
    let anyone = contexts(TenantId::SINGLE, Actor::Anonymous);
    let (_, member) = store.run(&anyone, sign_up).await.unwrap();
    member.id.to_string()
}

/// A client, with its access token once it has signed in.
#[derive(Clone)]
pub(crate) struct Client {
    routes: Router,
    pub(crate) access: Option<String>,
    pub(crate) refresh: String,
}

impl Client {
    pub(crate) fn of(routes: Router) -> Self {
        Self { routes, access: None, refresh: String::new() }
    }

    pub(crate) async fn sign_in(&mut self) {
        let answer = self.post("/sign-in", &json!({ "email": EMAIL, "password": PASSWORD })).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        self.take(&answer);
    }

    pub(crate) fn take(&mut self, pair: &Answer) {
        assert_eq!(pair.body["token_type"], "Bearer");
        self.access = Some(pair.body["access_token"].as_str().unwrap().to_owned());
        self.refresh = pair.body["refresh_token"].as_str().unwrap().to_owned();
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, path, headers, Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with(path, body, &[]).await
    }

    pub(crate) async fn post_with(
        &self,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let json = [("content-type", "application/json")];
        let headers = [headers, &json].concat();
        self.send(Method::POST, path, &headers, Body::from(body.to_string())).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.access {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(body).unwrap();
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let bytes = bytes.to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes, body }
    }
}
