//! Nothing new begins for a person who has left. Every row of the tables runs first while all are
//! present; whom its records then name for the first time, it is run again for after they have left,
//! and refused. A new operation is held to this by its row.
use std::collections::BTreeSet;

use lms::{
    audit::AuditEntry,
    identity::{ChangeMembershipStatus, MembershipEvent},
    kernel::{Context, Scope},
    memory::MemoryStore,
    store::{Record as _, Select, Store, Value},
};
use uuid::Uuid;

use crate::{
    authority::{tables, with_room},
    table::{Refusal, Service, scope_of},
    world::{Person, Who, World, fitted},
};

/// Operations that may name a person who has left, and why.
const ABOUT_THE_PAST: [(&str, &str); 23] = [
    ("restore_file", "the file comes back as it was"),
    ("award_badge", "what was earned before is awarded"),
    ("award_points", "what was earned before is awarded"),
    ("issue_certificate", "what was earned before is certified"),
    ("undelete_course", "the course comes back as it was; its owner hands it on"),
    ("edit_staff_profile", "a profile may be completed after the person left"),
    ("record_observation", "an observation of a day when the learner was there may be noted later"),
    ("submit_attempt", "what was begun is ended and graded"),
    ("start_payment", "an order of before may be paid"),
    ("record_receipt", "money that came in is booked, and what was bought waits for a return"),
    ("submit_proof", "a transfer for an order of before is shown"),
    ("hold_in_wallet", "an order of before may be paid"),
    ("pay_from_wallet", "an order of before may be paid"),
    ("request_refund", "money of before is given back"),
    ("complete_refund_by_hand", "money of before is given back"),
    ("adjust_wallet", "money of the person is put right"),
    ("credit_customer", "money of the person is put right"),
    ("request_payout", "what an author earned is paid out"),
    ("set_revenue_shares", "an author who left has a share in what is still sold"),
    ("import_order", "an order of another system is of the past"),
    ("give_consent", "a consent may be noted after the person left, for pictures of them"),
    ("notify", "a message waits in the inbox, and nothing is sent"),
    ("award_earned_badges", "what was earned before is awarded, however late the job runs"),
];

/// A table, a column, a row, and the person that the row names there.
type Naming = (&'static str, &'static str, Uuid, Uuid);

/// Everything in the tenant that names a person.
async fn namings(store: &Store, cx: &Context) -> BTreeSet<Naming> {
    let mut tx = store.backend().begin(Scope::Tenant(cx.tenant())).await.unwrap();
    let mut found = BTreeSet::new();
    for of in lms::record_types() {
        let schema = of.schema();
        let columns: Vec<_> =
            schema.columns.iter().filter(|it| it.references == Some("memberships")).collect();
        if columns.is_empty() || schema.table == AuditEntry::TABLE {
            continue;
        }
        for row in tx.select(&Select::all(schema)).await.unwrap() {
            let is_deleted = schema.deleted_position().is_some_and(|at| row.0[at] != Value::Null);
            for column in columns.iter().filter(|_| !is_deleted) {
                if let Value::Uuid(person) = schema.value(&row, column.name) {
                    found.insert((schema.table, column.name, row.id(), *person));
                }
            }
        }
    }
    found
}

/// A copy of a school, with ports of its own.
fn copy_of(memory: &MemoryStore, world: &World) -> Store {
    fitted(Store::new(memory.fork()), &world.files, 8)
}

/// A school from which copies are made.
struct Original {
    memory: MemoryStore,
    world: World,
}

impl Original {
    /// A copy of the school.
    fn copy(&self) -> Store {
        copy_of(&self.memory, &self.world)
    }

    /// The school after that person has left it.
    async fn without(&self, person: &Person) -> MemoryStore {
        let left = self.memory.fork();
        let event = MembershipEvent::Leave;
        let leave = ChangeMembershipStatus { membership_id: person.id(), event };
        Store::new(left.clone()).run(&self.world.system, leave).await.unwrap();
        left
    }

    async fn run(&self, store: &Store, row: &Service, who: Who) -> Result<(), Refusal> {
        let cx = self.world.cx(who);
        let mut tx = store.begin_in(&cx, scope_of(row.name, &cx)).await.unwrap();
        (row.call)(&self.world, &cx, &mut tx).await?;
        tx.commit().await.unwrap();
        Ok(())
    }
}

/// Whom a row may be run by: the system and an administrator, who may do most of it for others, and
/// the person of the row.
fn callers(row: &Service) -> Vec<Who> {
    let mut callers = vec![Who::System, Who::Admin];
    if !callers.contains(&row.by) {
        callers.push(row.by);
    }
    callers
}

#[test]
fn no_operation_begins_anything_for_a_person_who_has_left() {
    with_room(async || {
        let memory = MemoryStore::new();
        let world = World::whole(Store::new(memory.clone())).await;
        crate::reading_table::furnish(&world).await;
        let school = Original { memory, world };
        let world = &school.world;
        let people = [&world.learner, &world.other, &world.teacher, &world.guardian];
        let mut without = Vec::new();
        for person in people {
            let left = school.without(person).await;
            let before = namings(&Store::new(left.clone()), &world.system).await;
            without.push((person, left, before));
        }
        let before = namings(&world.store, &world.system).await;
        let (mut wrong, mut refused) = (BTreeSet::new(), BTreeSet::new());
        let mut names = BTreeSet::new();
        for row in tables().into_iter().flat_map(|it| it.1) {
            names.insert(row.name);
            let present = school.copy();
            if let Err(refusal) = school.run(&present, &row, row.by).await {
                wrong.insert(format!("{} was not run: {refusal}", row.name));
                continue;
            }
            let after = namings(&present, &world.system).await;
            for (person, left, before_leaving) in &without {
                let names_them = |it: &&Naming| it.3 == person.id().uuid();
                let is_exempt = ABOUT_THE_PAST.iter().any(|it| it.0 == row.name);
                if is_exempt || !after.difference(&before).any(|it| names_them(&it)) {
                    continue;
                }
                for who in callers(&row) {
                    let left = copy_of(left, world);
                    match school.run(&left, &row, who).await {
                        Err(_) => {
                            refused.insert(row.name);
                        }
                        Ok(()) => {
                            let now = namings(&left, &world.system).await;
                            let new = now.difference(before_leaving).filter(names_them);
                            wrong.extend(new.map(|it| format!("{}: {}.{}", row.name, it.0, it.1)));
                        }
                    }
                }
            }
        }
        let wrong: Vec<_> = wrong.into_iter().collect();
        assert!(wrong.is_empty(), "begin something for who has left:\n{}", wrong.join("\n"));
        assert!(refused.len() > 30, "{refused:?}");
        let gone: Vec<_> = ABOUT_THE_PAST.iter().filter(|it| !names.contains(it.0)).collect();
        assert!(gone.is_empty(), "no rows any more: {gone:?}");
    });
}
