//! The profile of a learner.
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use crate::identity::Membership;
use lms_kernel::{Context, EntityKind, Id, LanguageTag, LocalDate, TextError, Title};
use lms_store::{Query, Record, Stamp};

/// How old a learner is in each skill, in months: what a child of that age can do on average.
///
/// Skills are snake_case names; reading, spelling and numeracy are usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "BTreeMap<String, u16>", into = "BTreeMap<String, u16>")]
pub struct AcademicAges(BTreeMap<String, u16>);

impl AcademicAges {
    /// The most skills.
    pub const MAX_SKILLS: usize = 50;

    /// The age in a skill, in months.
    pub fn months(&self, skill: &str) -> Option<u16> {
        self.0.get(skill).copied()
    }

    /// The same, with that age in a skill.
    ///
    /// # Errors
    /// [`TextError::Malformed`] if the skill is not a snake_case name, or is one too many.
    pub fn with(mut self, skill: &str, months: u16) -> Result<Self, TextError> {
        let malformed = TextError::Malformed {
            what: "skill",
            remedy: "use a snake_case name such as `reading`, and at most 50 of them",
        };
        let skill = EntityKind::new(skill.to_owned()).map_err(|_| malformed)?;
        self.0.insert(skill.to_string(), months);
        if self.0.len() > Self::MAX_SKILLS { Err(malformed) } else { Ok(self) }
    }

    /// The skills and ages, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u16)> {
        self.0.iter().map(|(skill, months)| (skill.as_str(), *months))
    }
}

impl TryFrom<BTreeMap<String, u16>> for AcademicAges {
    type Error = TextError;

    fn try_from(map: BTreeMap<String, u16>) -> Result<Self, TextError> {
        map.into_iter().try_fold(Self::default(), |ages, (skill, months)| ages.with(&skill, months))
    }
}

impl From<AcademicAges> for BTreeMap<String, u16> {
    fn from(ages: AcademicAges) -> Self {
        ages.0
    }
}

/// What the tenant knows about a learner: one for each such member.
///
/// Special needs, academic ages and the day of birth need `members.view_sensitive` to be read,
/// and are left out of the audit trail.
#[derive(Clone, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "learner_profiles",
    unique(member_id),
    index(assigned_tutor_id; covers(member_id, deleted_at)),
    contains(academic_age, special_needs)
)]
pub struct LearnerProfile {
    /// The profile's id.
    pub id: Id<LearnerProfile>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Whose it is.
    pub member_id: Id<Membership>,
    /// The day of birth.
    #[record(sensitive)]
    pub date_of_birth: Option<LocalDate>,
    /// How old the learner is in each skill.
    #[record(json, sensitive)]
    pub academic_age: AcademicAges,
    /// What the learner needs, such as `ADHD`; at most [`LearnerProfile::MAX_NEEDS`].
    #[record(json, sensitive)]
    pub special_needs: BTreeSet<String>,
    /// The learner's tutor.
    pub assigned_tutor_id: Option<Id<Membership>>,
    /// The languages the learner speaks, the best first.
    #[record(json, personal)]
    pub languages: Vec<LanguageTag>,
    /// The class or year of the learner's school, as the tenant calls it.
    #[record(personal)]
    pub school_year: Option<Title>,
}

/// Prints ids only: the rest is about a child.
impl fmt::Debug for LearnerProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LearnerProfile")
            .field("id", &self.id)
            .field("member_id", &self.member_id)
            .finish_non_exhaustive()
    }
}

impl LearnerProfile {
    /// The most special needs.
    pub const MAX_NEEDS: usize = 50;

    /// The most characters of one special need.
    pub const MAX_NEED_LENGTH: usize = 200;

    /// A profile that says nothing yet.
    pub fn new(cx: &Context, member_id: Id<Membership>) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            member_id,
            date_of_birth: None,
            academic_age: AcademicAges::default(),
            special_needs: BTreeSet::new(),
            assigned_tutor_id: None,
            languages: Vec::new(),
            school_year: None,
        }
    }

    /// The profile of a member.
    pub fn of_member(member: Id<Membership>) -> Query<Self> {
        Query::filter(Self::MEMBER_ID.eq(member))
    }

    /// The learners of a tutor.
    pub fn of_tutor(tutor: Id<Membership>) -> Query<Self> {
        Query::filter(Self::ASSIGNED_TUTOR_ID.is(tutor))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use lms_kernel::{Actor, SequentialIds, TenantId, Timestamp};

    #[test]
    fn a_profile_prints_nothing_about_the_child() {
        let ids = Arc::new(SequentialIds::new());
        let cx = Context::new(TenantId::SINGLE, Actor::system("test"), Timestamp::EPOCH, ids);
        let mut profile = LearnerProfile::new(&cx, cx.id());
        profile.special_needs.insert("ADHD".to_owned());
        profile.date_of_birth = "2015-04-01".parse().ok();
        let printed = format!("{profile:?}");
        assert!(!printed.contains("ADHD") && !printed.contains("2015"), "{printed}");
    }

    #[test]
    fn ages_are_by_skill_and_checked_when_read() {
        let ages = AcademicAges::default().with("reading", 96).unwrap();
        let ages = ages.with("numeracy", 110).unwrap().with("reading", 98).unwrap();
        assert_eq!((ages.months("reading"), ages.months("spelling")), (Some(98), None));
        assert_eq!(ages.iter().collect::<Vec<_>>(), [("numeracy", 110), ("reading", 98)]);
        assert!(ages.with("Mental arithmetic", 1).is_err());
        assert!(serde_json::from_str::<AcademicAges>(r#"{"a b":1}"#).is_err());
        assert!(serde_json::from_str::<AcademicAges>(r#"{"reading":-1}"#).is_err());
    }
}
