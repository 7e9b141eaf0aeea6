//! The life of a subscription, cell by cell: what happens, where the subscription stands then, and
//! whether the lesson of a course that it includes opens. It is the diagram of the source schema
//! (purchase, cancel, payment failed, pause, resubscribe, retry, resume, end, grace ends), and the
//! money that a bank takes back.
use lms::{
    commerce::{
        CancelSubscription, Cancellation, Interval, Item, ItemKind, Order, Package, PackageItem,
        PauseSubscription, Payment, PaymentFact, PaymentStatus, PlanItem, PlanTerms, Resubscribe,
        ResumeSubscription, Returned, Subscription, SubscriptionStatus, UndoCancellation,
    },
    content::{ContentNode, Course, NodeKind, Pricing, PublicationStatus},
    delivery::{Program, ProgramCourse},
    kernel::Id,
    learning::{AccessRequest, CheckAccess, Enrollment, EnrollmentEvent, OpenNode},
    memory::MemoryStore,
    store::{Query, Store},
};

use crate::{
    transact,
    world::{World, at, database, title},
};

use SubscriptionStatus::{Active, Cancelled, Expired, PastDue, Paused};

/// What happens in a cell.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// The order is placed and not paid.
    Order,
    /// What waits for money is paid.
    Pay,
    /// Time passes, and no worker runs.
    Wait,
    /// Time passes, and the worker runs.
    Tick,
    Pause(Option<&'static str>),
    Resume,
    Cancel(Cancellation),
    Undo,
    /// The subscriber wants it back, and pays what that costs.
    Resubscribe,
    /// The bank takes the latest payment back.
    ChargeBack,
}

