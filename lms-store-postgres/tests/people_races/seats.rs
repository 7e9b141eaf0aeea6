//! Seats in classes and courses, and places in a plan.
use std::sync::Arc;

use lms_core::{
    delivery::{ClassMember, JoinClassError, MemberStatus},
    identity::{AddMember, Membership, MembershipKind},
    kernel::{DomainError as _, ErrorKind},
    learning::{
        ChangeEnrollment, EnrollLearner, Enrollment, EnrollmentEvent, EnrollmentStatus, GrantSource,
    },
    tenancy::PlanLimits,
};

use lms_testkit::race;

use crate::school::{School, all, extent, stores};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_class_and_its_waitlist_fill_up_exactly() {
    let (rounds, people) = extent();
    let (_database, stores) = stores().await;
    for store in stores {
        for _ in 0..rounds {
            let school = Arc::new(School::open(&store, PlanLimits::UNLIMITED).await);
            school.set_class(5, 3).await;
            let students = school.students(people).await;
            let outcomes = all(students.into_iter().map(|student| {
                let school = Arc::clone(&school);
                tokio::spawn(async move { school.join(student).await })
            }))
            .await;
            let full = outcomes.iter().filter(|it| matches!(it, Err(JoinClassError::Full { .. })));
            assert_eq!(full.count(), people - 8, "{}: {outcomes:?}", store.backend().name());
            let class = school.class.id;
            let seated = school.count(ClassMember::of(class, MemberStatus::Active)).await;
            race(5, usize::try_from(seated).unwrap());
            assert_eq!(seated, 5);
            assert_eq!(school.count(ClassMember::of(class, MemberStatus::Waitlisted)).await, 3);
            let mut tickets: Vec<_> = outcomes.iter().flatten().map(|it| it.ticket).collect();
            tickets.sort_unstable();
            assert_eq!(
                tickets,
                (1..=8).collect::<Vec<i64>>(),
                "everybody has a ticket of their own"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_seat_that_is_left_goes_to_one_who_waits() {
    let (rounds, people) = extent();
    let (_database, stores) = stores().await;
    for store in stores {
        for _ in 0..rounds {
            let school = Arc::new(School::open(&store, PlanLimits::UNLIMITED).await);
            let half = people / 2;
            school.set_class(half as u32, people as u32).await;
            let students = school.students(people).await;
            for student in &students {
                school.join(*student).await.unwrap();
            }
            // The first half leaves at once; half as many more come at the same time.
            let newcomers = school.students(half / 2).await;
            let leaving = students[..half].iter().map(|&student| {
                let school = Arc::clone(&school);
                tokio::spawn(async move { school.leave(student).await })
            });
            let coming = newcomers.into_iter().map(|student| {
                let school = Arc::clone(&school);
                tokio::spawn(async move { assert!(school.join(student).await.is_ok()) })
            });
            all(leaving.chain(coming)).await;
            let class = school.class.id;
            let mut tx = store.begin(&school.cx).await.unwrap();
            let seated = tx.all(ClassMember::of(class, MemberStatus::Active)).await.unwrap();
            let mut seated: Vec<_> = seated.into_iter().map(|it| it.student_id).collect();
            seated.sort_unstable();
            // Whoever waited before got the seats; the newcomers wait.
            let mut waited = students[half..].to_vec();
            waited.sort_unstable();
            race(half, seated.len());
            assert_eq!(seated, waited, "{}", store.backend().name());
            let waiting = tx.count(ClassMember::of(class, MemberStatus::Waitlisted)).await.unwrap();
            assert_eq!(waiting, (half / 2) as u64);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_place_in_a_course_that_is_given_up_goes_to_one_who_waits() {
    let (rounds, people) = extent();
    let (_database, stores) = stores().await;
    for store in stores {
        for _ in 0..rounds {
            let school = Arc::new(School::open(&store, PlanLimits::UNLIMITED).await);
            let half = people / 2;
            let students = school.students(people).await;
            let mut tx = store.begin(&school.cx).await.unwrap();
            let mut course = school.course.clone();
            (course.capacity, course.waitlists) = (Some(half as u32), true);
            tx.update(&mut course).await.unwrap();
            let mut enrolled = Vec::new();
            for student in students {
                let command = EnrollLearner::new(course.id, student, GrantSource::Manual);
                enrolled.push(tx.run(command).await.unwrap());
            }
            tx.commit().await.unwrap();
            let leaving = enrolled[..half].iter().cloned().map(|enrollment| {
                let school = Arc::clone(&school);
                tokio::spawn(async move {
                    let done = school.insist(|tx| {
                        let drop = EnrollmentEvent::Drop;
                        let id = enrollment.id;
                        Box::pin(async move {
                            tx.run(ChangeEnrollment { enrollment_id: id, event: drop }).await
                        })
                    });
                    assert!(done.await.is_ok());
                })
            });
            all(leaving).await;
            let status = |status| Enrollment::in_course(course.id, status);
            let active = school.count(status(EnrollmentStatus::Active)).await;
            race(people - half, usize::try_from(active).unwrap());
            assert_eq!(active, (people - half) as u64, "{}", store.backend().name());
            assert_eq!(school.count(status(EnrollmentStatus::Waitlisted)).await, 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_places_of_a_plan_are_given_once() {
    let (rounds, people) = extent();
    let (_database, stores) = stores().await;
    for store in stores {
        for _ in 0..rounds {
            let limits = PlanLimits { max_students: Some(7), ..PlanLimits::UNLIMITED };
            let school = Arc::new(School::open(&store, limits).await);
            let outcomes = all((0..people).map(|number| {
                let school = Arc::clone(&school);
                tokio::spawn(async move {
                    let name = format!("Student {number}").parse().unwrap();
                    let command = AddMember::new(MembershipKind::Student, name);
                    let added = school.insist(|tx| {
                        let command = command.clone();
                        Box::pin(async move { tx.run(command).await })
                    });
                    added.await.map(drop).map_err(|e| e.kind())
                })
            }))
            .await;
            let added = outcomes.iter().filter(|it| it.is_ok()).count();
            race(7, added);
            assert_eq!(added, 7, "{}: {outcomes:?}", store.backend().name());
            let refused = outcomes.iter().filter(|it| **it == Err(ErrorKind::Quota)).count();
            assert_eq!(refused, people - 7);
            let members = Membership::active([MembershipKind::Student]);
            assert_eq!(school.count(members).await, 7);
        }
    }
}
