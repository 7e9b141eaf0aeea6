//! The code by which a certificate is verified.
use std::{fmt, str::FromStr};

use uuid::Uuid;

use crate::recognition::Certificate;
use lms_kernel::{Id, TextError};

/// The code printed on a certificate, with which anyone can verify it: eight groups of four signs.
///
/// It is the certificate's id, which is random enough (RFC 9562 gives a version 7 UUID 74 random
/// bits) that no one finds another one by trying.
///
/// ```
/// use lms_community::recognition::VerificationCode;
///
/// let code: VerificationCode = "0190-ab12-cd34-7ef5-8678-9abc-def0-1234".parse().unwrap();
/// assert_eq!(code.to_string(), "0190-AB12-CD34-7EF5-8678-9ABC-DEF0-1234");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(into = "String", try_from = "String")]
pub struct VerificationCode(Id<Certificate>);

impl From<VerificationCode> for String {
    fn from(code: VerificationCode) -> Self {
        code.to_string()
    }
}

impl TryFrom<String> for VerificationCode {
    type Error = <Self as std::str::FromStr>::Err;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl VerificationCode {
    /// The code of a certificate.
    pub const fn of(certificate: Id<Certificate>) -> Self {
        Self(certificate)
    }

    /// The certificate that it is the code of, if there is one.
    pub const fn certificate(self) -> Id<Certificate> {
        self.0
    }
}

impl fmt::Display for VerificationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signs = self.0.uuid().simple().to_string().to_uppercase();
        for (at, sign) in signs.chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                f.write_str("-")?;
            }
            write!(f, "{sign}")?;
        }
        Ok(())
    }
}

/// Case, spaces and hyphens do not matter: people type it from paper.
impl FromStr for VerificationCode {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        const SIGNS: usize = 32;
        let malformed = TextError::Malformed {
            what: "verification code",
            remedy: "write the eight groups of four letters and digits that are on the certificate",
        };
        let signs = text.chars().filter(|it| !it.is_whitespace() && *it != '-');
        let signs: String = signs.take(SIGNS + 1).collect();
        if signs.len() != SIGNS || !signs.bytes().all(|it| it.is_ascii_hexdigit()) {
            return Err(malformed);
        }
        Uuid::try_parse(&signs).map(|it| Self(Id::from_uuid(it))).map_err(|_| malformed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_code_is_refused() {
        for text in ["", "0190", "0190-ab12-cd34-7ef5-8678-9abc-def0-123", "x".repeat(32).as_str()]
        {
            assert!(text.parse::<VerificationCode>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_code_is_read_as_it_was_written(id in any::<u128>()) {
            let code = VerificationCode::of(Id::from_uuid(Uuid::from_u128(id)));
            prop_assert_eq!(code.to_string().parse(), Ok(code));
            prop_assert_eq!(code.to_string().to_lowercase().replace('-', " ").parse(), Ok(code));
        }

        #[test]
        fn no_text_is_too_strange(text in ".{0,80}") {
            let _ = text.parse::<VerificationCode>();
        }
    }
}
