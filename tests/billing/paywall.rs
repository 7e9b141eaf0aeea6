//! What a learner without a right is offered is what an order charges, and what was bought opens
//! by itself: rights and offers are found in what is stored.
use lms::{
    commerce::{
        Cancellation, Grant, Interval, Item, ItemKind, Order, OrderError, OrderLine, Package,
        PackageItem, PauseSubscription, PlaceOrder, Plan, PlanItem, PlanTerms, Price, SaleStatus,
    },
    content::{ContentNode, Course, NodeKind, Pricing, PublicationStatus},
    delivery::{Program, ProgramCourse},
    kernel::{Currency, Id, Money},
    learning::{
        Access, AccessRequest, CheckAccess, Denial, Enrollment, EnrollmentEvent, EnrollmentStatus,
        Offer, OpenNode, ProductKind,
    },
};

use crate::{
    transact,
    world::{World, at, title, usd},
};

crate::on_both!(
    each_offer_of_the_paywall_is_what_an_order_charges,
    what_only_a_plan_out_of_sale_includes_is_not_offered,
    a_course_that_is_published_later_opens_for_those_who_bought_its_program,
    a_learner_whom_staff_keep_out_stays_out_after_a_renewal,
    a_learner_who_left_a_course_of_the_plan_is_not_brought_back_by_a_renewal,
    what_is_not_published_is_not_sold,
    a_plan_is_not_sold_by_the_seat,
);

/// A published course with one lesson.
async fn course(world: &World, slug: &str, pricing: Pricing) -> (Course, ContentNode) {
    let cx = world.cx();
    let mut course = Course::new(&cx, title(slug), slug.parse().unwrap(), world.instructor.id);
    course.status = PublicationStatus::Published;
    course.pricing = pricing;
    world.save(&course).await;
    let lesson = "lesson".parse().unwrap();
    let mut lesson = ContentNode::top(&cx, course.id, NodeKind::Lesson, title("Lesson"), lesson);
    lesson.status = PublicationStatus::Published;
    world.save(&lesson).await;
    (course, lesson)
}

fn paid(price: i64) -> Pricing {
    Pricing::paid(usd(price), None).unwrap()
}

async fn checks(world: &World, lesson: &ContentNode) -> Access {
    let request = AccessRequest::new(world.student.id, lesson.id);
    let cx = world.cx_of(world.student);
    transact!(world, cx, |tx| tx.run(CheckAccess { request })).unwrap()
}

async fn opens(world: &World, lesson: &ContentNode) -> bool {
    let request = AccessRequest::new(world.student.id, lesson.id);
    let cx = world.cx_of(world.student);
    let open = OpenNode { request, time_zone: None };
    let (access, progress) = transact!(world, cx, |tx| tx.run(open)).unwrap();
    assert_eq!(access.is_granted(), progress.is_some());
    access.is_granted()
}

/// The student's order for one thing.
async fn orders(world: &World, item: Item, currency: Currency) -> Result<Order, OrderError> {
    let cx = world.cx_of(world.student);
    let command = PlaceOrder::new(world.student.id, vec![OrderLine::of(item)], currency);
    transact!(world, cx, |tx| tx.run(command))
}

async fn package(world: &World, slug: &str, price: Option<Money>, parts: &[Item]) -> Package {
    let cx = world.cx();
    let package = Package::new(&cx, title(slug), slug.parse().unwrap(), price);
    world.save(&package).await;
    for (part, position) in parts.iter().zip(0..) {
        world.save(&PackageItem::new(&cx, package.id, *part, position)).await;
    }
    package
}

