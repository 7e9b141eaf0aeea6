//! What passes between us and a gateway: logged before it happens, and as it was answered.
use lms::commerce::{
    GatewayOutcome, GatewayTransaction, ItemKind, Order, OrderStatus, Payment, PaymentAnswer,
    PaymentError, PaymentFact, PaymentMethod, PaymentStatus, RecordPaymentAnswer,
};
use serde_json::json;

use crate::{
    journal,
    orders::capture,
    school::{School, usd},
    transact,
};

async fn started(school: &School) -> (Order, Payment) {
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    (order, payment)
}

async fn answer(school: &School, answer: PaymentAnswer) -> Result<Payment, PaymentError> {
    let cx = school.cx();
    transact!(school, cx, |tx| tx.run(RecordPaymentAnswer { answer }))
}

async fn outcomes(school: &School, payment: &Payment) -> Vec<GatewayOutcome> {
    let log = school.all(GatewayTransaction::of_payment(payment.id)).await;
    assert!(log.iter().all(|it| it.call == payment.id.to_string() && it.operation == "charge"));
    log.iter().map(|it| it.outcome).collect()
}

#[tokio::test]
async fn a_call_without_an_answer_is_unknown_and_settled_by_asking() {
    use GatewayOutcome::{Initiated, Succeeded, Unknown};
    let school = School::open().await;
    let (order, payment) = started(&school).await;
    assert_eq!(outcomes(&school, &payment).await, [Initiated]);
    for _ in 0..2 {
        let silence = PaymentAnswer::of(payment.id, Unknown);
        let payment = answer(&school, silence).await.unwrap();
        assert_eq!(payment.status, PaymentStatus::Pending, "no answer is not a failure");
    }
    let raw = json!({ "id": "pi_1", "status": "succeeded", "new_field": [1, 2] });
    let found = PaymentAnswer {
        provider_ref: Some("pi_1".into()),
        gateway_status: Some("succeeded".into()),
        facts: vec![capture("ch_1", 1_000, &school)],
        raw_response: Some(raw.clone()),
        ..PaymentAnswer::of(payment.id, Succeeded)
    };
    for _ in 0..2 {
        let payment = answer(&school, found.clone()).await.unwrap();
        assert_eq!(payment.status, PaymentStatus::Completed);
        assert_eq!(payment.provider_ref.as_deref(), Some("pi_1"));
    }
    assert_eq!(outcomes(&school, &payment).await, [Initiated, Unknown, Succeeded]);
    let log = school.all(GatewayTransaction::of_payment(payment.id)).await;
    assert_eq!((log[2].raw_response.as_ref(), log[1].raw_response.as_ref()), (Some(&raw), None));
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    journal::check(&school).await;
}

#[tokio::test]
async fn a_refusal_fails_the_attempt_and_another_one_may_follow() {
    let school = School::open().await;
    let (order, payment) = started(&school).await;
    for _ in 0..2 {
        let refused = PaymentAnswer::of(payment.id, GatewayOutcome::Failed);
        assert_eq!(answer(&school, refused).await.unwrap().status, PaymentStatus::Failed);
    }
    assert_eq!(school.checked(&order).await.status, OrderStatus::Failed);
    let again = school.payment(&order, PaymentMethod::Gateway).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Pending);
    let promised = PaymentAnswer {
        facts: vec![PaymentFact::Authorise { at: school.now() }],
        ..PaymentAnswer::of(again.id, GatewayOutcome::Succeeded)
    };
    assert_eq!(answer(&school, promised).await.unwrap().status, PaymentStatus::Confirmed);
    journal::check(&school).await;
}

#[tokio::test]
async fn only_gateways_answer_and_only_workers_note_it() {
    let school = School::open().await;
    let (order, payment) = started(&school).await;
    let cash = school.payment(&order, PaymentMethod::Cash).await;
    let wrong = answer(&school, PaymentAnswer::of(cash.id, GatewayOutcome::Failed)).await;
    assert!(matches!(wrong, Err(PaymentError::GatewayMismatch { .. })), "{wrong:?}");
    let long = PaymentAnswer {
        provider_ref: Some("x".repeat(201)),
        ..PaymentAnswer::of(payment.id, GatewayOutcome::Succeeded)
    };
    let long = answer(&school, long).await;
    assert!(matches!(long, Err(PaymentError::KeyLength { .. })), "{long:?}");
    let cx = school.cx_of(school.student);
    let own = PaymentAnswer::of(payment.id, GatewayOutcome::Succeeded);
    let own = transact!(school, cx, |tx| tx.run(RecordPaymentAnswer { answer: own }));
    assert!(matches!(own, Err(PaymentError::Denied(_))), "{own:?}");
    assert_eq!(school.denials().await, 1);
}
