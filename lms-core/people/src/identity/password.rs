//! Passwords: the port to a hasher, and which passwords are good enough.
use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::identity::PasswordHash;
use lms_kernel::SecretText;
use lms_store::Port;

/// Turns passwords into hashes and checks them. The host connects one; `lms-password` has one
/// for Argon2id.
///
/// Hashing is slow on purpose, tens of milliseconds, and does not wait for anything: hosts with
/// an asynchronous runtime run it where blocking is allowed.
pub trait PasswordHasher: Send + Sync + std::fmt::Debug {
    /// The hash of a new password, with a salt of its own.
    ///
    /// # Errors
    /// [`PasswordHashError`] if the hasher cannot work.
    fn hash(&self, password: &SecretText) -> Result<PasswordHash, PasswordHashError>;

    /// Whether the hash is that of the password.
    ///
    /// # Errors
    /// [`PasswordHashError`] if the hash is not one of this hasher's.
    fn verify(&self, password: &SecretText, hash: &PasswordHash)
    -> Result<bool, PasswordHashError>;

    /// Whether the hash was made with other parameters than those for new passwords, so that it
    /// is worth making again at the next login.
    fn is_outdated(&self, hash: &PasswordHash) -> bool;

    /// The hash of no password at all. A person who is not known is checked against it, so that the
    /// answer takes as long as for a person who is.
    fn decoy(&self) -> &PasswordHash;
}

impl Port for dyn PasswordHasher {
    const NAME: &'static str = "password hasher";
}

/// Why a hasher could not work. It never quotes a password or a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PasswordHashError {
    /// The stored hash is not one of this hasher's.
    #[error("the stored password hash is not readable; reset the password")]
    #[fault(unavailable)]
    Unreadable,
    /// The hasher failed.
    #[error("the password could not be hashed; try again")]
    #[fault(unavailable)]
    Failed,
}

/// Which passwords are good enough.
///
/// By length, and not on a list of known ones, as NIST SP 800-63B (section 3.1.1.2) has it: no
/// rules about kinds of characters, and no forced changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasswordPolicy {
    /// The least number of characters.
    pub min_length: usize,
    /// The greatest number of characters: longer ones cost the server time.
    pub max_length: usize,
    /// Passwords that too many people use, in lower case.
    pub refused: Vec<String>,
}

impl Default for PasswordPolicy {
    /// 8 to 128 characters, and a few that everyone tries first; hosts add a longer list.
    fn default() -> Self {
        const FIRST_TRIED: [&str; 12] = [
            "password",
            "12345678",
            "123456789",
            "1234567890",
            "qwertyui",
            "qwerty123",
            "password1",
            "11111111",
            "00000000",
            "iloveyou",
            "abcd1234",
            "letmein1",
        ];
        let refused = FIRST_TRIED.map(str::to_owned).to_vec();
        Self { min_length: 8, max_length: 128, refused }
    }
}

/// Why a password is not good enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum PasswordPolicyError {
    /// It is too short.
    #[error("the password is too short; use at least {least} characters")]
    #[fault(invalid, field = "password")]
    TooShort {
        /// The least number of characters.
        least: usize,
    },
    /// It is too long.
    #[error("the password is too long; use at most {most} characters")]
    #[fault(invalid, field = "password")]
    TooLong {
        /// The greatest number of characters.
        most: usize,
    },
    /// Too many people use it.
    #[error("the password is too common; choose another")]
    #[fault(invalid, field = "password")]
    TooCommon,
    /// It is what everyone knows about the person.
    #[error("the password is the person's own name or address; choose another")]
    #[fault(invalid, field = "password")]
    Guessable,
}

impl PasswordPolicy {
    /// Whether a password is good enough for someone about whom `known` is known: their name, their
    /// address, the name of the product. Letters are compared whatever their case.
    ///
    /// # Errors
    /// [`PasswordPolicyError`].
    pub fn check(&self, password: &SecretText, known: &[&str]) -> Result<(), PasswordPolicyError> {
        let length = password.expose().chars().count();
        if length < self.min_length {
            return Err(PasswordPolicyError::TooShort { least: self.min_length });
        }
        if length > self.max_length {
            return Err(PasswordPolicyError::TooLong { most: self.max_length });
        }
        let lower = password.expose().to_lowercase();
        if self.refused.contains(&lower) {
            return Err(PasswordPolicyError::TooCommon);
        }
        if known.iter().any(|it| it.to_lowercase() == lower) {
            return Err(PasswordPolicyError::Guessable);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), PasswordPolicyError> {
        let password = SecretText::new(password.to_owned());
        PasswordPolicy::default().check(&password, &["ada@example.org", "Ada Lovelace"])
    }

    #[test]
    fn length_counts_characters_and_kinds_do_not_matter() {
        assert_eq!(check("seven77"), Err(PasswordPolicyError::TooShort { least: 8 }));
        assert_eq!(check("кошкадом"), Ok(()));
        assert_eq!(check("correct horse battery staple"), Ok(()));
        assert_eq!(check(&"a".repeat(129)), Err(PasswordPolicyError::TooLong { most: 128 }));
    }

    #[test]
    fn what_everybody_tries_is_refused() {
        assert_eq!(check("Password1"), Err(PasswordPolicyError::TooCommon));
        assert_eq!(check("ADA@example.org"), Err(PasswordPolicyError::Guessable));
        assert_eq!(check("ada lovelace"), Err(PasswordPolicyError::Guessable));
    }
}
