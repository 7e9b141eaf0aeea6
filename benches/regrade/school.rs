//! A school whose learners have taken one exam many times.
use std::sync::Arc;

use lms::{
    assessment::{
        Assessment, AssessmentKind, AssessmentStatus, Section,
        attempt::{
            Attempt, AttemptLimits, AttemptStatus, EndedBy, HandedInSheet, Score, ScoreStatus,
            SectionScore,
        },
        grading::{AnswerSheet, PassDecision, SheetEntry, TestForm, grade_attempt},
        question::{
            Answer, AnswerKey, Choice, Question, QuestionKind, TextEntry, TextKey, TextPattern,
        },
    },
    identity::{Membership, MembershipKind},
    kernel::{Actor, Context, Id, Points, SequentialIds, TenantId, Timestamp, Title},
    store::Store,
};

use crate::Outcome;

pub(crate) const QUESTIONS: usize = 60;
const SECTIONS: usize = 4;
/// How many attempts are stored in one transaction.
const AT_ONCE: usize = 2_000;
/// How many attempts each learner has.
const EACH: usize = 50;

/// A school whose learners have taken one exam many times.
pub(crate) struct School {
    ids: Arc<SequentialIds>,
    pub(crate) assessment: Id<Assessment>,
    pub(crate) question: Id<Question>,
}

/// A source of numbers that is the same in every run: Knuth's MMIX generator.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }
}

impl School {
    pub(crate) fn cx(&self) -> Context {
        context(&self.ids)
    }

    /// Stores the exam and its attempts, each graded as its answers say.
    pub(crate) async fn found(store: &Store, attempts: usize) -> Outcome<Self> {
        let ids = Arc::new(SequentialIds::new());
        let cx = context(&ids);
        let mut assessment = Assessment::new(&cx, AssessmentKind::Test, Title::new("Exam")?);
        assessment.status = AssessmentStatus::Published;
        let section = |at| -> Outcome<Section> {
            let title = Title::new(&format!("Section {}", at + 1))?;
            Ok(Section::new(&cx, assessment.id, title, u32::try_from(at)?))
        };
        let sections: Vec<Section> = (0..SECTIONS).map(section).collect::<Result<_, _>>()?;
        let mut questions = Vec::new();
        for at in 0..QUESTIONS {
            let section = sections[at % SECTIONS].id;
            let question = question(&cx, at).worth(Points::from_whole((at % 3 + 1) as i64)?);
            questions.push(question.placed(assessment.id, Some(section), u32::try_from(at)?));
        }
        let mut tx = store.begin(&cx).await?;
        tx.insert(&assessment).await?;
        tx.insert_all(&sections).await?;
        tx.insert_all(&questions).await?;
        tx.commit().await?;

        let form = TestForm::assemble(&assessment, &sections, &questions)?;
        let mut numbers = Numbers(7);
        let mut taken = 0;
        while taken < attempts {
            let count = AT_ONCE.min(attempts - taken);
            store_attempts(store, &cx, &assessment, &form, (&mut numbers, count)).await?;
            taken += count;
        }
        Ok(Self { ids, assessment: assessment.id, question: questions[0].id })
    }
}

fn context(ids: &Arc<SequentialIds>) -> Context {
    Context::new(TenantId::SINGLE, Actor::system("bench"), Timestamp::EPOCH, ids.clone())
}

/// Mostly one of four options, some ticks, some words.
fn question(cx: &Context, at: usize) -> Question {
    let options = |right: fn(usize) -> bool| -> Vec<Choice> {
        (0..4).map(|it| Choice::new(cx.id(), format!("option {it}"), right(it))).collect()
    };
    match at % 6 {
        4 => Question::new(cx, QuestionKind::MultipleSelect, "Which?", AnswerKey::choices())
            .with_options(options(|it| it < 2)),
        5 => {
            let entry = TextEntry::new(TextPattern::Exact(format!("word {at}")));
            let key = AnswerKey::Texts(TextKey { entries: vec![entry] });
            Question::new(cx, QuestionKind::ShortAnswer, "Word?", key)
        }
        _ => Question::new(cx, QuestionKind::SingleChoice, "Which?", AnswerKey::choices())
            .with_options(options(|it| it == 0)),
    }
}

fn answer(question: &Question, numbers: &mut Numbers, at: usize) -> Answer {
    match question.kind {
        QuestionKind::ShortAnswer if numbers.below(2) == 0 => Answer::text(format!("Word {at}")),
        QuestionKind::ShortAnswer => Answer::text(format!("another {}", numbers.below(50))),
        QuestionKind::MultipleSelect => {
            let ticked = question.options.iter().filter(|_| numbers.below(2) == 0);
            Answer::Choices(ticked.map(|it| it.id).collect())
        }
        // Half choose the right one; the rest any.
        _ if numbers.below(2) == 0 => Answer::choice(question.options[0].id),
        _ => Answer::choice(question.options[numbers.below(4)].id),
    }
}

async fn store_attempts(
    store: &Store,
    cx: &Context,
    assessment: &Assessment,
    form: &TestForm,
    (numbers, count): (&mut Numbers, usize),
) -> Outcome {
    let limits = AttemptLimits::of(assessment);
    let (mut learners, mut attempts) = (Vec::new(), Vec::new());
    let (mut sheets, mut scores, mut sections) = (Vec::new(), Vec::new(), Vec::new());
    for nth in 0..count {
        if nth % EACH == 0 {
            let name = Title::new(&format!("Learner {nth}"))?;
            learners.push(Membership::new(cx, MembershipKind::Student, name));
        }
        let Some(learner) = learners.last() else { continue };
        let number = u32::try_from(nth % EACH + 1)?;
        let mut attempt = Attempt::new(cx, assessment.id, learner.id, number, &limits);
        attempt.submit(cx.now(), EndedBy::Learner)?;
        let entry = |(at, it): (usize, &Question)| SheetEntry::new(it.id, answer(it, numbers, at));
        let sheet = AnswerSheet { entries: form.questions().enumerate().map(entry).collect() };
        let result = grade_attempt(form, &sheet)?;
        let mut score = Score::new(cx, &attempt);
        (score.raw, score.total) = (result.final_score.shown, result.final_score.shown);
        score.raw_maximum = Points::from_ratio(result.final_score.maximum, Default::default())?;
        score.passed = Some(result.passed == PassDecision::Passed);
        (score.status, score.edition, score.gradings) = (ScoreStatus::Graded, 1, 1);
        score.completed_at = Some(cx.now());
        attempt.status = AttemptStatus::Completed;
        attempt.completed_at = Some(cx.now());
        (attempt.score, attempt.passed) = (Some(score.total), score.passed);
        for it in &result.sections {
            let Some(section) = it.frame.section else { continue };
            let mut row = SectionScore::new(cx, score.id, section);
            (row.raw, row.score) = (it.final_score.shown, it.final_score.shown);
            row.raw_maximum = Points::from_ratio(it.final_score.maximum, Default::default())?;
            sections.push(row);
        }
        sheets.push(HandedInSheet::new(cx, &attempt, &sheet));
        scores.push(score);
        attempts.push(attempt);
    }
    let mut tx = store.begin(cx).await?;
    tx.insert_all(&learners).await?;
    tx.insert_all(&attempts).await?;
    tx.insert_all(&sheets).await?;
    tx.insert_all(&scores).await?;
    tx.insert_all(&sections).await?;
    Ok(tx.commit().await?)
}
