//! Learning inside an organisation: employees sign up with the addresses of its domain, nothing
//! is for sale, a class studies what its teacher sets, and the teacher looks at how it goes. Run
//! it with `cargo run --example b2b_internal`; `--database URL` runs it on PostgreSQL (feature
//! `postgres`).
use chrono::TimeDelta;
use lms::{
    authorization::{BuiltinRole, Role},
    content::{ContentNode, CreateCourse, HierarchyProfile, NodeKind, Prose, PublishCourse},
    delivery::{ClassChoice, ClassGroup, CreateClass, JoinClass},
    identity::{
        AssignRole, AssignmentScope, MembershipKind, PersonName, RegisterUser, SignUp,
        StartVerification, Token, VerificationPurpose, VerifyEmail,
    },
    kernel::{Actor, EmailAddress, Id, Percent, TimeZone, Title},
    learning::{
        Access, AccessRequest, AssignContent, CompletionRule, JoinClassAndEnroll, OpenNode,
        RecordScore, RecordStudy, ReleaseRule, SetNodeRules, Study, ViewClassDashboard,
        ViewLearnerStats,
    },
    tenancy::{ApplyPreset, ChangeSettings, Feature, MailDomain, Preset, require_feature},
};

#[path = "../journey/mod.rs"]
mod journey;

use journey::{Desk, Failure, Person};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let desk = Desk::open("Acme Academy", "2025-03-03T09:00:00Z").await?;
    let admin = desk.person(("Ada Admin", "ada@acme.example"), MembershipKind::Admin).await?;
    settle_in(&desk, &admin).await?;
    let teacher = desk.person(("Tom Teacher", "tom@acme.example"), MembershipKind::Staff).await?;
    let role_id = {
        let mut tx = desk.look().await?;
        tx.first(Role::by_key(BuiltinRole::Instructor)).await?.ok_or("no such role")?.id
    };
    let scope = AssignmentScope::Tenant;
    let teach = AssignRole { membership_id: teacher.id(), role_id, scope, scope_id: None };
    desk.acting(&admin).run(teach).await?;
    let (class, lessons) = prepare(&desk, &teacher).await?;
    let mut learners = Vec::new();
    for (name, address) in
        [("Ben", "ben@acme.example"), ("Eve", "eve@acme.example"), ("Mallory", "m@other.example")]
    {
        match join(&desk, name, address).await {
            Ok(person) => learners.push(enter(&desk, person, &class).await?),
            Err(error) => println!("{name} signs up: {error}."),
        }
    }
    assign(&desk, &teacher, (&class, lessons[0])).await?;
    study(&desk, &admin, &learners, lessons).await?;
    look(&desk, &teacher, &class).await
}

/// The preset of an organisation, and its domain.
async fn settle_in(desk: &Desk, admin: &Person) -> Result<(), Failure> {
    let cx = desk.acting(admin);
    let domains = Some(vec![MailDomain::new("acme.example")?]);
    let change = ChangeSettings { allowed_domains: domains, ..ChangeSettings::default() };
    cx.run(change).await?;
    let settings = cx.run(ApplyPreset { preset: Preset::B2bInternal }).await?;
    println!("Sign-up is {}.", settings.signup_mode);
    for feature in [Feature::Subscriptions, Feature::Classes] {
        match require_feature(&mut desk.look().await?, feature).await {
            Ok(_) => println!("{feature} are on."),
            Err(error) => println!("{error}."),
        }
    }
    Ok(())
}

/// A course of modules, units, lessons and activities that costs nothing, and a class.
async fn prepare(
    desk: &Desk,
    teacher: &Person,
) -> Result<(ClassGroup, [Id<ContentNode>; 2]), Failure> {
    let cx = desk.acting(teacher);
    let command = CreateCourse::new(Title::new("Working safely")?, teacher.id())
        .with_hierarchy(HierarchyProfile::Full);
    let course = cx.run(command).await?.id;
    let module = (NodeKind::Module, "On site");
    let module = desk.publish(teacher, (course, None), module).await?;
    let unit = (NodeKind::Unit, "Ladders");
    let unit = desk.publish(teacher, (course, Some(module.id)), unit).await?;
    let mut lessons = Vec::new();
    for name in ["Set up", "Climb"] {
        let lesson = (NodeKind::Lesson, name);
        let lesson = desk.publish(teacher, (course, Some(unit.id)), lesson).await?;
        let quiz = (NodeKind::Activity, "Quiz");
        let quiz = desk.publish(teacher, (course, Some(lesson.id)), quiz).await?;
        let least = Percent::from_ten_thousandths(700_000)?;
        let rules = (None, Some(CompletionRule::Score { least }));
        cx.run(SetNodeRules { node_id: quiz.id, release: rules.0, completion: rules.1 }).await?;
        lessons.push((lesson.id, quiz.id));
    }
    let [(first, first_quiz), (second, second_quiz)] = lessons[..] else {
        return Err("there are two lessons".into());
    };
    // The second lesson opens when the first is done.
    let rules = (Some(ReleaseRule::Prerequisite { node_id: first }), None);
    cx.run(SetNodeRules { node_id: second, release: rules.0, completion: rules.1 }).await?;
    let course = cx.run(PublishCourse { course_id: course }).await?;
    let command = CreateClass {
        teacher_id: Some(teacher.id()),
        capacity: Some(20),
        ..CreateClass::offline(course.id, Title::new("March")?, "Hall 2")
    };
    let class = cx.run(command).await?;
    println!("Tom Teacher publishes `{}` and opens the class `{}`.", course.title, class.name);
    Ok((class, [first_quiz, second_quiz]))
}

