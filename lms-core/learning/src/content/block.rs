//! What a node shows: text, films, documents and more, one block each.
use lms_derive::TextEnum;
use serde::{Deserialize, Serialize};

use crate::content::{FileAsset, Material, Prose};
use lms_kernel::{Id, Link, Slug};

/// The kind of a block or a material.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, TextEnum)]
#[non_exhaustive]
pub enum BlockKind {
    /// Text to read.
    Text,
    /// A film.
    Video,
    /// A PDF.
    Pdf,
    /// A recording.
    Audio,
    /// A picture.
    Image,
    /// A document of another format.
    Document,
    /// A page of another site, shown inside.
    Embed,
}

/// The location of a film, a recording or a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MediaRef {
    /// At a web address.
    Url(Link),
    /// Among the tenant's files.
    File(Id<FileAsset>),
    /// At a provider that hosts media, under the provider's own id.
    Provider {
        /// The provider, such as `mux`.
        name: Slug,
        /// Its id for the medium.
        asset_id: String,
    },
}

/// One thing that a node shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Block {
    /// Text to read, kept as written.
    Text {
        /// The text.
        text: Prose,
    },
    /// A film.
    Video {
        /// Where it is.
        media: MediaRef,
        /// How long it takes.
        duration_seconds: Option<u32>,
    },
    /// A PDF.
    Pdf {
        /// Where it is.
        media: MediaRef,
    },
    /// A recording.
    Audio {
        /// Where it is.
        media: MediaRef,
        /// How long it takes.
        duration_seconds: Option<u32>,
    },
    /// A picture.
    Image {
        /// Where it is.
        media: MediaRef,
        /// What it shows, for those who do not see it.
        alternative: Option<String>,
    },
    /// A document of another format.
    Document {
        /// Where it is.
        media: MediaRef,
    },
    /// A page of another site, shown inside.
    Embed {
        /// Its address.
        url: Link,
    },
    /// A material that other nodes may show, too.
    Material {
        /// The material.
        material_id: Id<Material>,
    },
}

impl Block {
    /// The medium that the block shows, if it shows one.
    pub const fn media(&self) -> Option<&MediaRef> {
        match self {
            Self::Video { media, .. }
            | Self::Pdf { media }
            | Self::Audio { media, .. }
            | Self::Image { media, .. }
            | Self::Document { media } => Some(media),
            Self::Text { .. } | Self::Embed { .. } | Self::Material { .. } => None,
        }
    }

    /// The text that a search should find it by.
    pub fn searchable(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text.as_str()),
            Self::Image { alternative, .. } => alternative.as_deref(),
            Self::Video { .. }
            | Self::Pdf { .. }
            | Self::Audio { .. }
            | Self::Document { .. }
            | Self::Embed { .. }
            | Self::Material { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_is_a_contract() {
        let blocks = vec![
            Block::Text { text: Prose::new("Read this").unwrap() },
            Block::Video {
                media: MediaRef::Provider {
                    name: Slug::new("mux").unwrap(),
                    asset_id: "a1".into(),
                },
                duration_seconds: Some(90),
            },
            Block::Pdf { media: MediaRef::Url(Link::new("/handout.pdf").unwrap()) },
        ];
        let json = r#"[{"kind":"text","text":"Read this"},{"kind":"video","media":{"provider":{"name":"mux","asset_id":"a1"}},"duration_seconds":90},{"kind":"pdf","media":{"url":"/handout.pdf"}}]"#;
        assert_eq!(serde_json::to_string(&blocks).unwrap(), json);
        assert_eq!(serde_json::from_str::<Vec<Block>>(json).unwrap(), blocks);
    }
}
