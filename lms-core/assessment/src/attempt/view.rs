//! The learner's view of an attempt, built from the disclosed parts alone.
use serde::{Deserialize, Serialize};

use crate::{
    Assessment, ResultPolicy,
    attempt::{Attempt, AttemptStatus, ReviewRules, Score, ScoreStatus},
    grading::{AnswerSheet, AnswerState, AttemptResult, Given},
    question::{Answer, AnswerKey, Choice, Question},
};
use lms_kernel::{Id, Points, Ratio};

/// Which parts of a result a learner sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Disclosure {
    /// The score, its sections, and whether it passed.
    pub score: bool,
    /// What the learner answered.
    pub answers: bool,
    /// What each answer earned.
    pub marks: bool,
    /// What would have been right.
    pub keys: bool,
    /// What is said about the answers.
    pub feedback: bool,
}

impl Disclosure {
    /// Everything: for those who see results before they are released.
    pub const ALL: Self =
        Self { score: true, answers: true, marks: true, keys: true, feedback: true };

    /// What the learner sees of an attempt with that score; `is_over` says whether the assessment
    /// has closed for everyone and, where the learner was given longer, for them too.
    pub fn of(assessment: &Assessment, attempt: &Attempt, score: &Score, is_over: bool) -> Self {
        let shown = attempt.status.is_handed_in()
            && match assessment.result_policy {
                ResultPolicy::Never => false,
                ResultPolicy::AfterSubmit => true,
                ResultPolicy::AfterClose => is_over,
                ResultPolicy::AfterMarking => score.status != ScoreStatus::Pending,
                ResultPolicy::WhenReleased => score.status == ScoreStatus::Released,
            };
        let ReviewRules { answers, marks, keys, feedback } = assessment.attempt_rules.review;
        if shown { Self { score: true, answers, marks, keys, feedback } } else { Self::default() }
    }
}

/// The score as a learner sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShownScore {
    /// What is reported.
    pub total: Points,
    /// What the questions earned.
    pub raw: Points,
    /// The most that they could.
    pub raw_maximum: Points,
    /// Whether it passed; none where that is not known.
    pub passed: Option<bool>,
    /// How many answers are still to be marked.
    pub pending: u32,
}

/// A question as a learner sees it afterwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShownQuestion {
    /// The question.
    pub question: Id<Question>,
    /// The question.
    pub prompt: String,
    /// What the learner answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// The status of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<AnswerState>,
    /// What it earned, exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earned: Option<Ratio>,
    /// What would have been right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<ShownKey>,
    /// What is said about the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub feedback: Vec<String>,
}

/// The correct answer, as far as it is disclosed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShownKey {
    /// The right options.
    pub right: Vec<Id<Choice>>,
    /// The accepted answers.
    pub key: AnswerKey,
}

/// The result of an attempt, as its learner sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LearnerResult {
    /// The attempt.
    pub attempt_id: Id<Attempt>,
    /// Its status.
    pub status: AttemptStatus,
    /// Which parts are shown.
    pub disclosure: Disclosure,
    /// The score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<ShownScore>,
    /// The questions, in the order given; none where nothing of them is shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<ShownQuestion>,
}

/// An attempt that was graded, as far as a result is built from it.
#[derive(Clone, Copy, Debug)]
pub struct Graded<'a> {
    /// The attempt.
    pub attempt: &'a Attempt,
    /// What it earned.
    pub score: &'a Score,
    /// What that follows from, where marks of single questions are shown.
    pub trace: Option<&'a AttemptResult>,
}

impl LearnerResult {
    /// Takes from everything that is known what is disclosed.
    pub fn build(
        disclosure: Disclosure,
        graded: Graded<'_>,
        questions: &[&Question],
        sheet: &AnswerSheet,
    ) -> Self {
        let Graded { attempt, score, trace } = graded;
        let any = disclosure.answers || disclosure.marks || disclosure.keys || disclosure.feedback;
        let shown = any.then(|| {
            let show = |it: &&Question| show_question(disclosure, trace, it, sheet);
            questions.iter().map(show).collect()
        });
        Self {
            attempt_id: attempt.id,
            status: attempt.status,
            disclosure,
            score: disclosure.score.then_some(ShownScore {
                total: score.total,
                raw: score.raw,
                raw_maximum: score.raw_maximum,
                passed: score.passed,
                pending: score.pending,
            }),
            questions: shown.unwrap_or_default(),
        }
    }
}

