//! What time does to money that waits: deadlines, questions, reminders.
use std::collections::BTreeMap;

use lms::{
    commerce::{
        AdjustWallet, AskPaymentsDue, CancelOrder, EndGrantsDue, ExpireOrdersDue, Grant,
        GrantStatus, HoldInWallet, HoldStatus, Item, ItemKind, NextAction, Order, OrderStatus,
        PayFromWallet, Payment, PaymentError, PaymentFact, PaymentMethod, PaymentProof,
        PaymentStatus, Price, Refund, RefundReason, RefundStatus, ReleaseHoldsDue,
        ReleaseReservationsDue, RemindProofsDue, RemindRefundsDue, SendRefund, SubmitProof,
        TickKind, WalletAccount, WalletHold, WithdrawProof, tick,
    },
    outbox::Message,
    store::{PageSize, Query},
};

use crate::{
    journal,
    orders::{capture, tell},
    school::{School, title, usd},
    transact,
};

/// Everything that is due, until nothing is.
async fn pass_time(school: &School) {
    let cx = school.cx();
    let few = PageSize::new(2);
    loop {
        let mut done = 0;
        done += transact!(school, cx, |tx| tx.run(ExpireOrdersDue { due: few.into() })).unwrap();
        done +=
            transact!(school, cx, |tx| tx.run(ReleaseReservationsDue { due: few.into() })).unwrap();
        done += transact!(school, cx, |tx| tx.run(AskPaymentsDue { due: few.into() })).unwrap();
        done += transact!(school, cx, |tx| tx.run(RemindProofsDue { due: few.into() })).unwrap();
        done += transact!(school, cx, |tx| tx.run(RemindRefundsDue { due: few.into() })).unwrap();
        done += transact!(school, cx, |tx| tx.run(ReleaseHoldsDue { due: few.into() })).unwrap();
        done += transact!(school, cx, |tx| tx.run(EndGrantsDue { due: few.into() })).unwrap();
        if done == 0 {
            return;
        }
    }
}

async fn announced(school: &School) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for message in school.all(Query::<Message>::all()).await {
        *counts.entry(message.kind).or_insert(0) += 1;
    }
    counts
}

#[tokio::test]
async fn an_order_expires_at_its_deadline_and_money_within_three_days_still_completes_it() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    pass_time(&school.later(Order::OPEN_HOURS - 1)).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Pending);
    let after = school.later(Order::OPEN_HOURS);
    pass_time(&after).await;
    assert_eq!(school.checked(&order).await.status, OrderStatus::Expired);

    let late = after.later(71);
    tell(&late, payment.id, vec![capture("a", 1_000, &late)]).await;
    assert_eq!(late.checked(&order).await.status, OrderStatus::Completed);
    assert!(late.has_access(course).await);
    journal::check(&late).await;
}

/// The money of the first order cannot be added up.
#[tokio::test]
async fn an_order_that_cannot_be_closed_holds_up_no_other() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let mut orders = Vec::new();
    for _ in 0..4 {
        orders.push(school.order(&[course]).await);
    }
    let cx = school.cx();
    let [one, two] = [(); 2].map(|()| school.payment(&orders[1], PaymentMethod::Gateway));
    for mut payment in [one.await, two.await] {
        payment.captured = usd(i64::MAX);
        transact!(school, cx, |tx| tx.update(&mut payment)).unwrap();
    }
    let after = school.later(Order::OPEN_HOURS);
    let report = tick(&after.store, &after.cx()).await.unwrap();
    let mut closed = Vec::new();
    for order in &orders {
        closed.push(school.get(order.id).await.status == OrderStatus::Expired);
    }
    assert_eq!(closed, [true, false, true, true]);
    let failed: Vec<_> = report.failed.iter().map(|it| (it.kind, it.id)).collect();
    assert_eq!(failed, [(TickKind::Order, Some(orders[1].id.uuid()))]);
    // Nor is it forgotten.
    let again = tick(&after.store, &after.cx()).await.unwrap();
    assert_eq!(again.failed, report.failed);
}

