//! How many statements an operation sends by a signed-in person: what a learner waits for on
//! a network. A number here only ever goes down.
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use lms_core::{
    assessment::{
        Assessment, AssessmentKind, AssessmentStatus,
        attempt::{SaveAnswer, StartAttempt, SubmitAttempt},
        question::{Answer, AnswerKey, ManualKey, Question, QuestionKind},
    },
    authorization::Permission,
    commerce::{Item, ItemKind, OrderLine, PaymentMethod, PlaceOrder, Price, StartPayment},
    content::{Course, PublicationStatus},
    identity::{
        Membership, MembershipKind, OpenSession, RefreshSession, Refreshed, SessionPolicy, User,
        UserStatus,
    },
    kernel::{Actor, ActorId, Context, Entropy, Id, LanguageTag, Money, Scope},
    store::{
        Store, Transaction,
        testing::{CallCounts, Counting},
    },
    tenancy::CreateTenant,
};
use lms_store_postgres::testing::{Recording, TestDatabase, TestServer};
use lms_testkit::{SeededEntropy, TestContext};
use tracing::{Metadata, Subscriber, span};

/// A school with a course for sale, a quiz of five questions, and a learner who is signed in.
struct School {
    _database: TestDatabase,
    store: Store,
    counts: CallCounts,
    recording: Recording,
    cx: Context,
    user: Id<User>,
    learner: Id<Membership>,
    course: Id<Course>,
    quiz: Id<Assessment>,
    questions: Vec<Id<Question>>,
}

impl School {
    async fn open() -> Self {
        let database = TestServer::shared().await.unwrap().database().await.unwrap();
        let (backend, recording) = database.store().recording();
        let (counting, counts) = Counting::new(backend);
        let store = Store::new(counting).with_port::<dyn Entropy>(Arc::new(SeededEntropy::new(7)));
        let system = TestContext::new("statements").build();
        let slug = format!("school-{}", system.tenant()).parse().unwrap();
        let language = LanguageTag::new("en").unwrap();
        let command = CreateTenant::new("School".parse().unwrap(), slug, language);
        let mut tx =
            store.begin_in(&system, Scope::TenantAndPlatform(system.tenant())).await.unwrap();
        tx.run(command).await.unwrap();
        let mut user = User::new(&system);
        user.status = UserStatus::Active;
        let mut learner = Membership::new(&system, MembershipKind::Student, "Ben".parse().unwrap());
        learner.user_id = Some(user.id);
        learner.permissions = vec![Permission::ATTEMPTS_TAKE, Permission::ORDERS_PLACE];
        let owner = Membership::new(&system, MembershipKind::Staff, "Ada".parse().unwrap());
        let (title, slug) = ("Course".parse().unwrap(), "course".parse().unwrap());
        let mut course = Course::new(&system, title, slug, owner.id);
        course.status = PublicationStatus::Published;
        let item = Item { kind: ItemKind::Course, id: course.id.uuid() };
        let amount = Money::from_minor(4_900, "EUR".parse().unwrap());
        let price = Price::new(&system, item, "Course".parse().unwrap(), amount);
        let mut quiz = Assessment::new(&system, AssessmentKind::Quiz, "Quiz".parse().unwrap());
        quiz.status = AssessmentStatus::Published;
        let question = |position| {
            let key = AnswerKey::Manual(ManualKey::default());
            let question = Question::new(&system, QuestionKind::LongAnswer, "Why?", key);
            question.placed(quiz.id, None, position)
        };
        let questions: Vec<_> = (0..5).map(question).collect();
        tx.insert(&user).await.unwrap();
        tx.insert_all(&[owner, learner.clone()]).await.unwrap();
        tx.insert(&course).await.unwrap();
        tx.insert(&price).await.unwrap();
        tx.insert(&quiz).await.unwrap();
        tx.insert_all(&questions).await.unwrap();
        tx.commit().await.unwrap();
        let actor = Actor::User(ActorId::from_uuid(user.id.uuid()));
        Self {
            _database: database,
            store,
            counts,
            recording,
            cx: TestContext::new("statements").of_tenant(system.tenant()).by(actor).build(),
            user: user.id,
            learner: learner.id,
            course: course.id,
            quiz: quiz.id,
            questions: questions.iter().map(|it| it.id).collect(),
        }
    }

    async fn begin(&self) -> Transaction {
        self.store.begin(&self.cx).await.unwrap()
    }

    /// What was sent since the last time: reads, writes, transactions, and how many statements
    /// were word for word the same as an earlier one.
    fn sent(&self, before: &mut [u64; 3]) -> [u64; 4] {
        let now = [self.counts.reads(), self.counts.writes(), self.counts.begins()];
        let new = [now[0] - before[0], now[1] - before[1], now[2] - before[2]];
        *before = now;
        let literal: Vec<String> = self.recording.take().into_iter().map(|it| it.literal).collect();
        let mut distinct = literal.clone();
        distinct.sort_unstable();
        distinct.dedup();
        [new[0], new[1], new[2], (literal.len() - distinct.len()) as u64]
    }
}

