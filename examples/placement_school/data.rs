//! The data file: one school, its test, its classes and its students.
use std::{collections::BTreeMap, fmt};

use chrono::{NaiveTime, Weekday};
use lms::{
    delivery::ClassMode,
    kernel::{
        Currency, EmailAddress, LanguageTag, Link, LocalDate, PhoneNumber, Points, Slug, TimeZone,
        Timestamp, Title,
    },
};
use rust_decimal::Decimal;
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor},
};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SchoolFile {
    pub(crate) school: School,
    /// When the school opens its doors; everything happens from here on.
    pub(crate) starts_at: Timestamp,
    pub(crate) branches: Vec<Branch>,
    pub(crate) staff: Vec<Staff>,
    pub(crate) course: CourseData,
    pub(crate) package: PackageData,
    pub(crate) test: TestData,
    pub(crate) levels: Vec<Level>,
    pub(crate) classes: Vec<ClassData>,
    pub(crate) students: Vec<Student>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct School {
    pub(crate) name: Title,
    pub(crate) slug: Slug,
    pub(crate) currency: Currency,
    pub(crate) time_zone: TimeZone,
    pub(crate) locale: LanguageTag,
    pub(crate) plan: PlanData,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanData {
    pub(crate) name: Title,
    pub(crate) max_students: u32,
    pub(crate) max_staff: u32,
    pub(crate) price_per_month: Decimal,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Branch {
    pub(crate) id: Slug,
    pub(crate) name: Title,
    pub(crate) location: Title,
    pub(crate) phone: PhoneNumber,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Staff {
    pub(crate) name: Title,
    pub(crate) email: EmailAddress,
    pub(crate) role: StaffRole,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StaffRole {
    Admin,
    Finance,
    Assessor,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CourseData {
    pub(crate) title: Title,
    pub(crate) slug: Slug,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PackageData {
    pub(crate) name: Title,
    pub(crate) price: Decimal,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestData {
    pub(crate) title: Title,
    pub(crate) sections: Vec<SectionData>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SectionData {
    pub(crate) id: Slug,
    pub(crate) title: Title,
    pub(crate) time_limit_seconds: u32,
    pub(crate) questions: Vec<QuestionData>,
    pub(crate) conversion: Vec<ConversionRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversionRow {
    pub(crate) raw: Points,
    pub(crate) scaled: Points,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QuestionType {
    SingleChoice,
    MultipleSelect,
    TrueFalse,
    ShortAnswer,
    Numeric,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuestionData {
    pub(crate) id: String,
    pub(crate) kind: QuestionType,
    pub(crate) prompt: String,
    pub(crate) points: Points,
    #[serde(default)]
    pub(crate) choices: Vec<ChoiceData>,
    #[serde(default)]
    pub(crate) correct: Vec<String>,
    #[serde(default)]
    pub(crate) accepted: Vec<String>,
    pub(crate) value: Option<Decimal>,
    pub(crate) tolerance: Option<Decimal>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChoiceData {
    pub(crate) id: String,
    pub(crate) text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Level {
    pub(crate) code: String,
    pub(crate) name: Title,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClassData {
    pub(crate) id: Slug,
    pub(crate) name: Title,
    pub(crate) branch: Slug,
    pub(crate) level: String,
    pub(crate) band: Band,
    pub(crate) capacity: u32,
    pub(crate) mode: ClassMode,
    pub(crate) schedule: ScheduleData,
    pub(crate) location: Option<String>,
    pub(crate) meeting_link: Option<Link>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Band {
    pub(crate) min: Points,
    pub(crate) max: Points,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleData {
    pub(crate) days: Vec<Weekday>,
    #[serde(deserialize_with = "clock_time")]
    pub(crate) from: NaiveTime,
    #[serde(deserialize_with = "clock_time")]
    pub(crate) to: NaiveTime,
    pub(crate) starts_on: LocalDate,
    pub(crate) ends_on: LocalDate,
}

fn clock_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    NaiveTime::parse_from_str(&text, "%H:%M")
        .map_err(|_| de::Error::custom("write the time as HH:MM, such as 17:30"))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Student {
    pub(crate) name: Title,
    pub(crate) email: EmailAddress,
    pub(crate) phone: PhoneNumber,
    pub(crate) branch: Slug,
    pub(crate) modes: Vec<ClassMode>,
    pub(crate) payment: PaymentData,
    #[serde(default, deserialize_with = "each_once")]
    pub(crate) answers: BTreeMap<String, AnswerData>,
}

/// The answers by question; a second answer to one question is refused.
fn each_once<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, AnswerData>, D::Error> {
    struct Answers;

    impl<'de> Visitor<'de> for Answers {
        type Value = BTreeMap<String, AnswerData>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("answers by question, such as {\"g01\": \"b\"}")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut answers = BTreeMap::new();
            while let Some((question, answer)) = map.next_entry::<String, AnswerData>()? {
                if answers.contains_key(&question) {
                    let twice = format!("question `{question}` is answered twice");
                    return Err(de::Error::custom(twice));
                }
                answers.insert(question, answer);
            }
            Ok(answers)
        }
    }

    deserializer.deserialize_map(Answers)
}

#[derive(Debug, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum PaymentData {
    /// Has not paid.
    None,
    BankTransfer {
        proof: Link,
        review: Review,
    },
    Gateway {
        gateway: Slug,
        facts: Vec<GatewayFact>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Review {
    Approved,
    RejectedThenApproved,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GatewayFact {
    Authorised,
    Captured,
    Failed,
}

/// One choice or text, or several choices.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "an answer is a text, or a list of texts")]
pub(crate) enum AnswerData {
    One(String),
    Several(Vec<String>),
}
