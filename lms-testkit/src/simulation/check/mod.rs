//! What must hold after every step.
mod authority;
mod books;
mod rows;
mod trail;

use lms_core::{
    kernel::{Context, TenantId},
    operation::OperationType,
    store::Ownership,
};
use uuid::Uuid;

use super::{mirror::Mirror, person::Person, recording::Written, run::Answered};

/// Who did what.
pub(crate) struct Step<'a> {
    pub(crate) operation: &'a OperationType,
    pub(crate) person: &'a Person,
    pub(crate) cx: &'a Context,
    pub(crate) own: TenantId,
    pub(crate) other: TenantId,
    /// The answer, or the code of the failure.
    pub(crate) outcome: Answered,
}

/// What does not hold.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) law: &'static str,
    pub(crate) what: String,
    pub(crate) person: &'static str,
}

pub(crate) type Law = Result<(), Broken>;

impl Step<'_> {
    /// Says that a law is broken.
    pub(crate) fn broken<T>(&self, law: &'static str, what: String) -> Result<T, Broken> {
        Err(Broken { law, what, person: self.person.name })
    }
}

/// What is asked of the answer.
pub(crate) fn answer(mirror: &Mirror, step: &Step<'_>, commits: &[Vec<Written>]) -> Law {
    no_programming_mistake(step)?;
    nothing_of_another_tenant_is_shown(mirror, step)?;
    what_failed_left_nothing(step, commits)
}

/// What is compared with the rows as they were before a commit.
pub(crate) fn before(mirror: &Mirror, step: &Step<'_>, commit: &[Written]) -> Law {
    nothing_crossed(mirror, step, commit)?;
    authority::permission_was_needed(step, commit)?;
    authority::all_was_in_reach(mirror, step, commit)?;
    trail::agrees(step, commit)?;
    rows::agree(mirror, step, commit)?;
    trail::events_agree(step, commit)?;
    books::entries_balance(step, commit)
}

/// What is asked of the rows as they are after the step.
pub(crate) fn after(mirror: &Mirror, step: &Step<'_>, commits: &[Vec<Written>]) -> Law {
    for commit in commits {
        rows::references_hold(mirror, step, commit)?;
        rows::seats_hold(mirror, step, commit)?;
        rows::packs_hold(mirror, step, commit)?;
        rows::open_things_have_a_next_time(mirror, step, commit)?;
        books::orders_agree(mirror, step, commit)?;
        books::vouchers_agree(mirror, step, commit)?;
    }
    Ok(())
}

/// A retry writes the same as the rehearsal before the fault.
pub(crate) fn same_again(
    step: &Step<'_>,
    rehearsed: &[Vec<Written>],
    commits: &[Vec<Written>],
) -> Law {
    let is_same = rehearsed.iter().enumerate().all(|(at, wanted)| {
        commits.get(at).is_some_and(|found| {
            found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| a.is_same(b))
        })
    });
    if is_same {
        return Ok(());
    }
    let what = format!("rehearsed {rehearsed:?}, written {commits:?}");
    step.broken("a retry after a fault ends the same", what)
}

/// No operation fails because of a mistake in the library, and none leaves a refusal to the store.
fn no_programming_mistake(step: &Step<'_>) -> Law {
    const LAW: &str = "no operation errs by itself or lets the store refuse for it";
    // The store may say that a thing is not there, that a race was lost, that it does not answer,
    // and that a list goes on elsewhere; all else is for the rules of the operation to say.
    const OPEN: [&str; 7] = [
        "store.not_found",
        "store.conflict",
        "store.retryable",
        "store.unavailable",
        "store.unknown_outcome",
        "store.missing_port",
        "store.foreign_cursor",
    ];
    match &step.outcome {
        Err(code) if code.starts_with("store.") && !OPEN.contains(code) => {
            step.broken(LAW, format!("`{}` failed with `{code}`", step.operation.name))
        }
        _ => Ok(()),
    }
}

/// No answer names a row of the other tenant that was not named in a question: the trail keeps
/// the questions. The platform's own people see every tenant.
fn nothing_of_another_tenant_is_shown(mirror: &Mirror, step: &Step<'_>) -> Law {
    let Ok(answer) = &step.outcome else { return Ok(()) };
    if step.person.is_system() {
        return Ok(());
    }
    let mut found = Vec::new();
    ids_in(answer, &mut found);
    for id in found {
        let is_theirs = mirror.owner(id) == Some(step.other);
        if is_theirs && !mirror.is_named(step.own, id) {
            let what = format!("the answer shows {id} of the other tenant");
            return step.broken("no answer shows what is another tenant's", what);
        }
    }
    Ok(())
}

/// The ids in a JSON value.
pub(crate) fn ids_in(value: &serde_json::Value, found: &mut Vec<Uuid>) {
    match value {
        serde_json::Value::String(text) => found.extend(text.parse::<Uuid>().ok()),
        serde_json::Value::Array(items) => items.iter().for_each(|it| ids_in(it, found)),
        serde_json::Value::Object(map) => map.values().for_each(|it| ids_in(it, found)),
        _ => {}
    }
}

/// A refused operation left nothing but the note of it.
fn what_failed_left_nothing(step: &Step<'_>, commits: &[Vec<Written>]) -> Law {
    if step.outcome.is_ok() {
        return Ok(());
    }
    match commits.iter().flatten().find(|it| it.schema.table != "audit_entries") {
        Some(left) => {
            let what = format!("it failed and left a row in `{}`", left.schema.table);
            step.broken("what failed left nothing", what)
        }
        None => Ok(()),
    }
}

/// Rows belong to the tenant for which the step was taken, or to the platform.
fn nothing_crossed(mirror: &Mirror, step: &Step<'_>, commit: &[Written]) -> Law {
    for it in commit.iter().filter(|it| it.schema.ownership == Ownership::Tenant) {
        let owner = it.row.as_ref().and_then(|row| it.schema.owner(row));
        let before = mirror.row(it.schema.table, it.id).and_then(|row| it.schema.owner(row));
        let is_theirs = |owner: Option<TenantId>| owner.is_some_and(|it| it != step.own);
        if is_theirs(owner) || is_theirs(before) {
            let what = format!("a row of `{}` is another tenant's", it.schema.table);
            return step.broken("nothing crosses a tenant", what);
        }
    }
    Ok(())
}
