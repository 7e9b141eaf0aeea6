//! Slugs: the parts of web addresses made from titles.

use deunicode::deunicode_char;

use super::{TextError, checked_text, trimmed};

checked_text! {
    /// A name for web addresses: words of lower-case ASCII letters and digits, joined by single
    /// hyphens, 1 to 120 characters.
    Slug, max: 120, "a slug such as `intro-to-rust`", parse: parse
}

impl Slug {
    /// Makes the slug that a title suggests: `Crème brûlée, 2nd ed.` gives `creme-brulee-2nd-ed`,
    /// `Алгебра` gives `algebra`, `数学` gives `shu-xue`.
    ///
    /// Latin letters lose their accents, other scripts are written in Latin letters, apostrophes
    /// vanish, anything else separates words, and what is too long is cut, at the end of a word
    /// where there is one. A title that has nothing to read gives `title-` and a number of its own,
    /// always the same for the same title. Slugs made this way may collide; the unique key of the
    /// record that has it finds that out.
    pub fn from_title(title: &str) -> Self {
        match Self::suggested(title) {
            Some(slug) => slug,
            None => Self(format!("title-{:08x}", fingerprint(title)).into()),
        }
    }

    /// The slug that a text suggests; none where it has no letter or digit of any script.
    pub fn suggested(text: &str) -> Option<Self> {
        let mut slug = String::with_capacity(text.len());
        let push = |letters: &str, slug: &mut String| {
            for letter in letters.chars().flat_map(char::to_lowercase) {
                if letter.is_ascii_alphanumeric() {
                    slug.push(letter);
                } else if !matches!(letter, '\'' | '`') && !slug.is_empty() && !slug.ends_with('-')
                {
                    slug.push('-');
                }
            }
        };
        for letter in text.chars().flat_map(char::to_lowercase) {
            if let Some(plain) = without_accent(letter) {
                slug.push_str(plain);
            } else if letter.is_ascii() {
                push(letter.encode_utf8(&mut [0; 4]), &mut slug);
            } else if letter.is_alphanumeric() {
                // Signs of a script that writes words without spaces come with spaces of their own.
                push(deunicode_char(letter).unwrap_or(" "), &mut slug);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        let slug = cut_at_word(slug.trim_end_matches('-'), Self::MAX_LENGTH);
        Self::new(slug).ok()
    }
}

/// A number that texts share by chance only: FNV-1a, 32 bits.
fn fingerprint(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

const MALFORMED: TextError = TextError::Malformed {
    what: "slug",
    remedy: "use lower-case letters a to z, digits, and single hyphens between them",
};

fn parse(text: &str) -> Result<&str, TextError> {
    let text = trimmed(text, "slug", Slug::MAX_LENGTH)?;
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if text.split('-').all(|word| !word.is_empty() && word.bytes().all(is_letter)) {
        return Ok(text);
    }
    Err(MALFORMED)
}

/// An ASCII text of at most `most` characters, whole words if the first one fits.
fn cut_at_word(text: &str, most: usize) -> &str {
    let Some((start, rest)) = text.split_at_checked(most) else { return text };
    if rest.is_empty() || rest.starts_with('-') {
        return start.trim_end_matches('-');
    }
    start.rsplit_once('-').map_or(start, |(words, _)| words)
}

/// The plain spelling of a lower-case Latin letter; empty for marks that belong to a letter.
const fn without_accent(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ' | 'ả' | 'ấ' | 'ầ' | 'ẩ' | 'ẫ'
        | 'ậ' | 'ắ' | 'ằ' | 'ẳ' | 'ẵ' | 'ặ' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ẹ' | 'ẻ' | 'ẽ' | 'ế' | 'ề' | 'ể'
        | 'ễ' | 'ệ' | 'ə' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'ỉ' | 'ị' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' | 'ŋ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ō' | 'ŏ' | 'ő' | 'ơ' | 'ọ' | 'ỏ' | 'ố' | 'ồ' | 'ổ' | 'ỗ' | 'ộ'
        | 'ớ' | 'ờ' | 'ở' | 'ỡ' | 'ợ' => "o",
        'ö' | 'ø' | 'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù' | 'ú' | 'û' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' | 'ụ' | 'ủ' | 'ứ' | 'ừ' | 'ử'
        | 'ữ' | 'ự' => "u",
        'ü' => "ue",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' | 'ỳ' | 'ỵ' | 'ỷ' | 'ỹ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        '\'' | '’' | 'ʻ' | 'ʼ' | '\u{300}'..='\u{36f}' => "",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn titles_suggest_slugs() {
        for (title, slug) in [
            ("Crème brûlée, 2nd ed.", "creme-brulee-2nd-ed"),
            ("  C++ & Rust -- side by side!", "c-rust-side-by-side"),
            ("Straße über Øresund", "strasse-ueber-oeresund"),
            ("O‘zbek tili: Toʻrt kun", "o-zbek-tili-tort-kun"),
            ("İstanbul'da bir gün", "istanbulda-bir-guen"),
            ("Tiếng Việt cơ bản", "tieng-viet-co-ban"),
            ("Cafe\u{301}", "cafe"),
        ] {
            assert_eq!(Slug::from_title(title).as_str(), slug);
        }
    }

    #[test]
    fn titles_of_other_scripts_are_written_in_latin_letters() {
        for (title, slug) in [
            ("Алгебра", "algebra"),
            ("Введение в алгебру", "vvedenie-v-algebru"),
            ("数学", "shu-xue"),
            ("数学 入門", "shu-xue-ru-men"),
            ("プログラミング", "puroguramingu"),
            ("Ελληνικά", "ellenika"),
            ("Ўзбек тили", "uzbek-tili"),
        ] {
            assert_eq!(Slug::from_title(title).as_str(), slug);
        }
        for title in ["الجبر", "עברית", "हिन्दी", "한국어", "ქართული", "ภาษาไทย", "አማርኛ", "Հայերեն"]
        {
            let slug = Slug::suggested(title).expect(title);
            assert!(slug.as_str().len() > 2, "{title} {slug}");
        }
    }

    #[test]
    fn a_title_that_has_nothing_to_read_has_a_slug_of_its_own() {
        let slugs = ["---", "!", "…", "\u{e000}"].map(|title| {
            assert_eq!(Slug::suggested(title), None, "{title}");
            let slug = Slug::from_title(title);
            assert_eq!(slug, Slug::from_title(title));
            assert_eq!(Slug::new(slug.as_str()).as_ref(), Ok(&slug));
            slug
        });
        let different: std::collections::BTreeSet<_> = slugs.iter().collect();
        assert_eq!(different.len(), slugs.len());
    }

    #[test]
    fn long_titles_are_cut_at_a_word() {
        let long = "four ".repeat(30);
        assert_eq!(Slug::from_title(&long).as_str().len(), 24 * 5 - 1);
        assert_eq!(Slug::from_title(&"a".repeat(300)).as_str().len(), 120);
        assert_eq!(cut_at_word("ab-cd", 2), "ab");
        assert_eq!(cut_at_word("ab-cd", 3), "ab");
        assert_eq!(cut_at_word("ab-cd", 4), "ab");
        assert_eq!(cut_at_word("ab-cd", 5), "ab-cd");
    }

    #[test]
    fn only_the_canonical_form_is_a_slug() {
        for text in ["-a", "a-", "a--b", "A", "a_b", "a b", "é", "a/b"] {
            assert_eq!(Slug::new(text), Err(MALFORMED), "{text}");
        }
        assert!(Slug::new(&"a".repeat(121)).is_err());
    }

    proptest! {
        #[test]
        fn every_title_has_a_slug_that_suggests_itself(title in ".{0,200}") {
            let slug = Slug::from_title(&title);
            prop_assert_eq!(Slug::new(slug.as_str()), Ok(slug.clone()));
            prop_assert_eq!(Slug::from_title(slug.as_str()), slug);
        }
    }
}
