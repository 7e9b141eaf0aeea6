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
        add_member[add(w.north.id)] by Admin, not ALL, Missing;
        change_membership_status[ChangeMembershipStatus { membership_id: w.other.id(), event: MembershipEvent::Suspend }]
            by Admin, not ALL, Missing;
        change_member[ChangeMember { membership_id: w.learner.id(), details: details() }] by Admin, not ALL, Missing;
        place_member[PlaceMember { membership_id: w.learner.id(), unit_id: Some(w.north.id), runs_it: false }] by Admin, not ALL, Missing;
        set_extra_permissions[SetExtraPermissions { membership_id: w.teacher.id(), permissions: vec![Permission::REPORTS_VIEW] }]
            by Admin, not ALL, Missing;
        find_members[FindMembers { filter: in_unit(w.north.id), size: PageSize::MAX, after: None }]
            by Teacher, not NOT_STAFF, Own;
        view_member[ViewMember { membership_id: w.learner.id() }] by Teacher, not NOT_STAFF, Missing;
        invite_member[invitation(w.north.id)] by Admin, not ALL, Missing;
        revoke_invite[RevokeInvite { invite_id: w.things().invite.id }] by Admin, not ALL, Missing;
        expire_invites[ExpireInvites { due: PageSize::MAX.into() }] by Admin, not ALL, Own;
        list_open_invites[ListOpenInvites { size: PageSize::MAX, after: None }] by Admin, not ALL, Own;
        join_tenant[JoinTenant { full_name: title("Eve") }] by Stranger, not NOBODY, Own;
    }
}

fn roles() -> Vec<Service> {
    services! { |w, cx|
        assign_role[AssignRole {
            membership_id: w.teacher.id(),
            role_id: w.things().role.id,
            scope: AssignmentScope::Tenant,
            scope_id: None,
        }] by Admin, not ALL, Missing;
        unassign_role[UnassignRole { assignment_id: w.things().given.id }] by Admin, not ALL, Missing;
        list_roles_of_member[ListRolesOfMember { membership_id: w.learner.id() }] by Admin, not ALL, Own;
        list_roles[ListRoles { size: PageSize::MAX, after: None }] by Admin, not ALL, Own;
        create_role[coach()] by Admin, not ALL, Own;
        set_role_permission[SetRolePermission { role_id: w.things().role.id, line: line("courses.view") }] by Admin, not ALL, Missing;
        remove_role_permission[RemoveRolePermission { line_id: w.things().role_line.id }] by Admin, not ALL, Missing;
        delete_role[DeleteRole { role_id: w.things().role.id }] by Admin, not ALL, Missing;
    }
}

fn people() -> Vec<Service> {
    services! { |w, cx|
        assign_tutor[AssignTutor { student_id: w.learner.id(), tutor_id: Some(w.teacher.id()) }] by Admin, not ALL, Missing;
        view_tutor_places[ViewTutorPlaces { tutor_id: w.teacher.id() }] by Teacher, not ALL, Missing;
        follow_member[FollowMember { following_id: w.teacher.id() }] by Learner, not OUTSIDERS, Missing;
        unfollow_member[UnfollowMember { following_id: w.teacher.id() }] by Learner, not OUTSIDERS, Own;
        set_interests[SetInterests { interests: vec![InterestIn::Named(title("Rust"))] }] by Learner, not OUTSIDERS, Own;
        link_guardian[LinkGuardian { guardian_id: w.guardian.id(), student_id: w.other.id(), relationship: GuardianRelation::Guardian }]
            by Admin, not ALL, Missing;
        unlink_guardian[UnlinkGuardian { link_id: w.things().link.id }] by Admin, not ALL, Missing;
        list_wards[ListWards {}] by Guardian, not OUTSIDERS, Own;
        list_guardians[ListGuardians { student_id: w.learner.id() }] by Guardian, not ALL, Own;
        edit_user_profile[EditUserProfile { user_id: w.learner.user.id, profile: profile() }] by Learner, not TENANT, Missing;
        view_user_profile[ViewUserProfile { user_id: w.learner.user.id }] by Learner, not TENANT, Missing;
        edit_staff_profile[EditStaffProfile { member_id: w.teacher.id(), profile: SaveStaffProfile::default() }]
            by Teacher, not ALL, Missing;
        edit_learner_profile[EditLearnerProfile { member_id: w.learner.id(), profile: SaveLearnerProfile::default() }]
            by Learner, not ALL, Missing;
        save_sensitive_facts[SaveSensitiveFacts { member_id: w.learner.id(), facts: SensitiveFacts::default() }]
            by Admin, not ALL, Missing;
        view_learner[ViewLearner { member_id: w.learner.id() }] by Guardian, not ALL, Missing;
    }
}

fn logins() -> Vec<Service> {
    services! { |w, cx|
        link_auth_method[LinkAuthMethod { user_id: w.learner.user.id, method: AuthMethodKind::Google, provider_subject: "g-2".to_owned(), provider_data: None }]
            by Learner, not TENANT, Missing;
        make_primary[MakePrimary { method_id: w.things().second_method.id }] by Learner, not TENANT, Missing;
        unlink_auth_method[UnlinkAuthMethod { method_id: w.things().method.id }] by Learner, not TENANT, Missing;
        change_password[ChangePassword { user_id: w.learner.user.id, password_hash: hash() }] by Learner, not TENANT, Missing;
        change_user_status[ChangeUserStatus { user_id: w.learner.user.id, event: UserEvent::Deactivate }]
            by Learner, not TENANT, Missing;
        change_login[ChangeLogin { user_id: w.learner.user.id, email: Some(email("ada@a.example")), phone: None }]
            by Learner, not TENANT, Missing;
        set_second_factor[SetSecondFactor { user_id: w.learner.user.id, enabled: true }] by Learner, not TENANT, Missing;
        unlock_user[UnlockUser { user_id: w.learner.user.id }] by Root, not TENANT, Missing;
        purge_logins[PurgeLogins { chunk: PageSize::MAX }] by Root, not TENANT, Own;
        appoint_platform_role[AppointPlatformRole { user_id: w.other.user.id, role: PlatformRole::PlatformSupport }] by Root, not TENANT, Missing;
        dismiss_platform_role[DismissPlatformRole { assignment_id: w.things().appointed.id }] by Root, not TENANT, Missing;
        list_open_sessions[ListOpenSessions { user_id: w.learner.user.id }] by Learner, not TENANT, Missing;
        end_session[EndSession { user_id: w.learner.user.id, session_id: w.learner.user.id.uuid() }] by Learner, not TENANT, Missing;
        close_all_sessions[CloseAllSessions { user_id: w.learner.user.id }] by Learner, not TENANT, Missing;
    }
}

#[test]
fn who_may_is_let_and_who_may_not_is_refused() {
    crate::authority::with_room(|| check(rows()));
}
