//! What is measured.
use std::pin::Pin;

use lms_core::{
    assessment::{
        Assessment, AssessmentKind, AssessmentStatus,
        attempt::{Attempt, AttemptAnswer, AttemptLimits, SaveAnswer, SubmitAttempt},
        question::{Answer, AnswerKey, Choice, Question, QuestionKind},
    },
    commerce::{Item, ItemKind, OrderLine, PlaceOrder},
    content::Course,
    kernel::Context,
    store::{Direction, PageSize, Query, Transaction},
};

use crate::{Outcome, school::Client};

pub(crate) type Step<'t> = Pin<Box<dyn Future<Output = Outcome> + Send + 't>>;

/// What one client does inside a transaction; the number tells its operations apart.
pub(crate) type Work = for<'t> fn(&'t mut Transaction, &'t Client, usize) -> Step<'t>;

/// What stands in a tenant beforehand, for that many operations of its client.
pub(crate) type Prepare = for<'t> fn(&'t mut Transaction, &'t mut Client, usize) -> Step<'t>;

/// One operation.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) work: Work,
    pub(crate) prepare: Prepare,
    /// How many a client does in one round at the most: what is recorded lies in memory.
    pub(crate) most: usize,
    /// How many rounds there are at the most.
    pub(crate) rounds: usize,
}

pub(crate) fn operations() -> Vec<Operation> {
    let usual =
        Operation { name: "", work: get_by_key, prepare: nothing, most: 400, rounds: 1_000 };
    vec![
        Operation { name: "get by key", most: 3_000, ..usual },
        Operation { name: "page of 50", work: page_of_50, most: 1_000, ..usual },
        Operation {
            name: "save one answer",
            work: save_one_answer,
            prepare: one_attempt,
            most: 1_500,
            ..usual
        },
        Operation {
            name: "save one answer, its write alone",
            work: write_one_answer,
            prepare: one_attempt,
            most: 3_000,
            ..usual
        },
        Operation {
            name: "submit 60 answers",
            work: submit,
            prepare: full_attempts,
            most: 50,
            rounds: 8,
        },
        Operation { name: "checkout", work: checkout, ..usual },
    ]
}

fn nothing<'t>(_: &'t mut Transaction, _: &'t mut Client, _: usize) -> Step<'t> {
    Box::pin(async { Ok(()) })
}

fn get_by_key<'t>(tx: &'t mut Transaction, client: &'t Client, number: usize) -> Step<'t> {
    Box::pin(async move {
        let course = client.courses[number * 7 % client.courses.len()];
        tx.require(course).await?;
        Ok(())
    })
}

fn page_of_50<'t>(tx: &'t mut Transaction, _: &'t Client, _: usize) -> Step<'t> {
    Box::pin(async move {
        let query = Query::<Course>::all().order_by(Course::ID, Direction::Asc);
        let page = tx.page(query.limit(PageSize::new(50))).await?;
        assert_eq!(page.items.len(), 50);
        Ok(())
    })
}

fn checkout<'t>(tx: &'t mut Transaction, client: &'t Client, _: usize) -> Step<'t> {
    Box::pin(async move {
        let course = client.courses[7].uuid();
        let command = PlaceOrder::new(
            client.learner,
            vec![OrderLine::of(Item { kind: ItemKind::Course, id: course })],
            "EUR".parse()?,
        );
        tx.run(command).await?;
        Ok(())
    })
}

/// A test with 60 questions of four options each.
async fn test(tx: &mut Transaction, client: &mut Client) -> Outcome<Assessment> {
    let mut test = Assessment::new(tx.cx(), AssessmentKind::Quiz, "Final test".parse()?);
    test.status = AssessmentStatus::Published;
    test.max_attempts = None;
    let mut questions = Vec::new();
    for position in 0..60 {
        let options: Vec<Choice> = ["first", "second", "third", "fourth"]
            .into_iter()
            .enumerate()
            .map(|(at, text)| Choice::new(tx.id(), text, at == 1))
            .collect();
        let answer = Answer::choice(options[position as usize % 4].id);
        let question =
            Question::new(tx.cx(), QuestionKind::SingleChoice, "Which one?", AnswerKey::choices())
                .with_options(options)
                .placed(test.id, None, position);
        client.questions.push((question.id, answer));
        questions.push(question);
    }
    tx.insert(&test).await?;
    tx.insert_all(&questions).await?;
    Ok(test)
}

fn attempt(cx: &Context, test: &Assessment, client: &mut Client) -> Outcome<Attempt> {
    let number = u32::try_from(client.attempts.len())? + 1;
    let mut attempt = Attempt::new(cx, test.id, client.learner, number, &AttemptLimits::of(test));
    // The same in all of them, because pgbench cannot make it.
    attempt.seed = 7;
    client.attempts.push(attempt.id);
    Ok(attempt)
}

fn one_attempt<'t>(tx: &'t mut Transaction, client: &'t mut Client, _: usize) -> Step<'t> {
    Box::pin(async move {
        let test = test(tx, client).await?;
        tx.insert(&attempt(tx.cx(), &test, client)?).await?;
        Ok(())
    })
}

fn full_attempts<'t>(
    tx: &'t mut Transaction,
    client: &'t mut Client,
    operations: usize,
) -> Step<'t> {
    Box::pin(async move {
        let test = test(tx, client).await?;
        let (mut attempts, mut answers) = (Vec::new(), Vec::new());
        for _ in 0..operations {
            let attempt = attempt(tx.cx(), &test, client)?;
            answers.extend(client.questions.iter().map(|(question, answer)| {
                AttemptAnswer::new(tx.cx(), attempt.id, *question, 1, answer.clone())
            }));
            attempts.push(attempt);
        }
        tx.insert_all(&attempts).await?;
        for some in answers.chunks(6_000) {
            tx.insert_all(some).await?;
        }
        Ok(())
    })
}

/// As the service does it, which also looks whether the question is asked and may be answered.
fn save_one_answer<'t>(tx: &'t mut Transaction, client: &'t Client, number: usize) -> Step<'t> {
    Box::pin(async move {
        let (question, answer) = client.questions[7].clone();
        let sequence = i64::try_from(number)? + 1;
        let command = SaveAnswer::new(client.attempts[0], question, sequence, answer);
        tx.run(command).await?;
        Ok(())
    })
}

/// The conditional upsert that the service ends with.
fn write_one_answer<'t>(tx: &'t mut Transaction, client: &'t Client, number: usize) -> Step<'t> {
    Box::pin(async move {
        let (question, answer) = client.questions[7].clone();
        let sequence = i64::try_from(number)? + 1;
        let answer = AttemptAnswer::new(tx.cx(), client.attempts[0], question, sequence, answer);
        let done = tx.upsert(&answer, AttemptAnswer::keep_newer(tx.now(), None)).await?;
        assert!(done.is_written());
        Ok(())
    })
}

fn submit<'t>(tx: &'t mut Transaction, client: &'t Client, number: usize) -> Step<'t> {
    Box::pin(async move {
        tx.run(SubmitAttempt { attempt_id: client.attempts[number] }).await?;
        Ok(())
    })
}
