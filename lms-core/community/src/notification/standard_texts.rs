//! The built-in message templates.
use crate::notification::{Category, Priority};

/// The built-in text of a notification: in English, with placeholders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandardText {
    /// What it is called; a tenant's [`Template`](super::Template) of that name takes its place.
    pub name: &'static str,
    /// What it is about.
    pub category: Category,
    /// How urgent it is.
    pub priority: Priority,
    /// The headline.
    pub subject: &'static str,
    /// The text.
    pub body: &'static str,
}

const fn text(
    name: &'static str,
    category: Category,
    subject: &'static str,
    body: &'static str,
) -> StandardText {
    StandardText { name, category, priority: Priority::Medium, subject, body }
}

/// What the library says when something happens.
pub const STANDARD_TEXTS: &[StandardText] = &[
    text(
        "content-assigned",
        Category::Assignment,
        "New work for {{class}}",
        "Your class is to learn “{{work}}”, {{due}}.",
    ),
    text("badge-awarded", Category::Achievement, "A badge for you", "You earned “{{badge}}”."),
    text(
        "certificate-issued",
        Category::Achievement,
        "Your certificate",
        "Your certificate for {{course}} has the number {{number}}.",
    ),
    text(
        "course-completed",
        Category::Achievement,
        "Course completed",
        "You have done all of {{course}}.",
    ),
    StandardText {
        priority: Priority::High,
        ..text(
            "violation-recorded",
            Category::Violation,
            "Something was noted during your test",
            "During {{test}} was noted: {{violation}}. A person will look at it.",
        )
    },
    text(
        "violation-to-review",
        Category::Violation,
        "A test needs a look",
        "During {{test}} of {{learner}} was noted: {{violation}}.",
    ),
    text(
        "proof-approved",
        Category::Payment,
        "Your payment is confirmed",
        "Your proof of payment for order {{order}} was accepted.",
    ),
    StandardText {
        priority: Priority::High,
        ..text(
            "proof-rejected",
            Category::Payment,
            "Your payment is not confirmed",
            "Your proof of payment for order {{order}} was not accepted. Please send another one.",
        )
    },
    text("learner-placed", Category::ClassSchedule, "Your class", "You have a seat in {{class}}."),
    text(
        "learner-waitlisted",
        Category::ClassSchedule,
        "Your class",
        "{{class}} is full; you are on its waitlist.",
    ),
    text(
        "learner-not-placed",
        Category::ClassSchedule,
        "Your class",
        "There is no class for you yet; we will be in touch.",
    ),
    text(
        "score-released",
        Category::TestResult,
        "Your result is there",
        "You can see your result of {{test}}.",
    ),
    text(
        "work-returned",
        Category::TestResult,
        "Your work is marked",
        "You can see the mark of {{work}}.",
    ),
    StandardText {
        priority: Priority::High,
        ..text(
            "subscription-unpaid",
            Category::Payment,
            "Your subscription is not paid",
            "Please pay your subscription, so that your access goes on.",
        )
    },
    text(
        "subscription-ending",
        Category::Info,
        "Your subscription ends",
        "Your subscription ends {{end}}.",
    ),
    StandardText {
        priority: Priority::High,
        ..text(
            "seat-given",
            Category::ClassSchedule,
            "A seat for you",
            "A seat in {{class}} came free, and it is yours.",
        )
    },
    StandardText {
        priority: Priority::High,
        ..text(
            "session-moved",
            Category::ClassSchedule,
            "{{session}} has another time",
            "{{session}} now starts {{start}}.",
        )
    },
    StandardText {
        priority: Priority::High,
        ..text(
            "session-cancelled",
            Category::ClassSchedule,
            "{{session}} is cancelled",
            "{{session}}, which was to start {{start}}, is cancelled.",
        )
    },
    text("comment-answered", Category::Info, "An answer", "{{author}} answered your comment."),
    text(
        "streak-at-risk",
        Category::Reminder,
        "Keep your streak",
        "You have learned for {{days}} days in a row. Learn today, and it goes on.",
    ),
];

/// The text of that name; none when the library has none.
pub fn standard_text(name: &str) -> Option<&'static StandardText> {
    STANDARD_TEXTS.iter().find(|it| it.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::notification::{render, template::gaps_of};
    use lms_kernel::{Slug, Title};

    #[test]
    fn every_text_has_a_name_of_its_own_and_can_be_filled() {
        let names: BTreeSet<_> = STANDARD_TEXTS.iter().map(|it| it.name).collect();
        assert_eq!(names.len(), STANDARD_TEXTS.len());
        for text in STANDARD_TEXTS {
            Slug::new(text.name).unwrap();
            let gaps = gaps_of(text.subject, text.body);
            let values = gaps.into_iter().map(|it| (it, "x".to_owned())).collect();
            Title::new(&render(text.subject, &values).unwrap()).unwrap();
            let body = render(text.body, &values).unwrap();
            assert!(!body.contains("{{"), "{body}");
        }
    }
}
