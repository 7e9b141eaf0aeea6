//! The host's name for the request that an operation serves.

use super::{TextError, checked_text, trimmed};

checked_text! {
    /// The id by which logs and audit entries find the host's request, such as a trace id.
    ///
    /// 1 to 128 visible ASCII characters; white space at the ends is taken off.
    RequestId, max: 128, "a request id", parse: parse
}

fn parse(text: &str) -> Result<&str, TextError> {
    let text = trimmed(text, "request id", RequestId::MAX_LENGTH)?;
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(text);
    }
    Err(TextError::Malformed { what: "request id", remedy: "use visible ASCII without spaces" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_values_fit_and_log_forgery_does_not() {
        assert!(RequestId::new("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").is_ok());
        for text in ["a b", "a\nlevel=info", "é", &"a".repeat(129)] {
            assert!(RequestId::new(text).is_err(), "{text}");
        }
    }
}
