//! A telephone number.

use super::{TextError, checked_text, trimmed};

checked_text! {
    /// A telephone number in E.164 form: `+`, the country code and the number, 7 to 15 digits.
    ///
    /// Spaces, hyphens, dots and round brackets between the digits are taken out.
    PhoneNumber, max: 16, "a telephone number such as `+442071838750`", parse: parse
}

/// Room for the separators that people type.
const MAX_TYPED_LENGTH: usize = 40;

fn parse(text: &str) -> Result<String, TextError> {
    let malformed = TextError::Malformed {
        what: "telephone number",
        remedy: "write `+`, the country code and the number, 7 to 15 digits in all",
    };
    let text = trimmed(text, "telephone number", MAX_TYPED_LENGTH)?;
    let typed = text.strip_prefix('+').ok_or(malformed)?;
    let is_separator = |c: char| matches!(c, ' ' | '\u{a0}' | '-' | '\u{2011}' | '.' | '(' | ')');
    let digits: String = typed.chars().filter(|c| !is_separator(*c)).collect();
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    if is_number && (7..=15).contains(&digits.len()) {
        return Ok(format!("+{digits}"));
    }
    Err(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_taken_out() {
        for text in ["+44 20 7183 8750", "+44 (20) 7183-8750", " +44.20.7183.8750 "] {
            assert_eq!(PhoneNumber::new(text).unwrap().as_str(), "+442071838750", "{text}");
        }
    }

    #[test]
    fn what_cannot_be_dialled_from_abroad_is_refused() {
        for text in ["020 7183 8750", "0044207183875", "+0207183875", "+123456", "+44 20 x", "+"] {
            assert!(PhoneNumber::new(text).is_err(), "{text}");
        }
        assert!(PhoneNumber::new("+123456789012345").is_ok());
        assert!(PhoneNumber::new("+1234567890123456").is_err());
    }
}
