//! What is odd, late or senseless: refused with a reason, or counted once and right.
use lms::{
    commerce::{
        CompleteRefundByHand, Counting, GatewayOutcome, ItemKind, MAX_ORDER_LINES,
        OpenGatewayAccount, Order, OrderError, OrderLine, OrderStatus, Payment, PaymentError,
        PaymentFact, PaymentMethod, PaymentStatus, PlaceOrder, PricingError, ProofDecision,
        ProofError, ReceiveWebhook, RecordPaymentFacts, RecordRefundAnswer, Refund, RefundAnswer,
        RefundError, RefundLine, RefundRegister, RefundStatus, ReportedFact, RequestRefund,
        ReviewProof, SendRefund, StartPayment, StoredSecret, SubmitProof, WebhookNotice,
        WebhookRequest, work_webhooks,
    },
    kernel::Currency,
    memory::MemoryStore,
    store::{PageSize, Store, testing::Faulty},
};

use crate::{
    journal,
    orders::{capture, tell},
    school::{School, usd},
    transact,
};

#[tokio::test]
async fn no_movement_of_money_is_below_zero() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::Card).await;
    tell(&school, payment.id, vec![capture("a", 400, &school)]).await;
    let cx = school.cx_of(school.finance);
    let (key, amount, at) = ("b".to_owned(), usd(-400), school.now());
    for fact in [
        PaymentFact::Capture { key: key.clone(), amount, at },
        PaymentFact::Refund { key: key.clone(), amount, register: RefundRegister::Succeeded },
        PaymentFact::Reverse { key: key.clone(), amount, of: None },
    ] {
        let facts = vec![fact];
        let command = RecordPaymentFacts { payment: payment.id, facts, source: "desk".into() };
        let refused = transact!(school, cx, |tx| tx.run(command));
        assert!(matches!(refused, Err(PaymentError::AmountOutOfRange)), "{refused:?}");
    }
    let transfer = school.payment(&order, PaymentMethod::BankTransfer).await;
    let own = school.cx_of(school.student);
    let url = "https://files.example.org/proof.pdf".parse().unwrap();
    let submit = SubmitProof::of(transfer.id, url);
    let proof = transact!(school, own, |tx| tx.run(submit)).unwrap();
    let review = ReviewProof {
        proof: proof.id,
        expected_version: proof.stamp.version,
        decision: ProofDecision::Approve,
        counting: Counting::AtOnce(usd(-1)),
        note: None,
    };
    let refused = transact!(school, cx, |tx| tx.run(review));
    assert!(matches!(refused, Err(ProofError::Payment(PaymentError::AmountOutOfRange))));
    assert_eq!(school.get(payment.id).await.captured, usd(400));
    journal::check(&school).await;
}

/// A dispute that is first told without its charge and then with it is one dispute.
#[tokio::test]
async fn a_reversal_that_is_told_twice_in_other_words_counts_once_in_either_order() {
    let reverse = |of: Option<&str>| PaymentFact::Reverse {
        key: "dispute".into(),
        amount: usd(600),
        of: of.map(Into::into),
    };
    let mut told = Vec::new();
    for order in [[None, Some("a")], [Some("a"), None]] {
        let school = School::open().await;
        let course = school.sells(ItemKind::Course, usd(1_000)).await;
        let placed = school.order(&[course]).await;
        let payment = school.payment(&placed, PaymentMethod::Gateway).await;
        let captures = vec![capture("a", 400, &school), capture("b", 600, &school)];
        tell(&school, payment.id, captures).await;
        for of in order {
            tell(&school, payment.id, vec![reverse(of)]).await;
        }
        let payment = school.get(payment.id).await;
        told.push((payment.status, payment.reversed));
        journal::check(&school).await;
    }
    let once = (PaymentStatus::Completed, usd(400));
    assert_eq!(told, [once, once], "as far as the charge that it is of");
}

#[tokio::test]
async fn no_answer_that_comes_after_the_news_changes_nothing() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    for (told, stands) in [
        (RefundRegister::Succeeded, RefundStatus::Completed),
        (RefundRegister::Failed, RefundStatus::Failed),
    ] {
        let order = school.order(&[course]).await;
        let payment = school.payment(&order, PaymentMethod::Gateway).await;
        let key = format!("ch {}", order.number);
        tell(&school, payment.id, vec![capture(&key, 1_000, &school)]).await;
        let cx = school.cx_of(school.finance);
        let ask = RequestRefund { order: order.id, lines: Vec::new(), note: None };
        let refund = transact!(school, cx, |tx| tx.run(ask)).unwrap();
        let refund = refund[0].id;
        let sent = transact!(school, cx, |tx| tx.run(SendRefund { refund })).unwrap();
        // The gateway's webhook is faster than the answer to the call, which never comes.
        let (key, amount) = (sent.fact_key(), sent.amount);
        let fact = PaymentFact::Refund { key, amount, register: told };
        tell(&school, payment.id, vec![fact]).await;
        assert_eq!(school.get(refund).await.status, stands);
        let silence = RefundAnswer {
            refund,
            outcome: GatewayOutcome::Unknown,
            provider_ref: None,
            settled: false,
            raw_response: None,
        };
        let noted = transact!(school, cx, |tx| tx.run(RecordRefundAnswer { answer: silence }));
        assert_eq!(noted.unwrap().status, stands);
    }
    journal::check(&school).await;
}

