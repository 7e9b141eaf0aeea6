//! Ports that the tests supply: a shelf of files in memory, and meetings that anybody may have.
use std::{collections::HashMap, error::Error, ops::Range, sync::Mutex};

use async_trait::async_trait;
use lms::{
    content::{Contents, FileKey, FileStorage, StorageError, StorageProvider},
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
    async fn write(&self, key: &FileKey, contents: Contents) -> Result<(), StorageError> {
        let bytes = contents.collect(u64::MAX).await?;
        self.0.lock().unwrap().insert(key.as_str().to_owned(), bytes);
        Ok(())
    }
    async fn read(
        &self,
        key: &FileKey,
        range: Option<Range<u64>>,
    ) -> Result<Contents, StorageError> {
        let files = self.0.lock().unwrap();
        let bytes = files.get(key.as_str()).ok_or(StorageError::Missing)?;
        let range = range.map_or(0..bytes.len(), |it| {
            let place = |it: u64| usize::try_from(it).unwrap().min(bytes.len());
            place(it.start)..place(it.end)
        });
        Ok(bytes[range].to_vec().into())
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
