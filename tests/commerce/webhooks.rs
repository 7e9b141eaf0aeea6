//! Webhooks of gateways: verified, kept once, claimed, applied once.
use async_trait::async_trait;
use lms::{
    commerce::{
        ApplyWebhook, ClaimWebhooks, CloseGatewayAccount, GatewayAccount, GatewayQuestions,
        ItemKind, NextAction, OpenGatewayAccount, Order, OrderStatus, Payment, PaymentFact,
        PaymentMethod, PutWebhookBack, ReceiveWebhook, ReplayWebhook, RotateGatewaySecret,
        StartPayment, StoredSecret, WebhookClaim, WebhookError, WebhookMessage, WebhookReceipt,
        WebhookRequest, WebhookRound, WebhookStatus, work_webhooks,
    },
    kernel::{Id, Timestamp},
    store::{PageSize, Query},
};

use crate::{
    journal,
    school::{School, at, usd},
    transact,
};

const TOKEN: &str = "a token that nobody guesses";

async fn account(school: &School, kind: &str, name: &str, secret: &str) -> GatewayAccount {
    let cx = school.cx();
    let secret = StoredSecret::new(secret);
    transact!(school, cx, |tx| tx.run(OpenGatewayAccount {
        gateway: kind.to_string(),
        name: name.to_string(),
        secret
    }))
    .unwrap()
}

/// What Xendit sends when an invoice was paid.
fn paid(invoice: &str, payment: &str, amount: i64) -> String {
    format!(
        r#"{{"id":"{invoice}","external_id":"{payment}","status":"PAID","amount":{amount},
        "paid_amount":{amount},"currency":"USD","paid_at":"2024-01-31T09:10:00Z"}}"#
    )
}

async fn receive(
    school: &School,
    account: Id<GatewayAccount>,
    token: &str,
    body: &str,
) -> Result<WebhookReceipt, WebhookError> {
    let headers = [("X-Callback-Token", token)];
    let request = WebhookRequest::new(&headers, body.as_bytes());
    let cx = school.cx();
    transact!(school, cx, |tx| tx.run(ReceiveWebhook::new(account, &request)))
}

async fn work(school: &School) -> WebhookRound {
    work_webhooks(&school.store, &school.cx(), None, PageSize::MAX).await.unwrap()
}

async fn started(school: &School, order: &Order, key: &str, name: &str) -> Payment {
    let cx = school.cx_of(school.student);
    let command = StartPayment::through(order.id, key, name);
    transact!(school, cx, |tx| tx.run(command)).unwrap()
}

async fn messages(school: &School) -> Vec<WebhookMessage> {
    school.all(Query::<WebhookMessage>::all()).await
}

#[tokio::test]
async fn an_event_that_is_sent_many_times_pays_once() {
    let school = School::open().await;
    let account = account(&school, "xendit", "main", TOKEN).await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    started(&school, &order, "xendit/main", "inv-1").await;
    let body = paid("inv-1", "x", 10);
    let first = receive(&school, account.id, TOKEN, &body).await.unwrap();
    assert!(matches!(first, WebhookReceipt::Stored(_, WebhookStatus::Received)), "{first:?}");
    let second = receive(&school, account.id, TOKEN, &body).await.unwrap();
    assert!(matches!(second, WebhookReceipt::Repeated(_, WebhookStatus::Received)));
    assert_eq!(school.checked(&order).await.status, OrderStatus::Pending, "nothing is applied yet");
    assert_eq!(work(&school).await.applied, 1);
    let late = receive(&school, account.id, TOKEN, &body).await.unwrap();
    assert!(matches!(late, WebhookReceipt::Repeated(_, WebhookStatus::Processed)), "{late:?}");
    assert_eq!(work(&school).await, WebhookRound::default());
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
    assert_eq!(messages(&school).await.len(), 1);
    journal::check(&school).await;
}

