//! Values that no backend keeps are refused before they reach one; stored ones that mean nothing
//! are reported.
use std::{fmt, marker::PhantomData};

use lms_core::{
    content::Category,
    kernel::{Context, Id},
    outbox::Message,
    store::{Query, Record, Row, Schema, StoreError, Value},
};
use serde_json::json;

use super::rules;
use crate::{
    Case, Outcome,
    failure::{ensure, ensure_eq, ensure_refused},
    specimens::{category, message},
    stage::Stage,
};

pub(super) fn rules() -> Vec<Case> {
    rules![
        text_with_a_nul_is_refused,
        text_that_is_too_long_is_refused,
        a_number_out_of_range_is_refused,
        a_text_outside_its_closed_set_is_refused,
        a_missing_value_is_refused,
        a_stored_value_that_means_nothing_is_reported,
    ]
}

/// A record of the table of `R` with any values at all, as no constructor would make it.
struct Forged<R: Record> {
    row: Row,
    stamp: R::Stamp,
    of: PhantomData<fn() -> R>,
}

impl<R: Record> Forged<R>
where
    R::Stamp: Clone,
{
    fn new(record: &R, column: &str, value: Value) -> Self {
        let mut row = record.to_row();
        row.set(R::schema(), column, value);
        Self { row, stamp: record.stamp().clone(), of: PhantomData }
    }
}

impl<R: Record> Clone for Forged<R>
where
    R::Stamp: Clone,
{
    fn clone(&self) -> Self {
        Self { row: self.row.clone(), stamp: self.stamp.clone(), of: PhantomData }
    }
}

impl<R: Record> fmt::Debug for Forged<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.row.fmt(f)
    }
}

impl<R: Record> PartialEq for Forged<R> {
    fn eq(&self, other: &Self) -> bool {
        self.row == other.row
    }
}

impl<R: Record> Record for Forged<R>
where
    R::Stamp: Clone + Send + Sync + 'static,
{
    const TABLE: &'static str = R::TABLE;
    const KIND: &'static str = R::KIND;
    type Stamp = R::Stamp;
    fn schema() -> &'static Schema {
        R::schema()
    }
    fn id(&self) -> Id<Self> {
        Id::from_uuid(self.row.id())
    }
    fn stamp(&self) -> &Self::Stamp {
        &self.stamp
    }
    fn stamp_mut(&mut self) -> &mut Self::Stamp {
        &mut self.stamp
    }
    fn to_row(&self) -> Row {
        self.row.clone()
    }
    fn from_row(row: Row) -> Result<Self, StoreError> {
        let stamp = R::from_row(row.clone())?.stamp().clone();
        Ok(Self { row, stamp, of: PhantomData })
    }
}

/// Every way of writing refuses the value, by its table and column, and nothing is stored.
async fn is_refused<R>(stage: &Stage, cx: &Context, forged: &Forged<R>, column: &str) -> Outcome
where
    R: Record,
    R::Stamp: Clone + Send + Sync + 'static,
{
    let mut tx = stage.begin(cx).await?;
    let done = tx.insert(forged).await;
    ensure_refused!(
        done,
        StoreError::InvalidValue { table, column: of, .. } if table == R::TABLE && of == column,
        "`{column}` was stored"
    );
    ensure_refused!(tx.commit().await, StoreError::Poisoned, "it was committed");
    let how =
        lms_core::store::Upsert::on(lms_core::store::Col::<Forged<R>, Id<Forged<R>>>::new("id"));
    let done = stage.begin(cx).await?.upsert(forged, how).await;
    ensure_refused!(done, StoreError::InvalidValue { .. }, "`{column}` was upserted");
    let done = stage.begin(cx).await?.update_all(&mut [forged.clone()]).await;
    ensure_refused!(done, StoreError::InvalidValue { .. }, "`{column}` was updated");
    let found = stage.begin(cx).await?.count(Query::<R>::all()).await?;
    ensure_eq!(found, 0, "records");
    Ok(())
}

