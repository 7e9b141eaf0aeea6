//! The rules. Each runs in tenants of its own, so all of them can share one database.
mod audited;
mod deletes;
mod faults;
mod guards;
mod idempotency;
mod json;
mod locks;
mod nulls;
mod pages;
mod records;
mod references;
mod refusals;
mod relays;
mod retries;
mod scopes;
mod semi_joins;
mod text;
mod trail;
mod transactions;
mod uniques;
mod upserts;
mod versions;

use crate::Case;

/// Names each function as the rule it checks.
macro_rules! rules {
    ($($rule:ident),+ $(,)?) => {
        vec![$($crate::Case::new(concat!("store::", stringify!($rule)), $rule)),+]
    };
}
use rules;

pub(crate) fn all() -> Vec<Case> {
    [
        transactions::rules(),
        versions::rules(),
        uniques::rules(),
        references::rules(),
        deletes::rules(),
        pages::rules(),
        text::rules(),
        nulls::rules(),
        json::rules(),
        semi_joins::rules(),
        locks::rules(),
        upserts::rules(),
        guards::rules(),
        idempotency::rules(),
        retries::rules(),
        trail::rules(),
        audited::rules(),
        relays::rules(),
        scopes::rules(),
        refusals::rules(),
        faults::rules(),
        records::rules(),
    ]
    .concat()
}
