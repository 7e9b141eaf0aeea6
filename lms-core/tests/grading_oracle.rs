//! Exact grading against an oracle: random tests, scored a second time from their definitions in
//! rationals without limits, by code that shares nothing with the library.
//!
//! 10,000 tests by default; a million by
//! `PROPTEST_CASES=1000000 cargo test --release -p lms-core --test grading_oracle`.

use std::sync::Arc;

use lms_core::{
    assessment::{
        grading::{
            AnswerSheet, FormSection, Given, ManualMark, PassDecision, ScoreFrame, SectionFrame,
            SheetEntry, TestForm, grade_attempt,
        },
        question::{
            Accept, Answer, AnswerKey, Blank, BlankKey, BlanksKey, Choice, FilledBlank, ManualKey,
            NumberEntry, NumberKey, OrderKey, Pair, PairsKey, Question, QuestionKind, Stem,
            TextEntry, TextKey, TextPattern, Treatment,
        },
        scoring::{
            Cap, Certainty, Clamp, DecideOn, Floor, MultipleSelectRule, OrderingRule, PartsRule,
            PassRule, ScoreRounding, ScoringRules, ScoringType, TryRule,
        },
    },
    kernel::{
        Actor, Context, Percent, Points, Ratio, Rounding, SequentialIds, TenantId, Timestamp,
    },
};
use num_bigint::BigInt;
use num_rational::BigRational;

type Q = BigRational;

fn q(over: i64, under: i64) -> Q {
    Q::new(BigInt::from(over), BigInt::from(under))
}

fn ratio(over: i64, under: i64) -> Ratio {
    Ratio::new(i128::from(over), i128::from(under)).unwrap()
}

fn same(exact: Ratio) -> Q {
    Q::new(BigInt::from(exact.numerator()), BigInt::from(exact.denominator()))
}

struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 % end as u64).unwrap()
    }

    fn one_in(&mut self, many: i64) -> bool {
        self.below(many) == 0
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as i64) as usize]
    }
}

/// A question with its answer in the test's own words.
enum Item {
    /// `tried` are the choices before the last; `None` is a try without one.
    Single {
        worth: Vec<(i64, i64)>,
        chosen: Option<usize>,
        tried: Vec<Option<usize>>,
    },
    Ticks {
        right: Vec<bool>,
        ticked: Vec<bool>,
        rule: MultipleSelectRule,
    },
    Words {
        accepted: Vec<(String, (i64, i64))>,
        wrote: String,
    },
    Number {
        value: i64,
        margin: i64,
        wrote: Option<i64>,
    },
    Blanks {
        parts: Vec<(i64, bool, bool)>,
        rule: PartsRule,
    },
    /// The option matched to each item, of as many options; the n-th belongs to the n-th.
    Pairs {
        matched: Vec<Option<usize>>,
        rule: PartsRule,
    },
    Order {
        given: Vec<usize>,
        rule: OrderingRule,
    },
    Essay {
        mark: Option<i64>,
    },
}

struct Asked {
    item: Item,
    units: i64,
    treatment: Treatment,
    given: u8,
    certainty: Certainty,
}

fn parts_rule(n: &mut Numbers) -> PartsRule {
    n.pick(&[
        PartsRule::PerPart,
        PartsRule::AllOrNothing,
        PartsRule::RightMinusWrong { deduction: ratio(1, 2) },
    ])
}

