//! A school with one exam and the people who have to do with it.
use chrono::TimeDelta;
use lms::{
    assessment::{
        Assessment, AssessmentKind, AssessmentStatus,
        attempt::{Attempt, HandedIn, LoadTrace, SaveAnswer, Score, StartAttempt, SubmitAttempt},
        question::{Answer, AnswerKey, Choice, ManualKey, Question, QuestionKind},
    },
    identity::{AssignmentScope, MembershipKind},
    kernel::{Actor, Context, Id, Points, Timestamp},
    memory::MemoryStore,
    store::{Query, Record, Store},
};
use lms_testkit::TestContext;

use crate::school::{Person, School, title};

/// A school with one exam: three questions of two points with two options each, the first right,
/// and an essay of four points.
pub(crate) struct Exam {
    pub(crate) school: School,
    pub(crate) assessment: Assessment,
    pub(crate) questions: Vec<Question>,
    /// Learners of the northern centre.
    pub(crate) ada: Person,
    pub(crate) ben: Person,
    /// Staff who mark in the north, and two more.
    pub(crate) assessor: Person,
    pub(crate) second: Person,
    pub(crate) third: Person,
    /// Who runs the tests of the whole school.
    pub(crate) admin: Person,
    /// Staff who mark in the south.
    south: Person,
    /// The head of another school.
    stranger: Context,
}

pub(crate) fn points(text: &str) -> Points {
    text.parse().unwrap()
}

pub(crate) fn later(cx: &Context, seconds: i64) -> Context {
    cx.clone().at(cx.now().saturating_add(TimeDelta::seconds(seconds)))
}

/// Two options, the first right.
pub(crate) fn choice(cx: &Context, prompt: &str) -> Question {
    let option = |text, right| Choice::new(cx.id(), text, right).with_feedback("WORDS ON IT");
    Question::new(cx, QuestionKind::SingleChoice, prompt, AnswerKey::choices())
        .with_options(vec![option("yes", true), option("no", false)])
        .worth(points("2"))
}

impl Exam {
    /// On a memory store.
    pub(crate) async fn open(name: &str) -> Self {
        Self::open_with(name, |_| {}).await
    }

    /// The same with other settings.
    pub(crate) async fn open_with(name: &str, change: impl Fn(&mut Assessment)) -> Self {
        Self::open_on(Store::new(MemoryStore::new()), name, change).await
    }

    pub(crate) async fn open_on(
        store: Store,
        name: &str,
        change: impl Fn(&mut Assessment),
    ) -> Self {
        let test = TestContext::new(name);
        let school = School::open(&store, &test).await;
        // Logins belong to the whole platform, so each school has addresses of its own.
        let host = format!("{}.example", school.system.tenant().uuid().simple());
        let student = async |name| {
            let address = format!("{name}@{host}");
            school.person(&address, MembershipKind::Student, Some(school.north.id)).await
        };
        let (ada, ben) = (student("ada").await, student("ben").await);
        let mut markers = Vec::new();
        for (name, unit) in [
            ("one", school.north.id),
            ("two", school.north.id),
            ("three", school.north.id),
            ("south", school.south.id),
        ] {
            let address = format!("{name}@{host}");
            let person = school.person(&address, MembershipKind::Staff, Some(unit)).await;
            school.give(&person, "assessor", AssignmentScope::Unit, Some(unit.uuid())).await;
            markers.push(person);
        }
        let admin = school.person(&format!("admin@{host}"), MembershipKind::Admin, None).await;
        let outside = School::open(&store, &test).await;
        let head = outside.person(&format!("other@{host}"), MembershipKind::Admin, None).await;
        let stranger = school.system.clone().with_actor(head.cx.actor().clone());
        let [assessor, second, third, south] = markers.try_into().ok().unwrap();
        let cx = &school.system;
        let mut assessment = Assessment::new(cx, AssessmentKind::Test, title("Exam"));
        assessment.status = AssessmentStatus::Published;
        change(&mut assessment);
        let essay = AnswerKey::Manual(ManualKey {
            rubric: None,
            model_answer: Some("MODEL ANSWER".into()),
        });
        let mut questions: Vec<Question> =
            ["One?", "Two?", "Three?"].map(|prompt| choice(cx, prompt)).into();
        let essay = Question::new(cx, QuestionKind::LongAnswer, "Why?", essay);
        questions.push(essay.worth(points("4")));
        for (at, question) in (0..).zip(&mut questions) {
            *question = question.clone().placed(assessment.id, None, at);
            question.explanation = Some("EXPLAINED".into());
        }
        let mut tx = school.store.begin(cx).await.unwrap();
        tx.insert(&assessment).await.unwrap();
        tx.insert_all(&questions).await.unwrap();
        tx.commit().await.unwrap();
        Self {
            school,
            assessment,
            questions,
            ada,
            ben,
            assessor,
            second,
            third,
            admin,
            south,
            stranger,
        }
    }

