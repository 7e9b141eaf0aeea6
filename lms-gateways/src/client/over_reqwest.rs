//! The host's HTTP client over `reqwest`.
use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use lms_kernel::{DomainError, ErrorKind};
use reqwest::{
    Client, ClientBuilder, Method,
    header::{HeaderName, HeaderValue},
    redirect::Policy,
};
use rustls::{ClientConfig, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt as _;

use crate::client::{CallAnswer, CallMethod, GatewayCall, HttpClient};

/// The longest body of an answer, in bytes. A longer one is no answer.
const MOST_BYTES: usize = 1_048_576;

/// How long a call may take, from its connection to the end of its answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why no client was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReqwestClientError {
    /// The certificates that the system trusts cannot be used.
    #[error("the system's trusted certificates cannot be used: {0}")]
    Tls(#[from] rustls::Error),
    /// The settings do not fit each other.
    #[error("the client cannot be built: {0}")]
    Settings(#[from] reqwest::Error),
}

impl DomainError for ReqwestClientError {
    fn code(&self) -> &'static str {
        match self {
            Self::Tls(_) => "gateway_client.tls",
            Self::Settings(_) => "gateway_client.settings",
        }
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }
}

/// Sends calls by `reqwest`, over TLS by `rustls`. It follows no redirect, since a call carries the
/// account's secret, and speaks HTTPS alone. An answer that takes more than 30 seconds or is longer
/// than 1 MiB counts as none: the call's outcome is then unknown.
///
/// It needs the runtime of `tokio`.
#[derive(Clone, Debug)]
pub struct ReqwestClient {
    client: Client,
}

impl ReqwestClient {
    /// A client that trusts the certificates which the system trusts.
    ///
    /// # Errors
    /// [`ReqwestClientError`].
    pub fn new() -> Result<Self, ReqwestClientError> {
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_platform_verifier()?
            .with_no_client_auth();
        Self::with(Client::builder(), tls)
    }

    /// A client with settings of the host's own, such as a proxy, and with that TLS. Redirects,
    /// plain HTTP and the time limit are set here, whatever the settings say.
    ///
    /// # Errors
    /// [`ReqwestClientError::Settings`].
    pub fn with(settings: ClientBuilder, tls: ClientConfig) -> Result<Self, ReqwestClientError> {
        let settings = settings
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .redirect(Policy::none())
            .timeout(TIMEOUT);
        Ok(Self { client: settings.build()? })
    }
}

#[async_trait]
impl HttpClient for ReqwestClient {
    async fn send(&self, call: &GatewayCall) -> Option<CallAnswer> {
        let method = match call.method {
            CallMethod::Get => Method::GET,
            CallMethod::Post => Method::POST,
        };
        let mut request = self.client.request(method, &call.url);
        for (name, value) in &call.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            let mut value = HeaderValue::from_str(value).ok()?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        if call.method == CallMethod::Post {
            request = request.body(call.body.clone());
        }
        let mut response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.ok()? {
            if body.len().saturating_add(part.len()) > MOST_BYTES {
                return None;
            }
            body.extend_from_slice(&part);
        }
        Some(CallAnswer { status, body })
    }
}
