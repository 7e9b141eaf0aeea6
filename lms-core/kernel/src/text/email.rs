//! An address for electronic mail.

use super::{TextError, checked_text, trimmed};

checked_text! {
    /// An e-mail address that is written as one; whether mail arrives is not known.
    ///
    /// White space at the ends is taken off and the domain is put in lower case; the part before
    /// the `@` stays as typed. At most 254 ASCII characters; quoted local parts and addresses in
    /// brackets are refused, and a domain needs a dot. Domains of other scripts are written in
    /// their `xn--` form.
    ///
    /// Two spellings that differ in case are different values here; look people up by
    /// [`EmailAddress::normalized`].
    EmailAddress, max: 254, "an e-mail address", parse: parse
}

impl EmailAddress {
    /// The address in lower case, to find it by: hardly any mailbox tells cases apart.
    pub fn normalized(&self) -> String {
        self.as_str().to_ascii_lowercase()
    }

    /// The part after the `@`, in lower case.
    pub fn domain(&self) -> &str {
        self.as_str().rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The part before the `@`, as typed.
    pub fn local_part(&self) -> &str {
        self.as_str().rsplit_once('@').map_or("", |(local, _)| local)
    }
}

const MAX_LOCAL_LENGTH: usize = 64;
const MAX_LABEL_LENGTH: usize = 63;

fn parse(text: &str) -> Result<String, TextError> {
    let text = trimmed(text, "e-mail address", EmailAddress::MAX_LENGTH)?;
    match text.rsplit_once('@') {
        Some((local, domain)) if is_local_part(local) && is_domain(domain) => {
            Ok(format!("{local}@{}", domain.to_ascii_lowercase()))
        }
        _ => Err(TextError::Malformed {
            what: "e-mail address",
            remedy: "write it as `name@example.org`, in ASCII",
        }),
    }
}

fn is_local_part(text: &str) -> bool {
    text.len() <= MAX_LOCAL_LENGTH
        && text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atom))
}

const fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'/'
                | b'='
                | b'?'
                | b'^'
                | b'_'
                | b'`'
                | b'{'
                | b'|'
                | b'}'
                | b'~'
        )
}

fn is_domain(text: &str) -> bool {
    let mut labels = text.rsplit('.');
    let top = labels.next().unwrap_or_default();
    let is_numeric = top.bytes().all(|byte| byte.is_ascii_digit());
    text.contains('.') && !is_numeric && is_label(top) && labels.all(is_label)
}

fn is_label(text: &str) -> bool {
    (1..=MAX_LABEL_LENGTH).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_is_lowered_and_the_name_is_kept() {
        let address = EmailAddress::new(" Ada.L+rust@Example.ORG ").unwrap();
        assert_eq!(address.as_str(), "Ada.L+rust@example.org");
        assert_eq!(address.normalized(), "ada.l+rust@example.org");
        assert_eq!((address.local_part(), address.domain()), ("Ada.L+rust", "example.org"));
    }

    #[test]
    fn what_is_not_an_address_is_refused_without_being_repeated() {
        for text in [
            "ada",
            "@example.org",
            "ada@",
            "ada@localhost",
            "a@b@example.org",
            ".ada@example.org",
            "ada.@example.org",
            "a..b@example.org",
            "ada@-example.org",
            "ada@example-.org",
            "ada@example..org",
            "ada@[10.0.0.1]",
            "ada@10.0.0.1",
            "\"a b\"@example.org",
            "a da@example.org",
            "ada@exämple.org",
            "Ada <ada@example.org>",
            "ada@example.org.",
        ] {
            let error = EmailAddress::new(text).expect_err(text).to_string();
            assert_eq!(
                error,
                "e-mail address is malformed; write it as `name@example.org`, in ASCII"
            );
        }
        assert!(EmailAddress::new(&format!("{}@example.org", "a".repeat(65))).is_err());
        assert!(EmailAddress::new(&format!("a@{}.org", "b".repeat(64))).is_err());
    }
}
