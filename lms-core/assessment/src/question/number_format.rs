//! How learners write numbers: separators of their language, powers of ten, units.

use serde::{Deserialize, Serialize};

use crate::question::{Numeral, numeral::DigitCollector};
use lms_kernel::LanguageTag;

/// The separators in which a number is read.
///
/// Grouping is checked, so `1,5` written with a decimal comma is refused where commas group
/// thousands, and never taken for 15: every group after the first has three digits, or two before
/// a last three as in `1,00,000`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NumberFormat {
    /// `1,000.5`, as in English, Chinese, Japanese, Korean, Thai and Hindi.
    #[default]
    Point,
    /// `1.000,5` or `1 000,5`, as in most of Europe, Latin America, Indonesia and Viet Nam.
    Comma,
    /// `1'000.5`, as in Switzerland.
    Apostrophe,
}

impl NumberFormat {
    /// The format that a language is usually written with.
    pub fn of(language: &LanguageTag) -> Self {
        let tag = language.as_str();
        if tag.ends_with("-CH") || tag.ends_with("-LI") {
            return Self::Apostrophe;
        }
        if matches!(tag, "es-MX" | "es-US" | "es-GT" | "es-DO" | "es-PR") {
            return Self::Point;
        }
        let comma = [
            "af", "az", "be", "bg", "bs", "ca", "cs", "da", "de", "el", "es", "et", "fi", "fr",
            "gl", "hr", "hu", "hy", "id", "is", "it", "ka", "kk", "ky", "lt", "lv", "mk", "mn",
            "nb", "nl", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "tg",
            "tk", "tr", "tt", "uk", "uz", "vi",
        ];
        if comma.contains(&language.language()) { Self::Comma } else { Self::Point }
    }

    /// The character between whole and fraction.
    pub const fn decimal_separator(self) -> char {
        match self {
            Self::Point | Self::Apostrophe => '.',
            Self::Comma => ',',
        }
    }

    const fn groups_with(self, c: char) -> bool {
        // Thin, no-break and narrow no-break spaces group digits in every language.
        if matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}') {
            return true;
        }
        match self {
            Self::Point => c == ',',
            Self::Comma => c == '.',
            Self::Apostrophe => matches!(c, '\'' | '\u{2019}'),
        }
    }

    /// Reads the number at the start of a text; what follows it is the rest.
    ///
    /// Powers of ten may be written `3e8`, `3x10^8`, `3×10^8`, `3*10^8`, `3·10⁸` or `10^8`; a sign
    /// may be `+`, `-` or `−`, also with space behind it. `None` if the text does not start with a number, as `inf` and `nan`
    /// do not.
    pub fn read(self, text: &str) -> Option<ReadNumber<'_>> {
        let text = text.trim();
        let mut reader = Reader { rest: text };
        let negative = reader.sign();
        reader.rest = reader.rest.trim_start();
        let mantissa = self.read_mantissa(&mut reader)?;
        let mut power = 0;
        let bare_power = (mantissa.is_ten && mantissa.seen == 2).then(|| reader.power()).flatten();
        let value = if let Some(bare) = bare_power {
            Numeral::new(negative, 1, bare, false).ok()?
        } else {
            power = reader.scientific().unwrap_or(0);
            mantissa.digits.finish(negative, power).ok()?
        };
        Some(ReadNumber {
            value,
            figures: mantissa.figures,
            places: i64::from(mantissa.places) - i64::from(power),
            rest: reader.rest.trim(),
        })
    }

    fn read_mantissa(self, reader: &mut Reader<'_>) -> Option<Mantissa> {
        let mut found = Mantissa::default();
        let mut groups = Groups::default();
        let mut after_point = false;
        let mut any = false;
        while let Some(c) = reader.rest.chars().next() {
            if let Some(digit) = c.to_digit(10) {
                let byte = b'0' + u8::try_from(digit).ok()?;
                found.push(byte, after_point)?;
                groups.digit(after_point);
                any = true;
            } else if c == self.decimal_separator() && !after_point {
                after_point = true;
            } else if self.groups_with(c) && !after_point && any && reader.digit_follows(c) {
                groups.separator(c)?;
            } else {
                break;
            }
            reader.rest = reader.rest.get(c.len_utf8()..)?;
        }
        (any && groups.are_regular()).then_some(found)
    }
}

/// A number that was read, and how it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReadNumber<'a> {
    /// The number.
    pub value: Numeral,
    /// How many significant digits were written: 2 in `0.0050`, 4 in `1200`.
    pub figures: u32,
    /// The number of digits after the point once the power of ten is worked in; negative when the
    /// last digit written counts tens or more.
    pub places: i64,
    /// What follows the number, without white space at its ends.
    pub rest: &'a str,
}

