//! Join codes and slugs.
use std::sync::Arc;

use lms_core::{
    content::{Course, CourseError, CreateCourse},
    delivery::{ClassGroup, ClassMode, RenewJoinCode},
    kernel::{Context, DomainError as _, ErrorKind, IdGenerator, SequentialIds, Slug, Timestamp},
    store::Query,
    tenancy::PlanLimits,
};

use lms_testkit::race;

use crate::school::{School, all, extent, stores};

/// Ids that repeat, so that two classes are given the same code at the same moment.
#[derive(Debug)]
struct Repeating(SequentialIds);

impl IdGenerator for Repeating {
    fn next_id(&self, now: Timestamp) -> uuid::Uuid {
        let fresh = self.0.next_id(now).as_u128();
        // The last 40 bits make the code: only four of them differ.
        uuid::Uuid::from_u128((fresh & !0xff_ffff_ffff) ^ (fresh << 40) | (fresh & 3))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_two_classes_get_the_same_join_code() {
    let (rounds, people) = extent();
    let (_database, stores) = stores().await;
    for store in stores {
        for _ in 0..rounds {
            let school = Arc::new(School::open(&store, PlanLimits::UNLIMITED).await);
            let mut tx = store.begin(&school.cx).await.unwrap();
            let name = || "More".parse().unwrap();
            let classes: Vec<_> = (0..people)
                .map(|_| ClassGroup::new(&school.cx, school.course.id, name(), ClassMode::Online))
                .collect();
            tx.insert_all(&classes).await.unwrap();
            tx.commit().await.unwrap();
            let outcomes = all(classes.into_iter().enumerate().map(|(number, class)| {
                let school = Arc::clone(&school);
                tokio::spawn(async move {
                    let ids = Repeating(SequentialIds::starting_at(1 + number as u64 % 4));
                    let (tenant, now) = (school.cx.tenant(), school.cx.now());
                    let cx = Context::new(tenant, school.cx.actor().clone(), now, Arc::new(ids));
                    let mut tx = school.store.begin(&cx).await.unwrap();
                    match tx.run(RenewJoinCode { class_id: class.id, is_open: true }).await {
                        Ok(_) => tx.commit().await.map_err(|e| e.kind()),
                        Err(error) => Err(error.kind()),
                    }
                })
            }))
            .await;
            // Whoever lost says so; nobody has another class's code.
            assert!(outcomes.iter().all(|it| matches!(it, Ok(()) | Err(ErrorKind::Conflict))));
            let mut tx = store.begin(&school.cx).await.unwrap();
            let mut codes: Vec<_> = tx
                .all(Query::<ClassGroup>::all())
                .await
                .unwrap()
                .into_iter()
                .filter_map(|it| it.join_code)
                .collect();
            let given = codes.len();
            codes.sort();
            codes.dedup();
            assert_eq!(codes.len(), given, "{}", store.backend().name());
            let won = outcomes.iter().filter(|it| it.is_ok()).count();
            assert_eq!(given, won + 1);
            assert!(won >= 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_slug_is_given_once() {
    let (rounds, people) = extent();
    let (_database, stores) = stores().await;
    for store in stores {
        for _ in 0..rounds {
            let school = Arc::new(School::open(&store, PlanLimits::UNLIMITED).await);
            let outcomes = all((0..people).map(|_| {
                let school = Arc::clone(&school);
                tokio::spawn(async move {
                    let command = CreateCourse::new("The same".parse().unwrap(), school.owner.id);
                    let made: Result<Course, CourseError> = school
                        .insist(|tx| {
                            let command = command.clone();
                            Box::pin(async move { tx.run(command).await })
                        })
                        .await;
                    made.map(drop).map_err(|e| e.kind())
                })
            }))
            .await;
            let made = outcomes.iter().filter(|it| it.is_ok()).count();
            race(1, made);
            assert_eq!(made, 1, "{}: {outcomes:?}", store.backend().name());
            let refused = outcomes.iter().filter(|it| **it == Err(ErrorKind::Conflict)).count();
            assert_eq!(refused, people - 1);
            let slug: Slug = "the-same".parse().unwrap();
            assert_eq!(school.count(Course::by_slug(slug)).await, 1);
        }
    }
}
