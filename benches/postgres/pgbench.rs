//! The same statements as a script for pgbench.
use std::{fs, path::PathBuf, process::Command, time::Duration};

use lms_store_postgres::testing::{Recorded, TestDatabase, TestServer};

use crate::{Outcome, replay::Recordings, school::School};

/// A script in which what changes between operations is made from `:k`, the operation's number,
/// and `:client_id`.
pub(crate) struct Script(String);

impl Script {
    /// From what two clients sent in three operations each.
    pub(crate) fn of(all: &Recordings, school: &School) -> Outcome<Self> {
        let take = |client: usize, nth: usize| -> Outcome<&[Recorded]> {
            let found = all.get(client).and_then(|it| it.get(nth));
            found.map(Vec::as_slice).ok_or_else(|| "too few operations were recorded".into())
        };
        // Not the first ones, which also make what the later find.
        let (a, b, c) = (take(0, 20)?, take(0, 21)?, take(1, 20)?);
        let mut text = String::from("\\set k :k + 1\nBEGIN;\n");
        let tenants = [0, 1].map(|it| format!("'{}'", school.clients[it].tenant));
        text.push_str(&format!(
            "SELECT set_config('lms.tenant_id', {}, true);\n",
            blend(&tenants[0], &tenants[0], &tenants[1])
        ));
        for ((a, b), c) in a.iter().zip(b).zip(c) {
            if a.text != b.text || a.text != c.text {
                return Err("operations differ in their statements".into());
            }
            text.push_str(&unnamed(&blend(&a.literal, &b.literal, &c.literal)));
            text.push_str(";\n");
        }
        text.push_str("COMMIT;\n");
        Ok(Self(text))
    }
}

/// Puts a space behind a colon that a word follows, in JSON and in other texts: pgbench would take
/// `:null` for a variable, quoted or not. Its own variables and casts stay.
fn unnamed(text: &str) -> String {
    const OWN: [&str; 2] = ["k::", "client_id::"];
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        out.push(letter);
        let rest = &text[at + letter.len_utf8()..];
        let word = rest.starts_with(|it: char| it.is_alphabetic() || it == '_');
        if letter == ':' && before != ':' && word && !OWN.iter().any(|it| rest.starts_with(it)) {
            out.push(' ');
        }
        before = letter;
    }
    out
}

/// A piece of a statement.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    /// A run of digits, decimal, or the last part of an id, hexadecimal.
    Number {
        digits: String,
        hexadecimal: bool,
    },
}

/// The statement with every number that differs as an expression: linear in the operation's
/// number and in the client's. `b` is the next operation of the same client, `c` the same
/// operation of the next client.
fn blend(a: &str, b: &str, c: &str) -> String {
    let (a, b, c) = (pieces(a), pieces(b), pieces(c));
    let mut text = String::new();
    for ((a, b), c) in a.iter().zip(&b).zip(&c) {
        match (a, b, c) {
            (
                Piece::Number { digits: a, hexadecimal },
                Piece::Number { digits: b, .. },
                Piece::Number { digits: c, .. },
            ) if a != b || a != c => {
                let radix = if *hexadecimal { 16 } else { 10 };
                let value = |it: &String| i64::from_str_radix(it, radix).unwrap_or_default();
                let (per_k, per_client) = (value(b) - value(a), value(c) - value(a));
                // The recorded operation was the 21st, and pgbench counts from 1.
                let first = value(a) - 21 * per_k;
                // What does not change takes no parameter: a statement has 255 at the most.
                let mut sum = format!("{first}::int8");
                for (name, step) in [(":k", per_k), (":client_id", per_client)] {
                    if step != 0 {
                        sum.push_str(&format!(" + {name}::int8 * {step}::int8"));
                    }
                }
                let sum = format!("({sum})");
                let made = match hexadecimal {
                    true => format!("lpad(to_hex({sum}), {}, '0')", a.len()),
                    false => format!("{sum}::text"),
                };
                text.push_str(&format!("' || {made} || '"));
            }
            (Piece::Number { digits, .. }, ..) => text.push_str(digits),
            (Piece::Text(it), ..) => text.push_str(it),
        }
    }
    // `'…' || x || '…'::uuid` casts only the last part.
    parenthesized(&text)
}

