//! The port to the storage of file bytes.
use std::{error::Error, fmt, ops::Range};

use async_trait::async_trait;
use lms_derive::DomainError;

use crate::content::{Contents, StorageProvider};
use lms_kernel::{Link, TenantId};
use lms_store::Port;

/// The port for the bytes of files: a folder, a bucket. The host supplies it.
///
/// A key names one file of one tenant and is never reused. The bytes are written before the
/// record that names them is committed and removed after the record is gone, so what can be left
/// over by a crash is bytes without a record, never a record without bytes.
#[async_trait]
pub trait FileStorage: fmt::Debug + Send + Sync {
    /// What kind of place it is.
    fn provider(&self) -> StorageProvider;

    /// Writes the bytes under a key that is not in use, as they arrive. Under the key there are all
    /// of them or none: none when the contents end in an error, or the future is dropped.
    ///
    /// # Errors
    /// [`StorageError`]; the error in which the contents end.
    async fn write(&self, key: &FileKey, contents: Contents) -> Result<(), StorageError>;

    /// The bytes under a key: all, or those of a range, which may end after the last one.
    ///
    /// # Errors
    /// [`StorageError::Missing`] if there are none.
    async fn read(
        &self,
        key: &FileKey,
        range: Option<Range<u64>>,
    ) -> Result<Contents, StorageError>;

    /// Forgets the bytes under a key; nothing happens when there are none.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn remove(&self, key: &FileKey) -> Result<(), StorageError>;

    /// A link under which everyone who has it can fetch the bytes, for that many seconds; `None`
    /// where the storage has no such links, and the host sends the bytes itself.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn link(&self, key: &FileKey, seconds: u32) -> Result<Option<Link>, StorageError> {
        let _ = (key, seconds);
        Ok(None)
    }
}

impl Port for dyn FileStorage {
    const NAME: &'static str = "file storage";
}

/// The key of a file: `tenant/name`, with nothing in it that a path could misunderstand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileKey(String);

impl FileKey {
    /// The most characters of a file's name.
    pub const MAX_NAME_LENGTH: usize = 200;

    /// The key for a file of a tenant. `name` should be unique, such as an id and a suffix.
    ///
    /// # Errors
    /// [`StorageError::UnsafeName`] if the name is empty, too long, starts with a dot, or has
    /// anything but ASCII letters, digits, `.`, `-` and `_`.
    pub fn new(tenant: TenantId, name: &str) -> Result<Self, StorageError> {
        let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b'_');
        let is_safe = !name.is_empty()
            && name.len() <= Self::MAX_NAME_LENGTH
            && !name.starts_with('.')
            && name.bytes().all(plain);
        if is_safe { Ok(Self(format!("{tenant}/{name}"))) } else { Err(StorageError::UnsafeName) }
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why bytes were not kept or found.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum StorageError {
    /// The name could be misunderstood as a path.
    #[error("a stored file's name has letters, digits, `.`, `-` and `_`, and no dot first")]
    #[fault(invalid, field = "filename")]
    UnsafeName,
    /// The key is in use.
    #[error("a file with that key exists already; choose another name")]
    #[fault(conflict)]
    Taken,
    /// Nothing is kept under the key.
    #[error("the file is missing in the storage; upload it again")]
    #[fault(not_found)]
    Missing,
    /// There are more bytes than may be stored.
    #[error("a file may have at most {most} bytes here; choose a smaller one")]
    #[fault(invalid, field = "contents")]
    TooLarge {
        /// The most bytes.
        most: u64,
    },
    /// The bytes ended too early.
    #[error("the upload broke off; send the file again")]
    #[fault(invalid, field = "contents")]
    Interrupted,
    /// The place cannot be reached, is full, or refuses.
    #[error("the file storage failed; try again later")]
    #[fault(unavailable)]
    Unavailable {
        /// What it said.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// A name that is safe in a path and a header: what is left of the last part of `original`, or
/// `file` when nothing is.
///
/// ```
/// use lms_learning::content::safe_filename;
///
/// assert_eq!(safe_filename("../../etc/passwd"), "passwd");
/// assert_eq!(safe_filename("Übung 1 (neu).PDF"), "bung-1-neu.pdf");
/// assert_eq!(safe_filename("..."), "file");
/// ```
pub fn safe_filename(original: &str) -> String {
    let last = original.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name = String::new();
    for letter in last.chars() {
        if letter.is_ascii_alphanumeric() {
            name.push(letter.to_ascii_lowercase());
        } else if letter == '.' && !name.is_empty() {
            while name.ends_with('-') {
                name.pop();
            }
            name.push('.');
        } else if matches!(letter, ' ' | '-' | '_') && !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_end_matches(['.', '-']);
    let start = name.len().saturating_sub(100);
    let name = name.get(start..).unwrap_or(name).trim_start_matches(['.', '-']);
    if name.is_empty() { "file".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["", ".", "..", ".env", "a/b", "a\\b", "a b", "a\0", "é", &"a".repeat(201)] {
            assert!(FileKey::new(TenantId::SINGLE, name).is_err(), "{name:?}");
        }
        let key = FileKey::new(TenantId::SINGLE, "0190-a.pdf").unwrap();
        assert_eq!(key.as_str(), "00000000-0000-8000-8000-000000000001/0190-a.pdf");
    }

    proptest! {
        #[test]
        fn a_safe_name_makes_a_key(original in ".{0,300}") {
            let name = safe_filename(&original);
            prop_assert!(FileKey::new(TenantId::SINGLE, &name).is_ok(), "{}", name);
        }
    }
}
