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

use crate::assessment::scoring::{ScoringRules, ScoringType};

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

/// What a profile says.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileData {
    /// Where the system documents it.
    pub source: &'static str,
    /// How its tests are usually scored.
    pub scoring: ScoringType,
    /// Its rules.
    pub rules: ScoringRules,
}

impl ScoringProfile {
    /// What the profile says.
    pub fn data(self) -> ProfileData {
        match self {
            Self::Default => ProfileData {
                source: "https://docs.rs/lms",
                scoring: ScoringType::PerQuestion,
                rules: ScoringRules::default(),
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
}
