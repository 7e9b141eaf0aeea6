//! Signing in with the library's logins and sessions.
use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::post,
};
use lms_core::{
    identity::{
        CloseAllSessions, CloseSession, FinishLogin, IssuedSession, LockoutPolicy, LoginOutcome,
        LookUpLogin, OpenSession, PasswordHasher, RefreshSession, Refreshed, SessionPolicy, Token,
        User,
    },
    kernel::{Actor, Context, EmailAddress, Id, SecretText, TenantId},
    store::Store,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{AccessClaims, Authenticate, Problem, SigningKey, request};

/// Checks the second factor of a sign-in, such as a time-based code (RFC 6238).
#[async_trait]
pub trait SecondFactor: Send + Sync + 'static {
    /// Checks the code that a user typed. The host counts failures and limits them.
    async fn check(&self, user: &User, code: &str) -> bool;
}

/// Makes the context of an operation that starts now; `lms::host::Host::context` is one.
type MakeContext = Arc<dyn Fn(TenantId, Actor) -> Context + Send + Sync>;
type TenantOf = Arc<dyn Fn(&Parts) -> Option<TenantId> + Send + Sync>;

/// The library's sessions as the login of an interface: a short-lived access token in each request
/// (`Authorization: Bearer …`), and a refresh token that is used once for the next pair.
///
/// | route | body | answer |
/// |---|---|---|
/// | `POST /sign-in` | `email`, `password`, `code` of the second factor where it is on | a pair of tokens |
/// | `POST /refresh` | `refresh_token` | the next pair; a token that was used before ends its session |
/// | `POST /sign-out` | `refresh_token` | 204 |
/// | `POST /sign-out-everywhere` | none; signed in | 204; ends all sessions of the user |
///
/// # Pitfalls
/// - A session that was ended refuses the next refresh at once; an access token issued before is
///   accepted until it expires, [`ACCESS_MINUTES`](Self::ACCESS_MINUTES) at most.
/// - Limit how often an address may call `/sign-in`, with a layer of the host: the library locks
///   an account after failures, not an address.
#[derive(Clone)]
pub struct Sessions {
    store: Store,
    hasher: Arc<dyn PasswordHasher>,
    key: SigningKey,
    make_context: MakeContext,
    tenant_of: TenantOf,
    second_factor: Option<Arc<dyn SecondFactor>>,
    session: SessionPolicy,
    lockout: LockoutPolicy,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions").field("session", &self.session).finish_non_exhaustive()
    }
}

/// A pair of tokens for a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenPair {
    /// The token to send with each request.
    pub access_token: String,
    /// How it is sent: always `Bearer` (RFC 6750).
    pub token_type: String,
    /// For how many seconds the access token is accepted.
    pub expires_in: i64,
    /// The token for the next pair, to be used once.
    pub refresh_token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    email: EmailAddress,
    password: SecretText,
    code: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Presented {
    refresh_token: String,
}

impl Sessions {
    /// For how many minutes an access token is accepted.
    pub const ACCESS_MINUTES: i64 = 10;

    /// Sessions of a store's logins, in a single tenant.
    pub fn new(
        store: Store,
        hasher: Arc<dyn PasswordHasher>,
        key: SigningKey,
        make_context: impl Fn(TenantId, Actor) -> Context + Send + Sync + 'static,
    ) -> Self {
        Self {
            store,
            hasher,
            key,
            make_context: Arc::new(make_context),
            tenant_of: Arc::new(|_| Some(TenantId::SINGLE)),
            second_factor: None,
            session: SessionPolicy::default(),
            lockout: LockoutPolicy::default(),
        }
    }

    /// The same for many tenants: the one of a request follows from its head, such as the name of
    /// the host that it was sent to; `None` for a name that belongs to none.
    #[must_use]
    pub fn for_tenants(
        mut self,
        tenant_of: impl Fn(&Parts) -> Option<TenantId> + Send + Sync + 'static,
    ) -> Self {
        self.tenant_of = Arc::new(tenant_of);
        self
    }

    /// The same with a second factor for the logins that have it switched on. Without one, they
    /// are refused.
    #[must_use]
    pub fn with_second_factor(mut self, second_factor: Arc<dyn SecondFactor>) -> Self {
        self.second_factor = Some(second_factor);
        self
    }

    /// The same with other lengths of sessions and another lock after failures.
    #[must_use]
    pub fn with_policies(mut self, session: SessionPolicy, lockout: LockoutPolicy) -> Self {
        (self.session, self.lockout) = (session, lockout);
        self
    }

