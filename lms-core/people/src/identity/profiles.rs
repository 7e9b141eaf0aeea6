//! Reading and changing the profiles of users, staff and learners.
use lms_store::operation::{Access, Effect, Operation, Within, operation};
use std::{collections::BTreeSet, fmt};

use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::{
    authorization::{
        AuthorizationError, Permission, Subject, authorize_login, authorize_on, is_permitted_on,
    },
    identity::{
        AcademicAges, AccessibilityNeed, LearnerProfile, Membership, PersonName, StaffProfile,
        User, UserProfile, WeeklySlot,
    },
};
use lms_kernel::{Context, Id, LanguageTag, Link, LocalDate, TextError, TimeZone, Title};
use lms_store::{StoreError, Transaction};

/// Why a profile could not be read or changed.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ProfileError {
    /// A text is too long.
    #[error("`{field}` is too long; use at most {most} characters")]
    #[fault(invalid)]
    TooLong {
        /// Which part of the profile.
        field: &'static str,
        /// The most characters.
        most: usize,
    },
    /// A list is too long.
    #[error("`{field}` has too many entries; use at most {most}")]
    #[fault(invalid)]
    TooMany {
        /// Which part of the profile.
        field: &'static str,
        /// The most entries.
        most: usize,
    },
    /// The country is not two letters.
    #[error("the country is two letters of ISO 3166-1, such as `UZ`")]
    #[fault(invalid, field = "country")]
    Country,
    /// The day of birth has not come yet.
    #[error("the day of birth lies in the future; correct it")]
    #[fault(invalid, field = "date_of_birth")]
    NotBornYet,
    /// A part is malformed.
    #[error(transparent)]
    #[fault(transparent)]
    Text(#[from] TextError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// A user's complete profile.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SaveUserProfile {
    /// The name.
    pub name: PersonName,
    /// A picture.
    pub avatar_url: Option<Link>,
    /// A few words.
    pub bio: Option<String>,
    /// The day of birth.
    pub date_of_birth: Option<LocalDate>,
    /// The country, as two letters.
    pub country: Option<String>,
    /// The time zone they live by.
    pub timezone: Option<TimeZone>,
    /// The language they use the product in.
    pub locale: Option<LanguageTag>,
    /// The languages they speak, the best first.
    pub languages: Vec<LanguageTag>,
    /// What makes the product usable for them.
    pub accessibility: BTreeSet<AccessibilityNeed>,
}

impl SaveUserProfile {
    /// A name and nothing else.
    pub const fn new(name: PersonName) -> Self {
        Self {
            name,
            avatar_url: None,
            bio: None,
            date_of_birth: None,
            country: None,
            timezone: None,
            locale: None,
            languages: Vec::new(),
            accessibility: BTreeSet::new(),
        }
    }
}

/// Prints nothing of what a person says about themselves.
impl fmt::Debug for SaveUserProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SaveUserProfile").finish_non_exhaustive()
    }
}

/// Saves a user's profile: one's own, or any user's for platform staff.
///
/// Runs in [`Scope::TenantAndPlatform`](lms_kernel::Scope::TenantAndPlatform).
///
/// # Locks
/// The user's row, so that a user gets one profile.
///
/// # Errors
/// [`ProfileError`].
#[operation("identity.edit_user_profile")]
pub struct EditUserProfile {
    /// The user whose profile is saved.
    pub user_id: Id<User>,
    /// The complete profile; it replaces the earlier one.
    pub profile: SaveUserProfile,
}

impl Operation for EditUserProfile {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_USERS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    type Answer = UserProfile;
    type Error = ProfileError;

    async fn run(self, tx: &mut Transaction) -> Result<UserProfile, ProfileError> {
        let Self { user_id, profile: command } = self;
        authorize_login(tx, user_id).await?;
        within("bio", command.bio.as_deref(), UserProfile::MAX_BIO_LENGTH)?;
        not_more("languages", command.languages.len(), 50)?;
        born(tx.cx(), command.date_of_birth)?;
        let country = command.country.map(|it| it.to_ascii_uppercase());
        let is_code = |it: &String| it.len() == 2 && it.bytes().all(|c| c.is_ascii_uppercase());
        if country.as_ref().is_some_and(|it| !is_code(it)) {
            return Err(ProfileError::Country);
        }
        tx.lock(user_id).await?;
        let found = tx.first(UserProfile::of_user(user_id)).await?;
        let is_new = found.is_none();
        let mut profile =
            found.unwrap_or_else(|| UserProfile::new(tx.cx(), user_id, &command.name));
        profile.set_name(&command.name);
        profile.avatar_url = command.avatar_url;
        profile.bio = command.bio;
        profile.date_of_birth = command.date_of_birth;
        profile.country = country;
        profile.timezone = command.timezone;
        profile.locale = command.locale;
        profile.languages = command.languages;
        profile.accessibility = command.accessibility;
        if is_new {
            tx.insert(&profile).await?
        } else {
            tx.update(&mut profile).await?
        }
        Ok(profile)
    }
}

