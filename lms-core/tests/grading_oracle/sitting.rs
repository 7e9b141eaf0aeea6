//! Random tests, and what each comes to by its definition.
use lms_core::{
    assessment::{
        grading::{PassDecision, ScoreFrame, SectionFrame},
        scoring::{
            Cap, Clamp, DecideOn, Floor, PassRule, ScoreRounding, ScoringRules, ScoringType,
            TryRule,
        },
    },
    kernel::{Percent, Points, Rounding},
};

use crate::{Numbers, Q, asked::Asked, q, ratio};

pub(crate) fn limited(share: Q, full: Q, clamp: Clamp) -> Q {
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

pub(crate) struct Sitting {
    pub(crate) sections: Vec<(SectionFrame, Vec<Asked>)>,
    pub(crate) frame: ScoreFrame,
    pub(crate) rules: ScoringRules,
}

impl Sitting {
    pub(crate) fn random(n: &mut Numbers) -> Self {
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
    pub(crate) fn score(&self) -> (Q, Q, Q, PassDecision) {
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
