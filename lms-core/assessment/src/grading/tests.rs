//! Worked examples of grading, question by question and test by test.

use std::sync::Arc;

use super::*;
use crate::{
    Assessment, AssessmentKind, Section,
    question::{
        Accept, Answer, AnswerKey, Blank, BlankKey, BlanksKey, Choice, FilledBlank, ManualKey,
        NumberEntry, NumberKey, Question, QuestionKind, TextKey, Treatment,
    },
    scoring::{
        ChargedTries, Clamp, MultipleSelectRule, PassRule, ScoringRules, ScoringType, TryRule,
    },
};
use lms_kernel::{Actor, Context, Id, Points, Ratio, SequentialIds, TenantId, Timestamp, Title};

pub(crate) fn context() -> Context {
    let ids = Arc::new(SequentialIds::new());
    Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids)
}

pub(crate) fn points(text: &str) -> Points {
    text.parse().unwrap()
}

pub(crate) fn ratio(text: &str) -> Ratio {
    text.parse().unwrap()
}

/// A choice question; `key` has one letter for each option, `r`ight or `w`rong.
pub(crate) fn choices(cx: &Context, kind: QuestionKind, key: &str, score: &str) -> Question {
    let option = |c: char| Choice::new(cx.id(), format!("option {c}"), c == 'r');
    Question::new(cx, kind, "Which?", AnswerKey::choices())
        .with_options(key.chars().map(option).collect())
        .worth(points(score))
}

/// The options at these places.
pub(crate) fn tick(question: &Question, at: &[usize]) -> Answer {
    Answer::Choices(at.iter().map(|at| question.options[*at].id).collect())
}

fn earned(question: &Question, answer: &Answer, rules: &ScoringRules) -> String {
    grade_question(question, answer, rules).unwrap().earned.unwrap().to_string()
}

#[test]
fn one_right_option_earns_everything() {
    let cx = context();
    let rules = ScoringRules::default();
    let mut question = choices(&cx, QuestionKind::SingleChoice, "wrww", "2.5");
    assert_eq!(earned(&question, &tick(&question, &[1]), &rules), "5/2");
    assert_eq!(earned(&question, &tick(&question, &[0]), &rules), "0");
    assert_eq!(earned(&question, &Answer::choice(cx.id()), &rules), "0");
    // Two at once are nothing, and so is text where an option was asked for.
    assert_eq!(earned(&question, &tick(&question, &[0, 1]), &rules), "0");
    assert_eq!(earned(&question, &Answer::text("option r"), &rules), "0");
    question.options[3].fraction = Some(ratio("1/4"));
    assert_eq!(earned(&question, &tick(&question, &[3]), &rules), "5/8");
}

#[test]
fn a_wrong_option_may_cost_marks() {
    let cx = context();
    let question = choices(&cx, QuestionKind::SingleChoice, "rwwww", "4");
    let mut rules = ScoringRules { wrong_answer: ratio("-1/4"), ..ScoringRules::default() };
    assert_eq!(earned(&question, &tick(&question, &[2]), &rules), "0");
    rules.question_clamp = Clamp::FREE;
    assert_eq!(earned(&question, &tick(&question, &[2]), &rules), "-1");
    assert_eq!(earned(&question, &Answer::Blank, &rules), "0");
}

#[test]
fn ticks_are_counted_once_and_unknown_ones_not_at_all() {
    let cx = context();
    let rules = ScoringRules::default();
    let question = choices(&cx, QuestionKind::MultipleSelect, "rrrww", "6");
    assert_eq!(earned(&question, &tick(&question, &[0, 1, 3]), &rules), "2");
    assert_eq!(earned(&question, &tick(&question, &[0, 0, 1, 1, 3]), &rules), "2");
    let mut with_unknown = vec![cx.id(), question.options[0].id];
    assert_eq!(earned(&question, &Answer::Choices(with_unknown.clone()), &rules), "2");
    with_unknown.pop();
    let only_unknown = Answer::Choices(with_unknown);
    let pays_for_leaving_alone = ScoringRules {
        multiple_select: MultipleSelectRule::CorrectDecisions,
        ..ScoringRules::default()
    };
    assert_eq!(earned(&question, &only_unknown, &rules), "0");
    assert_eq!(earned(&question, &only_unknown, &pays_for_leaving_alone), "0");
}

