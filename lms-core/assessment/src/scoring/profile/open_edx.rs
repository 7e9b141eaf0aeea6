//! Open edX.
//!
//! A multi-select problem is all or nothing; its author may choose "every decision counts"
//! ([`MultipleSelectRule::CorrectDecisions`]) or "halves" ([`MultipleSelectRule::Halves`])
//! (Open edX documentation, "Awarding Partial Credit for a Problem",
//! <https://docs.openedx.org/en/latest/educators/references/course_development/Section_partial_credit.html>;
//! the rules themselves in `ChoiceResponse`, `xmodule/capa/responsetypes.py`, repository
//! <https://github.com/openedx/edx-platform>). Text input ignores capitals.
//!
//! Open edX rounds a partly right answer to two digits there and then; here it stays exact. It
//! does not round the score of a test at all (`AggregatedScore`, `xmodule/graders.py`): two digits
//! are how this library shows it, and passing is decided on the exact score. What it rounds is the
//! course grade: 0.05 percent are added, halves go up to the next whole percent, and letters and
//! passing are decided on that (`CourseGrade._compute_percent` in
//! `lms/djangoapps/grades/course_grade.py`, `round_away_from_zero` in
//! `openedx/core/lib/grade_utils.py`). It adds up the weighted shares and divides by nothing, so
//! that weights below 100 percent and categories without work lower the grade (`WeightedSubsectionsGrader`
//! in `xmodule/graders.py`). An answer that cannot be read is handed back without costing a try
//! (`StudentInputError`, `xmodule/capa_block.py`); a blank cannot be sent.

use super::ProfileData;
use crate::scoring::{
    ChargedTries, CourseRules, DecideOn, MultipleSelectRule, PartsRule, ScoreRounding,
    ScoringRules, ScoringType, ShortWeights,
};
use lms_kernel::Points;

pub(super) fn data() -> ProfileData {
    ProfileData {
        source: "https://docs.openedx.org/en/latest/educators/references/course_development/Section_partial_credit.html",
        scoring: ScoringType::Percentage,
        rules: ScoringRules {
            multiple_select: MultipleSelectRule::AllOrNothing,
            pairs: PartsRule::AllOrNothing,
            charged_tries: ChargedTries::Readable,
            rounding: ScoreRounding { decide_on: DecideOn::Exact, ..ScoreRounding::default() },
            ..ScoringRules::default()
        },
        course_rules: CourseRules { short_weights: ShortWeights::Keep, ..CourseRules::default() },
        course_rounding: ScoreRounding {
            digits: 0,
            lift: Points::from_ten_thousandths(500),
            ..ScoreRounding::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
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

    /// `round_away_from_zero(percent * 100 + 0.05)` by hand: 59.45 is 59.5 and so 60; 59.44 is 59.49
    /// and so 59. The grade is that of the whole percent.
    #[test]
    fn a_course_grade_is_lifted_and_rounded_to_whole_percent() {
        let rounding = data().course_rounding;
        let rounded = |percent: &str| rounding.show(ratio(percent)).unwrap().to_string();
        assert_eq!(["59.44", "59.45", "59.5", "99.45"].map(rounded), ["59", "60", "60", "100"]);
        assert_eq!(rounding.deciding(ratio("59.45")).unwrap(), ratio("60"));
        // The score of one test is compared as it is.
        assert!(data().rules.rounding.deciding(ratio("59.45")).unwrap() < ratio("60"));
    }

    #[test]
    fn without_a_choice_it_is_all_or_nothing() {
        assert_eq!(share("rrwr", None, &[0, 1, 3]), "1");
        assert_eq!(share("rrwr", None, &[0, 1]), "0");
    }
}