impl Asked {
    fn random(n: &mut Numbers) -> Self {
        let item = match n.below(8) {
            0 => {
                let options = n.below(5) + 1;
                let worth = (0..options).map(|_| n.pick(&[(0, 1), (1, 1), (-1, 3), (2, 7)]));
                let worth: Vec<_> = worth.collect();
                let choose = |n: &mut Numbers| (!n.one_in(6)).then(|| n.below(options) as usize);
                let chosen = choose(n);
                let tries = if n.one_in(3) { n.below(3) } else { 0 };
                let tried = (0..tries).map(|_| choose(n)).collect();
                Item::Single { worth, chosen, tried }
            }
            1 => {
                let options = n.below(12) + 1;
                let bits = |n: &mut Numbers| (0..options).map(|_| n.one_in(2)).collect();
                let (right, ticked) = (bits(n), bits(n));
                use MultipleSelectRule as Rule;
                let rule = n.pick(&[
                    Rule::AllOrNothing,
                    Rule::RIGHT_MINUS_WRONG,
                    Rule::RightMinusWrong { deduction: Some(ratio(1, 7)) },
                    Rule::RightMinusWrongOverChoices,
                    Rule::CorrectDecisions,
                    Rule::DeductFromFull,
                ]);
                Item::Ticks { right, ticked, rule }
            }
            2 => {
                let words = ["ash", "beech", "cedar"];
                let accepted = words.iter().map(|it| ((*it).to_owned(), n.pick(&[(1, 1), (1, 3)])));
                let accepted = accepted.collect();
                let wrote = n.pick(&["Ash", " beech ", "cedars", "", "CEDAR"]).to_owned();
                Item::Words { accepted, wrote }
            }
            3 => {
                let (value, margin) = (n.below(400) - 200, n.below(30));
                let wrote = (!n.one_in(6)).then(|| value + n.below(80) - 40);
                Item::Number { value, margin, wrote }
            }
            4 => {
                let parts = n.below(4) + 1;
                let part = |n: &mut Numbers| (n.below(3) + 1, !n.one_in(4), n.one_in(2));
                let parts = (0..parts).map(|_| part(n)).collect();
                Item::Blanks { parts, rule: parts_rule(n) }
            }
            6 => {
                let items = n.below(4) + 1;
                let one = |n: &mut Numbers| (!n.one_in(4)).then(|| n.below(items) as usize);
                let matched = (0..items).map(|_| one(n)).collect();
                Item::Pairs { matched, rule: parts_rule(n) }
            }
            5 => {
                let mut given: Vec<usize> = (0..n.below(6) as usize + 2).collect();
                for at in 0..given.len() {
                    let other = n.below(given.len() as i64) as usize;
                    given.swap(at, other);
                }
                let rule = n.pick(&[
                    OrderingRule::Exact,
                    OrderingRule::Position,
                    OrderingRule::AdjacentPairs,
                ]);
                Item::Order { given, rule }
            }
            _ => Item::Essay { mark: n.one_in(2).then(|| n.below(120_000)) },
        };
        let treatment = if n.one_in(8) { n.pick(Treatment::ALL) } else { Treatment::Counted };
        let units = n.pick(&[10_000, 20_000, 33_333, 5_000, 0]);
        let given = if n.one_in(6) { n.below(4) as u8 } else { 0 };
        let certainty = n.pick(Certainty::ALL);
        Self { item, units, treatment, given, certainty }
    }

    fn is_blank(&self) -> bool {
        match &self.item {
            Item::Single { chosen, tried, .. } => chosen.is_none() && tried.is_empty(),
            Item::Pairs { matched, .. } => matched.iter().all(Option::is_none),
            Item::Ticks { ticked, .. } => !ticked.contains(&true),
            Item::Words { wrote, .. } => wrote.is_empty(),
            Item::Number { wrote, .. } => wrote.is_none(),
            Item::Blanks { parts, .. } => parts.iter().all(|part| !part.1),
            Item::Order { .. } | Item::Essay { .. } => false,
        }
    }