/// A course at 49.00 with a forgotten entry of 10.00 in the price list and a price in euro, in a
/// program at 60.00, a package at 80.00 and two plans; a package and a plan out of sale.
async fn each_offer_of_the_paywall_is_what_an_order_charges(world: World) {
    let cx = world.cx();
    let (course, lesson) = course(&world, "course", paid(49_00)).await;
    let own = Item::of(ItemKind::Course, course.id);
    let euro = Money::from_minor(45_00, Currency::EUR);
    world.save(&Price::new(&cx, own, title("Course"), usd(10_00))).await;
    world.save(&Price::new(&cx, own, title("Course"), euro)).await;
    let program = Program::new(&cx, title("Program"));
    world.save(&program).await;
    world.save(&ProgramCourse::new(&cx, program.id, course.id, 0)).await;
    let program = Item::of(ItemKind::Program, program.id);
    world.save(&Price::new(&cx, program, title("Program"), usd(60_00))).await;
    let bundle = package(&world, "bundle", Some(usd(80_00)), &[program]).await;
    let mut gone = package(&world, "gone", Some(usd(5_00)), &[own]).await;
    gone.status = SaleStatus::Archived;
    transact!(world, cx, |tx| tx.update(&mut gone)).unwrap();
    let terms = PlanTerms::default();
    let listing = world.plan("listing", Some(Interval::MONTH), 9_99, terms.clone()).await;
    let bundled = Item::of(ItemKind::Package, bundle.id);
    world.save(&PlanItem::new(&cx, listing.id, bundled, 0)).await;
    let mut one = Plan::new(&cx, title("One"), "one".parse().unwrap(), None, usd(19_900));
    one.subject = program;
    world.save(&one).await;
    let mut old = Plan::new(&cx, title("Old"), "old".parse().unwrap(), None, usd(1_00));
    (old.subject, old.status) = (own, SaleStatus::Archived);
    world.save(&old).await;

    let Access::Offered { offers } = checks(&world, &lesson).await else { panic!() };
    let product = |product, id: uuid::Uuid, price| {
        let price = Some(usd(price));
        Offer::Product { product, product_id: id, price }
    };
    let wanted = [
        Offer::Buy { price: usd(49_00) },
        Offer::Buy { price: euro },
        product(ProductKind::Program, program.id, 60_00),
        product(ProductKind::Package, bundle.id.uuid(), 80_00),
        product(ProductKind::Plan, listing.id.uuid(), 9_99),
        product(ProductKind::Plan, one.id.uuid(), 19_900),
    ];
    assert_eq!(offers, wanted);
    for offer in offers {
        let (item, price) = match offer {
            Offer::Buy { price } => (own, price),
            Offer::Product { product: ProductKind::Program, product_id, price } => {
                (Item::new(ItemKind::Program, product_id), price.unwrap())
            }
            Offer::Product { product: ProductKind::Package, product_id, price } => {
                (Item::new(ItemKind::Package, product_id), price.unwrap())
            }
            Offer::Product { product_id, price, .. } => {
                (Item::new(ItemKind::Plan, product_id), price.unwrap())
            }
            other => panic!("{other:?}"),
        };
        let order = orders(&world, item, price.currency()).await.unwrap();
        assert_eq!(order.total, price, "{offer:?}");
    }
}

async fn what_only_a_plan_out_of_sale_includes_is_not_offered(world: World) {
    let (course, lesson) = course(&world, "course", Pricing::Subscription).await;
    let cx = world.cx();
    let mut plan = Plan::new(&cx, title("Plan"), "plan".parse().unwrap(), None, usd(1_00));
    plan.subject = Item::of(ItemKind::Course, course.id);
    plan.status = SaleStatus::Archived;
    world.save(&plan).await;
    let denied = Access::Denied { because: Denial::NothingOffered };
    assert_eq!(checks(&world, &lesson).await, denied);
}

/// A course that joins a program, package or plan reaches those who have it, and leaves them with
/// what gave it.
#[tokio::test]
async fn a_course_that_is_added_later_opens_and_closes_with_what_was_bought() {
    for through_program in [false, true] {
        let mut world = World::open().await;
        let cx = world.cx();
        let plan = world.plan("plan", Some(Interval::MONTH), 9_99, PlanTerms::default()).await;
        let program = Program::new(&cx, title("Program"));
        world.save(&program).await;
        if through_program {
            let item = Item::of(ItemKind::Program, program.id);
            world.save(&PlanItem::new(&cx, plan.id, item, 0)).await;
        }
        let it = world.subscribed(&plan).await;
        let (course, lesson) = course(&world, "later", Pricing::Subscription).await;
        let own = Item::of(ItemKind::Course, course.id);
        match through_program {
            true => world.save(&ProgramCourse::new(&cx, program.id, course.id, 0)).await,
            false => world.save(&PlanItem::new(&cx, plan.id, own, 0)).await,
        }
        assert!(checks(&world, &lesson).await.is_granted(), "shown before it is opened");
        assert!(world.all(Enrollment::of(world.student.id, course.id)).await.is_empty());
        assert!(opens(&world, &lesson).await && opens(&world, &lesson).await);
        assert_eq!(world.all(Grant::held(world.student.id, own)).await.len(), 1, "given once");
        assert_eq!(world.all(Enrollment::of(world.student.id, course.id)).await.len(), 1);

        world.set(at("2024-02-10T09:00:00Z"));
        let cx = world.cx_of(world.student);
        let pause = PauseSubscription { subscription: it.id, until: None };
        transact!(world, cx, |tx| tx.run(pause)).map(drop).unwrap();
        assert!(!opens(&world, &lesson).await, "it rests with its plan");
        let cx = world.cx_of(world.student);
        let cancel =
            lms::commerce::CancelSubscription { subscription: it.id, how: Cancellation::Now };
        transact!(world, cx, |tx| tx.run(cancel)).map(drop).unwrap();
        assert!(!opens(&world, &lesson).await);
    }
}

