//! Exams with answers, the same in every run.
use std::sync::Arc;

use lms::{
    assessment::{
        Assessment, AssessmentKind, Section,
        compiled::{BatchScores, Cells, Column, CompiledTest, ResponseBatch, TextCells},
        conversion::{ConversionRow, ConversionRule, ConversionTable, Lookup},
        grading::{SheetEntry, TestForm},
        placement::{BandTable, LevelBand},
        question::{
            Accept, Answer, AnswerKey, Choice, NumberEntry, NumberKey, OrderKey, Pair, PairsKey,
            Question, QuestionKind, Stem, TextEntry, TextKey, TextPattern,
        },
        scoring::{OrderingRule, PassRule, ScoringType},
    },
    kernel::{Actor, Context, Points, Ratio, SequentialIds, Slug, TenantId, Timestamp, Title},
};

/// A compiled test and the answers of a batch of attempts.
pub(crate) struct Exam {
    pub(crate) test: CompiledTest,
    pub(crate) batch: ResponseBatch,
}

/// A source of numbers that is the same in every run and in the peers' scripts.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        // Knuth's MMIX generator; the upper bits are the good ones.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }
}

fn context() -> Context {
    let ids = Arc::new(SequentialIds::new());
    Context::new(TenantId::SINGLE, Actor::system("bench"), Timestamp::EPOCH, ids)
}

fn title(text: &str) -> Title {
    Title::new(text).unwrap()
}

fn whole(points: usize) -> Points {
    Points::from_whole(points as i64).unwrap()
}

impl Exam {
    /// One right option of four in each question.
    pub(crate) fn single_choice(
        questions: usize,
        attempts: usize,
        mark: fn(usize) -> usize,
    ) -> Self {
        let cx = context();
        let mut numbers = Numbers(1);
        let questions = (0..questions)
            .map(|at| {
                let right = numbers.below(4);
                choice(&cx, QuestionKind::SingleChoice, 4, |it| it == right).worth(whole(mark(at)))
            })
            .collect();
        Self::of(&cx, vec![("All", questions)], attempts, numbers)
    }

    /// Some right options of five in each question.
    pub(crate) fn multiple_select(questions: usize, attempts: usize) -> Self {
        let cx = context();
        let mut numbers = Numbers(2);
        let questions = (0..questions).map(|_| ticked(&cx, &mut numbers, 5)).collect();
        Self::of(&cx, vec![("All", questions)], attempts, numbers)
    }

    /// Four weighted sections of every kind that needs no marker.
    pub(crate) fn mixed(questions: usize, attempts: usize) -> Self {
        let cx = context();
        let mut numbers = Numbers(3);
        let mut sections = vec![
            ("Listening", Vec::new()),
            ("Reading", Vec::new()),
            ("Language", Vec::new()),
            ("Numbers", Vec::new()),
        ];
        for at in 0..questions {
            let question = match at % 10 {
                0..=3 => {
                    let right = numbers.below(4);
                    choice(&cx, QuestionKind::SingleChoice, 4, |it| it == right)
                }
                4 => choice(&cx, QuestionKind::TrueFalse, 2, |it| it == 0),
                5 | 6 => ticked(&cx, &mut numbers, 6),
                7 => words(&cx, at),
                8 => number(&cx, at),
                _ if at % 20 == 9 => matching(&cx),
                _ => ordering(&cx),
            };
            sections[at % 4].1.push(question.worth(whole(at % 3 + 1)));
        }
        Self::of(&cx, sections, attempts, numbers)
    }

    fn of(
        cx: &Context,
        content: Vec<(&str, Vec<Question>)>,
        attempts: usize,
        mut numbers: Numbers,
    ) -> Self {
        let mut assessment = Assessment::new(cx, AssessmentKind::Test, title("Exam"));
        assessment.passing = PassRule::Percent("60".parse().unwrap());
        if content.len() > 1 {
            assessment.scoring = ScoringType::Weighted;
        }
        let (mut sections, mut questions) = (Vec::new(), Vec::new());
        for (at, (name, own)) in content.into_iter().enumerate() {
            let mut section = Section::new(cx, assessment.id, title(name), at as u32);
            section.weight = Some(whole(at + 1));
            for (place, question) in own.into_iter().enumerate() {
                questions.push(question.placed(assessment.id, Some(section.id), place as u32));
            }
            sections.push(section);
        }
        let form = TestForm::assemble(&assessment, &sections, &questions).unwrap();
        let columns = form.questions().map(|it| answers(it, attempts, &mut numbers)).collect();
        let test = CompiledTest::compile(&form).unwrap();
        Self { test, batch: ResponseBatch::new(columns).unwrap() }
    }
}

