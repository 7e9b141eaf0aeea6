//! The R package `exams`.
//!
//! With its defaults (`partial = TRUE, negative = FALSE, rule = "false2"`) each right option
//! ticked earns 1/*K*, each wrong one takes 1/max(*D*, 2), the sum is not below nothing, and an
//! exercise that was not attempted earns nothing
//! (`exams_eval`, <https://search.r-project.org/CRAN/refmans/exams/html/exams_eval.html>).
//! For `negative = 0.25` set [`ScoringRules::wrong_answer`] to −1/4 and let the question's clamp
//! go below nothing. The package knows no courses; a course grade is rounded as a test is.

use super::ProfileData;
use crate::scoring::{
    CourseRules, DecideOn, MultipleSelectRule, RExamsDeduction, ScoreRounding, ScoringRules,
    ScoringType, TextRule,
};

pub(super) fn data() -> ProfileData {
    let rounding =
        ScoreRounding { digits: 4, decide_on: DecideOn::Exact, ..ScoreRounding::default() };
    ProfileData {
        source: "https://search.r-project.org/CRAN/refmans/exams/html/exams_eval.html",
        scoring: ScoringType::PerQuestion,
        rules: ScoringRules {
            multiple_select: MultipleSelectRule::RExams { deduction: RExamsDeduction::False2 },
            text: TextRule { case_sensitive: true },
            rounding,
            ..ScoringRules::default()
        },
        course_rules: CourseRules::default(),
        course_rounding: rounding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        grading::{grade_question, tests::*},
        question::{AnswerKey, QuestionKind},
        scoring::{Cap, Clamp, Floor},
    };

    #[test]
    fn the_five_rules_side_by_side() {
        // Solution 11000; ticked: one right, one wrong.
        let mut question = choices(&context(), QuestionKind::MultipleSelect, "rrwww", "6");
        let mut earned = |deduction| {
            question.answer_key =
                AnswerKey::multiple_select(MultipleSelectRule::RExams { deduction });
            grade_question(&question, &tick(&question, &[0, 2]), &data().rules).unwrap().earned
        };
        assert_eq!(earned(RExamsDeduction::False), Some(ratio("1")));
        assert_eq!(earned(RExamsDeduction::False2), Some(ratio("1")));
        assert_eq!(earned(RExamsDeduction::True), Some(ratio("0")));
        assert_eq!(earned(RExamsDeduction::All), Some(ratio("0")));
        assert_eq!(earned(RExamsDeduction::None), Some(ratio("3")));
    }

    #[test]
    fn a_quarter_off_for_a_wrong_single_choice_and_nothing_for_none() {
        let question = choices(&context(), QuestionKind::SingleChoice, "rwwww", "1");
        let rules = ScoringRules {
            wrong_answer: ratio("-1/4"),
            question_clamp: Clamp { floor: Floor::Negative, cap: Cap::Full },
            ..data().rules
        };
        let earned = |at: &[usize]| {
            grade_question(&question, &tick(&question, at), &rules).unwrap().earned.unwrap()
        };
        assert_eq!([earned(&[0]), earned(&[3]), earned(&[])], ["1", "-1/4", "0"].map(ratio));
    }
}
