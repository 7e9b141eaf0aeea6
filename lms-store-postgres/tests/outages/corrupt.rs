//! Stored values that mean nothing: named with their place, beside others that are read.
use lms_core::{
    assessment::question::{AnswerKey, Choice, Question, QuestionKind},
    commerce::Package,
    kernel::{Context, Id, Money},
    store::{Query, Record, Store, StoreError},
};
use lms_store_postgres::testing::{TestDatabase, TestServer};
use sqlx::AssertSqlSafe;

use crate::{causes, cx};

struct Stage {
    database: TestDatabase,
    store: Store,
    cx: Context,
}

impl Stage {
    async fn new() -> Self {
        let database = TestServer::shared().await.unwrap().database().await.unwrap();
        let store = Store::new(database.store());
        Self { database, store, cx: cx() }
    }

    async fn save<R: Record>(&self, records: &[R]) {
        let mut tx = self.store.begin(&self.cx).await.unwrap();
        tx.insert_all(records).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// As the login that owns the tables, in the tenant's name.
    async fn spoil<R: Record>(&self, id: Id<R>, what: &str) {
        let (table, tenant, id) = (R::TABLE, self.cx.tenant(), id.uuid());
        let sql = format!(
            "BEGIN; SET LOCAL lms.tenant_id = '{tenant}'; \
             UPDATE lms.{table} SET {what} WHERE id = '{id}'; COMMIT"
        );
        let owner = self.database.owner_pool();
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&owner).await.unwrap();
        assert_eq!(done.rows_affected(), 1, "{what}");
    }

    /// The spoiled record is refused by its place, alone and on a page; the sound one is read.
    async fn expect<R: Record>(&self, column: &str, spoiled: Id<R>, sound: &R) -> String {
        let mut tx = self.store.begin(&self.cx).await.unwrap();
        let error = tx.get(spoiled).await.unwrap_err();
        let on_a_page = tx.page(Query::<R>::all()).await.unwrap_err();
        for error in [&error, &on_a_page] {
            assert!(
                matches!(error, StoreError::Corrupt { table, column: found, id: Some(id), .. }
                    if (*table, *found, *id) == (R::TABLE, column, spoiled.uuid())),
                "{error:?}"
            );
        }
        assert_eq!(tx.require(sound.id()).await.unwrap(), *sound);
        causes(&error)
    }
}

#[tokio::test]
async fn a_document_that_means_nothing() {
    let stage = Stage::new().await;
    let cx = &stage.cx;
    let question = || {
        let options = vec![Choice::new(cx.id(), "one", true), Choice::new(cx.id(), "two", false)];
        let key = AnswerKey::choices();
        Question::new(cx, QuestionKind::SingleChoice, "Which?", key).with_options(options)
    };
    for (column, document) in [
        ("options", r#"{"secret": "words"}"#),
        ("options", r#"[{"text": "no id, secret words"}]"#),
        ("options", r#"["secret words"]"#),
        ("answer_key", r#""secret words""#),
        ("answer_key", "null"),
        ("answer_key", r#"{"key": "choices", "rule": 7}"#),
    ] {
        let (sound, spoiled) = (question(), question());
        stage.save(&[sound.clone(), spoiled.clone()]).await;
        stage.spoil(spoiled.id, &format!("{column} = '{document}'")).await;
        let said = stage.expect(column, spoiled.id, &sound).await;
        assert!(!said.contains("secret"), "it quotes what is stored: {said}");
        let mut tx = stage.store.begin(cx).await.unwrap();
        tx.purge(&sound).await.unwrap();
        tx.commit().await.unwrap();
        stage.spoil(spoiled.id, "options = '[]', answer_key = '{\"key\": \"choices\"}'").await;
    }
}

/// An amount without its currency, which no check of the table forbids.
#[tokio::test]
async fn a_state_that_cannot_be() {
    let stage = Stage::new().await;
    let cx = &stage.cx;
    let package = |slug: &str| {
        let price = Money::from_minor(100, "EUR".parse().unwrap());
        Package::new(cx, "Package".parse().unwrap(), slug.parse().unwrap(), Some(price))
    };
    let (sound, spoiled) = (package("sound"), package("spoiled"));
    stage.save(&[sound.clone(), spoiled.clone()]).await;
    stage.spoil(spoiled.id, "price_currency = NULL").await;
    let said = stage.expect("price_currency", spoiled.id, &sound).await;
    assert!(said.contains("an amount and a currency go together"), "{said}");
}
