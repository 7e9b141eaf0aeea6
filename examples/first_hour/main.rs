//! A host's first hour: a school opens, a learner signs up, buys a course, reads a lesson, takes a
//! quiz, and gets the money back. Run it with `cargo run --example first_hour`;
//! `--store school.db` keeps everything in that SQLite file (feature `sqlite`). The guide "The first
//! hour" explains it step by step.
use std::{error::Error, sync::Arc};

use lms::{
    assessment::{
        Assessment, AssessmentKind,
        attempt::{SaveAnswer, StartAttempt, SubmitAttempt, ViewPaper, ViewResult},
        authoring::{CreateAssessment, NewAssessment, NewQuestion, NewSection, PublishAssessment},
        question::{Answer, AnswerKey, Choice, QuestionKind},
    },
    commerce::{
        DecideRefund, GatewayOutcome, Item, ItemKind, ListOrders, Order, OrderFilter, OrderLine,
        PaymentFact, PlaceOrder, RecordPaymentFacts, RecordRefundAnswer, RefundAnswer,
        RequestRefund, SendRefund, SetPrice, StartPayment,
    },
    content::{
        AddNode, Block, ChangeNodeStatus, ContentNode, Course, CreateCourse, NodeKind,
        PublicationEvent, PublishCourse,
    },
    host::{Host, SystemEntropy},
    identity::{
        InviteMember, Membership, MembershipKind, PersonName, RegisterUser, SignUp,
        SignUpWithInvite, StartVerification, Token, User, VerificationPurpose, VerifyEmail,
    },
    kernel::{Actor, Context, Entropy, Id, Money, TenantId},
    learning::{AccessRequest, EnrollmentFilter, ListEnrollments, OpenNode, RecordStudy, Study},
    memory::MemoryStore,
    store::{PageSize, Store},
    tenancy::{ApplyPreset, CreateTenant, OpenSingleTenant, Preset},
};

#[path = "../support/database.rs"]
mod database;

type Failure = Box<dyn Error>;

/// The host: a store, and the maker of contexts.
struct App {
    store: Store,
    host: Host,
}

impl App {
    /// The context of a person who has signed in.
    fn acting(&self, person: &Person) -> Context {
        self.host.context(TenantId::SINGLE, person.user.actor())
    }

    /// The context of the host itself: its jobs, its webhooks, its setup.
    fn system(&self) -> Context {
        self.host.context(TenantId::SINGLE, Actor::system("first_hour"))
    }

    /// The context of a person who has not signed in.
    fn anyone(&self) -> Context {
        self.host.context(TenantId::SINGLE, Actor::Anonymous)
    }
}

/// A person with a login, who belongs to the school.
struct Person {
    user: User,
    member: Membership,
}

/// What is on sale.
struct Offer {
    course: Course,
    lesson: Id<ContentNode>,
    quiz: Assessment,
    price: Money,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let store = match (words.next().as_deref(), words.next()) {
        (None, _) => Store::new(MemoryStore::new()),
        (Some("--store"), Some(path)) => database::open_database(&path).await?,
        _ => return Err("there is `--store PATH`, and nothing else".into()),
    };
    let store = store.with_port::<dyn Entropy>(Arc::new(SystemEntropy));
    let app = App { store, host: Host::default() };

    let head = open_school(&app).await?;
    let offer = offer_course(&app, &head).await?;
    let learner = sign_up(&app).await?;
    let order = buy(&app, &learner, &offer).await?;
    learn(&app, &learner, &offer).await?;
    take_quiz(&app, &learner, &offer).await?;
    show_progress(&app, &learner).await?;
    refund(&app, (&head, &learner), &order).await?;
    show_access(&app, &learner, &offer).await
}

/// Opens the school and invites its head, who signs up with the invitation.
async fn open_school(app: &App) -> Result<Person, Failure> {
    let tenant = CreateTenant::new("Open School".parse()?, "open-school".parse()?, "en".parse()?);
    let tenant = app.store.run(&app.system(), OpenSingleTenant { tenant }).await?;
    app.store.run(&app.system(), ApplyPreset { preset: Preset::B2cSaas }).await?;

    let invite = InviteMember::new("ana@school.example".parse()?, MembershipKind::Admin);
    let sent = app.store.run(&app.system(), invite).await?;
    let sign_up = SignUpWithInvite {
        token: sent.token,
        name: PersonName::of("Ana Ruiz".parse()?),
        login: RegisterUser::default(),
    };
    let (user, member) = app.store.run(&app.anyone(), sign_up).await?;
    println!("{} opens; its head is {}, {}.", tenant.name, member.full_name, user.status);
    Ok(Person { user, member })
}