#[test]
fn an_unattempted_question_earns_nothing_under_every_rule() {
    let cx = context();
    let mut question = choices(&cx, QuestionKind::MultipleSelect, "rwwww", "5");
    for rule in [MultipleSelectRule::CorrectDecisions, MultipleSelectRule::Halves] {
        question.answer_key = AnswerKey::multiple_select(rule);
        let result =
            grade_question(&question, &tick(&question, &[]), &ScoringRules::default()).unwrap();
        assert_eq!((result.state, result.earned), (AnswerState::Blank, Some(Ratio::ZERO)));
    }
}

#[test]
fn a_key_of_another_kind_is_an_error_and_not_a_zero() {
    let cx = context();
    let question =
        Question::new(&cx, QuestionKind::Numeric, "?", AnswerKey::Texts(TextKey::exact(["4"])));
    let graded = grade_question(&question, &Answer::text("4"), &ScoringRules::default());
    assert!(matches!(graded, Err(GradeError::KeyDoesNotFit { .. })));
}

/// Two sections: reading with a choice of 1 and a multiple select of 3, writing with an essay
/// of 6.
pub(crate) struct Exam {
    assessment: Assessment,
    sections: Vec<Section>,
    questions: Vec<Question>,
}

impl Exam {
    pub(crate) fn new(cx: &Context) -> Self {
        let title = |text| Title::new(text).unwrap();
        let assessment = Assessment::new(cx, AssessmentKind::Test, title("Exam"));
        let sections = vec![
            Section::new(cx, assessment.id, title("Reading"), 1),
            Section::new(cx, assessment.id, title("Writing"), 2),
        ];
        let essay = Question::new(
            cx,
            QuestionKind::LongAnswer,
            "Write.",
            AnswerKey::Manual(ManualKey::default()),
        );
        let place = |question: Question, section: usize, position| {
            question.placed(assessment.id, Some(sections[section].id), position)
        };
        let questions = vec![
            place(essay.worth(points("6")), 1, 1),
            place(choices(cx, QuestionKind::MultipleSelect, "rrrw", "3"), 0, 2),
            place(choices(cx, QuestionKind::SingleChoice, "rw", "1"), 0, 1),
        ];
        Self { assessment, sections, questions }
    }

    pub(crate) fn form(&self) -> TestForm {
        TestForm::assemble(&self.assessment, &self.sections, &self.questions).unwrap()
    }

    pub(crate) fn sheet(&self) -> AnswerSheet {
        AnswerSheet::new([
            (self.questions[0].id, Answer::text("Once upon a time")),
            (self.questions[1].id, tick(&self.questions[1], &[0, 1])),
            (self.questions[2].id, tick(&self.questions[2], &[0])),
        ])
    }

    fn grade(&self, sheet: &AnswerSheet) -> AttemptResult {
        let result = grade_attempt(&self.form(), sheet).unwrap();
        assert_eq!(result.replay().unwrap(), result, "a replay gives the stored result");
        let json = serde_json::to_string(&result).unwrap();
        assert_eq!(serde_json::from_str::<AttemptResult>(&json).unwrap(), result);
        result
    }
}

