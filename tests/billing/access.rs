//! What another source gives survives a subscription.
use lms::commerce::{
    AccessSource, AccessSourceKind, CancelSubscription, Cancellation, Grant, Interval, Item,
    ItemKind, PlanItem, PlanTerms, SetPlanItems,
};
use uuid::Uuid;

use crate::{transact, world::World};

#[tokio::test]
async fn a_plan_gives_what_it_lists_and_takes_only_its_own_back() {
    let world = World::open().await;
    let terms = PlanTerms::default();
    let plan = world.plan("monthly", Some(Interval::MONTH), 9_99, terms).await;
    let [bought, other] = [1, 2].map(|id| Item::new(ItemKind::Course, Uuid::from_u128(id)));
    let cx = world.cx_of(world.finance);
    let items = vec![bought, other, bought];
    let listed = transact!(world, cx, |tx| tx.run(SetPlanItems { plan: plan.id, items })).unwrap();
    assert_eq!(listed.len(), 2, "each once");
    assert_eq!(world.all(PlanItem::of_plan(plan.id)).await.len(), 2);
    let source = AccessSource::new(AccessSourceKind::Manual, Uuid::from_u128(9));
    world.save(&Grant::new(&world.cx(), world.student.id, bought, source)).await;

    let it = world.subscribed(&plan).await;
    assert!(world.has_access(bought).await && world.has_access(other).await);
    let cx = world.cx_of(world.student);
    let how = Cancellation::Now;
    transact!(world, cx, |tx| tx.run(CancelSubscription { subscription: it.id, how })).unwrap();
    assert!(world.has_access(bought).await, "bought by itself");
    assert!(!world.has_access(other).await);
}