/// Writes a course of a lesson and a quiz, publishes it and puts a price on it.
async fn offer_course(app: &App, head: &Person) -> Result<Offer, Failure> {
    let cx = app.acting(head);
    let course = CreateCourse::new("Spanish A1".parse()?, head.member.id);
    let course = app.store.run(&cx, course).await?;

    let module = AddNode::new(course.id, NodeKind::Module, "Unit 1".parse()?);
    let module = app.store.run(&cx, module).await?.id;
    let text = vec![Block::Text { text: "Hola means hello.".parse()? }];
    let lesson = AddNode::new(course.id, NodeKind::Lesson, "Greetings".parse()?);
    let lesson = app.store.run(&cx, lesson.under(module).showing(text)).await?.id;
    let quiz_node = AddNode::new(course.id, NodeKind::Lesson, "Quiz".parse()?);
    let quiz_node = app.store.run(&cx, quiz_node.under(module)).await?.id;
    for node_id in [module, lesson, quiz_node] {
        let event = PublicationEvent::Publish;
        app.store.run(&cx, ChangeNodeStatus { node_id, event }).await?;
    }

    let option = |text, is_correct| Choice::new(Choice::new_id(&cx), text, is_correct);
    let question = NewQuestion::new(
        QuestionKind::SingleChoice,
        "How does one say hello?",
        AnswerKey::choices(),
    )
    .with_options(vec![option("Hola", true), option("Adiós", false)]);
    let mut assessment = NewAssessment::new(AssessmentKind::Quiz, "Greetings".parse()?);
    (assessment.course_id, assessment.node_id) = (Some(course.id), Some(quiz_node));
    assessment.sections = vec![NewSection::new("Words".parse()?, [question])];
    let quiz = app.store.run(&cx, CreateAssessment { assessment }).await?;
    app.store.run(&cx, PublishAssessment { assessment_id: quiz.id }).await?;

    let price: Money = "49.00 USD".parse()?;
    let item = Item::of(ItemKind::Course, course.id);
    app.store.run(&cx, SetPrice::new(item, course.title.clone(), price)).await?;
    let course = app.store.run(&cx, PublishCourse { course_id: course.id }).await?;
    println!("{} is {} and costs {price}.", course.title, course.status);
    Ok(Offer { course, lesson, quiz, price })
}

/// A learner signs up and follows the link in the mail.
async fn sign_up(app: &App) -> Result<Person, Failure> {
    let email = Some("li@mail.example".parse()?);
    let login = RegisterUser { email, ..RegisterUser::default() };
    let sign_up = SignUp { name: PersonName::of("Li Wei".parse()?), login };
    let (user, member) = app.store.run(&app.anyone(), sign_up).await?;

    // Your mail carries the secret; the link in it brings it back.
    let verify = StartVerification { user_id: user.id, purpose: VerificationPurpose::Email };
    let mail = app.store.run(&app.anyone(), verify).await?;
    let token = Token::parse(mail.secret.expose())?;
    let user = app.store.run(&app.anyone(), VerifyEmail { token }).await?;
    println!("{} signs up: the login is {}.", member.full_name, user.status);
    Ok(Person { user, member })
}

/// The learner orders the course, and the gateway says that the card was charged.
async fn buy(app: &App, learner: &Person, offer: &Offer) -> Result<Order, Failure> {
    let cx = app.acting(learner);
    let lines = vec![OrderLine::of(Item::of(ItemKind::Course, offer.course.id))];
    let place = PlaceOrder::new(learner.member.id, lines, offer.price.currency());
    let order = app.store.run_once(&cx, "checkout-1", place).await?.into_answer();
    let start = StartPayment::through(order.id, "stripe/main", "pi_1");
    let payment = app.store.run(&cx, start).await?;

    // Your webhook route says what the gateway has told it.
    let cx = app.system();
    let paid = PaymentFact::Capture { key: "ch_1".into(), amount: payment.amount, at: cx.now() };
    let facts =
        RecordPaymentFacts { payment: payment.id, facts: vec![paid], source: "evt_1".into() };
    let payment = app.store.run(&cx, facts).await?;
    println!("Order {}: {} paid, payment {}.", order.number, payment.captured, payment.status);
    Ok(order)
}

