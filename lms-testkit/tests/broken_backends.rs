//! The suite can fail: each broken backend turns the rules red that speak of what it breaks.
mod sabotage;

use std::collections::BTreeSet;

use lms_core::store::Store;
use lms_store_memory::MemoryStore;
use lms_testkit::cases;
use sabotage::{Broken, Fault};

/// The rules that a backend with that fault breaks, of those that are asked for.
async fn broken_rules(fault: Fault, asked: &[&str]) -> BTreeSet<String> {
    let mut red = BTreeSet::new();
    for case in cases().into_iter().filter(|it| asked.contains(&it.name())) {
        let store = Store::new(Broken::new(MemoryStore::new(), fault));
        if let Err(failure) = case.run(store).await {
            println!("{fault:?}: {}: {failure}", case.name());
            red.insert(case.name().to_owned());
        }
    }
    red
}

/// What each fault must be caught by.
const CAUGHT_BY: [(Fault, &[&str]); 16] = [
    (
        Fault::IgnoresLocks,
        &["store::the_last_seats_are_sold_once", "store::a_lock_holds_without_a_write"],
    ),
    (
        Fault::IgnoresTenants,
        &[
            "store::a_tenant_does_not_see_another",
            "record::courses::reads_are_isolated",
            "record::courses::foreign_rows_are_refused",
        ],
    ),
    (
        Fault::RepeatsTheLastRow,
        &["store::pages_walk_every_record_once", "record::courses::pages_by_every_column"],
    ),
    (
        Fault::SwallowsStaleWrites,
        &["store::a_stale_write_conflicts", "record::courses::checks_versions"],
    ),
    (Fault::CommitsRollbacks, &["store::a_rolled_back_transaction_leaves_nothing"]),
    (
        Fault::LosesCommits,
        &["store::several_tables_commit_together", "record::courses::round_trips"],
    ),
    (Fault::NullIsDifferent, &["store::comparisons_with_null_are_unknown"]),
    (Fault::SortsLikeADictionary, &["store::text_sorts_by_code_point"]),
    (
        Fault::ForgetsUniques,
        &["store::a_unique_key_is_refused_by_its_columns", "record::courses::keeps_its_uniques"],
    ),
    (
        Fault::ForgetsReferences,
        &["store::a_reference_to_nothing_is_refused", "record::courses::keeps_its_references"],
    ),
    (
        Fault::ForgetsGuards,
        &[
            "store::a_guarded_upsert_needs_a_matching_parent",
            "store::a_guarded_upsert_overwrites_only_while_the_parent_matches",
        ],
    ),
    (Fault::ForgetsWhatIsNewer, &["store::an_upsert_replaces_only_what_is_older"]),
    (Fault::CutsMicroseconds, &["record::courses::keeps_values_at_their_limits"]),
    (Fault::CountsUpToTheLimit, &["store::a_count_ignores_order_cursor_and_limit"]),
    (Fault::TakesWildcards, &["store::a_part_takes_wildcards_literally"]),
    (Fault::ReplacesEverything, &["store::an_upsert_replaces_what_it_names"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_fault_is_caught_by_its_rules() {
    let mut missed = Vec::new();
    for (fault, rules) in CAUGHT_BY {
        let red = broken_rules(fault, rules).await;
        missed.extend(
            rules.iter().filter(|it| !red.contains(**it)).map(|it| format!("{fault:?}: {it}")),
        );
    }
    assert!(missed.is_empty(), "green although broken: {missed:#?}");
}

/// The same rules are green without a fault, so what turns them red is the fault.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_rules_are_green_without_a_fault() {
    let rules: Vec<_> = CAUGHT_BY.iter().flat_map(|(_, rules)| rules.iter().copied()).collect();
    assert_eq!(broken_rules(Fault::None, &rules).await, BTreeSet::new());
    let known: BTreeSet<_> = cases().iter().map(|it| it.name().to_owned()).collect();
    let unknown: Vec<_> = rules.into_iter().filter(|it| !known.contains(*it)).collect();
    assert!(unknown.is_empty(), "no such rules: {unknown:?}");
}
