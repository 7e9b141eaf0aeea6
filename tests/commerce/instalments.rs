//! Orders that are paid in parts.
use lms::{
    commerce::{
        CompleteRefundByHand, Grant, GrantStatus, Instalment, InstalmentStatus, InstalmentTerms,
        Interval, Item, ItemKind, Order, OrderError, OrderItem, OrderLine, OrderStatus,
        PassInstalmentsDue, Payment, PaymentError, PaymentMethod, PlaceOrder, RefundAccess,
        RefundLine, RequestRefund, StartPayment,
    },
    kernel::{Currency, Id, Money},
    store::PageSize,
};

use crate::{
    journal,
    orders::{capture, tell},
    school::{School, usd},
    transact,
};

fn terms(weights: &[u32]) -> InstalmentTerms {
    InstalmentTerms { weights: weights.to_vec(), every: Interval::MONTH, grace_days: 3 }
}

async fn order_in(school: &School, items: &[Item], weights: &[u32]) -> Result<Order, OrderError> {
    let cx = school.cx_of(school.student);
    let lines = items.iter().copied().map(OrderLine::of).collect();
    let mut command = PlaceOrder::new(school.student.id, lines, Currency::USD);
    command.instalments = Some(terms(weights));
    transact!(school, cx, |tx| tx.run(command))
}

async fn start(school: &School, order: &Order, amount: Money) -> Result<Payment, PaymentError> {
    let cx = school.cx_of(school.student);
    let mut command = StartPayment::of(order.id, PaymentMethod::Cash);
    command.amount = Some(amount);
    transact!(school, cx, |tx| tx.run(command))
}

async fn pay(school: &School, order: &Order, key: &str, amount: Money) {
    let payment = start(school, order, amount).await.unwrap();
    tell(school, payment.id, vec![capture(key, amount.minor(), school)]).await;
}

async fn pass(school: &School) -> usize {
    let cx = school.cx();
    transact!(school, cx, |tx| tx.run(PassInstalmentsDue { due: PageSize::MAX.into() })).unwrap()
}

/// Finance gives that much of a line back, by hand; its access ends.
async fn give_back(school: &School, order: &Order, item: Id<OrderItem>, amount: Money) {
    let cx = school.cx_of(school.finance);
    let line = RefundLine { item, amount: Some(amount), access: Some(RefundAccess::EndNow) };
    let command = RequestRefund { order: order.id, lines: vec![line], note: None };
    for refund in transact!(school, cx, |tx| tx.run(command)).unwrap() {
        let done = CompleteRefundByHand { refund: refund.id };
        transact!(school, cx, |tx| tx.run(done)).unwrap();
    }
}

async fn standing(school: &School, order: &Order) -> Vec<InstalmentStatus> {
    school.all(Instalment::of_order(order.id)).await.iter().map(|it| it.status).collect()
}

#[tokio::test]
async fn the_first_part_gives_access_and_an_overdue_one_lets_it_rest() {
    use InstalmentStatus::{Open, Overdue, Paid};
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(10_001)).await;
    let order = order_in(&school, &[course], &[2, 1, 1]).await.unwrap();
    assert_eq!(order.due_first, usd(5_001));
    let dates: Vec<String> = school
        .all(Instalment::of_order(order.id))
        .await
        .iter()
        .map(|it| it.due_at.date().to_string())
        .collect();
    // Placed on 31 January: from the anchor, never from the clamped date.
    assert_eq!(dates, ["2024-01-31", "2024-02-29", "2024-03-31"]);

    pay(&school, &order, "a", usd(5_000)).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Pending);
    pay(&school, &order, "b", usd(1)).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    assert!(school.has_access(course).await);
    assert_eq!(standing(&school, &order).await, [Paid, Open, Open]);
    journal::check(&school).await;

    let in_time = school.later(24 * 31);
    assert_eq!(pass(&in_time).await, 0);
    let late = school.later(24 * 33);
    assert_eq!(pass(&late).await, 1);
    assert_eq!(pass(&late).await, 0, "what was marked is not due again");
    journal::check(&late).await;
    assert_eq!(pass(&late.later(24 * 7)).await, 1, "it is recalled each week");
    assert_eq!(pass(&late.later(24 * 7)).await, 0);
    assert_eq!(standing(&late, &order).await, [Paid, Overdue, Open]);
    assert!(!late.has_access(course).await);
    let grant = late.all(Grant::of_holder(late.student.id)).await.remove(0);
    assert_eq!(grant.status, GrantStatus::Suspended);

    pay(&late, &order, "c", usd(2_500)).await;
    assert_eq!(standing(&late, &order).await, [Paid, Paid, Open]);
    assert!(late.has_access(course).await);
    pay(&late, &order, "d", usd(2_500)).await;
    assert_eq!(standing(&late, &order).await, [Paid, Paid, Paid]);
    assert_eq!(pass(&late.later(24 * 400)).await, 0);
    journal::check(&late).await;
}

/// Two courses at 60.00 and 40.00 in four parts of 25.00. What is refunded of one is not asked for
/// again by the parts, so that access to the other goes on.
#[tokio::test]
async fn a_refunded_line_leaves_less_to_pay() {
    use InstalmentStatus::{Open, Paid};
    let school = School::open().await;
    let dear = school.sells(ItemKind::Course, usd(60_00)).await;
    let cheap = school.sells(ItemKind::Course, usd(40_00)).await;
    let order = order_in(&school, &[dear, cheap], &[1, 1, 1, 1]).await.unwrap();
    pay(&school, &order, "a", usd(75_00)).await;
    assert_eq!(standing(&school, &order).await, [Paid, Paid, Paid, Open]);
    let cheap_line = school.items(&order).await.remove(1).id;
    give_back(&school, &order, cheap_line, usd(40_00)).await;
    assert_eq!(standing(&school, &order).await, [Paid, Paid, Paid, Open]);
    assert!(!school.has_access(cheap).await);

    let later = school.later(24 * 65);
    assert_eq!(pass(&later).await, 0, "three parts of the four are covered");
    assert!(later.has_access(dear).await);
    // 60.00 for the course that is left, of which 75.00 less 40.00 are paid.
    let more_than_due = start(&later, &order, usd(25_01)).await;
    assert!(matches!(more_than_due, Err(PaymentError::AmountOutOfRange)), "{more_than_due:?}");
    pay(&later, &order, "b", usd(25_00)).await;
    assert_eq!(standing(&later, &order).await, [Paid; 4]);
    let nothing_due = start(&later, &order, usd(1)).await;
    assert!(matches!(nothing_due, Err(PaymentError::AmountOutOfRange)), "{nothing_due:?}");
    assert_eq!(pass(&later.later(24 * 400)).await, 0);
    assert!(later.has_access(dear).await);
    journal::check(&later).await;
}

#[tokio::test]
async fn parts_of_nothing_are_refused() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let free = school.sells(ItemKind::Course, usd(0)).await;
    for (item, weights) in
        [(course, vec![]), (course, vec![1, 0]), (course, vec![1; 61]), (free, vec![1, 1])]
    {
        let refused = order_in(&school, &[item], &weights).await;
        assert!(matches!(refused, Err(OrderError::Instalments { .. })), "{refused:?}");
    }
}
