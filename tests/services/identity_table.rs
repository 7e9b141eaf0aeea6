//! Who may call the services of identity.
use lms::{
    authorization::{Permission, RoleKey, RoleLevel},
    identity::*,
    kernel::Id,
    store::PageSize,
    tenancy::OrgUnit,
};

use crate::{
    table::{Service, check},
    world::{email, line, title},
};

fn add(unit: Id<OrgUnit>) -> AddMember {
    AddMember::new(MembershipKind::Student, title("New")).in_unit(unit)
}

fn invitation(unit: Id<OrgUnit>) -> InviteMember {
    let mut command = InviteMember::new(email("another@a.example"), MembershipKind::Student);
    command.org_unit_id = Some(unit);
    command
}

fn in_unit(unit: Id<OrgUnit>) -> ListMembers {
    ListMembers { org_unit_id: Some(unit), ..ListMembers::default() }
}

fn details() -> MemberDetails {
    MemberDetails { full_name: title("X"), email: None, phone: None }
}

fn coach() -> CreateRole {
    CreateRole {
        key: RoleKey::new("helper").unwrap(),
        name: title("Helper"),
        scope: RoleLevel::Tenant,
        needs_place: false,
        lines: Vec::new(),
    }
}

fn profile() -> SaveUserProfile {
    SaveUserProfile::new(PersonName::of(title("Ada")))
}

fn hash() -> PasswordHash {
    PasswordHash::new("hash".to_owned())
}

pub(crate) fn rows() -> Vec<Service> {
    let mut rows = members();
    rows.extend(roles());
    rows.extend(people());
    rows.extend(logins());
    rows
}

fn members() -> Vec<Service> {
    services! { |w, cx|
        add_member(add(w.north.id)) by Admin, not ALL, Missing;
        change_membership_status(w.other.id(), MembershipEvent::Suspend)
            by Admin, not ALL, Missing;
        change_member(w.learner.id(), details()) by Admin, not ALL, Missing;
        place_member(w.learner.id(), Some(w.north.id), false) by Admin, not ALL, Missing;
        set_extra_permissions(w.teacher.id(), vec![Permission::REPORTS_VIEW])
            by Admin, not ALL, Missing;
        list_members(in_unit(w.north.id), PageSize::MAX, None)
            by Teacher, not NOT_STAFF, Own;
        view_member(w.learner.id()) by Teacher, not NOT_STAFF, Missing;
        invite_member(&w.entropy, invitation(w.north.id)) by Admin, not ALL, Missing;
        revoke_invite(w.things().invite.id) by Admin, not ALL, Missing;
        expire_invites(PageSize::MAX) by Admin, not ALL, Own;
        open_invites(PageSize::MAX, None) by Admin, not ALL, Own;
        join_tenant(title("Eve")) by Stranger, not NOBODY, Own;
    }
}

fn roles() -> Vec<Service> {
    services! { |w, cx|
        assign_role(AssignRole {
            membership_id: w.teacher.id(),
            role_id: w.things().role.id,
            scope: AssignmentScope::Tenant,
            scope_id: None,
        }) by Admin, not ALL, Missing;
        unassign_role(w.things().given.id) by Admin, not ALL, Missing;
        roles_of(w.learner.id()) by Admin, not ALL, Own;
        create_role(coach()) by Admin, not ALL, Own;
        set_role_permission(w.things().role.id, line("courses.view")) by Admin, not ALL, Missing;
        remove_role_permission(w.things().role_line.id) by Admin, not ALL, Missing;
        delete_role(w.things().role.id) by Admin, not ALL, Missing;
    }
}

fn people() -> Vec<Service> {
    services! { |w, cx|
        assign_tutor(w.learner.id(), Some(w.teacher.id())) by Admin, not ALL, Missing;
        tutor_places(w.teacher.id()) by Teacher, not ALL, Missing;
        follow_member(w.teacher.id()) by Learner, not OUTSIDERS, Missing;
        unfollow_member(w.teacher.id()) by Learner, not OUTSIDERS, Own;
        set_interests(vec![InterestIn::Named(title("Rust"))]) by Learner, not OUTSIDERS, Own;
        link_guardian(w.guardian.id(), w.other.id(), GuardianRelation::Guardian)
            by Admin, not ALL, Missing;
        unlink_guardian(w.things().link.id) by Admin, not ALL, Missing;
        my_wards() by Guardian, not OUTSIDERS, Own;
        guardians_of(w.learner.id()) by Guardian, not ALL, Own;
        save_user_profile(w.learner.user.id, profile()) by Learner, not TENANT, Missing;
        view_user_profile(w.learner.user.id) by Learner, not TENANT, Missing;
        save_staff_profile(w.teacher.id(), SaveStaffProfile::default())
            by Teacher, not ALL, Missing;
        save_learner_profile(w.learner.id(), SaveLearnerProfile::default())
            by Learner, not ALL, Missing;
        save_sensitive_facts(w.learner.id(), SensitiveFacts::default())
            by Admin, not ALL, Missing;
        view_learner(w.learner.id()) by Guardian, not ALL, Missing;
    }
}

fn logins() -> Vec<Service> {
    services! { |w, cx|
        link_auth_method(w.learner.user.id, AuthMethodKind::Google, "g-2".to_owned(), None)
            by Learner, not TENANT, Missing;
        make_primary(w.things().second_method.id) by Learner, not TENANT, Missing;
        unlink_auth_method(w.things().method.id) by Learner, not TENANT, Missing;
        change_password(w.learner.user.id, hash()) by Learner, not TENANT, Missing;
        change_user_status(w.learner.user.id, UserEvent::Deactivate)
            by Learner, not TENANT, Missing;
        change_login(w.learner.user.id, Some(email("ada@a.example")), None)
            by Learner, not TENANT, Missing;
        set_second_factor(w.learner.user.id, true) by Learner, not TENANT, Missing;
        unlock_user(w.learner.user.id) by Root, not TENANT, Missing;
        purge_logins(PageSize::MAX) by Root, not TENANT, Own;
        appoint(w.other.user.id, PlatformRole::PlatformSupport) by Root, not TENANT, Missing;
        dismiss(w.things().appointed.id) by Root, not TENANT, Missing;
        close_all_sessions(w.learner.user.id) by Learner, not TENANT, Missing;
    }
}

#[tokio::test]
async fn who_may_is_let_and_who_may_not_is_refused() {
    check(rows()).await;
}
