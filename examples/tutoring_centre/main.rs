//! A tutoring company with centres in a region: tutors with a limited number of students,
//! guardians who see their own children, facts that few may read, and lessons that never clash.
//! Run it with `cargo run --example tutoring_centre`; `--database URL` runs it on PostgreSQL
//! (feature `postgres`).
use chrono::{TimeDelta, Weekday};
use lms::{
    content::{Course, CreateCourse, NodeKind, PublishCourse},
    delivery::{
        ActivateUnitCourse, AttendanceStatus, ChangeSessionStatus, ClashPolicy, ClassChoice,
        ClassGroup, ClassSchedule, CreateClass, CreateRoom, JoinClass, MarkAttendance, PlanSession,
        Room, ScheduleClass, SessionEvent, TutorLoad,
    },
    identity::{
        AcademicAges, AssignTutor, EditStaffProfile, GuardianRelation, LinkGuardian, ListWards,
        MembershipKind, SaveSensitiveFacts, SaveStaffProfile, SensitiveFacts, ViewLearner,
        ViewTutorPlaces, WeeklySlot,
    },
    kernel::{Id, TimeRange, TimeZone, Title},
    learning::{JoinClassAndEnroll, ViewLearnerStats},
    tenancy::{CreateUnit, OrgUnit, OrgUnitKind},
};

#[path = "../journey/mod.rs"]
mod journey;

use journey::{Desk, Failure, Person};

/// Everybody in the story.
struct People {
    admin: Person,
    tutor: Person,
    child: Person,
    other: Person,
    parent: Person,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let desk = Desk::open("Bright Tutors", "2025-03-03T09:00:00Z").await?;
    let people = People {
        admin: desk.person(("Ada Admin", "ada@bright.example"), MembershipKind::Admin).await?,
        tutor: desk.person(("Tom Tutor", "tom@bright.example"), MembershipKind::Staff).await?,
        child: desk.person(("Ben", "ben@bright.example"), MembershipKind::Student).await?,
        other: desk.person(("Eve", "eve@bright.example"), MembershipKind::Student).await?,
        parent: desk.person(("Paula", "paula@bright.example"), MembershipKind::Guardian).await?,
    };
    let centre = build(&desk, &people.admin).await?;
    care(&desk, &people).await?;
    tutor(&desk, &people).await?;
    let course = course(&desk, &people, centre).await?;
    let (class, room) = class(&desk, &people, (centre, course.id)).await?;
    timetable(&desk, &people, (&class, room.id)).await?;
    watch(&desk, &people, &class).await
}

/// Country, region, centre.
async fn build(desk: &Desk, admin: &Person) -> Result<Id<OrgUnit>, Failure> {
    let mut parent = None;
    let mut line = Vec::new();
    for (kind, name) in [
        (OrgUnitKind::Country, "United Kingdom"),
        (OrgUnitKind::Region, "London"),
        (OrgUnitKind::Centre, "Camden"),
    ] {
        let command = CreateUnit::new(kind, Title::new(name)?, parent);
        let unit = desk.acting(admin).run(command).await?;
        parent = Some(unit.id);
        line.push(name);
    }
    println!("Units: {}.", line.join(" > "));
    Ok(parent.ok_or("there is a centre")?)
}

/// A parent, and facts about a child that few may read.
async fn care(desk: &Desk, people: &People) -> Result<(), Failure> {
    let (child, parent) = (people.child.id(), people.parent.id());
    let admin = desk.acting(&people.admin);
    let relation = GuardianRelation::Parent;
    admin
        .run(LinkGuardian { guardian_id: parent, student_id: child, relationship: relation })
        .await?;
    let mut facts = SensitiveFacts::default();
    facts.special_needs.insert("dyslexia".to_owned());
    facts.academic_age = AcademicAges::default().with("reading", 98)?.with("numeracy", 120)?;
    admin.run(SaveSensitiveFacts { member_id: child, facts }).await?;
    let by_parent = desk.acting(&people.parent);
    let wards = by_parent.run(ListWards {}).await?;
    let names: Vec<_> = wards.iter().map(|it| it.full_name.as_str()).collect();
    println!("Paula is responsible for {}.", names.join(", "));
    let view = by_parent.run(ViewLearner { member_id: child }).await?;
    let facts = view.sensitive.ok_or("a parent reads what is sensitive")?;
    let needs: Vec<_> = facts.special_needs.iter().cloned().collect();
    let reading = facts.academic_age.months("reading").ok_or("it was noted")?;
    println!("She reads: needs {}, reading age {reading} months.", needs.join(", "));
    let other = people.other.id();
    if by_parent.run(ViewLearner { member_id: other }).await.is_err() {
        println!("Paula asks about Eve: refused.");
    }
    if desk.acting(&people.other).run(ViewLearner { member_id: child }).await.is_err() {
        println!("Eve asks about Ben: refused.");
    }
    Ok(())
}

/// A tutor who takes one student, on Mondays and Wednesdays.
async fn tutor(desk: &Desk, people: &People) -> Result<(), Failure> {
    let (tutor, admin) = (people.tutor.id(), desk.acting(&people.admin));
    let slot = |day| {
        let (from, until) = ("15:00:00".parse().ok()?, "19:00:00".parse().ok()?);
        WeeklySlot::new(day, from, until)
    };
    let availability: Option<Vec<_>> = [Weekday::Mon, Weekday::Wed].into_iter().map(slot).collect();
    let profile = SaveStaffProfile {
        title: Some(Title::new("Maths tutor")?),
        max_students: Some(1),
        availability: availability.ok_or("a slot ends after it starts")?,
        ..SaveStaffProfile::default()
    };
    let by_tutor = desk.acting(&people.tutor);
    by_tutor.run(EditStaffProfile { member_id: tutor, profile }).await?;
    for person in [&people.child, &people.other] {
        let name = &person.member.full_name;
        match admin.run(AssignTutor { student_id: person.id(), tutor_id: Some(tutor) }).await {
            Ok(_) => println!("Tom Tutor takes {name}."),
            Err(error) => println!("{name}: {error}."),
        }
    }
    let places = by_tutor.run(ViewTutorPlaces { tutor_id: tutor }).await?;
    println!("Tom Tutor has {} student, room: {}.", places.current_students, places.has_room());
    Ok(())
}