    /// The share of all tries together by definition, before limits; only for what is not blank.
    fn share_of_tries(&self, rule: &TryRule) -> Q {
        let zero = || q(0, 1);
        let worth = |at: &Option<usize>| match (&self.item, at) {
            (Item::Single { worth, .. }, Some(at)) => q(worth[*at].0, worth[*at].1),
            _ => zero(),
        };
        let mut shares: Vec<Q> = match &self.item {
            Item::Single { tried, .. } => tried.iter().map(worth).collect(),
            _ => Vec::new(),
        };
        shares.push(if self.given == 3 { zero() } else { self.share() });
        let (last, count) = (shares.last().unwrap().clone(), shares.len() as i64);
        match rule {
            TryRule::Deferred => last,
            TryRule::Adaptive { .. } => {
                let wrong_before = |at: usize| shares[..at].iter().filter(|it| **it < q(1, 1));
                let paid = |at: usize| &shares[at] - q(wrong_before(at).count() as i64, 3);
                (0..shares.len()).map(paid).fold(zero(), Q::max)
            }
            // A third off for each try before, and never below zero.
            TryRule::Interactive { .. } => (last - q(count - 1, 3)).max(zero()),
            TryRule::Certainty => {
                let (right, wrong) = match self.certainty {
                    Certainty::Low => (1, 0),
                    Certainty::Mid => (2, -2),
                    Certainty::High => (3, -6),
                };
                if last > zero() { last * q(right, 1) } else { q(wrong, 1) }
            }
            TryRule::PointsList { .. } => {
                let pays = [q(1, 1), q(1, 2)];
                let best_before =
                    |at: usize| shares[..at].iter().fold(zero(), |a, b| a.max(b.clone()));
                let gain = |at: usize| (&shares[at] - best_before(at)).max(zero());
                (0..shares.len().min(2)).fold(zero(), |sum, at| sum + gain(at) * &pays[at])
            }
            TryRule::Countback { .. } => unreachable!("it is shown by hand"),
        }
    }

    /// The share by definition, before limits; only for answers that are not blank.
    fn share(&self) -> Q {
        let zero = || q(0, 1);
        let flag = |holds: bool| if holds { q(1, 1) } else { q(0, 1) };
        match &self.item {
            Item::Single { worth, chosen, .. } => chosen.map_or_else(zero, |at| {
                let (over, under) = worth[at];
                q(over, under)
            }),
            Item::Pairs { matched, rule } => {
                let whole = matched.len() as i64;
                let right = |it: &(usize, &Option<usize>)| *it.1 == Some(it.0);
                let hit = matched.iter().enumerate().filter(right).count() as i64;
                let wrong = matched.iter().flatten().count() as i64 - hit;
                match rule {
                    PartsRule::PerPart => q(hit, whole),
                    PartsRule::AllOrNothing => flag(hit == whole),
                    PartsRule::RightMinusWrong { .. } => q(hit, whole) - q(wrong, 2 * whole),
                }
            }
            Item::Ticks { right, ticked, rule } => {
                let count = |r: bool, t: bool| {
                    right.iter().zip(ticked).filter(|it| (*it.0, *it.1) == (r, t)).count() as i64
                };
                let (hit, wrong, missed) =
                    (count(true, true), count(false, true), count(true, false));
                let (keys, all) = (hit + missed, right.len() as i64);
                let over = |a: i64, b: i64| if b == 0 { zero() } else { q(a, b) };
                match rule {
                    MultipleSelectRule::AllOrNothing => flag(wrong == 0 && missed == 0),
                    MultipleSelectRule::RightMinusWrong { deduction: None } => {
                        over(hit, keys) - over(wrong, keys)
                    }
                    MultipleSelectRule::RightMinusWrong { .. } => over(hit, keys) - q(wrong, 7),
                    MultipleSelectRule::RightMinusWrongOverChoices => q(hit, all) - q(wrong, all),
                    MultipleSelectRule::CorrectDecisions => q(hit + count(false, false), all),
                    _ => q(1, 1) - q(wrong, all) - over(missed, keys),
                }
            }
            Item::Words { accepted, wrote } => {
                let wrote = wrote.trim().to_lowercase();
                let found = accepted.iter().find(|it| it.0 == wrote);
                found.map_or_else(zero, |it| q(it.1.0, it.1.1))
            }
            Item::Number { value, margin, wrote } => {
                flag((wrote.unwrap() - value).abs() <= *margin)
            }
            Item::Blanks { parts, rule } => {
                let whole: i64 = parts.iter().map(|it| it.0).sum();
                let hit: i64 = parts.iter().filter(|it| it.1 && it.2).map(|it| it.0).sum();
                let missed: i64 = parts.iter().filter(|it| it.1 && !it.2).map(|it| it.0).sum();
                match rule {
                    PartsRule::PerPart => q(hit, whole),
                    PartsRule::AllOrNothing => flag(hit == whole),
                    PartsRule::RightMinusWrong { .. } => q(hit * 2 - missed, whole * 2),
                }
            }
            Item::Order { given, rule } => {
                let own = given.iter().enumerate().filter(|it| it.0 == *it.1).count() as i64;
                let pairs = given.windows(2).filter(|it| it[0] + 1 == it[1]).count() as i64;
                let all = given.len() as i64;
                match rule {
                    OrderingRule::Exact => flag(own == all),
                    OrderingRule::Position => q(own, all),
                    _ => q(pairs, all - 1),
                }
            }
            Item::Essay { .. } => zero(),
        }
    }

