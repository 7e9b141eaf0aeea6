//! How a class meets, and where.
use lms_derive::{DomainError, TextEnum};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use lms_kernel::{Link, Slug};

/// How a class meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum ClassMode {
    /// On the network: it needs a meeting.
    Online,
    /// In a room: it needs a location.
    Offline,
    /// Both at once: it needs both.
    Hybrid,
}

impl ClassMode {
    /// Refuses a class that lacks what its mode needs.
    ///
    /// # Errors
    /// [`ClassModeError`], which names what is missing.
    pub fn check(
        self,
        location: Option<&str>,
        meeting: Option<&Meeting>,
    ) -> Result<(), ClassModeError> {
        let (in_room, on_network) = match self {
            Self::Online => (false, true),
            Self::Offline => (true, false),
            Self::Hybrid => (true, true),
        };
        if in_room && location.is_none_or(|it| it.trim().is_empty()) {
            return Err(ClassModeError::LocationMissing { mode: self });
        }
        if on_network && meeting.is_none() {
            return Err(ClassModeError::MeetingMissing { mode: self });
        }
        Ok(())
    }
}

/// Why a class cannot meet the way it says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum ClassModeError {
    /// It meets in a room, and says nowhere.
    #[error("a class of mode `{mode}` needs a location")]
    #[fault(invalid, field = "location")]
    LocationMissing {
        /// The mode.
        mode: ClassMode,
    },
    /// It meets on the network, and says nowhere.
    #[error("a class of mode `{mode}` needs a meeting link")]
    #[fault(invalid, field = "meeting")]
    MeetingMissing {
        /// The mode.
        mode: ClassMode,
    },
}

/// The provider of online meetings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MeetingProvider {
    /// Microsoft Teams.
    Teams,
    /// Zoom.
    Zoom,
    /// Amazon Chime.
    Chime,
    /// Another one, under the tenant's name for it.
    Other(Slug),
}

impl MeetingProvider {
    /// The name it is stored and written as.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Teams => "teams",
            Self::Zoom => "zoom",
            Self::Chime => "chime",
            Self::Other(name) => name.as_str(),
        }
    }
}

impl From<Slug> for MeetingProvider {
    fn from(name: Slug) -> Self {
        match name.as_str() {
            "teams" => Self::Teams,
            "zoom" => Self::Zoom,
            "chime" => Self::Chime,
            _ => Self::Other(name),
        }
    }
}

impl Serialize for MeetingProvider {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for MeetingProvider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Slug::deserialize(deserializer).map(Self::from)
    }
}

/// The online meeting of a class or a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Meeting {
    /// Who hosts it, where that is known.
    pub provider: Option<MeetingProvider>,
    /// The address to join at.
    pub url: Link,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_needs_what_it_needs() {
        let meeting =
            Meeting { provider: None, url: Link::new("https://meet.example.org/1").unwrap() };
        let cells = |mode: ClassMode| {
            [(None, None), (Some("Room 1"), None), (None, Some(&meeting)), (Some(" "), None)]
                .map(|(location, meeting)| mode.check(location, meeting).is_ok())
        };
        assert_eq!(cells(ClassMode::Online), [false, false, true, false]);
        assert_eq!(cells(ClassMode::Offline), [false, true, false, false]);
        assert_eq!(cells(ClassMode::Hybrid), [false, false, false, false]);
        assert!(ClassMode::Hybrid.check(Some("Room 1"), Some(&meeting)).is_ok());
        let error = ClassMode::Online.check(None, None).unwrap_err();
        assert_eq!(error.to_string(), "a class of mode `online` needs a meeting link");
    }

    #[test]
    fn a_provider_is_known_by_its_name() {
        for (text, provider) in [
            ("\"zoom\"", MeetingProvider::Zoom),
            ("\"jitsi\"", MeetingProvider::Other(Slug::new("jitsi").unwrap())),
        ] {
            assert_eq!(serde_json::from_str::<MeetingProvider>(text).unwrap(), provider);
            assert_eq!(serde_json::to_string(&provider).unwrap(), text);
        }
    }
}