/// Shows a user's profile: one's own, or any user's for platform staff.
///
/// # Errors
/// [`ProfileError`].
#[operation("identity.view_user_profile")]
pub struct ViewUserProfile {
    /// The user whose profile is shown.
    pub user_id: Id<User>,
}

impl Operation for ViewUserProfile {
    const ACCESS: Access = Access::Asks(&[Permission::PLATFORM_MANAGE_USERS]);
    const WITHIN: Within = Within::TenantAndPlatform;
    const EFFECT: Effect = Effect::Reads;
    type Answer = Option<UserProfile>;
    type Error = ProfileError;

    async fn run(self, tx: &mut Transaction) -> Result<Option<UserProfile>, ProfileError> {
        let Self { user_id } = self;
        authorize_login(tx, user_id).await?;
        Ok(tx.first(UserProfile::of_user(user_id)).await?)
    }
}

/// The complete profile of a staff member.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SaveStaffProfile {
    /// The person's title.
    pub title: Option<Title>,
    /// A few words.
    pub bio: Option<String>,
    /// Subjects they know.
    pub expertise: Vec<Title>,
    /// The most learners whose tutor the person can be.
    pub max_students: Option<u32>,
    /// When the person can be booked.
    pub availability: Vec<WeeklySlot>,
}

/// Saves the staff profile of a member: one's own, or with permission to edit profiles in their
/// unit.
///
/// # Locks
/// The membership, so that a member gets one profile.
///
/// # Errors
/// [`ProfileError`].
#[operation("identity.edit_staff_profile")]
pub struct EditStaffProfile {
    /// The staff member's membership.
    pub member_id: Id<Membership>,
    /// The complete profile; it replaces the earlier one.
    pub profile: SaveStaffProfile,
}

impl Operation for EditStaffProfile {
    const ACCESS: Access = Access::Asks(&[Permission::PROFILES_EDIT]);
    type Answer = StaffProfile;
    type Error = ProfileError;

    async fn run(self, tx: &mut Transaction) -> Result<StaffProfile, ProfileError> {
        let Self { member_id, profile: command } = self;
        authorize_on(tx, Permission::PROFILES_EDIT, &Subject::of(member_id)).await?;
        within("bio", command.bio.as_deref(), StaffProfile::MAX_BIO_LENGTH)?;
        not_more("expertise", command.expertise.len(), StaffProfile::MAX_SUBJECTS)?;
        not_more("availability", command.availability.len(), StaffProfile::MAX_SLOTS)?;
        tx.lock(member_id).await?;
        let found = tx.first(StaffProfile::of_member(member_id)).await?;
        let is_new = found.is_none();
        let mut profile = found.unwrap_or_else(|| StaffProfile::new(tx.cx(), member_id));
        profile.title = command.title;
        profile.bio = command.bio;
        profile.expertise = command.expertise;
        profile.max_students = command.max_students;
        profile.availability = command.availability;
        if is_new {
            tx.insert(&profile).await?
        } else {
            tx.update(&mut profile).await?
        }
        Ok(profile)
    }
}

/// A learner's complete profile, apart from sensitive data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SaveLearnerProfile {
    /// The languages the learner speaks, the best first.
    pub languages: Vec<LanguageTag>,
    /// The class or year of the learner's school.
    pub school_year: Option<Title>,
}

/// Saves a learner's profile, apart from sensitive data.
///
/// # Errors
/// [`ProfileError`].
#[operation("identity.edit_learner_profile")]
pub struct EditLearnerProfile {
    /// The learner's membership.
    pub member_id: Id<Membership>,
    /// The complete profile; it replaces the earlier one.
    pub profile: SaveLearnerProfile,
}

impl Operation for EditLearnerProfile {
    const ACCESS: Access = Access::Asks(&[Permission::PROFILES_EDIT]);
    type Answer = LearnerView;
    type Error = ProfileError;

    async fn run(self, tx: &mut Transaction) -> Result<LearnerView, ProfileError> {
        let Self { member_id, profile: command } = self;
        authorize_on(tx, Permission::PROFILES_EDIT, &Subject::of(member_id)).await?;
        not_more("languages", command.languages.len(), 50)?;
        let profile = change_learner(tx, member_id, |profile| {
            profile.languages = command.languages;
            profile.school_year = command.school_year;
        })
        .await?;
        show(tx, profile).await
    }
}

/// The sensitive data of a learner.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SensitiveFacts {
    /// The day of birth.
    pub date_of_birth: Option<LocalDate>,
    /// How old the learner is in each skill.
    pub academic_age: AcademicAges,
    /// What the learner needs.
    pub special_needs: BTreeSet<String>,
}

/// Prints nothing about the child.
impl fmt::Debug for SensitiveFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Saves the sensitive data of a learner. Needs `members.edit_sensitive` for the learner.
///
/// # Errors
/// [`ProfileError`].
#[operation("identity.save_sensitive_facts")]
pub struct SaveSensitiveFacts {
    /// The learner's membership.
    pub member_id: Id<Membership>,
    /// All sensitive data; they replace the earlier ones.
    pub facts: SensitiveFacts,
}

