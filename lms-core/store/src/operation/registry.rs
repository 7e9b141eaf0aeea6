//! Operations without their types: for the reference, the tests of all, and adapters.
use std::{fmt, pin::Pin};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    Applied, Store,
    operation::{Access, Effect, Operation, Refusal, Shaped, Within},
};
use lms_kernel::{Context, DomainError, ErrorKind};

/// A field of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldDoc {
    /// Its name, as JSON has it.
    pub name: &'static str,
    /// Its documentation.
    pub doc: &'static str,
}

/// Why an operation that was given as JSON did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperationFailure {
    /// The JSON is not one of this operation.
    #[error("the parameters cannot be read: {0}")]
    Malformed(serde_json::Error),
    /// The answer has no JSON form.
    #[error("the answer cannot be written: {0}")]
    Unwritable(serde_json::Error),
    /// Its input or its answer holds a secret, which is not sent as JSON by this way.
    #[error("`{0}` holds a secret; run it with its type")]
    Secret(&'static str),
    /// The operation failed.
    #[error("{0}")]
    Failed(Box<dyn DomainError + Send + Sync>),
}

impl DomainError for OperationFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "operation.malformed",
            Self::Unwritable(_) => "operation.unwritable",
            Self::Secret(_) => "operation.secret",
            Self::Failed(error) => error.code(),
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Malformed(_) | Self::Secret(_) => ErrorKind::Invalid,
            Self::Unwritable(_) => ErrorKind::Unavailable,
            Self::Failed(error) => error.kind(),
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Failed(error) => error.message(),
            _ => self.to_string(),
        }
    }

    fn params(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::Failed(error) => error.params(),
            _ => Vec::new(),
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Malformed(_) | Self::Unwritable(_) | Self::Secret(_) => None,
            Self::Failed(error) => error.field(),
        }
    }
}

type Answering<'a> = Pin<Box<dyn Future<Output = Result<Value, OperationFailure>> + Send + 'a>>;
type Runner = for<'a> fn(&'a Store, &'a Context, Value) -> Answering<'a>;
type OnceRunner = for<'a> fn(&'a Store, &'a Context, &'a str, Value) -> AnsweringOnce<'a>;
type AnsweringOnce<'a> =
    Pin<Box<dyn Future<Output = Result<Applied<Value>, OperationFailure>> + Send + 'a>>;
type Reader = fn(Value) -> Result<Value, OperationFailure>;

/// What is done with an operation by JSON.
#[derive(Clone, Copy)]
struct ByJson {
    run: Runner,
    run_once: OnceRunner,
    read: Reader,
    #[cfg(feature = "schema")]
    input: super::MakeSchema,
    #[cfg(feature = "schema")]
    answer: super::MakeSchema,
}

/// An operation without its type.
#[derive(Clone, Copy)]
pub struct OperationType {
    /// Its name.
    pub name: &'static str,
    /// Its documentation.
    pub doc: &'static str,
    /// Its fields.
    pub fields: &'static [FieldDoc],
    /// What it asks for.
    pub access: Access,
    /// Whose rows it needs.
    pub within: Within,
    /// Whether it changes anything.
    pub effect: Effect,
    json: Option<ByJson>,
}

impl OperationType {
    /// The operation `O`, which can be run with JSON.
    pub const fn of<O>() -> Self
    where
        O: Operation<Answer: Serialize + Shaped, Error: Refusal> + Serialize,
        O: DeserializeOwned + Shaped,
    {
        let json = ByJson {
            run: |store, cx, input| Box::pin(run::<O>(store, cx, input)),
            run_once: |store, cx, key, input| Box::pin(run_once::<O>(store, cx, key, input)),
            read: |input| {
                let read: O = serde_json::from_value(input).map_err(OperationFailure::Malformed)?;
                serde_json::to_value(read).map_err(OperationFailure::Unwritable)
            },
            #[cfg(feature = "schema")]
            input: super::shape::read_schema::<O>,
            #[cfg(feature = "schema")]
            answer: super::shape::written_schema::<O::Answer>,
        };
        Self { json: Some(json), ..Self::typed::<O>() }
    }

