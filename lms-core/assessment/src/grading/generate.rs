//! Random tests and answers for property tests: every kind, every rule, every state.

use std::sync::Arc;

use crate::{
    Section,
    grading::{
        AnswerSheet, FormSection, Given, ManualMark, ScoreFrame, SectionFrame, SheetEntry, TestForm,
    },
    question::{
        Accept, Answer, AnswerKey, Area, Association, AssociationsKey, Blank, BlankKey, BlanksKey,
        BoundedRegex, Choice, End, FilledBlank, GapOptions, ManualKey, MarkedBy, NumberEntry,
        NumberKey, OrderKey, Pair, PairsKey, PenaltyOf, Place, Question, QuestionKind,
        QuestionRules, Shape, SliderKey, SliderScale, Spot, SpotsKey, Stem, TextEntry, TextKey,
        TextPattern, Treatment, Unit, UnitRule, UnitSide,
    },
    scoring::{
        Cap, Certainty, Clamp, DecideOn, Floor, MultipleSelectRule, OrderingRule, PartsRule,
        PassRule, RExamsDeduction, ScoreRounding, ScoringProfile, ScoringRules, ScoringType,
        TryRule,
    },
};
use lms_kernel::{
    Actor, Context, Entropy, Id, Percent, Points, Ratio, Rounding, SeededEntropy, SequentialIds,
    TenantId, Timestamp,
};

/// So many cases, unless `PROPTEST_CASES` asks for another number.
pub(crate) fn cases(usual: u32) -> proptest::test_runner::Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    proptest::test_runner::Config { cases: asked.unwrap_or(usual), ..Default::default() }
}

/// A source of choices that a seed decides.
pub(crate) struct Generator {
    entropy: SeededEntropy,
    pub(crate) cx: Context,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        let ids = Arc::new(SequentialIds::new());
        let cx = Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids);
        Self { entropy: SeededEntropy::new(seed), cx }
    }

    pub(crate) fn id<T>(&self) -> Id<T> {
        self.cx.id()
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        let mut bytes = [0; 8];
        self.entropy.fill(&mut bytes);
        (u64::from_le_bytes(bytes) % end.max(1) as u64) as usize
    }

    pub(crate) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn ratio(&mut self, texts: &[&str]) -> Ratio {
        self.pick(texts).parse().unwrap()
    }

    fn points(&mut self) -> Points {
        self.pick(&["1", "2", "0.5", "3.3333", "10", "0", "7.25"]).parse().unwrap()
    }

    fn clamp(&mut self) -> Clamp {
        Clamp {
            floor: self.pick(&[Floor::Zero, Floor::Zero, Floor::Negative]),
            cap: self.pick(&[Cap::Full, Cap::Full, Cap::Bonus]),
        }
    }
}

pub(crate) fn generated_form(from: &mut Generator) -> TestForm {
    let rules = rules(from);
    let sections = from.below(4) + 1;
    let sections: Vec<FormSection> = (0..sections)
        .map(|at| {
            let questions = from.below(9);
            let mut frame = SectionFrame::unnamed();
            if at > 0 {
                frame.section = Some(from.id::<Section>());
            }
            frame.max_score = (!from.one_in(3)).then(|| from.points());
            frame.weight = (!from.one_in(3)).then(|| from.points());
            frame.passing_percent = from.one_in(2).then(|| percent(from));
            FormSection { frame, questions: (0..questions).map(|_| question(from)).collect() }
        })
        .collect();
    let frame = ScoreFrame {
        scoring: from.pick(ScoringType::ALL),
        max_score: (!from.one_in(3)).then(|| from.points()),
        passing: match from.below(4) {
            0 => PassRule::None,
            1 => PassRule::Marks(from.points()),
            2 => PassRule::AllSections(percent(from)),
            _ => PassRule::Percent(percent(from)),
        },
        section_clamp: rules.section_clamp,
        test_clamp: rules.test_clamp,
        rounding: rules.rounding,
    };
    TestForm { edition: 1, frame, rules, sections }
}

fn percent(from: &mut Generator) -> Percent {
    from.pick(&["0", "33.3333", "50", "70", "100"]).parse().unwrap()
}

