//! Running the rules: as a test program, or one by one.
use std::{env, fmt, pin::Pin, sync::Arc, time::Duration};

use libtest_mimic::{Arguments, Failed, Trial};
use lms_core::store::Store;

use crate::{Failure, Outcome, RunSeed, cases::all, stage::Stage};

/// A future that can be sent to another thread.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

type Run = dyn Fn(Stage) -> BoxFuture<Outcome> + Send + Sync;

/// How long one case may take, in seconds, before it counts as stuck.
const LIMIT_SECONDS: u64 = 120;

/// One rule, by name.
#[derive(Clone)]
pub struct Case {
    name: String,
    run: Arc<Run>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Case").field(&self.name).finish()
    }
}

impl Case {
    pub(crate) fn new<F, R>(name: impl Into<String>, run: F) -> Self
    where
        F: Fn(Stage) -> R + Send + Sync + 'static,
        R: Future<Output = Outcome> + Send + 'static,
    {
        Self { name: name.into(), run: Arc::new(move |stage| Box::pin(run(stage))) }
    }

    /// The rule's name, such as `store::a_stale_write_conflicts`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the backend keeps the rule. It runs in tenants of its own, so that cases may share
    /// a database. Call it on a runtime with several threads, or races are not raced.
    ///
    /// # Errors
    /// The [`Failure`] says the expected result and what happened instead. A panic and a case that is
    /// stuck, as in a deadlock, are failures too.
    pub async fn run(&self, store: Store) -> Outcome {
        self.run_as(store, RunSeed::of_process()).await
    }

    /// The same, in the data of another run.
    ///
    /// # Errors
    /// As [`Case::run`].
    pub async fn run_as(&self, store: Store, run: RunSeed) -> Outcome {
        let work = tokio::spawn((self.run)(Stage::new(store, &self.name, run)));
        let stop = work.abort_handle();
        match tokio::time::timeout(Duration::from_secs(LIMIT_SECONDS), work).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => Err(Failure::new(panic.to_string())),
            Err(_) => {
                stop.abort();
                Err(Failure::new(format!("still not done after {LIMIT_SECONDS} s: a deadlock?")))
            }
        }
    }
}

/// Every rule: those of the store, and those of each record type in the registry.
pub fn cases() -> Vec<Case> {
    all()
}

/// What a backend's `make` may give: a store, or the reason why there is none.
pub trait IntoStore: Send + 'static {
    /// The store.
    ///
    /// # Errors
    /// Why there is none, and what to do about it.
    fn into_store(self) -> Result<Store, String>;
}

impl IntoStore for Store {
    fn into_store(self) -> Result<Store, String> {
        Ok(self)
    }
}

impl<E: fmt::Display + Send + 'static> IntoStore for Result<Store, E> {
    fn into_store(self) -> Result<Store, String> {
        self.map_err(|error| error.to_string())
    }
}

/// Runs the whole suite as a test program, one named test per rule, and ends the process.
///
/// `make` is asked for a store once per rule, on one runtime that lives as long as the program,
/// so that it may hand out one pool again and again. A backend that is not there fails every
/// test with the remedy that `make` names; it is never passed over.
///
/// `LMS_TESTKIT_SCALE=full` raises the races from 60 tasks for 10 places to 200 for 20, 20
/// rounds; `LMS_TESTKIT_SEED` fixes the data (see [`RunSeed`]).
pub fn conformance<S: IntoStore>(
    name: &str,
    make: impl Fn() -> BoxFuture<S> + Send + Sync + 'static,
) {
    conformance_of(name, |_| true, make);
}

/// Runs those rules of the suite whose name is wanted, as [`conformance`] runs all of them.
///
/// For a second set-up of a backend that has passed the whole suite, such as another layout of
/// some tables.
pub fn conformance_of<S: IntoStore>(
    name: &str,
    wanted: impl Fn(&str) -> bool,
    make: impl Fn() -> BoxFuture<S> + Send + Sync + 'static,
) {
    let arguments = Arguments::from_args();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => Arc::new(runtime),
        Err(error) => {
            let cannot = move || Err(Failed::from(format!("no runtime: {error}")));
            libtest_mimic::run(&arguments, vec![Trial::test("runtime", cannot)]).exit()
        }
    };
    let make = Arc::new(make);
    let trials = cases().into_iter().filter(|case| wanted(case.name())).map(|case| {
        let (runtime, make) = (Arc::clone(&runtime), Arc::clone(&make));
        Trial::test(case.name().to_owned(), move || {
            let run = runtime.spawn(async move {
                let store = make().await.into_store().map_err(Failure::new)?;
                case.run(store).await
            });
            match runtime.block_on(run) {
                Ok(outcome) => outcome.map_err(Failed::from),
                Err(panic) => Err(Failed::from(panic)),
            }
        })
        .with_kind(name)
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    conclusion.exit()
}

/// How large the races are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) tasks: usize,
    pub(crate) places: usize,
    pub(crate) rounds: usize,
}

impl Scale {
    pub(crate) fn of_process() -> Self {
        match env::var("LMS_TESTKIT_SCALE").as_deref() {
            Ok("full") => Self { tasks: 200, places: 20, rounds: 20 },
            _ => Self { tasks: 60, places: 10, rounds: 1 },
        }
    }
}
