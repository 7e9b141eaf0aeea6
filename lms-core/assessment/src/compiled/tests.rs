//! The compiled grader against the readable one, on generated tests.

use proptest::prelude::*;

use super::*;
use crate::{
    grading::{
        AnswerSheet, AttemptResult, GradeError, QuestionResult, TestForm,
        generate::{Generator, cases, generated_form, generated_sheet},
        grade_attempt,
        tests::choices,
    },
    question::{Answer, Question, QuestionKind},
    scoring::{Clamp, ScoringRules},
};
use lms_kernel::{Points, Ratio};

/// Grades sheets both ways and compares everything that both say.
fn compare(form: &TestForm, sheets: &[AnswerSheet]) {
    let readable: Vec<AttemptResult> =
        sheets.iter().map(|sheet| grade_attempt(form, sheet).unwrap()).collect();
    let compiled = CompiledTest::compile(form).unwrap();
    let batch = compiled.encode(sheets).unwrap();
    compare_batch(&compiled, &batch, &readable);
    for (attempt, result) in readable.iter().enumerate() {
        let again = grade_attempt(form, &compiled.sheet(&batch, attempt).unwrap()).unwrap();
        assert_eq!(again.final_score, result.final_score, "columns keep what was answered");
    }
}

fn compare_batch(compiled: &CompiledTest, batch: &ResponseBatch, readable: &[AttemptResult]) {
    let scores = compiled.grade(batch).unwrap();
    let column = |of: fn(&AttemptResult) -> Points| readable.iter().map(of).collect::<Vec<_>>();
    assert_eq!(scores.totals(), column(|it| it.final_score.shown));
    assert_eq!(scores.current(), column(|it| it.current.shown));
    let passed: Vec<_> = readable.iter().map(|it| it.passed).collect();
    assert_eq!(scores.passed(), passed);
    for (attempt, result) in readable.iter().enumerate() {
        assert_eq!(scores.pending(attempt), result.pending);
        for (at, section) in result.sections.iter().enumerate() {
            assert_eq!(scores.section(at).unwrap()[attempt], section.final_score.shown);
        }
    }
    let totals = compiled.grade_totals(batch).unwrap();
    assert_eq!((totals.totals(), totals.passed()), (scores.totals(), scores.passed()));
    compare_items(compiled, batch, readable);
}

