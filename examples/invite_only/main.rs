//! A closed school: whoever comes was invited, staff enroll the learners, and what is suspended
//! keeps its history. Run it with `cargo run --example invite_only`; `--database URL` runs it on
//! PostgreSQL (feature `postgres`).
use chrono::TimeDelta;
use lms::{
    authorization::{BuiltinRole, Role},
    content::{
        ApproveCourse, ContentNode, Course, CreateCourse, HierarchyProfile, NodeKind, SubmitCourse,
    },
    identity::{
        EditStaffProfile, InviteMember, InviteToSend, MembershipKind, PersonName, RegisterUser,
        SaveStaffProfile, SignUp, SignUpWithInvite, Token,
    },
    kernel::{Actor, EmailAddress, Id, Title},
    learning::{
        AccessRequest, ChangeEnrollment, CheckAccess, EnrollLearner, EnrollmentEvent, GrantSource,
        OpenNode, RecordStudy, ResumeCourse, Study,
    },
    tenancy::{ApplyPreset, Preset},
};

#[path = "../journey/mod.rs"]
mod journey;

use journey::{Desk, Failure, Person};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let desk = Desk::open("Closed School", "2025-03-03T09:00:00Z").await?;
    let admin = desk.person(("Ada Admin", "ada@school.example"), MembershipKind::Admin).await?;
    let preset = Preset::B2bInviteOnly;
    let settings = desk.acting(&admin).run(ApplyPreset { preset }).await?;
    println!("Sign-up is {}.", settings.signup_mode);
    knock(&desk).await?;
    let teacher = invite(&desk, &admin, ("Tom Teacher", BuiltinRole::Instructor)).await?;
    let learner = invite(&desk, &admin, ("Ben Learner", BuiltinRole::Student)).await?;
    present(&desk, &teacher).await?;
    let (course, lessons) = write(&desk, (&teacher, &admin)).await?;
    learn(&desk, (&admin, &learner), (&course, &lessons)).await?;
    pause(&desk, (&admin, &learner), (&course, &lessons)).await
}

/// Whoever was not invited does not get in.
async fn knock(desk: &Desk) -> Result<(), Failure> {
    let email = Some(EmailAddress::new("mallory@elsewhere.example")?);
    let login = RegisterUser { email, ..RegisterUser::default() };
    let command = SignUp { name: PersonName::of(Title::new("Mallory")?), login };
    let nobody = desk.by(Actor::Anonymous);
    if let Err(error) = nobody.run(command).await {
        println!("Mallory signs up: {error}.");
    }
    Ok(())
}

/// An invitation that is used before it expires, and once.
async fn invite(
    desk: &Desk,
    admin: &Person,
    (name, role): (&str, BuiltinRole),
) -> Result<Person, Failure> {
    let address = format!("{}@school.example", name.split(' ').next().unwrap_or(name));
    let kind = match role {
        BuiltinRole::Student => MembershipKind::Student,
        _ => MembershipKind::Staff,
    };
    let role_id = {
        let mut tx = desk.look().await?;
        tx.first(Role::by_key(role)).await?.ok_or("no such role")?.id
    };
    let mut command = InviteMember::new(EmailAddress::new(&address)?, kind);
    command.role_id = (role != BuiltinRole::Student).then_some(role_id);
    let InviteToSend { invite, token } = desk.acting(admin).run(command).await?;
    println!("{name} is invited until {}.", invite.expires_at.date());
    desk.wait(TimeDelta::hours(3));
    let nobody = desk.by(Actor::Anonymous);
    let token = Token::parse(token.expose())?;
    let accept = |name: PersonName| {
        let (nobody, token) = (&nobody, &token);
        async move {
            let login = RegisterUser::default();
            let joined = nobody.run(SignUpWithInvite { token: token.clone(), name, login }).await;
            Ok::<_, Failure>(joined?)
        }
    };
    let (user, member) = accept(PersonName::of(Title::new(name)?)).await?;
    println!("{name} accepts: {}, {}.", member.kind, member.status);
    if let Err(error) = accept(PersonName::of(Title::new("Somebody else")?)).await {
        println!("The same invitation again: {error}.");
    }
    Ok(Person { user, member })
}