/// A draft that cannot be read or lacks a part follows a try: the try is the last one, whatever the
/// tries make of it.
#[test]
fn a_draft_that_is_no_try_costs_nothing() {
    let cx = context();
    let question = choices(&cx, QuestionKind::TrueFalse, "rw", "1");
    let (right, wrong) = (tick(&question, &[0]), tick(&question, &[1]));
    let both = tick(&question, &[0, 1]);
    let penalty = ratio("1/3");
    for (tries, earned) in [
        (TryRule::Interactive { penalty }, "2/3"),
        (TryRule::Countback { penalty }, "2/3"),
        (TryRule::Adaptive { penalty }, "2/3"),
        (TryRule::Deferred, "1"),
    ] {
        let rules = ScoringRules { tries, ..ScoringRules::default() };
        let share = |given: &Answer| {
            let tried = vec![wrong.clone(), right.clone()];
            let entry = SheetEntry::new(question.id, given.clone()).after(tried);
            grade_entry(&question, Some(&entry), &rules).unwrap().share
        };
        assert_eq!(share(&both), Some(ratio(earned)), "{rules:?}");
        assert_eq!(share(&Answer::Blank), Some(ratio(earned)), "{rules:?}");
        let entry = SheetEntry::new(question.id, right.clone()).after(vec![wrong.clone()]);
        let at_once = grade_entry(&question, Some(&entry), &rules).unwrap().share;
        assert_eq!(share(&both), at_once, "as without the draft");
        // Where every answer is a try, a draft is one too.
        let every = ScoringRules { charged_tries: ChargedTries::Every, ..rules.clone() };
        let entry = SheetEntry::new(question.id, both.clone()).after(vec![right.clone()]);
        let charged = grade_entry(&question, Some(&entry), &every).unwrap();
        assert_eq!(charged.earlier.len(), 1);
    }
}

#[test]
fn pending_answers_are_left_out_of_the_current_and_nothing_in_the_final_score() {
    let exam = Exam::new(&context());
    let mut sheet = exam.sheet();
    let result = exam.grade(&sheet);
    assert_eq!((result.pending, result.passed), (1, PassDecision::Undecided));
    assert_eq!((result.current.exact, result.current.maximum), (ratio("3"), ratio("4")));
    assert_eq!((result.final_score.exact, result.final_score.maximum), (ratio("3"), ratio("10")));

    sheet.entries[0].mark = Some(ManualMark::new(points("4.5")));
    let marked = exam.grade(&sheet);
    assert!(marked.is_final());
    assert_eq!(marked.final_score.exact, ratio("7.5"));
    assert_eq!(marked.current, marked.final_score);
    assert_eq!(marked.passed, PassDecision::Passed);
}

#[test]
fn the_seven_states_count_differently() {
    let exam = Exam::new(&context());
    let [essay, select, single] = [0, 1, 2].map(|at| exam.questions[at].id);
    let graded = |given: Given| {
        let mut sheet = exam.sheet();
        sheet.entries[0] = SheetEntry::of(essay, given);
        let result = exam.grade(&sheet);
        let state = result.questions().find(|it| it.question == essay).unwrap().state;
        (state, result.final_score.maximum.to_string(), result.current.maximum.to_string())
    };
    let both = |state, maximum: &str| (state, maximum.to_owned(), maximum.to_owned());
    assert_eq!(graded(Given::NotAsked), both(AnswerState::NotAsked, "4"));
    assert_eq!(graded(Given::Excused), both(AnswerState::Excused, "4"));
    assert_eq!(graded(Given::Missing), both(AnswerState::Missing, "10"));
    assert_eq!(graded(Given::Answer(Answer::Blank)), both(AnswerState::Blank, "10"));
    let pending = graded(Given::Answer(Answer::text("x")));
    assert_eq!(pending, (AnswerState::Pending, "10".into(), "4".into()));
    let answered = exam.grade(&exam.sheet());
    let state = |id| answered.questions().find(|it| it.question == id).unwrap().state;
    assert_eq!([state(select), state(single)], [AnswerState::Answered; 2]);
}