#[tokio::test]
async fn money_that_comes_too_late_or_at_an_old_price_goes_back() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let other = school.sells(ItemKind::Course, usd(1_000)).await;
    let late = school.order(&[course]).await;
    let late_payment = school.payment(&late, PaymentMethod::Gateway).await;
    let dear = school.order(&[other]).await;
    let dear_payment = school.payment(&dear, PaymentMethod::Gateway).await;
    let part = school.order(&[other]).await;
    let part_payment = school.payment(&part, PaymentMethod::Gateway).await;
    tell(&school, part_payment.id, vec![capture("p", 400, &school)]).await;
    let after = school.later(Order::OPEN_HOURS);
    pass_time(&after).await;
    // What was paid in part went back when the order expired.
    let refunds = school.all(Refund::of_order(part.id)).await;
    assert_eq!((refunds.len(), refunds[0].amount), (1, usd(400)));

    let mut price = after.all(Price::of(other, usd(0).currency())).await.remove(0);
    let cx = after.cx();
    price.amount = usd(1_100);
    transact!(after, cx, |tx| tx.update(&mut price)).unwrap();
    tell(&after, dear_payment.id, vec![capture("d", 1_000, &after)]).await;
    let four_days = after.later(73);
    tell(&four_days, late_payment.id, vec![capture("l", 1_000, &four_days)]).await;
    for order in [&late, &dear] {
        assert_eq!(four_days.checked(order).await.status, OrderStatus::Expired);
        let refunds = school.all(Refund::of_order(order.id)).await;
        assert_eq!((refunds.len(), refunds[0].amount), (1, usd(1_000)));
        assert_eq!(refunds[0].reason, RefundReason::TooLate);
    }
    assert!(!four_days.has_access(course).await && !four_days.has_access(other).await);
    journal::check(&four_days).await;
}

#[tokio::test]
async fn a_silent_gateway_is_asked_about_every_six_hours_and_given_up_after_ten_days() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    for hours in [1, 6, 7, 11, 12] {
        pass_time(&school.later(hours)).await;
    }
    assert_eq!(announced(&school).await.get("commerce.payment_question_due"), Some(&2));
    pass_time(&school.later(24 * 10)).await;
    let payment: Payment = school.get(payment.id).await;
    assert_eq!(
        (payment.status, payment.next_action_at),
        (PaymentStatus::Cancelled, NextAction::NEVER)
    );
    // Money that comes nevertheless is still heard of.
    let late = school.later(24 * 11);
    tell(&late, payment.id, vec![capture("a", 1_000, &late)]).await;
    assert_eq!(school.get(payment.id).await.status, PaymentStatus::Completed);
    let refunds = school.all(Refund::of_order(order.id)).await;
    assert_eq!(refunds[0].amount, usd(1_000));
    journal::check(&late).await;
}

#[tokio::test]
async fn a_transfer_nobody_heard_of_stops_and_one_with_a_proof_waits() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let silent = school.payment(&order, PaymentMethod::BankTransfer).await;
    let shown = school.payment(&order, PaymentMethod::BankTransfer).await;
    let cx = school.cx_of(school.student);
    let url = "https://files.example.org/proof.pdf".parse().unwrap();
    let command = SubmitProof::of(shown.id, url);
    let proof = transact!(school, cx, |tx| tx.run(command)).unwrap();
    let after = school.later(Order::OPEN_HOURS);
    pass_time(&after).await;
    assert_eq!(school.get(silent.id).await.status, PaymentStatus::Cancelled);
    assert_eq!(school.get(shown.id).await.status, PaymentStatus::Pending);
    assert_eq!(announced(&school).await.get("commerce.proof_waiting"), Some(&1));
    let proof: PaymentProof = school.get(proof.id).await;
    let next = proof.uploaded_at.saturating_add(chrono::TimeDelta::hours(96));
    assert_eq!(proof.next_action_at, NextAction::at(next));
}

