//! The same key, the same answer; other parameters are refused.
use std::{collections::BTreeSet, fs, path::Path};

use lms::{
    commerce::{
        AdjustWallet, CancelOrder, ItemKind, Order, OrderError, OrderLine, PaymentMethod,
        PlaceOrder, StartPayment, WalletAccount, WalletError, execute_once, money_commands,
    },
    kernel::Currency,
    store::{Applied, IdempotencyError, Query},
};

use crate::{
    journal,
    school::{School, usd},
};

#[tokio::test]
async fn an_order_that_is_sent_twice_is_placed_once() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let cx = school.cx_of(school.student);
    let command = PlaceOrder::new(school.student.id, vec![OrderLine::of(course)], Currency::USD);
    let first = execute_once(&school.store, &cx, "key-1", command.clone()).await.unwrap();
    let Applied::Executed(order) = first else { panic!("{first:?}") };
    for _ in 0..3 {
        let again = execute_once(&school.store, &cx, "key-1", command.clone()).await.unwrap();
        assert_eq!(again, Applied::AlreadyApplied(order.clone()));
    }
    assert_eq!(school.all(Query::<Order>::all()).await.len(), 1);

    let other = PlaceOrder { lines: vec![OrderLine::seats(course, 2)], ..command.clone() };
    let refused = execute_once(&school.store, &cx, "key-1", other).await;
    let other_parameters =
        |it: &OrderError| matches!(it, OrderError::Idempotency(IdempotencyError::OtherParameters));
    assert!(refused.as_ref().is_err_and(other_parameters), "{refused:?}");
    let cancel = CancelOrder { order: order.id };
    let refused = execute_once(&school.store, &cx, "key-1", cancel).await;
    assert!(refused.as_ref().is_err_and(other_parameters), "another command: {refused:?}");
    let empty = execute_once(&school.store, &cx, "", command).await;
    assert!(matches!(empty, Err(OrderError::Idempotency(IdempotencyError::InvalidKey))));
}

#[tokio::test]
async fn a_key_belongs_to_whoever_sends_it() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let mut orders = BTreeSet::new();
    for person in [school.student, school.other_student] {
        let cx = school.cx_of(person);
        let command = PlaceOrder::new(person.id, vec![OrderLine::of(course)], Currency::USD);
        let done = execute_once(&school.store, &cx, "the same", command).await.unwrap();
        assert!(orders.insert(done.into_answer().id), "nobody reads another's answer");
    }
    let other_tenant = School::open_on(school.store.clone(), 2).await;
    let course = other_tenant.sells(ItemKind::Course, usd(1_000)).await;
    let cx = other_tenant.cx_of(other_tenant.student);
    let lines = vec![OrderLine::of(course)];
    let command = PlaceOrder::new(other_tenant.student.id, lines, Currency::USD);
    let done = execute_once(&other_tenant.store, &cx, "the same", command).await.unwrap();
    assert!(matches!(done, Applied::Executed(_)));
}

#[tokio::test]
async fn what_was_refused_leaves_no_trace_of_its_key() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let cx = school.cx_of(school.student);
    let pay = lms::commerce::PayFromWallet { order: order.id };
    let empty = execute_once(&school.store, &cx, "pay", pay).await;
    assert!(matches!(empty, Err(WalletError::NotEnough { .. })), "{empty:?}");
    let desk = school.cx_of(school.finance);
    let top_up =
        AdjustWallet { holder: school.student.id, amount: usd(1_000), reference: "r".into() };
    for _ in 0..2 {
        execute_once(&school.store, &desk, "top-up", top_up.clone()).await.unwrap();
    }
    let wallet = school.all(Query::<WalletAccount>::all()).await.remove(0);
    assert_eq!(wallet.balance, usd(1_000));
    for _ in 0..2 {
        execute_once(&school.store, &cx, "pay", pay).await.unwrap();
    }
    let wallet = school.all(Query::<WalletAccount>::all()).await.remove(0);
    assert_eq!(wallet.balance, usd(0));
    assert!(school.has_access(course).await);
    journal::check(&school).await;
}

