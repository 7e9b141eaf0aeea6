//! Exact grading against an oracle: random tests, scored a second time from their definitions in
//! rationals without limits, by code that shares nothing with the library.
//!
//! 10,000 tests by default; a million by
//! `PROPTEST_CASES=1000000 cargo test --release -p lms-core --test grading_oracle`.

mod asked;
mod sitting;

use std::sync::Arc;

use lms_core::{
    assessment::grading::{
        AnswerSheet, FormSection, PassDecision, SectionFrame, TestForm, grade_attempt,
    },
    kernel::{Actor, Context, Ratio, SequentialIds, TenantId, Timestamp},
};
use num_bigint::BigInt;
use num_rational::BigRational;

use asked::Asked;
use sitting::Sitting;

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