async fn sent_refund(school: &School) -> (Order, Payment, Refund) {
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    tell(school, payment.id, vec![capture("ch", 1_000, school)]).await;
    let refund = asked_and_sent(school, &order).await;
    (order, payment, refund)
}

async fn asked_and_sent(school: &School, order: &Order) -> Refund {
    let cx = school.cx_of(school.finance);
    let ask = RequestRefund { order: order.id, lines: Vec::new(), note: None };
    let refund = transact!(school, cx, |tx| tx.run(ask)).unwrap().remove(0);
    transact!(school, cx, |tx| tx.run(SendRefund { refund: refund.id })).unwrap()
}

async fn answered(school: &School, refund: &Refund, outcome: GatewayOutcome, name: &str) {
    let cx = school.cx_of(school.finance);
    let answer = RefundAnswer {
        refund: refund.id,
        outcome,
        provider_ref: Some(name.to_owned()),
        settled: outcome == GatewayOutcome::Succeeded,
        raw_response: None,
    };
    transact!(school, cx, |tx| tx.run(RecordRefundAnswer { answer })).unwrap();
}

/// The webhook names the refund before the answer to the call has told us its name.
#[tokio::test]
async fn a_refund_whose_news_is_faster_than_its_answer_is_one_refund() {
    let school = School::open().await;
    let (order, payment, refund) = sent_refund(&school).await;
    let (key, amount, register) = ("re_9".to_owned(), usd(1_000), RefundRegister::Succeeded);
    tell(&school, payment.id, vec![PaymentFact::Refund { key, amount, register }]).await;
    answered(&school, &refund, GatewayOutcome::Succeeded, "re_9").await;
    let refunds = school.all(Refund::of_order(order.id)).await;
    assert_eq!(refunds.len(), 1, "{refunds:?}");
    assert_eq!((refunds[0].id, refunds[0].status), (refund.id, RefundStatus::Completed));
    assert_eq!(school.checked(&order).await.status, OrderStatus::Refunded);
    journal::check(&school).await;
}

/// Somebody refunds the same amount at the gateway while ours is under way: those are two.
#[tokio::test]
async fn a_refund_at_the_gateway_is_not_taken_for_ours_once_ours_has_its_name() {
    let school = School::open().await;
    let (order, payment, refund) = sent_refund(&school).await;
    let told = async |key: &str, register| {
        let (key, amount) = (key.to_owned(), usd(1_000));
        tell(&school, payment.id, vec![PaymentFact::Refund { key, amount, register }]).await;
    };
    answered(&school, &refund, GatewayOutcome::Failed, "re_1").await;
    let cx = school.cx_of(school.finance);
    transact!(school, cx, |tx| tx.run(SendRefund { refund: refund.id })).unwrap();
    // News of the first attempt comes late, in other words, and again.
    told("re_1", RefundRegister::Pending).await;
    told("re_1", RefundRegister::Failed).await;
    assert_eq!(school.get(refund.id).await.status, RefundStatus::Processing);
    told("re_2", RefundRegister::Succeeded).await;
    assert_eq!(school.get(refund.id).await.status, RefundStatus::Completed);
    assert_eq!(school.all(Refund::of_order(order.id)).await.len(), 1);
    journal::check(&school).await;
}

#[tokio::test]
async fn a_refund_that_failed_is_not_sent_again_when_its_money_went_back_otherwise() {
    let school = School::open().await;
    let (order, payment, first) = sent_refund(&school).await;
    answered(&school, &first, GatewayOutcome::Failed, "re_1").await;
    let second = asked_and_sent(&school, &order).await;
    answered(&school, &second, GatewayOutcome::Succeeded, "re_2").await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Refunded);
    let cx = school.cx_of(school.finance);
    let again = transact!(school, cx, |tx| tx.run(SendRefund { refund: first.id }));
    assert!(
        matches!(again, Err(RefundError::MoreThanCaptured { left }) if left.is_zero()),
        "{again:?}"
    );
    assert_eq!(school.get(payment.id).await.refunded, usd(1_000));
    journal::check(&school).await;
}

#[tokio::test]
async fn a_surplus_whose_refund_failed_goes_back_once() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let first = school.payment(&order, PaymentMethod::Gateway).await;
    let second = school.payment(&order, PaymentMethod::Gateway).await;
    tell(&school, first.id, vec![capture("a", 1_000, &school)]).await;
    tell(&school, second.id, vec![capture("b", 1_000, &school)]).await;
    let refund = school.all(Refund::of_order(order.id)).await.remove(0);
    let cx = school.cx_of(school.finance);
    for (outcome, name) in [(GatewayOutcome::Failed, "re_1"), (GatewayOutcome::Succeeded, "re_2")] {
        transact!(school, cx, |tx| tx.run(SendRefund { refund: refund.id })).unwrap();
        answered(&school, &refund, outcome, name).await;
        let refunds = school.all(Refund::of_order(order.id)).await;
        assert_eq!(refunds.len(), 1, "it is tried again, not paid twice: {refunds:?}");
        journal::check(&school).await;
    }
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
}

