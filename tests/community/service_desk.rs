//! Requests and the inventory: who may, what happens, what is refused.

use super::{others, start};
use crate::school::{School, title};
use lms::{
    content::Prose,
    identity::MembershipKind,
    kernel::{DomainError as _, ErrorKind},
    operations::{
        AddItem, AdjustQuantity, AssignRequest, ChangeRequest, Condition, InventoryCategory,
        InventoryItem, KeepItem, OpenRequest, RemoveItem, RequestEvent, RequestKind,
        RequestPriority, RequestStatus, ServiceRequest, SetCondition,
    },
    outbox::Message,
    store::Query,
};

#[tokio::test]
async fn a_request_goes_from_whoever_asks_to_those_who_run_the_unit() {
    let (store, test) = start("requests");
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let north = school.north.id;
    let head = school.supervisor("north@a.example", north).await;
    let asker = school.person("asker@a.example", MembershipKind::Student, Some(north)).await;
    let command = OpenRequest {
        org_unit_id: north,
        kind: RequestKind::It,
        details: Prose::new("The projector is dark.").unwrap(),
        priority: RequestPriority::High,
    };
    refused!(school, [stranger, nobody], |tx| tx.run(command.clone()));
    let request = run!(school, asker.cx, |tx| tx.run(command)).unwrap();
    assert_eq!((request.status, request.requested_by), (RequestStatus::Open, asker.member.id));

    let id = request.id;
    refused!(school, [asker.cx, student, south, stranger, nobody], |tx| {
        tx.run(AssignRequest { request_id: id, assigned_to_id: Some(head.member.id) })
    });
    let to_a_student = run!(school, head.cx, |tx| {
        tx.run(AssignRequest { request_id: id, assigned_to_id: Some(asker.member.id) })
    });
    assert_eq!(to_a_student.unwrap_err().kind(), ErrorKind::Invalid);
    let request = run!(school, head.cx, |tx| {
        tx.run(AssignRequest { request_id: id, assigned_to_id: Some(head.member.id) })
    })
    .unwrap();
    assert_eq!(request.assigned_to, Some(head.member.id));

    use RequestEvent as E;
    refused!(school, [asker.cx, student, south, stranger, nobody], |tx| {
        tx.run(ChangeRequest { request_id: id, event: E::Start })
    });
    refused!(school, [student, south, stranger, nobody], |tx| {
        tx.run(ChangeRequest { request_id: id, event: E::Close })
    });
    for (who, event, status) in [
        (&head, E::Start, RequestStatus::InProgress),
        (&head, E::Resolve, RequestStatus::Resolved),
        (&asker, E::Reopen, RequestStatus::InProgress),
        (&head, E::Resolve, RequestStatus::Resolved),
        (&asker, E::Close, RequestStatus::Closed),
    ] {
        let request =
            run!(school, who.cx, |tx| tx.run(ChangeRequest { request_id: id, event })).unwrap();
        assert_eq!(request.status, status);
    }
    let again =
        run!(school, head.cx, |tx| tx.run(ChangeRequest { request_id: id, event: E::Start }));
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Conflict);

    let mut tx = school.store.begin(&school.system).await.unwrap();
    let closed = ServiceRequest::in_unit(north, RequestStatus::Closed);
    assert_eq!(tx.count(closed).await.unwrap(), 1);
    assert_eq!(tx.count(ServiceRequest::asked_by(asker.member.id)).await.unwrap(), 1);
    let told = Query::filter(Message::SUBJECT_ID.eq(id.uuid()));
    assert_eq!(tx.count(told).await.unwrap(), 7);
}

#[tokio::test]
async fn an_inventory_is_kept_by_those_who_run_the_unit_and_never_falls_below_nothing() {
    let (store, test) = start("inventory");
    let school = School::open(&store, &test).await;
    let [student, south, stranger, nobody] = others(&store, &test, &school).await;
    let head = school.supervisor("north@a.example", school.north.id).await;
    let command = KeepItem {
        org_unit_id: school.north.id,
        name: title("Chairs"),
        category: InventoryCategory::Furniture,
        quantity: 10,
        condition: Condition::Good,
    };
    refused!(school, [student, south, stranger, nobody], |tx| {
        tx.run(AddItem { item: command.clone() })
    });
    let chairs = run!(school, head.cx, |tx| tx.run(AddItem { item: command })).unwrap().id;
    refused!(school, [student, south, stranger, nobody], |tx| {
        tx.run(AdjustQuantity { item_id: chairs, change: 1 })
    });
    let left = run!(school, head.cx, |tx| tx.run(AdjustQuantity { item_id: chairs, change: -10 }))
        .unwrap();
    assert_eq!(left.quantity, 0);
    let error = run!(school, head.cx, |tx| tx.run(AdjustQuantity { item_id: chairs, change: -1 }))
        .unwrap_err();
    assert_eq!(error.to_string(), "the inventory has 0; a change by -1 is not possible");
    refused!(school, [student, south, stranger, nobody], |tx| {
        tx.run(SetCondition { item_id: chairs, condition: Condition::Broken })
    });
    let broken = run!(school, head.cx, |tx| tx
        .run(SetCondition { item_id: chairs, condition: Condition::Broken }));
    assert_eq!(broken.unwrap().condition, Condition::Broken);
    refused!(school, [student, south, stranger, nobody], |tx| tx
        .run(RemoveItem { item_id: chairs }));
    run!(school, head.cx, |tx| tx.run(RemoveItem { item_id: chairs })).unwrap();
    let mut tx = school.store.begin(&school.system).await.unwrap();
    let unit = school.north.id;
    assert_eq!(tx.count(InventoryItem::of_unit(unit)).await.unwrap(), 0);
    assert_eq!(tx.count(InventoryItem::of_unit(unit).with_deleted()).await.unwrap(), 1);
}
