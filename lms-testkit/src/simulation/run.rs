//! A run: draws a step, takes it, and checks what must hold.
use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;
use lms_core::{
    kernel::{Actor, Context, DomainError as _, Timestamp},
    operation::{Access, OperationType},
    store::{Backend, Store, job::run_jobs},
};

use super::{
    Action, Report, Shapes, Violation,
    check::{self, Broken, Step},
    draw::{self, Typed},
    drawn,
    hand::Hand,
    mirror::Mirror,
    mistake::Mistake,
    person::Person,
    recording::{Fault, FaultKind, Recording, Tape, Written},
    school::{self, House},
    shape,
};
use crate::{Outcome, TestContext, random::Numbers};

/// How often jobs run, in steps.
const STEPS_BETWEEN_JOBS: usize = 100;
/// Marks the number of a step that is taken a second time.
const AGAIN: u64 = 1 << 40;
/// How often an operation is drawn for which something is there.
const MOST_DRAWS: usize = 20;
/// How often a step meets a fault, in steps.
const STEPS_BETWEEN_FAULTS: usize = 20;

/// What an operation answered, or the code of its failure.
pub(super) type Answered = Result<serde_json::Value, &'static str>;

/// A run.
pub(super) struct Run {
    seed: u64,
    store: Store,
    inner: Arc<dyn Backend>,
    tape: Tape,
    numbers: Numbers,
    now: Timestamp,
    houses: [House; 2],
    mirror: Mirror,
    mistake: Option<Mistake>,
    typed: Typed,
    operations: BTreeMap<&'static str, OperationType>,
}

impl Broken {
    /// The violation, with what led to it.
    pub(super) fn at(self, seed: u64, history: Vec<Action>) -> Violation {
        let Self { law, what, person } = self;
        Violation { seed, law, what, person, history }
    }
}

impl Run {
    pub(super) async fn open(store: &Store, seed: u64, mistake: Option<Mistake>) -> Outcome<Self> {
        let tape = Tape::default();
        let inner = Arc::clone(store.backend());
        let store = Store::new(Recording::new(Arc::clone(&inner), tape.clone()));
        let houses = [school::open(&store, seed, 1).await?, school::open(&store, seed, 2).await?];
        let mut mirror = Mirror::default();
        tape.take().iter().flatten().for_each(|it| mirror.take(it));
        tape.err(mistake);
        let now = TestContext::NOW.saturating_add(TimeDelta::minutes(1));
        let (numbers, typed) = (Numbers::new(seed), draw::typed());
        let operations = drawn().map(|it| (it.name, it)).collect();
        Ok(Self {
            seed,
            store,
            inner,
            tape,
            numbers,
            now,
            houses,
            mirror,
            mistake,
            typed,
            operations,
        })
    }

    fn people(&self, house: usize) -> &[Person] {
        self.houses.get(house).map_or(&[], |it| &it.people)
    }

    /// Draws the next step.
    pub(super) fn draw(
        &mut self,
        number: usize,
        shapes: &Shapes,
        has_faults: bool,
    ) -> Option<Action> {
        let most = if self.numbers.below(40) == 0 { 60 * 24 * 9 } else { 60 };
        let minutes = i64::try_from(self.numbers.below(most)).unwrap_or_default();
        self.now = self.now.saturating_add(TimeDelta::minutes(minutes));
        let tenant = self.numbers.below(2);
        let (operation, (home, at), input) = (0..MOST_DRAWS).find_map(|_| {
            let operation = self.pick_operation(shapes)?;
            let person = self.pick_person(operation, tenant)?;
            let input = self.draw_input(operation, person, tenant, shapes)?;
            Some((operation, person, input))
        })?;
        let faults = [
            FaultKind::Statement,
            FaultKind::Crash,
            FaultKind::LostBeforeCommit,
            FaultKind::LostAfterCommit,
        ];
        let is_struck = has_faults && self.numbers.below(STEPS_BETWEEN_FAULTS) == 0;
        let fault = if is_struck { self.numbers.pick(&faults).copied() } else { None };
        let runs_jobs = number.is_multiple_of(STEPS_BETWEEN_JOBS);
        let number = u64::try_from(number).unwrap_or_default();
        let (at, person) = (self.now, (home, at));
        Some(Action { number, at, tenant, person, operation, input, fault, runs_jobs })
    }

