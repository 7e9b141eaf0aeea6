//! Named read models that join and aggregate.
use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

use crate::{StoreError, Transaction};

/// A named question that joins or aggregates, with its parameters as the type's fields.
///
/// `compute` answers it on any backend from ordinary queries. A backend may answer it in its own
/// language under the same name; the default is then the oracle that its answer is compared with.
#[async_trait]
pub trait Report: Serialize + Send + Sync + Sized {
    /// The name, unique in the library, such as `learning.student_progress`.
    const NAME: &'static str;
    /// The answer.
    type Output: Serialize + DeserializeOwned + Send;

    /// The answer from ordinary queries.
    async fn compute(&self, tx: &mut Transaction) -> Result<Self::Output, StoreError>;
}
