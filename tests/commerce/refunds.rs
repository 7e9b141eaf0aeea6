//! Money that goes back: per line, in parts, by hand, by wallet and by gateway.
use lms::{
    commerce::{
        AdjustWallet, CompleteRefundByHand, DecideRefund, Earning, GatewayOutcome,
        GatewayTransaction, ItemKind, ListOrders, OrderFilter, OrderNextStep, OrderStatus,
        OrderView, PayFromWallet, Payment, PaymentMethod, Price, RecordRefundAnswer, Refund,
        RefundAccess, RefundAnswer, RefundError, RefundItem, RefundLine, RefundStatus,
        RequestRefund, RevenueShare, SendRefund, ShareRole, ShareRule, TaxRate, WalletError,
    },
    kernel::Money,
    store::PageSize,
};

use crate::{
    journal,
    orders::{capture, tell},
    school::{Person, School, title, usd},
    transact,
};

async fn ask(
    school: &School,
    person: Person,
    order: &lms::commerce::Order,
    lines: Vec<RefundLine>,
) -> Result<Vec<Refund>, RefundError> {
    let cx = school.cx_of(person);
    let command = RequestRefund { order: order.id, lines, note: None };
    transact!(school, cx, |tx| tx.run(command))
}

/// The order as its buyer sees it.
async fn shown(school: &School, order: &lms::commerce::Order) -> OrderView {
    let filter = OrderFilter { number: Some(order.number), ..OrderFilter::default() };
    let list = ListOrders { filter, size: PageSize::MAX, after: None };
    let cx = school.cx_of(school.student);
    transact!(school, cx, |tx| tx.run(list)).unwrap().items.remove(0)
}

async fn by_hand(school: &School, refund: &Refund) -> Refund {
    let cx = school.cx_of(school.finance);
    transact!(school, cx, |tx| tx.run(CompleteRefundByHand { refund: refund.id })).unwrap()
}

#[tokio::test]
async fn refunding_one_line_takes_only_what_that_line_gave() {
    let school = School::open().await;
    let first = school.sells(ItemKind::Course, usd(3_000)).await;
    let second = school.sells(ItemKind::Course, usd(2_000)).await;
    let order = school.order(&[first, second]).await;
    let payment = school.payment(&order, PaymentMethod::Cash).await;
    tell(&school, payment.id, vec![capture("r", 5_000, &school)]).await;
    let items = school.items(&order).await;
    let refunds =
        ask(&school, school.student, &order, vec![RefundLine::all_of(items[0].id)]).await.unwrap();
    assert_eq!(refunds[0].status, RefundStatus::Requested);
    let cx = school.cx_of(school.finance);
    transact!(school, cx, |tx| tx.run(DecideRefund { refund: refunds[0].id, approve: true }))
        .unwrap();
    assert!(school.has_access(first).await, "access ends when the money has gone back");
    assert_eq!(by_hand(&school, &refunds[0]).await.status, RefundStatus::Completed);
    by_hand(&school, &refunds[0]).await;
    assert!(!school.has_access(first).await);
    assert!(school.has_access(second).await);
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    let shown = shown(&school, &order).await;
    assert_eq!((shown.paid, shown.outstanding), (usd(2_000), usd(0)), "a refund is not owed again");
    assert_eq!(shown.next_step, OrderNextStep::None);
    journal::check(&school).await;

    let more = ask(&school, school.finance, &order, vec![RefundLine::all_of(items[0].id)]).await;
    assert!(matches!(more, Err(RefundError::Nothing)), "{more:?}");
    let rest = ask(&school, school.finance, &order, Vec::new()).await.unwrap();
    assert_eq!((rest.len(), rest[0].amount), (1, usd(2_000)));
    by_hand(&school, &rest[0]).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Refunded);
    assert!(!school.has_access(second).await);
    journal::check(&school).await;
}

