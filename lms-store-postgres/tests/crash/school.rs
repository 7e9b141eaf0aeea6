//! What is bought, and the tests that are taken.
use std::collections::BTreeMap;

use lms_core::{
    assessment::{
        Assessment, AssessmentKind, AssessmentStatus,
        attempt::{Attempt, AttemptLimits, HandedInSheet, SubmitAttempt},
        grading::Given,
        question::{Answer, AnswerKey, ManualKey, Question, QuestionKind},
    },
    authorization::Permission,
    commerce::{Item, ItemKind, Price},
    content::{Course, PublicationStatus},
    identity::{Membership, MembershipKind, User},
    kernel::{Actor, ActorId, Context, Id, Money, Scope},
    store::Store,
    tenancy::Tenant,
};
use lms_testkit::TestContext;

const ATTEMPTS: usize = 4;
const QUESTIONS: usize = 5;

/// One answer of one attempt: by the attempt's and the question's place.
pub(crate) type Slot = (usize, usize);

/// A course that is sold, and attempts that run.
pub(crate) struct School {
    pub(crate) cx: Context,
    /// Who decides on proofs of payment.
    pub(crate) reviewer: Context,
    pub(crate) buyer: Id<Membership>,
    pub(crate) course: Id<Course>,
    pub(crate) attempts: Vec<Id<Attempt>>,
    pub(crate) questions: Vec<Id<Question>>,
}

impl School {
    pub(crate) async fn found(store: &Store) -> Self {
        let cx = TestContext::new("crash").build();
        let owner = Membership::new(&cx, MembershipKind::Staff, "Ada".parse().unwrap());
        let buyer = Membership::new(&cx, MembershipKind::Student, "Ben".parse().unwrap());
        let mut course =
            Course::new(&cx, "Course".parse().unwrap(), "course".parse().unwrap(), owner.id);
        course.status = PublicationStatus::Published;
        let item = Item { kind: ItemKind::Course, id: course.id.uuid() };
        let amount = Money::from_minor(4_900, "EUR".parse().unwrap());
        let price = Price::new(&cx, item, "Course".parse().unwrap(), amount);
        let mut test = Assessment::new(&cx, AssessmentKind::Quiz, "Test".parse().unwrap());
        test.status = AssessmentStatus::Published;
        let question = |position| {
            let key = AnswerKey::Manual(ManualKey::default());
            Question::new(&cx, QuestionKind::LongAnswer, "Why?", key)
                .placed(test.id, None, position)
        };
        let questions: Vec<_> = (0..).take(QUESTIONS).map(question).collect();
        let limits = AttemptLimits::of(&test);
        let attempt = |number| Attempt::new(&cx, test.id, buyer.id, number, &limits);
        let attempts: Vec<_> = (1..).take(ATTEMPTS).map(attempt).collect();
        let user = User::new(&cx);
        let mut reviewer = Membership::new(&cx, MembershipKind::Staff, "Cem".parse().unwrap());
        reviewer.user_id = Some(user.id);
        reviewer.permissions = vec![Permission::ORDERS_REVIEW_PROOF];
        let both = Scope::TenantAndPlatform(cx.tenant());
        let mut tx = store.begin_in(&cx, both).await.unwrap();
        let slug = format!("school-{}", cx.tenant()).parse().unwrap();
        tx.insert(&Tenant::new(&cx, "School".parse().unwrap(), slug)).await.unwrap();
        tx.insert(&user).await.unwrap();
        tx.insert_all(&[owner, buyer.clone(), reviewer]).await.unwrap();
        tx.insert(&course).await.unwrap();
        tx.insert(&price).await.unwrap();
        tx.insert(&test).await.unwrap();
        tx.insert_all(&questions).await.unwrap();
        tx.insert_all(&attempts).await.unwrap();
        tx.commit().await.unwrap();
        let attempts = attempts.iter().map(|it| it.id).collect();
        let questions = questions.iter().map(|it| it.id).collect();
        let actor = Actor::User(ActorId::from_uuid(user.id.uuid()));
        let reviewer = TestContext::new("crash").of_tenant(cx.tenant()).by(actor).build();
        Self { cx, reviewer, buyer: buyer.id, course: course.id, attempts, questions }
    }

    /// Which answer the command of that number gives: each is given again and again.
    pub(crate) fn slot(&self, number: usize) -> Slot {
        (number % self.attempts.len(), number / self.attempts.len() % self.questions.len())
    }

    /// The client's number of that save.
    pub(crate) fn sequence(number: usize) -> i64 {
        i64::try_from(number).unwrap() + 1
    }

    /// What is answered by the save of that sequence.
    pub(crate) fn answer(sequence: i64) -> Answer {
        Answer::text(format!("answer {sequence}"))
    }

    /// Hands the attempts in: their sheets hold the last answers.
    pub(crate) async fn hand_in_everything(&self, store: &Store, last: &BTreeMap<Slot, i64>) {
        for (place, attempt) in self.attempts.iter().enumerate() {
            let mut tx = store.begin(&self.cx).await.unwrap();
            tx.run(SubmitAttempt { attempt_id: *attempt }).await.unwrap();
            tx.commit().await.unwrap();
            let mut tx = store.begin(&self.cx).await.unwrap();
            let packed = tx.first(HandedInSheet::of(*attempt)).await.unwrap().unwrap();
            let sheet = packed.sheet().unwrap();
            let own = last.iter().filter(|((of, _), _)| *of == place);
            assert_eq!(sheet.entries.len(), own.clone().count());
            for ((_, question), sequence) in own {
                let asked = self.questions[*question];
                let entry = sheet.entries.iter().find(|it| it.question == asked).unwrap();
                assert_eq!(entry.given, Given::Answer(Self::answer(*sequence)));
            }
        }
    }
}
