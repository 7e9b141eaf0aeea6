//! Running a program, and logging the answers.
use lms_core::{
    kernel::{Scope, TenantId, Timestamp, Version},
    store::{
        BackendTransaction, Column, Cursor, Direction, Lock, Order, ParentGuard, Row, Schema,
        Select, Store, StoreError, Type, UpsertRows, Value, Writers,
    },
};

use super::{
    program::{Chosen, Condition, Ending, Program, Scenario, Step, Work},
    world::{self, Part, one_of},
};
use crate::{Outcome, RunSeed, TestContext};

/// Runs a program in two fresh tenants and writes down what the store told, line by line.
///
/// Nothing in the log differs from run to run, so the logs of two stores can be compared.
///
/// # Errors
/// When the store cannot be used at all; refusals are logged.
pub async fn observe(store: &Store, program: &Program, run: RunSeed) -> Outcome<Vec<String>> {
    let tests = TestContext::new("differential").with_run(run);
    let tenants = [tests.build().tenant(), tests.build().tenant()];
    let mut observer = Observer { store, tenants, log: Vec::new() };
    observer.fill().await?;
    for (number, scenario) in program.scenarios.iter().enumerate() {
        observer.note(format!("scenario {number}"));
        match scenario {
            Scenario::Alone(work) => observer.alone(work).await?,
            Scenario::Together(left, right) => observer.together(left, right).await?,
            Scenario::Race { table, row, values } => {
                observer.race(Chosen { table: *table, row: *row, values: *values }).await?;
            }
        }
    }
    observer.dump().await?;
    Ok(observer.log)
}

type Open = Box<dyn BackendTransaction>;

struct Observer<'s> {
    store: &'s Store,
    tenants: [TenantId; 2],
    log: Vec<String>,
}