/// The learner opens the lesson and marks it as done.
async fn learn(app: &App, learner: &Person, offer: &Offer) -> Result<(), Failure> {
    let cx = app.acting(learner);
    let request = AccessRequest::new(learner.member.id, offer.lesson);
    let (access, _) = app.store.run(&cx, OpenNode { request, time_zone: None }).await?;
    println!("The lesson opens: {}.", if access.is_granted() { "yes" } else { "no" });
    let (learner_id, node_id) = (learner.member.id, offer.lesson);
    let done = RecordStudy { learner_id, node_id, study: Study::Claim };
    app.store.run(&cx, done).await?;
    Ok(())
}

/// The learner answers the quiz and reads the result.
async fn take_quiz(app: &App, learner: &Person, offer: &Offer) -> Result<(), Failure> {
    let cx = app.acting(learner);
    let started = app.store.run(&cx, StartAttempt::new(offer.quiz.id)).await?;
    let attempt_id = started.into_attempt().id;
    let paper = app.store.run(&cx, ViewPaper { attempt_id }).await?;
    for question in paper.questions() {
        let hola = question.options.iter().find(|it| it.text == "Hola").ok_or("an option")?;
        let answer = Answer::choice(hola.id);
        app.store.run(&cx, SaveAnswer::new(attempt_id, question.question_id, 1, answer)).await?;
    }
    app.store.run(&cx, SubmitAttempt { attempt_id }).await?;
    let result = app.store.run(&cx, ViewResult { attempt_id }).await?;
    let score = result.score.ok_or("the result is shown after submission")?;
    let passed = if score.passed == Some(true) { "passed" } else { "not passed" };
    println!("The quiz: {} of {} points, {passed}.", score.total, score.raw_maximum);
    Ok(())
}

/// What the learner's start page shows.
async fn show_progress(app: &App, learner: &Person) -> Result<(), Failure> {
    let list = ListEnrollments {
        filter: EnrollmentFilter::default(),
        size: PageSize::new(20),
        after: None,
    };
    for it in app.store.run(&app.acting(learner), list).await?.items {
        println!("{}: {} % done, {}.", it.course.name, it.progress, it.status);
    }
    Ok(())
}

/// The learner asks for the money, the head agrees, and the gateway pays it back.
async fn refund(
    app: &App,
    (head, learner): (&Person, &Person),
    order: &Order,
) -> Result<(), Failure> {
    let ask = RequestRefund { order: order.id, lines: Vec::new(), note: None };
    for refund in app.store.run(&app.acting(learner), ask).await? {
        let cx = app.acting(head);
        let refund = app.store.run(&cx, DecideRefund { refund: refund.id, approve: true }).await?;
        let refund = app.store.run(&cx, SendRefund { refund: refund.id }).await?;
        // Between the two you call the gateway, with the refund's id as its idempotency key.
        let answer = RefundAnswer {
            refund: refund.id,
            outcome: GatewayOutcome::Succeeded,
            provider_ref: Some("re_1".into()),
            settled: true,
            raw_response: None,
        };
        let refund = app.store.run(&app.system(), RecordRefundAnswer { answer }).await?;
        println!("The refund of {} is {}.", refund.amount, refund.status);
    }
    let list = ListOrders { filter: OrderFilter::default(), size: PageSize::new(20), after: None };
    for it in app.store.run(&app.acting(learner), list).await?.items {
        println!("Order {} is {}; paid {} of {}.", it.number, it.status, it.paid, it.total);
    }
    Ok(())
}

/// Whether the learner still has the course.
async fn show_access(app: &App, learner: &Person, offer: &Offer) -> Result<(), Failure> {
    let request = AccessRequest::new(learner.member.id, offer.lesson);
    let open = OpenNode { request, time_zone: None };
    let (access, _) = app.store.run(&app.acting(learner), open).await?;
    println!("The lesson opens: {}.", if access.is_granted() { "yes" } else { "no" });
    Ok(())
}