fn rules(from: &mut Generator) -> ScoringRules {
    let mut rules = from.pick(ScoringProfile::ALL).rules();
    rules.wrong_answer = from.ratio(&["0", "0", "-1/4", "-1/3"]);
    rules.multiple_select = multiple_select(from);
    rules.blanks = parts(from);
    rules.pairs = parts(from);
    rules.ordering = ordering(from);
    rules.text.case_sensitive = from.one_in(2);
    rules.tries = match from.below(8) {
        0 => TryRule::Adaptive { penalty: from.ratio(&["1/3", "1/10"]) },
        1 => TryRule::Interactive { penalty: from.ratio(&["1/3", "1/10"]) },
        2 => TryRule::Countback { penalty: from.ratio(&["1/4"]) },
        3 => TryRule::Certainty,
        4 => TryRule::PointsList {
            points: ["1", "1/2", "1/4"].map(|it| it.parse().unwrap()).to_vec(),
        },
        _ => TryRule::Deferred,
    };
    rules.option_clamp = from.clamp();
    rules.question_clamp = from.clamp();
    rules.section_clamp = from.clamp();
    rules.test_clamp = from.clamp();
    rules.rounding = ScoreRounding {
        digits: from.below(5) as u8,
        mode: from.pick(Rounding::ALL),
        decide_on: from.pick(&[DecideOn::Exact, DecideOn::Shown]),
        lift: from.pick(&[Points::ZERO, Points::from_ten_thousandths(500)]),
    };
    rules
}

fn parts(from: &mut Generator) -> PartsRule {
    match from.below(3) {
        0 => PartsRule::PerPart,
        1 => PartsRule::AllOrNothing,
        _ => PartsRule::RightMinusWrong { deduction: from.ratio(&["1", "1/2"]) },
    }
}

fn ordering(from: &mut Generator) -> OrderingRule {
    from.pick(&[
        OrderingRule::Exact,
        OrderingRule::AdjacentPairs,
        OrderingRule::LongestRun,
        OrderingRule::LongestSubset,
        OrderingRule::Position,
    ])
}

fn multiple_select(from: &mut Generator) -> MultipleSelectRule {
    use MultipleSelectRule as Rule;
    match from.below(10) {
        0 => Rule::AllOrNothing,
        1 => Rule::RIGHT_MINUS_WRONG,
        2 => Rule::RightMinusWrong { deduction: Some(from.ratio(&["1/2", "1/7", "0"])) },
        3 => Rule::FractionSum { clamp: from.clamp() },
        4 => Rule::RightMinusWrongOverChoices,
        5 => Rule::CorrectDecisions,
        6 => Rule::DeductFromFull,
        7 => Rule::Halves,
        8 => Rule::RExams {
            deduction: from.pick(&[
                RExamsDeduction::False,
                RExamsDeduction::False2,
                RExamsDeduction::True,
                RExamsDeduction::All,
                RExamsDeduction::None,
            ]),
        },
        _ => Rule::Mapping {
            default: from.ratio(&["0", "-1", "-1/3"]),
            lower: from.one_in(2).then(|| from.ratio(&["0", "-1/2"])),
            upper: from.one_in(2).then(|| from.ratio(&["1", "2/3"])),
        },
    }
}

fn options(from: &mut Generator, count: usize) -> Vec<Choice> {
    let option = |from: &mut Generator| {
        let text = from.pick(&["a", "b", "c", "d", " ", "é"]);
        let mut option = Choice::new(from.id(), text, from.one_in(3));
        if from.one_in(3) {
            option.fraction = Some(from.ratio(&["1", "1/2", "-1/3", "1/7", "0"]));
        }
        option
    };
    (0..count).map(|_| option(from)).collect()
}

fn text_key(from: &mut Generator) -> TextKey {
    let pattern = |from: &mut Generator| match from.below(4) {
        0 => TextPattern::Wildcard(from.pick(&["*a*", r"\*", "col*r", "*"]).into()),
        1 => TextPattern::Regex(BoundedRegex::new(from.pick(&["gr[ae]y", "(", "\\d+"]))),
        _ => TextPattern::Exact(from.pick(&["Paris", "new  york", "0", "é", ""]).into()),
    };
    let entry = |from: &mut Generator| {
        let mut entry = TextEntry::new(pattern(from)).worth(from.ratio(&["1", "1/2", "0"]));
        entry.case_sensitive = from.pick(&[None, Some(true), Some(false)]);
        entry
    };
    let count = from.below(4);
    TextKey { entries: (0..count).map(|_| entry(from)).collect() }
}

fn number_key(from: &mut Generator) -> NumberKey {
    let number = |from: &mut Generator| {
        let text = from.pick(&["0", "-11.7", "3e8", "6.626e-34", "100", "50", "0.02"]);
        text.parse().unwrap()
    };
    let accept = |from: &mut Generator| match from.below(6) {
        0 => Accept::Exact { value: number(from) },
        1 => Accept::Relative { value: number(from), share: "0.05".parse().unwrap() },
        2 => Accept::Interval {
            low: from.one_in(2).then(|| End::closed(number(from))),
            high: from.one_in(2).then(|| End::open(number(from))),
        },
        3 => Accept::Figures { value: number(from), figures: 2, as_written: from.one_in(2) },
        4 => Accept::Geometric { value: number(from), share: "0.5".parse().unwrap() },
        _ => Accept::Absolute { value: number(from), margin: "0.02".parse().unwrap() },
    };
    let count = from.below(3) + 1;
    let entries = (0..count)
        .map(|_| NumberEntry::new(accept(from)).worth(from.ratio(&["1", "2/3"])))
        .collect();
    let units = from.one_in(2).then(|| UnitRule {
        units: vec![
            Unit { name: "m".into(), factor: Ratio::ONE },
            Unit { name: "km".into(), factor: Ratio::from(1_000) },
        ],
        optional: from.one_in(2),
        penalty: from.ratio(&["1/10", "1"]),
        penalty_of: from.pick(&[PenaltyOf::Response, PenaltyOf::Question]),
        side: UnitSide::Either,
    });
    NumberKey { entries, units, format: None }
}