/// Puts parentheses round literals that became sums of texts, so that their cast takes the whole.
fn parenthesized(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('\'') {
        out.push_str(&rest[..open]);
        let mut end = open + 1;
        let mut whole = false;
        // A literal ends at the quote that no `||` follows; a doubled quote is part of it.
        while let Some(next) = rest[end..].find('\'') {
            let at = end + next;
            if rest[at + 1..].starts_with('\'') {
                end = at + 2;
            } else if let Some(again) = rest[at + 1..].strip_prefix(" || ") {
                let after = rest.len() - again.len();
                let reopened = rest[after..].find(" || '").map_or(rest.len(), |it| after + it + 5);
                end = reopened;
                whole = true;
            } else {
                end = at + 1;
                break;
            }
        }
        let literal = &rest[open..end];
        out.push_str(&if whole { format!("({literal})") } else { literal.to_owned() });
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// Cuts a text into words of digits and what stands between them. Of an id, only the last twelve
/// digits can differ by number; the rest is text.
fn pieces(text: &str) -> Vec<Piece> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut plain = String::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        if rest.starts_with("'\\x") {
            // Bytes: every operation sends those of the first.
            let length = rest[1..].find('\'').map_or(rest.len(), |end| end + 2);
            plain.push_str(&rest[..length]);
            at += length;
        } else if is_id(rest) {
            plain.push_str(&rest[..24]);
            found.push(Piece::Text(std::mem::take(&mut plain)));
            found.push(Piece::Number { digits: rest[24..36].to_owned(), hexadecimal: true });
            at += 36;
        } else if bytes[at].is_ascii_digit() {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            found.push(Piece::Text(std::mem::take(&mut plain)));
            found.push(Piece::Number { digits: rest[..length].to_owned(), hexadecimal: false });
            at += length;
        } else {
            let letter = rest.chars().next().unwrap_or(' ');
            plain.push(letter);
            at += letter.len_utf8();
        }
    }
    found.push(Piece::Text(plain));
    found
}

fn is_id(text: &str) -> bool {
    text.len() >= 36
        && text.bytes().take(36).enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// pgbench on a database of its own.
pub(crate) struct Pgbench {
    program: PathBuf,
    script: PathBuf,
    socket: PathBuf,
    database: String,
    clients: usize,
    done: usize,
}

impl Pgbench {
    pub(crate) fn new(
        server: &TestServer,
        database: &TestDatabase,
        script: Script,
        clients: usize,
    ) -> Outcome<Self> {
        let script_file = std::env::temp_dir().join(format!("lms-{}.sql", std::process::id()));
        fs::write(&script_file, script.0)?;
        Ok(Self {
            program: server.programs()?.join("pgbench"),
            script: script_file,
            socket: server.socket().ok_or("the server is not our own")?,
            database: database.name().to_owned(),
            clients,
            done: 0,
        })
    }

    /// Each client does `count` operations; how long all of them took, without connecting.
    pub(crate) async fn run(&mut self, count: usize) -> Outcome<Duration> {
        let threads = std::thread::available_parallelism()?.get().min(self.clients);
        let output = Command::new(&self.program)
            .args(["--no-vacuum", "--protocol=prepared"])
            .arg(format!("--client={}", self.clients))
            .arg(format!("--jobs={threads}"))
            .arg(format!("--transactions={count}"))
            .arg(format!("--define=k={}", self.done))
            .arg(format!("--file={}", self.script.display()))
            .arg(format!("--host={}", self.socket.display()))
            .args(["--username=lms_test_app", &self.database])
            .output()?;
        self.done += count;
        let said = String::from_utf8_lossy(&output.stdout);
        let wrong = String::from_utf8_lossy(&output.stderr);
        let per_second = said
            .lines()
            .find_map(|it| it.strip_prefix("tps = ")?.split(' ').next()?.parse::<f64>().ok());
        let failed = said.lines().any(|it| {
            it.strip_prefix("number of failed transactions: ")
                .is_some_and(|it| !it.starts_with("0 "))
        });
        match per_second {
            Some(per_second) if output.status.success() && !failed => {
                Ok(Duration::from_secs_f64((count * self.clients) as f64 / per_second))
            }
            _ => {
                let kept = std::env::temp_dir().join("lms-failed.sql");
                let _ = fs::copy(&self.script, &kept);
                let wrong: String = wrong.chars().take(500).collect();
                Err(format!("pgbench failed ({}): {said}{wrong}", kept.display()).into())
            }
        }
    }
}

impl Drop for Pgbench {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.script);
    }
}
