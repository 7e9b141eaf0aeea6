//! A tenant with one record of every kind in the registry, all of them about one person.
use std::collections::HashMap;

use lms::{
    governance::{Involvement, involvement},
    identity::Membership,
    kernel::{Context, Id, Scope},
    store::{Ownership, RecordType, Row, Schema, Select, Store, Value},
};
use lms_testkit::{Fill, Sample, Sampler};
use uuid::Uuid;

/// A row that means a record, with every column filled where the record type allows it; from another
/// seed where one finds none.
fn drawn(cx: &Context, record: &RecordType) -> Sample {
    let seeds = [7, 8, 9, 10, 11].into_iter();
    let full = |seed| {
        let mut sampler = Sampler::new(seed, cx.tenant());
        sampler.set_fill(Fill::All);
        sampler
    };
    let mut found = seeds.filter_map(|it| full(it).valid(record).unwrap());
    let mut rows = found.next().unwrap_or_else(|| panic!("a row of {}", record.schema().table));
    rows.pop().unwrap()
}

/// One record of every kind, in an order in which they can be stored. Every reference
/// that names a member names the same one, who is returned.
pub(crate) fn one_of_each(cx: &Context) -> (Vec<Sample>, Id<Membership>) {
    let mut ids: HashMap<&str, Uuid> = HashMap::new();
    let mut samples = Vec::new();
    for record in lms::record_types() {
        let schema = record.schema();
        let mut sample = drawn(cx, &record);
        if schema.table == "tenants" {
            sample = sample.with("id", Value::Uuid(cx.tenant().uuid()));
        }
        for column in &schema.columns {
            let Some(table) = column.references else { continue };
            let value = match ids.get(table) {
                Some(id) => Value::Uuid(*id),
                None if column.nullable => Value::Null,
                None => panic!("{} needs {table}", schema.table),
            };
            sample = sample.with(column.name, value);
        }
        assert!(record.through_domain(sample.row.clone()).is_ok(), "{}", schema.table);
        ids.insert(schema.table, sample.id());
        samples.push(sample);
    }
    (samples, Id::from_uuid(ids["memberships"]))
}

pub(crate) async fn store_all(store: &Store, samples: &[Sample]) {
    let mut tx = store.backend().begin(Scope::AllTenants).await.unwrap();
    for sample in samples {
        tx.insert(sample.schema, vec![sample.row.clone()]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Every row of a table that a tenant and the platform have.
pub(crate) async fn rows(store: &Store, cx: &Context, schema: &'static Schema) -> Vec<Row> {
    let scope = Scope::TenantAndPlatform(cx.tenant());
    let mut tx = store.backend().begin(scope).await.unwrap();
    tx.select(&Select::all(schema)).await.unwrap()
}

/// Whether a row names the person as somebody whose it is.
pub(crate) fn names(sample: &Sample, person: Id<Membership>) -> bool {
    sample.schema.ownership == Ownership::Tenant
        && sample.schema.columns.iter().any(|column| {
            column.references == Some("memberships")
                && involvement(sample.schema.table, column.name) == Some(Involvement::Subject)
                && *sample.value(column.name) == Value::Uuid(person.uuid())
        })
}
