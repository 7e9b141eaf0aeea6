//! Keys that count beside the present ones, after a key was corrected.
use std::collections::{HashMap, HashSet};

use crate::{
    grading::{AnswerState, Finding, Given, GradeError, QuestionResult, SheetEntry, grade_entry},
    question::{Question, Treatment},
    scoring::{Certainty, ScoringRules, TryRule},
};
use lms_kernel::Id;

/// What a corrected key leaves to those who answered before: earlier editions of a question that
/// are accepted too, and questions that everyone gets in full.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EarlierKeys {
    accepted: HashMap<Id<Question>, Vec<Question>>,
    given: HashSet<Id<Question>>,
}

impl EarlierKeys {
    /// Accepts an earlier edition of a question beside the present one.
    pub fn accept(&mut self, earlier: Question) {
        self.accepted.entry(earlier.id).or_default().push(earlier);
    }

    /// Gives everyone the whole of a question, except where a person marked it.
    pub fn give(&mut self, question: Id<Question>) {
        self.given.insert(question);
    }

    /// Whether only the present keys count.
    pub fn is_empty(&self) -> bool {
        self.accepted.is_empty() && self.given.is_empty()
    }

    /// Grades an entry by every key that counts for its question: the best is what it earned, and
    /// of equals the present one.
    ///
    /// # Errors
    /// [`GradeError`] when a key does not fit the question or cannot be kept exactly.
    pub fn grade(
        &self,
        question: &Question,
        entry: Option<&SheetEntry>,
        rules: &ScoringRules,
    ) -> Result<QuestionResult, GradeError> {
        let mut best = grade_entry(question, entry, rules)?;
        if self.is_empty() {
            return Ok(best);
        }
        if self.given.contains(&question.id) && !is_settled(entry) {
            return best.given_in_full();
        }
        for earlier in self.accepted.get(&question.id).into_iter().flatten() {
            let other = grade_entry(earlier, entry, rules)?;
            if other.earned > best.earned {
                best = other;
            }
        }
        Ok(best)
    }
}

/// Whether the entry stays as it is: a person marked it, or the question does not count.
fn is_settled(entry: Option<&SheetEntry>) -> bool {
    entry
        .is_some_and(|it| it.mark.is_some() || matches!(it.given, Given::NotAsked | Given::Excused))
}

impl QuestionResult {
    /// The whole of the question, whatever was answered.
    fn given_in_full(mut self) -> Result<Self, GradeError> {
        self.state = AnswerState::Voided;
        self.treatment = Treatment::FullCredit;
        self.finding = Finding::Nothing;
        self.earlier.clear();
        (self.tries, self.certainty) = (TryRule::Deferred, Certainty::Low);
        self.settled()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        grading::{
            AnswerSheet, ManualMark, TestForm,
            generate::{Generator, cases, generated_form, generated_sheet},
            grade_attempt, grade_attempt_with,
            tests::{choices, context, points},
        },
        question::{Answer, QuestionKind},
    };

    /// A question whose first option was right and whose second is right now.
    fn corrected() -> (Question, Question) {
        let cx = context();
        let earlier = choices(&cx, QuestionKind::SingleChoice, "rww", "2");
        let mut present = earlier.clone();
        present.edition = 2;
        (present.options[0].is_correct, present.options[1].is_correct) = (false, true);
        (present, earlier)
    }

    fn earned(keys: &EarlierKeys, question: &Question, entry: &SheetEntry) -> (String, u32) {
        let rules = ScoringRules::default();
        let result = keys.grade(question, Some(entry), &rules).unwrap();
        (result.earned.unwrap().to_string(), result.edition)
    }

    #[test]
    fn the_best_of_the_keys_counts() {
        let (present, earlier) = corrected();
        let answer =
            |at: usize| SheetEntry::new(present.id, Answer::choice(present.options[at].id));
        let mut keys = EarlierKeys::default();
        assert_eq!(earned(&keys, &present, &answer(0)), ("0".into(), 2));
        keys.accept(earlier);
        assert_eq!(earned(&keys, &present, &answer(0)), ("2".into(), 1));
        assert_eq!(earned(&keys, &present, &answer(1)), ("2".into(), 2));
        assert_eq!(earned(&keys, &present, &answer(2)), ("0".into(), 2));
    }

    #[test]
    fn what_is_given_goes_to_all_but_the_marked_and_the_excused() {
        let (present, _) = corrected();
        let mut keys = EarlierKeys::default();
        keys.give(present.id);
        let wrong = SheetEntry::new(present.id, Answer::choice(present.options[2].id));
        assert_eq!(earned(&keys, &present, &wrong).0, "2");
        let marked = wrong.marked(ManualMark::new(points("0.5")));
        assert_eq!(earned(&keys, &present, &marked).0, "1/2");
        let rules = ScoringRules::default();
        let excused = SheetEntry::of(present.id, Given::Excused);
        assert_eq!(keys.grade(&present, Some(&excused), &rules).unwrap().earned, None);
        assert_eq!(keys.grade(&present, None, &rules).unwrap().share, Some("1".parse().unwrap()));
    }

    /// The same test after its keys were turned round.
    fn turned(mut form: TestForm) -> TestForm {
        for question in form.sections.iter_mut().flat_map(|it| &mut it.questions) {
            question.edition += 1;
            for option in &mut question.options {
                option.is_correct = !option.is_correct;
            }
        }
        form
    }

    fn exam(seed: u64) -> (TestForm, AnswerSheet) {
        let mut from = Generator::new(seed);
        let form = generated_form(&mut from);
        let sheet = generated_sheet(&mut from, &form);
        (form, sheet)
    }

    proptest! {
        #![proptest_config(cases(128))]

        /// A test and any sheet of it: a key that counts beside another never lowers anything.
        #[test]
        fn more_keys_never_lower_a_score(seed: u64) {
            let (form, sheet) = exam(seed);
            let Ok(before) = grade_attempt(&form, &sheet) else { return Ok(()) };
            let now = turned(form.clone());
            let mut keys = EarlierKeys::default();
            form.questions().cloned().for_each(|it| keys.accept(it));
            let Ok(after) = grade_attempt_with(&now, &keys, &sheet) else { return Ok(()) };
            prop_assert!(after.final_score.exact >= before.final_score.exact);
            let present = grade_attempt(&now, &sheet).unwrap();
            prop_assert!(after.final_score.exact >= present.final_score.exact);
            prop_assert_eq!(after.replay().unwrap(), after);
        }

        #[test]
        fn without_another_key_it_is_the_plain_grading(seed: u64) {
            let (form, sheet) = exam(seed);
            let keys = EarlierKeys::default();
            prop_assert_eq!(grade_attempt_with(&form, &keys, &sheet), grade_attempt(&form, &sheet));
        }
    }
}
