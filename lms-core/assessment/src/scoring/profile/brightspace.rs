//! D2L Brightspace.
//!
//! "Right minus wrong" divides a multi-select question's points by all its options, adds that much
//! for each right option ticked and takes it for each wrong one, not below nothing
//! (<https://documentation.brightspace.com/EN/le/question_library/instructor/grade_options_for_multi_select.htm>).
//! "All or nothing" and "correct answers" are [`MultipleSelectRule::AllOrNothing`] and
//! [`MultipleSelectRule::CorrectDecisions`]. The level of a grade scheme is that of the exact
//! grade, also where a rounded one is shown
//! (<https://www.montana.edu/ecat/help/instructor_tutorials/grades/rounding_grades/index.html>).

use super::ProfileData;
use crate::scoring::{
    CourseRules, DecideOn, MultipleSelectRule, OrderingRule, ScoreRounding, ScoringRules,
    ScoringType,
};

pub(super) fn data() -> ProfileData {
    let rounding = ScoreRounding { decide_on: DecideOn::Exact, ..ScoreRounding::default() };
    ProfileData {
        source: "https://documentation.brightspace.com/EN/le/question_library/instructor/grade_options_for_multi_select.htm",
        scoring: ScoringType::PerQuestion,
        rules: ScoringRules {
            multiple_select: MultipleSelectRule::RightMinusWrongOverChoices,
            ordering: OrderingRule::Position,
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
    };

    #[test]
    fn the_documented_example() {
        // 10 points, 5 choices; 3 right and 2 wrong ones ticked: 3 × 2 − 2 × 2 = 2.
        let mut question = choices(&context(), QuestionKind::MultipleSelect, "rrrww", "10");
        let earned = |question: &_, at: &[usize]| {
            grade_question(question, &tick(question, at), &data().rules).unwrap().earned.unwrap()
        };
        assert_eq!(earned(&question, &[0, 1, 2, 3, 4]), ratio("2"));
        assert_eq!(earned(&question, &[3, 4]), ratio("0"));
        // "Correct answers" pays for right ticks and for wrong options left alone.
        question.answer_key = AnswerKey::multiple_select(MultipleSelectRule::CorrectDecisions);
        assert_eq!(earned(&question, &[0, 3]), ratio("4"));
    }
}