#[derive(Default)]
struct Mantissa {
    digits: DigitCollector,
    figures: u32,
    places: u32,
    /// Whether the digits so far are those of ten.
    is_ten: bool,
    seen: u32,
}

impl Mantissa {
    fn push(&mut self, byte: u8, is_fraction: bool) -> Option<()> {
        self.digits.push(byte, is_fraction).ok()?;
        self.figures += u32::from(self.figures > 0 || byte != b'0');
        self.places += u32::from(is_fraction);
        self.seen += 1;
        self.is_ten = match (self.seen, byte) {
            (1, b'1') => true,
            (2, b'0') => self.is_ten && !is_fraction,
            _ => false,
        };
        Some(())
    }
}

/// Checks that separators are where groups end.
#[derive(Default)]
struct Groups {
    separator: Option<char>,
    in_group: u32,
    closed: Vec<u32>,
}

impl Groups {
    fn digit(&mut self, after_point: bool) {
        self.in_group += u32::from(!after_point);
    }

    fn separator(&mut self, c: char) -> Option<()> {
        // One number is grouped by one sign.
        if self.separator.is_some_and(|earlier| earlier != c) {
            return None;
        }
        self.separator = Some(c);
        self.closed.push(std::mem::take(&mut self.in_group));
        Some(())
    }

    fn are_regular(&self) -> bool {
        let Some((first, middle)) = self.closed.split_first() else { return true };
        let ends = self.in_group == 3 && (1..=3).contains(first);
        let threes = middle.iter().all(|&digits| digits == 3);
        let twos = *first <= 2 && middle.iter().all(|&digits| digits == 2);
        ends && (threes || twos)
    }
}

/// A text that is used up from the front.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn take(&mut self, options: &[char]) -> Option<char> {
        let c = self.rest.chars().next().filter(|c| options.contains(c))?;
        self.rest = self.rest.get(c.len_utf8()..)?;
        Some(c)
    }

    fn sign(&mut self) -> bool {
        matches!(self.take(&['+', '-', '−']), Some('-' | '−'))
    }

    fn digit_follows(&self, separator: char) -> bool {
        self.rest
            .get(separator.len_utf8()..)
            .and_then(|rest| rest.chars().next())
            .is_some_and(|c| c.is_ascii_digit())
    }

    /// `e8`, `x10^8` and their kin; the text is left alone when there is none.
    fn scientific(&mut self) -> Option<i32> {
        let before = self.rest;
        let found = self.letter_power().or_else(|| {
            self.rest = before;
            self.times_ten_power()
        });
        if found.is_none() {
            self.rest = before;
        }
        found
    }

    fn letter_power(&mut self) -> Option<i32> {
        self.take(&['e', 'E'])?;
        let negative = self.sign();
        self.integer(negative)
    }

    fn times_ten_power(&mut self) -> Option<i32> {
        self.rest = self.rest.trim_start();
        self.take(&['x', 'X', '×', '*', '·', '⋅'])?;
        self.rest = self.rest.trim_start();
        self.take(&['1'])?;
        self.take(&['0'])?;
        self.power()
    }

    /// `^8`, `^-8`, `^(8)`, `^{8}`, `**8` or `⁸`.
    fn power(&mut self) -> Option<i32> {
        let before = self.rest;
        let found = self.superscript().or_else(|| self.caret_power());
        if found.is_none() {
            self.rest = before;
        }
        found
    }

    fn caret_power(&mut self) -> Option<i32> {
        if self.take(&['^']).is_none() {
            self.take(&['*'])?;
            self.take(&['*'])?;
        }
        let bracket = self.take(&['(', '{']);
        let negative = self.sign();
        let value = self.integer(negative)?;
        match bracket {
            Some('(') => self.take(&[')']).map(|_| value),
            Some('{') => self.take(&['}']).map(|_| value),
            _ => Some(value),
        }
    }

    fn integer(&mut self, negative: bool) -> Option<i32> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at_checked(end)?;
        let value: i32 = digits.parse().ok()?;
        self.rest = rest;
        Some(if negative { -value } else { value })
    }

    fn superscript(&mut self) -> Option<i32> {
        let before = self.rest;
        let negative = self.take(&['⁻', '⁺']) == Some('⁻');
        let mut value: Option<i32> = None;
        while let Some(c) = self.rest.chars().next() {
            let Some(digit) = "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|it| it == c) else {
                break;
            };
            let digit = i32::try_from(digit).ok()?;
            value = Some(value.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
            self.rest = self.rest.get(c.len_utf8()..)?;
        }
        if value.is_none() {
            self.rest = before;
        }
        value.map(|value| if negative { -value } else { value })
    }
}

#[cfg(test)]
mod tests;
