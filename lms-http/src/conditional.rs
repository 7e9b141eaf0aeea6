//! Conditional reads.
use axum::http::{HeaderMap, header};
use sha2::{Digest as _, Sha256};

/// The strong entity tag of a body: the same bytes, the same tag.
pub(crate) fn tag_of(body: &[u8]) -> String {
    let hash = hex::encode(Sha256::digest(body));
    format!("\"{}\"", hash.get(..32).unwrap_or(&hash))
}

/// Whether the client says that it has the body of this tag (RFC 9110, section 13.1.2, which
/// compares weakly).
pub(crate) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok());
    values
        .flat_map(|it| it.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_in_any_place_and_weakly() {
        let tag = tag_of(b"{}");
        for (sent, known) in [
            (tag.clone(), true),
            (format!("W/{tag}"), true),
            (format!("\"a\", {tag}"), true),
            ("*".to_owned(), true),
            ("\"a\"".to_owned(), false),
            (tag.trim_matches('"').to_owned(), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, sent.parse().unwrap());
            assert_eq!(is_known(&headers, &tag), known, "{sent}");
        }
        assert!(!is_known(&HeaderMap::new(), &tag));
        assert_ne!(tag, tag_of(b"[]"));
    }
}