    /// What it earns and could earn, with what is pending counted as nothing; `None` where it does
    /// not count.
    fn score(&self, rules: &ScoringRules) -> Option<(Q, Q)> {
        let worth = q(self.units, 10_000);
        let possible = if self.treatment == Treatment::Bonus { q(0, 1) } else { worth.clone() };
        if self.given == 1 || self.given == 2 || self.treatment == Treatment::Dropped {
            return None;
        }
        if self.treatment == Treatment::FullCredit {
            return Some((worth.clone(), possible));
        }
        if let Item::Essay { mark: Some(units) } = self.item {
            return Some((q(units, 10_000), possible));
        }
        let tried = matches!(&self.item, Item::Single { tried, .. } if !tried.is_empty());
        let waits = matches!(self.item, Item::Essay { .. });
        if waits || self.is_blank() || (self.given == 3 && !tried) {
            return Some((q(0, 1), possible));
        }
        let share = self.share_of_tries(&rules.tries);
        Some((limited(share, q(1, 1), rules.question_clamp) * worth, possible))
    }

    fn is_pending(&self) -> bool {
        matches!(self.item, Item::Essay { mark: None })
            && self.given == 0
            && !self.treatment.is_voided()
    }

    fn build(&self, cx: &Context) -> (Question, SheetEntry) {
        let choices = |count: usize| -> Vec<Choice> {
            (0..count).map(|at| Choice::new(cx.id(), at.to_string(), false)).collect()
        };
        let decimal = |hundredths: i64| {
            let sign = if hundredths < 0 { "-" } else { "" };
            format!("{sign}{}.{:02}", hundredths.abs() / 100, hundredths.abs() % 100)
        };
        let (kind, key, options, answer) = match &self.item {
            Item::Single { worth, chosen, .. } => {
                let mut options = choices(worth.len());
                for (option, (over, under)) in options.iter_mut().zip(worth) {
                    option.fraction = Some(ratio(*over, *under));
                }
                let answer = chosen.map_or(Answer::Blank, |at| Answer::choice(options[at].id));
                (QuestionKind::SingleChoice, AnswerKey::choices(), options, answer)
            }
            Item::Ticks { right, ticked, rule } => {
                let mut options = choices(right.len());
                for (option, right) in options.iter_mut().zip(right) {
                    option.is_correct = *right;
                }
                let ticked = options.iter().zip(ticked).filter(|it| *it.1).map(|it| it.0.id);
                let answer = Answer::Choices(ticked.collect());
                (QuestionKind::MultipleSelect, AnswerKey::multiple_select(*rule), options, answer)
            }
            Item::Words { accepted, wrote } => {
                let entry = |(word, (over, under)): &(String, (i64, i64))| {
                    TextEntry::new(TextPattern::Exact(word.clone())).worth(ratio(*over, *under))
                };
                let key = TextKey { entries: accepted.iter().map(entry).collect() };
                let answer = Answer::text(wrote.clone());
                (QuestionKind::ShortAnswer, AnswerKey::Texts(key), Vec::new(), answer)
            }
            Item::Number { value, margin, wrote } => {
                let accept = Accept::Absolute {
                    value: decimal(*value).parse().unwrap(),
                    margin: decimal(*margin).parse().unwrap(),
                };
                let key =
                    NumberKey { entries: vec![NumberEntry::new(accept)], ..NumberKey::default() };
                let answer = wrote.map_or(Answer::Blank, |it| Answer::text(decimal(it)));
                (QuestionKind::Numeric, AnswerKey::Numbers(key), Vec::new(), answer)
            }
            Item::Blanks { parts, rule } => {
                let blank = |(weight, _, _): &(i64, bool, bool)| Blank {
                    id: cx.id(),
                    label: String::new(),
                    key: BlankKey::Text(TextKey::exact(["oak"])),
                    weight: ratio(*weight, 1),
                };
                let blanks: Vec<Blank> = parts.iter().map(blank).collect();
                let filled = parts.iter().zip(&blanks).filter(|(part, _)| part.1);
                let fill = |(part, blank): (&(i64, bool, bool), &Blank)| FilledBlank {
                    blank: blank.id,
                    text: if part.2 { "Oak" } else { "elm" }.to_owned(),
                };
                let answer = Answer::Blanks(filled.map(fill).collect());
                let key = BlanksKey { blanks, rule: Some(*rule) };
                (QuestionKind::FillBlank, AnswerKey::Blanks(key), Vec::new(), answer)
            }
            Item::Pairs { matched, rule } => {
                let options = choices(matched.len());
                let stem = |option: &Choice| Stem {
                    id: cx.id(),
                    text: String::new(),
                    choice: option.id,
                    weight: ratio(1, 1),
                };
                let stems: Vec<Stem> = options.iter().map(stem).collect();
                let pair = |(stem, at): (&Stem, &Option<usize>)| {
                    at.map(|at| Pair { stem: stem.id, choice: options[at].id })
                };
                let answer = Answer::Pairs(stems.iter().zip(matched).filter_map(pair).collect());
                let key = AnswerKey::Pairs(PairsKey { stems, rule: Some(*rule) });
                (QuestionKind::Matching, key, options, answer)
            }
            Item::Order { given, rule } => {
                let options = choices(given.len());
                let order = options.iter().map(|it| it.id).collect();
                let answer = Answer::Order(given.iter().map(|at| options[*at].id).collect());
                let key = OrderKey { order, rule: Some(*rule) };
                (QuestionKind::Ordering, AnswerKey::Order(key), options, answer)
            }
            Item::Essay { .. } => {
                let key = AnswerKey::Manual(ManualKey::default());
                (QuestionKind::LongAnswer, key, Vec::new(), Answer::text("An essay."))
            }
        };
        let mut question = Question::new(cx, kind, "?", key)
            .with_options(options)
            .worth(Points::from_ten_thousandths(self.units));
        question.treatment = self.treatment;
        let given = match self.given {
            0 => Given::Answer(answer),
            1 => Given::NotAsked,
            2 => Given::Excused,
            _ => Given::Missing,
        };
        let mut entry = SheetEntry::of(question.id, given).with_certainty(self.certainty);
        if let Item::Single { tried, .. } = &self.item {
            let answer = |at: &Option<usize>| {
                at.map_or(Answer::Blank, |at| Answer::choice(question.options[at].id))
            };
            entry.earlier = tried.iter().map(answer).collect();
        }
        if let Item::Essay { mark: Some(units) } = self.item {
            entry.mark = Some(ManualMark::new(Points::from_ten_thousandths(units)));
        }
        (question, entry)
    }
}

