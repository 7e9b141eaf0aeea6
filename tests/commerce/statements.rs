//! Settlement files of gateways, reconciled with stored payments; and credit notes.
use lms::{
    commerce::{
        Account, AccountBalance, AccountKind, CreditCustomer, GatewayAccount, ItemKind, Payment,
        PaymentFact, ReconcileStatement, ReconciliationFinding as Finding, StartPayment,
        StatementLine, StatementReport,
    },
    gateways::{midtrans_settlement, stripe_payouts},
    kernel::{Currency, DomainError as _, Id, Money, Timestamp},
    memory::MemoryStore,
    outbox::Message,
    store::{Query, Store},
};
use lms_store_postgres::testing::TestServer;

use crate::{
    journal,
    orders::tell,
    school::{School, at, usd},
    transact,
};

async fn account(school: &School, gateway: &str) -> GatewayAccount {
    let account = GatewayAccount::new(&school.cx(), gateway, "main");
    school.save(&account).await;
    account
}

/// A payment of a course for 100.00 through that account, with those facts.
async fn paid(school: &School, key: &str, reference: &str, facts: Vec<PaymentFact>) -> Payment {
    let course = school.sells(ItemKind::Course, usd(10_000)).await;
    let order = school.order(&[course]).await;
    let start = StartPayment::through(order.id, key, reference);
    let cx = school.cx_of(school.student);
    let payment = transact!(school, cx, |tx| tx.run(start)).unwrap();
    tell(school, payment.id, facts).await;
    school.get(payment.id).await
}

fn taken(key: &str, minor: i64) -> PaymentFact {
    PaymentFact::Capture { key: key.into(), amount: usd(minor), at: at("2024-01-30T12:00:00Z") }
}

async fn reconcile(
    school: &School,
    account: Id<GatewayAccount>,
    lines: Vec<StatementLine>,
) -> StatementReport {
    let (from, to) = january();
    let cx = school.cx_of(school.finance);
    let command = ReconcileStatement { account, lines, from, to };
    transact!(school, cx, |tx| tx.run(command)).unwrap()
}

fn january() -> (Timestamp, Timestamp) {
    (at("2024-01-01T00:00:00Z"), at("2024-02-01T00:00:00Z"))
}

async fn balance(school: &School, kind: AccountKind) -> i64 {
    let mut tx = school.begin().await;
    let account = Account::own(kind);
    let sums = tx.part(AccountBalance { account }).await.unwrap();
    sums.iter().map(|it| it.minor()).sum()
}

async fn said(school: &School, name: &str) -> usize {
    let messages = school.all(Query::<Message>::all()).await;
    messages.iter().filter(|it| it.kind == name).count()
}

const STRIPE: &str = "\
balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,charge_id,payment_intent_id,automatic_payout_id
txn_1,2024-01-30 12:00:00,usd,100.00,3.20,96.80,charge,ch_1,ch_1,pi_1,po_1
txn_2,2024-01-30 12:00:00,usd,99.00,3.17,95.83,charge,ch_2,ch_2,pi_2,po_1
txn_3,2024-01-30 13:00:00,usd,50.00,1.75,48.25,charge,ch_9,ch_9,pi_9,po_1
txn_4,2024-01-31 00:00:00,usd,-2.00,0.00,-2.00,fee,fee_1,,,po_1
txn_5,2024-01-31 00:00:00,usd,-238.88,0.00,-238.88,payout,po_1,,,po_1
";

/// One line that matches, one of another amount, one that is missing here, a fee of its own, and a
/// payment that the file does not show.
async fn a_file_is_read_line_by_line(store: Store, number: u64) {
    let school = School::open_on(store, number).await;
    let account = account(&school, "stripe").await;
    let first = paid(&school, "stripe/main", "pi_1", vec![taken("ch_1", 10_000)]).await;
    let second = paid(&school, "stripe/main", "pi_2", vec![taken("ch_2", 10_000)]).await;
    let third = paid(&school, "stripe/main", "pi_3", vec![taken("ch_3", 10_000)]).await;
    // Of another account: it is on another file.
    paid(&school, "stripe/other", "pi_4", vec![taken("ch_4", 10_000)]).await;
    let lines = stripe_payouts(STRIPE.as_bytes()).unwrap();
    let report = reconcile(&school, account.id, lines.clone()).await;
    let place = |payment: Id<Payment>| {
        report.movements.iter().position(|it| it.payment_id == payment).unwrap()
    };
    let fee = |line, minor| Finding::Fee { line, amount: usd(minor) };
    assert_eq!(
        report.reconciliation.findings,
        [
            Finding::Matched { line: 0, movement: place(first.id) },
            fee(0, 320),
            Finding::AmountDiffers {
                line: 1,
                movement: place(second.id),
                there: usd(9_900),
                here: usd(10_000),
            },
            fee(1, 317),
            Finding::MissingHere { line: 2 },
            fee(2, 175),
            fee(3, 200),
            Finding::MissingThere { movement: place(third.id) },
        ]
    );
    // The fee of the charge that is missing here waits for it.
    assert_eq!((report.fees_booked, report.differences), (3, 3));
    assert_eq!(balance(&school, AccountKind::GatewayFees).await, 320 + 317 + 200);
    assert_eq!(said(&school, "commerce.settlement_difference_found").await, 3);
    assert_eq!(said(&school, "commerce.payment_question_due").await, 2);
    // What was taken stays what the gateway said of it.
    assert_eq!(school.get(second.id).await.captured, usd(10_000));
    // Again: nothing is booked twice.
    let again = reconcile(&school, account.id, lines).await;
    assert_eq!(again.reconciliation, report.reconciliation);
    assert_eq!(again.fees_booked, 0);
    assert_eq!(balance(&school, AccountKind::GatewayFees).await, 320 + 317 + 200);
    journal::check(&school).await;
}

