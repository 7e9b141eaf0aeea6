//! Outgoing webhooks: tenants' endpoints are told what happened, at least once.
use lms::{
    commerce::{
        AddWebhookEndpoint, ClaimWebhookDeliveries, DeliveryAnswer, DeliveryStatus, EndpointStatus,
        FanOutMessage, ItemKind, NextAction, OutgoingWebhook, RecordDeliveryAnswer, ReplayDelivery,
        RotateEndpointSecret, StoredSecret, SwitchWebhookEndpoint, WebhookDelivery,
        WebhookEndpoint, WebhookError, WebhookRequest,
    },
    gateways::{SigningSecret, standard_webhooks},
    outbox::{Relay, claim_messages, mark_sent},
    store::{PageSize, Query},
};

use crate::{
    school::{School, usd},
    transact,
};

const SECRET: &str = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=";
const NEW_SECRET: &str = "whsec_YW5vdGhlci1zZWNyZXQtYW5vdGhlcg==";

async fn endpoint(school: &School, kinds: &[&str]) -> WebhookEndpoint {
    let cx = school.cx();
    let url = "https://hooks.example.org/lms".parse().unwrap();
    let kinds = kinds.iter().map(|it| (*it).to_owned()).collect();
    let secret = StoredSecret::new(SECRET);
    transact!(school, cx, |tx| tx.run(AddWebhookEndpoint { url, kinds, secret })).unwrap()
}

/// What the host's relay does.
async fn relay(school: &School) -> usize {
    let cx = school.cx();
    let relay = Relay::default();
    let mut opened = 0;
    let mut claimed = transact!(school, cx, |tx| claim_messages(&mut tx, &relay)).unwrap();
    for message in &mut claimed {
        let mut tx = school.begin().await;
        opened += tx.run(FanOutMessage { message: message.clone() }).await.unwrap();
        assert_eq!(tx.run(FanOutMessage { message: message.clone() }).await.unwrap(), 0, "once");
        mark_sent(&mut tx, message).await.unwrap();
        tx.commit().await.unwrap();
    }
    opened
}

async fn claim(school: &School) -> Vec<OutgoingWebhook> {
    let cx = school.cx();
    transact!(school, cx, |tx| tx.run(ClaimWebhookDeliveries { limit: PageSize::MAX })).unwrap()
}

async fn answer(
    school: &School,
    sent: &OutgoingWebhook,
    answer: DeliveryAnswer,
) -> WebhookDelivery {
    let cx = school.cx();
    let claim = sent.claim;
    transact!(school, cx, |tx| tx.run(RecordDeliveryAnswer { claim, answer })).unwrap()
}

#[tokio::test]
async fn an_endpoint_is_told_what_it_wants_signed_with_every_secret_that_holds() {
    let school = School::open().await;
    let wanted = endpoint(&school, &["commerce.order_completed"]).await;
    let course = school.sells(ItemKind::Course, usd(0)).await;
    let order = school.order(&[course]).await;
    assert_eq!(relay(&school).await, 1);
    assert_eq!(relay(&school).await, 0);
    let cx = school.cx();
    let new = StoredSecret::new(NEW_SECRET);
    transact!(school, cx, |tx| tx.run(RotateEndpointSecret {
        endpoint: wanted.id,
        secret: new,
        overlap_hours: 24
    }))
    .unwrap();
    let sent = claim(&school).await.remove(0);
    assert_eq!(sent.secrets.len(), 2);
    let body: serde_json::Value = serde_json::from_str(&sent.body).unwrap();
    assert_eq!(body["type"], "commerce.order_completed");
    assert_eq!(body["data"]["order_id"], order.id.to_string());

    let secrets: Vec<_> = sent.secrets.iter().map(|it| SigningSecret::new(it.expose())).collect();
    let signed =
        standard_webhooks::sign(&sent.id, school.now(), sent.body.as_bytes(), &secrets).unwrap();
    let headers = [
        ("webhook-id", signed.id.as_str()),
        ("webhook-timestamp", signed.timestamp.as_str()),
        ("webhook-signature", signed.signature.as_str()),
    ];
    let request = WebhookRequest::new(&headers, sent.body.as_bytes());
    for secret in [SECRET, NEW_SECRET] {
        let secret = [SigningSecret::new(secret)];
        standard_webhooks::verify(&request, &secret, school.now()).unwrap();
    }
    let done = answer(&school, &sent, DeliveryAnswer::Status(204)).await;
    assert_eq!((done.status, done.delivered_at), (DeliveryStatus::Delivered, Some(school.now())));
    assert!(claim(&school.later(999)).await.is_empty());
    let cx = school.cx();
    transact!(school, cx, |tx| tx.run(ReplayDelivery { delivery: done.id })).unwrap();
    let again = claim(&school).await.remove(0);
    assert_eq!((again.id, again.body), (sent.id, sent.body), "the same message");
}

