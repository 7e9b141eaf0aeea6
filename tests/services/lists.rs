//! What a list shows is what the reader may see, record by record: for every kind of record, every
//! relation, and roles of every reach for every kind of place.
use std::collections::BTreeSet;

use lms::{
    assessment::{
        Assessment,
        assignment::Submission,
        attempt::{
            Attempt, AttemptFilter, AttemptLimits, CountedAttempts, ListAttempts, MarkAnswer,
            Score, ViewItemStatistics,
        },
        bank::QuestionBank,
        gradebook::CourseGrade,
        grading::ManualMark,
        question::Question,
    },
    authorization::{
        Effect, Listed, Permission, PermissionPattern, Reach, RoleKey, RoleLevel, RoleLine,
        authorize_list, is_permitted_on,
    },
    commerce::{
        Item, ItemKind, LedgerEntry, ListOrders, ListPayments, Order, OrderFilter, OrderItem,
        Payment, PaymentFilter, PaymentMethod, Subscription, Voucher, WalletAccount,
    },
    content::{Course, FileAsset, Material},
    delivery::{ClassGroup, Program, Session, SessionParticipant},
    identity::{
        AssignRole, AssignmentScope, CreateRole, FindMembers, ListMembers, Membership,
        MembershipKind, UnassignRole,
    },
    kernel::{Context, Id, Scope},
    learning::{Enrollment, EnrollmentFilter, GrantSource, LedCourse, ListEnrollments},
    memory::MemoryStore,
    operation::Operation,
    operations::{InventoryItem, ServiceRequest},
    recognition::{
        Badge, BadgeAward, Certificate, CertificateFilter, CertificateNumber, ListCertificates,
        PointsEntry,
    },
    store::{
        Page, PageSize, Query, Store, Transaction,
        testing::{CallCounts, Counting},
    },
    tenancy::OrgUnit,
};
use lms_store_postgres::testing::TestServer;
use uuid::Uuid;

use crate::{
    authority::{Cast, with_room},
    exam_table::Exams,
    world::{Who, World, title},
};

/// Whether the reader may see a record: by its own subject, or by another one.
macro_rules! may {
    ($tx:ident, $permission:ident, $record:expr) => {
        is_permitted_on($tx, Permission::$permission, $record).await.unwrap()
    };
    ($tx:ident, $permission:ident, $record:expr, $subject:expr) => {{
        let subject = $subject;
        subject($tx, Permission::$permission, $record).await
    }};
}

/// Compares the list of a kind with the answers for each record of it.
macro_rules! compare {
    ($found:ident, $tx:ident, $($kind:ty: $permission:ident $(by $subject:expr)?;)+) => {
        $({
            let all = $tx.all(Query::<$kind>::all()).await.unwrap();
            assert!(!all.is_empty(), "there is no {}", <$kind as lms::store::Record>::TABLE);
            let listed = listed::<$kind>($tx, Permission::$permission).await;
            for record in all {
                let may = may!($tx, $permission, &record $(, $subject)?);
                if may != listed.contains(&record.id) {
                    $found.push(format!("{} {}: may {may}", Permission::$permission, record.id));
                }
            }
        })+
    };
}

/// The records of a kind that the reader's list holds; none where it is refused.
async fn listed<R: Listed>(tx: &mut Transaction, permission: Permission) -> BTreeSet<Id<R>> {
    match authorize_list::<R>(tx, permission).await {
        Ok(query) => tx.all(query).await.unwrap().iter().map(R::id).collect(),
        Err(refused) => {
            assert!(!matches!(refused, lms::authorization::AuthorizationError::Store(_)));
            BTreeSet::new()
        }
    }
}

async fn may_edit(tx: &mut Transaction, permission: Permission, course: &Course) -> bool {
    is_permitted_on(tx, permission, &LedCourse(course.id)).await.unwrap()
}

/// A subscription is seen by who uses it and by who pays it.
async fn uses_or_pays(tx: &mut Transaction, permission: Permission, it: &Subscription) -> bool {
    use lms::authorization::Subject;
    let subscriber = Subject::of(it.subscriber_id);
    is_permitted_on(tx, permission.clone(), it).await.unwrap()
        || is_permitted_on(tx, permission, &subscriber).await.unwrap()
}

