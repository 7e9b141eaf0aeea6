//! The bytes of a file on their way into a storage or out of it.
use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;

use crate::content::StorageError;

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, StorageError>> + Send>>;

/// The bytes of a file, which arrive in chunks.
///
/// A file is as large as a film, so its bytes are passed on as they come; only
/// [`collect`](Self::collect) holds them all at once.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use lms_learning::content::{Contents, StorageError};
///
/// let notes = Contents::from("Fractions".as_bytes().to_vec());
/// assert_eq!(notes.collect(100).await.unwrap(), b"Fractions");
///
/// let film = Contents::from(vec![0; 5_000]).at_most(4_000);
/// assert!(matches!(film.collect(10_000).await, Err(StorageError::TooLarge { most: 4_000 })));
/// # });
/// ```
pub struct Contents(Chunks);

impl Contents {
    /// The bytes of a stream. An error in which it ends, such as that of a connection that broke,
    /// ends the contents in [`StorageError::Interrupted`] or another error of the storage.
    pub fn of(chunks: impl Stream<Item = Result<Bytes, StorageError>> + Send + 'static) -> Self {
        Self(Box::pin(chunks))
    }

    /// The next bytes; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, StorageError>> {
        poll_fn(|cx| self.0.as_mut().poll_next(cx)).await
    }

    /// The same, which end in [`StorageError::TooLarge`] when there are more than `most` bytes.
    #[must_use]
    pub fn at_most(self, most: u64) -> Self {
        Self::of(Limited { chunks: self.0, most, read: 0 })
    }

    /// The same, and a count of the bytes that went through.
    pub(crate) fn counted(self) -> (Self, Count) {
        let count = Count::default();
        (Self::of(Counted { chunks: self.0, count: count.clone() }), count)
    }

    /// All bytes at once, at most `most` of them.
    ///
    /// # Errors
    /// The error in which the contents end; [`StorageError::TooLarge`].
    pub async fn collect(self, most: u64) -> Result<Vec<u8>, StorageError> {
        let (mut contents, mut all) = (self.at_most(most), Vec::new());
        while let Some(chunk) = contents.next().await {
            all.extend_from_slice(&chunk?);
        }
        Ok(all)
    }
}

impl From<Bytes> for Contents {
    fn from(bytes: Bytes) -> Self {
        Self::of(Whole(Some(bytes)))
    }
}

impl From<Vec<u8>> for Contents {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Bytes::from(bytes))
    }
}

impl Stream for Contents {
    type Item = Result<Bytes, StorageError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contents")
    }
}

/// Bytes that are there already.
struct Whole(Option<Bytes>);

impl Stream for Whole {
    type Item = Result<Bytes, StorageError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

/// Bytes with a limit of how many there may be.
struct Limited {
    chunks: Chunks,
    most: u64,
    read: u64,
}

impl Stream for Limited {
    type Item = Result<Bytes, StorageError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.read > self.most {
            return Poll::Ready(None);
        }
        let chunk = self.chunks.as_mut().poll_next(cx);
        let Poll::Ready(Some(Ok(bytes))) = &chunk else { return chunk };
        self.read = self.read.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        match self.read > self.most {
            true => Poll::Ready(Some(Err(StorageError::TooLarge { most: self.most }))),
            false => chunk,
        }
    }
}

/// How many bytes went through.
#[derive(Clone, Debug, Default)]
pub(crate) struct Count(Arc<AtomicU64>);

impl Count {
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Bytes that are counted.
struct Counted {
    chunks: Chunks,
    count: Count,
}

impl Stream for Counted {
    type Item = Result<Bytes, StorageError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = self.chunks.as_mut().poll_next(cx);
        if let Poll::Ready(Some(Ok(bytes))) = &chunk {
            let more = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            self.count.0.fetch_add(more, Ordering::Relaxed);
        }
        chunk
    }
}