#[tokio::test]
async fn secrets_are_the_accounts_own_and_rotate() {
    let school = School::open().await;
    let other = School::open_on(school.store.clone(), 2).await;
    let mine = account(&school, "xendit", "main", TOKEN).await;
    let second = account(&school, "xendit", "second", "another token").await;
    let theirs = account(&other, "xendit", "main", "their token").await;
    let body = paid("inv-1", "x", 10);
    for (school, account, token, taken) in [
        (&school, mine.id, TOKEN, true),
        (&school, mine.id, "their token", false),
        (&school, mine.id, "another token", false),
        (&school, second.id, TOKEN, false),
        (&other, theirs.id, TOKEN, false),
    ] {
        let receipt = receive(school, account, token, &body).await.unwrap();
        assert_eq!(receipt.is_taken(), taken, "{token} at {account}");
    }
    let foreign = receive(&school, theirs.id, "their token", &body).await;
    assert!(matches!(foreign, Err(WebhookError::UnknownAccount)), "{foreign:?}");
    let rejected = messages(&school).await;
    let rejected: Vec<_> =
        rejected.iter().filter(|it| it.status == WebhookStatus::Rejected).collect();
    assert_eq!(rejected.len(), 2, "one for what each account did not believe");
    assert!(rejected.iter().all(|it| it.body.is_empty() && it.facts.is_empty()));
    assert!(rejected.iter().all(|it| it.next_action_at == NextAction::NEVER));

    let cx = school.cx();
    let new = StoredSecret::new("a new token");
    assert_eq!(format!("{new:?}"), "[redacted]");
    transact!(school, cx, |tx| tx.run(RotateGatewaySecret {
        account: mine.id,
        secret: new,
        overlap_hours: 24
    }))
    .unwrap();
    for (hours, token, taken) in [
        (23, TOKEN, true),
        (23, "a new token", true),
        (25, TOKEN, false),
        (25, "a new token", true),
    ] {
        let receipt = receive(&school.later(hours), mine.id, token, &body).await.unwrap();
        assert_eq!(receipt.is_taken(), taken, "{token} after {hours} hours");
    }
    transact!(school, cx, |tx| tx.run(CloseGatewayAccount { account: mine.id })).unwrap();
    let closed = receive(&school, mine.id, TOKEN, &body).await;
    assert!(matches!(closed, Err(WebhookError::UnknownAccount)));
}

#[tokio::test]
async fn the_same_key_with_another_meaning_is_a_conflict() {
    let school = School::open().await;
    let account = account(&school, "xendit", "main", TOKEN).await;
    let body = paid("inv-1", "x", 10);
    receive(&school, account.id, TOKEN, &body).await.unwrap();
    // What does not matter may differ; the amount may not.
    let spaced = body.replace(',', " , ");
    let same = receive(&school, account.id, TOKEN, &spaced).await.unwrap();
    assert!(matches!(same, WebhookReceipt::Repeated(..)));
    let dearer = paid("inv-1", "x", 11);
    let other = receive(&school, account.id, TOKEN, &dearer).await.unwrap();
    assert!(matches!(other, WebhookReceipt::Stored(_, WebhookStatus::Conflict)), "{other:?}");
    let WebhookReceipt::Stored(id, _) = other else { return };
    let cx = school.cx();
    let refused = transact!(school, cx, |tx| tx.run(ReplayWebhook { message: id }));
    assert!(matches!(refused, Err(WebhookError::Transition(_))));
}

#[tokio::test]
async fn an_event_that_is_too_early_waits_for_its_payment() {
    let school = School::open().await;
    let account = account(&school, "xendit", "main", TOKEN).await;
    receive(&school, account.id, TOKEN, &paid("inv-1", "x", 10)).await.unwrap();
    assert_eq!(work(&school).await.deferred, 1);
    assert_eq!(work(&school).await.total(), 0, "it waits");
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    started(&school, &order, "xendit/main", "inv-1").await;
    let later = school.later(1);
    assert_eq!(work(&later).await.applied, 1);
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);

    // One whose payment never comes is given up, and an operator may try again.
    receive(&school, account.id, TOKEN, &paid("inv-2", "x", 10)).await.unwrap();
    for day in 0..12 {
        work(&school.later(24 * day)).await;
    }
    let dead = messages(&school).await;
    let dead = dead.iter().find(|it| it.status == WebhookStatus::Dead).unwrap();
    assert_eq!((dead.attempts, dead.next_action_at), (12, NextAction::NEVER));
    let second = school.order(&[course]).await;
    started(&school, &second, "xendit/main", "inv-2").await;
    let cx = school.cx();
    transact!(school, cx, |tx| tx.run(ReplayWebhook { message: dead.id })).unwrap();
    assert_eq!(work(&school).await.applied, 1);
    assert_eq!(school.checked(&second).await.status, OrderStatus::Completed);
    journal::check(&school).await;
}

