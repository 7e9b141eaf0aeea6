//! Look-ups by what a table declares never look at the whole of it: for every record type, by id,
//! by each unique, by each index and by each reference.
use lms_core::{
    record_types,
    store::{Backend as _, BackendTransaction, Expr, Op, Row, Schema, Select, Value},
};
use lms_store_memory::MemoryStore;
use lms_testkit::{Fill, Sampler, TestContext};

/// How many rows a table has, where its uniques leave so many.
const ROWS: usize = 12;

/// A table with rows, and a transaction that sees them and has written none.
struct Stage {
    memory: MemoryStore,
    tx: Box<dyn BackendTransaction>,
    rows: Vec<Row>,
}

async fn furnished(schema: &'static Schema) -> Stage {
    let memory = MemoryStore::new();
    let tenant = TestContext::new("look-ups").build().tenant();
    let mut sampler = Sampler::new(1, tenant);
    sampler.set_fill(Fill::All);
    let (parents, samples) = sampler.samples(schema, ROWS).unwrap();
    for sample in parents.iter().chain(&samples) {
        let mut tx = memory.begin(sample.scope()).await.unwrap();
        tx.insert(sample.schema, vec![sample.row.clone()]).await.unwrap();
        tx.commit().await.unwrap();
    }
    let scope = samples.first().unwrap().scope();
    let tx = memory.begin(scope).await.unwrap();
    Stage { memory, tx, rows: samples.into_iter().map(|it| it.row).collect() }
}

/// The columns that a table may be asked by: its id, its uniques, indexes and references.
fn keys(schema: &'static Schema) -> Vec<Vec<&'static str>> {
    let references = schema.columns.iter().filter(|it| it.references.is_some());
    std::iter::once(vec![Schema::ID])
        .chain(schema.uniques.iter().map(|it| it.columns.to_vec()))
        .chain(schema.indexes.iter().map(|it| it.columns.to_vec()))
        .chain(references.map(|it| vec![it.name]))
        .collect()
}

/// Looks for the rows that agree with `row` in those columns, and no other row is looked at.
async fn finds_by(stage: &mut Stage, schema: &'static Schema, key: &[&'static str], row: &Row) {
    let same = |other: &&Row| key.iter().all(|it| schema.value(other, it) == schema.value(row, it));
    let expected = stage.rows.iter().filter(same).count() as u64;
    let equal = |it: &&'static str| match schema.value(row, it) {
        Value::Null => Expr::IsNull(it),
        value => Expr::Compare(it, Op::Eq, value.clone()),
    };
    let filter = Some(Expr::All(key.iter().map(equal).collect()));
    let before = stage.memory.rows_looked_at();
    let select = Select { filter, ..Select::all(schema) };
    let found = stage.tx.select(&select).await.unwrap();
    let looked_at = stage.memory.rows_looked_at() - before;
    assert!(found.iter().any(|it| it == row), "`{}` by {key:?}", schema.table);
    assert_eq!(stage.memory.scans(), 0, "`{}` by {key:?} is a scan", schema.table);
    // The rows of a tree that the sampler made as parents of others come on top.
    let most = expected.max(found.len() as u64);
    assert!(looked_at <= most, "`{}` by {key:?}: {looked_at} rows, not {most}", schema.table);
}

#[tokio::test]
async fn every_record_type_is_found_by_its_keys_without_a_scan() {
    let mut lookups = 0;
    for record in record_types() {
        let schema = record.schema();
        let mut stage = furnished(schema).await;
        let row = stage.rows[stage.rows.len() / 2].clone();
        for key in keys(schema) {
            finds_by(&mut stage, schema, &key, &row).await;
            lookups += 1;
        }
    }
    println!("{lookups} look-ups, none looked at more rows than it found");
}
