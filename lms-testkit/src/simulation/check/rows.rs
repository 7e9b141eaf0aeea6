//! Rows agree with the step that wrote them, and with each other.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use lms_core::{
    commerce::{Grant, OrderItem, Seat},
    content::Course,
    kernel::Timestamp,
    learning::Enrollment,
    record_types,
    store::{Record as _, Schema},
};

use super::{Law, Step, trail::is_plausible};
use crate::simulation::{
    mirror::{Mirror, text, time, uuid},
    recording::{Done, Written},
};

/// Rows say who changed them last, and when; a version follows the one before it.
pub(super) fn agree(mirror: &Mirror, step: &Step<'_>, commit: &[Written]) -> Law {
    const LAW: &str = "rows say who changed them, and when";
    let actor = step.cx.actor_id().map(|it| it.uuid());
    let mut versions = BTreeMap::new();
    for it in commit.iter().filter(|it| it.done != Done::Upserted) {
        let Some(row) = &it.row else { continue };
        let (schema, table) = (it.schema, it.schema.table);
        if schema.position("updated_by").is_some() {
            if uuid(schema, row, "updated_by") != actor {
                return step.broken(LAW, format!("a row of `{table}` names another actor"));
            }
            if !is_plausible(step, time(schema, row, "updated_at")) {
                return step.broken(LAW, format!("a row of `{table}` shows another time"));
            }
        }
        let before = mirror.row(table, it.id);
        let was_deleted = before.is_some_and(|row| time(schema, row, "deleted_at").is_some());
        let is_deleted = time(schema, row, "deleted_at").is_some();
        if it.done == Done::Updated
            && was_deleted
            && is_deleted
            && !step.operation.name.contains("erase")
        {
            return step.broken(LAW, format!("a deleted row of `{table}` was changed"));
        }
        let known = versions.get(&(table, it.id)).copied();
        let known = known.or_else(|| before.map(|row| schema.version(row)));
        let version = schema.version(row);
        if it.done == Done::Updated && known.is_some_and(|it| it.next() != version) {
            return step.broken(LAW, format!("a row of `{table}` skips or keeps its version"));
        }
        versions.insert((table, it.id), version);
    }
    Ok(())
}

/// The columns of each table that refer to a table.
static REFERENCES: LazyLock<BTreeMap<&'static str, Vec<(&'static Schema, &'static str)>>> =
    LazyLock::new(|| {
        let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for schema in record_types().iter().map(|it| it.schema()) {
            for column in &schema.columns {
                if let Some(table) = column.references {
                    found.entry(table).or_default().push((schema, column.name));
                }
            }
        }
        found
    });

/// What a row refers to is there and of the same owner, and nothing refers to what is gone.
pub(super) fn references_hold(mirror: &Mirror, step: &Step<'_>, commit: &[Written]) -> Law {
    const LAW: &str = "nothing refers to what is not there";
    let mut gone: BTreeMap<&str, BTreeSet<uuid::Uuid>> = BTreeMap::new();
    for it in commit {
        let table = it.schema.table;
        let Some(row) = mirror.row(table, it.id) else {
            gone.entry(table).or_default().insert(it.id);
            continue;
        };
        for column in &it.schema.columns {
            let Some(target) = column.references else { continue };
            let Some(id) = uuid(it.schema, row, column.name) else { continue };
            let owner = mirror.owner(id);
            if mirror.row(target, id).is_none() || owner.is_some_and(|it| it != step.own) {
                let what = format!("`{table}.{}` refers to {id} of `{target}`", column.name);
                return step.broken(LAW, what);
            }
        }
    }
    for (target, ids) in gone {
        for (schema, column) in REFERENCES.get(target).into_iter().flatten() {
            for row in mirror.rows(schema.table).values() {
                if uuid(schema, row, column).is_some_and(|id| ids.contains(&id)) {
                    let what = format!("`{}.{column}` refers to a row that is gone", schema.table);
                    return step.broken(LAW, what);
                }
            }
        }
    }
    Ok(())
}