/// Where the list of a reader and the answers for each record differ.
async fn differences(store: &Store, cx: &Context) -> Vec<String> {
    let scope = Scope::TenantAndPlatform(cx.tenant());
    let mut tx = store.begin_in(cx, scope).await.unwrap();
    let tx = &mut tx;
    let mut found = Vec::new();
    compare! { found, tx,
        Membership: MEMBERS_VIEW;
        OrgUnit: UNITS_VIEW;
        Course: COURSES_VIEW_DRAFTS by may_edit;
        Material: MATERIALS_VIEW;
        FileAsset: FILES_VIEW;
        Program: PROGRAMS_VIEW;
        ClassGroup: CLASSES_VIEW;
        Session: SESSIONS_VIEW;
        SessionParticipant: ATTENDANCE_VIEW;
        Enrollment: ENROLLMENTS_VIEW;
        Order: ORDERS_VIEW;
        Payment: PAYMENTS_VIEW;
        Subscription: SUBSCRIPTIONS_VIEW by uses_or_pays;
        WalletAccount: WALLETS_VIEW;
        Voucher: VOUCHERS_VIEW;
        LedgerEntry: LEDGER_VIEW;
        Assessment: TESTS_VIEW;
        QuestionBank: QUESTIONS_VIEW;
        Question: QUESTIONS_VIEW;
        Attempt: ATTEMPTS_VIEW;
        Score: TESTS_GRADE;
        Submission: SUBMISSIONS_GRADE;
        CourseGrade: GRADEBOOK_VIEW;
        Certificate: CERTIFICATES_VIEW;
        Badge: BADGES_VIEW;
        BadgeAward: PROGRESS_VIEW;
        PointsEntry: POINTS_VIEW;
        ServiceRequest: REQUESTS_VIEW;
        InventoryItem: INVENTORY_VIEW;
    }
    found
}

async fn relations_agree(store: Store) {
    let cast = Cast::open(store).await;
    for relation in &cast.relations {
        let found = differences(&cast.world.store, &relation.cx).await;
        assert!(found.is_empty(), "{}: {found:#?}", relation.heading);
    }
}

#[test]
fn every_relation_is_listed_what_it_may_see() {
    with_room(|| relations_agree(Store::new(MemoryStore::new())));
}

#[test]
fn every_relation_is_listed_what_it_may_see_on_postgres() {
    with_room(|| async {
        let database = TestServer::shared().await.unwrap().database().await.unwrap();
        relations_agree(Store::new(database.store())).await;
    });
}

fn line(effect: Effect, reach: Reach) -> RoleLine {
    RoleLine { effect, pattern: PermissionPattern::from_static("*"), reach }
}

/// Roles of every reach, and those that take a reach away again.
fn roles() -> Vec<(String, Vec<RoleLine>)> {
    let allowed =
        Reach::ALL.iter().map(|reach| (format!("may_{reach}"), vec![line(Effect::Allow, *reach)]));
    // A line of one reach is there once: it allows or it denies.
    let denied = Reach::ALL.iter().filter(|it| **it != Reach::All).map(|reach| {
        let lines = vec![line(Effect::Allow, Reach::All), line(Effect::Deny, *reach)];
        (format!("not_{reach}"), lines)
    });
    allowed.chain(denied).collect()
}

fn places(world: &World) -> [(AssignmentScope, Option<Uuid>); 5] {
    [
        (AssignmentScope::Tenant, None),
        (AssignmentScope::Unit, Some(world.north.id.uuid())),
        (AssignmentScope::Unit, Some(world.south.id.uuid())),
        (AssignmentScope::Course, Some(world.courses().published.id.uuid())),
        (AssignmentScope::Class, Some(world.things().class.id.uuid())),
    ]
}

async fn roles_agree(store: Store) {
    let cast = Cast::open(store).await;
    let world = &cast.world;
    let (store, system) = (&world.store, &world.system);
    let people = [
        (Who::Teacher, world.teacher.id()),
        (Who::Learner, world.learner.id()),
        (Who::Guardian, world.guardian.id()),
    ];
    for (key, lines) in roles() {
        let key = RoleKey::new(&key).unwrap();
        let name = title(key.as_str());
        let role = CreateRole { key, name, scope: RoleLevel::Class, needs_place: false, lines };
        let role = act!(store, system, |tx| tx.run(role)).unwrap();
        for (scope, scope_id) in places(world) {
            for (who, membership_id) in people {
                let give = AssignRole { membership_id, role_id: role.id, scope, scope_id };
                let given = act!(store, system, |tx| tx.run(give)).unwrap();
                let found = differences(store, &world.cx(who)).await;
                assert!(found.is_empty(), "{who:?} with `{}` for {scope}: {found:#?}", role.key);
                let take = UnassignRole { assignment_id: given.id };
                act!(store, system, |tx| tx.run(take)).unwrap();
            }
        }
    }
}

#[test]
fn roles_of_every_reach_and_place_are_listed_what_they_may_see() {
    with_room(|| roles_agree(Store::new(MemoryStore::new())));
}

/// Every permission of the catalogue is asked by an operation: a permission that is given and
/// never asked promises an administrator what does not hold.
#[test]
fn every_permission_is_asked_by_an_operation() {
    let all = lms::operations();
    let asked: BTreeSet<_> = all.iter().flat_map(|it| it.access.permissions()).collect();
    // `upload_file` takes the host's storage, and so is a function.
    let is_asked = |it: &Permission| asked.contains(it) || *it == Permission::FILES_UPLOAD;
    let unasked: Vec<_> = Permission::CATALOGUE
        .iter()
        .filter(|it| !is_asked(&it.permission))
        .map(|it| it.permission.as_str())
        .collect();
    assert!(unasked.is_empty(), "no operation asks for {unasked:?}");
}