#[tokio::test]
async fn a_chain_of_parts_reverses_tax_and_shares_to_the_last_cent() {
    let school = School::open().await;
    let cx = school.cx();
    let item = lms::commerce::Item::new(ItemKind::Course, cx.id::<Price>().uuid());
    let mut price = Price::new(&cx, item, title("Taxed"), usd(9_997));
    price.tax = Some(TaxRate::on_top("19".parse().unwrap()));
    school.save(&price).await;
    let rule = ShareRule {
        beneficiary: school.instructor.id,
        role: ShareRole::Instructor,
        percent: "33.3333".parse().unwrap(),
    };
    school.save(&RevenueShare::new(&cx, item, rule)).await;
    let order = school.order(&[item]).await;
    assert_eq!((order.tax, order.total), (usd(1_899), usd(11_896)));
    let payment = school.payment(&order, PaymentMethod::Cash).await;
    tell(&school, payment.id, vec![capture("r", 11_896, &school)]).await;
    let line = school.items(&order).await[0].clone();
    assert_eq!((line.earned, line.shares[0].amount), (usd(11_896), usd(3_332)));
    journal::check(&school).await;
    for minor in [1_i64, 3_333, 4_000, 4_561] {
        let amount = Some(usd(minor));
        let lines = vec![RefundLine { amount, ..RefundLine::all_of(line.id) }];
        let refund = ask(&school, school.finance, &order, lines).await.unwrap().remove(0);
        by_hand(&school, &refund).await;
        journal::check(&school).await;
    }
    let left = ask(
        &school,
        school.finance,
        &order,
        vec![RefundLine { amount: Some(usd(2)), ..RefundLine::all_of(line.id) }],
    )
    .await;
    assert!(matches!(left, Err(RefundError::MoreThanLine { left }) if left == usd(1)), "{left:?}");
    let last = ask(&school, school.finance, &order, Vec::new()).await.unwrap().remove(0);
    by_hand(&school, &last).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Refunded);
    let mut tax = usd(0);
    for refund in school.all(Refund::of_order(order.id)).await {
        for part in school.all(RefundItem::of_refund(refund.id)).await {
            tax = tax.add(part.tax).unwrap();
        }
    }
    assert_eq!(tax, order.tax, "the parts of the tax sum to the tax");
    let earned = school.all(Earning::of_order_item(line.id)).await;
    let earned = Money::sum(earned.iter().map(|it| it.amount), usd(0).currency()).unwrap();
    assert!(earned.is_zero(), "the instructor keeps nothing of what went back");
    journal::check(&school).await;
}

#[tokio::test]
async fn a_wallet_pays_and_is_paid_back_and_never_goes_below_zero() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(3_000)).await;
    let order = school.order(&[course]).await;
    let cx = school.cx_of(school.student);
    let empty = transact!(school, cx, |tx| tx.run(PayFromWallet { order: order.id }));
    assert!(matches!(empty, Err(WalletError::NotEnough { .. })), "{empty:?}");
    let desk = school.cx_of(school.finance);
    let top_up = |minor: i64, reference: &str| AdjustWallet {
        holder: school.student.id,
        amount: usd(minor),
        reference: reference.into(),
    };
    for _ in 0..2 {
        let command = top_up(5_000, "receipt-1");
        transact!(school, desk, |tx| tx.run(command)).unwrap();
    }
    transact!(school, cx, |tx| tx.run(PayFromWallet { order: order.id })).unwrap();
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    let too_much = top_up(-2_001, "receipt-2");
    let refused = transact!(school, desk, |tx| tx.run(too_much));
    assert!(matches!(refused, Err(WalletError::NotEnough { .. })), "{refused:?}");
    journal::check(&school).await;

    let refund = ask(&school, school.finance, &order, Vec::new()).await.unwrap().remove(0);
    let refund = transact!(school, desk, |tx| tx.run(SendRefund { refund: refund.id })).unwrap();
    assert_eq!(refund.status, RefundStatus::Completed);
    assert_eq!(school.checked(&order).await.status, OrderStatus::Refunded);
    let command = top_up(-5_000, "receipt-3");
    let wallet = transact!(school, desk, |tx| tx.run(command)).unwrap();
    assert!(wallet.balance.is_zero());
    journal::check(&school).await;
}

