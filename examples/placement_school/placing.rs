//! A student's whole way, and the class at the end of it.
use lms::{
    assessment::{
        attempt::Attempt,
        placement::{PlaceLearner, PlacementPolicy, PlacementProfile, PlacementStatus, Preference},
    },
    kernel::Slug,
    notification::{Announcement, Category, Notify},
};

use crate::{
    data::{PaymentData, Student},
    desk::{Desk, Failure, Person},
    students::{order, pay, sign_up, sit},
    world::World,
};

/// The measure that the classes' bands are on: the test's converted total.
pub(crate) const MEASURE: &str = "placement-total";

/// Takes a student in: signs up, orders, pays, sits the test, is placed and told.
pub(crate) async fn take_in(desk: &Desk, world: &World, student: &Student) -> Result<(), Failure> {
    let person = sign_up(desk, world, student).await?;
    desk.wait(120);
    let order = order(desk, world, person).await?;
    pay(desk, world, person, &order, &student.payment).await?;
    if matches!(student.payment, PaymentData::None) {
        return Ok(());
    }
    desk.wait(3_600);
    let (attempt, score) = sit(desk, world, person, student).await?;
    if let Some(problem) = &score.held {
        return Err(format!("the score cannot be reported: {problem}").into());
    }
    find_class(desk, world, person, student, &attempt).await
}

/// Places the student by the converted total: at their own branch, in a way of teaching they
/// wished, in the class with the most seats left.
async fn find_class(
    desk: &Desk,
    world: &World,
    person: Person,
    student: &Student,
    attempt: &Attempt,
) -> Result<(), Failure> {
    let cx = desk.system();
    let mut tx = desk.store.begin(&cx).await?;
    let measure: Slug = MEASURE.parse()?;
    let branch = world.branches.get(&student.branch).ok_or("an unknown branch")?;
    let profile = PlacementProfile {
        branches: vec![*branch],
        modes: student.modes.clone(),
        ..PlacementProfile::new(person.member, Vec::new(), cx.now())
    };
    let group = world.classes.iter().find_map(|it| it.placement_group.clone());
    let command = PlaceLearner {
        group: group.ok_or("no class has a placement group")?,
        measure,
        profile,
        attempt_id: Some(attempt.id),
        policy: PlacementPolicy {
            order: vec![Preference::WishedMode, Preference::MostSeats],
            ..PlacementPolicy::default()
        },
    };
    let decision = tx.run(command).await?;
    let class = decision.class_id.and_then(|id| world.classes.iter().find(|it| it.id == id));
    let name = class.map_or("", |it| it.name.as_str());
    let body = match decision.status {
        PlacementStatus::Placed => format!("You have a seat in {name}."),
        PlacementStatus::Waitlisted => format!("{name} is full; you are on its waitlist."),
        _ => "We found no class for you yet; the school will call you.".to_owned(),
    };
    let title = "Your class".parse()?;
    let news = Announcement::new(person.member, Category::ClassSchedule, title, body);
    tx.run(Notify { announcement: news }).await?;
    tx.commit().await?;
    Ok(())
}
