//! Digits and signs of other scripts, written as in ASCII.
use std::borrow::Cow;

use crate::question::NumberFormat;

/// The zeros of the scripts whose digits are read: Arabic, Persian, Devanagari, Bengali, Thai and
/// Khmer. The other nine follow each (Unicode, general category Nd).
const ZEROS: [char; 6] = ['٠', '۰', '०', '০', '๐', '០'];

/// The text with full-width forms, as Chinese, Japanese and Korean keyboards give them, and with
/// the digits and the decimal sign of other scripts in their ASCII form.
pub(crate) fn plain_digits(text: &str, format: NumberFormat) -> Cow<'_, str> {
    if text.is_ascii() || !text.chars().any(|it| plain(it, format).is_some()) {
        return Cow::Borrowed(text);
    }
    text.chars().map(|it| plain(it, format).unwrap_or(it)).collect()
}

fn plain(c: char, format: NumberFormat) -> Option<char> {
    match c {
        // The full-width forms stand in the order of ASCII.
        '！'..='～' => char::from_u32(u32::from(c).checked_sub(0xfee0)?),
        '\u{3000}' => Some(' '),
        // The decimal and the grouping sign of Arabic.
        '٫' => Some(format.decimal_separator()),
        '٬' => Some('\u{202f}'),
        _ => {
            let digit = |zero: &char| u32::from(c).checked_sub(u32::from(*zero));
            let value = ZEROS.iter().filter_map(digit).find(|value| *value < 10)?;
            char::from_digit(value, 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_are_read() {
        for (written, expected) in [
            ("１２．５", "12.5"),
            ("－３ｘ１０＾８", "-3x10^8"),
            ("١٢٫٥", "12.5"),
            ("۱۲", "12"),
            ("१२", "12"),
            ("১২", "12"),
            ("๑๒", "12"),
            ("១២", "12"),
            ("3·10⁸ km", "3·10⁸ km"),
        ] {
            assert_eq!(plain_digits(written, NumberFormat::Point), expected);
        }
        assert_eq!(plain_digits("١٢٫٥", NumberFormat::Comma), "12,5");
        assert!(matches!(plain_digits("12,5", NumberFormat::Comma), Cow::Borrowed(_)));
    }
}