fn choice(
    cx: &Context,
    kind: QuestionKind,
    options: usize,
    right: impl Fn(usize) -> bool,
) -> Question {
    let option = |at| Choice::new(cx.id(), format!("option {at}"), right(at));
    Question::new(cx, kind, "Which?", AnswerKey::choices())
        .with_options((0..options).map(option).collect())
}

fn ticked(cx: &Context, numbers: &mut Numbers, options: usize) -> Question {
    let pattern = numbers.below((1 << options) - 1) + 1;
    choice(cx, QuestionKind::MultipleSelect, options, |it| pattern >> it & 1 == 1)
}

fn words(cx: &Context, at: usize) -> Question {
    let entries = vec![
        TextEntry::new(TextPattern::Exact(format!("word {at}"))),
        TextEntry::new(TextPattern::Wildcard(format!("*{at}"))).worth(Ratio::new(1, 2).unwrap()),
    ];
    Question::new(cx, QuestionKind::ShortAnswer, "Word?", AnswerKey::Texts(TextKey { entries }))
}

fn number(cx: &Context, at: usize) -> Question {
    let accept = Accept::Absolute {
        value: format!("{at}.5").parse().unwrap(),
        margin: "0.25".parse().unwrap(),
    };
    let key = NumberKey { entries: vec![NumberEntry::new(accept)], ..NumberKey::default() };
    Question::new(cx, QuestionKind::Numeric, "How much?", AnswerKey::Numbers(key))
}

fn matching(cx: &Context) -> Question {
    let question = choice(cx, QuestionKind::Matching, 5, |_| false);
    let stem = |option: &Choice| Stem {
        id: cx.id(),
        text: "?".into(),
        choice: option.id,
        weight: Ratio::ONE,
    };
    let stems = question.options.iter().take(4).map(stem).collect();
    Question { answer_key: AnswerKey::Pairs(PairsKey { stems, rule: None }), ..question }
}

fn ordering(cx: &Context) -> Question {
    let question = choice(cx, QuestionKind::Ordering, 4, |_| false);
    let order = question.options.iter().map(|it| it.id).collect();
    let key = OrderKey { order, rule: Some(OrderingRule::AdjacentPairs) };
    Question { answer_key: AnswerKey::Order(key), ..question }
}

