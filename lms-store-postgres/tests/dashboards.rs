//! The dashboard of a class: the right figures, in as many statements for many as for few, and on
//! PostgreSQL for a large course as for a small one.
use lms_core::{
    content::{ContentNode, Course, NodeKind, PublicationStatus},
    delivery::{ClassGroup, ClassMember, ClassMode, MemberStatus},
    identity::{Membership, MembershipKind},
    kernel::{Context, Id, LanguageTag, Percent, Scope},
    learning::{
        ClassFigures, ClassNodes, CompletionRule, Enrollment, EnrollmentStatus, GrantSource,
        NodeProgress, NodeRules, ProgressSpread, ProgressStatus, ViewClassDashboard,
    },
    store::{
        Backend, Query, Report, Store,
        testing::{CallCounts, Counting},
    },
    tenancy::CreateTenant,
};
use lms_store_memory::MemoryStore;
use lms_store_postgres::{PgStore, testing::TestServer};
use lms_testkit::TestContext;

fn percent(whole: i64) -> Percent {
    Percent::from_ten_thousandths(whole * 10_000).unwrap()
}

/// A class of so many: every second has opened the first lesson, every fourth is done with it,
/// and their scores in it are 20, 60, 20, 60, …; it asks for 50. One more left the class, and one
/// has no seat. The course has as many lessons more, which those who opened the first opened too.
async fn furnish(store: &Store, size: usize, more: usize) -> (Context, Id<ClassGroup>) {
    let cx = TestContext::new("dashboards").build();
    let slug = format!("school-{}", cx.tenant()).parse().unwrap();
    let command =
        CreateTenant::new("School".parse().unwrap(), slug, LanguageTag::new("en").unwrap());
    let scope = Scope::TenantAndPlatform(cx.tenant());
    let mut tx = store.begin_in(&cx, scope).await.unwrap();
    tx.run(command).await.unwrap();
    let owner = Membership::new(&cx, MembershipKind::Staff, "Ada".parse().unwrap());
    let mut course =
        Course::new(&cx, "Course".parse().unwrap(), "course".parse().unwrap(), owner.id);
    course.status = PublicationStatus::Published;
    let node = |slug: &str, status| {
        let (title, slug) = (slug.parse().unwrap(), slug.parse().unwrap());
        ContentNode { status, ..ContentNode::top(&cx, course.id, NodeKind::Lesson, title, slug) }
    };
    let mut nodes = vec![
        node("one", PublicationStatus::Published),
        node("two", PublicationStatus::Published),
        node("hidden", PublicationStatus::Draft),
    ];
    let other = |number| node(&format!("more-{number}"), PublicationStatus::Published);
    nodes.extend((0..more).map(other));
    for (node, position) in nodes.iter_mut().zip(0..) {
        node.position = position;
    }
    let mut rules = NodeRules::new(&cx, &nodes[0]);
    rules.completion = Some(CompletionRule::Score { least: percent(50) });
    let class = ClassGroup::new(&cx, course.id, "Class".parse().unwrap(), ClassMode::Online);
    tx.insert(&owner).await.unwrap();
    tx.insert(&course).await.unwrap();
    tx.insert_all(&nodes).await.unwrap();
    tx.insert(&rules).await.unwrap();
    tx.insert(&class).await.unwrap();
    let people: Vec<_> = (0..size + 2)
        .map(|_| Membership::new(&cx, MembershipKind::Student, "Ben".parse().unwrap()))
        .collect();
    let (mut members, mut enrollments, mut progress) = (Vec::new(), Vec::new(), Vec::new());
    for (number, person) in people.iter().enumerate() {
        let status = match number {
            it if it == size => MemberStatus::Left,
            it if it > size => MemberStatus::Waitlisted,
            _ => MemberStatus::Active,
        };
        members.push(ClassMember::new(&cx, class.id, person.id, status, number as i64 + 1));
        let mut enrollment = Enrollment::new(&cx, person.id, course.id, GrantSource::Class);
        if number % 2 == 0 {
            let mut opened = NodeProgress::opened(&cx, &enrollment, nodes[0].id);
            opened.best_score = Some(percent(if number % 4 == 0 { 60 } else { 20 }));
            enrollment.progress = percent(30);
            if number % 4 == 0 {
                opened.status = ProgressStatus::Completed;
                enrollment.progress = Percent::HUNDRED;
                enrollment.status = EnrollmentStatus::Completed;
            }
            progress.push(opened);
            let others = nodes.iter().skip(3);
            progress.extend(others.map(|it| NodeProgress::opened(&cx, &enrollment, it.id)));
        }
        enrollments.push(enrollment);
    }
    tx.insert_all(&people).await.unwrap();
    tx.insert_all(&members).await.unwrap();
    tx.insert_all(&enrollments).await.unwrap();
    tx.insert_all(&progress).await.unwrap();
    tx.commit().await.unwrap();
    (cx, class.id)
}

