//! A tutor and a room that many want at the same time.
use std::sync::Arc;

use chrono::TimeDelta;
use lms_core::{
    delivery::{PlanSession, Room, Session, SessionError},
    identity::{Membership, MembershipKind},
    kernel::{Id, TimeRange},
    store::Query,
    tenancy::PlanLimits,
};

use lms_testkit::race;

use crate::school::{School, all, extent, stores};

async fn plan(
    school: &School,
    (host, room): (Id<Membership>, Option<Id<Room>>),
) -> Result<Session, SessionError> {
    let start = school.cx.now().saturating_add(TimeDelta::days(1));
    let range = TimeRange::new(start, start.saturating_add(TimeDelta::hours(1))).unwrap();
    school
        .insist(|tx| {
            let lesson = PlanSession::new(host, "Lesson".parse().unwrap(), range);
            let command = PlanSession { room_id: room, ..lesson };
            Box::pin(async move { tx.run(command).await })
        })
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_tutor_and_a_room_are_taken_once() {
    let (rounds, people) = extent();
    let (_database, stores) = stores().await;
    for store in stores {
        for _ in 0..rounds {
            let school = Arc::new(School::open(&store, PlanLimits::UNLIMITED).await);
            let room = Room::new(&school.cx, None, "Room".parse().unwrap());
            let name = || "Tutor".parse().unwrap();
            let tutors: Vec<_> = (0..people)
                .map(|_| Membership::new(&school.cx, MembershipKind::Staff, name()))
                .collect();
            let mut tx = store.begin(&school.cx).await.unwrap();
            tx.insert(&room).await.unwrap();
            tx.insert_all(&tutors).await.unwrap();
            tx.commit().await.unwrap();
            // One tutor everywhere; then everybody in one room.
            let same_tutor = vec![(tutors[0].id, None); people];
            let same_room = tutors.iter().skip(1).map(|it| (it.id, Some(room.id))).collect();
            for wanted in [same_tutor, same_room] {
                let before = school.count(Query::<Session>::all()).await;
                let outcomes = all(wanted.into_iter().map(|what: (_, Option<Id<Room>>)| {
                    let school = Arc::clone(&school);
                    tokio::spawn(async move { plan(&school, what).await })
                }))
                .await;
                let planned = outcomes.iter().filter(|it| it.is_ok()).count();
                race(1, planned);
                assert_eq!(planned, 1, "{}: {outcomes:?}", store.backend().name());
                let others = outcomes.iter().filter_map(|it| it.as_ref().err());
                for other in others {
                    assert!(matches!(other, SessionError::Clashes { .. }), "{other}");
                }
                assert_eq!(school.count(Query::<Session>::all()).await, before + 1);
            }
        }
    }
}
