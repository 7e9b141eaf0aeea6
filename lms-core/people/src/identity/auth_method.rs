//! A way for a user to sign in.
use std::{fmt, str::FromStr};

use lms_derive::TextEnum;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::identity::User;
use lms_kernel::{Context, Id, TextError};
use lms_store::{Field, FieldError, PlatformStamp, Privacy, Query, Record, Sortable, Type, Value};

/// How someone signs in. The text form is `email`, `google`, `apple`, `phone`, `oidc:<issuer>` or
/// `saml:<identity provider>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AuthMethodKind {
    /// With a password for their address.
    Email,
    /// With Google.
    Google,
    /// With Apple.
    Apple,
    /// With a code for their number.
    Phone,
    /// With OpenID Connect, at that issuer.
    Oidc(String),
    /// With SAML, at that identity provider.
    Saml(String),
}

impl AuthMethodKind {
    /// The most characters of the text form.
    pub const MAX_LENGTH: usize = 255;
}

impl fmt::Display for AuthMethodKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email => f.write_str("email"),
            Self::Google => f.write_str("google"),
            Self::Apple => f.write_str("apple"),
            Self::Phone => f.write_str("phone"),
            Self::Oidc(issuer) => write!(f, "oidc:{issuer}"),
            Self::Saml(provider) => write!(f, "saml:{provider}"),
        }
    }
}

impl FromStr for AuthMethodKind {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let is_plain = text.chars().count() <= Self::MAX_LENGTH
            && !text.chars().any(|c| c.is_control() || c.is_whitespace());
        match text.split_once(':') {
            None if text == "email" => Ok(Self::Email),
            None if text == "google" => Ok(Self::Google),
            None if text == "apple" => Ok(Self::Apple),
            None if text == "phone" => Ok(Self::Phone),
            Some(("oidc", issuer)) if is_plain && !issuer.is_empty() => {
                Ok(Self::Oidc(issuer.to_owned()))
            }
            Some(("saml", provider)) if is_plain && !provider.is_empty() => {
                Ok(Self::Saml(provider.to_owned()))
            }
            _ => Err(TextError::Malformed {
                what: "sign-in method",
                remedy: "write `email`, `google`, `apple`, `phone`, `oidc:<issuer>` or \
                         `saml:<provider>`",
            }),
        }
    }
}

impl Serialize for AuthMethodKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AuthMethodKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Field for AuthMethodKind {
    const TYPE: Type = Type::Text;
    const MAX_LENGTH: Option<u32> = Some(255);
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        let text = String::from_value(value)?;
        text.parse().map_err(|e| FieldError::invalid("AuthMethodKind", e))
    }
}

impl Sortable for AuthMethodKind {}

/// Whether a method is the one that is offered first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
pub enum AuthMethodRank {
    /// It is. A user has one such method.
    Primary,
    /// It is another one.
    Secondary,
}

/// What a provider said about a user, such as claims and tokens: neither printed nor written to
/// JSON, and read by asking for it.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderData(serde_json::Value);

impl ProviderData {
    /// Hides what a provider said.
    pub const fn new(data: serde_json::Value) -> Self {
        Self(data)
    }

    /// What the provider said; the name is there to be searched for.
    pub const fn expose(&self) -> &serde_json::Value {
        &self.0
    }
}

impl fmt::Debug for ProviderData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Serialize for ProviderData {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("[redacted]")
    }
}

impl<'de> Deserialize<'de> for ProviderData {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_json::Value::deserialize(deserializer).map(Self)
    }
}

impl Field for ProviderData {
    const TYPE: Type = Type::Json;
    const PRIVACY: Privacy = Privacy::Secret;
    fn to_value(&self) -> Value {
        self.0.to_value()
    }
    fn from_value(value: Value) -> Result<Self, FieldError> {
        serde_json::Value::from_value(value).map(Self)
    }
}

/// A way for a user to sign in. A user may have several, one of them primary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "auth_methods",
    platform,
    unaudited,
    unique(method, provider_subject),
    unique(user_id; rank = "primary"),
    index(user_id)
)]
pub struct AuthMethod {
    /// The method's id.
    pub id: Id<AuthMethod>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: PlatformStamp,
    /// Who signs in.
    pub user_id: Id<User>,
    /// The method.
    pub method: AuthMethodKind,
    /// The provider's own name for the user; the address or the number where there is no
    /// provider.
    #[record(personal)]
    pub provider_subject: String,
    /// What the provider said about the user, as the host wants to keep it.
    #[record(secret)]
    pub provider_data: Option<ProviderData>,
    /// Whether it is the one that is offered first.
    pub rank: AuthMethodRank,
}

impl AuthMethod {
    /// The most characters of a provider's name for a user.
    pub const MAX_SUBJECT_LENGTH: usize = 255;

    /// A further way to sign in.
    pub fn new(
        cx: &Context,
        user_id: Id<User>,
        method: AuthMethodKind,
        provider_subject: String,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: PlatformStamp::new(cx),
            user_id,
            method,
            provider_subject,
            provider_data: None,
            rank: AuthMethodRank::Secondary,
        }
    }

    /// The methods of a user.
    pub fn of_user(user: Id<User>) -> Query<Self> {
        Query::filter(Self::USER_ID.eq(user))
    }

    /// The method that a provider vouches for.
    pub fn by_subject(method: AuthMethodKind, subject: &str) -> Query<Self> {
        let subject = Self::PROVIDER_SUBJECT.eq(subject.to_owned());
        Query::filter(Self::METHOD.eq(method).and(subject))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_said_is_stored_and_neither_printed_nor_written() {
        let data = ProviderData::new(serde_json::json!({ "access_token": "ya29.secret" }));
        assert_eq!(ProviderData::from_value(data.to_value()), Ok(data.clone()));
        let shown = format!("{data:?} {}", serde_json::to_string(&Some(&data)).unwrap());
        assert_eq!(shown, "[redacted] \"[redacted]\"");
        assert_eq!(data.expose()["access_token"], "ya29.secret");
    }

    #[test]
    fn every_method_survives_its_text() {
        for method in [
            AuthMethodKind::Email,
            AuthMethodKind::Google,
            AuthMethodKind::Apple,
            AuthMethodKind::Phone,
            AuthMethodKind::Oidc("https://id.example.org".to_owned()),
            AuthMethodKind::Saml("urn:idp:school".to_owned()),
        ] {
            assert_eq!(method.to_string().parse(), Ok(method.clone()));
            assert_eq!(AuthMethodKind::from_value(method.to_value()), Ok(method));
        }
        for text in ["", "facebook", "oidc", "oidc:", "saml:a b", "email:x"] {
            assert!(text.parse::<AuthMethodKind>().is_err(), "{text}");
        }
    }
}