/// A course that was a draft when it was sold as part of a program opens once it is published.
async fn a_course_that_is_published_later_opens_for_those_who_bought_its_program(world: World) {
    let cx = world.cx();
    let (mut course, lesson) = course(&world, "course", paid(49_00)).await;
    course.status = PublicationStatus::Draft;
    transact!(world, cx, |tx| tx.update(&mut course)).unwrap();
    let program = Program::new(&cx, title("Program"));
    world.save(&program).await;
    world.save(&ProgramCourse::new(&cx, program.id, course.id, 0)).await;
    let program = Item::of(ItemKind::Program, program.id);
    world.save(&Price::new(&cx, program, title("Program"), usd(60_00))).await;
    let order = orders(&world, program, Currency::USD).await.unwrap();
    world.pay(order.id).await;
    assert!(!opens(&world, &lesson).await);
    course.status = PublicationStatus::Published;
    transact!(world, cx, |tx| tx.update(&mut course)).unwrap();
    assert!(opens(&world, &lesson).await);
}

/// Staff keep a subscriber out: no renewal, and no other look at the same right, lets them in.
async fn a_learner_whom_staff_keep_out_stays_out_after_a_renewal(mut world: World) {
    let cx = world.cx();
    let plan = world.plan("plan", Some(Interval::MONTH), 9_99, PlanTerms::default()).await;
    let (course, lesson) = course(&world, "course", Pricing::Subscription).await;
    let own = Item::of(ItemKind::Course, course.id);
    world.save(&PlanItem::new(&cx, plan.id, own, 0)).await;
    let it = world.subscribed(&plan).await;
    let mut kept = world.all(Enrollment::live(world.student.id, course.id)).await.remove(0);
    kept.status = kept.status.apply(EnrollmentEvent::Suspend).unwrap();
    kept.kept_out_at = Some(cx.now());
    transact!(world, cx, |tx| tx.update(&mut kept)).unwrap();
    assert!(!opens(&world, &lesson).await);
    world.tick_at("2024-02-26T09:00:00Z").await;
    let bill = world.waiting(&it).await.unwrap();
    world.pay(bill.id).await;
    world.tick_at("2024-03-01T09:00:00Z").await;
    assert_eq!(world.get(kept.id).await.status, EnrollmentStatus::Suspended);
    assert!(!opens(&world, &lesson).await);
}

/// A learner who leaves a course of their plan is not brought back into it by the next bill.
async fn a_learner_who_left_a_course_of_the_plan_is_not_brought_back_by_a_renewal(
    mut world: World,
) {
    let cx = world.cx();
    let plan = world.plan("plan", Some(Interval::MONTH), 9_99, PlanTerms::default()).await;
    let (course, lesson) = course(&world, "course", Pricing::Subscription).await;
    let own = Item::of(ItemKind::Course, course.id);
    world.save(&PlanItem::new(&cx, plan.id, own, 0)).await;
    let it = world.subscribed(&plan).await;
    let mut left = world.all(Enrollment::live(world.student.id, course.id)).await.remove(0);
    left.status = left.status.apply(EnrollmentEvent::Drop).unwrap();
    transact!(world, cx, |tx| tx.update(&mut left)).unwrap();
    world.tick_at("2024-02-26T09:00:00Z").await;
    let bill = world.waiting(&it).await.unwrap();
    world.pay(bill.id).await;
    world.tick_at("2024-03-01T09:00:00Z").await;
    assert_eq!(world.get(left.id).await.status, EnrollmentStatus::Dropped);
    assert!(opens(&world, &lesson).await, "who opens it again is in it again");
    assert_eq!(world.get(left.id).await.status, EnrollmentStatus::Active);
}

