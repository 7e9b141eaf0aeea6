//! A tenant aimed at another's row meets what it meets where no row is.
use lms_core::{
    kernel::{Context, Scope, Timestamp, Version},
    outbox::Message,
    store::{
        BackendTransaction, Column, Cursor, Direction, Expr, Lock, Op, Order, Ownership, Record,
        RecordType, Related, Schema, Select, StoreError, Type, UpsertRows, Value,
    },
};
use uuid::Uuid;

use super::{prepared, references::references};
use crate::{
    Fill, Outcome, Sample,
    failure::{ensure, ensure_eq},
    specimens::message_about,
    stage::Stage,
};

/// Two tenants, and a row of the second.
struct Neighbours {
    ours: Context,
    theirs: Context,
    row: Sample,
}

async fn neighbours(stage: &Stage, schema: &'static Schema) -> Outcome<Neighbours> {
    let (ours, theirs) = (stage.cx(), stage.cx());
    let mut sampler = stage.sampler(&theirs);
    sampler.set_fill(Fill::All);
    let row = prepared(stage, &mut sampler, schema).await?;
    stage.keep(std::slice::from_ref(&row)).await?;
    Ok(Neighbours { ours, theirs, row })
}

/// Every way of reading finds nothing of another tenant, deleted or not.
pub(super) async fn reads_are_isolated(stage: Stage, record: RecordType) -> Outcome {
    let schema = record.schema();
    let Neighbours { ours, theirs, row } = neighbours(&stage, schema).await?;
    if schema.table != Message::TABLE {
        stage.save(&ours, &message_about(&ours, row.id())).await?;
    }
    finds_nothing(&stage, &ours, &row).await?;
    if schema.deleted_position().is_some() {
        let deleted = row.next_version().with("deleted_at", Value::Time(Timestamp::EPOCH));
        let mut tx = stage.raw(theirs.scope()).await?;
        tx.update(schema, vec![deleted.row.clone()]).await?;
        tx.commit().await?;
        finds_nothing(&stage, &ours, &deleted).await.map_err(|it| it.within("when deleted"))?;
    }
    for scope in [Scope::Platform, Scope::TenantAndPlatform(ours.tenant())] {
        let found = stage.row(scope, schema, row.id()).await?;
        ensure_eq!(found, None, "a tenant's row in {scope:?}");
    }
    ensure!(stage.row(theirs.scope(), schema, row.id()).await?.is_some(), "its own tenant");
    let all = stage.row(Scope::AllTenants, schema, row.id()).await?;
    ensure!(all.is_some(), "all tenants, when asked for");
    Ok(())
}

async fn finds_nothing(stage: &Stage, ours: &Context, row: &Sample) -> Outcome {
    let schema = row.schema;
    let mut tx = stage.raw(ours.scope()).await?;
    for lock in [Lock::None, Lock::Share, Lock::Update, Lock::SkipLocked] {
        let select = Select { lock, ..Select::by_id(schema, row.id()) };
        ensure_eq!(tx.select(&select).await?, [], "by id, {lock:?}");
    }
    let mut filters = vec![
        Expr::All(Vec::new()),
        Expr::Not(Box::new(Expr::Any(Vec::new()))),
        Expr::In(Schema::ID, vec![Value::Uuid(row.id()), Value::Uuid(Uuid::nil())]),
        Expr::Any(vec![Expr::Compare(Schema::ID, Op::Ne, Value::Uuid(Uuid::nil()))]),
    ];
    filters.extend(schema.columns.iter().flat_map(|it| about(it, row.value(it.name))));
    for filter in filters {
        finds_none(tx.as_mut(), schema, Some(filter)).await?;
    }
    finds_none(tx.as_mut(), schema, None).await?;
    for direction in [Direction::Asc, Direction::Desc] {
        let order = Order { column: Schema::ID, direction };
        let select = Select { order, ..Select::all(schema) };
        let after = Some(Cursor::after(&select, &row.clone().with("id", edge(direction)).row));
        ensure_eq!(tx.select(&Select { after, ..select }).await?, [], "from a cursor");
    }
    if schema.table == Message::TABLE {
        return Ok(());
    }
    // Our message says it is about their row; that makes it related to nothing.
    let related = Expr::Related(Box::new(Related {
        column: "subject_id",
        schema,
        target: Schema::ID,
        filter: None,
    }));
    finds_none(tx.as_mut(), Message::schema(), Some(related)).await
}