#[tokio::test]
async fn a_refusal_is_repeated_ever_more_slowly_and_given_up_after_ten_attempts() {
    let school = School::open().await;
    endpoint(&school, &["commerce.order_placed"]).await;
    let course = school.sells(ItemKind::Course, usd(0)).await;
    school.order(&[course]).await;
    relay(&school).await;
    let mut now = school.clone();
    let mut attempts = 0;
    loop {
        let Some(sent) = claim(&now).await.into_iter().next() else { panic!("nothing is due") };
        assert!(claim(&now).await.is_empty(), "somebody is sending it");
        attempts += 1;
        let reply = match attempts % 2 {
            0 => DeliveryAnswer::None("a timeout".into()),
            _ => DeliveryAnswer::Status(500),
        };
        let noted = answer(&now, &sent, reply.clone()).await;
        let late = transact!(now, now.cx(), |tx| tx
            .run(RecordDeliveryAnswer { claim: sent.claim, answer: reply }));
        assert!(matches!(late, Err(WebhookError::ClaimLost)));
        if noted.status == DeliveryStatus::Dead {
            assert_eq!(noted.next_action_at, NextAction::NEVER);
            break;
        }
        now = now.at(noted.next_action_at.time().unwrap());
    }
    assert_eq!(attempts, 10);
    assert_eq!(now.now().since(school.now()).num_hours(), 75);
}

#[tokio::test]
async fn an_endpoint_that_is_gone_or_switched_off_is_left_alone() {
    let school = School::open().await;
    let gone = endpoint(&school, &[]).await;
    let course = school.sells(ItemKind::Course, usd(0)).await;
    school.order(&[course]).await;
    assert!(relay(&school).await > 2, "it wants everything");
    let sent = claim(&school).await;
    let noted = answer(&school, &sent[0], DeliveryAnswer::Status(410)).await;
    assert_eq!(noted.status, DeliveryStatus::Dead);
    let disabled: WebhookEndpoint = school.get(gone.id).await;
    assert_eq!(disabled.status, EndpointStatus::Disabled);
    assert!(claim(&school.later(1)).await.is_empty());
    let rest = school.all(WebhookDelivery::to(gone.id)).await;
    assert!(rest.iter().all(|it| it.next_action_at == NextAction::NEVER));
    assert!(rest.iter().any(|it| it.status == DeliveryStatus::Cancelled));
    school.order(&[course]).await;
    assert_eq!(relay(&school).await, 0);
}

#[tokio::test]
async fn only_those_who_may_keep_endpoints() {
    let school = School::open().await;
    let own = endpoint(&school, &[]).await;
    let cx = school.cx();
    let url = "http://hooks.example.org".parse().unwrap();
    let secret = StoredSecret::new(SECRET);
    let plain =
        transact!(school, cx, |tx| tx.run(AddWebhookEndpoint { url, kinds: Vec::new(), secret }));
    assert!(matches!(plain, Err(WebhookError::Address)), "{plain:?}");
    let cx = school.cx_of(school.student);
    let url = "https://sly.example.org".parse().unwrap();
    let secret = || StoredSecret::new(SECRET);
    let denied = |it: Result<(), WebhookError>| matches!(it, Err(WebhookError::Denied(_)));
    assert!(denied(
        transact!(school, cx, |tx| tx.run(AddWebhookEndpoint {
            url,
            kinds: Vec::new(),
            secret: secret()
        }))
        .map(drop)
    ));
    assert!(denied(transact!(school, cx, |tx| tx.run(RotateEndpointSecret {
        endpoint: own.id,
        secret: secret(),
        overlap_hours: 1
    }))));
    let off = EndpointStatus::Disabled;
    assert!(denied(
        transact!(school, cx, |tx| tx.run(SwitchWebhookEndpoint { endpoint: own.id, status: off }))
            .map(drop)
    ));
    assert!(denied(
        transact!(school, cx, |tx| tx.run(ClaimWebhookDeliveries { limit: PageSize::MAX }))
            .map(drop)
    ));
    assert_eq!(school.denials().await, 4);
    let other = School::open_on(school.store.clone(), 2).await;
    assert!(other.all(Query::<WebhookEndpoint>::all()).await.is_empty());
}
