//! Named sets of rules, so that a school moving from another system keeps its arithmetic.
//!
//! Each profile is data: a value of [`ScoringRules`] and the usual [`ScoringType`], with the
//! system's own documentation cited and one of its worked examples as a test. Grading has no case
//! for any of them.

mod blackboard_ultra;
mod brightspace;
mod canvas;
mod moodle;
mod open_edx;
mod qti;
mod r_exams;

use lms_derive::TextEnum;

use crate::scoring::{CourseRules, ScoreRounding, ScoringRules, ScoringType};

/// A named set of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
pub enum ScoringProfile {
    /// The library's own.
    #[default]
    Default,
    /// Moodle.
    Moodle,
    /// Canvas, classic and new quizzes.
    Canvas,
    /// D2L Brightspace.
    Brightspace,
    /// Blackboard Learn, Ultra course view.
    BlackboardUltra,
    /// The response processing templates of 1EdTech QTI.
    Qti,
    /// Open edX.
    OpenEdx,
    /// The R package `exams`.
    RExams,
}

/// The rules and the sources of a profile.
///
/// [`ScoringRules::default`] says why the library's own are as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileData {
    /// Where the system documents it.
    pub source: &'static str,
    /// How its tests are usually scored.
    pub scoring: ScoringType,
    /// Its rules.
    pub rules: ScoringRules,
    /// How it rounds the grade of a course: what a gradebook of its is to use.
    pub course_rounding: ScoreRounding,
    /// How it makes the grade of a course of its categories: what a gradebook of its is to use.
    pub course_rules: CourseRules,
}

impl ScoringProfile {
    /// What the profile says.
    pub fn data(self) -> ProfileData {
        match self {
            Self::Default => ProfileData {
                source: "https://docs.rs/lms",
                scoring: ScoringType::PerQuestion,
                rules: ScoringRules::default(),
                course_rounding: ScoreRounding::default(),
                course_rules: CourseRules::default(),
            },
            Self::Moodle => moodle::data(),
            Self::Canvas => canvas::data(),
            Self::Brightspace => brightspace::data(),
            Self::BlackboardUltra => blackboard_ultra::data(),
            Self::Qti => qti::data(),
            Self::OpenEdx => open_edx::data(),
            Self::RExams => r_exams::data(),
        }
    }

    /// Its rules.
    pub fn rules(self) -> ScoringRules {
        self.data().rules
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        grading::{grade_question, tests::*},
        question::{
            Accept, Answer, AnswerKey, Blank, BlankKey, BlanksKey, Choice, FilledBlank,
            NumberEntry, NumberKey, OrderKey, Pair, PairsKey, Question, QuestionKind, Stem,
            TextKey,
        },
    };

    #[test]
    fn every_profile_is_its_own_and_survives_json() {
        let mut seen = BTreeSet::new();
        for profile in ScoringProfile::ALL {
            let data = profile.data();
            let json = serde_json::to_string(&data.rules).unwrap();
            assert_eq!(serde_json::from_str::<ScoringRules>(&json).unwrap(), data.rules);
            assert!(data.source.starts_with("https://"));
            assert!(seen.insert(format!("{json} {}", data.scoring)), "{profile} repeats another");
        }
    }