/// The rows that a page of each list is counted with.
async fn crowd(world: &World) {
    let cx = &world.system;
    let course = world.courses().published.id;
    let test = world.exams().exam.id;
    let price = lms::kernel::Money::from_minor(100, lms::kernel::Currency::USD);
    let mut tx = world.store.begin(cx).await.unwrap();
    for number in 0..50_u32 {
        let name = title(&format!("Learner {number}"));
        let member = Membership::new(cx, MembershipKind::Student, name);
        let order = Order::new(cx, 1_000 + i64::from(number), member.id, price.currency());
        let item = Item { kind: ItemKind::Course, id: course.uuid() };
        let line = OrderItem::new(cx, &order, item, price);
        let payment = Payment::new(cx, &order, PaymentMethod::Cash, price);
        let enrollment = Enrollment::new(cx, member.id, course, GrantSource::Manual);
        let number = CertificateNumber::new(&format!("N-{number}")).unwrap();
        let certificate = Certificate::new(cx, member.id, course, number);
        let attempt = Attempt::new(cx, test, member.id, 1, &AttemptLimits::NONE);
        tx.insert(&member).await.unwrap();
        tx.insert(&order).await.unwrap();
        tx.insert(&line).await.unwrap();
        tx.insert(&payment).await.unwrap();
        tx.insert(&enrollment).await.unwrap();
        tx.insert(&certificate).await.unwrap();
        tx.insert(&attempt).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// How many statements an operation takes, and how many rows it answers.
async fn cost<O, R>(world: &World, counts: &CallCounts, who: Who, page: O) -> (u64, usize)
where
    O: Operation<Answer = Page<R>>,
{
    let cx = world.cx(who);
    let mut tx = world.store.begin_in(&cx, Scope::Tenant(cx.tenant())).await.unwrap();
    let before = counts.statements();
    let answer = tx.run(page).await.unwrap_or_else(|_| panic!("{} is refused", O::NAME));
    (counts.statements() - before, answer.items.len())
}

/// A page of one and a page of fifty take the same statements, for every reader.
macro_rules! fixed_number {
    ($world:ident, $counts:ident, $who:expr; $($list:ident $filter:ident),+ $(,)?) => {
        $({
            let page = |size| $list { filter: $filter::default(), size: PageSize::new(size), after: None };
            let (one, rows) = cost(&$world, &$counts, $who, page(1)).await;
            assert_eq!(rows, 1, "{}", stringify!($list));
            let (many, rows) = cost(&$world, &$counts, $who, page(50)).await;
            assert_eq!(rows, 50, "{}", stringify!($list));
            assert_eq!(one, many, "{} by {:?}", stringify!($list), $who);
        })+
    };
}

async fn statements_of_pages() {
    let (counting, counts) = Counting::new(MemoryStore::new());
    let mut world = World::open(Store::new(counting)).await;
    world.exams = Some(Exams::make(&world).await);
    crowd(&world).await;
    fixed_number! { world, counts, Who::Admin;
        FindMembers ListMembers, ListOrders OrderFilter, ListPayments PaymentFilter,
        ListEnrollments EnrollmentFilter, ListCertificates CertificateFilter,
        ListAttempts AttemptFilter,
    }
    fixed_number! { world, counts, Who::Teacher;
        ListEnrollments EnrollmentFilter, ListCertificates CertificateFilter,
        ListAttempts AttemptFilter,
    }
}

#[test]
fn a_page_of_fifty_takes_the_statements_of_a_page_of_one() {
    with_room(statements_of_pages);
}

async fn statistics_of_marked_attempts() {
    let mut world = World::open(Store::new(MemoryStore::new())).await;
    world.exams = Some(Exams::make(&world).await);
    let (store, admin, teacher) = (&world.store, world.cx(Who::Admin), world.cx(Who::Teacher));
    let assessment_id = world.exams().exam.id;
    let view = ViewItemStatistics { assessment_id, counted: CountedAttempts::First };
    let before = act!(store, teacher, |tx| tx.run(view.clone())).unwrap();
    assert_eq!(before.statistics.candidates, 0, "the essay waits for its mark");
    let mark = MarkAnswer {
        attempt_id: world.exams().handed_in.id,
        question_id: world.exams().essay.id,
        mark: Some(ManualMark::new("2".parse().unwrap())),
    };
    act!(store, admin, |tx| tx.run(mark)).unwrap();
    let found = act!(store, teacher, |tx| tx.run(view)).unwrap();
    assert_eq!((found.statistics.candidates, found.left_out), (1, 0));
    let prompts: Vec<_> = found.questions.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(prompts, ["Is it?", "Why?"]);
    let facility: Vec<_> = found.statistics.items.iter().map(|it| it.facility).collect();
    assert_eq!(facility, [Some(1.0), Some(0.5)]);
    assert_eq!(found.statistics.items[0].distractors[0].count, 1);
}

#[test]
fn statistics_come_from_the_attempts_that_are_marked() {
    with_room(statistics_of_marked_attempts);
}
