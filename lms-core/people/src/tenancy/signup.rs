//! Sign-up modes: public, by invitation, or by e-mail domain.
use std::fmt;

use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use lms_kernel::{EmailAddress, TextError};

/// The rule for joining a tenant without being added by staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum SignupMode {
    /// Everyone.
    Public,
    /// No one without an invitation.
    #[text("invite_only", "invitation")]
    InviteOnly,
    /// People with an e-mail address in one of the tenant's domains.
    DomainRestricted,
}

/// A domain of e-mail addresses, in lower case, such as `example.org`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailDomain(Box<str>);

impl MailDomain {
    /// Checks a domain; a leading `@` is taken off.
    ///
    /// # Errors
    /// [`TextError`] if no e-mail address could have the domain.
    pub fn new(domain: &str) -> Result<Self, TextError> {
        let domain = domain.trim();
        let domain = domain.strip_prefix('@').unwrap_or(domain);
        let address = EmailAddress::new(&format!("a@{domain}")).map_err(|_| {
            TextError::Malformed { what: "domain", remedy: "write it as `example.org`, in ASCII" }
        })?;
        Ok(Self(address.domain().into()))
    }

    /// The domain.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MailDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for MailDomain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for MailDomain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Why a person may not join on their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum SignupError {
    /// The tenant asks for an invitation.
    #[error("joining needs an invitation; ask the school for one")]
    #[fault(forbidden)]
    InvitationNeeded,
    /// The address is not of one of the tenant's domains.
    #[error("joining needs an e-mail address of the organisation; sign up with that one")]
    #[fault(forbidden, field = "email")]
    DomainNotAllowed,
    /// The tenant asks for an e-mail address, and there is none.
    #[error("joining needs an e-mail address; add one")]
    #[fault(invalid, field = "email")]
    EmailNeeded,
}

/// Whether a person with that address may join on their own.
///
/// An invitation always lets its holder in; this rule is for those who come without one. The
/// domain has to be one of `domains` exactly: `mail.example.org` is not `example.org`.
///
/// # Errors
/// [`SignupError`], which says what is missing.
pub fn check_signup(
    mode: SignupMode,
    domains: &[MailDomain],
    email: Option<&EmailAddress>,
) -> Result<(), SignupError> {
    match (mode, email) {
        (SignupMode::Public, _) => Ok(()),
        (SignupMode::InviteOnly, _) => Err(SignupError::InvitationNeeded),
        (SignupMode::DomainRestricted, None) => Err(SignupError::EmailNeeded),
        (SignupMode::DomainRestricted, Some(email)) => {
            match domains.iter().any(|it| it.as_str() == email.domain()) {
                true => Ok(()),
                false => Err(SignupError::DomainNotAllowed),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_lets_its_people_in() {
        let domains = [MailDomain::new("@School.example").unwrap()];
        let email = |text: &str| EmailAddress::new(text).unwrap();
        let (inside, outside) = (email("ada@SCHOOL.example"), email("ada@mail.school.example"));
        for (mode, address, expected) in [
            (SignupMode::Public, None, Ok(())),
            (SignupMode::Public, Some(&outside), Ok(())),
            (SignupMode::InviteOnly, Some(&inside), Err(SignupError::InvitationNeeded)),
            (SignupMode::DomainRestricted, Some(&inside), Ok(())),
            (SignupMode::DomainRestricted, Some(&outside), Err(SignupError::DomainNotAllowed)),
            (SignupMode::DomainRestricted, None, Err(SignupError::EmailNeeded)),
        ] {
            assert_eq!(check_signup(mode, &domains, address), expected, "{mode}");
        }
        let nobody = check_signup(SignupMode::DomainRestricted, &[], Some(&inside));
        assert_eq!(nobody, Err(SignupError::DomainNotAllowed));
    }

    #[test]
    fn only_domains_of_addresses_are_domains() {
        for text in ["", "@", "school", "a@b.example", "school.example/x", "-a.example"] {
            assert!(MailDomain::new(text).is_err(), "{text}");
        }
    }
}
