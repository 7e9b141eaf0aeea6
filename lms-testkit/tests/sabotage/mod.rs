//! A backend that breaks one promise.
use std::{collections::HashMap, sync::Mutex};

use async_trait::async_trait;
use lms_core::{
    kernel::{Scope, Timestamp, Version},
    store::{
        Backend, BackendTransaction, Direction, Expr, Lock, Op, Ownership, RetryPolicy, Row,
        Schema, Select, StoreError, UpsertRows, Upserted, Value, Writers,
    },
};
use uuid::Uuid;

/// The promise that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    IgnoresLocks,
    IgnoresTenants,
    RepeatsTheLastRow,
    SwallowsStaleWrites,
    CommitsRollbacks,
    LosesCommits,
    NullIsDifferent,
    SortsLikeADictionary,
    ForgetsUniques,
    ForgetsReferences,
    ForgetsGuards,
    ForgetsWhatIsNewer,
    CutsMicroseconds,
    CountsUpToTheLimit,
    TakesWildcards,
    ReplacesEverything,
}

#[derive(Debug)]
pub(crate) struct Broken<B> {
    inner: B,
    fault: Fault,
}

impl<B: Backend> Broken<B> {
    pub(crate) fn new(inner: B, fault: Fault) -> Self {
        Self { inner, fault }
    }
}

#[async_trait]
impl<B: Backend> Backend for Broken<B> {
    fn name(&self) -> &'static str {
        "broken"
    }
    async fn begin(&self, scope: Scope) -> Result<Box<dyn BackendTransaction>, StoreError> {
        let scope = match (self.fault, scope) {
            (Fault::IgnoresTenants, Scope::Tenant(_)) => Scope::AllTenants,
            (_, scope) => scope,
        };
        let inner = self.inner.begin(scope).await?;
        Ok(Box::new(BrokenTransaction { inner, fault: self.fault }))
    }
    fn writers(&self) -> Writers {
        self.inner.writers()
    }
    fn retry_policy(&self) -> RetryPolicy {
        self.inner.retry_policy()
    }
    async fn pause(&self, attempt: u32) {
        self.inner.pause(attempt).await;
    }
}

struct BrokenTransaction {
    inner: Box<dyn BackendTransaction>,
    fault: Fault,
}

impl BrokenTransaction {
    fn spoil(&self, select: &Select) -> Select {
        let mut select = select.clone();
        select.schema = self.schema(select.schema);
        match self.fault {
            Fault::IgnoresLocks => select.lock = Lock::None,
            Fault::NullIsDifferent | Fault::TakesWildcards => {
                select.filter = select.filter.map(|it| spoiled(self.fault, it));
            }
            _ => {}
        }
        select
    }

