//! The rules that hold for every record type, from the registry alone.
mod isolation;
mod pages;
mod platform;
mod references;
mod trips;
mod uniques;
mod versions;

use lms_core::{
    record_types,
    store::{Ownership, RecordType, Schema},
};

use crate::{BoxFuture, Case, Outcome, Sample, Sampler, stage::Stage};

pub(super) fn rules() -> Vec<Case> {
    record_types().into_iter().flat_map(of_record).collect()
}

type Rule = fn(Stage, RecordType) -> BoxFuture<Outcome>;

/// A rule for each record type whose table it speaks of.
struct ForRecords {
    name: &'static str,
    applies: fn(&Schema) -> bool,
    rule: Rule,
}

/// Names each function as a rule for the tables of which the condition holds.
macro_rules! for_records {
    ($($module:ident::$rule:ident if $applies:expr),+ $(,)?) => {
        [$(ForRecords {
            name: stringify!($rule),
            applies: $applies,
            rule: |stage, record| Box::pin($module::$rule(stage, record)),
        }),+]
    };
}

const OF_RECORDS: [ForRecords; 12] = for_records![
    trips::round_trips if |_| true,
    trips::keeps_values_at_their_limits if |_| true,
    versions::checks_versions if |_| true,
    pages::pages_by_every_column if |_| true,
    uniques::keeps_its_uniques if |schema| !schema.uniques.is_empty(),
    references::keeps_its_references if |schema| refers(schema),
    references::is_kept_while_referred_to if |schema| refers(schema),
    isolation::reads_are_isolated if |schema| schema.ownership == Ownership::Tenant,
    isolation::writes_are_isolated if |schema| schema.ownership == Ownership::Tenant,
    isolation::foreign_rows_are_refused if |schema| schema.ownership == Ownership::Tenant,
    isolation::references_are_isolated if |schema| {
        schema.ownership == Ownership::Tenant && refers(schema)
    },
    platform::is_closed_to_tenants if |schema| schema.ownership == Ownership::Platform,
];

fn of_record(record: RecordType) -> Vec<Case> {
    let schema = record.schema();
    OF_RECORDS
        .into_iter()
        .filter(|it| (it.applies)(schema))
        .map(|ForRecords { name, rule, .. }| {
            Case::new(format!("record::{}::{name}", schema.table), move |stage| rule(stage, record))
        })
        .collect()
}

fn refers(schema: &Schema) -> bool {
    schema.columns.iter().any(|it| it.references.is_some())
}

/// A row that is not stored yet, and whose parents are.
async fn prepared(
    stage: &Stage,
    sampler: &mut Sampler,
    schema: &'static Schema,
) -> Outcome<Sample> {
    let mut samples = sampler.sample(schema)?;
    let Some(row) = samples.pop() else {
        return Err(crate::Failure::new(format!("no row for `{}`", schema.table)));
    };
    stage.keep(&samples).await?;
    Ok(row)
}