    /// An operation: one of money, seats, marks or rights as often as any.
    fn pick_operation(&mut self, shapes: &Shapes) -> Option<&'static str> {
        let names: Vec<_> = shapes.known().collect();
        let typed: Vec<_> = self.typed.keys().copied().collect();
        let pool = if self.numbers.below(2) == 0 { &typed } else { &names };
        self.numbers.pick(pool).copied()
    }

    /// Who acts: mostly a person whose roles let them, to some things at least; now and then a
    /// person of the other tenant tries.
    fn pick_person(&mut self, operation: &str, tenant: usize) -> Option<(usize, usize)> {
        let home = if self.numbers.below(16) == 0 { 1 - tenant } else { tenant };
        let all = 0..self.people(home).len();
        let access = self.operations.get(operation)?.access;
        let may = |at: &usize| match (access, self.people(home).get(*at)) {
            (Access::Asks(asked), Some(person)) => !person.reaches(asked).is_empty(),
            (_, person) => person.is_some_and(|it| it.member.is_some()),
        };
        let able: Vec<usize> = all.clone().filter(may).collect();
        let pool = if self.numbers.below(4) == 0 { all.collect() } else { able };
        self.numbers.pick(&pool).map(|at| (home, *at))
    }

    /// The input of an operation; none where nothing is there that it could be about.
    fn draw_input(
        &mut self,
        operation: &'static str,
        (home, at): (usize, usize),
        tenant: usize,
        shapes: &Shapes,
    ) -> Option<serde_json::Value> {
        let person = self.person((home, at), tenant)?;
        let (own, other) = (self.houses.get(tenant)?.tenant, self.houses.get(1 - tenant)?.tenant);
        let (mirror, now) = (&self.mirror, self.now);
        let numbers = &mut self.numbers;
        let mut hand =
            Hand { numbers, mirror, own, other, person: &person, now, has_nothing: false };
        let Some(draw) = self.typed.get(operation) else {
            let input = shape::draw_all(shapes.0.get(operation)?, &mut hand);
            let is_about_nothing = hand.has_nothing && !hand.once_in(10);
            return (!is_about_nothing).then_some(input);
        };
        draw(&mut hand)
    }

    /// The person, as they are in that tenant.
    fn person(&self, (home, at): (usize, usize), tenant: usize) -> Option<Person> {
        let person = self.people(home).get(at)?;
        let is_at_home = home == tenant || person.is_system();
        Some(if is_at_home { person.clone() } else { person.as_stranger() })
    }

    /// Takes a step and checks what must hold.
    pub(super) async fn step(
        &mut self,
        action: &Action,
        report: &mut Report,
    ) -> Outcome<Result<(), Broken>> {
        let Some(person) = self.person(action.person, action.tenant) else { return Ok(Ok(())) };
        let (Some(operation), Some(own), Some(other)) = (
            self.operations.get(action.operation).copied(),
            self.houses.get(action.tenant).map(|it| it.tenant),
            self.houses.get(1 - action.tenant).map(|it| it.tenant),
        ) else {
            return Ok(Ok(()));
        };
        self.now = action.at;
        let ids = school::ids(self.seed, action.number);
        let cx = Context::new(own, person.actor.clone(), action.at, ids);
        let mut named = Vec::new();
        check::ids_in(&action.input, &mut named);
        named.into_iter().for_each(|id| self.mirror.name(own, id));
        let mut step =
            Step { operation: &operation, person: &person, cx: &cx, own, other, outcome: Err("") };
        let rehearsed = match action.fault {
            Some(kind) => match self.strike(action, &mut step, kind).await? {
                Ok(rehearsed) => {
                    report.faults += 1;
                    rehearsed
                }
                Err(broken) => return Ok(Err(broken)),
            },
            None => None,
        };
        // What was stored already is done again as a new request, with ids of its own.
        let is_repeated = action.fault.is_some() && rehearsed.is_none();
        let part = if is_repeated { action.number | AGAIN } else { action.number };
        step.outcome = self.run(action, &step, part).await;
        match &step.outcome {
            Ok(_) => *report.done.entry(action.operation).or_default() += 1,
            Err(code) => *report.refused.entry((action.operation, code)).or_default() += 1,
        }
        let commits = self.tape.take();
        if let Some(rehearsed) = rehearsed
            && let Err(broken) = check::same_again(&step, &rehearsed, &commits)
        {
            return Ok(Err(broken));
        }
        let held = self.settle(&step, &commits).await?;
        if held.is_err() || !action.runs_jobs {
            return Ok(held);
        }
        self.run_jobs(&step).await
    }

    /// Takes the commits into the mirror, and checks them.
    async fn settle(
        &mut self,
        step: &Step<'_>,
        commits: &[Vec<Written>],
    ) -> Outcome<Result<(), Broken>> {
        let held = self.take(step, commits);
        let written: Vec<Written> = commits.iter().flatten().cloned().collect();
        if held.is_err() || written.is_empty() {
            return Ok(held);
        }
        let differs = self.mirror.compare(&*self.inner, &written).await?;
        Ok(differs.map_or(Ok(()), |what| step.broken("the store has what was committed", what)))
    }

    fn take(&mut self, step: &Step<'_>, commits: &[Vec<Written>]) -> check::Law {
        check::answer(&self.mirror, step, commits)?;
        for commit in commits {
            check::before(&self.mirror, step, commit)?;
            commit.iter().for_each(|it| self.mirror.take(it));
        }
        check::after(&self.mirror, step, commits)
    }

    /// Runs the operation of a step, with the ids and the randomness of that part of the run.
    async fn run(&self, action: &Action, step: &Step<'_>, part: u64) -> Answered {
        let store = school::with_entropy(&self.store, self.seed, part);
        let ids = school::ids(self.seed, part);
        let cx = Context::new(step.own, step.cx.actor().clone(), action.at, ids);
        let used = match self.mistake {
            Some(mistake) => mistake.misuse(cx, step),
            None => cx,
        };
        let answer = step.operation.run(&store, &used, action.input.clone()).await;
        answer.map_err(|error| error.code())
    }

    /// Rehearses a step, fails it at one of its calls, and checks that nothing of it is left, or
    /// all of it where the commit was not heard of. Answers what a retry must write.
    async fn strike(
        &mut self,
        action: &Action,
        step: &mut Step<'_>,
        kind: FaultKind,
    ) -> Outcome<Result<Option<Vec<Vec<Written>>>, Broken>> {
        self.tape.rehearse(true);
        let _ = self.run(action, step, action.number).await;
        let calls = self.tape.calls();
        self.tape.rehearse(false);
        let rehearsed = self.tape.take();
        let call =
            u64::try_from(self.numbers_of(action).below(usize::try_from(calls).unwrap_or(0)));
        let call = call.unwrap_or_default();
        self.tape.plan(Some(Fault { kind, call }));
        let tape = self.tape.clone();
        let outcome = tape.until_crash(self.run(action, step, action.number)).await;
        self.tape.plan(None);
        step.outcome = outcome.unwrap_or(Err("crashed"));
        let commits = self.tape.take();
        if kind == FaultKind::LostAfterCommit {
            // What was committed unheard holds as anything else that was committed.
            step.outcome = Ok(serde_json::Value::Null);
            let held = self.settle(step, &commits).await?;
            return Ok(held.map(|()| None));
        }
        let held = self.settle(step, &commits).await?;
        let lost: Vec<Written> = rehearsed.iter().flatten().cloned().collect();
        let differs =
            if commits.is_empty() { self.mirror.compare(&*self.inner, &lost).await? } else { None };
        if let Some(what) = differs {
            return Ok(step.broken("what failed left nothing", what));
        }
        Ok(held.map(|()| commits.is_empty().then_some(rehearsed)))
    }

    /// Numbers of a step of its own, the same when it is replayed.
    fn numbers_of(&self, action: &Action) -> Numbers {
        Numbers::new(self.seed ^ action.number.rotate_left(32))
    }

    /// Runs the jobs that are due in both tenants, and checks what they did.
    async fn run_jobs(&mut self, step: &Step<'_>) -> Outcome<Result<(), Broken>> {
        let system = Person::system();
        for at in 0..self.houses.len() {
            let [own, other] = [at, 1 - at].map(|it| self.houses.get(it).map(|it| it.tenant));
            let (Some(own), Some(other)) = (own, other) else { continue };
            let part = u64::MAX / 2 + u64::try_from(at).unwrap_or_default();
            let ids = school::ids(self.seed ^ part, self.now.micros().unsigned_abs());
            let cx = Context::new(own, Actor::system("simulation"), self.now, ids);
            let report = run_jobs(&lms_core::jobs(), &self.store, &cx).await;
            let law = "jobs stop at nothing";
            if let Some((job, failure)) = report.failures().next() {
                let (what, person) = (format!("`{}`: {failure:?}", job.job), "the jobs");
                return Ok(Err(Broken { law, what, person }));
            }
            let commits = self.tape.take();
            let step = Step {
                cx: &cx,
                person: &system,
                own,
                other,
                outcome: Ok(serde_json::Value::Null),
                operation: step.operation,
            };
            let held = self.settle(&step, &commits).await?;
            if held.is_err() {
                return Ok(held);
            }
        }
        Ok(Ok(()))
    }

    /// Compares everything with the store.
    pub(super) async fn end(&mut self) -> Outcome<Result<(), Broken>> {
        let tenants = self.houses.each_ref().map(|it| it.tenant);
        let differs = self.mirror.compare_all(&*self.inner, &tenants).await?;
        let law = "the store has what was committed, and nothing else";
        Ok(differs.map_or(Ok(()), |what| Err(Broken { law, what, person: "the store" })))
    }
}