#[test]
fn voided_and_bonus_questions() {
    let cx = context();
    let mut exam = Exam::new(&cx);
    let total = |exam: &Exam| {
        let score = exam.grade(&exam.sheet()).final_score;
        (score.exact.to_string(), score.maximum.to_string())
    };
    exam.questions[0].treatment = Treatment::Dropped;
    assert_eq!(total(&exam), ("3".into(), "4".into()));
    exam.questions[1].treatment = Treatment::FullCredit;
    assert_eq!(total(&exam), ("4".into(), "4".into()));
    exam.questions[1].treatment = Treatment::Bonus;
    exam.assessment.rules.section_clamp = Clamp::FREE;
    exam.assessment.rules.test_clamp = Clamp::FREE;
    assert_eq!(total(&exam), ("3".into(), "1".into()));
    exam.assessment.rules.test_clamp = Clamp::BOUNDED;
    assert_eq!(total(&exam), ("1".into(), "1".into()));
}

#[test]
fn each_scoring_type_by_hand() {
    let cx = context();
    let mut exam = Exam::new(&cx);
    exam.sections[0].max_score = Some(points("20"));
    exam.sections[0].weight = Some(points("1"));
    exam.sections[1].max_score = Some(points("30"));
    exam.sections[1].weight = Some(points("3"));
    let mut sheet = exam.sheet();
    sheet.entries[0].mark = Some(ManualMark::new(points("2")));
    // Reading 3 of 4, writing 2 of 6.
    for (scoring, max_score, expected) in [
        (ScoringType::PerQuestion, None, ("5", "10", "50")),
        (ScoringType::Fixed, Some("990"), ("495", "990", "50")),
        (ScoringType::Fixed, None, ("5", "10", "50")),
        (ScoringType::PerSection, None, ("25", "50", "50")),
        (ScoringType::Weighted, None, ("175/4", "100", "175/4")),
        (ScoringType::Weighted, Some("8"), ("7/2", "8", "175/4")),
        (ScoringType::Percentage, None, ("50", "100", "50")),
    ] {
        exam.assessment.scoring = scoring;
        exam.assessment.max_score = max_score.map(points);
        let score = exam.grade(&sheet).final_score;
        let percent = score.percent.unwrap().to_string();
        let found = (score.exact.to_string(), score.maximum.to_string(), percent);
        let (exact, maximum, percent) = expected;
        assert_eq!(found, (exact.into(), maximum.into(), percent.into()), "{scoring}");
    }
}

#[test]
fn a_section_is_capped_at_its_maximum() {
    let cx = context();
    let mut exam = Exam::new(&cx);
    exam.assessment.scoring = ScoringType::PerSection;
    exam.sections[1].max_score = Some(points("30"));
    let mut sheet = exam.sheet();
    // A marker gave more than the essay was worth.
    sheet.entries[0].mark = Some(ManualMark::new(points("7")));
    let result = exam.grade(&sheet);
    assert_eq!(result.sections[1].final_score.exact, ratio("30"));
    assert_eq!(result.final_score.exact, ratio("33"));
}

/// 1 of 10 is a tenth, also of a question that is worth 1 or 3 later.
#[test]
fn a_mark_keeps_its_proportion_when_the_question_is_worth_something_else() {
    let cx = context();
    let exam = Exam::new(&cx);
    let mut sheet = exam.sheet();
    let mut earned = |mark: ManualMark, worth: &str| {
        sheet.entries[0].mark = Some(mark);
        let essay = sheet.entries[0].question;
        let mut form = exam.form();
        let questions = form.sections.iter_mut().flat_map(|it| &mut it.questions);
        questions.filter(|it| it.id == essay).for_each(|it| it.score = points(worth));
        let result = grade_attempt(&form, &sheet).unwrap();
        assert_eq!(result.replay().unwrap(), result);
        let found = result.questions().find(|it| it.question == essay).unwrap();
        (found.earned.unwrap().to_string(), found.share.unwrap().to_string())
    };
    let mark = || ManualMark::out_of(points("1"), points("10"));
    let is = |earned: &str, share: &str| (earned.to_owned(), share.to_owned());
    assert_eq!(earned(mark(), "10"), is("1", "1/10"));
    assert_eq!(earned(mark(), "1"), is("1/10", "1/10"));
    assert_eq!(earned(mark(), "3.3333"), is("33333/100000", "1/10"));
    assert_eq!(earned(mark(), "0"), is("0", "0"));
    // Nothing could be earned when it was marked: there is no proportion.
    assert_eq!(earned(ManualMark::out_of(points("2"), points("0")), "4"), is("2", "1/2"));
    assert_eq!(earned(ManualMark::new(points("1")), "10"), is("1", "1/10"));
    assert_eq!(earned(ManualMark::new(points("1")), "2"), is("1", "1/2"));
}

