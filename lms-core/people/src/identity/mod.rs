//! People: users of the platform, and their memberships, roles and profiles in a tenant.
//!
//! A **user** is a person with a login; the platform owns it, with its **profile**, its **ways to
//! sign in**, its **sessions** and the **verifications** that were sent to it. A **membership** is
//! a tenant's own record of a person, and everything in the tenant that refers to a person refers
//! to it. People join by **sign-up**, as the tenant's settings allow, or by an **invitation**. A
//! member has **roles**, each given for the tenant, a unit, a course or a class. A **guardian** is
//! responsible for learners and sees what is theirs and nobody else's. A learner's special needs,
//! academic ages and day of birth are **sensitive**: they need a permission of their own.
mod add_member;
mod assign_role;
mod assign_tutor;
mod auth_method;
mod auth_methods;
mod change_member;
mod change_password;
mod change_user;
mod directory;
mod events;
mod follow;
mod follow_member;
mod giving;
mod guardian_link;
mod guardians;
mod interest;
mod invite;
mod invite_member;
mod join_tenant;
mod learner_profile;
mod lockout;
mod manage_roles;
mod membership;
mod membership_state;
mod password;
mod password_hash;
mod person_name;
mod platform_assignment;
mod profiles;
mod purge_logins;
mod redeem_invite;
mod refresh_token;
mod register_user;
mod role_assignment;
mod session;
mod sign_in;
mod staff_profile;
mod token;
mod user;
mod user_profile;
mod user_state;
mod verification;
mod verify;

pub use crate::authorization::{Role, RoleKey, RoleLevel, RolePermission};
pub use add_member::{AddMember, MemberError, add_member};
pub use assign_role::{AssignRole, RoleError, assign_role, unassign_role};
pub use assign_tutor::{TutorError, TutorPlaces, assign_tutor, tutor_places};
pub use auth_method::{AuthMethod, AuthMethodKind, AuthMethodRank};
pub use auth_methods::{
    AuthMethodError, link_auth_method, make_primary, sign_in_with, unlink_auth_method,
};
pub use change_member::{
    MemberDetails, change_member, change_membership_status, place_member, set_extra_permissions,
};
pub use change_password::{ChangePasswordError, change_password, reset_password};
pub use change_user::{
    UserError, appoint, change_login, change_user_status, dismiss, set_second_factor, unlock_user,
};
pub use directory::{
    DirectoryError, ListMembers, list_members, open_invites, roles_of, view_member,
};
pub use events::{
    GuardianLinked, GuardianUnlinked, InviteUsed, MemberAdded, MemberFollowed, MemberInvited,
    MembershipStatusChanged, RoleAssigned, RoleUnassigned, TutorAssigned, UserRegistered,
    UserStatusChanged, UserVerified,
};
pub use follow::Follow;
pub use follow_member::{FollowError, InterestIn, follow_member, set_interests, unfollow_member};
pub use guardian_link::{GuardianLink, GuardianRelation};
pub use guardians::{GuardianError, guardians_of, link_guardian, my_wards, unlink_guardian};
pub use interest::Interest;
pub use invite::{Invite, InviteEvent, InviteStatus};
pub use invite_member::{InviteError, InviteMember, expire_invites, invite_member, revoke_invite};
pub use join_tenant::{JoinError, SignUp, join_tenant, sign_up};
pub use learner_profile::{AcademicAges, LearnerProfile};
pub use lockout::{LockoutPolicy, LoginFailures};
pub use manage_roles::{
    CreateRole, create_role, delete_role, remove_role_permission, set_role_permission,
};
pub use membership::{Membership, MembershipKind, MembershipStatus};
pub use membership_state::MembershipEvent;
pub use password::{PasswordHashError, PasswordHasher, PasswordPolicy, PasswordPolicyError};
pub use password_hash::PasswordHash;
pub use person_name::PersonName;
pub use platform_assignment::{PlatformAssignment, PlatformRole};
pub use profiles::{
    LearnerView, ProfileError, SaveLearnerProfile, SaveStaffProfile, SaveUserProfile,
    SensitiveFacts, save_learner_profile, save_sensitive_facts, save_staff_profile,
    save_user_profile, view_learner, view_user_profile,
};
pub use purge_logins::{PurgeLoginsError, purge_logins};
pub use redeem_invite::{RedeemError, redeem_invite, sign_up_with_invite};
pub use refresh_token::{Presented, RefreshToken, SessionPolicy};
pub use register_user::{RegisterUser, RegisterUserError, register_user};
pub use role_assignment::{AssignmentScope, RoleAssignment};
pub use session::{
    IssuedSession, Refreshed, SessionError, close_all_sessions, close_session, open_session,
    refresh_session,
};
pub use sign_in::{
    CheckedLogin, LoginCandidate, LoginOutcome, LoginRefusal, SignInError, finish_login,
    look_up_login, sign_in,
};
pub use staff_profile::{StaffProfile, WeeklySlot};
pub use token::{SecretHash, Token};
pub use user::{User, UserStatus};
pub use user_profile::{AccessibilityNeed, UserProfile};
pub use user_state::UserEvent;
pub use verification::{Verification, VerificationPurpose};
pub use verify::{
    PhoneCode, VerificationToSend, VerifyError, start_verification, verify_email, verify_phone,
};

use lms_store::RecordType;

/// The records of this context.
pub fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<User>(),
        RecordType::of::<UserProfile>(),
        RecordType::of::<AuthMethod>(),
        RecordType::of::<RefreshToken>(),
        RecordType::of::<Verification>(),
        RecordType::of::<PlatformAssignment>(),
        RecordType::of::<Membership>(),
        RecordType::of::<RoleAssignment>(),
        RecordType::of::<Invite>(),
        RecordType::of::<StaffProfile>(),
        RecordType::of::<LearnerProfile>(),
        RecordType::of::<GuardianLink>(),
        RecordType::of::<Follow>(),
        RecordType::of::<Interest>(),
    ]
}