fn limited(share: Q, full: Q, clamp: Clamp) -> Q {
    let zero = q(0, 1);
    if share < zero && clamp.floor == Floor::Zero {
        return zero;
    }
    if share > full && clamp.cap == Cap::Full { full } else { share }
}

/// Rounds by the definition of each mode, on whole numbers without limits.
fn rounded(value: &Q, digits: u32, mode: Rounding) -> Q {
    let steps = q(10_i64.pow(digits), 1);
    let scaled = value * &steps;
    let (floor, half) = (scaled.floor(), q(1, 2));
    let part = &scaled - &floor;
    let negative = scaled < q(0, 1);
    let odd = (&floor / q(2, 1)).fract() != q(0, 1);
    let up = match mode {
        Rounding::Ceiling => part > q(0, 1),
        Rounding::Floor => false,
        Rounding::Up => part > q(0, 1) && !negative,
        Rounding::Down => part > q(0, 1) && negative,
        Rounding::HalfUp => part > half || (part == half && !negative),
        Rounding::HalfDown => part > half || (part == half && negative),
        Rounding::HalfEven => part > half || (part == half && odd),
        Rounding::HalfOdd => part > half || (part == half && !odd),
        Rounding::HalfCeiling => part >= half,
        Rounding::HalfFloor => part > half,
    };
    (if up { floor + q(1, 1) } else { floor }) / steps
}