#[tokio::test]
async fn somebody_else_gets_neither_the_answer_nor_the_work() {
    let school = School::open().await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let cx = school.cx_of(school.student);
    let start = StartPayment::of(order.id, PaymentMethod::Cash);
    execute_once(&school.store, &cx, "start", start.clone()).await.unwrap();
    let sly = school.cx_of(school.other_student);
    let refused = execute_once(&school.store, &sly, "start", start).await;
    assert!(matches!(refused, Err(lms::commerce::PaymentError::Denied(_))), "{refused:?}");
    assert_eq!(school.denials().await, 1);
}

/// Use cases without a command, and why sending one twice does no harm.
const WITHOUT_KEY: [(&str, &str); 31] = [
    ("tenant_invoices", "reads"),
    ("payout_balance", "reads"),
    ("next_number", "a part of use cases that have a key"),
    ("ask_payments_due", "time brings it once"),
    ("end_grants_due", "time brings it once"),
    ("expire_orders_due", "time brings it once"),
    ("pass_instalments_due", "time brings it once"),
    ("release_holds_due", "time brings it once"),
    ("release_reservations_due", "time brings it once"),
    ("remind_proofs_due", "time brings it once"),
    ("remind_refunds_due", "time brings it once"),
    ("receive_webhook", "the gateway's own key"),
    ("claim_webhooks", "a claim is a worker's own"),
    ("apply_webhook", "a message is applied once, by who claimed it"),
    ("put_webhook_back", "a claim is a worker's own"),
    ("replay_webhook", "a message that is back is back"),
    ("fan_out_message", "one delivery per message and endpoint"),
    ("claim_webhook_deliveries", "a claim is a worker's own"),
    ("record_delivery_answer", "an answer counts once, from who claimed it"),
    ("replay_delivery", "a delivery that is back is back"),
    ("add_webhook_endpoint", "no money, and a secret that is not kept in answers"),
    ("rotate_endpoint_secret", "no money, and a secret that is not kept in answers"),
    ("switch_webhook_endpoint", "no money, and the same again changes nothing"),
    ("open_gateway_account", "no money, and a secret that is not kept in answers"),
    ("rotate_gateway_secret", "no money, and a secret that is not kept in answers"),
    ("close_gateway_account", "no money, and the same again changes nothing"),
    ("offer_of", "reads"),
    ("balance_of", "reads"),
    ("tick", "time brings it once"),
    ("work_webhooks", "a claim is a worker's own"),
    ("execute_once", "this is it"),
];

/// The names of the public use cases of commerce.
fn use_cases(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            use_cases(&path, found);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            let names = text.split("pub async fn ").skip(1);
            found.extend(names.map(|it| it.split(['(', '<']).next().unwrap().to_owned()));
        }
    }
}

#[test]
fn everything_that_moves_money_has_a_command() {
    let commands: BTreeSet<_> = money_commands().into_iter().map(str::to_owned).collect();
    assert_eq!(commands.len(), money_commands().len(), "each has a name of its own");
    let mut written = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("lms-core/commerce/src");
    use_cases(&root, &mut written);
    let exempt: BTreeSet<_> = WITHOUT_KEY.iter().map(|it| it.0.to_owned()).collect();
    assert!(commands.is_disjoint(&exempt));
    let missing: Vec<_> =
        written.iter().filter(|it| !commands.contains(*it) && !exempt.contains(*it)).collect();
    assert!(missing.is_empty(), "use cases that cannot be sent with a key: {missing:?}");
    let gone: Vec<_> = commands.union(&exempt).filter(|it| !written.contains(*it)).collect();
    assert!(gone.is_empty(), "commands without a use case: {gone:?}");
}
