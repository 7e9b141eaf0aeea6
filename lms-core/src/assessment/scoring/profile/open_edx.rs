//! Open edX.
//!
//! A multi-select problem is all or nothing; its author may choose "every decision counts"
//! ([`MultipleSelectRule::CorrectDecisions`]) or "by halves" ([`MultipleSelectRule::Halves`])
//! (Open edX documentation, "Awarding partial credit", <https://docs.openedx.org>). Text input
//! ignores capitals.

use super::ProfileData;
use crate::{
    assessment::scoring::{
        DecideOn, MultipleSelectRule, PartsRule, ScoreRounding, ScoringRules, ScoringType,
    },
    kernel::Rounding,
};

pub(super) fn data() -> ProfileData {
    ProfileData {
        source: "https://docs.openedx.org",
        scoring: ScoringType::Percentage,
        rules: ScoringRules {
            multiple_select: MultipleSelectRule::AllOrNothing,
            pairs: PartsRule::AllOrNothing,
            rounding: ScoreRounding {
                digits: 2,
                mode: Rounding::HalfEven,
                decide_on: DecideOn::Exact,
            },
            ..ScoringRules::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assessment::{
        grading::{grade_question, tests::*},
        question::{AnswerKey, QuestionKind},
    };

    fn share(key: &str, rule: Option<MultipleSelectRule>, at: &[usize]) -> String {
        let mut question = choices(&context(), QuestionKind::MultipleSelect, key, "1");
        if let Some(rule) = rule {
            question.answer_key = AnswerKey::multiple_select(rule);
        }
        let graded = grade_question(&question, &tick(&question, at), &data().rules).unwrap();
        graded.share.unwrap().to_string()
    }

    #[test]
    fn every_decision_counts_as_in_the_documented_table() {
        // Right: A, B and D; wrong: C.
        let rule = Some(MultipleSelectRule::CorrectDecisions);
        for (at, expected) in
            [(&[0, 1, 3][..], "1"), (&[0, 1], "3/4"), (&[0, 1, 2], "1/2"), (&[0, 2], "1/4")]
        {
            assert_eq!(share("rrwr", rule, at), expected);
        }
    }

    #[test]
    fn halves_as_documented() {
        let rule = Some(MultipleSelectRule::Halves);
        assert_eq!(share("rrww", rule, &[0]), "1/2");
        assert_eq!(share("rrww", rule, &[0, 2]), "0", "two mistakes of four options");
        assert_eq!(share("rrwww", rule, &[0, 2]), "1/4");
        assert_eq!(share("rrrrwww", rule, &[0]), "0", "three mistakes");
        assert_eq!(share("rw", rule, &[0, 1]), "0", "one mistake of two options");
    }

    #[test]
    fn without_a_choice_it_is_all_or_nothing() {
        assert_eq!(share("rrwr", None, &[0, 1, 3]), "1");
        assert_eq!(share("rrwr", None, &[0, 1]), "0");
    }
}