struct Sitting {
    sections: Vec<(SectionFrame, Vec<Asked>)>,
    frame: ScoreFrame,
    rules: ScoringRules,
}

impl Sitting {
    fn random(n: &mut Numbers) -> Self {
        let clamp = |n: &mut Numbers| Clamp {
            floor: n.pick(&[Floor::Zero, Floor::Negative]),
            cap: n.pick(&[Cap::Full, Cap::Bonus]),
        };
        let percent = |n: &mut Numbers| {
            Percent::from_ten_thousandths(n.pick(&[0, 333_333, 500_000, 700_000])).unwrap()
        };
        let points = |n: &mut Numbers| {
            n.one_in(2).then(|| Points::from_ten_thousandths(n.pick(&[100_000, 75_000, 9_999])))
        };
        let rules = ScoringRules {
            question_clamp: clamp(n),
            section_clamp: clamp(n),
            test_clamp: clamp(n),
            rounding: ScoreRounding {
                digits: n.below(5) as u8,
                mode: n.pick(Rounding::ALL),
                decide_on: n.pick(&[DecideOn::Exact, DecideOn::Shown]),
                lift: Points::ZERO,
            },
            tries: match n.below(8) {
                0 => TryRule::Adaptive { penalty: ratio(1, 3) },
                1 => TryRule::Interactive { penalty: ratio(1, 3) },
                2 => TryRule::Certainty,
                3 => TryRule::PointsList { points: vec![ratio(1, 1), ratio(1, 2)] },
                _ => TryRule::Deferred,
            },
            ..ScoringRules::default()
        };
        let frame = ScoreFrame {
            scoring: n.pick(ScoringType::ALL),
            max_score: points(n),
            passing: match n.below(3) {
                0 => PassRule::AllSections(percent(n)),
                1 => PassRule::Marks(Points::from_ten_thousandths(n.below(100_000))),
                _ => PassRule::Percent(percent(n)),
            },
            section_clamp: rules.section_clamp,
            test_clamp: rules.test_clamp,
            rounding: rules.rounding,
        };
        let sections = (0..n.below(4) + 1)
            .map(|_| {
                let mut frame = SectionFrame::unnamed();
                frame.max_score = points(n);
                frame.weight = points(n);
                frame.passing_percent = n.one_in(2).then(|| percent(n));
                (frame, (0..n.below(8)).map(|_| Asked::random(n)).collect())
            })
            .collect();
        Self { sections, frame, rules }
    }