/// Nothing that is not there for learners is sold, whatever the price list says.
async fn what_is_not_published_is_not_sold(world: World) {
    let cx = world.cx();
    for status in PublicationStatus::ALL.iter().copied() {
        let slug = status.as_str().replace('_', "-");
        let (mut course, _) = course(&world, &slug, paid(49_00)).await;
        course.status = status;
        transact!(world, cx, |tx| tx.update(&mut course)).unwrap();
        let own = Item::of(ItemKind::Course, course.id);
        let certificate = Item::of(ItemKind::Certificate, course.id);
        for item in [own, certificate] {
            world.save(&Price::new(&cx, item, title("Course"), usd(10_00))).await;
        }
        let bundle = package(&world, &format!("with-{slug}"), Some(usd(5_00)), &[own]).await;
        let bundle = Item::of(ItemKind::Package, bundle.id);
        let mut plan =
            Plan::new(&cx, title("Plan"), format!("plan-{slug}").parse().unwrap(), None, usd(1_00));
        plan.subject = own;
        world.save(&plan).await;
        for item in [own, certificate, bundle, plan.item()] {
            let order = orders(&world, item, Currency::USD).await;
            let sold = status == PublicationStatus::Published;
            assert_eq!(order.is_ok(), sold, "{status} {item}");
            if let Err(error) = order {
                assert!(matches!(error, OrderError::NotForSale { .. }), "{error}");
            }
        }
        let command = lms::commerce::Subscribe {
            subscriber: world.student.id,
            payer: world.student.id,
            plan: plan.id,
        };
        let cx = world.cx_of(world.student);
        let subscribed = transact!(world, cx, |tx| tx.run(command));
        assert_eq!(subscribed.is_ok(), status == PublicationStatus::Published, "{status}");
    }
    let (mut deleted, _) = course(&world, "deleted", paid(49_00)).await;
    let own = Item::of(ItemKind::Course, deleted.id);
    world.save(&Price::new(&cx, own, title("Course"), usd(10_00))).await;
    transact!(world, cx, |tx| tx.delete(&mut deleted)).unwrap();
    assert!(orders(&world, own, Currency::USD).await.is_err(), "deleted");
}

/// Seats let several people in, and a plan is for one: a pack of seats would never end.
async fn a_plan_is_not_sold_by_the_seat(world: World) {
    let plan = world.plan("plan", Some(Interval::MONTH), 9_99, PlanTerms::default()).await;
    let cx = world.cx_of(world.student);
    let lines = vec![OrderLine::seats(plan.item(), 2)];
    let command = PlaceOrder::new(world.student.id, lines, Currency::USD);
    let refused = transact!(world, cx, |tx| tx.run(command)).unwrap_err();
    assert!(matches!(refused, OrderError::SeatsOfPlan), "{refused}");
}

/// Nobody hands in rights: a request with any is not read.
#[test]
fn a_request_that_brings_its_own_rights_is_refused() {
    let id = Id::<ContentNode>::from_uuid(uuid::Uuid::from_u128(7));
    let plain = format!(r#"{{"learner_id":"{id}","node_id":"{id}"}}"#);
    assert!(serde_json::from_str::<AccessRequest>(&plain).is_ok());
    for brought in [
        r#""entitlements":[{"source":"subscription","starts_at":"2024-01-01T00:00:00Z"}]"#,
        r#""entitlements":[]"#,
        r#""products":[]"#,
    ] {
        let text = format!(r#"{{"learner_id":"{id}","node_id":"{id}",{brought}}}"#);
        assert!(serde_json::from_str::<AccessRequest>(&text).is_err(), "{brought}");
        let operation = format!(r#"{{"request":{text}}}"#);
        assert!(serde_json::from_str::<CheckAccess>(&operation).is_err(), "{brought}");
    }
}
