//! A simulation: random operations by random people over two tenants, and after each of them
//! everything that must hold after any operation.
//!
//! The operations are drawn from the registry. Where money, seats, marks or rights are concerned,
//! their inputs are made by type; the JSON of the others is learned from their own reader. Ids are
//! those of things that exist, now and then of the other tenant's or of nothing. Time moves on, and
//! jobs run. After each step these hold:
//! - nothing crossed a tenant, and no answer shows what is another tenant's;
//! - no change was made without a permission of the table of roles, of a thing out of reach, or
//!   against *never on one's own*;
//! - what failed left nothing, and work lost by a fault of the store or a crash can be done
//!   again with the same result;
//! - rows, the audit trail and the events agree in actor and time, and the store has what it
//!   acknowledged;
//! - nothing refers to what is not there, seats and access are not given twice, books balance, and
//!   what is open has a time at which it is looked at again.
//!
//! A run is given by its seed and its number of steps, and is the same each time. What it is worth
//! is measured by [`Mistake`]s that are planted on purpose.
mod check;
mod draw;
mod hand;
mod many;
mod mirror;
mod mistake;
mod person;
mod recording;
mod run;
mod school;
mod shape;
mod shrink;

use std::{collections::BTreeMap, fmt};

use lms_core::{
    kernel::{Actor, Context, Timestamp},
    operation::OperationType,
    store::Store,
};

pub use many::run_steps;
pub use mistake::Mistake;
pub use recording::{Fault, FaultKind};

use crate::{Failure, Outcome, TestContext};
use run::Run;
use shape::Fields;

/// Operations that change what the simulation takes for granted: who the people are and what they
/// may do, and that the tenants are there.
const LEFT_OUT: [&str; 26] = [
    "authorization.",
    "identity.add_member",
    "identity.appoint",
    "identity.assign",
    "identity.change_member",
    "identity.close",
    "identity.define",
    "identity.deny",
    "identity.dismiss",
    "identity.grant",
    "identity.join",
    "identity.keep_role",
    "identity.link",
    "identity.merge",
    "identity.place",
    "identity.register",
    "identity.remove",
    "identity.set_role",
    "identity.suspend",
    "identity.unassign",
    "identity.unlink",
    "governance.erase_person",
    "governance.import",
    "tenancy.close",
    "tenancy.create_tenant",
    "tenancy.delete",
];

/// How many steps are taken from one seed by default.
pub const STEPS_OF_A_HISTORY: usize = 2_500;

/// How the inputs of operations are drawn.
#[derive(Clone, Debug)]
pub struct Shapes(BTreeMap<&'static str, Fields>);

impl Shapes {
    /// Learns them with a store of its own, in which nothing matters.
    pub async fn learn(scratch: &Store) -> Self {
        let tenant = TestContext::new("shapes").build().tenant();
        let nobody = Context::new(tenant, Actor::Anonymous, TestContext::NOW, school::ids(0, 0));
        let typed = draw::typed();
        let mut known = BTreeMap::new();
        for operation in drawn() {
            let fields = shape::learn(&operation, scratch, &nobody).await;
            if fields.is_some() || typed.contains_key(operation.name) {
                known.insert(operation.name, fields.unwrap_or_default());
            }
        }
        Self(known)
    }

    /// The operations that are drawn.
    pub fn known(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    /// The operations that are left out because their JSON could not be learned.
    pub fn unknown(&self) -> Vec<&'static str> {
        drawn().map(|it| it.name).filter(|it| !self.0.contains_key(it)).collect()
    }
}

/// The operations of the registry that are run with JSON and take nothing for granted away.
fn drawn() -> impl Iterator<Item = OperationType> {
    lms_core::operations().into_iter().filter(|it| {
        it.takes_json() && !LEFT_OUT.iter().any(|left_out| it.name.starts_with(left_out))
    })
}

/// A step of a history.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Its number in the history as it was drawn, from 1; its ids follow from it.
    pub number: u64,
    /// When it happens.
    pub at: Timestamp,
    /// In which of the two tenants: 0 or 1.
    pub tenant: usize,
    /// Who acts: a tenant, and the place in the list of its people.
    pub person: (usize, usize),
    /// The operation.
    pub operation: &'static str,
    /// Its input.
    pub input: serde_json::Value,
    /// How a call of the store fails before the step is taken, if one does.
    pub fault: Option<FaultKind>,
    /// Whether the jobs of both tenants run afterwards.
    pub runs_jobs: bool,
}