#[tokio::test]
async fn a_gateway_that_does_not_answer_is_asked_and_never_paid_twice() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(3_000)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    tell(&school, payment.id, vec![capture("ch", 3_000, &school)]).await;
    let cx = school.cx_of(school.finance);
    let refund = ask(&school, school.finance, &order, Vec::new()).await.unwrap().remove(0);
    let sent = transact!(school, cx, |tx| tx.run(SendRefund { refund: refund.id })).unwrap();
    assert_eq!((sent.status, sent.attempt), (RefundStatus::Processing, 1));
    let answer = |outcome, provider_ref: Option<&str>, settled| RefundAnswer {
        refund: refund.id,
        outcome,
        provider_ref: provider_ref.map(Into::into),
        settled,
        raw_response: None,
    };
    let silence = answer(GatewayOutcome::Unknown, None, false);
    let refund_now =
        transact!(school, cx, |tx| tx.run(RecordRefundAnswer { answer: silence })).unwrap();
    assert_eq!(refund_now.status, RefundStatus::Unknown);
    let again = transact!(school, cx, |tx| tx.run(SendRefund { refund: refund.id }));
    assert!(again.is_err(), "what is unknown is asked about, not sent again");
    let more = ask(&school, school.finance, &order, Vec::new()).await;
    assert!(matches!(more, Err(RefundError::Nothing)), "{more:?}");

    let found = answer(GatewayOutcome::Succeeded, Some("re_9"), true);
    let done = transact!(school, cx, |tx| tx.run(RecordRefundAnswer { answer: found })).unwrap();
    assert_eq!(done.status, RefundStatus::Completed);
    assert_eq!(school.checked(&order).await.status, OrderStatus::Refunded);
    let log = school.all(GatewayTransaction::of_payment(payment.id)).await;
    let log = log.iter().filter(|it| it.operation == "refund");
    let outcomes: Vec<_> = log.map(|it| it.outcome).collect();
    assert_eq!(
        outcomes,
        [GatewayOutcome::Initiated, GatewayOutcome::Unknown, GatewayOutcome::Succeeded]
    );
    journal::check(&school).await;
}

#[tokio::test]
async fn a_refund_that_fails_after_it_succeeded_is_tried_again() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(3_000)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    tell(&school, payment.id, vec![capture("ch", 3_000, &school)]).await;
    let cx = school.cx_of(school.finance);
    let item = school.items(&order).await[0].id;
    let line = RefundLine {
        amount: Some(usd(1_000)),
        access: Some(RefundAccess::Keep),
        ..RefundLine::all_of(item)
    };
    let refund = ask(&school, school.finance, &order, vec![line]).await.unwrap().remove(0);
    let answer = |outcome, name: &str, settled| RefundAnswer {
        refund: refund.id,
        outcome,
        provider_ref: Some(name.into()),
        settled,
        raw_response: None,
    };
    for (name, outcome, settled, status) in [
        ("re_1", GatewayOutcome::Succeeded, true, RefundStatus::Completed),
        ("re_1", GatewayOutcome::Failed, false, RefundStatus::Failed),
        ("re_2", GatewayOutcome::Succeeded, true, RefundStatus::Completed),
    ] {
        let now = school.get(refund.id).await;
        if matches!(now.status, RefundStatus::Approved | RefundStatus::Failed) {
            transact!(school, cx, |tx| tx.run(SendRefund { refund: refund.id })).unwrap();
        }
        let said = answer(outcome, name, settled);
        let now = transact!(school, cx, |tx| tx.run(RecordRefundAnswer { answer: said })).unwrap();
        assert_eq!(now.status, status, "{name}");
        journal::check(&school).await;
    }
    let paid: Payment = school.get(payment.id).await;
    assert_eq!((paid.refunded, paid.kept().unwrap()), (usd(1_000), usd(2_000)));
    assert!(school.has_access(course).await);
}
