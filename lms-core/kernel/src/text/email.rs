//! E-mail addresses.

use super::{TextError, checked_text, trimmed};

checked_text! {
    /// An e-mail address that is written as one; whether mail arrives is not known.
    ///
    /// What is stored: white space at the ends is taken off, the part before the `@` stays as
    /// typed, and the domain is in lower case and in ASCII. A domain of another script is read and
    /// stored in its `xn--` form (IDNA, UTS 46), so that both its spellings are one address. At
    /// most 254 ASCII characters are stored; quoted local parts, local parts outside ASCII and
    /// addresses in brackets are refused, and a domain needs a dot.
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
    let text = trimmed(text, WHAT, EmailAddress::MAX_LENGTH)?;
    let Some((local, domain)) = text.rsplit_once('@') else { return Err(MALFORMED) };
    // Plain domains do not take the way through the tables.
    let domain = match domain.is_ascii() && !domain.to_ascii_lowercase().contains("xn--") {
        true => domain.to_ascii_lowercase(),
        false => idna::domain_to_ascii_strict(domain).map_err(|_| MALFORMED)?,
    };
    if !is_local_part(local) || !is_domain(&domain) {
        return Err(MALFORMED);
    }
    let address = format!("{local}@{domain}");
    let most = EmailAddress::MAX_LENGTH;
    if address.len() > most { Err(TextError::TooLong { what: WHAT, most }) } else { Ok(address) }
}

const WHAT: &str = "e-mail address";

const MALFORMED: TextError = TextError::Malformed {
    what: WHAT,
    remedy: "write it as `name@example.org`, the name in ASCII",
};

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
    fn a_domain_of_another_script_is_stored_in_its_ascii_form() {
        for (text, stored) in [
            ("ada@exämple.org", "ada@xn--exmple-cua.org"),
            ("ada@EXÄMPLE.org", "ada@xn--exmple-cua.org"),
            ("ada@xn--exmple-cua.org", "ada@xn--exmple-cua.org"),
            ("Анна@example.org", ""),
            ("info@пример.рф", "info@xn--e1afmkfd.xn--p1ai"),
            ("info@例え。テスト", "info@xn--r8jz45g.xn--zckzah"),
            ("info@straße.de", "info@xn--strae-oqa.de"),
        ] {
            match EmailAddress::new(text) {
                Ok(address) => assert_eq!(address.as_str(), stored, "{text}"),
                Err(_) => assert_eq!(stored, "", "{text}"),
            }
        }
        let long = format!("ada@{}.org", ["ä"; 40].join("x."));
        assert!(EmailAddress::new(&long).is_err(), "too long in ASCII");
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
            "ada@exämple",
            "адa@example.org",
            "ada@xn--a.org",
            "ada@ex ämple.org",
            "ada@-ä-.org",
            "Ada <ada@example.org>",
            "ada@example.org.",
        ] {
            let error = EmailAddress::new(text).expect_err(text).to_string();
            assert_eq!(
                error,
                "e-mail address is malformed; write it as `name@example.org`, the name in ASCII"
            );
        }
        assert!(EmailAddress::new(&format!("{}@example.org", "a".repeat(65))).is_err());
        assert!(EmailAddress::new(&format!("a@{}.org", "b".repeat(64))).is_err());
    }
}