    /// The routes of signing in and out, to merge with those of the [`Api`](crate::Api).
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/sign-in", post(sign_in))
            .route("/refresh", post(refresh))
            .route("/sign-out", post(sign_out))
            .route("/sign-out-everywhere", post(sign_out_everywhere))
            .with_state(Arc::new(self.clone()))
    }

    fn tenant(&self, parts: &Parts) -> Result<TenantId, Problem> {
        (self.tenant_of)(parts).ok_or_else(|| {
            let detail = "no school is served under this address; check the link";
            Problem::new(StatusCode::NOT_FOUND, "http.unknown_tenant", detail)
        })
    }

    fn anonymous(&self, parts: &Parts) -> Result<Context, Problem> {
        let cx = (self.make_context)(self.tenant(parts)?, Actor::Anonymous);
        Ok(request::described(cx, &parts.headers))
    }

    fn pair(&self, cx: &Context, issued: &IssuedSession) -> TokenPair {
        let lifetime = Self::ACCESS_MINUTES * 60;
        let claims = AccessClaims {
            user: lms_core::kernel::ActorId::from_uuid(issued.user_id.uuid()),
            tenant: cx.tenant(),
            session: issued.family_id,
            expires: cx.now().unix_seconds().saturating_add(lifetime),
        };
        TokenPair {
            access_token: claims.sign(&self.key),
            token_type: "Bearer".to_owned(),
            expires_in: lifetime,
            refresh_token: issued.token.expose().to_owned(),
        }
    }

    async fn let_in(&self, cx: &Context, typed: Credentials) -> Result<Id<User>, Problem> {
        let candidate = self.store.run(cx, LookUpLogin { email: typed.email }).await?;
        let hasher = Arc::clone(&self.hasher);
        // Hashing takes tens of milliseconds of a core.
        let checked =
            tokio::task::spawn_blocking(move || candidate.check(&*hasher, &typed.password));
        let checked = checked.await.map_err(|error| {
            tracing::error!(%error, "checking a password failed");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "http.failed", "the service failed")
        })??;
        let finish = FinishLogin { checked, policy: self.lockout };
        match self.store.run(cx, finish).await? {
            LoginOutcome::SignedIn { user, needs_second_factor: false } => Ok(user.id),
            LoginOutcome::SignedIn { user, .. } => {
                self.check_second_factor(&user, typed.code.as_deref()).await?;
                Ok(user.id)
            }
            LoginOutcome::Refused(refusal) => {
                Err(Problem::of(&refusal).with_status(StatusCode::UNAUTHORIZED))
            }
            _ => Err(Problem::unauthenticated("this way of signing in is not known here")),
        }
    }

    async fn check_second_factor(&self, user: &User, code: Option<&str>) -> Result<(), Problem> {
        let refused = |code: &'static str, detail: &str| {
            Err(Problem::new(StatusCode::UNAUTHORIZED, code, detail))
        };
        let (Some(factor), code) = (&self.second_factor, code) else {
            let detail = "a second factor is switched on, which this service cannot check";
            return refused("http.second_factor_unavailable", detail);
        };
        match code {
            None => refused("http.second_factor_needed", "send the code of the second factor too"),
            Some(code) if factor.check(user, code).await => Ok(()),
            Some(_) => refused("http.wrong_second_factor", "the code is wrong; try again"),
        }
    }
}

#[async_trait]
impl Authenticate for Sessions {
    async fn context(&self, parts: &Parts) -> Result<Context, Problem> {
        let cx = self.anonymous(parts)?;
        let Some(header) = parts.headers.get(header::AUTHORIZATION) else { return Ok(cx) };
        let not_accepted = || Problem::unauthenticated("the access token is not accepted; sign in");
        let (scheme, token) =
            header.to_str().ok().and_then(|it| it.split_once(' ')).ok_or_else(not_accepted)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(not_accepted());
        }
        let claims = AccessClaims::verify(token.trim(), &self.key, cx.now());
        let claims = claims.filter(|it| it.tenant == cx.tenant()).ok_or_else(not_accepted)?;
        Ok(cx.with_actor(Actor::User(claims.user)))
    }

    fn system_context(&self, tenant: TenantId) -> Context {
        (self.make_context)(tenant, Actor::system("http"))
    }
}

type Answer = Result<Response, Problem>;

/// The body as JSON of a `T`.
fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    let value = request::json(headers, body)?;
    serde_json::from_value(value).map_err(|error| {
        let detail = format!("the parameters cannot be read: {error}");
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "operation.malformed", detail)
    })
}

fn tokens(pair: TokenPair) -> Response {
    // RFC 6749, section 5.1: an answer with tokens is not stored.
    ([(header::CACHE_CONTROL, "no-store")], Json(pair)).into_response()
}

async fn sign_in(State(sessions): State<Arc<Sessions>>, parts: Parts, body: Bytes) -> Answer {
    let cx = sessions.anonymous(&parts)?;
    let user_id = sessions.let_in(&cx, read(&parts.headers, &body)?).await?;
    let open = OpenSession { user_id, policy: sessions.session };
    let issued = sessions.store.run(&cx, open).await?;
    Ok(tokens(sessions.pair(&cx, &issued)))
}

async fn refresh(State(sessions): State<Arc<Sessions>>, parts: Parts, body: Bytes) -> Answer {
    let cx = sessions.anonymous(&parts)?;
    let presented = Token::parse(&read::<Presented>(&parts.headers, &body)?.refresh_token)?;
    let refresh = RefreshSession { presented, policy: sessions.session };
    match sessions.store.run(&cx, refresh).await? {
        Refreshed::Next(issued) => Ok(tokens(sessions.pair(&cx, &issued))),
        _ => Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "http.session_over",
            "the session is over; sign in again",
        )),
    }
}

async fn sign_out(State(sessions): State<Arc<Sessions>>, parts: Parts, body: Bytes) -> Answer {
    let cx = sessions.anonymous(&parts)?;
    let presented = Token::parse(&read::<Presented>(&parts.headers, &body)?.refresh_token)?;
    sessions.store.run(&cx, CloseSession { presented }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn sign_out_everywhere(State(sessions): State<Arc<Sessions>>, parts: Parts) -> Answer {
    let cx = sessions.context(&parts).await?;
    let Some(actor) = cx.actor_id() else {
        return Err(Problem::unauthenticated("sign in first"));
    };
    let user_id = Id::from_uuid(actor.uuid());
    sessions.store.run(&cx, CloseAllSessions { user_id }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