/// What did not hold, and how to see it again.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The seed of the run.
    pub seed: u64,
    /// The rule that was broken.
    pub law: &'static str,
    /// What does not hold.
    pub what: String,
    /// The name of the person who acted last.
    pub person: &'static str,
    /// The steps that led to it, the last of which broke the rule.
    pub history: Vec<Action>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, law, what, person, history } = self;
        writeln!(f, "seed {seed}: {law}: {what}")?;
        for step in history {
            let Action { number, at, tenant, person, operation, input, fault, runs_jobs } = step;
            write!(f, "  step {number} at {at} in tenant {tenant}, person {person:?}: ")?;
            write!(f, "`{operation}` {input}")?;
            if let Some(fault) = fault {
                write!(f, ", with a fault: {fault:?}")?;
            }
            f.write_str(if *runs_jobs { ", then all jobs\n" } else { "\n" })?;
        }
        writeln!(f, "  the last by `{person}`")
    }
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// How many steps were taken.
    pub steps: usize,
    /// How often each operation was done.
    pub done: BTreeMap<&'static str, usize>,
    /// How often each operation answered with each code.
    pub refused: BTreeMap<(&'static str, &'static str), usize>,
    /// How many faults of the store and crashes struck.
    pub faults: usize,
    /// The first thing that did not hold.
    pub violation: Option<Violation>,
}

/// A simulation to run.
#[derive(Clone, Debug)]
pub struct Simulation<'a> {
    shapes: &'a Shapes,
    seed: u64,
    steps: usize,
    has_faults: bool,
    mistake: Option<Mistake>,
}

impl<'a> Simulation<'a> {
    /// So many steps that follow from a seed.
    pub const fn new(shapes: &'a Shapes, seed: u64, steps: usize) -> Self {
        Self { shapes, seed, steps, has_faults: false, mistake: None }
    }

    /// The same, with faults of the store and crashes drawn too.
    #[must_use]
    pub const fn with_faults(mut self) -> Self {
        self.has_faults = true;
        self
    }

    /// The same with a mistake planted.
    #[must_use]
    pub const fn with_mistake(mut self, mistake: Mistake) -> Self {
        self.mistake = Some(mistake);
        self
    }

    /// Runs it in an empty store, until something does not hold.
    ///
    /// # Errors
    /// [`Failure`] where the two tenants cannot be opened or the store cannot be
    /// read.
    pub async fn run(&self, store: &Store) -> Outcome<Report> {
        let mut run = Run::open(store, self.seed, self.mistake).await?;
        let mut report = Report::default();
        let mut history = Vec::new();
        for number in 1..=self.steps {
            let Some(action) = run.draw(number, self.shapes, self.has_faults) else { continue };
            history.push(action.clone());
            report.steps = number;
            if let Err(broken) = run.step(&action, &mut report).await? {
                report.violation = Some(broken.at(self.seed, history));
                return Ok(report);
            }
        }
        if let Err(broken) = run.end().await? {
            report.violation = Some(broken.at(self.seed, history));
        }
        Ok(report)
    }

    /// Runs the steps of a history instead of drawing them.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn replay(&self, store: &Store, history: &[Action]) -> Outcome<Option<Violation>> {
        let mut run = Run::open(store, self.seed, self.mistake).await?;
        let mut report = Report::default();
        for (at, action) in history.iter().enumerate() {
            if let Err(broken) = run.step(action, &mut report).await? {
                let history = history.iter().take(at + 1).cloned().collect();
                return Ok(Some(broken.at(self.seed, history)));
            }
        }
        let end = run.end().await?;
        Ok(end.err().map(|broken| broken.at(self.seed, history.to_vec())))
    }

    /// Runs it as [`run`](Self::run) does, and fails with as few of the steps as are found quickly
    /// where something does not hold. Shorter histories are tried in stores that `open` makes.
    ///
    /// # Errors
    /// [`Failure`] with the seed, the rule that was broken and the steps.
    pub async fn hold(&self, store: &Store, open: impl AsyncFnMut() -> Store) -> Outcome<Report> {
        let report = self.run(store).await?;
        let Some(violation) = report.violation else { return Ok(report) };
        let shorter = self.shrink(violation, open).await?;
        let seed = self.seed;
        Err(Failure::new(format!("{shorter}LMS_SIMULATION_SEED={seed} shows it again")))
    }

    /// The violation with as few of its steps as are found quickly; each attempt is made in a new
    /// store.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn shrink(
        &self,
        violation: Violation,
        open: impl AsyncFnMut() -> Store,
    ) -> Outcome<Violation> {
        shrink::shrink(self, violation, open).await
    }
}