impl Operation for SaveSensitiveFacts {
    const ACCESS: Access = Access::Asks(&[Permission::MEMBERS_EDIT_SENSITIVE]);
    type Answer = LearnerView;
    type Error = ProfileError;

    async fn run(self, tx: &mut Transaction) -> Result<LearnerView, ProfileError> {
        let Self { member_id, facts } = self;
        authorize_on(tx, Permission::MEMBERS_EDIT_SENSITIVE, &Subject::of(member_id)).await?;
        born(tx.cx(), facts.date_of_birth)?;
        not_more("special_needs", facts.special_needs.len(), LearnerProfile::MAX_NEEDS)?;
        for need in &facts.special_needs {
            within("special_needs", Some(need), LearnerProfile::MAX_NEED_LENGTH)?;
        }
        let profile = change_learner(tx, member_id, |profile| {
            profile.date_of_birth = facts.date_of_birth;
            profile.academic_age = facts.academic_age;
            profile.special_needs = facts.special_needs;
        })
        .await?;
        show(tx, profile).await
    }
}

/// A learner's profile, as far as the reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LearnerView {
    /// Whose profile it is.
    pub member_id: Id<Membership>,
    /// The learner's tutor.
    pub assigned_tutor_id: Option<Id<Membership>>,
    /// The languages the learner speaks, the best first.
    pub languages: Vec<LanguageTag>,
    /// The class or year of the learner's school.
    pub school_year: Option<Title>,
    /// What is sensitive; none where the reader may not see it.
    pub sensitive: Option<SensitiveFacts>,
}

/// Shows a learner's profile: to the learner, their guardians, and staff who may see profiles in
/// their unit. Sensitive data are included only with `members.view_sensitive` for that learner.
///
/// # Errors
/// [`ProfileError`].
#[operation("identity.view_learner")]
pub struct ViewLearner {
    /// The learner's membership.
    pub member_id: Id<Membership>,
}

impl Operation for ViewLearner {
    const ACCESS: Access = Access::Asks(&[Permission::PROFILES_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = LearnerView;
    type Error = ProfileError;

    async fn run(self, tx: &mut Transaction) -> Result<LearnerView, ProfileError> {
        let Self { member_id } = self;
        authorize_on(tx, Permission::PROFILES_VIEW, &Subject::of(member_id)).await?;
        let found = tx.first(LearnerProfile::of_member(member_id)).await?;
        let profile = match found {
            Some(profile) => profile,
            None => {
                let member = tx.require(member_id).await?;
                LearnerProfile::new(tx.cx(), member.id)
            }
        };
        show(tx, profile).await
    }
}

async fn show(tx: &mut Transaction, profile: LearnerProfile) -> Result<LearnerView, ProfileError> {
    let learner = Subject::of(profile.member_id);
    let sees_all = is_permitted_on(tx, Permission::MEMBERS_VIEW_SENSITIVE, &learner).await?;
    let LearnerProfile { member_id, assigned_tutor_id, languages, school_year, .. } = profile;
    let sensitive = sees_all.then_some(SensitiveFacts {
        date_of_birth: profile.date_of_birth,
        academic_age: profile.academic_age,
        special_needs: profile.special_needs,
    });
    Ok(LearnerView { member_id, assigned_tutor_id, languages, school_year, sensitive })
}

/// Changes a learner's profile, or makes it. Locks the membership, so that there is one.
pub(super) async fn change_learner(
    tx: &mut Transaction,
    member_id: Id<Membership>,
    change: impl FnOnce(&mut LearnerProfile) + Send,
) -> Result<LearnerProfile, StoreError> {
    tx.lock(member_id).await?;
    let found = tx.first(LearnerProfile::of_member(member_id)).await?;
    let is_new = found.is_none();
    let mut profile = found.unwrap_or_else(|| LearnerProfile::new(tx.cx(), member_id));
    change(&mut profile);
    if is_new {
        tx.insert(&profile).await?
    } else {
        tx.update(&mut profile).await?
    }
    Ok(profile)
}

fn within(field: &'static str, text: Option<&str>, most: usize) -> Result<(), ProfileError> {
    match text {
        Some(text) if text.chars().count() > most => Err(ProfileError::TooLong { field, most }),
        _ => Ok(()),
    }
}

fn not_more(field: &'static str, count: usize, most: usize) -> Result<(), ProfileError> {
    if count > most { Err(ProfileError::TooMany { field, most }) } else { Ok(()) }
}

/// A day of birth lies in the past, wherever on Earth the person was born.
fn born(cx: &Context, date: Option<LocalDate>) -> Result<(), ProfileError> {
    let tomorrow = cx.now().date().succ_opt();
    match (date, tomorrow) {
        (Some(date), Some(tomorrow)) if *date > tomorrow => Err(ProfileError::NotBornYet),
        _ => Ok(()),
    }
}
