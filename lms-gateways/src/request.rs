//! A webhook as it arrived.

/// A webhook as it arrived: its headers, and its body byte for byte.
#[derive(Clone, Copy, Debug)]
pub struct WebhookRequest<'a> {
    headers: &'a [(&'a str, &'a str)],
    body: &'a [u8],
}

impl<'a> WebhookRequest<'a> {
    /// The most bytes of a body that are read: 1 MiB, several times what any gateway sends.
    pub const MAX_BODY_BYTES: usize = 1 << 20;

    /// A request with those headers and that body. The body must be what the wire carried: a
    /// body that was parsed and written again does not verify.
    pub const fn new(headers: &'a [(&'a str, &'a str)], body: &'a [u8]) -> Self {
        Self { headers, body }
    }

    /// The first header of that name; letter case does not matter.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// The body, byte for byte.
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }
}
