//! Random questions with their answers, and what each is worth by its definition.
use crate::{Numbers, Q, q, ratio, sitting::limited};
use lms_core::{
    assessment::{
        grading::{Given, ManualMark, SheetEntry},
        question::{
            Accept, Answer, AnswerKey, Blank, BlankKey, BlanksKey, Choice, FilledBlank, ManualKey,
            NumberEntry, NumberKey, OrderKey, Pair, PairsKey, Question, QuestionKind, Stem,
            TextEntry, TextKey, TextPattern, Treatment,
        },
        scoring::{Certainty, MultipleSelectRule, OrderingRule, PartsRule, ScoringRules, TryRule},
    },
    kernel::{Context, Points},
};

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

pub(crate) struct Asked {
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
    pub(crate) fn random(n: &mut Numbers) -> Self {
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
            // A blank draft is no try: the one before it is the last.
            Item::Single { chosen: None, tried, .. } => {
                tried.is_empty() || (self.given == 0 && **tried == [None])
            }
            Item::Single { .. } => false,
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
        let is_draft = matches!(&self.item, Item::Single { chosen: None, tried, .. }
            if self.given == 0 && !tried.is_empty());
        if !is_draft {
            shares.push(if self.given == 3 { zero() } else { self.share() });
        }
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
    pub(crate) fn score(&self, rules: &ScoringRules) -> Option<(Q, Q)> {
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

    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.item, Item::Essay { mark: None })
            && self.given == 0
            && !self.treatment.is_voided()
    }

    pub(crate) fn build(&self, cx: &Context) -> (Question, SheetEntry) {
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
