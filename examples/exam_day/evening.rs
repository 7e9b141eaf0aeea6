//! In the evening: the key of a question was wrong.
use std::ops::ControlFlow;

use lms::{
    assessment::{
        attempt::{Attempt, HandedInSheet, LoadForm, ReleaseScores, Score, ViewResult},
        bank::{QuestionContent, ReviseQuestion},
        grading::explain::{Reveal, explain_attempt},
        regrade::{PreviewRegrade, RegradePolicy, RegradeTally, Ruling, StartRegrade, run_regrade},
    },
    kernel::{Context, Rounding},
    store::PageSize,
};

use crate::{Failure, school::School};

pub(crate) async fn run(school: &School) -> Result<(), Failure> {
    let cx = school.acting(&school.admin, 660);
    correct_the_key(school, &cx).await?;
    println!("\nThe key of question 2 was wrong: a plant cell has a wall. What would change?");
    for policy in RegradePolicy::ALL {
        let tally = preview(school, &cx, *policy).await?;
        println!("  {policy}: {}", summary(&tally)?);
    }
    let policy = RegradePolicy::CurrentAndPreviousCorrect;
    let tally = regrade(school, &cx, policy).await?;
    println!("\nIt is regraded by {policy}.");
    println!("  attempts {}, {}", tally.attempts, summary(&tally)?);
    release(school, &cx).await?;
    results(school).await?;
    explain(school, &cx).await
}

async fn correct_the_key(school: &School, cx: &Context) -> Result<(), Failure> {
    let question = &school.questions[1];
    let mut content = QuestionContent::of(question);
    for option in &mut content.options {
        option.is_correct = option.text == "a wall";
    }
    let command = ReviseQuestion { question: question.id, edition: question.edition, content };
    school.store.run(cx, command).await?;
    Ok(())
}

fn rulings(school: &School, policy: RegradePolicy) -> Vec<Ruling> {
    vec![Ruling { question: school.questions[1].id, policy }]
}

async fn preview(
    school: &School,
    cx: &Context,
    policy: RegradePolicy,
) -> Result<RegradeTally, Failure> {
    let command = PreviewRegrade {
        assessment_id: school.exam.id,
        rulings: rulings(school, policy),
        after: None,
        limit: PageSize::MAX,
    };
    let page = school.store.run(cx, command).await?;
    Ok(page.tally)
}

async fn regrade(
    school: &School,
    cx: &Context,
    policy: RegradePolicy,
) -> Result<RegradeTally, Failure> {
    let command = StartRegrade {
        assessment_id: school.exam.id,
        rulings: rulings(school, policy),
        reason: Some("the key of question 2 was wrong".into()),
    };
    let started = school.store.run(cx, command).await?;
    // Two attempts at a time, broken off after the first two and resumed.
    let two = PageSize::new(2);
    run_regrade(&school.store, cx, started.id, two, |_| ControlFlow::Break(())).await?;
    let done = run_regrade(&school.store, cx, started.id, two, |_| ControlFlow::Continue(()));
    Ok(done.await?.tally)
}

fn summary(tally: &RegradeTally) -> Result<String, Failure> {
    let (before, after) = tally.means().ok_or("nobody took the exam")?;
    let shown = |it: lms::kernel::Ratio| it.round(2, Rounding::HalfUp);
    Ok(format!(
        "{} raised, {} lowered; passed {} before, {} after; mean {} before, {} after",
        tally.raised,
        tally.lowered,
        tally.passed_before,
        tally.passed_after,
        shown(before)?,
        shown(after)?
    ))
}

async fn release(school: &School, cx: &Context) -> Result<(), Failure> {
    let release = ReleaseScores { assessment_id: school.exam.id, limit: PageSize::MAX };
    let released = school.store.run(cx, release).await?;
    println!("\n{released} scores are released.");
    Ok(())
}

async fn results(school: &School) -> Result<(), Failure> {
    for learner in &school.learners {
        let cx = school.acting(learner, 700);
        let mut tx = school.store.begin(&cx).await?;
        let attempts = tx.all(Attempt::of(school.exam.id, learner.member)).await?;
        let attempt = attempts.first().ok_or("everybody took the exam")?;
        let shown = tx.run(ViewResult { attempt_id: attempt.id }).await?;
        tx.rollback().await?;
        let score = shown.score.ok_or("the score is released")?;
        let passed = if score.passed == Some(true) { "passed" } else { "failed" };
        println!(
            "  {:<5}{:>7} of {}  {passed}",
            learner.name,
            score.total.to_string(),
            score.raw_maximum
        );
    }
    Ok(())
}

/// Why Ben has what he has, in the words that he reads.
async fn explain(school: &School, cx: &Context) -> Result<(), Failure> {
    let ben = &school.learners[1];
    let mut tx = school.store.begin(cx).await?;
    let attempts = tx.all(Attempt::of(school.exam.id, ben.member)).await?;
    let attempt = attempts.first().ok_or("Ben took the exam")?;
    let exam = tx.require(school.exam.id).await?;
    let form = tx.part(LoadForm { assessment: &exam, attempt }).await?;
    let sheet =
        tx.first(HandedInSheet::of(attempt.id)).await?.ok_or("it was handed in")?.sheet()?;
    let score = tx.first(Score::of(attempt.id)).await?.ok_or("it was graded")?;
    tx.rollback().await?;
    let result = form.grade(&sheet)?;
    if result.final_score.shown != score.raw {
        return Err("grading the sheet again does not give the stored score".into());
    }
    println!("\nWhy {} has {}:", ben.name, score.raw);
    println!("{}", explain_attempt(form.form(), &sheet, &result, Reveal::Outcome)?);
    Ok(())
}
