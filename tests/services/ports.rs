//! Ports that the tests supply: a shelf of files in memory, and meetings that anybody may have.
use std::{collections::HashMap, error::Error, sync::Mutex};

use async_trait::async_trait;
use lms::{
    content::{FileKey, FileStorage, StorageError, StorageProvider},
    delivery::{Meeting, MeetingPort, MeetingProvider, MeetingRequest},
};

/// Files in memory.
#[derive(Debug, Default)]
pub(crate) struct Shelf(Mutex<HashMap<String, Vec<u8>>>);

impl Shelf {
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

#[async_trait]
impl FileStorage for Shelf {
    fn provider(&self) -> StorageProvider {
        StorageProvider::Other
    }
    async fn write(&self, key: &FileKey, bytes: &[u8]) -> Result<(), StorageError> {
        self.0.lock().unwrap().insert(key.as_str().to_owned(), bytes.to_vec());
        Ok(())
    }
    async fn read(&self, key: &FileKey) -> Result<Vec<u8>, StorageError> {
        self.0.lock().unwrap().get(key.as_str()).cloned().ok_or(StorageError::Missing)
    }
    async fn remove(&self, key: &FileKey) -> Result<(), StorageError> {
        self.0.lock().unwrap().remove(key.as_str());
        Ok(())
    }
}

/// A provider that gives every session a meeting.
#[derive(Debug)]
pub(crate) struct Meetings;

#[async_trait]
impl MeetingPort for Meetings {
    fn provider(&self) -> MeetingProvider {
        MeetingProvider::Zoom
    }
    async fn create(
        &self,
        request: &MeetingRequest,
    ) -> Result<Meeting, Box<dyn Error + Send + Sync>> {
        Ok(meeting(&format!("https://zoom.example/{}", request.session_id)))
    }
}

pub(crate) fn meeting(link: &str) -> Meeting {
    Meeting { url: link.parse().unwrap(), provider: Some(MeetingProvider::Zoom) }
}
