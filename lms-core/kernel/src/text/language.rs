//! Language tags.

use super::{TextError, checked_text, trimmed};

checked_text! {
    /// A language tag in the shape of BCP 47, such as `en`, `pt-BR` or `zh-Hant-TW`.
    ///
    /// The shape and order of the parts are checked, not whether they are registered. Letters
    /// are put in the customary case; an underscore is read as a hyphen.
    LanguageTag, max: 35, "a language tag such as `pt-BR`", parse: parse
}

impl LanguageTag {
    /// The language alone, such as `pt` of `pt-BR`; what to fall back to.
    pub fn language(&self) -> &str {
        self.as_str().split_once('-').map_or(self.as_str(), |(language, _)| language)
    }
}

const MALFORMED: TextError = TextError::Malformed {
    what: "language tag",
    remedy: "write a BCP 47 tag such as `en`, `pt-BR` or `zh-Hant-TW`",
};

/// What the next part of a tag may be; each stage allows the stages after it.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Stage {
    Extension(u8),
    Script,
    Region,
    Variant,
    /// At least one more part has to follow a single letter.
    Opened,
    Extended,
    Private,
}

fn parse(text: &str) -> Result<String, TextError> {
    let text = trimmed(text, "language tag", LanguageTag::MAX_LENGTH)?;
    let lowered = text.replace('_', "-").to_ascii_lowercase();
    let mut parts = lowered.split('-');
    let language = parts.next().unwrap_or_default();
    if !(2..=8).contains(&language.len()) || !is_alphabetic(language) {
        return Err(MALFORMED);
    }
    let mut tag = language.to_owned();
    let mut stage = if language.len() <= 3 { Stage::Extension(0) } else { Stage::Script };
    for part in parts {
        stage = next_stage(stage, part).ok_or(MALFORMED)?;
        tag.push('-');
        match stage {
            // A script leads to where a region may follow, a region to where variants may.
            Stage::Region => push_titled(&mut tag, part),
            Stage::Variant if is_region(part) => tag.push_str(&part.to_ascii_uppercase()),
            _ => tag.push_str(part),
        }
    }
    if stage == Stage::Opened { Err(MALFORMED) } else { Ok(tag) }
}

/// What may follow once `part` has been read, if `part` is allowed at this place.
fn next_stage(stage: Stage, part: &str) -> Option<Stage> {
    let length = part.len();
    if !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) || !(1..=8).contains(&length) {
        return None;
    }
    match stage {
        Stage::Private => Some(Stage::Private),
        Stage::Opened if length >= 2 => Some(Stage::Extended),
        Stage::Opened => None,
        _ if part == "x" => Some(Stage::Private),
        _ if length == 1 => Some(Stage::Opened),
        Stage::Extended => Some(Stage::Extended),
        Stage::Extension(seen) if seen < 3 && length == 3 && is_alphabetic(part) => {
            Some(Stage::Extension(seen + 1))
        }
        Stage::Extension(_) | Stage::Script if is_script(part) => Some(Stage::Region),
        Stage::Extension(_) | Stage::Script | Stage::Region if is_region(part) => {
            Some(Stage::Variant)
        }
        _ if is_variant(part) => Some(Stage::Variant),
        _ => None,
    }
}

fn is_alphabetic(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_script(part: &str) -> bool {
    part.len() == 4 && is_alphabetic(part)
}

fn is_region(part: &str) -> bool {
    (part.len() == 2 && is_alphabetic(part))
        || (part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_variant(part: &str) -> bool {
    part.len() >= 5 || (part.len() == 4 && part.starts_with(|c: char| c.is_ascii_digit()))
}

fn push_titled(tag: &mut String, part: &str) {
    let mut letters = part.chars();
    tag.extend(letters.next().map(|first| first.to_ascii_uppercase()));
    tag.push_str(letters.as_str());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_get_their_customary_case() {
        for (text, tag) in [
            ("EN", "en"),
            ("pt_br", "pt-BR"),
            ("ZH-hANT-tw", "zh-Hant-TW"),
            ("uz-cyrl", "uz-Cyrl"),
            ("es-419", "es-419"),
            ("zh-yue-HK", "zh-yue-HK"),
            ("sl-ROZAJ-biske", "sl-rozaj-biske"),
            ("de-CH-1996", "de-CH-1996"),
            ("en-US-U-CA-Gregory", "en-US-u-ca-gregory"),
            ("en-x-Tw-US", "en-x-tw-us"),
        ] {
            assert_eq!(LanguageTag::new(text).unwrap().as_str(), tag);
        }
        assert_eq!(LanguageTag::new("pt-BR").unwrap().language(), "pt");
        assert_eq!(LanguageTag::new("pt").unwrap().language(), "pt");
    }

    #[test]
    fn other_shapes_are_refused() {
        for text in [
            "e",
            "english-",
            "en--US",
            "en-US-GB",
            "en-u",
            "1n",
            "en-US-Latn",
            "en-é",
            "123",
            "en US",
        ] {
            assert_eq!(LanguageTag::new(text), Err(MALFORMED), "{text}");
        }
    }
}
