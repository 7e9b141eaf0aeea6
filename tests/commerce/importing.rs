//! Orders that another system took, with what their payments were told.
use lms::{
    commerce::{
        ImportOrder, ImportOrderError, ImportedLine, ImportedPayment, Item, ItemKind, Order,
        OrderStatus, Payment, PaymentFact, PaymentMethod, PaymentStatus, RecordPaymentFacts,
        RefundRegister, TaxRate,
    },
    kernel::{DomainError as _, Timestamp},
};

use crate::{
    journal,
    school::{School, at, title, usd},
    transact,
};

fn day(day: u8) -> Timestamp {
    at(&format!("2023-12-{day:02}T10:00:00Z"))
}

/// An order of 125.00 that was paid at a gateway on 2 December 2023, with access for 30 days.
fn old_order(school: &School, course: Item, number: i64) -> ImportOrder {
    ImportOrder {
        number,
        buyer: school.student.id,
        placed_at: day(1),
        lines: vec![ImportedLine {
            item: course,
            title: title("Italian A1"),
            learner: None,
            seats: 1,
            price: usd(11_000),
            net: usd(10_000),
            tax: usd(2_500),
            tax_rate: Some(TaxRate::on_top("25".parse().unwrap())),
            access_days: None,
        }],
        payments: vec![ImportedPayment {
            method: PaymentMethod::Gateway,
            gateway: Some("stripe/main".to_owned()),
            provider_ref: Some(format!("pi_{number}")),
            amount: usd(12_500),
            facts: vec![captured(number)],
        }],
    }
}

fn captured(number: i64) -> PaymentFact {
    PaymentFact::Capture { key: format!("ch_{number}"), amount: usd(12_500), at: day(2) }
}

async fn imports(school: &School, command: ImportOrder) -> Result<Order, ImportOrderError> {
    let cx = school.cx_of(school.finance);
    transact!(school, cx, |tx| tx.run(command))
}

/// The next webhook repeats what is known and adds to it; it undoes nothing.
#[tokio::test]
async fn an_imported_payment_stands_after_its_next_webhook() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(12_500)).await;
    let order = imports(&school, old_order(&school, course, 41)).await.unwrap();
    assert_eq!((order.status, order.number), (OrderStatus::Completed, 41));
    assert_eq!((order.subtotal, order.discount), (usd(11_000), usd(1_000)));
    assert_eq!((order.tax, order.total), (usd(2_500), usd(12_500)));
    assert_eq!(order.completed_at, Some(day(1)));
    assert!(school.has_access(course).await);
    let payment = school.all(Payment::by_provider_ref("stripe/main", "pi_41")).await.remove(0);
    assert_eq!((payment.status, payment.paid_at), (PaymentStatus::Completed, Some(day(2))));

    let cx = school.cx();
    let part = RefundRegister::Succeeded;
    let refund = PaymentFact::Refund { key: "re_1".into(), amount: usd(2_500), register: part };
    let authorized = PaymentFact::Authorise { at: day(1) };
    for facts in [vec![captured(41)], vec![authorized], vec![refund]] {
        let command = RecordPaymentFacts { payment: payment.id, facts, source: "evt".into() };
        transact!(school, cx, |tx| tx.run(command)).unwrap();
        let order = school.checked(&order).await;
        assert_eq!(order.status, OrderStatus::Completed);
        assert!(school.has_access(course).await);
    }
    let payment = school.get(payment.id).await;
    assert_eq!((payment.captured, payment.refunded), (usd(12_500), usd(2_500)));
    journal::check(&school).await;
}

/// New orders go on after the highest number that was imported, whichever comes first.
#[tokio::test]
async fn numbers_go_on_after_those_that_were_imported() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(12_500)).await;
    assert_eq!(school.order(&[course]).await.number, 1);
    for number in [41, 7] {
        imports(&school, old_order(&school, course, number)).await.unwrap();
    }
    assert_eq!(school.order(&[course]).await.number, 42);
    let twice = ImportOrder { payments: Vec::new(), ..old_order(&school, course, 7) };
    let twice = imports(&school, twice).await.unwrap_err();
    assert!(matches!(twice, ImportOrderError::NumberTaken { number: 7 }), "{twice}");
    let same = ImportOrder { number: 8, ..old_order(&school, course, 7) };
    let same = imports(&school, same).await.unwrap_err();
    assert!(matches!(same, ImportOrderError::PaymentKnown { .. }), "{same}");
    assert_eq!(school.order(&[course]).await.number, 43, "what was refused took no number");
}

/// An order that was never paid is what its facts say, and expires as any other.
#[tokio::test]
async fn an_imported_order_is_what_its_facts_say() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(12_500)).await;
    let mut failed = old_order(&school, course, 5);
    failed.payments[0].facts = vec![PaymentFact::Fail { at: day(2) }];
    let failed = imports(&school, failed).await.unwrap();
    assert_eq!(failed.status, OrderStatus::Failed);
    assert!(!school.has_access(course).await);
    let report = lms::commerce::tick(&school.store, &school.cx()).await.unwrap();
    assert_eq!(report.failed, []);
    assert_eq!(school.checked(&failed).await.status, OrderStatus::Expired);
}

#[tokio::test]
async fn an_order_that_cannot_have_been_is_refused() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(12_500)).await;
    let good = old_order(&school, course, 5);
    let line = good.lines[0].clone();
    let plan = Item { kind: ItemKind::Plan, ..course };
    let attempt = good.payments[0].clone();
    let bad = [
        ("number", ImportOrder { number: 0, ..good.clone() }),
        ("number", ImportOrder { number: i64::MAX, ..good.clone() }),
        ("in_the_future", ImportOrder { placed_at: at("2030-01-01T00:00:00Z"), ..good.clone() }),
        ("lines", ImportOrder { lines: Vec::new(), ..good.clone() }),
        (
            "lines",
            ImportOrder { lines: vec![ImportedLine { seats: 0, ..line.clone() }], ..good.clone() },
        ),
        (
            "plan_line",
            ImportOrder {
                lines: vec![ImportedLine { item: plan, ..line.clone() }],
                ..good.clone()
            },
        ),
        (
            "line_amount",
            ImportOrder {
                lines: vec![ImportedLine { net: usd(12_000), ..line.clone() }],
                ..good.clone()
            },
        ),
        (
            "gateway_mismatch",
            ImportOrder {
                payments: vec![ImportedPayment { gateway: None, ..attempt }],
                ..good.clone()
            },
        ),
    ];
    for (code, command) in bad {
        let error = imports(&school, command).await.unwrap_err();
        assert_eq!(error.code(), format!("import_order.{code}"), "{error}");
    }
    let own = ImportOrder { buyer: school.finance.id, ..good };
    let own = imports(&school, own).await.unwrap_err();
    assert_eq!(own.code(), "authorization.own_thing");
}
