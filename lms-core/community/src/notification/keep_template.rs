//! Managing the tenant's message templates.
use lms_store::operation::{Access, Operation, operation};
use std::collections::BTreeMap;

use super::template::gaps_of;
use crate::notification::{
    Channel, NotificationError, Priority, RenderError, Template, render, standard_text,
};
use lms_kernel::{Id, Slug};
use lms_people::authorization::{Permission, TheTenant, authorize_on};
use lms_store::Transaction;

/// Saves a message template of the tenant's own, replacing the one with the same name and channel.
///
/// # Errors
/// [`RenderError`], which names the gap.
#[operation("notification.keep_template", secret)]
#[derive(PartialEq)]
pub struct KeepTemplate {
    /// The template's name; the name of a built-in template overrides it.
    pub name: Slug,
    /// The channel that it is written for.
    pub channel: Channel,
    /// The subject line, with placeholders.
    pub subject: String,
    /// The text, with placeholders.
    pub body: String,
    /// The priority of notifications made from it.
    pub priority: Priority,
}

/// Refuses a text with a gap that is not closed, or, where it takes the place of a standard text,
/// with one that no one has a value for.
///
/// # Errors
/// [`RenderError`], which names the gap.
pub fn check_template(name: &str, subject: &str, body: &str) -> Result<(), RenderError> {
    let gaps = gaps_of(subject, body);
    let filled: BTreeMap<_, _> = gaps.iter().map(|it| (it.clone(), String::new())).collect();
    render(subject, &filled)?;
    render(body, &filled)?;
    let Some(standard) = standard_text(name) else { return Ok(()) };
    let known = gaps_of(standard.subject, standard.body);
    match gaps.into_iter().find(|it| !known.contains(it)) {
        None => Ok(()),
        Some(gap) => Err(RenderError::UnknownVariable {
            template: name.to_owned(),
            name: gap,
            known: known.join(", "),
        }),
    }
}

impl Operation for KeepTemplate {
    const ACCESS: Access = Access::Asks(&[Permission::TEMPLATES_MANAGE]);
    type Answer = Template;
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<Template, NotificationError> {
        let command = self;
        authorize_on(tx, Permission::TEMPLATES_MANAGE, &TheTenant).await?;
        let KeepTemplate { name, channel, subject, body, priority } = command;
        check_template(name.as_str(), &subject, &body)?;
        let new = Template::new(tx.cx(), name.clone(), channel, &subject, &body);
        let new = Template { priority, ..new };
        match tx.first(Template::named(name, channel)).await? {
            None => {
                tx.insert(&new).await?;
                Ok(new)
            }
            Some(held) => {
                let mut kept = Template { id: held.id, stamp: held.stamp, ..new };
                tx.update(&mut kept).await?;
                Ok(kept)
            }
        }
    }
}

/// Removes a message template of the tenant's own; the built-in template of that name, if any, is
/// used again.
///
/// # Errors
/// [`NotificationError`].
#[operation("notification.remove_template")]
pub struct RemoveTemplate {
    /// The template to remove.
    pub template_id: Id<Template>,
}

impl Operation for RemoveTemplate {
    const ACCESS: Access = Access::Asks(&[Permission::TEMPLATES_MANAGE]);
    type Answer = ();
    type Error = NotificationError;

    async fn run(self, tx: &mut Transaction) -> Result<(), NotificationError> {
        let Self { template_id: template } = self;
        authorize_on(tx, Permission::TEMPLATES_MANAGE, &TheTenant).await?;
        let mut template = tx.require(template).await?;
        Ok(tx.delete(&mut template).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_that_nobody_fills_is_refused_by_name() {
        assert_eq!(check_template("badge-awarded", "Hi", "You have {{badge}}"), Ok(()));
        assert_eq!(check_template("house-rules", "Hi", "Mind the {{gap}}"), Ok(()));
        let error = check_template("badge-awarded", "Hi {{name}}", "You have {{badge}}");
        let message = "`badge-awarded` has no value for `name`; use one of: badge";
        assert_eq!(error.unwrap_err().to_string(), message);
        let error = check_template("house-rules", "Hi", "Mind the {{gap");
        assert_eq!(error, Err(RenderError::UnclosedGap));
    }
}
