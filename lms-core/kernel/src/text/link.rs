//! Links: addresses that a page can link to.

use url::Url;

use super::{TextError, checked_text, trimmed};

checked_text! {
    /// A web address (`http://` or `https://`) or a path on the same host that starts with `/`.
    ///
    /// It is read as browsers read it (the URL standard), and refused where a page must not link to
    /// it: other schemes such as `javascript:`, `//host` and backslashes that leave the host, user
    /// names and passwords, white space, hosts and ports that there cannot be. At most 2048
    /// characters; kept as typed but for white space at the ends.
    Link, max: 2048, "a web address or a path", parse: parse
}

impl Link {
    /// Whether this is a path on the same host.
    pub fn is_relative(&self) -> bool {
        self.as_str().starts_with('/')
    }
}

fn parse(text: &str) -> Result<&str, TextError> {
    let text = trimmed(text, "link", Link::MAX_LENGTH)?;
    let is_plain = !text.chars().any(|c| c.is_whitespace() || matches!(c, '\\' | '<' | '>' | '"'));
    let is_path = text.starts_with('/') && !text.starts_with("//");
    let is_address = || authority(text).is_some_and(is_host) && Url::parse(text).is_ok_and(is_web);
    if is_plain && (is_path || is_address()) {
        return Ok(text);
    }
    Err(TextError::Malformed {
        what: "link",
        remedy: "write `https://` and a host, or a path that starts with one `/`",
    })
}

/// The host and port of a web address.
fn authority(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    let is_web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    if is_web { rest.split(['/', '?', '#']).next() } else { None }
}

fn is_web(url: Url) -> bool {
    let has_login = !url.username().is_empty() || url.password().is_some();
    matches!(url.scheme(), "http" | "https") && url.has_host() && !has_login
}

fn is_host(authority: &str) -> bool {
    !authority.is_empty() && !authority.starts_with(':') && !authority.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_addresses_and_paths_are_links() {
        for text in [
            "https://example.org",
            "HTTP://example.org:8080/a?b=@c",
            "https://[::1]/",
            "https://пример.рф/путь",
            "/courses/1?page=2#top",
            "/",
        ] {
            assert_eq!(Link::new(text).unwrap().as_str(), text);
        }
        assert!(Link::new("/a").unwrap().is_relative());
        assert!(!Link::new("https://example.org/a").unwrap().is_relative());
    }

    #[test]
    fn what_leaves_the_host_or_runs_is_refused() {
        for text in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//example.org",
            "/\\example.org",
            "https://",
            "https:///a",
            "https://:80",
            "https://user:pass@example.org",
            "ftp://a.b",
            "courses/1",
            "https://exa mple.org",
            "https://a.b/\tc",
            "https://a.b:99999",
            "https://[::1",
            "https://exa%mple.org",
            "https://xn--a.org",
            "https://1.2.3.999/",
        ] {
            assert!(Link::new(text).is_err(), "{text:?}");
        }
        assert!(Link::new(&format!("/{}", "a".repeat(2048))).is_err());
    }
}