#[tokio::test]
async fn what_is_believed_is_looked_for_until_it_is_found() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::BankTransfer).await;
    let other = school.payment(&order, PaymentMethod::Cash).await;
    let authorised = PaymentFact::Authorise { at: school.now() };
    tell(&school, payment.id, vec![authorised]).await;
    for hours in [Order::OPEN_HOURS, Order::OPEN_HOURS + 24, Order::OPEN_HOURS + 90] {
        pass_time(&school.later(hours)).await;
        journal::check(&school.later(hours)).await;
    }
    assert_eq!(announced(&school).await.get("commerce.payment_unreconciled"), Some(&3));
    assert_eq!(school.get(payment.id).await.status, PaymentStatus::Confirmed);
    assert_eq!(school.get(other.id).await.status, PaymentStatus::Cancelled);
    let found = school.later(Order::OPEN_HOURS + 91);
    tell(&found, payment.id, vec![capture("statement", 1_000, &found)]).await;
    pass_time(&found.later(1_000)).await;
    assert_eq!(announced(&school).await.get("commerce.payment_unreconciled"), Some(&3));
}

/// Razorpay: a failed payment may be authorised days later, and then never captured.
#[tokio::test]
async fn what_comes_back_to_life_is_asked_about_again_and_given_up_again() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let payment = school.payment(&order, PaymentMethod::Gateway).await;
    let failed = school.later(1);
    tell(&failed, payment.id, vec![PaymentFact::Fail { at: failed.now() }]).await;
    assert_eq!(school.get(payment.id).await.next_action_at, NextAction::NEVER);
    for days in [3, 14] {
        let late = school.later(24 * days);
        tell(&late, payment.id, vec![PaymentFact::Authorise { at: late.now() }]).await;
        let waiting: Payment = school.get(payment.id).await;
        let asked = NextAction::at(late.later(6).now());
        assert_eq!((waiting.status, waiting.next_action_at), (PaymentStatus::Confirmed, asked));
        pass_time(&late.later(24 * 10)).await;
        assert_eq!(school.get(payment.id).await.status, PaymentStatus::Cancelled);
        journal::check(&late.later(24 * 10)).await;
    }
}

#[tokio::test]
async fn a_transfer_whose_order_is_over_ends_with_its_last_proof() {
    for cancel in [true, false] {
        let school = School::open().await;
        let course = school.sells(ItemKind::Course, usd(1_000)).await;
        let order = school.order(&[course]).await;
        let payment = school.payment(&order, PaymentMethod::BankTransfer).await;
        let cash = school.payment(&order, PaymentMethod::Cash).await;
        let cx = school.cx_of(school.student);
        let url = "https://files.example.org/proof.pdf".parse().unwrap();
        let command = SubmitProof::of(payment.id, url);
        let proof = transact!(school, cx, |tx| tx.run(command)).unwrap();
        let over = if cancel {
            transact!(school, cx, |tx| tx.run(CancelOrder { order: order.id })).unwrap();
            school.clone()
        } else {
            school.later(Order::OPEN_HOURS)
        };
        pass_time(&over).await;
        assert_eq!(school.get(cash.id).await.status, PaymentStatus::Cancelled);
        assert_eq!(school.get(payment.id).await.status, PaymentStatus::Pending);
        let cx = over.cx_of(over.student);
        transact!(over, cx, |tx| tx.run(WithdrawProof { proof: proof.id })).unwrap();
        assert_eq!(school.get(payment.id).await.status, PaymentStatus::Cancelled);
        journal::check(&over).await;
    }
}

