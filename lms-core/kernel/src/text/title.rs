//! Titles and names that people read.

use super::{TextError, checked_text, trimmed};

checked_text! {
    /// The name of a course, a lesson, a tenant: one line of 1 to 500 characters of any script.
    ///
    /// White space at the ends is taken off; inside it is kept as written.
    Title, max: 500, "a title", parse: parse
}

fn parse(text: &str) -> Result<&str, TextError> {
    trimmed(text, "title", Title::MAX_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_ends_are_trimmed() {
        assert_eq!(Title::new("  Linear  algebra ").unwrap().as_str(), "Linear  algebra");
        assert!(Title::new("a\nb").is_err());
        assert!(Title::new(&"ж".repeat(500)).is_ok());
        assert!(Title::new(&"ж".repeat(501)).is_err());
    }
}
