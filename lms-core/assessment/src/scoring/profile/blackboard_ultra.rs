//! Blackboard Learn, Ultra course view.
//!
//! Options of a multiple-choice or multiple-answer question carry percentages, positive or
//! negative, and the question may go below nothing where its author allows it
//! (<https://help.blackboard.com/node/45796>). The earlier "subtract points for incorrect answers"
//! is [`MultipleSelectRule::DeductFromFull`]. A test is the sum of its questions, without scores
//! of sections. How a course grade is rounded is not documented; it is rounded here as a test is.

use super::ProfileData;
use crate::scoring::{
    Cap, Clamp, CourseRules, DecideOn, Floor, MultipleSelectRule, ScoreRounding, ScoringRules,
    ScoringType,
};

pub(super) fn data() -> ProfileData {
    let below_nothing = Clamp { floor: Floor::Negative, cap: Cap::Full };
    let rounding = ScoreRounding { decide_on: DecideOn::Exact, ..ScoreRounding::default() };
    ProfileData {
        source: "https://help.blackboard.com/node/45796",
        scoring: ScoringType::PerQuestion,
        rules: ScoringRules {
            multiple_select: MultipleSelectRule::FractionSum { clamp: below_nothing },
            question_clamp: below_nothing,
            section_clamp: Clamp::FREE,
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
    fn from_ten_points_down_to_minus_thirty() {
        // Six options, the first and the third right at 50 %, the others at −100, −100, −50 and
        // −50 %; the university of Northampton's example of the July 2023 release: between 10 and
        // −30 points, −20 with everything ticked.
        let mut question = choices(&context(), QuestionKind::MultipleSelect, "rwrwww", "10");
        let percentages = ["1/2", "-1", "1/2", "-1", "-1/2", "-1/2"];
        for (option, fraction) in question.options.iter_mut().zip(percentages) {
            option.fraction = Some(ratio(fraction));
        }
        let earned = |at: &[usize]| {
            grade_question(&question, &tick(&question, at), &data().rules).unwrap().earned.unwrap()
        };
        assert_eq!(earned(&[0, 2]), ratio("10"));
        assert_eq!(earned(&[1, 3, 4, 5]), ratio("-30"));
        assert_eq!(earned(&[0, 1, 2, 3, 4, 5]), ratio("-20"));
    }

    #[test]
    fn subtracting_points_as_it_was_before() {
        // 10 points, four options of which three are right: all four ticked leave 7.5, two right
        // ones alone leave 6.67 (services.gvsu.edu, knowledge base article 11533).
        let mut question = choices(&context(), QuestionKind::MultipleSelect, "rrrw", "10");
        question.answer_key = AnswerKey::multiple_select(MultipleSelectRule::DeductFromFull);
        let earned = |at: &[usize]| {
            grade_question(&question, &tick(&question, at), &data().rules).unwrap().earned.unwrap()
        };
        assert_eq!(earned(&[0, 1, 2, 3]), ratio("15/2"));
        assert_eq!(earned(&[0, 1]), ratio("20/3"));
    }
}
