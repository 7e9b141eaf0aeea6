//! Who may do what, by the table of roles and without the library's own decision.
use lms_core::{
    authorization::{Permission, Reach},
    operation::Access,
};
use uuid::Uuid;

use super::{Law, Step};
use crate::simulation::{
    mirror::{Mirror, text, uuid},
    recording::{Done, Written},
};

/// Only people who have one of the permissions, to some things at least, change anything.
pub(super) fn permission_was_needed(step: &Step<'_>, commit: &[Written]) -> Law {
    let Access::Asks(permissions) = step.operation.access else { return Ok(()) };
    let is_note = commit.iter().all(|it| it.schema.table == "audit_entries");
    if is_note || step.person.is_system() || !step.person.reaches(permissions).is_empty() {
        return Ok(());
    }
    let what = format!("a change without any of {permissions:?}");
    step.broken("no one changes anything without a permission", what)
}

/// The column that says whose a row is.
const OWNERS: [(&str, &str); 13] = [
    ("orders", "buyer_id"),
    ("attempts", "learner_id"),
    ("scores", "learner_id"),
    ("submissions", "learner_id"),
    ("enrollments", "learner_id"),
    ("class_members", "student_id"),
    ("downloads", "learner_id"),
    ("payouts", "payee_id"),
    ("wallet_accounts", "holder_id"),
    ("subscriptions", "payer_id"),
    ("points_entries", "learner_id"),
    ("badge_awards", "learner_id"),
    ("certificates", "learner_id"),
];

/// The person whose row it is.
fn owner(written: &Written) -> Option<Uuid> {
    let column = OWNERS.iter().find(|it| it.0 == written.schema.table)?.1;
    uuid(written.schema, written.row.as_ref()?, column)
}

/// People who reach their own things alone, or those of their wards too, change no other; and no
/// one decides on their own where the permission forbids it.
pub(super) fn all_was_in_reach(mirror: &Mirror, step: &Step<'_>, commit: &[Written]) -> Law {
    let Access::Asks(permissions) = step.operation.access else { return Ok(()) };
    let Some(member) = step.person.member else { return Ok(()) };
    let reaches = step.person.reaches(permissions);
    if reaches.is_empty() {
        return Ok(());
    }
    let mut own = vec![member.uuid()];
    if reaches.contains(&Reach::Wards) {
        own.extend(step.person.wards.iter().map(|it| it.uuid()));
    }
    let is_narrow = reaches.iter().all(|it| matches!(it, Reach::Own | Reach::Wards));
    let is_never_own = permissions.iter().all(is_never_on_own);
    // The subscriber may stop what another person pays, and with it the orders that wait for money.
    let stops = commit.iter().any(|it| is_subscribers(it, &own));
    for it in commit {
        let Some(owner) = owner(it) else { continue };
        // A buyer pays for another learner's place too.
        let is_gift =
            it.schema.table == "enrollments" && step.operation.name.starts_with("commerce.");
        if is_gift || is_subscribers(it, &own) || (it.schema.table == "orders" && stops) {
            continue;
        }
        if is_narrow && !own.contains(&owner) && !moved_up(mirror, it) {
            let what = format!("a row of `{}` is of {owner}", it.schema.table);
            return step.broken("no one changes what is out of their reach", what);
        }
        // Progress is counted anew for a whole course; the count decides nothing.
        let is_count = step.operation.name == "learning.recount_progress";
        if is_never_own && !is_count && owner == member.uuid() && it.done != Done::Deleted {
            let what = format!("a row of `{}` is of the person who decided", it.schema.table);
            return step.broken("no one decides on what is their own", what);
        }
    }
    Ok(())
}

/// Whether it is a subscription that one of these people uses.
fn is_subscribers(written: &Written, people: &[Uuid]) -> bool {
    let row = written.row.as_ref().filter(|_| written.schema.table == "subscriptions");
    let subscriber = row.and_then(|row| uuid(written.schema, row, "subscriber_id"));
    subscriber.is_some_and(|it| people.contains(&it))
}

fn is_never_on_own(permission: &Permission) -> bool {
    Permission::CATALOGUE.iter().any(|it| it.permission == *permission && it.never_on_own)
}

/// Whether a learner who waited got the place that another gave up.
fn moved_up(mirror: &Mirror, written: &Written) -> bool {
    let before = mirror.row(written.schema.table, written.id);
    before.is_some_and(|row| text(written.schema, row, "status").contains("wait"))
}