    /// One answer to a question of each kind that needs no person, and what each earns of 1.
    fn one_of_each_kind() -> Vec<(Question, Answer)> {
        let cx = context();
        let question = |kind, key| Question::new(&cx, kind, "?", key).worth(points("1"));
        let options = |names: &str| -> Vec<Choice> {
            names.chars().map(|it| Choice::new(cx.id(), it, false)).collect()
        };
        let wrong = choices(&cx, QuestionKind::SingleChoice, "rwww", "1");
        let right = choices(&cx, QuestionKind::TrueFalse, "rw", "1");
        let ticks = choices(&cx, QuestionKind::MultipleSelect, "rrrww", "1");
        let words = AnswerKey::Texts(TextKey::exact(["Paris"]));
        let number = |text: &str| text.parse().unwrap();
        let accept = Accept::Absolute { value: number("-11.7"), margin: number("0.02") };
        let number = NumberKey { entries: vec![NumberEntry::new(accept)], ..NumberKey::default() };
        let blank = |word: &str| Blank {
            id: cx.id(),
            label: String::new(),
            key: BlankKey::Text(TextKey::exact([word])),
            weight: ratio("1"),
        };
        let blanks = ["oak", "elm", "ash"].map(blank).to_vec();
        let filled = blanks.iter().zip(["oak", "elm", "fir"]);
        let filled = filled.map(|(it, text)| FilledBlank { blank: it.id, text: text.into() });
        let filled = Answer::Blanks(filled.collect());
        let (matches, items) = (options("xy"), options("abc"));
        let stem = |it: &Choice| Stem {
            id: cx.id(),
            text: it.text.to_uppercase(),
            choice: it.id,
            weight: ratio("1"),
        };
        let stems: Vec<Stem> = matches.iter().map(stem).collect();
        let pair = |it: &Stem| Pair { stem: it.id, choice: matches[0].id };
        let pairs = Answer::Pairs(stems.iter().map(pair).collect());
        let order = items.iter().map(|it| it.id).collect();
        let turned = Answer::Order([1, 0, 2].map(|at: usize| items[at].id).to_vec());
        let blanks = AnswerKey::Blanks(BlanksKey { blanks, rule: None });
        let stems = AnswerKey::Pairs(PairsKey { stems, rule: None });
        let order = AnswerKey::Order(OrderKey { order, rule: None });
        vec![
            (wrong.clone(), tick(&wrong, &[1])),
            (right.clone(), tick(&right, &[0])),
            (ticks.clone(), tick(&ticks, &[0, 1, 3])),
            (question(QuestionKind::ShortAnswer, words), Answer::text(" paris")),
            (question(QuestionKind::Numeric, AnswerKey::Numbers(number)), Answer::text("-11.72")),
            (question(QuestionKind::FillBlank, blanks), filled),
            (question(QuestionKind::Matching, stems).with_options(matches), pairs),
            (question(QuestionKind::Ordering, order).with_options(items), turned),
        ]
    }

    /// The same eight answers under every profile: a wrong option; a right one; two of three right
    /// options ticked, and one of two wrong ones; a name without its capital; a number on its
    /// bound; two of three blanks; one of two matches; two of three items exchanged.
    #[test]
    fn each_profile_pays_the_same_answers_in_its_own_way() {
        use ScoringProfile as Profile;
        for (profile, expected) in [
            (Profile::Default, ["0", "1", "1/3", "1", "1", "2/3", "1/2", "0"]),
            (Profile::Moodle, ["0", "1", "2/3", "1", "1", "2/3", "1/2", "1/3"]),
            (Profile::Canvas, ["0", "1", "1/3", "1", "1", "2/3", "1/2", "0"]),
            (Profile::Brightspace, ["0", "1", "1/5", "1", "1", "2/3", "1/2", "1/3"]),
            (Profile::BlackboardUltra, ["0", "1", "2/3", "1", "1", "2/3", "1/2", "0"]),
            // Without a mapping of its own an option is worth the default, nothing.
            (Profile::Qti, ["0", "1", "0", "0", "1", "2/3", "1/2", "0"]),
            (Profile::OpenEdx, ["0", "1", "0", "1", "1", "2/3", "0", "0"]),
            (Profile::RExams, ["0", "1", "1/6", "0", "1", "2/3", "1/2", "0"]),
        ] {
            let rules = profile.rules();
            let earned: Vec<String> = (one_of_each_kind().iter())
                .map(|(question, answer)| grade_question(question, answer, &rules).unwrap())
                .map(|it| it.earned.unwrap().to_string())
                .collect();
            assert_eq!(earned, expected, "{profile}");
            // Two thirds of a point, as each shows it.
            let shown = rules.rounding.show(ratio("2/3")).unwrap().to_string();
            let exact = matches!(profile, Profile::Qti | Profile::RExams);
            assert_eq!(shown, if exact { "0.6667" } else { "0.67" }, "{profile}");
        }
    }

    /// The library's own: a wrong tick takes back what a right one gave, nothing falls below
    /// nothing, and 89.995 that is shown as 90 passes at 90.
    #[test]
    fn the_default_takes_back_and_decides_on_what_is_shown() {
        let rules = ScoringRules::default();
        let question = choices(&context(), QuestionKind::MultipleSelect, "rrwww", "3");
        let earned = |at: &[usize]| {
            let graded = grade_question(&question, &tick(&question, at), &rules).unwrap();
            graded.earned.unwrap().to_string()
        };
        assert_eq!([earned(&[0, 1]), earned(&[0, 1, 2]), earned(&[0])], ["3", "3/2", "3/2"]);
        assert_eq!([earned(&[0, 2]), earned(&[2, 3, 4]), earned(&[])], ["0", "0", "0"]);
        let deciding = rules.rounding.deciding(ratio("89.995")).unwrap();
        assert_eq!(deciding, ratio("90"));
    }
}
