//! The web host of the example, driven over HTTP by a client of a few lines.
use std::time::Duration;

use serde_json::Value;

#[path = "support/served.rs"]
mod served;

use served::Served;

const TOKEN: &str = "the token of the example";

/// The host, and the account that the gateway calls it for.
struct Shop {
    host: Served,
    account: String,
}

impl Shop {
    fn open(arguments: &[&str]) -> Self {
        let host = Served::open("axum_webhooks", arguments);
        let account = host.printed[0].strip_prefix("account ").unwrap().to_owned();
        Self { host, account }
    }

    fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
        self.host.call(method, path, headers, body)
    }

    fn order(&self) -> (i64, String) {
        let (status, order) = self.call("POST", "/orders", &[], "");
        assert_eq!((status, &order["total"]), (201, &Value::from("25.00 EUR")), "{order}");
        (order["number"].as_i64().unwrap(), order["invoice"].as_str().unwrap().to_owned())
    }

    fn paid(&self, invoice: &str, token: &str) -> (u16, Value) {
        let body = format!(
            r#"{{"id":"{invoice}","external_id":"x","status":"PAID","paid_amount":25,
            "currency":"EUR","paid_at":"2024-03-01T09:10:00Z"}}"#
        );
        let path = format!("/webhooks/{}", self.account);
        self.call("POST", &path, &[("x-callback-token", token)], &body)
    }

    /// How an order stands, once it stands so or some seconds have passed.
    fn standing(&self, number: i64, wanted: &str) -> Value {
        for _ in 0..200 {
            let (status, order) = self.call("GET", &format!("/orders/{number}"), &[], "");
            assert_eq!(status, 200);
            if order["status"] == wanted {
                return order;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("order {number} never stood as `{wanted}`");
    }
}

fn sell(shop: &Shop) {
    let (number, invoice) = shop.order();
    assert_eq!(shop.standing(number, "pending")["access"], false);
    let (status, answer) = shop.paid(&invoice, "a guess");
    assert_eq!((status, &answer["receipt"]), (401, &Value::from("rejected")));
    let receipts: Vec<(u16, Value)> = (0..3).map(|_| shop.paid(&invoice, TOKEN)).collect();
    let words: Vec<&str> = receipts.iter().filter_map(|it| it.1["receipt"].as_str()).collect();
    assert_eq!(words, ["stored", "repeated", "repeated"]);
    assert!(receipts.iter().all(|it| it.0 == 200));
    assert_eq!(shop.standing(number, "completed")["access"], true);

    let (second, _) = shop.order();
    assert_eq!(second, number + 1);
    let (_, counts) = shop.call("GET", "/webhooks", &[], "");
    assert_eq!(counts, serde_json::json!({ "processed": 1, "rejected": 1 }));
}

#[test]
fn a_paid_order_gives_access_over_http() {
    sell(&Shop::open(&[]));
}

#[test]
fn strangers_and_unknown_things_are_told_so() {
    let shop = Shop::open(&[]);
    let (status, _) = shop.call("GET", "/orders/77", &[], "");
    assert_eq!(status, 404);
    for account in ["nonsense", "00000000-0000-7000-8000-000000000001"] {
        let path = format!("/webhooks/{account}");
        let (status, answer) = shop.call("POST", &path, &[("x-callback-token", TOKEN)], "{}");
        assert_eq!((status, &answer["error"]), (404, &Value::from("webhook.unknown_account")));
    }
    let path = format!("/webhooks/{}", shop.account);
    let (status, _) = shop.call("POST", &path, &[("x-callback-token", TOKEN)], "not json");
    assert_eq!(status, 200, "it is kept for somebody to look at");
    let (_, counts) = shop.call("GET", "/webhooks", &[], "");
    assert_eq!(counts, serde_json::json!({ "dead": 1 }));
}

#[cfg(feature = "postgres")]
#[test]
fn the_same_holds_on_postgres() {
    use lms::postgres::testing::TestServer;
    use sqlx::ConnectOptions as _;

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let database = runtime.block_on(async {
        let server = TestServer::shared().await.expect("a PostgreSQL server");
        server.unmigrated_database().await.expect("an empty database")
    });
    sell(&Shop::open(&["--database", database.owner_options().to_url_lossy().as_ref()]));
    runtime.block_on(async move { drop(database) });
}
