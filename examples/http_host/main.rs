//! A web host of a whole school in one router: every operation over HTTP, sign-in with tokens, and
//! an OpenAPI document. Run it with `cargo run --example http_host --features http,password`;
//! `--store school.db` keeps everything in that SQLite file (feature `sqlite`). It prints where it
//! listens and who signs in; then, in another shell:
//!
//! ```text
//! curl -s $HOST/sign-in -H 'content-type: application/json' \
//!   -d '{"email":"ana@school.example","password":"a good password"}'
//! curl -s $HOST/content.list_courses -H "authorization: Bearer $TOKEN"
//! curl -s $HOST/openapi.json
//! ```
//!
//! The guide "Over HTTP" explains it. A host in production serves TLS, and adds layers of its
//! own for timeouts and for limits of how often an address may call.
use std::{error::Error, sync::Arc};

use lms::{
    host::{Host, SystemEntropy},
    http::{Api, Sessions, SigningKey},
    identity::{
        InviteMember, MembershipKind, PasswordHasher, PersonName, RegisterUser, SignUpWithInvite,
    },
    kernel::{Actor, Entropy, SecretText, TenantId},
    memory::MemoryStore,
    password::Argon2idHasher,
    store::Store,
    tenancy::{ApplyPreset, CreateTenant, OpenSingleTenant, Preset},
};

#[path = "../support/database.rs"]
mod database;

type Failure = Box<dyn Error>;

const EMAIL: &str = "ana@school.example";
const PASSWORD: &str = "a good password";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let store = match (words.next().as_deref(), words.next()) {
        (None, _) => Store::new(MemoryStore::new()),
        (Some("--store"), Some(path)) => database::open_database(&path).await?,
        _ => return Err("there is `--store PATH`, and nothing else".into()),
    };
    let hasher: Arc<dyn PasswordHasher> = Arc::new(Argon2idHasher::new(Arc::new(SystemEntropy))?);
    let store = store
        .with_port::<dyn Entropy>(Arc::new(SystemEntropy))
        .with_port::<dyn PasswordHasher>(Arc::clone(&hasher));
    let host = Host::default();
    open_school(&store, &host, &*hasher).await?;

    // All processes of a host share one key. With a new one at each start, clients refresh once.
    let mut key = [0; SigningKey::LEAST_BYTES];
    SystemEntropy.fill(&mut key);
    let key = SigningKey::new(&key)?;
    let contexts = move |tenant, actor| host.context(tenant, actor);
    let sessions = Sessions::new(store.clone(), hasher, key, contexts);
    let routes = sessions.routes();
    let routes = Api::new(store, Arc::new(sessions)).router().merge(routes);

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("sign in as {EMAIL} with the password: {PASSWORD}");
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, routes).await?;
    Ok(())
}

/// Opens the school and signs its head up, unless the store has it already.
async fn open_school(
    store: &Store,
    host: &Host,
    hasher: &dyn PasswordHasher,
) -> Result<(), Failure> {
    let setup = host.context(TenantId::SINGLE, Actor::system("setup"));
    let tenant = CreateTenant::new("Open School".parse()?, "open-school".parse()?, "en".parse()?);
    let tenant = store.run(&setup, OpenSingleTenant { tenant }).await?;
    if tenant.stamp.created_at != setup.now() {
        return Ok(());
    }
    store.run(&setup, ApplyPreset { preset: Preset::B2cSaas }).await?;
    let invite = InviteMember::new(EMAIL.parse()?, MembershipKind::Admin);
    let sent = store.run(&setup, invite).await?;
    let password_hash = Some(hasher.hash(&SecretText::new(PASSWORD.to_owned()))?);
    let sign_up = SignUpWithInvite {
        token: sent.token,
        name: PersonName::of("Ana Ruiz".parse()?),
        login: RegisterUser { password_hash, ..RegisterUser::default() },
    };
    store.run(&host.context(TenantId::SINGLE, Actor::Anonymous), sign_up).await?;
    Ok(())
}
