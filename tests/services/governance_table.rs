//! Who may call the services of governance: what a school owes the people whose data it keeps.
use lms::{
    governance::{
        AuditSearch, Described, ErasePerson, ExportPerson, ExportTenant, GiveConsent, ListConsents,
        PurgeAudit, PurgeDeleted, PurgeSpent, ReplayEvents, Restorable, RestoreRecord, SealAudit,
        SearchAudit, SetMetadata, VerifyAudit, ViewStudentHistory, WithdrawConsent,
    },
    identity::LearnerProfile,
    kernel::Metadata,
    store::PageSize,
};

use crate::{
    table::Service,
    world::{Who, World, title},
};

/// The learner is of age and has agreed to photos.
pub(crate) async fn agreed(world: &World) {
    let mut profile = LearnerProfile::new(&world.system, world.learner.id());
    profile.date_of_birth = "2000-03-03".parse().ok();
    world.keep(&profile).await;
    let cx = world.cx(Who::Learner);
    act!(world.store, cx, |tx| tx.run(consent(world, "photos"))).unwrap();
}

fn consent(w: &World, purpose: &str) -> GiveConsent {
    GiveConsent::new(w.learner.id(), purpose.parse().unwrap(), title("policy 1"))
}

pub(crate) fn rows() -> Vec<Service> {
    let mut rows = people();
    rows.extend(oversight());
    rows
}

fn people() -> Vec<Service> {
    services! { |w, cx|
        give_consent[consent(w, "trips")] by Learner, not ALL, Missing;
        withdraw_consent[WithdrawConsent {
            member_id: w.learner.id(),
            purpose: "photos".parse().unwrap(),
        }] by Learner, not ALL, Missing;
        list_consents[ListConsents { member_id: w.learner.id() }] by Learner, not ALL, Own;
        view_student_history[ViewStudentHistory { learner_id: w.learner.id() }]
            by Learner, not ALL, Missing;
        export_person[ExportPerson { member_id: w.learner.id() }] by Learner, not ALL, Missing;
        set_metadata[SetMetadata {
            record: Described::Membership(w.learner.id()),
            metadata: Metadata::default(),
        }] by Admin, not ALL, Missing;
        restore_record[RestoreRecord { record: Restorable::Room(w.later().removed_room) }]
            by Admin, not ALL, Missing;
        erase_person[ErasePerson { member_id: w.learner.id() }] by Admin, not ALL, Missing;
    }
}

fn oversight() -> Vec<Service> {
    services! { |w, cx|
        search_audit[SearchAudit {
            search: AuditSearch::default(),
            size: PageSize::MAX,
            after: None,
        }] by Admin, not ALL, Own;
        replay_events[ReplayEvents::from_start(cx)] by Admin, not ALL, Own;
        seal_audit[SealAudit { most: PageSize::MAX }] by Admin, not ALL, Own;
        verify_audit[VerifyAudit { after: None, trusted: None, most: PageSize::MAX }]
            by Admin, not ALL, Own;
        purge_audit[PurgeAudit { most: PageSize::MAX }] by Admin, not ALL, Own;
        purge_deleted[PurgeDeleted { from: None, chunk: PageSize::MAX }] by Admin, not ALL, Own;
        purge_spent[PurgeSpent { chunk: PageSize::MAX }] by Admin, not ALL, Own;
        export_tenant[ExportTenant { from: None, chunk: PageSize::MAX }]
            by Root, not TENANT, Missing;
    }
}
