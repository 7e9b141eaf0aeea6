//! Canvas.
//!
//! A multiple-answer question divides its points by the number of right answers, gives that much
//! for each right answer ticked, takes as much for each wrong one, and never goes below nothing
//! ("Partial credit with penalty",
//! <https://community.canvaslms.com/t5/Instructor-Guide/How-do-I-create-a-Multiple-Answer-question-in-New-Quizzes/ta-p/977>).
//! Blanks, drop-downs and matches are right over total; margins of numbers are included. The total
//! of a course is rounded once, at the very end, to two digits, and the letter is that of the
//! rounded total (<https://community.canvaslms.com/message/67406-how-does-canvas-round-grades>).

use super::ProfileData;
use crate::scoring::{
    CourseRules, DecideOn, MultipleSelectRule, ScoreRounding, ScoringRules, ScoringType,
};

pub(super) fn data() -> ProfileData {
    ProfileData {
        source: "https://community.canvaslms.com/t5/Instructor-Guide/How-do-I-create-a-Multiple-Answer-question-in-New-Quizzes/ta-p/977",
        scoring: ScoringType::PerQuestion,
        rules: ScoringRules {
            multiple_select: MultipleSelectRule::RIGHT_MINUS_WRONG,
            rounding: ScoreRounding { decide_on: DecideOn::Exact, ..ScoreRounding::default() },
            ..ScoringRules::default()
        },
        course_rules: CourseRules::default(),
        course_rounding: ScoreRounding::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        grading::{grade_question, tests::*},
        question::{
            Accept, Answer, AnswerKey, Blank, BlankKey, BlanksKey, End, FilledBlank, NumberEntry,
            NumberKey, Question, QuestionKind, TextKey,
        },
    };

    fn earned(question: &Question, answer: &Answer) -> String {
        let graded = grade_question(question, answer, &data().rules).unwrap();
        graded.earned.unwrap().to_string()
    }

    #[test]
    fn the_documented_example() {
        // 4 points, 2 right answers: both and one wrong make 4 − 2.
        let question = choices(&context(), QuestionKind::MultipleSelect, "rrww", "4");
        assert_eq!(earned(&question, &tick(&question, &[0, 1, 2])), "2");
    }

    #[test]
    fn fifty_points_over_six_right_answers() {
        let question = choices(&context(), QuestionKind::MultipleSelect, "rrrrrrwww", "50");
        assert_eq!(earned(&question, &tick(&question, &[0, 1, 2, 3, 4, 5])), "50");
        assert_eq!(earned(&question, &tick(&question, &[0, 1, 2, 6])), "50/3");
        assert_eq!(earned(&question, &tick(&question, &[6, 7, 8])), "0");
    }

    #[test]
    fn the_first_number_that_matches_decides() {
        let number = |text: &str| text.parse().unwrap();
        let exact = |text| NumberEntry::new(Accept::Exact { value: number(text) });
        let key = NumberKey {
            entries: vec![
                exact("4"),
                exact("-4"),
                NumberEntry::new(Accept::Interval {
                    low: Some(End::closed(number("3.9"))),
                    high: Some(End::closed(number("4.1"))),
                }),
                NumberEntry::new(Accept::Absolute { value: number("-4"), margin: number("0.1") }),
            ],
            ..NumberKey::default()
        };
        let cx = context();
        let question = Question::new(&cx, QuestionKind::Numeric, "?", AnswerKey::Numbers(key))
            .worth(points("26.2"));
        for (text, expected) in [("-4", "131/5"), ("-4.1", "131/5"), ("3.9", "131/5"), ("5", "0")] {
            assert_eq!(earned(&question, &Answer::text(text)), expected, "{text}");
        }
    }

    #[test]
    fn six_blanks_each_with_its_own_spellings() {
        let cx = context();
        let words: [&[&str]; 6] = [
            &["control", "controll"],
            &["patrol"],
            &["soul"],
            &["tolls", "toll"],
            &["explode", "esplode"],
            &["old"],
        ];
        let blank = |words: &[&str]| Blank {
            id: cx.id(),
            label: String::new(),
            key: BlankKey::Text(TextKey::exact(words.iter().copied())),
            weight: ratio("1"),
        };
        let key = BlanksKey { blanks: words.iter().map(|it| blank(it)).collect(), rule: None };
        let ids: Vec<_> = key.blanks.iter().map(|it| it.id).collect();
        let question = Question::new(&cx, QuestionKind::FillBlank, "…", AnswerKey::Blanks(key))
            .worth(points("50"));
        let fill = |texts: [&str; 6]| {
            let filled =
                |(blank, text): (&_, &str)| FilledBlank { blank: *blank, text: text.into() };
            Answer::Blanks(ids.iter().zip(texts).map(filled).collect())
        };
        let all = fill(["control", "patrol", "soul", "toll", "esplode", "old"]);
        assert_eq!(earned(&question, &all), "50");
        let three = fill(["control", "", "soul", "tol", "implode", "OLD "]);
        assert_eq!(earned(&question, &three), "25");
        assert_eq!(earned(&question, &fill(["", "", "", "", "", " "])), "0");
    }
}