#[tokio::test]
async fn the_hosts_own_name_finds_the_payment_of_the_same_account_only() {
    let school = School::open().await;
    let main = account(&school, "xendit", "main", TOKEN).await;
    let second = account(&school, "xendit", "second", TOKEN).await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    let cx = school.cx_of(school.student);
    let mut command = StartPayment::of(order.id, PaymentMethod::Gateway);
    command.gateway = Some("xendit/main".into());
    let payment = transact!(school, cx, |tx| tx.run(command)).unwrap();
    let body = paid("inv-9", &payment.id.to_string(), 10);
    receive(&school, second.id, TOKEN, &body).await.unwrap();
    assert_eq!(work(&school).await.deferred, 1, "another account's word does not count");
    receive(&school, main.id, TOKEN, &body).await.unwrap();
    assert_eq!(work(&school).await.applied, 1);
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
}

#[tokio::test]
async fn a_worker_that_dies_gives_its_messages_back_and_comes_too_late() {
    let school = School::open().await;
    let account = account(&school, "xendit", "main", TOKEN).await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    started(&school, &order, "xendit/main", "inv-1").await;
    receive(&school, account.id, TOKEN, &paid("inv-1", "x", 10)).await.unwrap();
    let cx = school.cx();
    let claim = |school: &School| {
        let school = school.clone();
        async move {
            let cx = school.cx();
            let taken =
                transact!(school, cx, |tx| tx.run(ClaimWebhooks { limit: PageSize::MAX })).unwrap();
            taken.into_iter().next()
        }
    };
    let dead = claim(&school).await.unwrap();
    assert!(claim(&school).await.is_none(), "somebody has it");
    let minute = Timestamp::saturating_add(school.now(), chrono::TimeDelta::seconds(60));
    let later = school.at(minute);
    let alive = claim(&later).await.unwrap();
    let of = |it: &WebhookMessage| WebhookClaim { message: it.id, claim: it.claim.unwrap() };
    let late =
        transact!(school, cx, |tx| tx.run(ApplyWebhook { claim: of(&dead), confirmed: None }));
    assert!(matches!(late, Err(WebhookError::ClaimLost)), "{late:?}");
    transact!(school, cx, |tx| tx
        .run(PutWebhookBack { claim: of(&alive), reason: "the net is down".to_owned() }))
    .unwrap();
    let failed: WebhookMessage = school.get(alive.id).await;
    assert_eq!((failed.status, failed.attempts), (WebhookStatus::Failed, 1));
    assert_eq!(failed.reason.as_deref(), Some("the net is down"));
    assert_eq!(work(&later.later(1)).await.applied, 1);
    assert_eq!(school.checked(&order).await.status, OrderStatus::Completed);
}

#[derive(Debug)]
struct Answers(Result<Vec<PaymentFact>, String>);

#[async_trait]
impl GatewayQuestions for Answers {
    async fn what_became_of(&self, gateway: &str, _: &str) -> Result<Vec<PaymentFact>, String> {
        assert_eq!(gateway, "midtrans/main");
        self.0.clone()
    }
}

/// A Midtrans notice whose signature is right. It does not sign the transaction's status.
const SETTLED: &str = r#"{"order_id":"o-1","status_code":"200","gross_amount":"10.00",
    "transaction_id":"t-1","transaction_status":"settlement","currency":"USD",
    "transaction_time":"2024-01-31 18:27:19","signature_key":"SIGNATURE"}"#;