    /// The schema, without the rules that this backend forgets.
    fn schema(&self, schema: &'static Schema) -> &'static Schema {
        type Known = Mutex<Option<HashMap<(&'static str, bool), &'static Schema>>>;
        static KNOWN: Known = Mutex::new(None);
        let uniques = self.fault == Fault::ForgetsUniques;
        if !uniques && self.fault != Fault::ForgetsReferences {
            return schema;
        }
        let mut known = KNOWN.lock().unwrap();
        known.get_or_insert_default().entry((schema.table, uniques)).or_insert_with(|| {
            let mut lax = Schema::build(schema.table, schema.kind);
            for column in &schema.columns {
                let references = column.references.filter(|_| uniques);
                lax = lax.column(lms_core::store::Column { references, ..*column });
            }
            if !uniques {
                lax = schema.uniques.iter().fold(lax, |lax, it| lax.unique(*it));
            }
            if schema.ownership == Ownership::Platform {
                lax = lax.platform();
            }
            Box::leak(Box::new(lax.done()))
        })
    }

    fn rows(&self, mut rows: Vec<Row>) -> Vec<Row> {
        if self.fault == Fault::CutsMicroseconds {
            for value in rows.iter_mut().flat_map(|it| &mut it.0) {
                if let Value::Time(at) = value {
                    let cut = at.micros() - at.micros().rem_euclid(1_000);
                    *at = Timestamp::from_micros(cut).unwrap();
                }
            }
        }
        rows
    }
}

fn spoiled(fault: Fault, expr: Expr) -> Expr {
    let each = |parts: Vec<Expr>| parts.into_iter().map(|it| spoiled(fault, it)).collect();
    match expr {
        Expr::Compare(column, Op::Ne, value) if fault == Fault::NullIsDifferent => {
            Expr::Any(vec![Expr::Compare(column, Op::Ne, value), Expr::IsNull(column)])
        }
        Expr::Contains(column, part) if fault == Fault::TakesWildcards => {
            Expr::Contains(column, part.replace('%', ""))
        }
        Expr::All(parts) => Expr::All(each(parts)),
        Expr::Any(parts) => Expr::Any(each(parts)),
        Expr::Not(inner) => Expr::Not(Box::new(spoiled(fault, *inner))),
        other => other,
    }
}

#[async_trait]
impl BackendTransaction for BrokenTransaction {
    async fn select(&mut self, select: &Select) -> Result<Vec<Row>, StoreError> {
        let mut spoilt = self.spoil(select);
        let Some(after) = select.after.clone().filter(|_| self.fault == Fault::RepeatsTheLastRow)
        else {
            let mut rows = self.inner.select(&spoilt).await?;
            if self.fault == Fault::SortsLikeADictionary {
                let key = |row: &Row| match select.schema.value(row, select.order.column) {
                    Value::Text(text) => text.to_lowercase(),
                    _ => String::new(),
                };
                rows.sort_by_key(key);
                if select.order.direction == Direction::Desc {
                    rows.reverse();
                }
            }
            return Ok(rows);
        };
        // Off by one: the page starts with the row that the page before ended with.
        let by_id = Select::by_id(select.schema, after.id());
        let mut rows = self.inner.select(&by_id).await?;
        spoilt.limit = select.limit.saturating_sub(1).max(1);
        rows.extend(self.inner.select(&spoilt).await?);
        if rows.len() == 1 {
            rows.clear();
        }
        Ok(rows)
    }
    async fn count(&mut self, select: &Select) -> Result<u64, StoreError> {
        let spoilt = self.spoil(select);
        if self.fault == Fault::CountsUpToTheLimit {
            return Ok(self.inner.select(&spoilt).await?.len() as u64);
        }
        self.inner.count(&spoilt).await
    }
    async fn insert(&mut self, schema: &'static Schema, rows: Vec<Row>) -> Result<(), StoreError> {
        let (schema, rows) = (self.schema(schema), self.rows(rows));
        self.inner.insert(schema, rows).await
    }
    async fn upsert(&mut self, mut upsert: UpsertRows) -> Result<Vec<Upserted>, StoreError> {
        match self.fault {
            Fault::ForgetsGuards => upsert.parent = None,
            Fault::ForgetsWhatIsNewer => upsert.newer_by = None,
            Fault::ReplacesEverything => {
                let kept = ["id", "tenant_id", "version"];
                let all = upsert.schema.columns.iter().map(|it| it.name);
                upsert.columns =
                    all.filter(|it| !kept.contains(it) && !upsert.key.contains(it)).collect();
            }
            _ => {}
        }
        upsert.schema = self.schema(upsert.schema);
        upsert.rows = self.rows(upsert.rows);
        self.inner.upsert(upsert).await
    }
    async fn update(
        &mut self,
        schema: &'static Schema,
        mut rows: Vec<Row>,
    ) -> Result<(), StoreError> {
        if self.fault == Fault::SwallowsStaleWrites {
            for row in &mut rows {
                let there = self.inner.select(&Select::by_id(schema, row.id())).await?;
                if let Some(there) = there.first() {
                    let next = schema.version(there).next().get();
                    row.set(schema, "version", Value::Int(next));
                }
            }
        }
        let (schema, rows) = (self.schema(schema), self.rows(rows));
        self.inner.update(schema, rows).await
    }
    async fn delete(
        &mut self,
        schema: &'static Schema,
        id: Uuid,
        expected: Version,
    ) -> Result<(), StoreError> {
        let schema = self.schema(schema);
        self.inner.delete(schema, id, expected).await
    }
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        match self.fault {
            Fault::LosesCommits => self.inner.rollback().await,
            _ => self.inner.commit().await,
        }
    }
    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        match self.fault {
            Fault::CommitsRollbacks => self.inner.commit().await,
            _ => self.inner.rollback().await,
        }
    }
}