#[test]
fn a_school_may_limit_what_people_give() {
    let cx = context();
    let mut exam = Exam::new(&cx);
    let mut sheet = exam.sheet();
    let essay = sheet.entries[0].question;
    let worth = exam.form().questions().find(|it| it.id == essay).unwrap().score;
    let double = Points::from_ten_thousandths(worth.ten_thousandths() * 2);
    let mut earned = |given: Points, clamp: Clamp| {
        exam.assessment.rules.mark_clamp = clamp;
        sheet.entries[0].mark = Some(ManualMark::new(given));
        let result = exam.grade(&sheet);
        result.questions().find(|it| it.question == essay).unwrap().earned
    };
    assert_eq!(earned(double, Clamp::FREE), Some(Ratio::from(double)));
    assert_eq!(earned(points("-1"), Clamp::FREE), Some(ratio("-1")));
    assert_eq!(earned(double, Clamp::BOUNDED), Some(Ratio::from(worth)));
    assert_eq!(earned(points("-1"), Clamp::BOUNDED), Some(ratio("0")));
    assert_eq!(earned(points("0.5"), Clamp::BOUNDED), Some(ratio("1/2")));
}

/// Forty texts with gaps whose weights sum to forty different primes, each with one gap filled
/// rightly: the sum of the shares needs a denominator of eighty digits.
#[test]
fn questions_with_parts_of_any_weights_are_added_up_exactly() {
    let cx = context();
    let mut exam = Exam::new(&cx);
    let primes: Vec<i64> = (100..).filter(|n| (2..*n).all(|d| n % d != 0)).take(40).collect();
    let (mut questions, mut entries, mut expected) = (Vec::new(), Vec::new(), 0.0);
    for (position, prime) in (1..).zip(&primes) {
        let word = || BlankKey::Text(TextKey::exact(["oak"]));
        let weights = [Ratio::from(1), Ratio::from(prime - 1)];
        let blanks: Vec<Blank> =
            weights.map(|weight| Blank { weight, ..Blank::new(cx.id(), word()) }).to_vec();
        let filled = FilledBlank { blank: blanks[0].id, text: "oak".into() };
        let key = AnswerKey::Blanks(BlanksKey::new(blanks));
        let question = Question::new(&cx, QuestionKind::FillBlank, "…", key).worth(points("0.7"));
        entries.push((question.id, Answer::Blanks(vec![filled])));
        questions.push(question.placed(exam.assessment.id, None, position));
        expected += 0.7 / *prime as f64;
    }
    for scoring in ScoringType::ALL {
        exam.assessment.scoring = *scoring;
        exam.assessment.passing = PassRule::Percent("0.7".parse().unwrap());
        let form = TestForm::assemble(&exam.assessment, &[], questions.clone()).unwrap();
        let result = grade_attempt(&form, &AnswerSheet::new(entries.clone())).unwrap();
        assert_eq!(result.replay().unwrap(), result);
        let score = result.final_score;
        let percent = score.percent.unwrap();
        let found = percent.numerator() as f64 / percent.denominator() as f64;
        assert!((found - expected / 28.0 * 100.0).abs() < 1e-9, "{scoring}: {found}");
        assert_eq!(result.passed, PassDecision::Failed);
    }
}

