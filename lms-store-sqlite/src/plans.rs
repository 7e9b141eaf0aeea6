//! Look-ups by what a table declares use an index: for every record type, by id, by each unique,
//! by each index and by each reference.
use std::path::Path;

use lms_core::record_types;
use lms_kernel::{Scope, TenantId};
use lms_store::{Expr, Op, Ownership, Schema, Select, Type, Value};
use rusqlite::{Connection, params_from_iter};
use uuid::Uuid;

use crate::{
    functions,
    migrate::migrate,
    registry::{Registry, references},
    sql,
};

/// The columns that a table may be asked by.
fn keys(schema: &'static Schema) -> Vec<Vec<&'static str>> {
    // The engine does not know that a value is one of those that a partial unique speaks of.
    let uniques = schema.uniques.iter().filter(|it| it.when.is_none());
    std::iter::once(vec![Schema::ID])
        .chain(uniques.map(|it| it.columns.to_vec()))
        .chain(schema.indexes.iter().map(|it| it.columns.to_vec()))
        .chain(references(schema).map(|it| vec![it.name]))
        .collect()
}

fn any_value(ty: Type) -> Value {
    match ty {
        Type::Bool => Value::Bool(true),
        Type::Int => Value::Int(1),
        Type::Decimal => Value::Decimal(1.into()),
        Type::Text => Value::Text("text".to_owned()),
        Type::Uuid => Value::Uuid(Uuid::from_u128(1)),
        Type::Time => Value::Time(lms_kernel::Timestamp::EPOCH),
        Type::Date => Value::Date(chrono::NaiveDate::default()),
        Type::Json => Value::Json(serde_json::json!({}).into()),
        Type::Bytes => Value::Bytes(Box::new([1])),
    }
}

#[test]
fn every_record_type_is_found_by_its_keys_through_an_index() {
    let registry = Registry::of(&record_types());
    let mut db = Connection::open_in_memory().unwrap();
    functions::install(&db).unwrap();
    migrate(&mut db, Path::new("plans"), &registry).unwrap();
    let (mut lookups, mut missed) = (0, Vec::new());
    for schema in registry.tables() {
        for key in keys(schema) {
            let equal = |name: &&'static str| {
                Expr::Compare(name, Op::Eq, any_value(schema.column(name).unwrap().ty))
            };
            let mut parts: Vec<_> = key.iter().map(equal).collect();
            if schema.deleted_position().is_some() {
                parts.push(Expr::IsNull("deleted_at"));
            }
            let scope = match schema.ownership {
                Ownership::Tenant => Scope::Tenant(TenantId::SINGLE),
                Ownership::Platform => Scope::Platform,
            };
            let select = Select { filter: Some(Expr::All(parts)), ..Select::all(schema) };
            let statement = sql::select(&select, scope).unwrap();
            let explain = format!("EXPLAIN QUERY PLAN {}", statement.text);
            let mut explain = db.prepare(&explain).unwrap();
            let plan = explain.query_map(params_from_iter(&statement.values), |row| row.get(3));
            let plan: Vec<String> = plan.unwrap().map(Result::unwrap).collect();
            let first = key.first().unwrap();
            let found = plan.first().unwrap();
            if !(found.starts_with("SEARCH t") && found.contains(&format!("{first}=?"))) {
                missed.push(format!("`{}` by {key:?}: {plan:?}", schema.table));
            }
            lookups += 1;
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    println!("{lookups} look-ups, each through an index");
}