/// No course has more learners than seats, and no learner is enrolled twice.
pub(super) fn seats_hold(mirror: &Mirror, step: &Step<'_>, commit: &[Written]) -> Law {
    let mut courses = BTreeSet::new();
    for it in commit.iter().filter(|it| it.schema.table == Enrollment::TABLE) {
        courses.extend(it.row.as_ref().and_then(|row| uuid(it.schema, row, "course_id")));
    }
    for id in courses {
        let Some(course) = mirror.get::<Course>(id) else { continue };
        let all = mirror.all::<Enrollment>(step.own).filter(|it| it.course_id == course.id);
        let live: Vec<_> = all.filter(|it| it.status.is_live()).collect();
        let learners: BTreeSet<_> = live.iter().map(|it| it.learner_id).collect();
        if learners.len() < live.len() {
            let what = "a learner has two live enrollments in a course".to_owned();
            return step.broken("nothing is given twice", what);
        }
        let seated = live.iter().filter(|it| it.status.takes_seat()).count();
        let capacity = course.capacity.and_then(|it| usize::try_from(it).ok());
        if capacity.is_some_and(|it| seated > it) {
            let what = format!("{seated} learners have the {capacity:?} seats of a course");
            return step.broken("no seat is sold twice", what);
        }
    }
    Ok(())
}

/// A right comes from something that is there: a line, a seat, a subscription. A line of an order
/// gives no more seats than were bought.
pub(super) fn packs_hold(mirror: &Mirror, step: &Step<'_>, commit: &[Written]) -> Law {
    for it in commit.iter().filter(|it| it.schema.table == Grant::TABLE) {
        let source = it.row.as_ref().and_then(|row| uuid(it.schema, row, "source_id"));
        if source.is_some_and(|id| mirror.owner(id) != Some(step.own)) {
            let what = format!("the grant {} comes from {source:?}, which is not there", it.id);
            return step.broken("nothing is given twice", what);
        }
    }
    let mut items = BTreeSet::new();
    for it in commit.iter().filter(|it| it.schema.table == Seat::TABLE) {
        items.extend(it.row.as_ref().and_then(|row| uuid(it.schema, row, "order_item_id")));
    }
    for id in items {
        let Some(item) = mirror.get::<OrderItem>(id) else { continue };
        let given = mirror.all::<Seat>(step.own).filter(|it| it.order_item_id == item.id).count();
        if usize::try_from(item.seats).is_ok_and(|bought| given > bought) {
            let what = format!("{given} seats are given for a line that bought {}", item.seats);
            return step.broken("nothing is given twice", what);
        }
    }
    Ok(())
}

/// Tables whose rows wait for a time, and the statuses in which they wait.
const WAITING: [(&str, &[&str]); 5] = [
    ("orders", &["pending", "failed"]),
    ("wallet_holds", &["held"]),
    ("instalments", &["open"]),
    ("subscriptions", &["active", "past_due", "paused"]),
    ("refunds", &["requested", "approved", "processing", "unknown"]),
];

/// What is open has a time at which it is looked at again.
pub(super) fn open_things_have_a_next_time(
    mirror: &Mirror,
    step: &Step<'_>,
    commit: &[Written],
) -> Law {
    for it in commit {
        let Some(row) = mirror.row(it.schema.table, it.id) else { continue };
        let waiting = WAITING.iter().find(|waiting| waiting.0 == it.schema.table);
        let Some((table, statuses)) = waiting else { continue };
        let status = text(it.schema, row, "status");
        if statuses.contains(&status)
            && time(it.schema, row, "next_action_at") == Some(Timestamp::MAX)
        {
            let what = format!("a row of `{table}` is `{status}` and never looked at again");
            return step.broken("what is open has a next action", what);
        }
    }
    Ok(())
}