/// The id before all others in that direction.
fn edge(direction: Direction) -> Value {
    Value::Uuid(match direction {
        Direction::Asc => Uuid::nil(),
        Direction::Desc => Uuid::max(),
    })
}

/// Conditions that the row meets by that column.
fn about(column: &Column, value: &Value) -> Vec<Expr> {
    if column.name == "tenant_id" || value.is_null() {
        return vec![Expr::IsNull(column.name)];
    }
    match (column.ty, value) {
        (Type::Json, Value::Json(part)) => vec![Expr::JsonContains(column.name, part.document())],
        (Type::Bytes, _) => Vec::new(),
        (_, Value::Text(text)) => vec![
            Expr::Compare(column.name, Op::Eq, value.clone()),
            Expr::Prefix(column.name, text.clone()),
            Expr::Contains(column.name, text.clone()),
        ],
        _ => vec![
            Expr::Compare(column.name, Op::Eq, value.clone()),
            Expr::Compare(column.name, Op::Ge, value.clone()),
        ],
    }
}

async fn finds_none(
    tx: &mut dyn BackendTransaction,
    schema: &'static Schema,
    filter: Option<Expr>,
) -> Outcome {
    let select = Select { filter, ..Select::all(schema) };
    ensure_eq!(tx.select(&select).await?, [], "by {:?}", select.filter);
    ensure_eq!(tx.count(&select).await?, 0, "a count by {:?}", select.filter);
    Ok(())
}

/// What a write comes to, without the ids that it was aimed at.
fn told<T: std::fmt::Debug>(done: &Result<T, StoreError>, id: Uuid) -> String {
    let text = match done {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{error:?}: {error}"),
    };
    text.replace(&id.to_string(), "<id>")
}

/// Every way of writing does to another tenant's id what it does to one that no one has.
pub(super) async fn writes_are_isolated(stage: Stage, record: RecordType) -> Outcome {
    let schema = record.schema();
    let Neighbours { ours, theirs, row } = neighbours(&stage, schema).await?;
    let mut sampler = stage.sampler(&ours);
    sampler.set_fill(Fill::All);
    let mine = prepared(&stage, &mut sampler, schema).await?;
    let ghost = Uuid::from_u128(u128::from_be_bytes(*row.id().as_bytes()) ^ 1);
    let mut outcomes = Vec::new();
    for target in [row.id(), ghost] {
        outcomes.push(aim(&stage, &ours, &mine, target).await?);
    }
    let [at_theirs, at_nothing] = &outcomes[..] else { return Ok(()) };
    for (theirs, nothing) in at_theirs.iter().zip(at_nothing) {
        ensure_eq!(theirs, nothing, "`{}`: a write tells that a row is there", schema.table);
    }
    for unique in &schema.uniques {
        let mut same = mine.clone();
        for column in unique.columns {
            if schema.column(column).is_some_and(|it| it.references.is_none()) {
                same.row.set(schema, column, row.value(column).clone());
            }
        }
        stage.keep(std::slice::from_ref(&same)).await?;
        remove(&stage, &same).await?;
    }
    let found = stage.row(theirs.scope(), schema, row.id()).await?;
    ensure_eq!(found, Some(row.row), "another tenant's row was written");
    Ok(())
}

/// Every way of writing at one id, with rows that are ours.
async fn aim(stage: &Stage, ours: &Context, mine: &Sample, target: Uuid) -> Outcome<Vec<String>> {
    let schema = mine.schema;
    let row = mine.clone().with("id", Value::Uuid(target));
    let next = row.next_version();
    let mut variants = vec![("update", next.clone())];
    if schema.deleted_position().is_some() {
        variants.push(("restore", next.clone().with("deleted_at", Value::Null)));
        variants.push(("delete", next.with("deleted_at", Value::Time(Timestamp::EPOCH))));
    }
    let mut outcomes = Vec::new();
    for (name, row) in variants {
        let mut tx = stage.raw(ours.scope()).await?;
        let done = tx.update(schema, vec![row.row]).await;
        ensure!(matches!(done, Err(StoreError::NotFound { .. })), "{name}: {done:?}");
        outcomes.push(format!("{name}: {}", told(&done, target)));
    }
    let mut tx = stage.raw(ours.scope()).await?;
    let done = tx.delete(schema, target, Version::FIRST).await;
    ensure!(matches!(done, Err(StoreError::NotFound { .. })), "purge: {done:?}");
    outcomes.push(format!("purge: {}", told(&done, target)));
    let done = stage.keep(std::slice::from_ref(&row)).await;
    ensure!(done.is_ok(), "an id that another tenant has chosen is taken: {done:?}");
    outcomes.push(format!("insert: {}", told(&done, target)));
    remove(stage, &row).await?;
    let mut tx = stage.raw(ours.scope()).await?;
    let done = tx.upsert(by_id(&row)).await;
    outcomes.push(format!("upsert: {}", told(&done, target)));
    tx.commit().await?;
    remove(stage, &row).await?;
    Ok(outcomes)
}

