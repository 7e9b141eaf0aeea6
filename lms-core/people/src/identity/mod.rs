//! People: users of the platform, and their memberships, roles and profiles in a tenant.
//!
//! A **user** is a person with a login; the platform owns it, with its **profile**, its **ways to
//! sign in**, its **sessions** and the **verifications** that were sent to it. A **membership** is
//! a tenant's own record of a person, and everything in the tenant that refers to a person refers
//! to it. People join by **sign-up**, as the tenant's settings allow, or by an **invitation**. A
//! member has **roles**, each given for the tenant, a unit, a course or a class. A **guardian** is
//! responsible for learners and sees what is theirs and no one else's. A learner's special needs,
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
mod list_roles;
mod lockout;
mod manage_roles;
mod membership;
mod membership_state;
mod open_sessions;
mod password;
mod password_hash;
mod person_name;
mod platform_assignment;
mod present;
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
pub use add_member::{AddMember, MemberError};
pub use assign_role::{AssignRole, RoleError, UnassignRole};
pub use assign_tutor::{AssignTutor, TutorError, TutorPlaces, ViewTutorPlaces};
pub use auth_method::{AuthMethod, AuthMethodKind, AuthMethodRank, ProviderData};
pub use auth_methods::{
    AuthMethodError, LinkAuthMethod, MakePrimary, SignInWith, UnlinkAuthMethod,
};
#[doc(hidden)]
pub use change_member::change_membership;
pub use change_member::{ChangeMember, MemberDetails, PlaceMember, SetExtraPermissions};
pub use change_password::{ChangePassword, ChangePasswordError, ResetPassword};
pub use change_user::{
    AppointPlatformRole, ChangeLogin, ChangeUserStatus, DismissPlatformRole, SetSecondFactor,
    UnlockUser, UserError,
};
pub use directory::{
    DirectoryError, FindMembers, ListMembers, ListOpenInvites, ListRolesOfMember, MemberView,
    ViewMember,
};
pub use events::{
    GuardianLinked, GuardianUnlinked, InviteUsed, MemberAdded, MemberFollowed, MemberInvited,
    MembershipStatusChanged, RoleAssigned, RoleUnassigned, TutorAssigned, UserRegistered,
    UserStatusChanged, UserVerified,
};
pub use follow::Follow;
pub use follow_member::{FollowError, FollowMember, InterestIn, SetInterests, UnfollowMember};
pub use guardian_link::{GuardianLink, GuardianRelation};
pub use guardians::{GuardianError, LinkGuardian, ListGuardians, ListWards, UnlinkGuardian};
pub use interest::Interest;
pub use invite::{Invite, InviteEvent, InviteStatus};
pub use invite_member::{ExpireInvites, InviteError, InviteMember, InviteToSend, RevokeInvite};
pub use join_tenant::{JoinError, JoinTenant, SignUp};
pub use learner_profile::{AcademicAges, LearnerProfile};
pub use list_roles::{ListRoles, RoleView};
pub use lockout::{LockoutPolicy, LoginFailures};
pub use manage_roles::{CreateRole, DeleteRole, RemoveRolePermission, SetRolePermission};
pub use membership::{Membership, MembershipKind, MembershipStatus};
pub use membership_state::MembershipEvent;
pub use open_sessions::{EndSession, ListOpenSessions, SessionView};
pub use password::{PasswordHashError, PasswordHasher, PasswordPolicy, PasswordPolicyError};
pub use password_hash::PasswordHash;
pub use person_name::PersonName;
pub use platform_assignment::{PlatformAssignment, PlatformRole};
pub use present::{Absence, RequirePresent};
pub use profiles::{
    EditLearnerProfile, EditStaffProfile, EditUserProfile, LearnerView, ProfileError,
    SaveLearnerProfile, SaveSensitiveFacts, SaveStaffProfile, SaveUserProfile, SensitiveFacts,
    ViewLearner, ViewUserProfile,
};
pub use purge_logins::{PurgeLogins, PurgeLoginsError};
pub use redeem_invite::{RedeemError, RedeemInvite, SignUpWithInvite};
pub use refresh_token::{Presented, RefreshToken, SessionPolicy};
pub use register_user::{RegisterUser, RegisterUserError};
pub use role_assignment::{AssignmentScope, RoleAssignment};
pub use session::{
    CloseAllSessions, CloseSession, IssuedSession, OpenSession, RefreshSession, Refreshed,
    SessionError,
};
pub use sign_in::{
    CheckedLogin, FinishLogin, LoginCandidate, LoginOutcome, LoginRefusal, LookUpLogin, SignIn,
    SignInError,
};
pub use staff_profile::{StaffProfile, WeeklySlot};
pub use token::{SecretHash, Token};
pub use user::{User, UserStatus};
pub use user_profile::{AccessibilityNeed, UserProfile};
pub use user_state::UserEvent;
pub use verification::{Verification, VerificationPurpose};
pub use verify::{
    PhoneCode, StartVerification, VerificationToSend, VerifyEmail, VerifyError, VerifyPhone,
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

/// The scheduled jobs of this context.
pub fn jobs() -> Vec<lms_store::job::JobType> {
    use lms_store::{
        PageSize,
        job::{Every, JobType},
    };
    vec![
        JobType::of::<ExpireInvites>(Every::Hour, |job| {
            Box::pin(job.due_rows(Invite::overdue, |due| ExpireInvites { due }))
        }),
        JobType::of::<PurgeLogins>(Every::Night, |job| {
            let all = PurgeLogins { chunk: PageSize::MAX };
            Box::pin(job.repeat(all, |gone| (u64::try_from(*gone).unwrap_or(u64::MAX), *gone > 0)))
        })
        .for_platform(),
    ]
}

/// The events of this context.
pub fn events() -> Vec<lms_store::outbox::EventType> {
    use lms_store::outbox::EventType;
    vec![
        EventType::of::<GuardianLinked>(),
        EventType::of::<GuardianUnlinked>(),
        EventType::of::<InviteUsed>(),
        EventType::of::<MemberAdded>(),
        EventType::of::<MemberFollowed>(),
        EventType::of::<MemberInvited>(),
        EventType::of::<MembershipStatusChanged>(),
        EventType::of::<RoleAssigned>(),
        EventType::of::<RoleUnassigned>(),
        EventType::of::<TutorAssigned>(),
        EventType::of::<UserRegistered>(),
        EventType::of::<UserStatusChanged>(),
        EventType::of::<UserVerified>(),
    ]
}

/// The operations of this context.
pub fn operations() -> Vec<lms_store::operation::OperationType> {
    use lms_store::operation::OperationType;
    vec![
        OperationType::of::<AddMember>(),
        OperationType::of::<AppointPlatformRole>(),
        OperationType::of::<AssignRole>(),
        OperationType::of::<AssignTutor>(),
        OperationType::of::<ChangeLogin>(),
        OperationType::of::<ChangeMember>(),
        OperationType::typed::<ChangePassword>(),
        OperationType::of::<ChangeUserStatus>(),
        OperationType::of::<CloseAllSessions>(),
        OperationType::typed::<CloseSession>(),
        OperationType::of::<CreateRole>(),
        OperationType::of::<DeleteRole>(),
        OperationType::of::<DismissPlatformRole>(),
        OperationType::of::<EditLearnerProfile>(),
        OperationType::of::<EditStaffProfile>(),
        OperationType::of::<EditUserProfile>(),
        OperationType::of::<EndSession>(),
        OperationType::of::<ExpireInvites>(),
        OperationType::of::<FindMembers>(),
        OperationType::typed::<FinishLogin>(),
        OperationType::of::<FollowMember>(),
        OperationType::typed::<InviteMember>(),
        OperationType::of::<JoinTenant>(),
        OperationType::of::<LinkAuthMethod>(),
        OperationType::of::<LinkGuardian>(),
        OperationType::of::<ListGuardians>(),
        OperationType::of::<ListOpenInvites>(),
        OperationType::of::<ListOpenSessions>(),
        OperationType::of::<ListRoles>(),
        OperationType::of::<ListRolesOfMember>(),
        OperationType::of::<ListWards>(),
        OperationType::typed::<LookUpLogin>(),
        OperationType::of::<MakePrimary>(),
        OperationType::typed::<OpenSession>(),
        OperationType::of::<PlaceMember>(),
        OperationType::of::<PurgeLogins>(),
        OperationType::typed::<RedeemInvite>(),
        OperationType::typed::<RefreshSession>(),
        OperationType::typed::<RegisterUser>(),
        OperationType::of::<RemoveRolePermission>(),
        OperationType::typed::<ResetPassword>(),
        OperationType::of::<RevokeInvite>(),
        OperationType::of::<SaveSensitiveFacts>(),
        OperationType::of::<SetExtraPermissions>(),
        OperationType::of::<SetInterests>(),
        OperationType::of::<SetRolePermission>(),
        OperationType::of::<SetSecondFactor>(),
        OperationType::typed::<SignIn>(),
        OperationType::typed::<SignInWith>(),
        OperationType::typed::<SignUp>(),
        OperationType::typed::<SignUpWithInvite>(),
        OperationType::typed::<StartVerification>(),
        OperationType::of::<UnassignRole>(),
        OperationType::of::<UnfollowMember>(),
        OperationType::of::<UnlinkAuthMethod>(),
        OperationType::of::<UnlinkGuardian>(),
        OperationType::of::<UnlockUser>(),
        OperationType::typed::<VerifyEmail>(),
        OperationType::typed::<VerifyPhone>(),
        OperationType::of::<ViewLearner>(),
        OperationType::of::<ViewMember>(),
        OperationType::of::<ViewTutorPlaces>(),
        OperationType::of::<ViewUserProfile>(),
    ]
}