/// An employee signs up and verifies their address.
async fn join(desk: &Desk, name: &str, address: &str) -> Result<Person, Failure> {
    let cx = desk.by(Actor::Anonymous);
    let login = RegisterUser { email: Some(EmailAddress::new(address)?), ..Default::default() };
    let command = SignUp { name: PersonName::of(Title::new(name)?), login };
    let (user, member) = cx.run(command).await?;
    let purpose = VerificationPurpose::Email;
    let sent = cx.run(StartVerification { user_id: user.id, purpose }).await?;
    let token = Token::parse(sent.secret.expose())?;
    let user = cx.run(VerifyEmail { token: token.clone() }).await?;
    desk.wait(TimeDelta::minutes(1));
    println!("{name} signs up: {}.", user.status);
    Ok(Person { user, member })
}

/// An employee joins the class by its code.
async fn enter(desk: &Desk, person: Person, class: &ClassGroup) -> Result<Person, Failure> {
    let code = class.join_code.clone().ok_or("the class has a code")?;
    let command = JoinClass { class: ClassChoice::Code(code), student_id: person.id() };
    let (member, enrollment) =
        desk.acting(&person).run(JoinClassAndEnroll { join: command }).await?;
    let source = enrollment.ok_or("whoever has a seat is enrolled")?.source;
    println!(
        "{} is {} in the class, enrolled by {source}.",
        person.member.full_name, member.status
    );
    Ok(person)
}

async fn assign(
    desk: &Desk,
    teacher: &Person,
    (class, node): (&ClassGroup, Id<ContentNode>),
) -> Result<(), Failure> {
    let due = Some(desk.now().saturating_add(TimeDelta::days(7)));
    let words = Some(Prose::new("Please before the drill.")?);
    let what = (class.id, Some(node));
    let set = desk
        .acting(teacher)
        .run(AssignContent { class_id: what.0, node_id: what.1, due_at: due, instructions: words })
        .await?;
    println!("Tom Teacher sets the first quiz; it is due on {}.", due.ok_or("due")?.date());
    println!("The assignment is {}.", set.status);
    Ok(())
}

/// Ben passes both quizzes on two days in a row; Eve does not pass the first.
async fn study(
    desk: &Desk,
    admin: &Person,
    learners: &[Person],
    quizzes: [Id<ContentNode>; 2],
) -> Result<(), Failure> {
    let scores = [[900_000, 800_000], [400_000, 0]];
    for (at, quiz) in quizzes.into_iter().enumerate() {
        for (person, scores) in learners.iter().zip(scores) {
            let name = &person.member.full_name;
            let zone = Some(TimeZone::new("Europe/Berlin")?);
            let request = AccessRequest::new(person.id(), quiz);
            let (access, _) =
                desk.acting(person).run(OpenNode { request, time_zone: zone }).await?;
            if let Access::Locked { unmet } = &access {
                let missing = unmet.len();
                println!("{name} cannot open quiz {} yet: {missing} lesson is missing.", at + 1);
                continue;
            }
            desk.wait(TimeDelta::minutes(5));
            let spent = Study::Time { seconds: 240, position_seconds: None };
            let on = (person.id(), quiz);
            desk.acting(person)
                .run(RecordStudy { learner_id: on.0, node_id: on.1, study: spent })
                .await?;
            let score = Percent::from_ten_thousandths(scores[at])?;
            let done = desk
                .acting(admin)
                .run(RecordScore { learner_id: on.0, node_id: on.1, score })
                .await?;
            println!("{name} reaches {score} % in quiz {}: {}.", at + 1, done.status);
        }
        desk.wait(TimeDelta::days(1));
    }
    for person in learners {
        let cx = desk.acting(person);
        let found = cx.run(ViewLearnerStats { learner_id: person.id() }).await?;
        let (stats, days) = found.ok_or("whoever learned has figures")?;
        println!(
            "{}: {} lessons, {} s, {days} days in a row.",
            person.member.full_name, stats.lessons_completed, stats.time_spent_seconds
        );
    }
    Ok(())
}

/// How the class is doing.
async fn look(desk: &Desk, teacher: &Person, class: &ClassGroup) -> Result<(), Failure> {
    let cx = desk.acting(teacher);
    let figures = cx.run(ViewClassDashboard { class_id: class.id }).await?;
    println!(
        "The class: {} students, {} % completed the course; {} not begun, {} done.",
        figures.students,
        figures.completion_rate,
        figures.progress.not_begun,
        figures.progress.all_done
    );
    for node in figures.common_mistakes(3) {
        let mut tx = desk.look().await?;
        let found = tx.require(node.node_id).await?;
        println!("Where it stumbles: {} ({} of {}).", found.title, node.short, node.scored);
    }
    Ok(())
}