#[test]
fn passing_by_percent_marks_or_every_section() {
    let cx = context();
    let mut exam = Exam::new(&cx);
    let mut sheet = exam.sheet();
    sheet.entries[0].mark = Some(ManualMark::new(points("3")));
    let mut passes = |rule: PassRule| {
        exam.assessment.passing = rule;
        exam.grade(&sheet).passed
    };
    let percent = |text: &str| text.parse::<lms_kernel::Percent>().unwrap();
    assert_eq!(passes(PassRule::None), PassDecision::NoRule);
    assert_eq!(passes(PassRule::Percent(percent("60"))), PassDecision::Passed);
    assert_eq!(passes(PassRule::Percent(percent("60.01"))), PassDecision::Failed);
    assert_eq!(passes(PassRule::Marks(points("6"))), PassDecision::Passed);
    assert_eq!(passes(PassRule::AllSections(percent("50"))), PassDecision::Passed);
    assert_eq!(passes(PassRule::AllSections(percent("50.1"))), PassDecision::Failed);
    exam.sections[1].passing_percent = Some(percent("40"));
    exam.assessment.passing = PassRule::AllSections(percent("75"));
    assert_eq!(exam.grade(&sheet).passed, PassDecision::Passed);
}

#[test]
fn foreign_and_double_entries_are_refused() {
    let cx = context();
    let exam = Exam::new(&cx);
    let foreign: Id<Question> = cx.id();
    let mut sheet = exam.sheet();
    sheet.entries.push(SheetEntry::new(foreign, Answer::text("?")));
    let graded = grade_attempt(&exam.form(), &sheet);
    assert_eq!(graded, Err(GradeError::NotInForm { question: foreign }));
    let twice = exam.questions[1].id;
    sheet.entries[3] = SheetEntry::new(twice, Answer::Blank);
    let graded = grade_attempt(&exam.form(), &sheet);
    assert_eq!(graded, Err(GradeError::AnsweredTwice { question: twice }));
}

#[test]
fn forms_refuse_what_they_cannot_hold() {
    let cx = context();
    let mut exam = Exam::new(&cx);
    let again = exam.questions[0].clone();
    exam.questions.push(again);
    let form = TestForm::assemble(&exam.assessment, &exam.sections, &exam.questions);
    assert!(matches!(form, Err(FormError::Twice { .. })));
    exam.questions.pop();
    let form = TestForm::assemble(&exam.assessment, &exam.sections[..1], &exam.questions);
    assert!(matches!(form, Err(FormError::UnknownSection { .. })));
    let many: Vec<Question> =
        (0..1_001).map(|_| choices(&cx, QuestionKind::TrueFalse, "rw", "1")).collect();
    let form = TestForm::assemble(&exam.assessment, &[], &many);
    assert_eq!(form, Err(FormError::TooMany { found: 1_001, most: 1_000 }));
}

#[test]
fn words_and_numbers() {
    let cx = context();
    let rules = ScoringRules::default();
    let words = Question::new(
        &cx,
        QuestionKind::ShortAnswer,
        "Capital of France?",
        AnswerKey::Texts(TextKey::exact(["Paris"])),
    );
    assert_eq!(earned(&words, &Answer::text(" paris "), &rules), "1");
    assert_eq!(earned(&words, &Answer::text("Lyon"), &rules), "0");
    let accept = |text: &str| Accept::Exact { value: text.parse().unwrap() };
    let key = NumberKey {
        entries: vec![
            NumberEntry::new(accept("4")),
            NumberEntry::new(accept("-4")).worth(ratio("1/2")),
        ],
        ..NumberKey::default()
    };
    let number = Question::new(&cx, QuestionKind::Numeric, "√16?", AnswerKey::Numbers(key));
    assert_eq!(earned(&number, &Answer::text("4.0"), &rules), "1");
    assert_eq!(earned(&number, &Answer::text("-4"), &rules), "1/2");
    assert_eq!(earned(&number, &Answer::text("nan"), &rules), "0");
    let blank = grade_question(&number, &Answer::text(" "), &rules).unwrap();
    assert_eq!(blank.state, AnswerState::Blank);
}