/// A line is on its way back when somebody pays the order a second time.
#[tokio::test]
async fn a_surplus_goes_back_beside_what_was_asked_back() {
    for asked_first in [true, false] {
        let school = School::open().await;
        let one = school.sells(ItemKind::Course, usd(1_000)).await;
        let two = school.sells(ItemKind::Course, usd(300)).await;
        let order = school.order(&[one, two]).await;
        let first = school.payment(&order, PaymentMethod::Card).await;
        let second = school.payment(&order, PaymentMethod::Card).await;
        tell(&school, first.id, vec![capture("a", 1_300, &school)]).await;
        let cx = school.cx_of(school.finance);
        let ask = async || {
            let lines = vec![RefundLine::all_of(school.items(&order).await[1].id)];
            let ask = RequestRefund { order: order.id, lines, note: None };
            transact!(school, cx, |tx| tx.run(ask)).unwrap();
        };
        if asked_first {
            ask().await;
        }
        tell(&school, second.id, vec![capture("b", 300, &school)]).await;
        if !asked_first {
            ask().await;
        }
        for refund in school.all(Refund::of_order(order.id)).await {
            transact!(school, cx, |tx| tx.run(CompleteRefundByHand { refund: refund.id })).unwrap();
        }
        let payments = school.all(Payment::of_order(order.id)).await;
        let kept: i64 = payments.iter().map(|it| it.kept().unwrap().minor()).sum();
        assert_eq!(kept, 1_000, "what is not refunded of the order, and nothing more");
        assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
        journal::check(&school).await;
    }
}

/// Keys that differ only behind the longest that is kept are two events.
#[tokio::test]
async fn long_names_of_events_are_told_apart() {
    let school = School::open().await;
    let cx = school.cx();
    let secret = StoredSecret::new("s");
    let account = transact!(school, cx, |tx| tx.run(OpenGatewayAccount {
        gateway: "plain".to_owned(),
        name: "main".to_owned(),
        secret
    }))
    .unwrap();
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let own = school.cx_of(school.student);
    let mut start = StartPayment::of(order.id, PaymentMethod::Gateway);
    start.gateway = Some(account.key());
    let payment = transact!(school, own, |tx| tx.run(start)).unwrap();
    for (name, minor) in [("one", 400), ("two", 600), ("two", 600)] {
        let notice = WebhookNotice {
            deduplication_key: format!("{}{name}", "x".repeat(400)),
            event_type: "capture".into(),
            facts: vec![ReportedFact {
                payment_reference: "pi".into(),
                merchant_reference: Some(payment.id.to_string()),
                fact: capture(name, minor, &school),
            }],
            confirm_by_asking: false,
        };
        let body = serde_json::to_vec(&notice).unwrap();
        let headers = [("signature", "s")];
        let request = WebhookRequest::new(&headers, &body);
        transact!(school, cx, |tx| tx.run(ReceiveWebhook::new(account.id, &request))).unwrap();
    }
    let round = work_webhooks(&school.store, &cx, None, PageSize::MAX).await.unwrap();
    assert_eq!((round.applied, round.total()), (2, 2));
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    journal::check(&school).await;
}

#[tokio::test]
async fn an_order_of_too_many_lines_is_refused_before_anything_is_looked_up() {
    let (faulty, plan) = Faulty::new(MemoryStore::new());
    let school = School::open_on(Store::new(faulty), 1).await;
    let course = school.sells(ItemKind::Course, usd(1)).await;
    let lines = vec![OrderLine::of(course); MAX_ORDER_LINES + 1];
    let command = PlaceOrder::new(school.student.id, lines, Currency::USD);
    let cx = school.cx_of(school.student);
    let before = plan.calls();
    let refused = transact!(school, cx, |tx| tx.run(command));
    let too_many = PricingError::TooManyLines { most: MAX_ORDER_LINES };
    assert!(matches!(refused, Err(OrderError::Pricing(it)) if it == too_many));
    assert!(plan.calls() - before < 20, "{} calls", plan.calls() - before);
}

#[tokio::test]
async fn words_are_bounded() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let own = school.cx_of(school.student);
    let name = "x".repeat(201);
    let long = StartPayment::through(order.id, "plain/main", &name);
    let refused = transact!(school, own, |tx| tx.run(long));
    assert!(matches!(refused, Err(PaymentError::KeyLength { .. })), "{refused:?}");
    let payment = school.payment(&order, PaymentMethod::Cash).await;
    tell(&school, payment.id, vec![capture("r", 1_000, &school)]).await;
    let note = Some("x".repeat(2_001));
    let ask = RequestRefund { order: order.id, lines: Vec::new(), note };
    let refused = transact!(school, own, |tx| tx.run(ask));
    assert!(matches!(refused, Err(RefundError::NoteLength { most: 2_000 })), "{refused:?}");
}