impl Observer<'_> {
    /// Writes a line, with the tenants by number instead of by id.
    fn note(&mut self, line: String) {
        let [first, second] = self.tenants.map(|it| it.to_string());
        self.log.push(line.replace(&first, "tenant 1").replace(&second, "tenant 2"));
    }

    fn tenant(&self, work: &Work) -> TenantId {
        let [first, second] = self.tenants;
        if work.tenant { second } else { first }
    }

    async fn begin(&self, tenant: TenantId) -> Result<Open, StoreError> {
        self.store.backend().begin(Scope::Tenant(tenant)).await
    }

    async fn fill(&self) -> Outcome {
        let [tenant, _] = self.tenants;
        let mut tx = self.begin(tenant).await?;
        for table in 0..3 {
            tx.insert(world::schema(table), world::first_rows(tenant, table)).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn alone(&mut self, work: &Work) -> Outcome {
        let tenant = self.tenant(work);
        let mut tx = self.begin(tenant).await?;
        for step in &work.steps {
            let (told, failed) = take(tx.as_mut(), tenant, step, Part::Whole).await;
            self.note(told);
            if failed {
                return Ok(tx.rollback().await?);
            }
        }
        self.end(tx, work.ending).await;
        Ok(())
    }

    /// Both work in the first tenant, on rows and values of their own.
    async fn together(&mut self, left: &Work, right: &Work) -> Outcome {
        if self.store.backend().writers() == Writers::One {
            return self.one_by_one(left, right).await;
        }
        let tenant = self.tenant(left);
        let mut sides = Vec::new();
        for (odd, work) in [(false, left), (true, right)] {
            sides.push((Some(self.begin(tenant).await?), Part::Half(odd), work));
        }
        let turns = left.steps.len().max(right.steps.len());
        for turn in 0..turns {
            for (open, part, work) in &mut sides {
                let (Some(tx), Some(step)) = (open.as_mut(), work.steps.get(turn)) else {
                    continue;
                };
                let (told, failed) = take(tx.as_mut(), tenant, step, *part).await;
                self.note(format!("{part:?} {told}"));
                if failed && let Some(tx) = open.take() {
                    tx.rollback().await?;
                }
            }
        }
        for (open, _, work) in sides {
            if let Some(tx) = open {
                self.end(tx, work.ending).await;
            }
        }
        Ok(())
    }

    /// Neither can tell whether the other worked meanwhile or before, so where one writes at a time
    /// they take turns, and their answers are logged as if they had not.
    async fn one_by_one(&mut self, left: &Work, right: &Work) -> Outcome {
        let tenant = self.tenant(left);
        let (mut told, mut ended) = (Vec::new(), Vec::new());
        let noted = std::mem::take(&mut self.log);
        for (side, (odd, work)) in [(false, left), (true, right)].into_iter().enumerate() {
            let part = Part::Half(odd);
            let mut open = Some(self.begin(tenant).await?);
            for (turn, step) in work.steps.iter().enumerate() {
                let Some(tx) = open.as_mut() else { break };
                let (line, failed) = take(tx.as_mut(), tenant, step, part).await;
                told.push(((turn, side), format!("{part:?} {line}")));
                if failed && let Some(tx) = open.take() {
                    tx.rollback().await?;
                }
            }
            if let Some(tx) = open {
                self.end(tx, work.ending).await;
            }
            ended.append(&mut self.log);
        }
        told.sort_by_key(|(at, _)| *at);
        self.log = noted;
        told.into_iter().for_each(|(_, line)| self.note(line));
        self.log.append(&mut ended);
        Ok(())
    }

    async fn end(&mut self, tx: Open, ending: Ending) {
        let told = match ending {
            Ending::Commit => {
                tx.commit().await.map_or_else(|error| refusal(&error), |()| "".into())
            }
            Ending::Rollback => {
                tx.rollback().await.map_or_else(|error| refusal(&error), |()| "".into())
            }
            Ending::Drop => {
                drop(tx);
                String::new()
            }
        };
        self.note(format!("{ending:?} {told}"));
    }

    /// Both read the row; the first to write and commit wins.
    async fn race(&mut self, chosen: Chosen) -> Outcome {
        let [tenant, _] = self.tenants;
        let schema = world::schema(chosen.table);
        let id = world::id(Part::Whole.row(chosen.row));
        let (mut first, mut second) = (self.begin(tenant).await?, self.begin(tenant).await?);
        let Some(there) = read(first.as_mut(), schema, id).await? else {
            self.note("nothing to race for".to_owned());
            return Ok(());
        };
        let same = read(second.as_mut(), schema, id).await? == Some(there.clone());
        let write = |number: u8| {
            let mut row = there.clone();
            if let Some(column) = free_columns(schema).first() {
                row.set(schema, column.name, world::value(column, number % 6, Part::Whole));
            }
            row.set(schema, "version", Value::Int(schema.version(&row).next().get()));
            row
        };
        let won = async {
            first.update(schema, vec![write(chosen.values)]).await?;
            first.commit().await
        };
        let won = won.await;
        let late = async {
            second.update(schema, vec![write(chosen.values.wrapping_add(1))]).await?;
            second.commit().await
        };
        let late = late.await;
        let lost = matches!(&late, Err(error) if error.is_retryable());
        self.note(format!("race: same {same}, won {}, lost {lost}", won.is_ok()));
        Ok(())
    }

    /// Everything that is stored at the end.
    async fn dump(&mut self) -> Outcome {
        for tenant in self.tenants {
            for schema in world::tables() {
                let mut tx = self.begin(tenant).await?;
                let rows = tx.select(&Select::all(schema)).await?;
                self.note(format!("{}: {} rows", schema.table, rows.len()));
                for row in rows {
                    self.note(format!("{row:?}"));
                }
            }
        }
        Ok(())
    }
}

async fn read(
    tx: &mut dyn BackendTransaction,
    schema: &'static Schema,
    id: uuid::Uuid,
) -> Result<Option<Row>, StoreError> {
    Ok(tx.select(&Select::by_id(schema, id)).await?.into_iter().next())
}

/// What an error says, without what a backend may say in its own words.
fn refusal(error: &StoreError) -> String {
    match error {
        StoreError::Retryable { .. } => "lost a race".to_owned(),
        StoreError::BrokenReference { table, .. } => format!("broken reference of {table}"),
        other => format!("{other:?}"),
    }
}

/// Takes one step; returns the answer, and whether it failed.
async fn take(
    tx: &mut dyn BackendTransaction,
    tenant: TenantId,
    step: &Step,
    part: Part,
) -> (String, bool) {
    let (name, told) = match step {
        Step::Insert(chosen, more) => ("insert", insert(tx, tenant, *chosen, *more, part).await),
        Step::Update(chosen, stale) => ("update", update(tx, tenant, *chosen, *stale, part).await),
        Step::SetDeleted(chosen, on) => ("delete", set_deleted(tx, *chosen, *on, part).await),
        Step::Purge(chosen, stale) => ("purge", purge(tx, *chosen, *stale, part).await),
        Step::Upsert { chosen, more, key, columns, newer, guard } => {
            let upsert = declared(tenant, (*chosen, *more, part), *key, *columns);
            let upsert = with_conditions(upsert, *newer, guard.as_ref(), part);
            let told = tx.upsert(upsert).await;
            ("upsert", told.map(|done| format!("{done:?}")))
        }
        Step::Select { table, filter, order, descending, limit, lock } => {
            let schema = world::schema(*table);
            let select = Select {
                schema,
                filter: world::filter(schema, filter, part),
                order: order_by(schema, *order, *descending),
                after: None,
                limit: u32::from(*limit),
                lock: lock_of(*lock),
            };
            ("select", pages(tx, select).await)
        }
        Step::Count(table, filter) => {
            let schema = world::schema(*table);
            let filter = world::filter(schema, filter, part);
            let told = tx.count(&Select { filter, ..Select::all(schema) }).await;
            ("count", told.map(|count| count.to_string()))
        }
    };
    match told {
        Ok(told) => (format!("{name}: {told}"), false),
        Err(error) => (format!("{name}: {}", refusal(&error)), true),
    }
}

async fn insert(
    tx: &mut dyn BackendTransaction,
    tenant: TenantId,
    chosen: Chosen,
    more: u8,
    part: Part,
) -> Result<String, StoreError> {
    let schema = world::schema(chosen.table);
    tx.insert(schema, rows(tenant, chosen, more, part)).await?;
    Ok(format!("{} {}", schema.table, part.row(chosen.row)))
}

/// The chosen row and so many after it, each with the values after those of the one before.
fn rows(tenant: TenantId, chosen: Chosen, more: u8, part: Part) -> Vec<Row> {
    let nth = |n: u8| Chosen {
        row: chosen.row.wrapping_add(n),
        values: chosen.values.wrapping_add(n),
        ..chosen
    };
    (0..=more.min(2)).map(|n| world::row(tenant, nth(n), part)).collect()
}

async fn update(
    tx: &mut dyn BackendTransaction,
    tenant: TenantId,
    chosen: Chosen,
    stale: i8,
    part: Part,
) -> Result<String, StoreError> {
    let schema = world::schema(chosen.table);
    let mut row = world::row(tenant, chosen, part);
    let there = read(tx, schema, row.id()).await?;
    let version = there.as_ref().map_or(1, |it| schema.version(it).get());
    let next = (version + 1 + i64::from(stale)).max(1);
    row.set(schema, "version", Value::Int(next));
    tx.update(schema, vec![row]).await?;
    Ok(format!("{} {} from {version}", schema.table, part.row(chosen.row)))
}

async fn set_deleted(
    tx: &mut dyn BackendTransaction,
    chosen: Chosen,
    on: bool,
    part: Part,
) -> Result<String, StoreError> {
    let schema = world::schema(chosen.table);
    let Some(mut row) = read(tx, schema, world::id(part.row(chosen.row))).await? else {
        return Ok("nothing there".to_owned());
    };
    let at = if on { Value::Time(Timestamp::EPOCH) } else { Value::Null };
    row.set(schema, "deleted_at", at);
    row.set(schema, "version", Value::Int(schema.version(&row).next().get()));
    tx.update(schema, vec![row]).await?;
    Ok(format!("{} {} {on}", schema.table, part.row(chosen.row)))
}

async fn purge(
    tx: &mut dyn BackendTransaction,
    chosen: Chosen,
    stale: i8,
    part: Part,
) -> Result<String, StoreError> {
    let schema = world::schema(chosen.table);
    let id = world::id(part.row(chosen.row));
    let there = read(tx, schema, id).await?;
    let version = there.as_ref().map_or(1, |it| schema.version(it).get());
    tx.delete(schema, id, Version::new(version + i64::from(stale))).await?;
    Ok(format!("{} {}", schema.table, part.row(chosen.row)))
}

/// The columns that an upsert may overwrite.
fn free_columns(schema: &'static Schema) -> Vec<&'static Column> {
    let kept = ["id", "tenant_id", "version", "created_at", "created_by", "deleted_at"];
    let stamped = ["updated_at", "updated_by"];
    let named = |it: &str| schema.uniques.iter().any(|unique| unique.columns.contains(&it));
    schema
        .columns
        .iter()
        .filter(|it| !kept.contains(&it.name) && !stamped.contains(&it.name) && !named(it.name))
        .collect()
}

fn declared(
    tenant: TenantId,
    (chosen, more, part): (Chosen, u8, Part),
    key: u8,
    columns: u16,
) -> UpsertRows {
    let schema = world::schema(chosen.table);
    let mut keys: Vec<&[&str]> = vec![&[Schema::ID]];
    keys.extend(schema.uniques.iter().map(|it| it.columns));
    let overwritten = free_columns(schema)
        .iter()
        .enumerate()
        .filter(|(at, _)| {
            columns.checked_shr(u32::try_from(*at).unwrap_or(16)).unwrap_or(0) & 1 == 1
        })
        .map(|(_, it)| it.name)
        .collect();
    UpsertRows {
        schema,
        rows: rows(tenant, chosen, more, part),
        key: one_of(&keys, key).unwrap_or(&[Schema::ID]).to_vec(),
        columns: overwritten,
        newer_by: None,
        parent: None,
    }
}

fn with_conditions(
    mut upsert: UpsertRows,
    newer: Option<u8>,
    guard: Option<&Condition>,
    part: Part,
) -> UpsertRows {
    let schema = upsert.schema;
    let times: Vec<&Column> = free_columns(schema)
        .into_iter()
        .filter(|it| !it.nullable && matches!(it.ty, Type::Time | Type::Int))
        .collect();
    if let Some(column) = newer.and_then(|it| one_of(&times, it)) {
        if !upsert.columns.contains(&column.name) {
            upsert.columns.push(column.name);
        }
        upsert.newer_by = Some(column.name);
    }
    let parent = schema.columns.iter().find(|it| it.references == Some(schema.table));
    if let (Some(column), Some(condition)) = (parent, guard) {
        let filter = world::filter(schema, condition, part);
        upsert.parent = Some(ParentGuard { column: column.name, schema, filter });
    }
    upsert
}

fn order_by(schema: &'static Schema, order: u8, descending: bool) -> Order {
    let sorts = |it: &&Column| {
        !it.nullable && it.allowed.is_empty() && !matches!(it.ty, Type::Json | Type::Bytes)
    };
    let columns: Vec<&Column> = schema.columns.iter().filter(sorts).collect();
    let column = one_of(&columns, order).map_or(Schema::ID, |it| it.name);
    let direction = if descending { Direction::Desc } else { Direction::Asc };
    Order { column, direction }
}

fn lock_of(lock: u8) -> Lock {
    match lock {
        0 => Lock::Share,
        1 => Lock::Update,
        2 => Lock::SkipLocked,
        _ => Lock::None,
    }
}

/// The first page, and the one after it.
async fn pages(tx: &mut dyn BackendTransaction, select: Select) -> Result<String, StoreError> {
    let first = tx.select(&select).await?;
    let mut told = format!("{first:?}");
    if let Some(last) = first.last() {
        let after = Some(Cursor::after(&select, last));
        let second = tx.select(&Select { after, ..select }).await?;
        told.push_str(&format!(" then {second:?}"));
    }
    Ok(told)
}