    /// People who have no business with Ada's attempt.
    pub(crate) fn others(&self) -> [Context; 4] {
        let nobody = self.school.system.clone().with_actor(Actor::Anonymous);
        [self.ben.cx.clone(), self.south.cx.clone(), self.stranger.clone(), nobody]
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.school.system.now()
    }

    pub(crate) fn system(&self, seconds: i64) -> Context {
        later(&self.school.system, seconds)
    }

    /// The choice of one option of one question.
    pub(crate) fn answer(&self, question: usize, option: usize) -> Answer {
        Answer::choice(self.questions[question].options[option].id)
    }

    pub(crate) async fn start(&self, cx: &Context) -> Attempt {
        let command = StartAttempt::new(self.assessment.id);
        run!(self.school, *cx, |tx| tx.run(command.clone())).unwrap().into_attempt()
    }

    pub(crate) async fn save(&self, cx: &Context, attempt: &Attempt, at: usize, answer: Answer) {
        let question = self.questions[at].id;
        let command = SaveAnswer::new(attempt.id, question, 1, answer);
        run!(self.school, *cx, |tx| tx.run(command.clone())).unwrap();
    }

    pub(crate) async fn submit(&self, cx: &Context, attempt: &Attempt) -> HandedIn {
        run!(self.school, *cx, |tx| tx.run(SubmitAttempt { attempt_id: attempt.id })).unwrap()
    }

    /// A whole attempt: the chosen option of each of the three, and an essay where there is one.
    pub(crate) async fn take(
        &self,
        cx: &Context,
        chosen: [usize; 3],
        essay: Option<&str>,
    ) -> HandedIn {
        let attempt = self.start(cx).await;
        for (at, option) in chosen.into_iter().enumerate() {
            self.save(cx, &attempt, at, self.answer(at, option)).await;
        }
        if let Some(essay) = essay {
            self.save(cx, &attempt, 3, Answer::text(essay)).await;
        }
        self.submit(cx, &attempt).await
    }

    pub(crate) async fn get<R: Record>(&self, id: Id<R>) -> R {
        let mut tx = self.school.store.begin(&self.school.system).await.unwrap();
        tx.require(id).await.unwrap()
    }

    pub(crate) async fn all<R: Record>(&self, query: Query<R>) -> Vec<R> {
        let mut tx = self.school.store.begin(&self.school.system).await.unwrap();
        tx.all(query).await.unwrap()
    }

    pub(crate) async fn score(&self, attempt: Id<Attempt>) -> Score {
        self.all(Score::of(attempt)).await.pop().unwrap()
    }

    /// Changes the assessment.
    pub(crate) async fn change(&mut self, change: impl Fn(&mut Assessment)) {
        let mut tx = self.school.store.begin(&self.school.system).await.unwrap();
        self.assessment = tx.require(self.assessment.id).await.unwrap();
        change(&mut self.assessment);
        tx.update(&mut self.assessment).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Every trace that is kept leads to the score beside it.
    pub(crate) async fn traces_replay(&self) -> usize {
        let mut tx = self.school.store.begin(&self.school.system).await.unwrap();
        let scores = tx.all(Query::<Score>::all()).await.unwrap();
        let mut replayed = 0;
        for score in scores {
            if let Some(trace) = tx.part(LoadTrace { score: &score }).await.unwrap() {
                let again = trace.replay().unwrap();
                assert_eq!(again, trace);
                assert_eq!(again.final_score.shown, score.raw);
                assert_eq!((again.pending, again.edition), (score.pending, score.edition));
                replayed += 1;
            }
        }
        replayed
    }
}