/// When, what, where the subscription stands then, whether the lesson opens.
type Cell = (&'static str, Act, Option<SubscriptionStatus>, bool);

const START: &str = "2024-01-31T09:00:00Z";

/// The diagram's paths; every one begins with a purchase.
fn paths() -> Vec<(&'static str, Vec<Cell>)> {
    use Act::{Cancel, ChargeBack, Pause, Pay, Resubscribe, Resume, Tick, Undo, Wait};
    vec![
        (
            "subscription ends",
            vec![
                ("2024-02-10T09:00:00Z", Cancel(Cancellation::AtPeriodEnd), Some(Active), true),
                ("2024-02-29T08:59:59Z", Wait, Some(Active), true),
                ("2024-02-29T09:00:00Z", Wait, Some(Active), false),
                ("2024-02-29T09:00:00Z", Tick, Some(Cancelled), false),
                ("2024-03-01T09:00:00Z", Resubscribe, Some(Active), true),
                ("2024-03-31T08:00:00Z", Tick, Some(Active), true),
            ],
        ),
        (
            "cancellation taken back",
            vec![
                ("2024-02-10T09:00:00Z", Cancel(Cancellation::AtPeriodEnd), Some(Active), true),
                ("2024-02-11T09:00:00Z", Undo, Some(Active), true),
                ("2024-03-01T09:00:00Z", Tick, Some(PastDue), true),
            ],
        ),
        (
            "cancelled at once",
            vec![
                ("2024-02-10T09:00:00Z", Cancel(Cancellation::Now), Some(Cancelled), false),
                ("2024-02-11T09:00:00Z", Resubscribe, Some(Active), true),
                ("2024-02-12T09:00:00Z", Cancel(Cancellation::Now), Some(Cancelled), false),
                ("2024-02-29T09:00:00Z", Tick, Some(Cancelled), false),
            ],
        ),
        (
            "cancelled with a refund",
            vec![
                (
                    "2024-02-10T09:00:00Z",
                    Cancel(Cancellation::NowWithRefund),
                    Some(Cancelled),
                    false,
                ),
                ("2024-02-11T09:00:00Z", Tick, Some(Cancelled), false),
                ("2024-02-12T09:00:00Z", Resubscribe, Some(Active), true),
            ],
        ),
        (
            "payment failed, retried after the grace",
            vec![
                ("2024-02-29T09:00:00Z", Tick, Some(PastDue), true),
                ("2024-03-07T08:59:59Z", Wait, Some(PastDue), true),
                ("2024-03-07T09:00:00Z", Wait, Some(PastDue), false),
                ("2024-03-07T09:00:00Z", Tick, Some(Expired), false),
                ("2024-03-20T12:00:00Z", Pay, Some(Active), true),
                ("2024-04-20T12:00:00Z", Tick, Some(PastDue), true),
                ("2024-05-30T12:00:00Z", Tick, Some(Expired), false),
                ("2025-05-30T12:00:00Z", Tick, Some(Expired), false),
            ],
        ),
        (
            "payment failed, retried within the grace",
            vec![
                ("2024-03-02T09:00:00Z", Tick, Some(PastDue), true),
                ("2024-03-03T09:00:00Z", Pay, Some(Active), true),
                ("2024-03-07T09:00:00Z", Tick, Some(Active), true),
                ("2024-03-31T09:00:00Z", Tick, Some(PastDue), true),
            ],
        ),
        (
            "paused and resumed",
            vec![
                ("2024-02-10T09:00:00Z", Pause(None), Some(Paused), false),
                ("2024-02-15T09:00:00Z", Tick, Some(Paused), false),
                ("2024-02-20T09:00:00Z", Resume, Some(Active), true),
                ("2024-03-10T09:00:00Z", Tick, Some(PastDue), true),
                ("2024-03-17T09:00:00Z", Tick, Some(Expired), false),
            ],
        ),
        (
            "paused until a day",
            vec![
                ("2024-02-10T09:00:00Z", Pause(Some("2024-02-20T09:00:00Z")), Some(Paused), false),
                ("2024-02-20T08:59:59Z", Tick, Some(Paused), false),
                ("2024-02-20T09:00:00Z", Tick, Some(Active), true),
            ],
        ),
        (
            "paused for too long",
            vec![
                ("2024-02-10T09:00:00Z", Pause(None), Some(Paused), false),
                ("2024-05-10T09:00:00Z", Tick, Some(Expired), false),
                ("2024-05-20T09:00:00Z", Resubscribe, Some(Active), true),
            ],
        ),
        (
            "paused and cancelled",
            vec![
                ("2024-02-10T09:00:00Z", Pause(None), Some(Paused), false),
                ("2024-02-11T09:00:00Z", Cancel(Cancellation::Now), Some(Cancelled), false),
                ("2024-02-12T09:00:00Z", Resubscribe, Some(Active), true),
            ],
        ),
        (
            "charged back and paid again",
            vec![
                ("2024-02-10T09:00:00Z", ChargeBack, Some(PastDue), false),
                ("2024-02-11T09:00:00Z", Resubscribe, Some(Active), true),
                ("2024-02-12T09:00:00Z", ChargeBack, Some(PastDue), false),
                ("2024-02-19T09:00:00Z", Tick, Some(Expired), false),
                ("2034-02-19T09:00:00Z", Tick, Some(Expired), false),
            ],
        ),
        (
            "charged back while paused",
            vec![
                ("2024-02-10T09:00:00Z", Pause(None), Some(Paused), false),
                ("2024-02-11T09:00:00Z", ChargeBack, Some(PastDue), false),
                ("2024-02-12T09:00:00Z", Resubscribe, Some(Active), true),
            ],
        ),
    ]
}

/// How a plan includes the course.
#[derive(Clone, Copy, Debug)]
enum Includes {
    Course,
    Listed,
    Package,
    Program,
    ListedPackageOfProgram,
}

const INCLUDES: [Includes; 5] = [
    Includes::Course,
    Includes::Listed,
    Includes::Package,
    Includes::Program,
    Includes::ListedPackageOfProgram,
];

/// A student, a plan, and a lesson of the course that the plan includes.
struct Scene {
    world: World,
    plan: lms::commerce::Plan,
    course: Course,
    lesson: ContentNode,
}

impl Scene {
    async fn open(store: Store, includes: Includes, interval: Option<Interval>) -> Self {
        let world = World::open_on(store, START).await;
        let cx = world.cx();
        let mut course =
            Course::new(&cx, title("Course"), "course".parse().unwrap(), world.instructor.id);
        course.status = PublicationStatus::Published;
        course.pricing = Pricing::Subscription;
        world.save(&course).await;
        let slug = "lesson".parse().unwrap();
        let mut lesson = ContentNode::top(&cx, course.id, NodeKind::Lesson, title("Lesson"), slug);
        lesson.status = PublicationStatus::Published;
        world.save(&lesson).await;
        let mut plan = lms::commerce::Plan::new(
            &cx,
            title("Plan"),
            "plan".parse().unwrap(),
            interval,
            crate::world::usd(9_99),
        );
        plan.terms = PlanTerms::default();
        let own = Item::of(ItemKind::Course, course.id);
        let listed = match includes {
            Includes::Course => {
                plan.subject = own;
                None
            }
            Includes::Listed => Some(own),
            Includes::Package => {
                plan.subject = package(&world, own).await;
                None
            }
            Includes::Program => {
                plan.subject = program(&world, course.id).await;
                None
            }
            Includes::ListedPackageOfProgram => {
                Some(package(&world, program(&world, course.id).await).await)
            }
        };
        world.save(&plan).await;
        if let Some(listed) = listed {
            world.save(&PlanItem::new(&cx, plan.id, listed, 0)).await;
        }
        Self { world, plan, course, lesson }
    }

    async fn subscription(&self) -> Option<Subscription> {
        let all = self.world.all(Subscription::of_subscriber(self.world.student.id)).await;
        all.into_iter().max_by_key(|it| (it.status.is_live(), it.id))
    }

    /// Whether the lesson opens: what is shown and what happens agree.
    async fn opens(&self) -> bool {
        let world = &self.world;
        let request = AccessRequest::new(world.student.id, self.lesson.id);
        let cx = world.cx_of(world.student);
        let check = CheckAccess { request };
        let shown = transact!(world, cx, |tx| tx.run(check)).unwrap();
        let open = OpenNode { request, time_zone: None };
        let (opened, progress) = transact!(world, cx, |tx| tx.run(open)).unwrap();
        assert_eq!(shown.is_granted(), opened.is_granted());
        assert_eq!(opened.is_granted(), progress.is_some(), "{opened:?}");
        opened.is_granted()
    }

    async fn act(&mut self, act: Act) {
        let world = &mut self.world;
        let cx = world.cx_of(world.student);
        if let Act::Order = act {
            world.order(&self.plan).await;
            return;
        }
        if let Act::Tick = act {
            world.tick_at(&world.now().to_string()).await;
            return;
        }
        if let Act::Pay = act {
            let orders: Vec<Order> = world.all(Query::all()).await;
            let order = orders.into_iter().find(|it| it.status.is_open()).unwrap();
            world.pay(order.id).await;
            return;
        }
        if let Act::ChargeBack = act {
            return self.charge_back().await;
        }
        let Some(subscription) = self.subscription().await.map(|it| it.id) else { return };
        let world = &self.world;
        match act {
            Act::Pause(until) => {
                let until = until.map(at);
                let pause = PauseSubscription { subscription, until };
                transact!(world, cx, |tx| tx.run(pause)).map(drop).unwrap();
            }
            Act::Resume => {
                let resume = ResumeSubscription { subscription };
                transact!(world, cx, |tx| tx.run(resume)).map(drop).unwrap();
            }
            Act::Cancel(how) => {
                let staff = world.cx_of(world.finance);
                let cancel = CancelSubscription { subscription, how };
                transact!(world, staff, |tx| tx.run(cancel)).map(drop).unwrap();
            }
            Act::Undo => {
                let undo = UndoCancellation { subscription };
                transact!(world, cx, |tx| tx.run(undo)).map(drop).unwrap();
            }
            Act::Resubscribe => {
                let again = Resubscribe { subscription };
                let back = transact!(world, cx, |tx| tx.run(again)).unwrap();
                if let Returned::Waiting(order) = back {
                    world.pay(order.id).await;
                }
            }
            Act::Order | Act::Pay | Act::Wait | Act::Tick | Act::ChargeBack => {}
        }
    }

    async fn charge_back(&self) {
        let world = &self.world;
        let mut payments: Vec<Payment> = world.all(Query::all()).await;
        payments.retain(|it| it.status == PaymentStatus::Completed);
        let last = payments.into_iter().max_by_key(|it| it.id).unwrap();
        let key = format!("dispute:{}", last.id);
        let reverse = PaymentFact::Reverse { key, amount: last.captured, of: None };
        world.tell(last.id, reverse).await;
    }

    async fn check(&mut self, name: &str, cells: &[Cell]) {
        let before = [
            (START, Act::Order, None, false),
            (START, Act::Pay, Some(Active), true),
            ("2024-02-09T09:00:00Z", Act::Tick, Some(Active), true),
        ];
        for (when, act, status, opens) in before.iter().chain(cells).copied() {
            self.world.set(at(when));
            self.act(act).await;
            let place = format!("{name}: {act:?} at {when}");
            let stands = self.subscription().await.map(|it| it.status);
            assert_eq!(stands, status, "{place}");
            assert_eq!(self.opens().await, opens, "{place}");
        }
    }
}

async fn package(world: &World, part: Item) -> Item {
    let cx = world.cx();
    let package = Package::new(&cx, title("Package"), "package".parse().unwrap(), None);
    world.save(&package).await;
    world.save(&PackageItem::new(&cx, package.id, part, 0)).await;
    Item::of(ItemKind::Package, package.id)
}

async fn program(world: &World, course: Id<Course>) -> Item {
    let cx = world.cx();
    let program = Program::new(&cx, title("Program"));
    world.save(&program).await;
    world.save(&ProgramCourse::new(&cx, program.id, course, 0)).await;
    Item::of(ItemKind::Program, program.id)
}

const MONTH: Option<Interval> = Some(Interval::MONTH);

fn memory() -> Store {
    Store::new(MemoryStore::new())
}

#[tokio::test]
async fn each_cell_of_the_diagram_opens_and_closes_the_lesson() {
    for includes in INCLUDES {
        for (name, cells) in paths() {
            let mut scene = Scene::open(memory(), includes, MONTH).await;
            scene.check(&format!("{name}, {includes:?}"), &cells).await;
        }
    }
}

/// The most that a plan includes by, on the server.
#[tokio::test]
async fn on_postgresql_each_cell_of_the_diagram_goes_the_same() {
    for (name, cells) in paths() {
        let database = database().await;
        let store = Store::new(database.store());
        let mut scene = Scene::open(store, Includes::ListedPackageOfProgram, MONTH).await;
        scene.check(name, &cells).await;
    }
}

#[tokio::test]
async fn a_plan_for_life_that_is_charged_back_is_closed_ten_years_later() {
    for includes in INCLUDES {
        let mut scene = Scene::open(memory(), includes, None).await;
        let cells = [
            ("2024-02-10T09:00:00Z", Act::ChargeBack, Some(PastDue), false),
            ("2034-02-10T09:00:00Z", Act::Wait, Some(PastDue), false),
            ("2034-02-10T09:00:00Z", Act::Tick, Some(Expired), false),
        ];
        scene.check(&format!("{includes:?}"), &cells).await;
    }
}

/// Who completed the course reads on in it; so completion must not outlast what is paid.
#[tokio::test]
async fn a_course_that_was_completed_closes_with_its_subscription_and_opens_with_it() {
    let pause = [
        ("2024-02-10T09:00:00Z", Act::Pause(None), Some(Paused), false),
        ("2024-02-20T09:00:00Z", Act::Resume, Some(Active), true),
        ("2024-02-21T09:00:00Z", Act::Cancel(Cancellation::Now), Some(Cancelled), false),
        ("2024-02-22T09:00:00Z", Act::Resubscribe, Some(Active), true),
        ("2024-03-11T09:00:00Z", Act::Tick, Some(PastDue), true),
        ("2024-03-20T09:00:00Z", Act::Tick, Some(Expired), false),
    ];
    let mut scene = Scene::open(memory(), Includes::Listed, MONTH).await;
    scene.check("not completed", &[]).await;
    let live = Enrollment::live(scene.world.student.id, scene.course.id);
    let mut done = scene.world.all(live).await.remove(0);
    done.status = done.status.apply(EnrollmentEvent::Complete).unwrap();
    let cx = scene.world.cx();
    transact!(scene.world, cx, |tx| tx.update(&mut done)).unwrap();
    for (when, act, status, opens) in pause {
        scene.world.set(at(when));
        scene.act(act).await;
        let stands = scene.subscription().await.map(|it| it.status);
        assert_eq!((stands, scene.opens().await), (status, opens), "{act:?} at {when}");
    }
}