    /// The operation `O`, whose input or answer holds a secret or a value without a JSON form: it
    /// is run with its type only.
    pub const fn typed<O: Operation>() -> Self {
        Self {
            name: O::NAME,
            doc: O::DOC,
            fields: O::FIELDS,
            access: O::ACCESS,
            within: O::WITHIN,
            effect: O::EFFECT,
            json: None,
        }
    }

    /// The first line of its documentation.
    pub fn summary(&self) -> &'static str {
        self.doc.lines().next().unwrap_or_default()
    }

    /// Whether it can be run with JSON.
    pub const fn takes_json(&self) -> bool {
        self.json.is_some()
    }

    /// The parameters as the operation reads them, written again: defaults are filled in. It checks
    /// their form alone, and nothing in a store.
    ///
    /// # Errors
    /// [`OperationFailure::Malformed`] says what is wrong; [`OperationFailure::Secret`] for one that
    /// is not run with JSON.
    pub fn read(&self, input: Value) -> Result<Value, OperationFailure> {
        (self.json.ok_or(OperationFailure::Secret(self.name))?.read)(input)
    }

    /// The JSON Schema (draft 2020-12) of its parameters; `None` where it takes no JSON.
    #[cfg(feature = "schema")]
    pub fn input_schema(&self) -> Option<schemars::Schema> {
        self.json.map(|it| (it.input)())
    }

    /// The JSON Schema (draft 2020-12) of its answer; `None` where it takes no JSON.
    #[cfg(feature = "schema")]
    pub fn answer_schema(&self) -> Option<schemars::Schema> {
        self.json.map(|it| (it.answer)())
    }

    /// Runs it with parameters in JSON, and answers in JSON.
    pub async fn run(
        &self,
        store: &Store,
        cx: &Context,
        input: Value,
    ) -> Result<Value, OperationFailure> {
        let json = self.json.ok_or(OperationFailure::Secret(self.name))?;
        (json.run)(store, cx, input).await
    }

    /// Runs it with parameters in JSON unless the actor ran it with this key before, as
    /// [`Store::run_once`] does; then it answers what it answered then.
    ///
    /// # Errors
    /// Those of [`run`](Self::run); a key that is malformed, or was used with other parameters.
    pub async fn run_once(
        &self,
        store: &Store,
        cx: &Context,
        key: &str,
        input: Value,
    ) -> Result<Applied<Value>, OperationFailure> {
        let json = self.json.ok_or(OperationFailure::Secret(self.name))?;
        (json.run_once)(store, cx, key, input).await
    }
}

impl fmt::Debug for OperationType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OperationType").field(&self.name).finish()
    }
}

async fn run<O>(store: &Store, cx: &Context, input: Value) -> Result<Value, OperationFailure>
where
    O: Operation<Answer: Serialize, Error: Refusal> + DeserializeOwned,
{
    let operation: O = serde_json::from_value(input).map_err(OperationFailure::Malformed)?;
    let answer = store.run(cx, operation).await;
    let answer = answer.map_err(|error| OperationFailure::Failed(Box::new(error)))?;
    serde_json::to_value(answer).map_err(OperationFailure::Unwritable)
}

async fn run_once<O>(
    store: &Store,
    cx: &Context,
    key: &str,
    input: Value,
) -> Result<Applied<Value>, OperationFailure>
where
    O: Operation<Answer: Serialize, Error: Refusal> + Serialize + DeserializeOwned,
{
    let operation: O = serde_json::from_value(input).map_err(OperationFailure::Malformed)?;
    let answer = store.run_once_as_json(cx, key, operation).await;
    answer.map_err(|error| OperationFailure::Failed(Box::new(error)))
}
