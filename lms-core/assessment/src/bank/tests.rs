//! Slots, pools and arrangements.

use proptest::prelude::*;

use super::*;
use crate::{
    grading::{
        generate::{Generator, cases, generated_form, generated_sheet},
        grade_attempt,
        tests::{choices, context, points},
    },
    question::{Question, QuestionKind, QuestionStatus, Treatment},
};
use lms_kernel::{Context, Id, Slug, Title};

fn slug(text: &str) -> Slug {
    Slug::new(text).unwrap()
}

/// A bank of twenty questions; even ones are tagged `algebra`, every fifth `hard`.
struct School {
    bank: QuestionBank,
    questions: Vec<Question>,
    tags: Vec<Vec<Slug>>,
}

impl School {
    fn new(cx: &Context) -> Self {
        let bank = QuestionBank::new(cx, Title::new("Mathematics").unwrap());
        let question = |_| {
            let mut question = choices(cx, QuestionKind::SingleChoice, "rw", "1");
            question.bank_id = Some(bank.id);
            question
        };
        let questions: Vec<Question> = (0..20).map(question).collect();
        let tag = |at: usize| {
            let algebra = at.is_multiple_of(2).then(|| slug("algebra"));
            algebra.into_iter().chain(at.is_multiple_of(5).then(|| slug("hard"))).collect()
        };
        Self { bank, questions, tags: (0..20).map(tag).collect() }
    }

    fn candidates(&self) -> Vec<Candidate<'_>> {
        let pairs = self.questions.iter().zip(&self.tags);
        pairs.map(|(question, tags)| Candidate { question, tags }).collect()
    }

    fn pool(&self, cx: &Context, position: u32, count: u16, tag: Option<&str>) -> AssessmentSlot {
        let mut filter = PoolFilter::of(self.bank.id);
        filter.all_tags = tag.map(slug).into_iter().collect();
        AssessmentSlot::new(cx, cx.id(), None, position, SlotSource::Pool { filter, count })
    }

    fn named(&self, cx: &Context, position: u32, at: usize) -> AssessmentSlot {
        let question = self.questions[at].id;
        let source = SlotSource::Question { question, edition: None };
        AssessmentSlot::new(cx, cx.id(), None, position, source)
    }
}

#[test]
fn no_question_is_given_twice() {
    let cx = context();
    let school = School::new(&cx);
    let slots = [
        school.pool(&cx, 1, 6, Some("algebra")),
        school.pool(&cx, 2, 10, None),
        school.named(&cx, 3, 0),
    ];
    for seed in 0..200 {
        let filled = fill_slots(&slots, &school.candidates(), DrawSeed(seed)).unwrap();
        let distinct: std::collections::BTreeSet<_> = filled.iter().map(|it| it.question).collect();
        assert_eq!((filled.len(), distinct.len()), (17, 17));
        // The named question is taken first, although its slot stands last.
        let named: Vec<_> = filled.iter().filter(|it| it.slot == slots[2].id).collect();
        assert_eq!(named[0].question, school.questions[0].id);
        let place = |id| school.questions.iter().position(|it| it.id == id).unwrap();
        let algebra = filled.iter().filter(|it| it.slot == slots[0].id);
        assert!(algebra.map(|it| place(it.question)).all(|at| at % 2 == 0 && at > 0));
    }
}

#[test]
fn pools_that_are_too_small_are_all_named() {
    let cx = context();
    let mut school = School::new(&cx);
    school.questions[5].status = QuestionStatus::Retired;
    let unknown: Id<Question> = cx.id();
    let mut lost = school.named(&cx, 9, 0);
    lost.source = SlotSource::Question { question: unknown, edition: None };
    let slots = [school.pool(&cx, 1, 5, Some("hard")), school.pool(&cx, 2, 3, None), lost];
    let short = fill_slots(&slots, &school.candidates(), DrawSeed(1)).unwrap_err();
    let pools: Vec<_> = short.iter().map(|it| (it.slot, it.wanted, it.found)).collect();
    assert_eq!(pools, [(slots[2].id, 1, 0), (slots[0].id, 5, 3)]);
}

#[test]
fn filters_by_tags_and_kinds() {
    let cx = context();
    let school = School::new(&cx);
    let admitted = |filter: &PoolFilter| {
        school.candidates().iter().filter(|it| filter.admits(it.question, it.tags)).count()
    };
    let mut filter = PoolFilter::of(school.bank.id);
    assert_eq!(admitted(&filter), 20);
    filter.any_tag = vec![slug("algebra"), slug("hard")];
    assert_eq!(admitted(&filter), 12);
    filter.no_tag = vec![slug("hard")];
    assert_eq!(admitted(&filter), 8);
    filter.kinds = vec![QuestionKind::Numeric];
    assert_eq!(admitted(&filter), 0);
    assert_eq!(admitted(&PoolFilter::of(cx.id())), 0);
}

#[test]
fn a_slot_places_a_question_with_its_own_score_and_treatment() {
    let cx = context();
    let school = School::new(&cx);
    let mut slot = school.named(&cx, 7, 3);
    slot.score = Some(points("2.5"));
    slot.treatment = Treatment::Bonus;
    let placed = slot.place(school.questions[3].clone());
    assert_eq!((placed.position, placed.score), (7, points("2.5")));
    assert_eq!(placed.treatment, Treatment::Bonus);
    assert_eq!(placed.assessment_id, Some(slot.assessment_id));
}

#[test]
fn an_earlier_edition_comes_back() {
    let cx = context();
    let mut question = choices(&cx, QuestionKind::SingleChoice, "rw", "1");
    let before = question.clone();
    let version = QuestionVersion::of(&cx, &question);
    question.options.reverse();
    question.prompt = "Changed".into();
    question.score = points("9");
    question.edition = 2;
    assert_eq!(version.restore(question), before);
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn the_order_of_an_attempt_changes_no_score(seed: i64, form_seed: u64) {
        let mut generator = Generator::new(form_seed);
        let form = generated_form(&mut generator);
        let sheet = generated_sheet(&mut generator, &form);
        let shuffle = Shuffle { questions: true, options: true };
        let shuffled = arranged(form.clone(), shuffle, DrawSeed(seed));
        prop_assert_eq!(&arranged(form.clone(), shuffle, DrawSeed(seed)), &shuffled);
        let plain = grade_attempt(&form, &sheet).unwrap();
        let result = grade_attempt(&shuffled, &sheet).unwrap();
        prop_assert_eq!(result.final_score, plain.final_score);
        prop_assert_eq!(result.current, plain.current);
        prop_assert_eq!(result.passed, plain.passed);
    }
}
