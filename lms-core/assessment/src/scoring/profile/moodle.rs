//! Moodle.
//!
//! Multiple choice with several answers sums the options' grades and goes neither below nothing
//! nor above everything; with one answer an option's negative grade counts
//! (<https://docs.moodle.org/en/Multiple_Choice_question_type>). Short answers ignore capitals
//! unless told, with `*` as wildcard (<https://docs.moodle.org/en/Short-Answer_question_type>).
//! Each blank and each match is an equal part. A quiz's marks are scaled to its maximum grade
//! (<https://docs.moodle.org/en/Quiz_settings>), and the exact grade is compared with the grade to
//! pass; sections are headings without scores of their own, so marks below nothing in one count
//! against the others. Certainty-based marking pays up to three times a question's mark and takes
//! up to six times
//! (`minfraction` and `maxfraction` of `qbehaviour_deferredcbm`;
//! <https://docs.moodle.org/en/Using_certainty-based_marking>), so questions have no cap beside
//! that of their options. In the gradebook decimals are only shown
//! (<https://docs.moodle.org/en/Grade_items>, "Overall decimal points"): letters are decided on
//! the exact grade.

use super::ProfileData;
use crate::scoring::{
    Clamp, CourseRules, DecideOn, MultipleSelectRule, OrderingRule, ScoreRounding, ScoringRules,
    ScoringType,
};

pub(super) fn data() -> ProfileData {
    let rounding = ScoreRounding { decide_on: DecideOn::Exact, ..ScoreRounding::default() };
    ProfileData {
        source: "https://docs.moodle.org/en/Question_types",
        scoring: ScoringType::Fixed,
        rules: ScoringRules {
            multiple_select: MultipleSelectRule::FRACTION_SUM,
            ordering: OrderingRule::Position,
            question_clamp: Clamp::FREE,
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
        Assessment, AssessmentKind, Section,
        grading::{AnswerSheet, SheetEntry, TestForm, grade_attempt, grade_question, tests::*},
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

    /// The total of answers to three single-choice questions of one mark each, in a section of two
    /// and a section of one; wrong options cost so much.
    fn total(rules: ScoringRules, wrong: &str, given: [(usize, Certainty); 3]) -> String {
        let cx = context();
        let mut assessment = Assessment::new(&cx, AssessmentKind::Quiz, "Quiz".parse().unwrap());
        assessment.rules = rules;
        let section = |name: &str, at| Section::new(&cx, assessment.id, name.parse().unwrap(), at);
        let sections = [section("One", 0), section("Two", 1)];
        let questions: Vec<_> = (0..3_usize)
            .map(|at| {
                let mut question = choices(&cx, QuestionKind::SingleChoice, "rw", "1");
                question.options[1].fraction = Some(ratio(wrong));
                question.placed(assessment.id, Some(sections[at / 2].id), 0)
            })
            .collect();
        let form = TestForm::assemble(&assessment, &sections, &questions).unwrap();
        let entries = questions.iter().zip(given).map(|(it, (option, certainty))| {
            SheetEntry::new(it.id, tick(it, &[option])).with_certainty(certainty)
        });
        let sheet = AnswerSheet { entries: entries.collect() };
        grade_attempt(&form, &sheet).unwrap().final_score.shown.to_string()
    }

    #[test]
    fn marks_below_nothing_in_one_section_count_against_the_other() {
        let low = Certainty::Low;
        // −1/2 − 1/2 in the first section, 1 in the second.
        assert_eq!(total(data().rules, "-1/2", [(1, low), (1, low), (0, low)]), "0");
        assert_eq!(total(data().rules, "-1/2", [(0, low), (1, low), (0, low)]), "1.5");
    }

    #[test]
    fn certainty_pays_up_to_three_times_and_takes_up_to_six() {
        let (low, mid, high) = (Certainty::Low, Certainty::Mid, Certainty::High);
        let rules =
            ScoringRules { tries: TryRule::Certainty, test_clamp: Clamp::FREE, ..data().rules };
        let total = |given| total(rules.clone(), "0", given);
        assert_eq!(total([(0, high), (0, mid), (0, low)]), "6");
        assert_eq!(total([(1, high), (1, mid), (1, low)]), "-8");
        assert_eq!(total([(0, high), (1, mid), (0, low)]), "2");
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