#[tokio::test]
async fn refunds_go_to_wallets_by_themselves_and_the_rest_is_announced() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let desk = school.cx_of(school.finance);
    let command =
        AdjustWallet { holder: school.student.id, amount: usd(1_000), reference: "r".into() };
    transact!(school, desk, |tx| tx.run(command)).unwrap();
    let cx = school.cx_of(school.student);
    let paid = school.order(&[course]).await;
    transact!(school, cx, |tx| tx.run(PayFromWallet { order: paid.id })).unwrap();
    let card = school.order(&[course]).await;
    let payment = school.payment(&card, PaymentMethod::Gateway).await;
    tell(&school, payment.id, vec![capture("a", 1_000, &school)]).await;
    for order in [&paid, &card] {
        let command =
            lms::commerce::RequestRefund { order: order.id, lines: Vec::new(), note: None };
        transact!(school, desk, |tx| tx.run(command)).unwrap();
    }
    pass_time(&school).await;
    let refund = school.all(Refund::of_order(paid.id)).await.remove(0);
    assert_eq!(refund.status, RefundStatus::Completed);
    assert_eq!(school.checked(&paid).await.status, OrderStatus::Refunded);
    assert_eq!(announced(&school).await.get("commerce.refund_due"), Some(&1));

    let refund = school.all(Refund::of_order(card.id)).await.remove(0);
    transact!(school, desk, |tx| tx.run(SendRefund { refund: refund.id })).unwrap();
    pass_time(&school.later(23)).await;
    assert_eq!(school.get(refund.id).await.status, RefundStatus::Processing);
    pass_time(&school.later(24)).await;
    assert_eq!(school.get(refund.id).await.status, RefundStatus::Unknown);
    journal::check(&school).await;
}

#[tokio::test]
async fn a_promise_of_a_wallet_ends_with_the_order_and_a_grant_with_its_time() {
    let school = School::open().await;
    let cx = school.cx();
    let course = Item::new(ItemKind::Course, cx.id::<Item>().uuid());
    let mut price = Price::new(&cx, course, title("Ten days"), usd(1_000));
    price.access_days = Some(10);
    school.save(&price).await;
    let desk = school.cx_of(school.finance);
    let command =
        AdjustWallet { holder: school.student.id, amount: usd(3_000), reference: "r".into() };
    transact!(school, desk, |tx| tx.run(command)).unwrap();
    let own = school.cx_of(school.student);
    let open = school.order(&[course]).await;
    let hold = transact!(school, own, |tx| tx.run(HoldInWallet { order: open.id })).unwrap();
    let paid = school.order(&[course]).await;
    transact!(school, own, |tx| tx.run(PayFromWallet { order: paid.id })).unwrap();

    let after = school.later(Order::OPEN_HOURS);
    pass_time(&after).await;
    assert_eq!(school.checked(&open).await.status, OrderStatus::Expired);
    let hold: WalletHold = school.get(hold.id).await;
    assert_eq!(hold.status, HoldStatus::Released);
    let wallet: WalletAccount = school.get(hold.wallet_id).await;
    assert_eq!((wallet.balance, wallet.held), (usd(2_000), usd(0)));
    assert!(after.has_access(course).await);
    let end = school.later(24 * 10);
    assert!(!end.has_access(course).await, "nobody has to mark it");
    pass_time(&end).await;
    let grant = end.all(Grant::of_holder(end.student.id)).await.remove(0);
    assert_eq!(grant.status, GrantStatus::Expired);
    journal::check(&end).await;
}

#[tokio::test]
async fn strangers_do_not_turn_the_clock() {
    let school = School::open().await;
    let cx = school.cx_of(school.student);
    let few = PageSize::new(2);
    let denied = |it: Result<usize, PaymentError>| matches!(it, Err(PaymentError::Denied(_)));
    assert!(denied(transact!(school, cx, |tx| tx.run(ExpireOrdersDue { due: few.into() }))));
    assert!(denied(transact!(school, cx, |tx| tx.run(ReleaseReservationsDue { due: few.into() }))));
    assert!(denied(transact!(school, cx, |tx| tx.run(AskPaymentsDue { due: few.into() }))));
    assert!(denied(transact!(school, cx, |tx| tx.run(RemindProofsDue { due: few.into() }))));
    assert!(denied(transact!(school, cx, |tx| tx.run(EndGrantsDue { due: few.into() }))));
    assert!(transact!(school, cx, |tx| tx.run(RemindRefundsDue { due: few.into() })).is_err());
    assert!(transact!(school, cx, |tx| tx.run(ReleaseHoldsDue { due: few.into() })).is_err());
    assert_eq!(school.denials().await, 7);
}