/// What the teacher says about himself.
async fn present(desk: &Desk, teacher: &Person) -> Result<(), Failure> {
    let profile = SaveStaffProfile {
        title: Some(Title::new("Senior lecturer")?),
        expertise: vec![Title::new("Rust")?, Title::new("Databases")?],
        ..SaveStaffProfile::default()
    };
    let cx = desk.acting(teacher);
    let kept = cx.run(EditStaffProfile { member_id: teacher.id(), profile }).await?;
    println!("Tom Teacher knows {} subjects.", kept.expertise.len());
    Ok(())
}

/// A flat course that is reviewed before it is published.
async fn write(
    desk: &Desk,
    (teacher, admin): (&Person, &Person),
) -> Result<(Course, Vec<Id<ContentNode>>), Failure> {
    let cx = desk.acting(teacher);
    let command =
        CreateCourse::new(Title::new("Rust")?, teacher.id()).with_hierarchy(HierarchyProfile::Flat);
    let course = cx.run(command).await?;
    let mut lessons = Vec::new();
    for name in ["Ownership", "Borrowing", "Lifetimes"] {
        let lesson = desk.publish(teacher, (course.id, None), (NodeKind::Lesson, name)).await?;
        lessons.push(lesson.id);
    }
    cx.run(SubmitCourse { course_id: course.id }).await?;
    if let Err(error) = cx.run(ApproveCourse { course_id: course.id }).await {
        let kind = lms::kernel::DomainError::kind(&error);
        println!("Tom Teacher approves his own course: {kind:?}.");
    }
    let reviewer = desk.acting(admin);
    let course = reviewer.run(ApproveCourse { course_id: course.id }).await?;
    println!("Ada Admin approves it: {}.", course.status);
    Ok((course, lessons))
}

/// The learner is enrolled by staff, and learns in order.
async fn learn(
    desk: &Desk,
    (admin, learner): (&Person, &Person),
    (course, lessons): (&Course, &[Id<ContentNode>]),
) -> Result<(), Failure> {
    let command = EnrollLearner::new(course.id, learner.id(), GrantSource::Invite);
    let enrolled = desk.acting(admin).run(command).await?;
    println!("Ben Learner is enrolled by {}: {}.", enrolled.source, enrolled.status);
    for lesson in lessons.iter().take(2) {
        let request = AccessRequest::new(learner.id(), *lesson);
        desk.acting(learner).run(OpenNode { request, time_zone: None }).await?;
        desk.wait(TimeDelta::minutes(15));
        let on = (learner.id(), *lesson);
        let cx = desk.acting(learner);
        cx.run(RecordStudy { learner_id: on.0, node_id: on.1, study: Study::Claim }).await?;
    }
    let cx = desk.acting(learner);
    let point = cx.run(ResumeCourse { learner_id: learner.id(), course_id: course.id }).await?;
    let node = point.ok_or("there is something to learn")?.node_id;
    let mut tx = desk.look().await?;
    let (node, enrolled) = (tx.require(node).await?, tx.require(enrolled.id).await?);
    println!("Ben Learner has done {} % and goes on at `{}`.", enrolled.progress, node.title);
    Ok(())
}

/// Suspended, the learner keeps what was done and sees nothing; reinstated, he goes on.
async fn pause(
    desk: &Desk,
    (admin, learner): (&Person, &Person),
    (course, lessons): (&Course, &[Id<ContentNode>]),
) -> Result<(), Failure> {
    let last = *lessons.last().ok_or("there are lessons")?;
    let request = AccessRequest::new(learner.id(), last);
    let enrollment = {
        let mut tx = desk.look().await?;
        let live = lms::learning::Enrollment::live(learner.id(), course.id);
        tx.first(live).await?.ok_or("Ben is enrolled")?.id
    };
    for event in [EnrollmentEvent::Suspend, EnrollmentEvent::Reinstate] {
        let cx = desk.acting(admin);
        let now = cx.run(ChangeEnrollment { enrollment_id: enrollment, event }).await?;
        let cx = desk.acting(learner);
        let access = cx.run(CheckAccess { request }).await?;
        let opens = if access.is_granted() { "opens" } else { "stays closed" };
        println!(
            "Enrollment {}: the last lesson {opens}, {} % are kept.",
            now.status, now.progress
        );
    }
    let cx = desk.acting(learner);
    cx.run(OpenNode { request, time_zone: None }).await?;
    cx.run(RecordStudy { learner_id: learner.id(), node_id: last, study: Study::Claim }).await?;
    let done = desk.look().await?.require(enrollment).await?;
    println!("Ben Learner finishes `{}`: {} %, {}.", course.title, done.progress, done.status);
    Ok(())
}
