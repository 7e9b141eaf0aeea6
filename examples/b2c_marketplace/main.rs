//! A marketplace for everybody: people sign up, look at samples, buy a course, learn, review it
//! and follow its teacher. Run it with `cargo run --example b2c_marketplace`; `--database URL`
//! runs it on PostgreSQL (feature `postgres`).
use chrono::TimeDelta;
use lms::{
    authorization::{BuiltinRole, Role},
    commerce::{
        Item, ItemKind, OrderLine, PaymentFact, PlaceOrder, RecordPaymentFacts, StartPayment,
    },
    content::{
        Course, CourseChange, CourseStats, CreateCategory, CreateCourse, EditCourse, EditNode,
        HierarchyProfile, NodeAccess, NodeChange, NodeKind, Pricing, Prose, PublishCourse, Rating,
        Tags,
    },
    delivery::{
        AddParticipants, ChangeSessionStatus, EnterSession, ParticipantRole, PlanSession,
        SessionEvent,
    },
    identity::{
        AssignRole, AssignmentScope, FollowMember, InterestIn, MembershipKind, PersonName,
        RegisterUser, SetInterests, SignUp, StartVerification, Token, VerificationPurpose,
        VerifyEmail,
    },
    kernel::{Actor, EmailAddress, Id, Money, TimeRange, Title},
    learning::{
        Access, AccessRequest, CountLearners, Offer, OpenNode, RecordStudy, ReviewCourse, Study,
    },
    store::PageSize,
    tenancy::{ApplyPreset, Preset},
};

#[path = "../journey/mod.rs"]
mod journey;

use journey::{Desk, Failure, Person};

/// The course on sale, and its first and second lecture.
struct Offered {
    course: Course,
    lectures: [Id<lms::content::ContentNode>; 2],
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let desk = Desk::open("Open Market", "2025-03-03T09:00:00Z").await?;
    desk.system().run(ApplyPreset { preset: Preset::B2cSaas }).await?;
    let teacher = desk.person(("Ada Teacher", "ada@teach.example"), MembershipKind::Staff).await?;
    let role_id = {
        let mut tx = desk.look().await?;
        tx.first(Role::by_key(BuiltinRole::Instructor)).await?.ok_or("no such role")?.id
    };
    let scope = AssignmentScope::Tenant;
    let teach = AssignRole { membership_id: teacher.id(), role_id, scope, scope_id: None };
    desk.system().run(teach).await?;
    let offered = offer(&desk, &teacher).await?;

    let ben = join(&desk, "Ben", "ben@mail.example").await?;
    let eve = join(&desk, "Eve", "eve@mail.example").await?;
    look_around(&desk, &ben, &offered).await?;
    buy(&desk, &ben, &offered).await?;
    learn(&desk, &ben, &offered).await?;
    say(&desk, (&ben, &eve, &teacher), &offered).await?;
    meet(&desk, (&teacher, &ben), &offered).await?;
    let stats = desk.system().run(CountLearners { course_id: offered.course.id }).await?;
    println!(
        "The catalogue says: {} learner, {} completion, {} stars in {} review.",
        stats.total_learners, stats.total_completions, stats.average_rating, stats.total_reviews
    );
    Ok(())
}

/// A teacher writes a course of chapters and lectures, with a sample, and puts a price on it.
async fn offer(desk: &Desk, teacher: &Person) -> Result<Offered, Failure> {
    let name = Title::new("Design")?;
    let category = CreateCategory::new(name);
    let category = desk.system().run(category).await?;
    let cx = desk.acting(teacher);
    let price: Money = "49.00 USD".parse()?;
    let pricing = Pricing::paid(price, Some("39.00 USD".parse()?))?;
    let command = CreateCourse {
        category_id: Some(category.id),
        ..CreateCourse::new(Title::new("Typography")?, teacher.id())
            .with_hierarchy(HierarchyProfile::Chapters)
            .with_pricing(pricing)
    };
    let course = cx.run(command).await?;
    let chapter = (NodeKind::Module, "Letters");
    let chapter = desk.publish(teacher, (course.id, None), chapter).await?;
    let under = (course.id, Some(chapter.id));
    let sample = desk.publish(teacher, under, (NodeKind::Lesson, "Serifs")).await?;
    let second = desk.publish(teacher, under, (NodeKind::Lesson, "Spacing")).await?;
    let preview = vec![NodeChange::Access(NodeAccess::Preview)];
    cx.run(EditNode { node_id: sample.id, changes: preview }).await?;
    let words = vec![
        CourseChange::ShortDescription(Some(Prose::new("Letters that are read with ease.")?)),
        CourseChange::Tags(Tags::new(["fonts", "Design"])?),
        CourseChange::LearningOutcomes(vec!["Choose a typeface".to_owned()]),
    ];
    cx.run(EditCourse { course_id: course.id, changes: words }).await?;
    let course = cx.run(PublishCourse { course_id: course.id }).await?;
    let due = course.pricing.price_due().ok_or("the course is sold")?;
    println!("Ada Teacher publishes `{}` for {due} instead of {price}.", course.title);
    Ok(Offered { course, lectures: [sample.id, second.id] })
}

