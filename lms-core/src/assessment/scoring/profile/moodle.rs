//! Moodle.
//!
//! Multiple choice with several answers sums the options' grades and goes neither below nothing
//! nor above everything; with one answer an option's negative grade counts
//! (<https://docs.moodle.org/en/Multiple_Choice_question_type>). Short answers ignore capitals
//! unless told, with `*` as wildcard (<https://docs.moodle.org/en/Short-Answer_question_type>).
//! Each blank and each match is an equal part. A quiz's marks are scaled to its maximum grade
//! (<https://docs.moodle.org/en/Quiz_settings>), and the exact grade is compared with the grade to
//! pass.

use super::ProfileData;
use crate::assessment::scoring::{
    Cap, Clamp, DecideOn, Floor, MultipleSelectRule, OrderingRule, ScoreRounding, ScoringRules,
    ScoringType,
};

pub(super) fn data() -> ProfileData {
    ProfileData {
        source: "https://docs.moodle.org/en/Question_types",
        scoring: ScoringType::Fixed,
        rules: ScoringRules {
            multiple_select: MultipleSelectRule::FRACTION_SUM,
            ordering: OrderingRule::Position,
            question_clamp: Clamp { floor: Floor::Negative, cap: Cap::Full },
            rounding: ScoreRounding { decide_on: DecideOn::Exact, ..ScoreRounding::default() },
            ..ScoringRules::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assessment::{
        grading::{grade_question, tests::*},
        question::QuestionKind,
        scoring::{Certainty, TryRule, TryShare},
    };

    #[test]
    fn options_at_half_and_minus_half() {
        // Two right options at 50 % each; each wrong one takes 50 % back.
        let cx = context();
        let mut question = choices(&cx, QuestionKind::MultipleSelect, "rrww", "1");
        for (option, fraction) in question.options.iter_mut().zip(["1/2", "1/2", "-1/2", "-1/2"]) {
            option.fraction = Some(ratio(fraction));
        }
        let rules = data().rules;
        let share = |at: &[usize]| {
            grade_question(&question, &tick(&question, at), &rules).unwrap().share.unwrap()
        };
        assert_eq!(share(&[0, 1]), ratio("1"));
        assert_eq!(share(&[0, 1, 2]), ratio("1/2"));
        assert_eq!(share(&[0, 2, 3]), ratio("0"), "all ticked is not below nothing");
        assert_eq!(share(&[0, 1, 2, 3]), ratio("0"));
    }

    #[test]
    fn a_single_choice_can_cost_marks() {
        let cx = context();
        let mut question = choices(&cx, QuestionKind::SingleChoice, "rwww", "3");
        question.options[1].fraction = Some(ratio("-1/3"));
        let graded = grade_question(&question, &tick(&question, &[1]), &data().rules).unwrap();
        assert_eq!(graded.earned, Some(ratio("-1")));
    }

    #[test]
    fn certainty_and_penalties_as_documented() {
        // Right and very sure earns 3, wrong and very sure loses 6
        // (https://docs.moodle.org/en/Using_certainty-based_marking); a third off for each try
        // (https://docs.moodle.org/en/Question_behaviours).
        assert_eq!(Certainty::High.adjust(ratio("1")), Ok(ratio("3")));
        assert_eq!(Certainty::High.adjust(ratio("0")), Ok(ratio("-6")));
        let tries = ["0", "0", "1"].map(|share| TryShare { share: ratio(share), parts: vec![] });
        let rule = TryRule::Interactive { penalty: ratio("1/3") };
        assert_eq!(rule.share(&tries, Certainty::Low), Ok(ratio("1/3")));
    }
}