/// `(operation, reads, writes, transactions)` at most.
const MOST: [(&str, u64, u64, u64); 7] = [
    ("start a quiz", 8, 2, 1),
    ("save one answer", 3, 1, 1),
    ("submit it", 8, 5, 1),
    ("place an order", 7, 4, 1),
    ("start its payment", 6, 2, 1),
    ("open a session", 0, 1, 1),
    ("refresh a token", 4, 2, 1),
];

#[tokio::test]
async fn an_operation_sends_no_more_statements_than_it_did() {
    let school = School::open().await;
    let mut before = [0; 3];
    school.sent(&mut before);
    let mut found = Vec::new();

    let mut tx = school.begin().await;
    let started = tx.run(StartAttempt::new(school.quiz)).await.unwrap();
    tx.commit().await.unwrap();
    let attempt = started.into_attempt().id;
    found.push(school.sent(&mut before));

    let mut tx = school.begin().await;
    let command = SaveAnswer::new(attempt, school.questions[0], 1, Answer::text("Because."));
    tx.run(command).await.unwrap();
    tx.commit().await.unwrap();
    found.push(school.sent(&mut before));

    let mut tx = school.begin().await;
    tx.run(SubmitAttempt { attempt_id: attempt }).await.unwrap();
    tx.commit().await.unwrap();
    found.push(school.sent(&mut before));

    let mut tx = school.begin().await;
    let item = Item { kind: ItemKind::Course, id: school.course.uuid() };
    let command =
        PlaceOrder::new(school.learner, vec![OrderLine::of(item)], "EUR".parse().unwrap());
    let order = tx.run(command).await.unwrap();
    tx.commit().await.unwrap();
    found.push(school.sent(&mut before));

    let mut tx = school.begin().await;
    let command = StartPayment::of(order.id, PaymentMethod::BankTransfer);
    tx.run(command).await.unwrap();
    tx.commit().await.unwrap();
    found.push(school.sent(&mut before));

    let policy = SessionPolicy::default();
    let both = Scope::TenantAndPlatform(school.cx.tenant());
    let mut tx = school.store.begin_in(&school.cx, both).await.unwrap();
    let session = tx.run(OpenSession { user_id: school.user, policy }).await.unwrap();
    tx.commit().await.unwrap();
    found.push(school.sent(&mut before));

    let mut tx = school.store.begin_in(&school.cx, both).await.unwrap();
    let next = tx.run(RefreshSession { presented: session.token, policy }).await.unwrap();
    assert!(matches!(next, Refreshed::Next(_)), "{next:?}");
    tx.commit().await.unwrap();
    found.push(school.sent(&mut before));

    let mut grown = Vec::new();
    for ((name, reads, writes, transactions), now) in MOST.into_iter().zip(found) {
        println!(
            "{name}: {} reads, {} writes, {} transactions; {} said twice",
            now[0], now[1], now[2], now[3]
        );
        if now[0] > reads || now[1] > writes || now[2] > transactions {
            grown.push(format!("{name}: {now:?} instead of {:?}", [reads, writes, transactions]));
        }
    }
    assert!(grown.is_empty(), "{grown:#?}");
}

/// Notes the spans of the store's statements.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<String>>>, Arc<AtomicU64>);

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.name() == "statement" && *metadata.level() == tracing::Level::TRACE
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut told = Told(String::new());
        attributes.record(&mut told);
        self.0.lock().unwrap().push(told.0);
        span::Id::from_u64(self.1.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// The fields of a span, word by word.
struct Told(String);

impl tracing::field::Visit for Told {
    fn record_str(&mut self, _: &tracing::field::Field, value: &str) {
        let space = if self.0.is_empty() { "" } else { " " };
        self.0.push_str(&format!("{space}{value}"));
    }

    fn record_debug(&mut self, field: &tracing::field::Field, _: &dyn std::fmt::Debug) {
        panic!("the field `{}` is no name", field.name());
    }
}

#[test]
fn each_statement_has_a_span_that_names_the_operation_and_the_table_and_no_value() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    runtime.block_on(async {
        let store = Store::new(lms_store_memory::MemoryStore::new());
        let cx = TestContext::new("spans").build();
        let mut tx = store.begin(&cx).await.unwrap();
        let mut ada = Membership::new(&cx, MembershipKind::Staff, "Ada".parse().unwrap());
        tx.insert(&ada).await.unwrap();
        tx.update(&mut ada).await.unwrap();
        assert!(tx.get(ada.id).await.unwrap().is_some());
        tx.count(lms_core::store::Query::<Membership>::all()).await.unwrap();
        tx.commit().await.unwrap();
        store.begin(&cx).await.unwrap().rollback().await.unwrap();
    });
    let found = spans.0.lock().unwrap().clone();
    let expected = [
        "begin transaction",
        "insert memberships",
        "update memberships",
        "select memberships",
        "count memberships",
        "insert audit_entries, outbox_messages",
        "commit transaction",
        "begin transaction",
        "rollback transaction",
    ];
    assert_eq!(found, expected);
}