/// A course that the centre teaches.
async fn course(desk: &Desk, people: &People, centre: Id<OrgUnit>) -> Result<Course, Failure> {
    let admin = desk.acting(&people.admin);
    let command = CreateCourse::new(Title::new("Numbers")?, people.admin.id());
    let course = admin.run(command).await?;
    let module = (NodeKind::Module, "Fractions");
    desk.publish(&people.admin, (course.id, None), module).await?;
    let course = admin.run(PublishCourse { course_id: course.id }).await?;
    admin.run(ActivateUnitCourse { unit_id: centre, course_id: course.id }).await?;
    Ok(course)
}

/// A class at the centre on Mondays and Wednesdays, and a room.
async fn class(
    desk: &Desk,
    people: &People,
    (centre, course): (Id<OrgUnit>, Id<Course>),
) -> Result<(ClassGroup, Room), Failure> {
    let admin = desk.acting(&people.admin);
    let schedule = ClassSchedule::new(
        [Weekday::Mon, Weekday::Wed],
        ("16:00:00".parse()?, "17:00:00".parse()?),
        TimeZone::new("Europe/London")?,
        ("2025-03-24".parse()?, "2025-04-02".parse()?),
    )?;
    let command = CreateClass {
        org_unit_id: Some(centre),
        teacher_id: Some(people.tutor.id()),
        schedule: Some(schedule),
        capacity: Some(4),
        ..CreateClass::offline(course, Title::new("Numbers, afternoons")?, "Room 1")
    };
    let class = admin.run(command).await?;
    for person in [&people.child, &people.other] {
        let command = JoinClass { class: ClassChoice::Id(class.id), student_id: person.id() };
        admin.run(JoinClassAndEnroll { join: command }).await?;
    }
    let room = (Title::new("Room 1")?, Some(4));
    let room =
        admin.run(CreateRoom { unit_id: Some(centre), name: room.0, capacity: room.1 }).await?;
    println!("`{}` has {} seats.", class.name, class.capacity.unwrap_or(0));
    Ok((class, room))
}

/// Lessons by the wall clock of London over the change of clocks, and two that do not fit.
async fn timetable(
    desk: &Desk,
    people: &People,
    (class, room): (&ClassGroup, Id<Room>),
) -> Result<(), Failure> {
    let admin = desk.acting(&people.admin);
    let planned =
        admin.run(ScheduleClass { class_id: class.id, clash_policy: ClashPolicy::Refuse }).await?;
    for session in &planned.sessions {
        println!("Lesson at {}.", session.starts_at);
    }
    let first = planned.sessions.first().ok_or("there are lessons")?;
    let half = first.starts_at.saturating_add(TimeDelta::minutes(30));
    let evening = first.starts_at.saturating_add(TimeDelta::hours(5));
    for start in [half, evening] {
        let range = TimeRange::new(start, start.saturating_add(TimeDelta::hours(1)))?;
        let command = PlanSession {
            room_id: Some(room),
            ..PlanSession::new(people.tutor.id(), Title::new("Extra")?, range)
        };
        if admin.run(command).await.is_err() {
            println!("An extra lesson at {start} does not fit.");
        }
    }
    desk.wait(first.ends_at.since(desk.now()));
    let end = SessionEvent::End;
    desk.acting(&people.admin)
        .run(ChangeSessionStatus { session_id: first.id, event: end })
        .await?;
    for (person, status) in
        [(&people.child, AttendanceStatus::Present), (&people.other, AttendanceStatus::Excused)]
    {
        let marked = (person.id(), status);
        let by = desk.acting(&people.admin);
        by.run(MarkAttendance { session_id: first.id, person_id: marked.0, status: marked.1 })
            .await?;
        println!("{} is {status}.", person.member.full_name);
    }
    let refused = desk
        .acting(&people.other)
        .run(MarkAttendance {
            session_id: first.id,
            person_id: people.other.id(),
            status: AttendanceStatus::Present,
        })
        .await;
    println!("Eve corrects it herself: {}.", if refused.is_err() { "refused" } else { "done" });
    Ok(())
}

/// What the centre and the parent see in the end.
async fn watch(desk: &Desk, people: &People, class: &ClassGroup) -> Result<(), Failure> {
    let from = "2025-03-24T00:00:00Z".parse()?;
    let window = TimeRange::new(from, from.saturating_add(TimeDelta::days(14)))?;
    let mut tx = desk.look().await?;
    let report = TutorLoad { org_unit_id: class.org_unit_id, window };
    for line in tx.report(report).await? {
        println!(
            "Tutor load: {} class, {} students, {} lessons, {} minutes.",
            line.active_classes, line.students, line.sessions, line.minutes
        );
    }
    drop(tx);
    let parent = desk.acting(&people.parent);
    let own = parent.run(ViewLearnerStats { learner_id: people.child.id() }).await?;
    println!("Paula sees Ben's progress: {}.", if own.is_some() { "begun" } else { "not begun" });
    let other = parent.run(ViewLearnerStats { learner_id: people.other.id() }).await;
    println!("Paula sees Eve's progress: {}.", if other.is_ok() { "yes" } else { "refused" });
    Ok(())
}
