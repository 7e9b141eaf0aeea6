//! Many learners are placed at the same time: no class takes more than its seats.
//!
//! `LMS_TESTKIT_SCALE=full` places 200 learners for 20 seats, otherwise 24 for 6.
use std::{env, time::Duration};

use lms_core::{
    assessment::placement::{
        LearnerToPlace, MeasureScore, PlaceLearner, PlaceLearnerError, PlaceLearners,
        PlacementDecision, PlacementPolicy, PlacementProfile, PlacementStatus, ServiceOrder,
        WhenFull,
    },
    content::Course,
    delivery::{ClassGroup, ClassMember, ClassMode, MemberStatus, PlacementBand},
    identity::{Membership, MembershipKind},
    kernel::{Context, DomainError, Id, Points, Scope, Slug},
    store::Store,
    tenancy::Tenant,
};
use lms_store_memory::MemoryStore;
use lms_store_postgres::{
    PgStore,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::{TestContext, race};

fn extent() -> (usize, u32) {
    match env::var("LMS_TESTKIT_SCALE").as_deref() {
        Ok("full") => (200, 20),
        _ => (24, 6),
    }
}

/// Both backends, and what must live as long as they.
async fn stores() -> (TestDatabase, Vec<Store>) {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let store = PgStore::new(database.app_pool_of(20));
    (database, vec![Store::new(MemoryStore::new()), Store::new(store)])
}

fn points(whole: i64) -> Points {
    Points::from_whole(whole).unwrap()
}

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

/// A tenant with two classes of one level that have those seats together, and learners.
struct School {
    cx: Context,
    classes: Vec<Id<ClassGroup>>,
    learners: Vec<Id<Membership>>,
}

async fn found(store: &Store, learners: usize, seats: u32) -> School {
    let cx = TestContext::new("placement races").build();
    let name = format!("school-{}", cx.tenant()).parse().unwrap();
    let tenant = Tenant::new(&cx, "School".parse().unwrap(), name);
    let owner = Membership::new(&cx, MembershipKind::Staff, "Ada Owner".parse().unwrap());
    let course = Course::new(&cx, "Course".parse().unwrap(), slug("course"), owner.id);
    let scope = Scope::TenantAndPlatform(cx.tenant());
    let mut tx = store.begin_in(&cx, scope).await.unwrap();
    tx.insert(&tenant).await.unwrap();
    tx.insert(&owner).await.unwrap();
    tx.insert(&course).await.unwrap();
    let mut classes = Vec::new();
    for part in [seats / 2, seats - seats / 2] {
        let name = "Class".parse().unwrap();
        let mut class = ClassGroup::new(&cx, course.id, name, ClassMode::Online);
        class.level = Some("B1".to_owned());
        class.placement_group = Some(slug("english"));
        class.capacity = Some(part);
        tx.insert(&class).await.unwrap();
        tx.insert(&PlacementBand::new(&cx, class.id, points(0), points(100))).await.unwrap();
        classes.push(class.id);
    }
    let people: Vec<Membership> = (0..learners)
        .map(|_| Membership::new(&cx, MembershipKind::Student, "Ben Member".parse().unwrap()))
        .collect();
    tx.insert_all(&people).await.unwrap();
    tx.commit().await.unwrap();
    School { cx, classes, learners: people.iter().map(|it| it.id).collect() }
}

fn profile(cx: &Context, learner: Id<Membership>) -> PlacementProfile {
    let score = MeasureScore::new(slug("total"), points(60), cx.now());
    PlacementProfile::new(learner, vec![score], cx.now())
}

fn policy() -> PlacementPolicy {
    PlacementPolicy { when_full: WhenFull::Refuse, ..PlacementPolicy::default() }
}

/// Places one learner, again where the transaction lost its race.
async fn one(
    store: &Store,
    cx: &Context,
    learner: Id<Membership>,
) -> Result<Vec<PlacementDecision>, PlaceLearnerError> {
    let command = PlaceLearner {
        group: slug("english"),
        profile: profile(cx, learner),
        attempt_id: None,
        measure: slug("total"),
        policy: policy(),
    };
    loop {
        let done = store.transact(cx, |tx| {
            let command = command.clone();
            Box::pin(async move { tx.run(command).await.map(|it| vec![it]) })
        });
        match done.await {
            Err(error) if error.is_lost_race() => {
                tokio::time::sleep(Duration::from_millis(2)).await
            }
            done => return done,
        }
    }
}

/// Places several learners together, again where the transaction lost its race.
async fn several(
    store: &Store,
    cx: &Context,
    learners: &[Id<Membership>],
) -> Result<Vec<PlacementDecision>, PlaceLearnerError> {
    let each = |it: &Id<Membership>| LearnerToPlace { profile: profile(cx, *it), attempt_id: None };
    let command = PlaceLearners {
        group: slug("english"),
        learners: learners.iter().map(each).collect(),
        order: ServiceOrder::AskedFirst,
        measure: slug("total"),
        policy: policy(),
    };
    loop {
        let done = store.transact(cx, |tx| {
            let command = command.clone();
            Box::pin(async move { tx.run(command).await })
        });
        match done.await {
            Err(error) if error.is_lost_race() => {
                tokio::time::sleep(Duration::from_millis(2)).await
            }
            done => return done,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_seat_is_given_once_to_single_learners_and_to_cohorts() {
    let (learners, seats) = extent();
    let (_database, stores) = stores().await;
    for store in stores {
        let school = found(&store, learners, seats).await;
        let (singles, cohorts) = school.learners.split_at(learners / 2);
        let mut tasks = Vec::new();
        for learner in singles.iter().copied() {
            let (store, cx) = (store.clone(), school.cx.clone());
            tasks.push(tokio::spawn(async move { one(&store, &cx, learner).await }));
        }
        for part in cohorts.chunks(4) {
            let (store, cx, part) = (store.clone(), school.cx.clone(), part.to_vec());
            tasks.push(tokio::spawn(async move { several(&store, &cx, &part).await }));
        }
        let mut decisions = Vec::new();
        for task in tasks {
            decisions.extend(task.await.unwrap().unwrap());
        }
        let backend = store.backend().name();
        let placed = decisions.iter().filter(|it| it.status == PlacementStatus::Placed).count();
        race(seats as usize, placed);
        assert_eq!((decisions.len(), placed), (learners, seats as usize), "{backend}");
        let mut seated = 0;
        for (class, part) in school.classes.iter().zip([seats / 2, seats - seats / 2]) {
            let mut tx = store.begin(&school.cx).await.unwrap();
            let active = tx.count(ClassMember::of(*class, MemberStatus::Active)).await.unwrap();
            assert!(active <= u64::from(part), "{backend}: {active} of {part}");
            seated += active;
        }
        assert_eq!(seated, u64::from(seats), "{backend}");
    }
}
