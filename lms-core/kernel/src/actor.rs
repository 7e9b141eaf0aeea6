//! The actor of an operation: a person, the system, or anonymous.

use std::{borrow::Cow, fmt, str::FromStr};

use crate::{TextError, id::uuid_newtype, serde_text::serde_as_text};

uuid_newtype! {
    /// The id of the platform user or the integration that acts.
    ActorId, "an actor id"
}

/// Who performs an operation: a user, the system itself, or a visitor who has not signed in.
///
/// The text form is `system:<name>`, `user:<id>` or `anonymous`; it is stored in the audit trail.
///
/// ```
/// use lms_kernel::Actor;
///
/// let importer = Actor::system("import");
/// assert_eq!(importer.to_string(), "system:import");
/// assert!(importer.is_system() && importer.id().is_none());
/// assert_eq!(Actor::Anonymous.to_string(), "anonymous");
/// ```
///
/// # Pitfalls
/// - The system may do everything. Use it for jobs and set-up, never for a request of a person.
/// - A user is a login of the platform; what they may do in a tenant follows from their membership
///   there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// The library or a job of the host, such as `outbox_relay`.
    System {
        /// Which part of the system; at most [`Actor::MAX_NAME_LENGTH`] characters.
        name: Cow<'static, str>,
    },
    /// A signed-in person or an integration with credentials of its own.
    User(ActorId),
    /// A person who has not signed in.
    Anonymous,
}

impl Actor {
    /// The most characters that the name of a system actor may have.
    pub const MAX_NAME_LENGTH: usize = 64;

    /// A part of the system, by its name.
    pub const fn system(name: &'static str) -> Self {
        Self::System { name: Cow::Borrowed(name) }
    }

    /// The id of the user, if a user acts.
    pub const fn id(&self) -> Option<ActorId> {
        match self {
            Self::User(id) => Some(*id),
            Self::System { .. } | Self::Anonymous => None,
        }
    }

    /// Whether the system itself acts.
    pub const fn is_system(&self) -> bool {
        matches!(self, Self::System { .. })
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System { name } => write!(f, "system:{name}"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::Anonymous => f.write_str("anonymous"),
        }
    }
}

impl FromStr for Actor {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let malformed = TextError::Malformed {
            what: "actor",
            remedy: "write `system:<name>`, `user:<id>` or `anonymous`",
        };
        match text.split_once(':') {
            None if text == "anonymous" => Ok(Self::Anonymous),
            Some(("user", id)) => id.parse().map(Self::User),
            Some(("system", name)) if is_name(name) => {
                Ok(Self::System { name: Cow::Owned(name.to_owned()) })
            }
            _ => Err(malformed),
        }
    }
}

serde_as_text!(Actor, "an actor such as `user:<id>`");

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().count() <= Actor::MAX_NAME_LENGTH
        && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn text_and_json_keep_every_actor() {
        let user = Actor::User(ActorId::from_uuid(Uuid::from_u128(9)));
        for (actor, text) in [
            (Actor::system("outbox_relay"), "system:outbox_relay"),
            (user, "user:00000000-0000-0000-0000-000000000009"),
            (Actor::Anonymous, "anonymous"),
        ] {
            assert_eq!(actor.to_string(), text);
            assert_eq!(text.parse(), Ok(actor.clone()));
            let json = serde_json::to_string(&actor).unwrap();
            assert_eq!(serde_json::from_str::<Actor>(&json).unwrap(), actor);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let long = format!("system:{}", "a".repeat(65));
        for text in ["", "user", "user:", "user:me", "system:", "system:a\0b", "root:x", &long] {
            assert!(text.parse::<Actor>().is_err(), "{text:?}");
        }
    }
}
