//! One text of several commands, taken apart: a cluster of Citus takes one command a message.

/// The commands of a text, each without its closing semicolon. Semicolons within quotes, bodies
/// between dollar signs and comments belong to their command.
pub(crate) fn commands(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut at, mut says_something) = (0, 0, false);
    let rest = |at: usize| text.get(at..).unwrap_or_default();
    while let Some(letter) = rest(at).chars().next() {
        let skipped = skipped(rest(at));
        match (letter, skipped) {
            (_, Some(Skipped::Comment(length))) => at += length,
            (_, Some(Skipped::Quoted(length))) => {
                says_something = true;
                at += length;
            }
            (';', None) => {
                if says_something {
                    found.extend(text.get(start..at).map(str::trim));
                }
                at += 1;
                (start, says_something) = (at, false);
            }
            (_, None) => {
                says_something |= !letter.is_whitespace();
                at += letter.len_utf8();
            }
        }
    }
    if says_something {
        found.extend(text.get(start..).map(str::trim));
    }
    found
}

/// A piece within which a semicolon ends nothing, by its length.
enum Skipped {
    Comment(usize),
    Quoted(usize),
}

fn skipped(text: &str) -> Option<Skipped> {
    let end_of = |end: &str, from: usize| {
        let rest = text.get(from..)?;
        Some(rest.find(end).map_or(text.len(), |at| from + at + end.len()))
    };
    match text.chars().next()? {
        '-' if text.starts_with("--") => end_of("\n", 2).map(Skipped::Comment),
        '/' if text.starts_with("/*") => end_of("*/", 2).map(Skipped::Comment),
        // A doubled quote ends one piece and begins the next.
        '\'' => end_of("'", 1).map(Skipped::Quoted),
        '"' => end_of("\"", 1).map(Skipped::Quoted),
        '$' => {
            let tag = text.get(1..)?.find('$').and_then(|at| text.get(..at + 2))?;
            let is_tag = tag.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '$'));
            if is_tag { end_of(tag, tag.len()).map(Skipped::Quoted) } else { None }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_semicolon_ends_a_command_only_outside_of_quotes_bodies_and_comments() {
        for (text, expected) in [
            ("", vec![]),
            (" ;\n; -- nothing; at all\n", vec![]),
            ("SELECT 1", vec!["SELECT 1"]),
            ("SELECT 1; SELECT 2;", vec!["SELECT 1", "SELECT 2"]),
            ("SELECT ';', \"a;b\"; SELECT 2", vec!["SELECT ';', \"a;b\"", "SELECT 2"]),
            ("SELECT 'it''s; one';", vec!["SELECT 'it''s; one'"]),
            ("/* a; b */ SELECT 1;", vec!["/* a; b */ SELECT 1"]),
            ("-- a; b\nSELECT 1;\n-- c\n", vec!["-- a; b\nSELECT 1"]),
            ("DO $$ BEGIN x; y; END $$; SELECT 1", vec!["DO $$ BEGIN x; y; END $$", "SELECT 1"]),
            ("DO $a$ x; $$ ; $b$ $a$; SELECT $1;", vec!["DO $a$ x; $$ ; $b$ $a$", "SELECT $1"]),
            ("SELECT 'open; quote", vec!["SELECT 'open; quote"]),
            ("SELECT 'ä;ß'; SELECT 'ö'", vec!["SELECT 'ä;ß'", "SELECT 'ö'"]),
        ] {
            assert_eq!(commands(text), expected, "{text}");
        }
    }

    #[test]
    fn the_migrations_come_apart_and_lose_nothing() {
        for migration in crate::migrations() {
            let commands = commands(migration.sql);
            assert!(!commands.is_empty(), "{}", migration.name);
            for command in &commands {
                let body = command.trim_start_matches(|it: char| it.is_whitespace());
                let word = body.lines().find(|it| !it.starts_with("--") && !it.is_empty());
                let word = word.and_then(|it| it.split_whitespace().next()).unwrap();
                assert!(["CREATE", "ALTER", "GRANT", "DO"].contains(&word), "{command}");
            }
            let letters = |text: &str| text.chars().filter(|it| it.is_alphanumeric()).count();
            let kept: usize = commands.iter().map(|it| letters(it)).sum();
            assert_eq!(kept, letters(migration.sql), "{}", migration.name);
        }
    }
}
