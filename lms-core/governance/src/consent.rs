//! Consents of people.
use chrono::{Datelike as _, NaiveDate};
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use lms_kernel::{Context, EntityKind, Id, LocalDate, Slug, Timestamp, Title};
use lms_people::{
    authorization::{Protected, Subject},
    identity::{Membership, MembershipKind},
};
use lms_store::{Direction, Query, Record, Stamp, StoreError, Transaction};

/// How someone agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum ConsentManner {
    /// In the host's product.
    Online,
    /// On paper.
    Paper,
    /// By word of mouth, which someone noted.
    Spoken,
    /// In another system, from which it was brought over.
    Imported,
}

/// That someone agreed to a version of a document for a purpose: for themselves, or as the guardian
/// of a learner. Withdrawing it ends it; the record stays and shows that it held until then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(
    table = "consents",
    unique(member_id, purpose, document_version; withdrawn_at = null),
    index(member_id, given_at),
    index(given_by)
)]
pub struct Consent {
    /// The consent's id.
    pub id: Id<Consent>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// Whose data it is about.
    pub member_id: Id<Membership>,
    /// Who agreed: the person, or a guardian.
    pub given_by: Id<Membership>,
    /// What for, such as `photos` or `marketing-email`: a name that the host chooses.
    pub purpose: Slug,
    /// The document that was agreed to, in its version, such as `photo policy 2025-01`.
    pub document_version: Title,
    /// The manner in which consent was given.
    pub how: ConsentManner,
    /// Where the proof lies, such as a folder or a file.
    #[record(personal)]
    pub evidence: Option<Title>,
    /// When it was given.
    pub given_at: Timestamp,
    /// When it was withdrawn; it holds until then.
    pub withdrawn_at: Option<Timestamp>,
}

impl Protected for Consent {
    async fn subject(&self, _: &mut Transaction) -> Result<Subject, StoreError> {
        Ok(Subject::of(self.member_id))
    }
}

impl Consent {
    /// What a consent is called in references.
    pub const ENTITY: EntityKind = EntityKind::from_static("consent");

    /// A consent given now, in the host's product.
    pub fn new(
        cx: &Context,
        (member_id, given_by): (Id<Membership>, Id<Membership>),
        purpose: Slug,
        document_version: Title,
    ) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            member_id,
            given_by,
            purpose,
            document_version,
            how: ConsentManner::Online,
            evidence: None,
            given_at: cx.now(),
            withdrawn_at: None,
        }
    }

    /// Whether it holds at `now`: from when it was given until it was withdrawn.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.given_at <= now && self.withdrawn_at.is_none_or(|it| now < it)
    }

    /// What is agreed to for a person, the latest first.
    pub fn of_member(member: Id<Membership>) -> Query<Self> {
        Query::filter(Self::MEMBER_ID.eq(member)).order_by(Self::GIVEN_AT, Direction::Desc)
    }

    /// What is agreed to for a person and a purpose, and not withdrawn.
    pub fn live(member: Id<Membership>, purpose: &Slug) -> Query<Self> {
        let purpose = Self::PURPOSE.eq(purpose.clone());
        Self::of_member(member).and(purpose).and(Self::WITHDRAWN_AT.is_null())
    }
}

/// Whether one of a person's `consents` holds at `now` for that purpose, in that version of the
/// document; in any version where none is asked for.
///
/// ```
/// # use std::sync::Arc;
/// # use lms_governance::{Consent, consented};
/// # use lms_kernel::*;
/// # let ids = Arc::new(SequentialIds::new());
/// # let cx = Context::new(TenantId::SINGLE, Actor::system("doc"), Timestamp::EPOCH, ids);
/// # let ada = cx.id();
/// let photos = Slug::new("photos")?;
/// let policy = Title::new("photo policy 2025-01")?;
/// let given = [Consent::new(&cx, (ada, ada), photos.clone(), policy)];
/// assert!(consented(&given, &photos, None, cx.now()));
/// let next = Title::new("photo policy 2026-01")?;
/// assert!(!consented(&given, &photos, Some(&next), cx.now()));
/// # Ok::<_, TextError>(())
/// ```
pub fn consented(
    consents: &[Consent],
    purpose: &Slug,
    document_version: Option<&Title>,
    now: Timestamp,
) -> bool {
    consents.iter().any(|it| {
        it.purpose == *purpose
            && document_version.is_none_or(|version| it.document_version == *version)
            && it.holds(now)
    })
}

/// The person who consents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Consenting {
    /// The person; no one else can.
    Themselves,
    /// A guardian, because the learner is younger than the tenant's age of consent.
    Guardian,
    /// A guardian, because no one knows how old the learner is.
    GuardianUntilBirthIsKnown,
}

