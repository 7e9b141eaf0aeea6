//! Classes, waitlists, plans, join codes and slugs that many want at the same time.
//!
//! `LMS_TESTKIT_SCALE=full` runs 20 rounds of 60 people; otherwise one smaller round.
use std::{env, sync::Arc, time::Duration};

use lms_core::{
    content::{Course, CourseError, CreateCourse, PublicationStatus, create_course},
    delivery::{
        ClassChoice, ClassGroup, ClassMember, ClassMode, JoinClass, JoinClassError, JoinCode,
        LeaveClass, MemberStatus, join_class, leave_class, renew_join_code,
    },
    identity::{AddMember, Membership, MembershipKind, add_member},
    kernel::{
        Context, Currency, DomainError, ErrorKind, Id, IdGenerator, LanguageTag, Money, Scope,
        SequentialIds, Slug, Timestamp,
    },
    learning::{
        EnrollLearner, Enrollment, EnrollmentEvent, EnrollmentStatus, GrantSource,
        change_enrollment, enroll_learner,
    },
    store::{Query, Store, StoreError, Transaction, Work},
    tenancy::{CreateTenant, NewPlan, PlanLimits, create_tenant},
};
use lms_store_memory::MemoryStore;
use lms_store_postgres::{
    PgStore,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::TestContext;

fn extent() -> (usize, usize) {
    match env::var("LMS_TESTKIT_SCALE").as_deref() {
        Ok("full") => (20, 60),
        _ => (1, 20),
    }
}

/// Both backends, and what must live as long as they.
async fn stores() -> (TestDatabase, [Store; 2]) {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let store = PgStore::new(database.app_pool_of(30));
    (database, [Store::new(MemoryStore::new()), Store::new(store)])
}

/// A tenant with a published course and a class that takes it.
struct School {
    store: Store,
    cx: Context,
    owner: Membership,
    course: Course,
    class: ClassGroup,
}

impl School {
    async fn open(store: &Store, limits: PlanLimits) -> Self {
        let cx = TestContext::new("people races").build();
        let slug = format!("school-{}", cx.tenant()).parse().unwrap();
        let price_per_month = Money::from_minor(10_00, Currency::EUR);
        let plan = NewPlan { name: "Plan".parse().unwrap(), price_per_month, limits };
        let command = CreateTenant {
            plan: Some(plan),
            ..CreateTenant::new("School".parse().unwrap(), slug, LanguageTag::new("en").unwrap())
        };
        let scope = Scope::TenantAndPlatform(cx.tenant());
        let mut tx = store.begin_in(&cx, scope).await.unwrap();
        create_tenant(&cx, &mut tx, command).await.unwrap();
        let owner = Membership::new(&cx, MembershipKind::Staff, "Ada".parse().unwrap());
        let slug = "course".parse().unwrap();
        let mut course = Course::new(&cx, "Course".parse().unwrap(), slug, owner.id);
        course.status = PublicationStatus::Published;
        let mut class =
            ClassGroup::new(&cx, course.id, "Class".parse().unwrap(), ClassMode::Online);
        class.join_code = Some(JoinCode::new("ABCDEF12").unwrap());
        tx.insert(&owner).await.unwrap();
        tx.insert(&course).await.unwrap();
        tx.insert(&class).await.unwrap();
        tx.commit().await.unwrap();
        Self { store: store.clone(), cx, owner, course, class }
    }

    async fn students(&self, count: usize) -> Vec<Id<Membership>> {
        let name = || "Ben".parse().unwrap();
        let made: Vec<_> = (0..count)
            .map(|_| Membership::new(&self.cx, MembershipKind::Student, name()))
            .collect();
        let mut tx = self.store.begin(&self.cx).await.unwrap();
        tx.insert_all(&made).await.unwrap();
        tx.commit().await.unwrap();
        made.into_iter().map(|it| it.id).collect()
    }

    async fn count<R: lms_core::store::Record>(&self, query: Query<R>) -> u64 {
        self.store.begin(&self.cx).await.unwrap().count(query).await.unwrap()
    }

    /// Does the work until it no longer loses its race, as a host does that does not give up.
    async fn insist<T, E, F>(&self, mut work: F) -> Result<T, E>
    where
        E: From<StoreError> + DomainError,
        F: for<'t> FnMut(&'t mut Transaction) -> Work<'t, T, E>,
    {
        for _ in 0..200 {
            match self.store.transact(&self.cx, &mut work).await {
                Err(error) if error.is_lost_race() => {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                other => return other,
            }
        }
        self.store.transact(&self.cx, work).await
    }

    async fn join(&self, student_id: Id<Membership>) -> Result<ClassMember, JoinClassError> {
        let class = ClassChoice::Code(self.class.join_code.clone().unwrap());
        let command = JoinClass { class, student_id };
        self.insist(|tx| {
            let (cx, command) = (self.cx.clone(), command.clone());
            Box::pin(async move { join_class(&cx, tx, command).await })
        })
        .await
    }

    async fn leave(&self, student_id: Id<Membership>) {
        let command = LeaveClass { class_id: self.class.id, student_id, is_removal: true };
        self.insist(|tx| {
            let (cx, command) = (self.cx.clone(), command.clone());
            Box::pin(async move { leave_class(&cx, tx, command).await })
        })
        .await
        .unwrap();
    }

    async fn set_class(&self, capacity: u32, waitlist: u32) {
        let mut tx = self.store.begin(&self.cx).await.unwrap();
        let mut class = tx.require(self.class.id).await.unwrap();
        class.capacity = Some(capacity);
        class.waitlist_capacity = Some(waitlist);
        tx.update(&mut class).await.unwrap();
        tx.commit().await.unwrap();
    }
}

async fn all<T: Send + 'static>(tasks: impl Iterator<Item = tokio::task::JoinHandle<T>>) -> Vec<T> {
    let mut done = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        done.push(task.await.unwrap());
    }
    done
}

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
            assert_eq!(school.count(ClassMember::of(class, MemberStatus::Active)).await, 5);
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
                enrolled.push(enroll_learner(&school.cx, &mut tx, command).await.unwrap());
            }
            tx.commit().await.unwrap();
            let leaving = enrolled[..half].iter().cloned().map(|enrollment| {
                let school = Arc::clone(&school);
                tokio::spawn(async move {
                    let done = school.insist(|tx| {
                        let cx = school.cx.clone();
                        let drop = EnrollmentEvent::Drop;
                        let id = enrollment.id;
                        Box::pin(async move { change_enrollment(&cx, tx, id, drop).await })
                    });
                    assert!(done.await.is_ok());
                })
            });
            all(leaving).await;
            let status = |status| Enrollment::in_course(course.id, status);
            let active = school.count(status(EnrollmentStatus::Active)).await;
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
                        let (cx, command) = (school.cx.clone(), command.clone());
                        Box::pin(async move { add_member(&cx, tx, command).await })
                    });
                    added.await.map(drop).map_err(|e| e.kind())
                })
            }))
            .await;
            let added = outcomes.iter().filter(|it| it.is_ok()).count();
            assert_eq!(added, 7, "{}: {outcomes:?}", store.backend().name());
            let refused = outcomes.iter().filter(|it| **it == Err(ErrorKind::Quota)).count();
            assert_eq!(refused, people - 7);
            let members = Membership::active([MembershipKind::Student]);
            assert_eq!(school.count(members).await, 7);
        }
    }
}

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
                    match renew_join_code(&cx, &mut tx, class.id, true).await {
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
                            let (cx, command) = (school.cx.clone(), command.clone());
                            Box::pin(async move { create_course(&cx, tx, command).await })
                        })
                        .await;
                    made.map(drop).map_err(|e| e.kind())
                })
            }))
            .await;
            let made = outcomes.iter().filter(|it| it.is_ok()).count();
            assert_eq!(made, 1, "{}: {outcomes:?}", store.backend().name());
            let refused = outcomes.iter().filter(|it| **it == Err(ErrorKind::Conflict)).count();
            assert_eq!(refused, people - 1);
            let slug: Slug = "the-same".parse().unwrap();
            assert_eq!(school.count(Course::by_slug(slug)).await, 1);
        }
    }
}
