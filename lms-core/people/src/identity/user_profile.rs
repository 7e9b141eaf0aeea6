//! The profile of a user.
use std::{collections::BTreeSet, fmt};

use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::identity::{PersonName, User};
use lms_kernel::{Context, Id, LanguageTag, Link, LocalDate, TimeZone, Title};
use lms_store::{PlatformStamp, Query, Record};

/// A need of a person for accessibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TextEnum)]
#[non_exhaustive]
pub enum AccessibilityNeed {
    /// Reads with a screen reader.
    ScreenReader,
    /// Needs strong contrast.
    HighContrast,
    /// Needs large text.
    LargeText,
    /// Needs captions.
    Captions,
    /// Needs things not to move.
    ReducedMotion,
    /// Works without a mouse.
    KeyboardOnly,
    /// Needs a typeface that is easy to read with dyslexia.
    DyslexiaFriendlyFont,
}

/// A user's own profile: one for each user, owned by the platform.
#[derive(Clone, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "user_profiles", platform, unaudited, unique(user_id))]
pub struct UserProfile {
    /// The profile's id.
    pub id: Id<UserProfile>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: PlatformStamp,
    /// Whose it is.
    pub user_id: Id<User>,
    /// The full name.
    #[record(personal)]
    pub full_name: Title,
    /// The given name, if it is known on its own.
    #[record(personal)]
    pub given_name: Option<Title>,
    /// The family name, if it is known on its own.
    #[record(personal)]
    pub family_name: Option<Title>,
    /// The name to show, where it is not the full one.
    #[record(personal)]
    pub display_name: Option<Title>,
    /// A picture.
    #[record(personal)]
    pub avatar_url: Option<Link>,
    /// A few words, at most [`UserProfile::MAX_BIO_LENGTH`] characters.
    #[record(personal)]
    pub bio: Option<String>,
    /// The day of birth.
    #[record(sensitive)]
    pub date_of_birth: Option<LocalDate>,
    /// The country, as two letters of ISO 3166-1.
    #[record(personal)]
    pub country: Option<String>,
    /// The time zone they live by.
    #[record(personal)]
    pub timezone: Option<TimeZone>,
    /// The language they use the product in.
    #[record(personal)]
    pub locale: Option<LanguageTag>,
    /// The languages they speak, the best first.
    #[record(json, personal)]
    pub languages: Vec<LanguageTag>,
    /// What makes the product usable for them.
    #[record(json, sensitive)]
    pub accessibility: BTreeSet<AccessibilityNeed>,
}

/// Prints ids only: the rest is about a person.
impl fmt::Debug for UserProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserProfile")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

impl UserProfile {
    /// The most characters of a bio.
    pub const MAX_BIO_LENGTH: usize = 5_000;

    /// A profile with a name and nothing else.
    pub fn new(cx: &Context, user_id: Id<User>, name: &PersonName) -> Self {
        let mut profile = Self {
            id: cx.id(),
            stamp: PlatformStamp::new(cx),
            user_id,
            full_name: name.full().clone(),
            given_name: None,
            family_name: None,
            display_name: None,
            avatar_url: None,
            bio: None,
            date_of_birth: None,
            country: None,
            timezone: None,
            locale: None,
            languages: Vec::new(),
            accessibility: BTreeSet::new(),
        };
        profile.set_name(name);
        profile
    }

    /// The name.
    pub fn name(&self) -> PersonName {
        PersonName::of(self.full_name.clone())
            .with_parts(self.given_name.clone(), self.family_name.clone())
            .shown_as(self.display_name.clone())
    }

    /// Changes the name.
    pub fn set_name(&mut self, name: &PersonName) {
        self.full_name = name.full().clone();
        self.given_name = name.given().cloned();
        self.family_name = name.family().cloned();
        self.display_name = Some(name.shown()).filter(|it| *it != name.full()).cloned();
    }

    /// The language to speak to them in: the one they chose, or the first they speak.
    pub fn language(&self) -> Option<&LanguageTag> {
        self.locale.as_ref().or_else(|| self.languages.first())
    }

    /// The profile of a user.
    pub fn of_user(user: Id<User>) -> Query<Self> {
        Query::filter(Self::USER_ID.eq(user))
    }
}