/// The dashboard of a class of so many, and how many statements it took.
async fn look(
    store: &Store,
    counts: &CallCounts,
    (size, more): (usize, usize),
) -> (ClassFigures, u64) {
    let (cx, class) = furnish(store, size, more).await;
    let mut tx = store.begin(&cx).await.unwrap();
    let before = counts.statements();
    let figures = tx.run(ViewClassDashboard { class_id: class }).await.unwrap();
    (figures, counts.statements() - before)
}

async fn check<B: Backend>(backend: B) {
    let (backend, counts) = Counting::new(backend);
    let store = Store::new(backend);
    let (few, for_few) = look(&store, &counts, (4, 0)).await;
    let (many, for_many) = look(&store, &counts, (500, 0)).await;
    assert_eq!(for_few, for_many, "as many statements for 4 as for 500");
    assert!(for_many <= 20, "{for_many}");
    for (figures, size) in [(few, 4_u64), (many, 500)] {
        assert_eq!((figures.students, figures.enrolled), (size, size));
        assert_eq!((figures.completed, figures.completion_rate), (size / 4, percent(25)));
        let spread = ProgressSpread {
            not_begun: size / 2,
            below_half: size / 4,
            half_or_more: 0,
            all_done: size / 4,
        };
        assert_eq!(figures.progress, spread);
        assert_eq!(figures.nodes.len(), 2, "the hidden one is not shown");
        let first = figures.nodes[0];
        assert_eq!((first.opened, first.completed), (size / 2, size / 4));
        assert_eq!((first.scored, first.short), (size / 2, size / 4));
        assert_eq!(figures.nodes[1].opened, 0);
        let mistakes = figures.common_mistakes(5);
        assert_eq!(mistakes, [first]);
    }
}

#[tokio::test]
async fn it_costs_the_same_for_few_and_many_in_memory() {
    check(MemoryStore::new()).await;
}

#[tokio::test]
async fn it_costs_the_same_for_few_and_many_on_postgresql() {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    check(PgStore::new(database.app_pool_of(2))).await;
}

#[tokio::test]
async fn on_postgresql_a_large_course_costs_what_a_small_one_does() {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let (backend, counts) = Counting::new(PgStore::new(database.app_pool_of(2)));
    let store = Store::new(backend);
    let (_, small) = look(&store, &counts, (20, 0)).await;
    let (figures, large) = look(&store, &counts, (20, 100)).await;
    assert_eq!(small, large, "as many statements for 2 lessons as for 102");
    assert_eq!(figures.nodes.len(), 102);
    assert!(figures.nodes.iter().skip(2).all(|it| it.opened == 10));
}

/// What PostgreSQL counts in one statement is what ordinary queries count.
#[tokio::test]
async fn nodes_are_counted_as_the_library_counts_them() {
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    let store = Store::new(PgStore::new(database.app_pool_of(2)));
    furnish(&store, 7, 3).await;
    let (cx, class_id) = furnish(&store, 9, 3).await;
    let mut tx = store.begin(&cx).await.unwrap();
    let nodes = tx.all(Query::<ContentNode>::all()).await.unwrap();
    for least in [0, 20, 21, 60, 100] {
        let asked = nodes.iter().map(|it| (it.id, percent(least))).collect();
        let report = ClassNodes { class_id, asked };
        let computed = report.compute(&mut tx).await.unwrap();
        assert_eq!(computed.len(), 4, "the second lesson and the hidden one were never opened");
        assert_eq!(tx.report(report).await.unwrap(), computed, "{least}");
    }
}