#[tokio::test]
async fn a_settlement_file_is_read_line_by_line() {
    a_file_is_read_line_by_line(Store::new(MemoryStore::new()), 1).await;
    let database = TestServer::shared().await.unwrap().database().await.unwrap();
    a_file_is_read_line_by_line(Store::new(database.store()), 2).await;
}

/// A fee that a webhook told first is not booked again, and a payment of another month that a line
/// names is not missing there.
#[tokio::test]
async fn a_known_fee_is_booked_once_and_other_months_are_on_other_files() {
    let school = School::open().await;
    let account = account(&school, "stripe").await;
    let fee = PaymentFact::Fee { key: "ch_1".into(), amount: usd(320), of: None };
    paid(&school, "stripe/main", "pi_1", vec![taken("ch_1", 10_000), fee]).await;
    let earlier = PaymentFact::Capture {
        key: "ch_0".into(),
        amount: usd(10_000),
        at: at("2023-12-30T12:00:00Z"),
    };
    let back = PaymentFact::Refund {
        key: "re_0".into(),
        amount: usd(1_000),
        register: lms::commerce::RefundRegister::Succeeded,
    };
    paid(&school, "stripe/main", "pi_0", vec![earlier, back]).await;
    let file = "balance_transaction_id,currency,gross,fee,net,reporting_category,source_id,charge_id,payment_intent_id
txn_1,usd,100.00,3.20,96.80,charge,ch_1,ch_1,pi_1
txn_2,usd,-10.00,0.00,-10.00,refund,re_0,ch_0,pi_0
";
    let lines = stripe_payouts(file.as_bytes()).unwrap();
    let report = reconcile(&school, account.id, lines).await;
    assert!(report.reconciliation.is_clean(), "{report:#?}");
    assert_eq!((report.fees_booked, report.differences), (0, 0));
    assert_eq!(balance(&school, AccountKind::GatewayFees).await, 320);
    journal::check(&school).await;
}

/// A gateway's message and its settlement file state one fee, by whichever name and in whichever
/// order: the books are the same.
#[tokio::test]
async fn a_fee_is_booked_once_in_any_order_of_message_and_file() {
    let file = "balance_transaction_id,currency,gross,fee,net,reporting_category,source_id,charge_id,payment_intent_id
txn_1,usd,100.00,3.20,96.80,charge,ch_1,ch_1,pi_1
txn_2,usd,-15.00,0.00,-15.00,fee,dp_1,ch_1,pi_1
";
    let lines = stripe_payouts(file.as_bytes()).unwrap();
    for name in ["ch_1", "pi_1", "txn_1"] {
        for minor in [320, 325] {
            for order in [["message", "file"], ["file", "message"]] {
                let school = School::open().await;
                let account = account(&school, "stripe").await;
                let payment =
                    paid(&school, "stripe/main", "pi_1", vec![taken("ch_1", 10_000)]).await;
                let fee = |key: &str, minor| PaymentFact::Fee {
                    key: key.into(),
                    amount: usd(minor),
                    of: None,
                };
                for step in order {
                    match step {
                        "message" => {
                            let fees = vec![fee(name, minor), fee("dp_1", 1_500)];
                            tell(&school, payment.id, fees).await;
                        }
                        _ => drop(reconcile(&school, account.id, lines.clone()).await),
                    }
                }
                let fees = balance(&school, AccountKind::GatewayFees).await;
                assert_eq!(fees, 320 + 1_500, "{name} {minor} {order:?}");
                let clearing = balance(&school, AccountKind::Clearing).await;
                assert_eq!(clearing, 10_000 - fees, "{name} {minor} {order:?}");
                journal::check(&school).await;
            }
        }
    }
}

