//! Who is shown what by lists and views: a row is allowed where the answer holds the learner's
//! thing, or the thing of the learner's course, class or school.
use lms::{
    assessment::{attempt::*, authoring::*, bank::*, gradebook::*, proctoring::*},
    commerce::*,
    content::*,
    delivery::*,
    engagement::{Comment, CommentOn, ListComments},
    kernel::{DomainError, EntityRef, ErrorKind},
    learning::*,
    memory::MemoryStore,
    operations::*,
    recognition::*,
    store::{PageSize, Store},
    tenancy::*,
};

use crate::{
    authority::with_room,
    exam_table::Exams,
    shop::Shop,
    table::{Refusal, Service, check_in, outcome},
    world::{World, title},
};

const MOST: PageSize = PageSize::MAX;

/// An answer in which the learner's thing is not.
#[derive(Debug)]
struct NotShown;

impl std::fmt::Display for NotShown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it is not in the answer")
    }
}

impl std::error::Error for NotShown {}

impl DomainError for NotShown {
    fn code(&self) -> &'static str {
        "test.not_shown"
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::NotFound
    }
}

fn shown<T, E: DomainError>(
    answer: Result<T, E>,
    has: impl FnOnce(T) -> bool,
) -> Result<(), Refusal> {
    match answer {
        Ok(answer) => outcome(has(answer).then_some(()).ok_or(NotShown)),
        Err(error) => outcome::<(), _>(Err(error)),
    }
}

/// Rows: an operation, what its answer is to hold, and who is shown it.
macro_rules! views {
    (
        |$w:ident, $cx:ident|
        $($name:ident[$operation:expr] has $has:expr, by $by:ident, not $refused:ident;)+
    ) => {
        vec![$(Service {
            name: stringify!($name),
            by: crate::world::Who::$by,
            refused: crate::table::$refused,
            elsewhere: crate::table::Elsewhere::Missing,
            call: |$w, $cx, tx| Box::pin(async move {
                let _ = ($w, $cx);
                let answer = tx.run($operation).await;
                shown(answer, $has)
            }),
        }),+]
    };
}

/// A list of everything that the reader may see.
macro_rules! list {
    ($name:ident, $filter:ident { $($field:ident: $value:expr),* $(,)? }) => {
        $name { filter: $filter { $($field: $value,)* ..$filter::default() }, size: MOST, after: None }
    };
}

pub(crate) fn rows() -> Vec<Service> {
    let mut rows = selling();
    rows.extend(learning());
    rows.extend(testing());
    rows.extend(belonging());
    rows.extend(running());
    rows
}