/// Who agrees for a member on the day `today` where learners agree for themselves from an age of
/// `age_of_consent` years on (GDPR, article 8: 16, or what the member state says, not below 13); 0
/// where all do. Who is no learner agrees for themselves.
///
/// Who was born on 29 February is a year older on 1 March in years without that day.
///
/// ```
/// use lms_governance::{Consenting, who_consents};
/// use lms_people::identity::MembershipKind;
///
/// let born = "2010-03-02".parse().ok();
/// let on = |today: &str| who_consents(MembershipKind::Student, born, 16, today.parse().unwrap());
/// assert_eq!(on("2026-03-01"), Consenting::Guardian);
/// assert_eq!(on("2026-03-02"), Consenting::Themselves);
/// ```
pub fn who_consents(
    kind: MembershipKind,
    date_of_birth: Option<LocalDate>,
    age_of_consent: u8,
    today: NaiveDate,
) -> Consenting {
    if kind != MembershipKind::Student || age_of_consent == 0 {
        return Consenting::Themselves;
    }
    let Some(born) = date_of_birth else { return Consenting::GuardianUntilBirthIsKnown };
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    let years = today.year().saturating_sub(born.year()).saturating_sub(i32::from(!had_birthday));
    if years < i32::from(age_of_consent) { Consenting::Guardian } else { Consenting::Themselves }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use lms_kernel::{Actor, SequentialIds, TenantId};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_learner_agrees_from_their_birthday_on() {
        use Consenting::{Guardian, GuardianUntilBirthIsKnown, Themselves};
        let student = MembershipKind::Student;
        for (kind, born, age, today, expected) in [
            (student, Some("2010-03-02"), 16, "2026-03-01", Guardian),
            (student, Some("2010-03-02"), 16, "2026-03-02", Themselves),
            (student, Some("2010-03-02"), 13, "2023-03-02", Themselves),
            (student, Some("2012-02-29"), 13, "2025-02-28", Guardian),
            (student, Some("2012-02-29"), 13, "2025-03-01", Themselves),
            (student, Some("2012-02-29"), 16, "2028-02-29", Themselves),
            (student, Some("2030-01-01"), 16, "2026-03-02", Guardian),
            (student, None, 16, "2026-03-02", GuardianUntilBirthIsKnown),
            (student, None, 0, "2026-03-02", Themselves),
            (MembershipKind::Staff, None, 16, "2026-03-02", Themselves),
            (MembershipKind::Guardian, None, 16, "2026-03-02", Themselves),
        ] {
            let found =
                who_consents(kind, born.map(|it| LocalDate::clamped(day(it))), age, day(today));
            assert_eq!(found, expected, "{kind} {born:?} {age} {today}");
        }
    }

    #[test]
    fn a_consent_holds_from_its_giving_to_its_withdrawal() {
        let ids = Arc::new(SequentialIds::new());
        let at = |second: i64| Timestamp::from_micros(second * 1_000_000).unwrap();
        let cx = Context::new(TenantId::SINGLE, Actor::system("test"), at(10), ids);
        let (ada, photos) = (cx.id(), Slug::new("photos").unwrap());
        let version = Title::new("1").unwrap();
        let mut consents = [Consent::new(&cx, (ada, ada), photos.clone(), version.clone())];
        consents[0].withdrawn_at = Some(at(20));
        for (second, holds) in [(9, false), (10, true), (19, true), (20, false), (21, false)] {
            let found = consented(&consents, &photos, Some(&version), at(second));
            assert_eq!(found, holds, "{second}");
        }
        let other = Slug::new("marketing").unwrap();
        assert!(!consented(&consents, &other, None, at(15)));
        assert!(!consented(&[], &photos, None, at(15)));
    }

    proptest! {
        #[test]
        fn who_may_agree_once_may_from_then_on(
            born in 0..20_000_i64, today in 0..20_000_i64, more in 0..5_000_i64, age in 0..22_u8,
        ) {
            let on = |days: i64| day("1970-01-01") + chrono::TimeDelta::days(days);
            let of = |today| who_consents(MembershipKind::Student, Some(LocalDate::clamped(on(born))), age, on(today));
            if of(today) == Consenting::Themselves {
                prop_assert_eq!(of(today + more), Consenting::Themselves);
            }
        }

        #[test]
        fn another_consent_never_takes_one_away(
            times in prop::collection::vec((0..50_i64, prop::option::of(0..50_i64)), 0..6),
            more in (0..50_i64, prop::option::of(0..50_i64)),
            now in 0..50_i64,
        ) {
            let ids = Arc::new(SequentialIds::new());
            let at = |micros: i64| Timestamp::from_micros(micros).unwrap();
            let cx = Context::new(TenantId::SINGLE, Actor::system("test"), at(0), ids);
            let (ada, photos) = (cx.id(), Slug::new("photos").unwrap());
            let make = |(given, withdrawn): (i64, Option<i64>)| {
                let version = Title::new("1").unwrap();
                Consent {
                    given_at: at(given),
                    withdrawn_at: withdrawn.map(at),
                    ..Consent::new(&cx, (ada, ada), photos.clone(), version)
                }
            };
            let mut consents: Vec<_> = times.into_iter().map(make).collect();
            let before = consented(&consents, &photos, None, at(now));
            consents.push(make(more));
            prop_assert!(consented(&consents, &photos, None, at(now)) || !before);
        }
    }
}
