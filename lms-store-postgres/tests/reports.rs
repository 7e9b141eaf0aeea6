//! Reports in SQL give what their own `compute` gives, from the records and from what is kept.
use chrono::TimeDelta;
use lms_core::{
    commerce::{LedgerEntry, LedgerKind, UnitFinances},
    content::{Course, PublicationStatus},
    delivery::{
        ClassGroup, ClassMember, ClassMode, ClassStatus, MemberStatus, Session, SessionStatus,
        TutorLoad,
    },
    identity::{Membership, MembershipKind},
    kernel::{Context, Currency, Id, Money, Percent, TimeRange, Timestamp},
    learning::{Enrollment, EnrollmentStatus, GrantSource, LearnerStats, StudentProgress},
    store::{Report, Store, StoreError, Transaction},
    tenancy::{OrgUnit, OrgUnitKind},
};
use lms_store_postgres::{
    PgStore,
    testing::{TestDatabase, TestServer},
};
use lms_testkit::TestContext;

struct Stage {
    database: TestDatabase,
    neighbour: Context,
    store: PgStore,
    cx: Context,
    units: Vec<Id<OrgUnit>>,
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let at = usize::try_from(self.roll(items.len() as u64)).unwrap();
        &items[at]
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn range(start: &str, end: &str) -> TimeRange {
    TimeRange::new(at(start), at(end)).unwrap()
}

/// A school with two centres and what happened in them; some rows are deleted again.
async fn furnish(tx: &mut Transaction, seed: u64) -> Vec<Id<OrgUnit>> {
    let mut dice = Dice(seed);
    let mut units = Vec::new();
    for name in ["North", "South"] {
        let unit = OrgUnit::new(tx.cx(), OrgUnitKind::Centre, name.parse().unwrap());
        tx.insert(&unit).await.unwrap();
        units.push(unit.id);
    }
    let somewhere = |dice: &mut Dice| match dice.roll(3) {
        0 => None,
        other => Some(units[usize::try_from(other - 1).unwrap()]),
    };
    let mut people = Vec::new();
    for number in 0..14 {
        let kind = if number < 4 { MembershipKind::Staff } else { MembershipKind::Student };
        let mut person =
            Membership::new(tx.cx(), kind, format!("Person {number}").parse().unwrap());
        person.org_unit_id = somewhere(&mut dice);
        tx.insert(&person).await.unwrap();
        if number == 13 {
            tx.delete(&mut person).await.unwrap();
        }
        people.push(person.id);
    }
    let (tutors, students) = people.split_at(4);
    let mut courses = Vec::new();
    for number in 0..3 {
        let (title, slug) = (format!("Course {number}"), format!("course-{number}"));
        let mut course =
            Course::new(tx.cx(), title.parse().unwrap(), slug.parse().unwrap(), tutors[0]);
        course.status = PublicationStatus::Published;
        tx.insert(&course).await.unwrap();
        courses.push(course.id);
    }
    for student in students {
        for course in &courses {
            let status = *dice.pick(EnrollmentStatus::ALL);
            let mut enrollment = Enrollment::new(tx.cx(), *student, *course, GrantSource::Manual);
            enrollment.status = status;
            let progress = i64::try_from(dice.roll(1_000_001)).unwrap();
            enrollment.progress = Percent::from_ten_thousandths(progress).unwrap();
            tx.insert(&enrollment).await.unwrap();
            if dice.roll(6) == 0 {
                tx.delete(&mut enrollment).await.unwrap();
            }
        }
        if dice.roll(3) > 0 {
            let mut stats = LearnerStats::new(tx.cx(), *student, "UTC".parse().unwrap());
            stats.lessons_completed = u32::try_from(dice.roll(50)).unwrap();
            stats.time_spent_seconds = i64::try_from(dice.roll(90_000)).unwrap();
            let seen = tx.now().saturating_sub(TimeDelta::microseconds(
                i64::try_from(dice.roll(1_000_000_000)).unwrap(),
            ));
            stats.last_activity_at = (dice.roll(4) > 0).then_some(seen);
            tx.insert(&stats).await.unwrap();
        }
    }
    for number in 0..8 {
        let name = format!("Class {number}").parse().unwrap();
        let mut class = ClassGroup::new(tx.cx(), *dice.pick(&courses), name, ClassMode::Online);
        class.teacher_id = (dice.roll(6) > 0).then(|| *dice.pick(tutors));
        class.org_unit_id = somewhere(&mut dice);
        class.status = if dice.roll(4) > 0 { ClassStatus::Active } else { ClassStatus::Ended };
        tx.insert(&class).await.unwrap();
        for (ticket, student) in students.iter().enumerate() {
            if dice.roll(2) == 0 {
                let status = *dice.pick(&[MemberStatus::Active, MemberStatus::Left]);
                let ticket = i64::try_from(ticket).unwrap() + 1;
                let mut member = ClassMember::new(tx.cx(), class.id, *student, status, ticket);
                tx.insert(&member).await.unwrap();
                if dice.roll(8) == 0 {
                    tx.delete(&mut member).await.unwrap();
                }
            }
        }
        if dice.roll(7) == 0 {
            tx.delete(&mut class).await.unwrap();
        }
    }
    let monday = at("2025-03-03T00:00:00Z");
    for number in 0..60 {
        let start = monday
            .saturating_add(TimeDelta::minutes(i64::try_from(dice.roll(7 * 24 * 12)).unwrap() * 5));
        let length = TimeDelta::seconds(i64::try_from(dice.roll(20_000)).unwrap() + 60);
        // Some end exactly at midnight, some reach over it.
        let end = match number % 10 {
            0 => at("2025-03-05T00:00:00Z").max(start.saturating_add(length)),
            _ => start.saturating_add(length),
        };
        let Ok(time) = TimeRange::new(start, end) else { continue };
        if time.end().since(time.start()) > TimeDelta::hours(24) {
            continue;
        }
        let mut session =
            Session::new(tx.cx(), *dice.pick(tutors), format!("S{number}").parse().unwrap(), time);
        session.org_unit_id = somewhere(&mut dice);
        session.status = *dice.pick(SessionStatus::ALL);
        tx.insert(&session).await.unwrap();
        if dice.roll(9) == 0 {
            tx.delete(&mut session).await.unwrap();
        }
    }
    for number in 0..80 {
        let currency: Currency = dice.pick(&["EUR", "JPY", "KWD"]).parse().unwrap();
        let minor = i64::try_from(dice.roll(1_000_000)).unwrap() + 1;
        let kind = *dice.pick(LedgerKind::ALL);
        let source = format!("test:{number}");
        let mut entry = LedgerEntry::new(tx.cx(), kind, Money::from_minor(minor, currency), source);
        entry.org_unit_id = somewhere(&mut dice);
        entry.occurred_at =
            monday.saturating_add(TimeDelta::minutes(i64::try_from(dice.roll(7 * 1_440)).unwrap()));
        tx.insert(&entry).await.unwrap();
    }
    units
}

async fn stage(seed: u64) -> Stage {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let store = database.store();
    let test = TestContext::new("reports");
    let (cx, other) = (test.build(), test.build());
    let mut units = Vec::new();
    // A neighbour whose rows must not be counted.
    for (cx, seed) in [(&other, seed + 1), (&cx, seed)] {
        let mut tx = Store::new(store.clone()).begin(cx).await.unwrap();
        units = furnish(&mut tx, seed).await;
        tx.commit().await.unwrap();
    }
    Stage { database, neighbour: other, store, cx, units }
}

/// The windows that are asked for: whole days, and others.
fn windows() -> Vec<TimeRange> {
    vec![
        range("2025-03-03T00:00:00Z", "2025-03-10T00:00:00Z"),
        range("2025-03-04T00:00:00Z", "2025-03-05T00:00:00Z"),
        range("2025-03-05T00:00:00Z", "2025-03-07T00:00:00Z"),
        range("2025-03-04T10:30:00Z", "2025-03-06T16:45:00Z"),
        range("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z"),
    ]
}

async fn both<R>(store: &Store, cx: &Context, report: R) -> (String, String)
where
    R: Report + Clone,
    R::Output: std::fmt::Debug,
{
    let mut tx = store.begin(cx).await.unwrap();
    let computed: Result<_, StoreError> = report.compute(&mut tx).await;
    let reported = tx.report(report).await;
    (format!("{:?}", reported.unwrap()), format!("{:?}", computed.unwrap()))
}

async fn all_agree(stage: &Stage, store: &Store, seed: u64) -> usize {
    let everywhere = stage.units.iter().copied().map(Some).chain([None]);
    let mut compared = 0;
    for org_unit_id in everywhere {
        let (reported, computed) = both(store, &stage.cx, StudentProgress { org_unit_id }).await;
        assert_eq!(reported, computed, "seed {seed}, unit {org_unit_id:?}");
        assert!(computed.len() > 2 || org_unit_id.is_some());
        compared += 1;
        for window in windows() {
            let (reported, computed) =
                both(store, &stage.cx, TutorLoad { org_unit_id, window }).await;
            assert_eq!(reported, computed, "seed {seed}, {window:?}, unit {org_unit_id:?}");
            compared += 1;
            let Some(org_unit_id) = org_unit_id else { continue };
            let (reported, computed) =
                both(store, &stage.cx, UnitFinances { org_unit_id, during: window }).await;
            assert_eq!(reported, computed, "seed {seed}, {window:?}, unit {org_unit_id:?}");
            compared += 1;
        }
    }
    compared
}

#[tokio::test]
async fn reports_are_those_that_the_library_computes() {
    let mut compared = 0;
    for seed in 1..=4 {
        let stage = stage(seed).await;
        let live = Store::new(stage.store.clone());
        compared += all_agree(&stage, &live, seed).await;
        let kept = stage.store.clone().with_read_models();
        // Not refreshed yet: read from the records.
        compared += all_agree(&stage, &Store::new(kept.clone()), seed).await;
        kept.refresh_read_models(stage.cx.tenant(), stage.cx.now()).await.unwrap();
        compared += all_agree(&stage, &Store::new(kept), seed).await;
    }
    println!("{compared} answers, all equal");
}

#[tokio::test]
async fn what_is_kept_is_as_old_as_the_last_refresh_and_is_of_one_tenant() {
    let stage = stage(9).await;
    let store = stage.store.clone().with_read_models();
    let tenant = stage.cx.tenant();
    assert_eq!(store.read_models_refreshed_at(tenant).await.unwrap(), None);
    store.refresh_read_models(tenant, stage.cx.now()).await.unwrap();
    assert_eq!(store.read_models_refreshed_at(tenant).await.unwrap(), Some(stage.cx.now()));
    let typed = Store::new(store.clone());
    let progress = || StudentProgress { org_unit_id: None };
    let before = typed.begin(&stage.cx).await.unwrap().report(progress()).await.unwrap();

    let newcomer = Membership::new(&stage.cx, MembershipKind::Student, "New".parse().unwrap());
    let stats = LearnerStats::new(&stage.cx, newcomer.id, "UTC".parse().unwrap());
    let mut tx = typed.begin(&stage.cx).await.unwrap();
    tx.insert(&newcomer).await.unwrap();
    tx.insert(&stats).await.unwrap();
    tx.commit().await.unwrap();
    let kept = typed.begin(&stage.cx).await.unwrap().report(progress()).await.unwrap();
    assert_eq!(kept, before);
    // Two at once take turns; the sums are those of the records either way.
    let later = stage.cx.now().saturating_add(TimeDelta::hours(1));
    let (one, two) = tokio::join!(
        store.refresh_read_models(tenant, later),
        store.refresh_read_models(tenant, stage.cx.now())
    );
    one.unwrap();
    two.unwrap();
    assert_eq!(store.read_models_refreshed_at(tenant).await.unwrap(), Some(later));
    let after = typed.begin(&stage.cx).await.unwrap().report(progress()).await.unwrap();
    assert_eq!(after.len(), before.len() + 1);

    // Another tenant sees none of it, also without a word about tenants in the statement.
    let other = TestContext::new("reports").build();
    let mut db = stage.store.pool().acquire().await.unwrap();
    let sql = format!(
        "BEGIN; SET LOCAL lms.tenant_id = '{}'; \
         DO $$ BEGIN ASSERT (SELECT count(*) FROM lms.student_progress) = 0; \
         ASSERT (SELECT count(*) FROM lms.tutor_classes) = 0; \
         ASSERT (SELECT count(*) FROM lms.tutor_sessions) = 0; \
         ASSERT (SELECT count(*) FROM lms.centre_financials) = 0; \
         ASSERT (SELECT count(*) FROM lms.read_models) = 0; END $$; ROLLBACK",
        other.tenant()
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *db).await.unwrap();
}

/// Every statement, with what it is asked about a tenant.
const STATEMENTS: [(&str, bool); 6] = [
    (include_str!("../queries/student_progress.sql"), false),
    (include_str!("../queries/tutor_load.sql"), true),
    (include_str!("../queries/unit_finances.sql"), true),
    (include_str!("../queries/kept/student_progress.sql"), false),
    (include_str!("../queries/kept/tutor_load.sql"), true),
    (include_str!("../queries/kept/unit_finances.sql"), true),
];

/// What the statements that add a tenant up anew write.
const REFRESHES: [&str; 4] = [
    include_str!("../queries/refresh/student_progress.sql"),
    include_str!("../queries/refresh/tutor_classes.sql"),
    include_str!("../queries/refresh/tutor_sessions.sql"),
    include_str!("../queries/refresh/centre_financials.sql"),
];

/// How many rows each statement gives about the tenant of `asked` to one who works for `by`.
async fn rows_about(stage: &Stage, asked: &Context, by: &Context) -> Vec<usize> {
    let window = range("2000-01-01T00:00:00Z", "2050-01-01T00:00:00Z");
    let mut counts = Vec::new();
    let mut tx = stage.store.pool().begin().await.unwrap();
    sqlx::query("SELECT set_config('lms.tenant_id', $1, true)")
        .bind(by.tenant().to_string())
        .execute(&mut *tx)
        .await
        .unwrap();
    for (sql, in_time) in STATEMENTS {
        let mut query = sqlx::query(sql).bind(asked.tenant().uuid());
        let of_unit = sql.contains("unit_finances:") || sql.contains("unit_finances from");
        query = query.bind(of_unit.then(|| stage.units[0].uuid()));
        if in_time {
            query = query.bind(window.start().utc()).bind(window.end().utc());
        }
        counts.push(query.fetch_all(&mut *tx).await.unwrap().len());
    }
    counts
}

/// A statement that names another tenant finds nothing: row-level security alone suffices.
#[tokio::test]
async fn no_report_tells_of_another_tenant_when_asked_about_it() {
    let stage = stage(5).await;
    let kept = stage.store.clone().with_read_models();
    kept.refresh_read_models(stage.cx.tenant(), stage.cx.now()).await.unwrap();
    let own = rows_about(&stage, &stage.cx, &stage.cx).await;
    assert!(own.iter().all(|it| *it > 0), "{own:?}");
    assert_eq!(rows_about(&stage, &stage.cx, &stage.neighbour).await, [0; 6]);
    // Nor is anything of it added up, and nothing is noted about it.
    let mut tx = stage.store.pool().begin().await.unwrap();
    sqlx::query("SELECT set_config('lms.tenant_id', $1, true)")
        .bind(stage.neighbour.tenant().to_string())
        .execute(&mut *tx)
        .await
        .unwrap();
    for sql in REFRESHES {
        let done = sqlx::query(sql).bind(stage.cx.tenant().uuid()).execute(&mut *tx).await.unwrap();
        assert_eq!(done.rows_affected(), 0, "{sql}");
    }
    let claim = sqlx::query(include_str!("../queries/refresh/claim.sql"))
        .bind(stage.cx.tenant().uuid())
        .bind(stage.cx.now().utc());
    let error = claim.execute(&mut *tx).await.unwrap_err();
    let code = error.as_database_error().and_then(|it| it.code()).unwrap_or_default();
    assert_eq!(code, "42501", "{error}");
}

/// Without row-level security, the conditions of the statements alone suffice.
#[tokio::test]
async fn reports_are_of_one_tenant_by_their_conditions_alone() {
    let stage = stage(6).await;
    let unbound = PgStore::new(stage.database.admin_pool()).allow_unbound_role();
    let bound = Store::new(stage.store.clone());
    for kept in [false, true] {
        let mut unbound = unbound.clone();
        if kept {
            unbound = unbound.with_read_models();
            for cx in [&stage.neighbour, &stage.cx] {
                unbound.refresh_read_models(cx.tenant(), cx.now()).await.unwrap();
            }
        }
        let unbound = Store::new(unbound);
        for window in windows() {
            let (_, computed) = both(&bound, &stage.cx, all_load(window)).await;
            let (reported, _) = both(&unbound, &stage.cx, all_load(window)).await;
            assert_eq!(reported, computed, "{window:?}");
            for org_unit_id in stage.units.iter().copied() {
                let report = UnitFinances { org_unit_id, during: window };
                let (_, computed) = both(&bound, &stage.cx, report.clone()).await;
                let (reported, _) = both(&unbound, &stage.cx, report).await;
                assert_eq!(reported, computed, "{window:?}");
            }
        }
        let report = StudentProgress { org_unit_id: None };
        let (_, computed) = both(&bound, &stage.cx, report.clone()).await;
        let (reported, _) = both(&unbound, &stage.cx, report).await;
        assert_eq!(reported, computed);
    }
}

fn all_load(window: TimeRange) -> TutorLoad {
    TutorLoad { org_unit_id: None, window }
}