async fn text_with_a_nul_is_refused(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "sound");
    for text in ["\0", "a\0", "\0a", "a\0b"] {
        let forged = Forged::new(&record, "kind", Value::Text(text.to_owned()));
        is_refused(&stage, &cx, &forged, "kind").await?;
    }
    for part in [json!("a\0"), json!(["a\0"]), json!({ "a\0": 1 }), json!({ "a": [{ "b": "\0" }] })]
    {
        let forged = Forged::new(&record, "payload", Value::Json(part.into()));
        is_refused(&stage, &cx, &forged, "payload").await?;
    }
    stage.save(&cx, &message(&cx, "\u{1}")).await?;
    Ok(())
}

async fn text_that_is_too_long_is_refused(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = category(&cx, "sound")?;
    let most = Category::schema().column("name").and_then(|it| it.max_length);
    let most = usize::try_from(most.unwrap_or_default())?;
    ensure!(most > 0, "a title has no limit");
    let long = Forged::new(&record, "name", Value::Text("𝄞".repeat(most + 1)));
    is_refused(&stage, &cx, &long, "name").await?;
    let just = Forged::new(&record, "name", Value::Text("𝄞".repeat(most)));
    stage.save(&cx, &just).await?;
    ensure_eq!(stage.stored(&cx, just.id()).await?, Some(just), "the longest text");
    Ok(())
}

async fn a_number_out_of_range_is_refused(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "sound");
    for number in [-1, i64::from(u32::MAX) + 1, i64::MIN, i64::MAX] {
        let forged = Forged::new(&record, "attempts", Value::Int(number));
        is_refused(&stage, &cx, &forged, "attempts").await?;
    }
    Ok(())
}

async fn a_text_outside_its_closed_set_is_refused(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "sound");
    for text in ["", "Pending", "pending ", "lost"] {
        let forged = Forged::new(&record, "status", Value::Text(text.to_owned()));
        is_refused(&stage, &cx, &forged, "status").await?;
    }
    Ok(())
}

async fn a_missing_value_is_refused(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let record = message(&cx, "sound");
    for column in Message::schema().columns.iter().filter(|it| !it.nullable) {
        if ["id", "tenant_id", "version"].contains(&column.name) {
            continue;
        }
        let forged = Forged::new(&record, column.name, Value::Null);
        is_refused(&stage, &cx, &forged, column.name).await?;
    }
    Ok(())
}

async fn a_stored_value_that_means_nothing_is_reported(stage: Stage) -> Outcome {
    let cx = stage.cx();
    let sound = category(&cx, "sound")?;
    let corrupt = category(&cx, "corrupt")?;
    stage.save(&cx, &sound).await?;
    let forged = Forged::new(&corrupt, "slug", Value::Text("Not A Slug".to_owned()));
    let mut tx = stage.raw(cx.scope()).await?;
    tx.insert(Category::schema(), vec![forged.row.clone()]).await?;
    tx.commit().await?;
    let mut tx = stage.begin(&cx).await?;
    let expected = Some(corrupt.id.uuid());
    for error in [
        tx.get(corrupt.id).await.err(),
        tx.first(Query::filter(Category::ID.eq(corrupt.id))).await.err(),
        tx.page(Query::<Category>::all()).await.err(),
    ] {
        let Some(StoreError::Corrupt { table, column, id, source }) = error else {
            return Err(crate::Failure::new(format!("not reported as corrupt: {error:?}")));
        };
        ensure_eq!((table, column, id), ("categories", "slug", expected), "what is corrupt");
        ensure!(!source.to_string().contains("Not A Slug"), "the error repeats the value");
    }
    ensure_eq!(tx.get(sound.id).await?, Some(sound), "the rest of the table is readable");
    ensure_eq!(tx.count(Query::<Category>::all()).await?, 2, "and countable");
    Ok(())
}
