//! Short-lived signed tokens that name a signed-in user.
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use lms_core::kernel::{ActorId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The key that signs access tokens: at least 32 bytes of randomness, which all processes of a host
/// share. Tokens that a key signed are worth nothing under another one.
#[derive(Clone)]
pub struct SigningKey(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// A signing key is too short to be safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a signing key has at least {} bytes; draw it from a source of randomness",
    SigningKey::LEAST_BYTES
)]
pub struct ShortKey;

impl SigningKey {
    /// The fewest bytes of a key: as many as the hash has (RFC 7518, section 3.2).
    pub const LEAST_BYTES: usize = 32;

    /// A key of those bytes.
    ///
    /// # Errors
    /// [`ShortKey`].
    pub fn new(bytes: &[u8]) -> Result<Self, ShortKey> {
        match bytes.len() >= Self::LEAST_BYTES {
            true => Ok(Self(Zeroizing::new(bytes.to_vec()))),
            false => Err(ShortKey),
        }
    }
}

/// The contents of an access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The user who signed in.
    #[serde(rename = "sub")]
    pub user: ActorId,
    /// The tenant they signed in to.
    #[serde(rename = "tid")]
    pub tenant: TenantId,
    /// The session.
    #[serde(rename = "sid")]
    pub session: Uuid,
    /// The second at which the token stops being accepted, since 1970 (UTC).
    #[serde(rename = "exp")]
    pub expires: i64,
}

/// The head of every token. No other algorithm is accepted, so that no token chooses its own.
const HEAD: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// The most characters of a token that are looked at.
const MAX_LENGTH: usize = 2_048;

impl AccessClaims {
    /// Signs the claims as a JSON Web Token.
    ///
    /// # Source
    /// RFC 7515 (compact serialization), RFC 7518 section 3.2 (HMAC with SHA-256), RFC 7519.
    pub fn sign(&self, key: &SigningKey) -> String {
        let claims = serde_json::to_vec(self).unwrap_or_default();
        let (head, claims) = (URL_SAFE_NO_PAD.encode(HEAD), URL_SAFE_NO_PAD.encode(claims));
        let signed = format!("{head}.{claims}");
        let mac = mac(key, signed.as_bytes()).map(|it| it.finalize().into_bytes().to_vec());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.unwrap_or_default()))
    }

    /// Reads a token that this key signed and that has not expired; `None` for any other text.
    pub fn verify(token: &str, key: &SigningKey, now: Timestamp) -> Option<Self> {
        if token.len() > MAX_LENGTH {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (head, claims) = signed.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        mac(key, signed.as_bytes())?.verify_slice(&signature).ok()?;
        if URL_SAFE_NO_PAD.decode(head).ok()? != HEAD.as_bytes() {
            return None;
        }
        let claims: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        (now.unix_seconds() < claims.expires).then_some(claims)
    }
}

fn mac(key: &SigningKey, text: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).ok()?;
    mac.update(text);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(byte: u8) -> SigningKey {
        SigningKey::new(&[byte; 32]).unwrap()
    }

    fn claims() -> AccessClaims {
        AccessClaims {
            user: ActorId::from_uuid(Uuid::from_u128(1)),
            tenant: TenantId::SINGLE,
            session: Uuid::from_u128(2),
            expires: 100,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_seconds(second).unwrap()
    }

    #[test]
    fn a_token_is_read_until_it_expires_and_by_its_key_alone() {
        let token = claims().sign(&key(7));
        assert_eq!(AccessClaims::verify(&token, &key(7), at(99)), Some(claims()));
        assert_eq!(AccessClaims::verify(&token, &key(7), at(100)), None);
        assert_eq!(AccessClaims::verify(&token, &key(8), at(99)), None);
        assert!(SigningKey::new(&[0; 31]).is_err());
    }

    #[test]
    fn a_token_that_chooses_another_algorithm_is_refused() {
        for head in [r#"{"alg":"none","typ":"JWT"}"#, r#"{"alg":"HS512","typ":"JWT"}"#] {
            let claims = serde_json::to_vec(&claims()).unwrap();
            let signed =
                format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(claims));
            let mac = mac(&key(7), signed.as_bytes()).unwrap().finalize().into_bytes();
            let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac));
            assert_eq!(AccessClaims::verify(&token, &key(7), at(1)), None, "{head}");
            assert_eq!(AccessClaims::verify(&format!("{signed}."), &key(7), at(1)), None);
        }
    }

    proptest! {
        #[test]
        fn a_token_that_was_changed_anywhere_is_refused(place in 0_usize..200, with in "[A-Za-z0-9_.-]") {
            let token = claims().sign(&key(7));
            let place = place % token.len();
            let mut changed = token.clone();
            changed.replace_range(place..=place, &with);
            // The last character of a base64 text has bits that no byte needs.
            prop_assume!(changed != token);
            prop_assert_eq!(AccessClaims::verify(&changed, &key(7), at(1)), None);
        }

        #[test]
        fn no_text_is_a_token(text in ".*") {
            prop_assert_eq!(AccessClaims::verify(&text, &key(7), at(1)), None);
        }
    }
}
