//! One learner's life: whatever happens to it, in whatever order, whether jobs ran between or not, the
//! learner has the access, the seats and the progress that a plain model says.
//!
//! A set number of events in every order is walked like a tree, each branch on a copy of the store
//! before it. An event that is refused writes nothing, so that nothing new can follow it: the branch
//! ends there, after the model agreed that it is refused. `LMS_LIFE_EVENTS=5` walks one event deeper.
#![cfg(feature = "memory")]

mod life;
mod model;

use life::Life;
use model::{Event, Model};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// How the jobs run while a life goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Jobs {
    /// After each event.
    Always,
    /// Never before the end.
    Never,
}

/// What a life and the model say, where they differ.
fn differ<T: PartialEq + std::fmt::Debug>(what: &str, found: T, wanted: T) -> Result<(), String> {
    match found == wanted {
        true => Ok(()),
        false => Err(format!("{what}: {found:?}, and the model says {wanted:?}")),
    }
}

/// Applies an event to both, and compares what they say; whether it was allowed.
async fn step(
    life: &mut Life,
    model: &mut Model,
    event: Event,
    jobs: Jobs,
) -> Result<bool, String> {
    let allowed = model.apply(event);
    let done = life.apply(event).await;
    differ(&format!("allowed ({done:?})"), done.is_ok(), allowed)?;
    if jobs == Jobs::Always {
        life.run_jobs().await;
    }
    differ("access", life.has_access().await, model.has_access())?;
    differ("progress", life.progress().await, model.progress)?;
    Ok(allowed)
}

/// Seats are counted when all that is due was done, and nothing else changes by that.
async fn check_end(life: &Life, model: &Model) -> Result<(), String> {
    let mut life = life.fork();
    life.run_jobs().await;
    let access = differ("access after the jobs", life.has_access().await, model.has_access());
    if let Err(difference) = access {
        return Err(format!("{difference}; {}", life.describe().await));
    }
    differ("seats in the course and the class", life.seats().await, model.seats())?;
    differ("progress after the jobs", life.progress().await, model.progress)
}

/// Every sequence of so many events; how many events were tried, and where life and model differ.
async fn walk(start: &Life, depth: usize, jobs: Jobs) -> (usize, Vec<String>) {
    let mut open = vec![(start.fork(), Model::default(), Vec::new())];
    let (mut walked, mut wrong) = (0, Vec::new());
    while let Some((life, model, path)) = open.pop() {
        for event in Event::ALL.into_iter().filter(|it| model.may_meet(*it)) {
            let (mut life, mut model, mut path) = (life.fork(), model.clone(), path.clone());
            path.push(event);
            walked += 1;
            let mut done = step(&mut life, &mut model, event, jobs).await;
            if done == Ok(true)
                && let Err(difference) = check_end(&life, &model).await
            {
                done = Err(difference);
            }
            match done {
                Ok(true) if path.len() < depth => open.push((life, model, path)),
                Ok(_) => {}
                Err(difference) => wrong.push(format!("{path:?}: {difference}")),
            }
        }
    }
    (walked, wrong)
}

/// Fails with the shortest lives that went otherwise.
fn assert_same(mut wrong: Vec<String>) {
    wrong.sort_by_key(String::len);
    wrong.truncate(30);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn depth() -> usize {
    std::env::var("LMS_LIFE_EVENTS").map_or(4, |it| it.parse().unwrap())
}

#[tokio::test]
async fn every_life_of_four_events_is_what_the_model_says() {
    let (walked, wrong) = walk(&Life::begin().await, depth(), Jobs::Never).await;
    assert_same(wrong);
    assert!(walked > 1_000, "{walked}");
}

#[tokio::test]
async fn jobs_between_events_change_nothing() {
    let (walked, wrong) = walk(&Life::begin().await, depth() - 1, Jobs::Always).await;
    assert_same(wrong);
    assert!(walked > 100, "{walked}");
}

#[tokio::test]
async fn random_lives_of_twelve_events_are_what_the_model_says() {
    let start = Life::begin().await;
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut wrong = Vec::new();
    for _ in 0..60 {
        let (mut life, mut model, mut path) = (start.fork(), Model::default(), Vec::new());
        while path.len() < 12 {
            let event = Event::ALL[draw(&mut runner, Event::ALL.len())];
            // A life that is over soon shows little.
            if !model.may_meet(event) || (event == Event::Erase && path.len() < 9) {
                continue;
            }
            let jobs = if draw(&mut runner, 2) == 0 { Jobs::Always } else { Jobs::Never };
            path.push(event);
            match step(&mut life, &mut model, event, jobs).await {
                Ok(true) => {}
                Ok(false) if draw(&mut runner, 20) > 0 => drop(path.pop()),
                Ok(false) => break,
                Err(difference) => {
                    wrong.push(format!("{path:?}: {difference}"));
                    break;
                }
            }
        }
        if let Err(difference) = check_end(&life, &model).await {
            wrong.push(format!("{path:?}: {difference}"));
        }
    }
    assert_same(wrong);
}

fn draw(runner: &mut TestRunner, below: usize) -> usize {
    use proptest::prelude::Rng as _;
    usize::try_from(runner.rng().next_u32()).unwrap() % below
}