/// The fee of a charge that the file knows first is booked when its payment is known.
#[tokio::test]
async fn the_fee_of_an_unknown_charge_waits_for_its_payment() {
    let school = School::open().await;
    let account = account(&school, "stripe").await;
    let lines = stripe_payouts(STRIPE.as_bytes()).unwrap();
    let first = reconcile(&school, account.id, lines.clone()).await;
    assert_eq!((first.fees_booked, first.differences), (1, 3));
    assert_eq!(balance(&school, AccountKind::GatewayFees).await, 200);
    let fee = PaymentFact::Fee { key: "ch_1".into(), amount: usd(320), of: None };
    paid(&school, "stripe/main", "pi_1", vec![taken("ch_1", 10_000), fee]).await;
    for _ in 0..2 {
        let again = reconcile(&school, account.id, lines.clone()).await;
        assert_eq!((again.fees_booked, again.differences), (0, 2));
        assert_eq!(balance(&school, AccountKind::GatewayFees).await, 520);
    }
    journal::check(&school).await;
}

/// Midtrans names transactions by its own id and by the order's.
#[tokio::test]
async fn a_settlement_file_of_midtrans_is_reconciled() {
    let school = School::open().await;
    let account = account(&school, "midtrans").await;
    let rupiah = |minor| Money::from_minor(minor, Currency::IDR);
    let course = school.sells(ItemKind::Course, rupiah(15_000_000)).await;
    let cx = school.cx_of(school.student);
    let lines = vec![lms::commerce::OrderLine::of(course)];
    let place = lms::commerce::PlaceOrder::new(school.student.id, lines, Currency::IDR);
    let order = transact!(school, cx, |tx| tx.run(place)).unwrap();
    let start = StartPayment::through(order.id, "midtrans/main", "t-1");
    let payment = transact!(school, cx, |tx| tx.run(start)).unwrap();
    let capture = PaymentFact::Capture {
        key: "t-1".into(),
        amount: rupiah(15_000_000),
        at: at("2024-01-30T12:00:00Z"),
    };
    tell(&school, payment.id, vec![capture]).await;
    let file = "Transaction ID,Order ID,Transaction Status,Gross Amount,Fee,Net Amount
t-1,order-1,settlement,150000.00,4000.00,146000.00
t-2,order-2,settlement,1000.00,0.00,1000.00
";
    let lines = midtrans_settlement(file.replace(' ', "_").to_lowercase().as_bytes()).unwrap();
    let report = reconcile(&school, account.id, lines).await;
    assert_eq!((report.fees_booked, report.differences), (1, 1));
    assert!(matches!(
        report.reconciliation.findings[..],
        [
            Finding::Matched { line: 0, .. },
            Finding::Fee { line: 0, .. },
            Finding::MissingHere { line: 1 }
        ]
    ));
    journal::check(&school).await;
}

#[tokio::test]
async fn a_statement_has_a_time_and_at_most_two_thousand_lines() {
    let school = School::open().await;
    let account = account(&school, "stripe").await.id;
    let (from, to) = january();
    let line = stripe_payouts(STRIPE.as_bytes()).unwrap().remove(0);
    let cx = school.cx_of(school.finance);
    for (lines, to, code) in [
        (vec![line.clone(); 2_001], to, "statement.too_many_lines"),
        (vec![line], from, "statement.period"),
    ] {
        let command = ReconcileStatement { account, lines, from, to };
        let refused = transact!(school, cx, |tx| tx.run(command)).unwrap_err();
        assert_eq!(refused.code(), code);
    }
    assert_eq!(balance(&school, AccountKind::GatewayFees).await, 0);
}

/// A credit note puts money into a wallet that did not come in: once, above zero, for one person.
#[tokio::test]
async fn a_credit_note_is_spent_from_the_wallet_and_is_no_cash() {
    let school = School::open().await;
    let cx = school.cx();
    let note = |minor, note: &str, customer| CreditCustomer {
        customer,
        amount: usd(minor),
        note: note.to_owned(),
    };
    let ada = school.student.id;
    for _ in 0..2 {
        let wallet = transact!(school, cx, |tx| tx.run(note(1_500, "CN-1", ada))).unwrap();
        assert_eq!(wallet.balance, usd(1_500));
    }
    assert_eq!(balance(&school, AccountKind::Clearing).await, 0);
    assert_eq!(balance(&school, AccountKind::Adjustments).await, 1_500);
    for (minor, name, customer, code) in [
        (0, "CN-2", ada, "wallet.not_a_credit"),
        (-5, "CN-2", ada, "wallet.not_a_credit"),
        (5, "", ada, "wallet.reference_length"),
        (1_500, "CN-1", school.other_student.id, "ledger.already_entered"),
        (1_501, "CN-1", ada, "ledger.already_entered"),
    ] {
        let refused = transact!(school, cx, |tx| tx.run(note(minor, name, customer)));
        assert_eq!(refused.unwrap_err().code(), code);
    }
    let course = school.sells(ItemKind::Course, usd(1_500)).await;
    let order = school.order(&[course]).await;
    let pay = lms::commerce::PayFromWallet { order: order.id };
    let student = school.cx_of(school.student);
    transact!(school, student, |tx| tx.run(pay)).unwrap();
    assert!(school.has_access(course).await);
    journal::check(&school).await;
}