fn area(from: &mut Generator) -> Area {
    let place = |from: &mut Generator| Place::new(from.below(9) as i32, from.below(9) as i32);
    let shape = match from.below(3) {
        0 => Shape::Circle { centre: place(from), radius: from.below(5) as u32 },
        1 => Shape::Rectangle { from: place(from), to: place(from) },
        _ => {
            let count = from.below(5);
            Shape::Polygon { corners: (0..count).map(|_| place(from)).collect() }
        }
    };
    Area { weight: from.ratio(&["1", "1", "2", "1/3"]), ..Area::new(shape) }
}

fn question(from: &mut Generator) -> Question {
    let kind = from.pick(QuestionKind::ALL);
    let count = if from.one_in(6) { 9 + from.below(8) } else { from.below(6) + 1 };
    let choices = options(from, count);
    let key = match kind {
        QuestionKind::SingleChoice | QuestionKind::TrueFalse => AnswerKey::choices(),
        QuestionKind::MultipleSelect if from.one_in(2) => AnswerKey::choices(),
        QuestionKind::MultipleSelect => AnswerKey::multiple_select(multiple_select(from)),
        QuestionKind::ShortAnswer => AnswerKey::Texts(text_key(from)),
        QuestionKind::Numeric => AnswerKey::Numbers(number_key(from)),
        QuestionKind::FillBlank => {
            let blank = |from: &mut Generator| Blank {
                id: from.id(),
                label: String::new(),
                key: match from.below(4) {
                    0 => BlankKey::Text(text_key(from)),
                    1 => BlankKey::Number(number_key(from)),
                    2 => BlankKey::Choice(GapOptions::new(options(from, 3))),
                    _ => {
                        let rule = from.one_in(2).then(|| multiple_select(from));
                        BlankKey::Ticks(GapOptions { options: options(from, 4), rule })
                    }
                },
                weight: from.ratio(&["1", "1", "2", "1/2"]),
            };
            let count = from.below(4);
            let blanks = (0..count).map(|_| blank(from)).collect();
            AnswerKey::Blanks(BlanksKey { blanks, rule: from.one_in(2).then(|| parts(from)) })
        }
        QuestionKind::Matching => {
            let stem = |from: &mut Generator| Stem {
                id: from.id(),
                text: String::new(),
                choice: from.pick(&choices).id,
                weight: from.ratio(&["1", "1", "3"]),
            };
            let count = from.below(4);
            AnswerKey::Pairs(PairsKey {
                stems: (0..count).map(|_| stem(from)).collect(),
                rule: None,
            })
        }
        QuestionKind::Ordering => AnswerKey::Order(OrderKey {
            order: choices.iter().map(|it| it.id).collect(),
            rule: from.one_in(2).then(|| ordering(from)),
        }),
        QuestionKind::Hotspot | QuestionKind::Markers => {
            let count = from.below(4) + 1;
            let mut areas: Vec<Area> = (0..count).map(|_| area(from)).collect();
            if kind == QuestionKind::Markers {
                areas.iter_mut().for_each(|it| it.marker = Some(from.pick(&choices).id));
            }
            let most = from.one_in(2).then(|| from.below(5) as u16);
            AnswerKey::Spots(SpotsKey { areas, most, rule: from.one_in(2).then(|| parts(from)) })
        }
        QuestionKind::Association => {
            let pair = |from: &mut Generator| {
                Association::new(from.pick(&choices).id, from.pick(&choices).id)
            };
            let count = from.below(4) + 1;
            AnswerKey::Associations(AssociationsKey {
                is_directed: from.one_in(2),
                rule: from.one_in(2).then(|| parts(from)),
                ..AssociationsKey::new((0..count).map(|_| pair(from)))
            })
        }
        QuestionKind::Slider => {
            let [low, high, step] = ["-20", "120", "0.5"].map(|it| it.parse().unwrap());
            let accepted = NumberKey { units: None, ..number_key(from) };
            AnswerKey::Slider(SliderKey { scale: SliderScale { low, high, step }, accepted })
        }
        QuestionKind::Information => AnswerKey::Nothing,
        QuestionKind::LongAnswer
        | QuestionKind::AudioResponse
        | QuestionKind::VideoResponse
        | QuestionKind::ImageResponse
        | QuestionKind::FileUpload => AnswerKey::Manual(ManualKey::default()),
    };
    let mut question = Question::new(&from.cx, kind, "?", key).with_options(choices);
    question.score = from.points();
    if from.one_in(6) {
        question.rules = QuestionRules {
            marked_by: from.pick(MarkedBy::ALL),
            tries: from.one_in(2).then(|| TryRule::Adaptive { penalty: from.ratio(&["1/3", "0"]) }),
            most_tries: from.one_in(2).then(|| from.below(3) as u8 + 1),
            at_once: from.one_in(2),
            attachments: None,
        };
    }
    if from.one_in(6) {
        question.treatment = from.pick(Treatment::ALL);
    }
    question
}