/// Somebody signs up and verifies their address.
async fn join(desk: &Desk, name: &str, address: &str) -> Result<Person, Failure> {
    let cx = desk.by(Actor::Anonymous);
    let login = RegisterUser { email: Some(EmailAddress::new(address)?), ..Default::default() };
    let command = SignUp { name: PersonName::of(Title::new(name)?), login };
    let (user, member) = cx.run(command).await?;
    let waiting = user.status;
    let purpose = VerificationPurpose::Email;
    let sent = cx.run(StartVerification { user_id: user.id, purpose }).await?;
    let token = Token::parse(sent.secret.expose())?;
    let user = cx.run(VerifyEmail { token: token.clone() }).await?;
    println!("{name} signs up: {waiting}, then {}.", user.status);
    desk.wait(TimeDelta::minutes(1));
    Ok(Person { user, member })
}

async fn open(
    desk: &Desk,
    person: &Person,
    lecture: Id<lms::content::ContentNode>,
) -> Result<Access, Failure> {
    let request = AccessRequest::new(person.id(), lecture);
    Ok(desk.acting(person).run(OpenNode { request, time_zone: None }).await?.0)
}

/// Searching, a sample, and the paywall.
async fn look_around(desk: &Desk, ben: &Person, offered: &Offered) -> Result<(), Failure> {
    let cx = desk.acting(ben);
    let found = cx
        .run(lms::content::SearchCourses { text: "typo fonts".to_owned(), limit: PageSize::MAX })
        .await?;
    let names: Vec<_> = found.iter().map(|it| it.course.title.as_str()).collect();
    println!("Ben looks for `typo fonts` and finds {}.", names.join(", "));
    let sample = open(desk, ben, offered.lectures[0]).await?;
    println!("Ben opens the sample: {}.", if sample.is_granted() { "it plays" } else { "no" });
    match open(desk, ben, offered.lectures[1]).await? {
        Access::Offered { offers } => {
            for offer in offers {
                if let Offer::Buy { price } = offer {
                    println!("Ben wants the next lecture: it is his for {price}.");
                }
            }
        }
        other => return Err(format!("a paid lecture is {other:?}").into()),
    }
    Ok(())
}

/// An order that a card pays.
async fn buy(desk: &Desk, ben: &Person, offered: &Offered) -> Result<(), Failure> {
    let cx = desk.acting(ben);
    let due = offered.course.pricing.price_due().ok_or("the course is sold")?;
    let line = OrderLine::of(Item::of(ItemKind::Course, offered.course.id));
    let command = PlaceOrder::new(ben.id(), vec![line], due.currency());
    let order = cx.run(command).await?;
    let start = StartPayment::through(order.id, "card", "pi_1");
    let payment = cx.run(start).await?;
    desk.wait(TimeDelta::minutes(2));
    let paid = PaymentFact::Capture { key: "ch_1".to_owned(), amount: due, at: desk.now() };
    let (facts, source) = (vec![paid], "evt_1".to_owned());
    let heard = RecordPaymentFacts { payment: payment.id, facts, source };
    let payment = desk.system().run(heard).await?;
    let order = desk.look().await?.require(order.id).await?;
    println!("Ben's order {} is {}, his payment {}.", order.number, order.status, payment.status);
    Ok(())
}