/// A column of answers: about half of them right, one in sixteen blank.
fn answers(question: &Question, attempts: usize, numbers: &mut Numbers) -> Column {
    let options = question.options.len();
    let right = question.options.iter().position(|it| it.is_correct).unwrap_or(0);
    let pattern =
        question.options.iter().rev().fold(0, |all, it| all << 1 | u8::from(it.is_correct));
    Column::new(match &question.answer_key {
        AnswerKey::Choices(_) if question.kind == QuestionKind::MultipleSelect => {
            let cell = |numbers: &mut Numbers| match numbers.below(3) {
                0 => pattern,
                1 => pattern ^ (1 << numbers.below(options)),
                _ => numbers.below(1 << options) as u8,
            };
            Cells::Ticks8((0..attempts).map(|_| cell(numbers)).collect())
        }
        AnswerKey::Choices(_) => {
            let cell = |numbers: &mut Numbers| match numbers.below(16) {
                0 => 0,
                1..=6 => right + 1,
                _ => numbers.below(options) + 1,
            };
            Cells::Choice((0..attempts).map(|_| cell(numbers) as u8).collect())
        }
        AnswerKey::Texts(key) => {
            let wanted = key.entries[0].pattern.text();
            let mut cells = TextCells::default();
            for _ in 0..attempts {
                match numbers.below(4) {
                    0 => cells.push(wanted),
                    1 => cells.push(&wanted.to_uppercase()),
                    2 => cells.push(&format!("another {}", numbers.below(100))),
                    _ => cells.push(""),
                }
            }
            Cells::Text(cells)
        }
        AnswerKey::Numbers(_) => {
            let mut cells = TextCells::default();
            for _ in 0..attempts {
                cells.push(&format!("{}.{}", numbers.below(60), numbers.below(10)));
            }
            Cells::Text(cells)
        }
        AnswerKey::Pairs(key) => {
            let pair = |stem: &Stem, numbers: &mut Numbers| Pair {
                stem: stem.id,
                choice: question.options[numbers.below(options)].id,
            };
            let entry = |numbers: &mut Numbers| {
                let pairs = key.stems.iter().map(|it| pair(it, numbers)).collect();
                SheetEntry::new(question.id, Answer::Pairs(pairs))
            };
            coded((0..200).map(|_| entry(numbers)).collect(), attempts, numbers)
        }
        AnswerKey::Order(key) => {
            let entry = |numbers: &mut Numbers| {
                let mut order = key.order.clone();
                order.swap(numbers.below(options), numbers.below(options));
                SheetEntry::new(question.id, Answer::Order(order))
            };
            coded((0..24).map(|_| entry(numbers)).collect(), attempts, numbers)
        }
        _ => Cells::Text(TextCells::default()),
    })
}

fn coded(entries: Vec<SheetEntry>, attempts: usize, numbers: &mut Numbers) -> Cells {
    let codes = (0..attempts).map(|_| numbers.below(entries.len()) as u32).collect();
    Cells::Coded { entries, codes }
}

/// Reads every cell of a matrix of choices once.
pub(crate) fn read(batch: &ResponseBatch) -> u64 {
    let mut sum = 0_u64;
    for column in batch.columns() {
        let Cells::Choice(cells) = column.cells() else { continue };
        for word in cells.as_chunks::<8>().0 {
            sum = sum.wrapping_add(u64::from_le_bytes(*word));
        }
    }
    sum
}

/// What a score report adds: scaled sections and a level.
pub(crate) struct Reporting {
    tables: Vec<ConversionTable>,
    levels: BandTable,
}

impl Reporting {
    pub(crate) fn new(exam: &Exam) -> Self {
        let rule = ConversionRule { lookup: Lookup::Floor, ..ConversionRule::default() };
        let table = |section: &lms::assessment::grading::FormSection| {
            let most: i64 = section.questions.iter().map(|it| it.score.ten_thousandths()).sum();
            let row = |raw: i64| {
                let scaled = Points::from_ten_thousandths(raw * 90_000 / most * 10_000);
                ConversionRow::single(Points::from_whole(raw).unwrap(), scaled)
            };
            ConversionTable::new(rule, (0..=most / 10_000).map(row).collect()).unwrap()
        };
        let band = |at: usize, name: &str| {
            LevelBand::level(whole(at * 20), whole((at + 1) * 20), title(name))
        };
        let names = ["A1", "A2", "B1", "B2", "C1"];
        let bands = names.iter().enumerate().map(|(at, name)| band(at, name)).collect();
        Self {
            tables: exam.test.form().sections.iter().map(table).collect(),
            levels: BandTable::half_open(Slug::new("total").unwrap(), bands).unwrap(),
        }
    }

    /// The sum of the scaled sections and the number of attempts in each level, so that nothing
    /// can be left out.
    pub(crate) fn report(&self, scores: &BatchScores) -> (i64, Vec<usize>) {
        let mut sum = 0;
        for (at, table) in self.tables.iter().enumerate() {
            for raw in scores.section(at).unwrap() {
                sum += table.convert(*raw).unwrap().ten_thousandths();
            }
        }
        let mut counts = vec![0; self.levels.bands().len()];
        for total in scores.totals() {
            let band = self.levels.band_of(*total).unwrap();
            counts[self.levels.bands().iter().position(|it| it == band).unwrap()] += 1;
        }
        (sum, counts)
    }
}