fn show_question(
    disclosure: Disclosure,
    trace: Option<&AttemptResult>,
    question: &Question,
    sheet: &AnswerSheet,
) -> ShownQuestion {
    let entry = sheet.entry(question.id);
    let answer = entry.and_then(|it| match &it.given {
        Given::Answer(answer) => Some(answer),
        Given::NotAsked | Given::Missing | Given::Excused => None,
    });
    let result = trace
        .filter(|_| disclosure.marks)
        .and_then(|trace| trace.questions().find(|it| it.question == question.id));
    let right = || question.options.iter().filter(|it| it.is_correct).map(|it| it.id).collect();
    let mut feedback = Vec::new();
    if disclosure.feedback {
        if let Some(Answer::Choices(chosen)) = answer {
            let of_chosen = question.options.iter().filter(|it| chosen.contains(&it.id));
            feedback.extend(of_chosen.filter_map(|it| it.feedback.clone()));
        }
        feedback.extend(entry.and_then(|it| it.mark.as_ref()?.comment.clone()));
        feedback.extend(question.explanation.clone());
    }
    ShownQuestion {
        question: question.id,
        prompt: question.prompt.clone(),
        answer: answer.filter(|_| disclosure.answers).cloned(),
        state: result.map(|it| it.state),
        earned: result.and_then(|it| it.earned),
        key: disclosure.keys.then(|| ShownKey { right: right(), key: question.answer_key.clone() }),
        feedback,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use crate::{
        AssessmentKind,
        attempt::{AttemptLimits, EndedBy},
        question::QuestionKind,
    };
    use lms_kernel::{Actor, Context, SequentialIds, TenantId, Timestamp};

    fn context() -> Context {
        let ids = Arc::new(SequentialIds::new());
        Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids)
    }

    fn taken() -> (Assessment, Attempt, Score, Question, AnswerSheet) {
        let cx = context();
        let assessment = Assessment::new(&cx, AssessmentKind::Quiz, "Quiz".parse().unwrap());
        let learner = Id::from_uuid(Uuid::from_u128(5));
        let limits = AttemptLimits::of(&assessment);
        let mut attempt = Attempt::new(&cx, assessment.id, learner, 1, &limits);
        attempt.submit(cx.now(), EndedBy::Learner).unwrap();
        let mut score = Score::new(&cx, &attempt);
        score.total = "4.125".parse().unwrap();
        let option = |at, text, right| {
            Choice::new(Id::from_uuid(Uuid::from_u128(at)), text, right).with_feedback("SAID")
        };
        let options = vec![option(70, "yes", true), option(71, "no", false)];
        let kind = QuestionKind::SingleChoice;
        let mut question = Question::new(&cx, kind, "Is it?", AnswerKey::choices());
        question.options = options;
        question.explanation = Some("SAID too".into());
        let answer = Answer::choice(Id::from_uuid(Uuid::from_u128(71)));
        let sheet = AnswerSheet::new([(question.id, answer)]);
        (assessment, attempt, score, question, sheet)
    }

    #[test]
    fn each_policy_shows_the_result_when_it_says() {
        let (mut assessment, attempt, mut score, ..) = taken();
        let mut shown = |policy, status, is_over| {
            (assessment.result_policy, score.status) = (policy, status);
            Disclosure::of(&assessment, &attempt, &score, is_over).score
        };
        use ResultPolicy as P;
        use ScoreStatus::{Graded, Pending, Released};
        assert!(!shown(P::Never, Released, true));
        assert!(shown(P::AfterSubmit, Pending, false));
        assert!(!shown(P::AfterClose, Graded, false) && shown(P::AfterClose, Graded, true));
        assert!(!shown(P::AfterMarking, Pending, true) && shown(P::AfterMarking, Graded, false));
        assert!(!shown(P::WhenReleased, Graded, true) && shown(P::WhenReleased, Released, false));
    }

    #[test]
    fn nothing_is_shown_while_the_attempt_runs() {
        let (mut assessment, mut attempt, score, ..) = taken();
        assessment.result_policy = ResultPolicy::AfterSubmit;
        attempt.status = AttemptStatus::InProgress;
        let found = Disclosure::of(&assessment, &attempt, &score, true);
        assert_eq!(found, Disclosure::default());
    }

    /// Whatever is disclosed, what is not is nowhere in what is sent.
    #[test]
    fn what_is_not_disclosed_is_not_in_the_result() {
        let (_, attempt, score, question, sheet) = taken();
        for flags in 0_u8..32 {
            let flag = |at: u8| flags >> at & 1 == 1;
            let disclosure = Disclosure {
                score: flag(0),
                answers: flag(1),
                marks: flag(2),
                keys: flag(3),
                feedback: flag(4),
            };
            let graded = Graded { attempt: &attempt, score: &score, trace: None };
            let result = LearnerResult::build(disclosure, graded, &[&question], &sheet);
            let json = serde_json::to_string(&result).unwrap();
            let has = |id: u128| json.contains(&Uuid::from_u128(id).to_string());
            assert_eq!(json.contains("4.125"), disclosure.score, "{json}");
            assert_eq!(has(71), disclosure.answers, "{json}");
            assert_eq!(has(70), disclosure.keys, "{json}");
            assert_eq!(json.contains("SAID"), disclosure.feedback, "{json}");
            assert!(!json.contains("is_correct"));
        }
    }
}