/// What the learner has earned, said and asked for besides.
pub(crate) async fn furnish(world: &World) {
    let (cx, learner, course) = (&world.system, world.learner.id(), world.courses().published.id);
    let number = CertificateNumber::new("C-1").unwrap();
    let mut certificate = Certificate::new(cx, learner, course, number);
    // A later one may take its place.
    certificate.status = CertificateStatus::Renewed;
    let about = EntityRef::to(Course::ENTITY, course);
    let words = || Prose::new("Words.").unwrap();
    let comment = Comment::new(cx, learner, about, words());
    let points = PointsEntry::new(cx, learner, 5, None);
    let request = ServiceRequest::new(cx, world.north.id, learner, RequestKind::It, words());
    let category = InventoryCategory::ALL[0];
    let item = InventoryItem::new(cx, world.north.id, title("Chair"), category, 3);
    let session = world.things().session.id;
    let mut part = SessionParticipant::new(cx, session, learner, ParticipantRole::Learner);
    part.attendance = Some(AttendanceStatus::Present);
    let mut tx = world.store.begin(cx).await.unwrap();
    tx.insert(&certificate).await.unwrap();
    tx.insert(&comment).await.unwrap();
    tx.insert(&points).await.unwrap();
    tx.insert(&request).await.unwrap();
    tx.insert(&item).await.unwrap();
    let known = SessionParticipant::SESSION_ID
        .eq(session)
        .and(SessionParticipant::PARTICIPANT_ID.eq(learner));
    if !tx.exists(lms::store::Query::filter(known)).await.unwrap() {
        tx.insert(&part).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn selling() -> Vec<Service> {
    views! { |w, cx|
        list_orders[list!(ListOrders, OrderFilter { buyer_id: Some(w.learner.id()) })]
            has |it| it.items.iter().any(|it| it.id == w.shop().sales.bought.id), by Learner, not OUTSIDERS;
        list_payments[list!(ListPayments, PaymentFilter {})]
            has |it| it.items.iter().any(|it| it.id == w.shop().sales.transfer.id), by Learner, not OUTSIDERS;
        list_subscriptions[list!(ListSubscriptions, SubscriptionFilter {})]
            has |it| it.items.iter().any(|it| it.id == w.shop().plans.active.id), by Learner, not OUTSIDERS;
        list_wallets[list!(ListWallets, WalletFilter { holder_id: Some(w.learner.id()) })]
            has |it| !it.items.is_empty(), by Learner, not OUTSIDERS;
        list_vouchers[list!(ListVouchers, VoucherFilter {})]
            has |it| it.items.iter().any(|it| it.id == w.shop().sales.voucher.id), by Admin, not ALL;
        list_ledger_entries[list!(ListLedgerEntries, LedgerFilter {})]
            has |it| !it.items.is_empty(), by Admin, not ALL;
        view_unit_finances[ViewUnitFinances { org_unit_id: w.north.id, during: w.hour(1) }]
            has |_| true, by Admin, not ALL;
    }
}

fn learning() -> Vec<Service> {
    views! { |w, cx|
        list_courses[list!(ListCourses, CourseFilter { status: Some(PublicationStatus::Draft) })]
            has |it| it.items.iter().any(|it| it.id == w.courses().draft.id), by Teacher, not NOT_STAFF;
        list_materials[list!(ListMaterials, MaterialFilter {})]
            has |it| it.items.iter().any(|it| it.id == w.things().material.id), by Teacher, not NOT_STAFF;
        list_files[list!(ListFiles, FileFilter {})]
            has |it| it.items.iter().any(|it| it.id == w.things().file.id), by Learner, not OUTSIDERS;
        list_programs[list!(ListPrograms, ProgramFilter {})]
            has |it| it.items.iter().any(|it| it.id == w.things().program.id), by Learner, not OUTSIDERS;
        list_classes[list!(ListClasses, ClassFilter { student_id: Some(w.learner.id()) })]
            has |it| it.items.iter().any(|it| it.id == w.things().class.id), by Learner, not ALL;
        list_sessions[list!(ListSessions, SessionFilter { student_id: Some(w.learner.id()) })]
            has |it| it.items.iter().any(|it| it.id == w.things().session.id), by Learner, not ALL;
        list_attendance[list!(ListAttendance, AttendanceFilter { participant_id: Some(w.learner.id()) })]
            has |it| !it.items.is_empty(), by Learner, not OUTSIDERS;
        list_enrollments[list!(ListEnrollments, EnrollmentFilter {})]
            has |it| it.items.iter().any(|it| it.id == w.things().enrollment.id), by Learner, not OUTSIDERS;
        view_student_progress[ViewStudentProgress { org_unit_id: Some(w.north.id) }]
            has |it| it.iter().any(|it| it.learner_id == w.learner.id()), by Admin, not ALL;
        view_tutor_load[ViewTutorLoad { org_unit_id: Some(w.north.id), window: w.hour(1) }]
            has |_| true, by Admin, not ALL;
    }
}

fn testing() -> Vec<Service> {
    views! { |w, cx|
        list_assessments[list!(ListAssessments, AssessmentFilter { course_id: Some(w.courses().published.id) })]
            has |it| it.items.iter().any(|it| it.id == w.exams().exam.id), by Teacher, not NOT_STAFF;
        list_questions[list!(ListQuestions, QuestionFilter { assessment_id: Some(w.exams().exam.id) })]
            has |it| it.items.iter().any(|it| it.id == w.exams().choice.id), by Teacher, not NOT_STAFF;
        list_attempts[list!(ListAttempts, AttemptFilter { learner_id: Some(w.learner.id()) })]
            has |it| it.items.iter().any(|it| it.id == w.exams().handed_in.id), by Learner, not OUTSIDERS;
        view_item_statistics[ViewItemStatistics { assessment_id: w.exams().exam.id, counted: CountedAttempts::First }]
            has |it| it.questions.len() == 2, by Teacher, not ALL;
        list_course_grades[ListCourseGrades {
            course_id: w.courses().published.id,
            filter: CourseGradeFilter::default(),
            size: MOST,
            after: None,
        }] has |it| it.lines.items.iter().any(|it| it.learner.id == w.learner.id()), by Teacher, not NOT_STAFF;
        list_proctoring[ListProctoring {
            assessment_id: w.exams().exam.id,
            filter: ProctoringFilter::default(),
            size: MOST,
            after: None,
        }] has |it| it.items.iter().any(|it| it.attempt_id == w.exams().running.id), by Admin, not ALL;
        view_marking_queue[ViewMarkingQueue { assessment_id: w.exams().exam.id, limit: MOST, after: None }]
            has |it| it.items.iter().any(|it| it.attempt_id == w.exams().handed_in.id), by Teacher, not ALL;
        list_submissions_to_mark[lms::assessment::assignment::ListSubmissionsToMark { assignment_id: w.exams().assignment.id }]
            has |it| it.iter().any(|it| it.learner_id == w.learner.id()), by Teacher, not ALL;
    }
}

fn belonging() -> Vec<Service> {
    views! { |w, cx|
        list_certificates[list!(ListCertificates, CertificateFilter { learner_id: Some(w.learner.id()) })]
            has |it| !it.items.is_empty(), by Learner, not OUTSIDERS;
        list_badges[list!(ListBadges, BadgeFilter {})]
            has |it| it.items.iter().any(|it| it.id == w.exams().badge.id), by Other, not OUTSIDERS;
        list_badge_awards[list!(ListBadgeAwards, BadgeAwardFilter { learner_id: Some(w.learner.id()) })]
            has |it| it.items.iter().any(|it| it.badge.id == w.exams().second_badge.id), by Learner, not OUTSIDERS;
        list_points[ListPoints {
            filter: PointsFilter { learner_id: Some(w.learner.id()) },
            size: MOST,
            after: None,
        }]
            has |it| !it.items.is_empty(), by Learner, not OUTSIDERS;
        view_points[ViewPoints { learner_id: w.learner.id() }] has |it| it == 5, by Learner, not OUTSIDERS;
        list_comments[ListComments { on: CommentOn::Course(w.courses().published.id), size: MOST, after: None }]
            has |it| it.items.iter().any(|it| it.author.id == w.learner.id()), by Other, not OUTSIDERS;
        list_requests[list!(ListRequests, RequestFilter {})]
            has |it| it.items.iter().any(|it| it.requested_by.id == w.learner.id()), by Learner, not OUTSIDERS;
        list_inventory[list!(ListInventory, InventoryFilter {})]
            has |it| it.items.iter().any(|it| it.org_unit.id == w.north.id), by Admin, not NOT_STAFF;
    }
}

fn running() -> Vec<Service> {
    views! { |w, cx|
        list_tenants[list!(ListTenants, TenantFilter {})]
            has |it| it.items.iter().any(|it| it.id == Tenant::id_of(w.system.tenant())), by Root, not TENANT;
        list_units[list!(ListUnits, UnitFilter {})]
            has |it| it.items.iter().any(|it| it.id == w.north.id), by Learner, not OUTSIDERS;
        view_settings[ViewSettings {}]
            has |it| it.stamp.tenant_id == w.system.tenant(), by Admin, not ALL;
    }
}

/// A school that teaches, tests and sells.
async fn open() -> World {
    let mut world = World::open(Store::new(MemoryStore::new())).await;
    world.exams = Some(Exams::make(&world).await);
    world.shop = Some(Shop::make(&world).await);
    furnish(&world).await;
    world
}

#[test]
fn who_may_see_is_shown_and_who_may_not_is_refused() {
    with_room(|| check_in(rows(), open));
}