fn by_id(row: &Sample) -> UpsertRows {
    UpsertRows {
        schema: row.schema,
        rows: vec![row.row.clone()],
        key: vec![Schema::ID],
        columns: Vec::new(),
        newer_by: None,
        parent: None,
    }
}

async fn remove(stage: &Stage, row: &Sample) -> Outcome {
    let mut tx = stage.raw(row.scope()).await?;
    tx.delete(row.schema, row.id(), row.schema.version(&row.row)).await?;
    Ok(tx.commit().await?)
}

/// A row that says it is another tenant's is not written, by the backend alone.
pub(super) async fn foreign_rows_are_refused(stage: Stage, record: RecordType) -> Outcome {
    let schema = record.schema();
    let Neighbours { ours, theirs, row } = neighbours(&stage, schema).await?;
    let smuggled = row.clone().with("id", Value::Uuid(Uuid::from_u128(7)));
    let next = row.next_version();
    let mut tx = stage.raw(ours.scope()).await?;
    let done = tx.insert(schema, vec![smuggled.row.clone()]).await;
    ensure!(done.is_err(), "an insert for another tenant");
    let mut tx = stage.raw(ours.scope()).await?;
    let done = tx.update(schema, vec![next.row.clone()]).await;
    ensure!(done.is_err(), "an update of another tenant's row");
    let mut tx = stage.raw(ours.scope()).await?;
    let done = tx.upsert(by_id(&smuggled)).await;
    ensure!(done.is_err(), "an upsert for another tenant: {done:?}");
    let mut tx = stage.raw(ours.scope()).await?;
    let done = tx.delete(schema, row.id(), Version::FIRST).await;
    ensure!(done.is_err(), "a delete of another tenant's row");
    for filter in
        [Expr::All(Vec::new()), Expr::Compare(Schema::ID, Op::Eq, row.value(Schema::ID).clone())]
    {
        let mut tx = stage.raw(ours.scope()).await?;
        ensure_eq!(tx.delete_where(schema, &filter).await?, 0, "a purge by {filter:?}");
        tx.commit().await?;
    }
    let mut tx = stage.raw(ours.scope()).await?;
    let mut moved = UpsertRows { columns: vec!["created_at"], ..by_id(&next) };
    moved.rows.iter_mut().for_each(|it| it.set(schema, "version", Value::Int(1)));
    let done = tx.upsert(moved).await;
    ensure!(done.is_err(), "an upsert over another tenant's row: {done:?}");
    let found = stage.row(theirs.scope(), schema, row.id()).await?;
    ensure_eq!(found, Some(row.row), "another tenant's row was written");
    let found = stage.row(theirs.scope(), schema, smuggled.id()).await?;
    ensure_eq!(found, None, "a row was smuggled in");
    Ok(())
}

/// A reference to another tenant's row is refused as one to nothing is.
pub(super) async fn references_are_isolated(stage: Stage, record: RecordType) -> Outcome {
    let schema = record.schema();
    let Neighbours { ours, row, .. } = neighbours(&stage, schema).await?;
    let mut sampler = stage.sampler(&ours);
    sampler.set_fill(Fill::All);
    let mine = prepared(&stage, &mut sampler, schema).await?;
    for (column, parent) in references(schema) {
        if parent.ownership == Ownership::Platform {
            continue;
        }
        let foreign = match row.value(column) {
            Value::Uuid(id) => *id,
            _ => row.id(),
        };
        let ghost = Uuid::from_u128(u128::from_be_bytes(*foreign.as_bytes()) ^ 1);
        let mut refused = Vec::new();
        for target in [foreign, ghost] {
            let child = mine.clone().with(column, Value::Uuid(target));
            let done = stage.keep(std::slice::from_ref(&child)).await;
            let broken = matches!(done, Err(StoreError::BrokenReference { .. }));
            ensure!(broken, "`{}.{column}`: {done:?}", schema.table);
            refused.push(told(&done, target));
        }
        refused.dedup();
        ensure_eq!(
            refused.len(),
            1,
            "`{}.{column}` tells what is there: {refused:?}",
            schema.table
        );
    }
    Ok(())
}
