//! The exam itself.
use lms::{
    assessment::{
        attempt::{
            Allowance, Attempt, ExpireAttempts, GrantAllowance, OverrideFor, SaveAnswer,
            SaveAnswerError, StartAttempt, SubmitAttempt, TimeAllowance,
        },
        proctoring::{
            EndProctoring, RecordViolation, ReviewProctoring, StartProctoring, Verdict,
            ViolationKind,
        },
        question::Answer,
    },
    kernel::{Context, Id, Ratio},
    operation::Failure::Refused,
    store::PageSize,
};

use crate::{
    Failure,
    school::{Person, School},
};

/// What a learner answers, and the minute of handing in; whoever has none lets the time run out.
struct Sitting {
    choices: [usize; 2],
    number: &'static str,
    word: &'static str,
    ticks: &'static [usize],
    minute: Option<i64>,
}

/// Ada, Ben, Cleo and Finn.
const SITTINGS: [Sitting; 4] = [
    Sitting {
        choices: [0, 1],
        number: "46",
        word: "carbon dioxide",
        ticks: &[0, 2],
        minute: Some(74),
    },
    Sitting { choices: [0, 0], number: "46", word: "oxygen", ticks: &[0, 2, 3], minute: Some(55) },
    Sitting { choices: [1, 1], number: "23", word: "co2", ticks: &[0], minute: None },
    Sitting { choices: [0, 1], number: "48", word: "nitrogen", ticks: &[0, 2], minute: Some(40) },
];

pub(crate) async fn run(school: &School) -> Result<(), Failure> {
    println!("Biology: 5 questions, 10 points, 60 minutes from the start, pass at 70 percent\n");
    give_extra_time(school, &school.learners[0]).await?;
    for (learner, sitting) in school.learners.iter().zip(&SITTINGS) {
        let attempt = begin(school, learner).await?;
        let last = sitting.minute.unwrap_or(59);
        watch(school, learner, &attempt).await?;
        for (at, answer) in answers_of(school, sitting).into_iter().enumerate() {
            let cx = school.acting(learner, last - 5 + at as i64);
            save(school, &cx, &attempt, (at, answer)).await?;
        }
        match sitting.minute {
            Some(minute) => hand_in(school, learner, &attempt, minute).await?,
            None => too_late(school, learner, &attempt).await?,
        }
    }
    run_out(school).await
}

async fn give_extra_time(school: &School, learner: &Person) -> Result<(), Failure> {
    let cx = school.acting(&school.admin, -60);
    let time = TimeAllowance::Factor { factor: Ratio::new(5, 4)? };
    let command = GrantAllowance {
        assessment_id: school.exam.id,
        to: OverrideFor::Learner(learner.member),
        allowance: Allowance { time: Some(time), ..Allowance::default() },
        reason: Some("a certificate".into()),
    };
    school.store.run(&cx, command).await?;
    println!("{} gets a quarter more time.", learner.name);
    Ok(())
}

async fn begin(school: &School, learner: &Person) -> Result<Attempt, Failure> {
    let cx = school.acting(learner, 0);
    let started = school.store.run(&cx, StartAttempt::new(school.exam.id)).await?;
    let attempt = started.into_attempt();
    let until = attempt.answers_until.ok_or("the exam is timed")?;
    println!("{} starts and has until {}.", learner.name, until.utc().format("%H:%M"));
    Ok(attempt)
}

fn answers_of(school: &School, sitting: &Sitting) -> Vec<Answer> {
    let option = |question: usize, at: usize| school.questions[question].options[at].id;
    vec![
        Answer::choice(option(0, sitting.choices[0])),
        Answer::choice(option(1, sitting.choices[1])),
        Answer::text(sitting.number),
        Answer::text(sitting.word),
        Answer::Choices(sitting.ticks.iter().map(|at| option(4, *at)).collect()),
    ]
}

async fn save(
    school: &School,
    cx: &Context,
    attempt: &Attempt,
    (at, answer): (usize, Answer),
) -> Result<(), Failure> {
    let command = SaveAnswer::new(attempt.id, school.questions[at].id, 1, answer);
    school.store.run(cx, command).await?;
    Ok(())
}

/// The camera saw something during Ben's attempt; a person decides what it means.
async fn watch(school: &School, learner: &Person, attempt: &Attempt) -> Result<(), Failure> {
    let cx = school.acting(learner, 1);
    let mut tx = school.store.begin(&cx).await?;
    let session = tx.run(StartProctoring { attempt_id: attempt.id }).await?;
    if learner.name == "Ben" {
        for kind in [ViolationKind::LookingAway, ViolationKind::PhoneDetected] {
            let seen = RecordViolation {
                session_id: session.id,
                kind,
                happened_at: None,
                confidence: Some("90".parse()?),
                evidence: None,
                note: None,
            };
            tx.run(seen).await?;
            println!("  The camera reports {kind}.");
        }
    }
    tx.commit().await?;
    let session_id = session.id;
    let end = EndProctoring { session_id, screenshots: Vec::new(), analysis: None };
    school.store.run(&school.system(1), end).await?;
    if learner.name == "Ben" {
        let cx = school.acting(&school.assessor, 120);
        let note = Some("a calculator, which was allowed".into());
        let review = ReviewProctoring { session_id: session.id, verdict: Verdict::Clear, note };
        let reviewed = school.store.run(&cx, review).await?;
        let note = reviewed.review_note.unwrap_or_default();
        println!("  {} looks at it: {} ({note}).", school.assessor.name, Verdict::Clear);
    }
    Ok(())
}

async fn hand_in(
    school: &School,
    learner: &Person,
    attempt: &Attempt,
    minute: i64,
) -> Result<(), Failure> {
    let cx = school.acting(learner, minute);
    let done = school.store.run(&cx, SubmitAttempt { attempt_id: attempt.id }).await?;
    let (raw, most) = (done.score.raw, done.score.raw_maximum);
    println!("  {} hands in after {minute} minutes: {raw} of {most}.", learner.name);
    Ok(())
}

/// An answer after the end is refused.
async fn too_late(school: &School, learner: &Person, attempt: &Attempt) -> Result<(), Failure> {
    let cx = school.acting(learner, 61);
    let question: Id<_> = school.questions[4].id;
    let answer = Answer::Choices(Vec::new());
    let late = school.store.run(&cx, SaveAnswer::new(attempt.id, question, 2, answer)).await;
    match late {
        Err(Refused(SaveAnswerError::Attempt(error))) => {
            println!("  {} is too late: {error}.", learner.name);
            Ok(())
        }
        other => Err(format!("an answer after the end was not refused: {other:?}").into()),
    }
}

/// The job that ends what ran out of time, at night.
async fn run_out(school: &School) -> Result<(), Failure> {
    let cx = school.system(600);
    let ended = school.store.run(&cx, ExpireAttempts { due: PageSize::MAX.into() }).await?;
    println!("\nThe job in the evening hands in {ended} attempt as of the end of its time.");
    Ok(())
}