#[tokio::test]
async fn what_a_signature_leaves_open_is_asked_before_it_is_believed() {
    let school = School::open().await;
    let account = account(&school, "midtrans", "main", "server-key").await;
    let course = school.sells(ItemKind::Course, usd(1_000)).await;
    let order = school.order(&[course]).await;
    started(&school, &order, "midtrans/main", "t-1").await;
    let signed = sha512("o-120010.00server-key");
    let body = SETTLED.replace("SIGNATURE", &signed);
    let request = WebhookRequest::new(&[], body.as_bytes());
    let cx = school.cx();
    let receipt =
        transact!(school, cx, |tx| tx.run(ReceiveWebhook::new(account.id, &request))).unwrap();
    assert!(receipt.is_taken(), "{receipt:?}");
    let few = PageSize::MAX;
    let silent = Answers(Err("a timeout".into()));
    let round = work_webhooks(&school.store, &cx, Some(&silent), few).await.unwrap();
    assert_eq!(round.failed, 1);
    assert_eq!(school.checked(&order).await.status, OrderStatus::Pending);
    // The gateway says that it was denied: somebody bent the notice.
    let denied = Answers(Ok(vec![PaymentFact::Fail { at: at("2024-01-31T11:00:00Z") }]));
    let later = school.later(1);
    let round = work_webhooks(&school.store, &later.cx(), Some(&denied), few).await.unwrap();
    assert_eq!(round.applied, 1);
    assert_eq!(school.checked(&order).await.status, OrderStatus::Failed);
}

#[tokio::test]
async fn only_those_who_may_open_turn_and_replay() {
    let school = School::open().await;
    let account = account(&school, "xendit", "main", TOKEN).await;
    let receipt = receive(&school, account.id, TOKEN, &paid("inv-1", "x", 10)).await.unwrap();
    let WebhookReceipt::Stored(message, _) = receipt else { panic!("{receipt:?}") };
    let cx = school.cx_of(school.student);
    let secret = || StoredSecret::new("s");
    let name = "sly";
    let denied = |it: Result<(), WebhookError>| matches!(it, Err(WebhookError::Denied(_)));
    assert!(denied(
        transact!(school, cx, |tx| tx.run(OpenGatewayAccount {
            gateway: "xendit".to_owned(),
            name: name.to_string(),
            secret: secret()
        }))
        .map(drop)
    ));
    assert!(denied(transact!(school, cx, |tx| tx.run(RotateGatewaySecret {
        account: account.id,
        secret: secret(),
        overlap_hours: 1
    }))));
    assert!(denied(
        transact!(school, cx, |tx| tx.run(CloseGatewayAccount { account: account.id })).map(drop)
    ));
    assert!(denied(transact!(school, cx, |tx| tx.run(ReplayWebhook { message })).map(drop)));
    assert!(denied(
        transact!(school, cx, |tx| tx.run(ClaimWebhooks { limit: PageSize::MAX })).map(drop)
    ));
    assert_eq!(school.denials().await, 5);
    let other = School::open_on(school.store.clone(), 2).await;
    let cx = other.cx();
    let hidden = transact!(other, cx, |tx| tx.run(ReplayWebhook { message }));
    assert!(matches!(hidden, Err(WebhookError::Store(_))), "another tenant sees nothing");
    let taken = transact!(school, school.cx(), |tx| tx.run(OpenGatewayAccount {
        gateway: "xendit".to_owned(),
        name: "main".to_owned(),
        secret: secret()
    }));
    assert!(matches!(taken, Err(WebhookError::NameTaken { .. })), "{taken:?}");
}

/// The SHA-512 of a text, in hexadecimal.
fn sha512(text: &str) -> String {
    use sha2::Digest as _;
    sha2::Sha512::digest(text.as_bytes()).iter().map(|it| format!("{it:02x}")).collect()
}

#[tokio::test]
async fn strangers_never_fill_the_table_of_messages() {
    let school = School::open().await;
    let mine = account(&school, "xendit", "main", TOKEN).await;
    for number in 0..2_000 {
        let body = paid(&format!("inv-{number}"), "x", 10);
        let receipt = receive(&school, mine.id, "guessed", &body).await.unwrap();
        assert!(!receipt.is_taken());
    }
    let noted = messages(&school).await;
    assert!(noted.len() <= WebhookMessage::MAX_REJECTED, "{}", noted.len());
    assert!(receive(&school, mine.id, TOKEN, &paid("inv-1", "x", 10)).await.unwrap().is_taken());
    assert_eq!(messages(&school).await.len(), noted.len() + 1);
}
