//! The response processing templates of 1EdTech QTI.
//!
//! `map_response` adds the mapped value of each chosen identifier once, uses `defaultValue` for
//! those without an entry, and keeps the sum between `lowerBound` and `upperBound`;
//! `match_correct` is all or nothing and compares text with its capitals
//! (<https://www.imsglobal.org/question/qtiv2p1/imsqti_infov2p1.html>, "Response Processing").
//! Whatever a candidate ends a try with is a try, also a blank ("endAttemptInteraction").
//! A mapped value is kept here as a share of what the question is worth. The standard knows no
//! courses; a course grade is rounded as a test is.

use super::ProfileData;
use crate::scoring::{
    ChargedTries, Clamp, CourseRules, DecideOn, MultipleSelectRule, OrderingRule, PartsRule,
    ScoreRounding, ScoringRules, ScoringType, TextRule,
};
use lms_kernel::Ratio;

pub(super) fn data() -> ProfileData {
    let rounding =
        ScoreRounding { digits: 4, decide_on: DecideOn::Exact, ..ScoreRounding::default() };
    ProfileData {
        source: "https://www.imsglobal.org/question/qtiv2p1/imsqti_infov2p1.html",
        scoring: ScoringType::PerQuestion,
        rules: ScoringRules {
            multiple_select: MultipleSelectRule::Mapping {
                default: Ratio::ZERO,
                lower: None,
                upper: None,
            },
            text: TextRule { case_sensitive: true },
            blanks: PartsRule::PerPart,
            ordering: OrderingRule::Exact,
            question_clamp: Clamp::FREE,
            section_clamp: Clamp::FREE,
            test_clamp: Clamp::FREE,
            charged_tries: ChargedTries::Every,
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
    fn composition_of_water() {
        // The standard's example: H and O map to 1, Cl to −1, everything else to −2, bounds 0
        // and 2 (https://developers.imsglobal.org/question/qtiv2p1/examples/items/choice_multiple.xml).
        let mut question = choices(&context(), QuestionKind::MultipleSelect, "rwwrww", "2");
        question.answer_key = AnswerKey::multiple_select(MultipleSelectRule::Mapping {
            default: ratio("-1"),
            lower: Some(ratio("0")),
            upper: Some(ratio("1")),
        });
        for (at, fraction) in [(0, "1/2"), (3, "1/2"), (5, "-1/2")] {
            question.options[at].fraction = Some(ratio(fraction));
        }
        let score = |at: &[usize]| {
            grade_question(&question, &tick(&question, at), &data().rules).unwrap().earned.unwrap()
        };
        let [hydrogen, helium, oxygen, chlorine] = [0, 1, 3, 5];
        assert_eq!(score(&[hydrogen, oxygen]), ratio("2"));
        assert_eq!(score(&[hydrogen, hydrogen]), ratio("1"), "each identifier counts once");
        assert_eq!(score(&[hydrogen, oxygen, chlorine]), ratio("1"));
        assert_eq!(score(&[hydrogen, oxygen, helium]), ratio("0"));
        assert_eq!(score(&[helium]), ratio("0"));
    }
}