    /// Total, maximum and shown total by definition, and whether it passes when nothing is pending.
    fn score(&self) -> (Q, Q, Q, PassDecision) {
        let zero = || q(0, 1);
        let points = |it: Option<Points>| it.map(|it| q(it.ten_thousandths(), 10_000));
        let mut sections = Vec::new();
        for (frame, asked) in &self.sections {
            let scores = asked.iter().filter_map(|it| it.score(&self.rules));
            let (earned, possible) = scores.fold((zero(), zero()), |a, b| (a.0 + b.0, a.1 + b.1));
            let (score, maximum) = match points(frame.max_score) {
                Some(maximum)
                    if self.frame.scoring == ScoringType::PerSection && possible != zero() =>
                {
                    (earned * &maximum / possible, maximum)
                }
                _ => (earned, possible),
            };
            sections.push((limited(score, maximum.clone(), self.frame.section_clamp), maximum));
        }
        let sum = sections.iter().fold(zero(), |sum, it| sum + &it.0);
        let whole = sections.iter().fold(zero(), |sum, it| sum + &it.1);
        let hundred = q(100, 1);
        let of = |maximum: &Q| if whole == zero() { zero() } else { &sum * maximum / &whole };
        let (total, maximum) = match self.frame.scoring {
            ScoringType::PerQuestion | ScoringType::PerSection => (sum.clone(), whole.clone()),
            ScoringType::Fixed => {
                let maximum = points(self.frame.max_score).unwrap_or(whole.clone());
                (of(&maximum), maximum)
            }
            ScoringType::Percentage => (of(&hundred), hundred.clone()),
            ScoringType::Weighted => {
                let maximum = points(self.frame.max_score).unwrap_or(hundred.clone());
                let (mut mean, mut weights) = (zero(), zero());
                for ((frame, _), (score, maximum)) in self.sections.iter().zip(&sections) {
                    if *maximum != zero() {
                        let weight = points(frame.weight).unwrap_or(q(1, 1));
                        mean += score / maximum * &weight;
                        weights += weight;
                    }
                }
                (if weights == zero() { zero() } else { mean / weights * &maximum }, maximum)
            }
        };
        let total = limited(total, maximum.clone(), self.frame.test_clamp);
        let show = |value: &Q| {
            rounded(value, u32::from(self.rules.rounding.digits), self.rules.rounding.mode)
        };
        let deciding = |value: Q| match self.rules.rounding.decide_on {
            DecideOn::Exact => value,
            DecideOn::Shown => show(&value),
        };
        let needed = |it: Percent| q(it.ten_thousandths(), 10_000);
        let passed = match self.frame.passing {
            _ if whole == zero() || maximum == zero() => PassDecision::Undecided,
            PassRule::Percent(least) => {
                decision(deciding(&total * &hundred / &maximum) >= needed(least))
            }
            PassRule::Marks(least) => {
                decision(deciding(total.clone()) >= q(least.ten_thousandths(), 10_000))
            }
            _ => {
                let PassRule::AllSections(usual) = self.frame.passing else { unreachable!() };
                let each = self.sections.iter().zip(&sections).all(|((frame, _), it)| {
                    let least = needed(frame.passing_percent.unwrap_or(usual));
                    it.1 == zero() || deciding(&it.0 * &hundred / &it.1) >= least
                });
                decision(each)
            }
        };
        let shown = show(&total);
        (total, maximum, shown, passed)
    }
}

fn decision(passes: bool) -> PassDecision {
    if passes { PassDecision::Passed } else { PassDecision::Failed }
}

#[test]
fn random_tests_score_as_their_definitions_say() {
    let tests =
        std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(10_000);
    let ids = Arc::new(SequentialIds::new());
    let cx = Context::new(TenantId::SINGLE, Actor::system("oracle"), Timestamp::EPOCH, ids);
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let mut decided = [0_u64; 3];
    for test in 0_u64..tests {
        let sitting = Sitting::random(&mut numbers);
        let mut sheet = AnswerSheet::default();
        let build = |(frame, asked): &(SectionFrame, Vec<Asked>), sheet: &mut AnswerSheet| {
            let mut questions = Vec::new();
            for it in asked {
                let (question, entry) = it.build(&cx);
                questions.push(question);
                sheet.entries.push(entry);
            }
            FormSection { frame: frame.clone(), questions }
        };
        let sections = sitting.sections.iter().map(|it| build(it, &mut sheet)).collect();
        let form = TestForm {
            edition: 1,
            frame: sitting.frame.clone(),
            rules: sitting.rules.clone(),
            sections,
        };
        let result = grade_attempt(&form, &sheet).unwrap();
        let (total, maximum, shown, passed) = sitting.score();
        assert_eq!(same(result.final_score.exact), total, "test {test}");
        assert_eq!(same(result.final_score.maximum), maximum, "test {test}");
        assert_eq!(same(Ratio::from(result.final_score.shown)), shown, "test {test}");
        let pending = sitting.sections.iter().flat_map(|it| &it.1).filter(|it| it.is_pending());
        let pending = pending.count();
        assert_eq!(result.pending as usize, pending, "test {test}");
        let expected = if pending > 0 { PassDecision::Undecided } else { passed };
        assert_eq!(result.passed, expected, "test {test}");
        assert_eq!(result.replay().unwrap(), result, "test {test}");
        sheet.entries.reverse();
        assert_eq!(grade_attempt(&form, &sheet).unwrap(), result, "order of entries, test {test}");
        decided[match result.passed {
            PassDecision::Passed => 0,
            PassDecision::Failed => 1,
            _ => 2,
        }] += 1;
    }
    assert!(decided.iter().all(|it| *it > tests / 50), "one-sided tests: {decided:?}");
    println!("figure: random tests: {tests}");
}
