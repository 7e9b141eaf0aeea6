//! Password hashing with Argon2id (RFC 9106), for `lms_people::identity::PasswordHasher`.
//!
//! Hashes are PHC strings (`$argon2id$v=19$m=19456,t=2,p=1$…`), so they carry their parameters and
//! can be read by other programs.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::print_stdout,
        clippy::float_arithmetic
    )
)]

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{self, PasswordHasher as _, PasswordVerifier as _, phc},
};
use lms_kernel::{Entropy, SecretText};
use lms_people::identity::{PasswordHash, PasswordHashError, PasswordHasher};

/// Hashes passwords with Argon2id: 19 MiB of memory, two passes, one lane, a salt of 16 bytes
/// and an output of 32. These are the least that the OWASP Password Storage Cheat Sheet
/// recommends for Argon2id.
#[derive(Debug)]
pub struct Argon2idHasher {
    entropy: Arc<dyn Entropy>,
    params: Params,
    decoy: PasswordHash,
}

impl Argon2idHasher {
    const SALT_BYTES: usize = 16;

    /// A hasher whose salts come from `entropy`.
    ///
    /// # Errors
    /// [`PasswordHashError::Failed`] if there is not enough memory for one hash.
    pub fn new(entropy: Arc<dyn Entropy>) -> Result<Self, PasswordHashError> {
        Self::with_cost(entropy, Params::DEFAULT_M_COST, Params::DEFAULT_T_COST)
    }

    /// The same, with another cost: `memory_kib` kibibytes and so many passes over them.
    ///
    /// # Errors
    /// [`PasswordHashError::Failed`] if Argon2 does not allow the cost, or memory is short.
    pub fn with_cost(
        entropy: Arc<dyn Entropy>,
        memory_kib: u32,
        passes: u32,
    ) -> Result<Self, PasswordHashError> {
        let params = Params::new(memory_kib, passes, Params::DEFAULT_P_COST, None)
            .map_err(|_| PasswordHashError::Failed)?;
        let mut hasher = Self { entropy, params, decoy: PasswordHash::new(String::new()) };
        // Nobody knows a password of 32 random bytes, so nobody signs in as the decoy.
        let mut unknown = [0; 32];
        hasher.entropy.fill(&mut unknown);
        hasher.decoy = hasher.hash_bytes(&unknown)?;
        Ok(hasher)
    }

    fn argon2(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }

    fn hash_bytes(&self, password: &[u8]) -> Result<PasswordHash, PasswordHashError> {
        let mut salt = [0; Self::SALT_BYTES];
        self.entropy.fill(&mut salt);
        let hash: phc::PasswordHash = self
            .argon2()
            .hash_password_with_salt(password, &salt)
            .map_err(|_| PasswordHashError::Failed)?;
        Ok(PasswordHash::new(hash.to_string()))
    }
}

impl PasswordHasher for Argon2idHasher {
    fn hash(&self, password: &SecretText) -> Result<PasswordHash, PasswordHashError> {
        self.hash_bytes(password.expose().as_bytes())
    }

    fn verify(
        &self,
        password: &SecretText,
        hash: &PasswordHash,
    ) -> Result<bool, PasswordHashError> {
        let parsed =
            phc::PasswordHash::new(hash.expose()).map_err(|_| PasswordHashError::Unreadable)?;
        match self.argon2().verify_password(password.expose().as_bytes(), &parsed) {
            Ok(()) => Ok(true),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(_) => Err(PasswordHashError::Unreadable),
        }
    }

    fn is_outdated(&self, hash: &PasswordHash) -> bool {
        let Ok(parsed) = phc::PasswordHash::new(hash.expose()) else { return true };
        let is_current = Params::try_from(&parsed).is_ok_and(|it| {
            (it.m_cost(), it.t_cost(), it.p_cost())
                == (self.params.m_cost(), self.params.t_cost(), self.params.p_cost())
        });
        !(hash.expose().starts_with("$argon2id$v=19$") && is_current)
    }

    fn decoy(&self) -> &PasswordHash {
        &self.decoy
    }
}

#[cfg(test)]
mod tests {
    use lms_kernel::SeededEntropy;

    use super::*;

    fn hasher(memory_kib: u32) -> Argon2idHasher {
        Argon2idHasher::with_cost(Arc::new(SeededEntropy::new(1)), memory_kib, 2).unwrap()
    }

    fn secret(text: &str) -> SecretText {
        SecretText::new(text.to_owned())
    }

    #[test]
    fn a_password_fits_its_hash_and_no_other_does() {
        let hasher = hasher(64);
        let hash = hasher.hash(&secret("correct horse")).unwrap();
        assert_eq!(hasher.verify(&secret("correct horse"), &hash), Ok(true));
        assert_eq!(hasher.verify(&secret("battery staple"), &hash), Ok(false));
        assert_eq!(hasher.verify(&secret(""), hasher.decoy()), Ok(false));
        let again = hasher.hash(&secret("correct horse")).unwrap();
        assert_ne!(hash.expose(), again.expose(), "each hash has a salt of its own");
        let broken = PasswordHash::new("$argon2id$".to_owned());
        assert_eq!(hasher.verify(&secret("x"), &broken), Err(PasswordHashError::Unreadable));
    }

    #[test]
    fn a_hash_of_another_cost_still_fits_and_is_outdated() {
        let (cheap, dear) = (hasher(64), hasher(128));
        let hash = cheap.hash(&secret("correct horse")).unwrap();
        assert_eq!(dear.verify(&secret("correct horse"), &hash), Ok(true));
        assert!(dear.is_outdated(&hash) && !cheap.is_outdated(&hash));
    }

    #[test]
    fn hashes_of_the_reference_implementation_are_read() {
        // github.com/P-H-C/phc-winner-argon2, src/test.c: Argon2id, 64 MiB, 2 passes.
        let hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ\
                    $CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let hash = PasswordHash::new(hash.to_owned());
        assert_eq!(hasher(64).verify(&secret("password"), &hash), Ok(true));
        assert_eq!(hasher(64).verify(&secret("Password"), &hash), Ok(false));
    }
}