fn compare_items(compiled: &CompiledTest, batch: &ResponseBatch, readable: &[AttemptResult]) {
    for question in 0..compiled.form().len() {
        let items = compiled.item_scores(batch, question).unwrap();
        for (attempt, result) in readable.iter().enumerate() {
            let result = result.questions().nth(question).unwrap();
            let expected: Option<Ratio> =
                result.counts(false).then(|| result.earned.unwrap_or(Ratio::ZERO));
            assert_eq!(items.exact(attempt).unwrap(), expected);
        }
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn both_graders_agree_on_every_generated_test(seed: u64) {
        let mut generator = Generator::new(seed);
        let form = generated_form(&mut generator);
        let sheets: Vec<AnswerSheet> =
            (0..12).map(|_| generated_sheet(&mut generator, &form)).collect();
        compare(&form, &sheets);
    }

    #[test]
    fn malformed_batches_are_refused_or_graded(seed: u64, cells in proptest::collection::vec(any::<u8>(), 1..20)) {
        let mut generator = Generator::new(seed);
        let form = generated_form(&mut generator);
        let compiled = CompiledTest::compile(&form).unwrap();
        let wide: Vec<u64> = cells.iter().map(|cell| u64::from(*cell).wrapping_mul(0x0101_0101_0101_0101)).collect();
        let codes: Vec<u32> = cells.iter().map(|cell| u32::from(*cell)).collect();
        for shape in [
            Cells::Choice(cells.clone()),
            Cells::Ticks8(cells.clone()),
            Cells::Ticks64(wide),
            Cells::Text(cells.iter().map(|_| "1e99999").collect()),
            Cells::Coded { entries: Vec::new(), codes },
        ] {
            let columns = vec![Column::new(shape); form.len()];
            let batch = ResponseBatch::new(columns).unwrap();
            let _ = compiled.grade(&batch);
            let _ = compiled.sheet(&batch, 10_000);
        }
    }
}

#[test]
fn every_byte_and_every_pattern_of_ticks() {
    let mut generator = Generator::new(1);
    for _ in 0..40 {
        let mut form = generated_form(&mut generator);
        for section in &mut form.sections {
            section.questions.retain(|question| {
                matches!(
                    question.kind,
                    QuestionKind::SingleChoice
                        | QuestionKind::TrueFalse
                        | QuestionKind::MultipleSelect
                )
            });
        }
        let compiled = CompiledTest::compile(&form).unwrap();
        let cells = |question: &Question| match question.kind {
            QuestionKind::MultipleSelect if question.options.len() > 8 => {
                Cells::Ticks64((0..256).map(|n: u64| n.wrapping_mul(0x9e37_79b9)).collect())
            }
            QuestionKind::MultipleSelect => Cells::Ticks8((0..=255).collect()),
            _ => Cells::Choice((0..=255).collect()),
        };
        let columns = form.questions().map(|question| Column::new(cells(question)));
        let batch = ResponseBatch::new(columns.collect()).unwrap();
        let sheets = (0..batch.attempts()).map(|it| compiled.sheet(&batch, it).unwrap());
        let readable: Vec<_> = sheets.map(|sheet| grade_attempt(&form, &sheet).unwrap()).collect();
        compare_batch(&compiled, &batch, &readable);
    }
}

/// The greatest sums that fit 15 and 31 bits, those that just do not, and questions of which each
/// is worth something of its own beside a group of which all are worth the same.
#[test]
fn sums_of_every_width_agree() {
    let mut generator = Generator::new(7);
    let mut form = generated_form(&mut generator);
    form.sections.truncate(1);
    for largest in ["32740", "32741", "2147483620", "2147483621", "400000000000"] {
        let worths = ["1", "2", "3", "4", "5", "2", "2", "2", "2", "2", "2", largest];
        let question = |worth| choices(&generator.cx, QuestionKind::SingleChoice, "rw", worth);
        form.sections[0].questions = worths.map(question).to_vec();
        let sheets: Vec<AnswerSheet> =
            (0..40).map(|_| generated_sheet(&mut generator, &form)).collect();
        compare(&form, &sheets);
        let right = form.questions().map(|it| (it.id, Answer::choice(it.options[0].id)));
        compare(&form, &[AnswerSheet::new(right)]);
    }
}

#[test]
fn scores_without_a_common_unit_are_graded_one_by_one() {
    let mut generator = Generator::new(5);
    let mut form = generated_form(&mut generator);
    form.rules = ScoringRules { option_clamp: Clamp::FREE, ..ScoringRules::default() };
    for prime in [999_999_937_i128, 999_999_893] {
        let mut question = choices(&generator.cx, QuestionKind::SingleChoice, "rw", "1");
        question.options[1].fraction = Ratio::new(1, prime).ok();
        form.sections[0].questions.push(question);
    }
    let sheets: Vec<AnswerSheet> =
        (0..50).map(|_| generated_sheet(&mut generator, &form)).collect();
    let both = |sheet: &AnswerSheet| {
        let result = grade_attempt(&form, sheet).unwrap();
        let odd = |it: &&QuestionResult| it.earned.is_some_and(|it| it.denominator() > 10_000);
        result.questions().filter(odd).count() == 2
    };
    assert!(sheets.iter().any(both), "no sheet needs both denominators");
    compare(&form, &sheets);
}

#[test]
fn batches_that_do_not_fit_are_refused() {
    let mut generator = Generator::new(2);
    let form = generated_form(&mut generator);
    let compiled = CompiledTest::compile(&form).unwrap();
    let empty = ResponseBatch::new(Vec::new()).unwrap();
    let refused = compiled.grade(&empty);
    assert_eq!(refused, Err(BatchError::Columns { questions: form.len(), columns: 0 }));
    let foreign = AnswerSheet::new([(generator.id(), Answer::Blank)]);
    let refused = compiled.encode(&[foreign]);
    assert!(matches!(refused, Err(BatchError::Grade(GradeError::NotInForm { .. }))));
}