/// Both lectures to the end.
async fn learn(desk: &Desk, ben: &Person, offered: &Offered) -> Result<(), Failure> {
    for lecture in [offered.lectures[1], offered.lectures[0]] {
        let access = open(desk, ben, lecture).await?;
        // A sample is open to everybody; with the course it counts as learning, too.
        if !access.is_granted() {
            return Err(format!("a bought lecture is {access:?}").into());
        }
        desk.wait(TimeDelta::minutes(20));
        let cx = desk.acting(ben);
        let watched = Study::Time { seconds: 1_200, position_seconds: Some(1_180) };
        cx.run(RecordStudy { learner_id: ben.id(), node_id: lecture, study: watched }).await?;
        cx.run(RecordStudy { learner_id: ben.id(), node_id: lecture, study: Study::Claim }).await?;
        let mut tx = desk.look().await?;
        let enrollment = lms::learning::Enrollment::of(ben.id(), offered.course.id);
        let enrollment = tx.first(enrollment).await?.ok_or("Ben learns")?;
        println!("Ben watches a lecture: {} % done, {}.", enrollment.progress, enrollment.status);
    }
    Ok(())
}

/// A review, a vote, a follower and interests.
async fn say(
    desk: &Desk,
    (ben, eve, teacher): (&Person, &Person, &Person),
    offered: &Offered,
) -> Result<(), Failure> {
    let course = offered.course.id;
    let words = || Ok::<_, Failure>((Rating::new(5)?, Some(Prose::new("Clear and short.")?)));
    let stars = words()?;
    let stranger = desk
        .acting(eve)
        .run(ReviewCourse { course_id: course, rating: stars.0, comment: stars.1 })
        .await;
    if let Err(error) = stranger {
        println!("Eve reviews what she never took: {error}.");
    }
    let stars = words()?;
    let review = desk
        .acting(ben)
        .run(ReviewCourse { course_id: course, rating: stars.0, comment: stars.1 })
        .await?;
    let review = desk.acting(eve).run(lms::content::VoteHelpful { review_id: review.id }).await?;
    println!(
        "Ben gives {} stars; {} finds it helpful.",
        review.rating.stars(),
        review.helpful_count
    );
    desk.acting(ben).run(FollowMember { following_id: teacher.id() }).await?;
    let interests = vec![InterestIn::Named(Title::new("Lettering")?)];
    let kept = desk.acting(ben).run(SetInterests { interests }).await?;
    println!("Ben follows Ada Teacher and keeps {} interest.", kept.len());
    let mut tx = desk.look().await?;
    let stats = tx.first(CourseStats::of(course)).await?.ok_or("the course has figures")?;
    println!("`{}` has {} stars.", offered.course.title, stats.average_rating);
    Ok(())
}

/// A live session with an invited learner.
async fn meet(
    desk: &Desk,
    (teacher, ben): (&Person, &Person),
    offered: &Offered,
) -> Result<(), Failure> {
    let start = desk.now().saturating_add(TimeDelta::days(1));
    let range = TimeRange::new(start, start.saturating_add(TimeDelta::hours(1)))?;
    let command = PlanSession {
        course_id: Some(offered.course.id),
        ..PlanSession::new(teacher.id(), Title::new("Ask me anything")?, range)
    };
    let session = desk.acting(teacher).run(command).await?;
    let asked = [(ben.id(), ParticipantRole::Learner)];
    desk.acting(teacher)
        .run(AddParticipants { session_id: session.id, people: asked.to_vec() })
        .await?;
    desk.wait(TimeDelta::days(1));
    let go = SessionEvent::Start;
    desk.acting(teacher).run(ChangeSessionStatus { session_id: session.id, event: go }).await?;
    desk.acting(ben).run(EnterSession { session_id: session.id, person_id: ben.id() }).await?;
    desk.wait(TimeDelta::hours(1));
    let end = SessionEvent::End;
    let ended = desk
        .acting(teacher)
        .run(ChangeSessionStatus { session_id: session.id, event: end })
        .await?;
    let mut tx = desk.look().await?;
    let part = lms::delivery::SessionParticipant::one(session.id, ben.id());
    let part = tx.first(part).await?.ok_or("Ben came")?;
    let attendance = part.attendance.ok_or("attendance is worked out")?;
    println!("The live session has {}; Ben was {attendance}.", ended.status);
    Ok(())
}
