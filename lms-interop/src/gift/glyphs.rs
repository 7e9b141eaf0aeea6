//! Characters, each with whether it is a sign of the format or plain.

/// A character of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glyph {
    pub(super) char: char,
    /// Whether it was written with a backslash, so that it is no sign of the format.
    pub(super) is_plain: bool,
}

/// The characters that a backslash makes plain.
const SIGNS: [char; 7] = [':', '~', '=', '#', '{', '}', '\\'];

/// The glyphs of a text.
pub(super) fn glyphs(text: &str) -> Vec<Glyph> {
    let (mut found, mut chars) = (Vec::with_capacity(text.len()), text.chars().peekable());
    while let Some(char) = chars.next() {
        let next = chars.peek().copied().filter(|_| char == '\\');
        let glyph = match next {
            Some('n') => Glyph { char: '\n', is_plain: true },
            Some(sign) if SIGNS.contains(&sign) => Glyph { char: sign, is_plain: true },
            _ => {
                found.push(Glyph { char, is_plain: false });
                continue;
            }
        };
        chars.next();
        found.push(glyph);
    }
    found
}

/// The text with its signs made plain.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' => out.push_str("\\n"),
            _ => {
                if SIGNS.contains(&char) {
                    out.push('\\');
                }
                out.push(char);
            }
        }
    }
    out
}

/// The text of glyphs, without white space at the ends that was not written with a backslash.
pub(super) fn text(glyphs: &[Glyph]) -> String {
    trimmed(glyphs).iter().map(|it| it.char).collect()
}

/// The glyphs without white space at the ends.
pub(super) fn trimmed(mut glyphs: &[Glyph]) -> &[Glyph] {
    let is_space = |it: &Glyph| !it.is_plain && it.char.is_whitespace();
    while let Some((first, rest)) = glyphs.split_first()
        && is_space(first)
    {
        glyphs = rest;
    }
    while let Some((last, rest)) = glyphs.split_last()
        && is_space(last)
    {
        glyphs = rest;
    }
    glyphs
}

/// Where these signs are first.
pub(super) fn find(glyphs: &[Glyph], signs: &str) -> Option<usize> {
    let signs: Vec<_> = signs.chars().map(|char| Glyph { char, is_plain: false }).collect();
    glyphs.windows(signs.len()).position(|it| it == signs.as_slice())
}

/// What is before these signs and after them.
pub(super) fn split<'g>(glyphs: &'g [Glyph], signs: &str) -> Option<(&'g [Glyph], &'g [Glyph])> {
    let at = find(glyphs, signs)?;
    let (before, rest) = glyphs.split_at_checked(at)?;
    Some((before, rest.get(signs.chars().count()..)?))
}

/// What is after these signs, if the glyphs begin with them.
pub(super) fn strip<'g>(glyphs: &'g [Glyph], signs: &str) -> Option<&'g [Glyph]> {
    match split(glyphs, signs)? {
        ([], rest) => Some(rest),
        _ => None,
    }
}