fn answer(from: &mut Generator, question: &Question) -> Answer {
    if from.one_in(8) {
        return Answer::Blank;
    }
    if from.one_in(20) {
        return Answer::text("of another shape");
    }
    let unknown: Id<Choice> = from.id();
    let some_option = |from: &mut Generator| match from.one_in(12) || question.options.is_empty() {
        true => unknown,
        false => from.pick(&question.options).id,
    };
    let words = |from: &mut Generator| {
        from.pick(&[
            "Paris", "paris", "", " ", "New York", "grey", "*", "12", "-11.72", "3x10^8",
            "6.6e-34", "100 m", "0.1 km", "50", "1,000", "inf", "nan", "0", "e\u{301}", "colour",
        ])
    };
    match &question.answer_key {
        AnswerKey::Choices(_) if question.kind == QuestionKind::MultipleSelect => {
            let count = from.below(question.options.len() + 1);
            Answer::Choices((0..count).map(|_| some_option(from)).collect())
        }
        AnswerKey::Choices(_) => Answer::choice(some_option(from)),
        AnswerKey::Texts(_)
        | AnswerKey::Numbers(_)
        | AnswerKey::Manual(_)
        | AnswerKey::Slider(_)
        | AnswerKey::Nothing => Answer::text(words(from)),
        AnswerKey::Spots(_) => {
            let count = from.below(5);
            let spot = |from: &mut Generator| Spot {
                marker: from.one_in(2).then(|| some_option(from)),
                ..Spot::new(from.below(10) as i32, from.below(10) as i32)
            };
            Answer::Spots((0..count).map(|_| spot(from)).collect())
        }
        AnswerKey::Associations(_) => {
            let count = from.below(5);
            let pair =
                |from: &mut Generator| Association::new(some_option(from), some_option(from));
            Answer::Associations((0..count).map(|_| pair(from)).collect())
        }
        AnswerKey::Blanks(key) => Answer::Blanks(
            key.blanks
                .iter()
                .map(|blank| match &blank.key {
                    BlankKey::Choice(gap) | BlankKey::Ticks(gap) => {
                        let count = from.below(3);
                        let chosen = (0..count).map(|_| from.pick(&gap.options).id);
                        FilledBlank::chosen(blank.id, chosen.collect::<Vec<_>>())
                    }
                    BlankKey::Text(_) | BlankKey::Number(_) => {
                        FilledBlank { blank: blank.id, text: words(from).to_owned() }
                    }
                })
                .collect(),
        ),
        AnswerKey::Pairs(key) => Answer::Pairs(
            key.stems.iter().map(|it| Pair { stem: it.id, choice: some_option(from) }).collect(),
        ),
        AnswerKey::Order(key) => {
            let mut order = key.order.clone();
            for at in 0..order.len() {
                let other = from.below(order.len());
                if !from.one_in(3) {
                    order.swap(at, other);
                }
            }
            order.truncate(order.len().saturating_sub(from.below(2)));
            Answer::Order(order)
        }
    }
}

pub(crate) fn generated_sheet(from: &mut Generator, form: &TestForm) -> AnswerSheet {
    let mut sheet = AnswerSheet::default();
    let usual_only = from.one_in(2);
    for question in form.questions() {
        if from.one_in(10) {
            continue;
        }
        let mut entry = SheetEntry::new(question.id, answer(from, question));
        if !usual_only {
            match from.below(12) {
                0 => entry.given = Given::NotAsked,
                1 => entry.given = Given::Excused,
                2 => entry.given = Given::Missing,
                3 => entry.mark = Some(ManualMark::new(from.points())),
                4 => entry.earlier = vec![answer(from, question), answer(from, question)],
                5 => entry.certainty = from.pick(Certainty::ALL),
                _ => {}
            }
        }
        sheet.entries.push(entry);
    }
    sheet
}
