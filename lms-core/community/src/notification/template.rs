//! Message templates with placeholders.
use std::collections::{BTreeMap, BTreeSet};

use lms_derive::DomainError;
use serde::{Deserialize, Serialize};

use crate::notification::{Channel, Priority};
use lms_kernel::{Context, Id, Slug};
use lms_store::{Query, Record, Stamp};

/// A text with gaps: `Hello {{name}}, your class is {{class}}.`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Record)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[record(table = "notification_templates", kind = "template", unique(name, channel))]
pub struct Template {
    /// The template's id.
    pub id: Id<Template>,
    /// When the record was created and last changed, and its version.
    #[record(flatten)]
    pub stamp: Stamp,
    /// What it is called, such as `class-assigned`.
    pub name: Slug,
    /// The channel it is written for.
    pub channel: Channel,
    /// The headline, with gaps.
    pub subject: String,
    /// The text, with gaps.
    pub body: String,
    /// The gaps that it has.
    #[record(json)]
    pub variables: Vec<String>,
    /// The priority of notifications made from it.
    pub priority: Priority,
}

impl Template {
    /// A template for that channel.
    pub fn new(cx: &Context, name: Slug, channel: Channel, subject: &str, body: &str) -> Self {
        Self {
            id: cx.id(),
            stamp: Stamp::new(cx),
            name,
            channel,
            subject: subject.to_owned(),
            body: body.to_owned(),
            variables: gaps_of(subject, body),
            priority: Priority::default(),
        }
    }

    /// The template of that name for a channel.
    pub fn named(name: Slug, channel: Channel) -> Query<Self> {
        Query::filter(Self::NAME.eq(name).and(Self::CHANNEL.eq(channel)))
    }
}

/// Why a template could not be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum RenderError {
    /// A gap has no value.
    #[error("the template needs a value for `{name}`")]
    #[fault(invalid, field = "variables")]
    MissingVariable {
        /// The gap.
        name: String,
    },
    /// There is no such gap in texts of that name.
    #[error("`{template}` has no value for `{name}`; use one of: {known}")]
    #[fault(invalid, field = "variables")]
    UnknownVariable {
        /// The text.
        template: String,
        /// The gap.
        name: String,
        /// The gaps that there are values for.
        known: String,
    },
    /// A gap is opened and not closed.
    #[error("a placeholder starts with {{{{ and has no closing }}}}; add it")]
    #[fault(invalid, field = "body")]
    UnclosedGap,
}

/// Fills the gaps of a text. A value is put in as it is, and never read for gaps again; escaping
/// for HTML is the channel's work.
///
/// ```
/// use lms_community::notification::render;
/// let values = [("name".to_owned(), "Ayu".to_owned())].into();
/// assert_eq!(render("Hello {{ name }}!", &values).unwrap(), "Hello Ayu!");
/// ```
pub fn render(text: &str, values: &BTreeMap<String, String>) -> Result<String, RenderError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, tail) = after.split_once("}}").ok_or(RenderError::UnclosedGap)?;
        let name = name.trim();
        let value = values
            .get(name)
            .ok_or_else(|| RenderError::MissingVariable { name: name.to_owned() })?;
        out.push_str(before);
        out.push_str(value);
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

/// The gaps of a headline and a text, each once, by name.
pub(super) fn gaps_of(subject: &str, body: &str) -> Vec<String> {
    let names: BTreeSet<&str> = gaps(subject).chain(gaps(body)).collect();
    names.into_iter().map(str::to_owned).collect()
}

fn gaps(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|it| it.split_once("}}")).map(|(name, _)| name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_read_for_gaps() {
        let values = [("a".to_owned(), "{{b}}".to_owned())].into();
        assert_eq!(render("{{a}}", &values).unwrap(), "{{b}}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let none = BTreeMap::new();
        let missing = RenderError::MissingVariable { name: "class".into() };
        assert_eq!(render("Hi {{class}}", &none), Err(missing));
        assert_eq!(render("Hi {{class", &none), Err(RenderError::UnclosedGap));
    }
}
