//! Holds the order of the rooms of this crate: each uses only those before it.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The rooms, lowest first. `lib.rs`, which re-exports them all, is none.
const ROOMS: [&str; 27] = [
    "schedule",
    "number_series",
    "item",
    "sale",
    "pricing",
    "ledger",
    "payments",
    "vouchers",
    "plans",
    "orders",
    "grants",
    "refunds",
    "instalments",
    "revenue",
    "wallet",
    "subscriptions",
    "settlement",
    "checkout",
    "payouts",
    "usage",
    "billing",
    "webhooks",
    "reconciliation",
    "deliveries",
    "lessons",
    "subjects",
    "tick",
];

/// The files of a room, with their code: without comments, unit tests and ids of records. An id
/// names a record and does not use its room: a payment knows its order's id.
fn code_of(room: &str) -> Vec<(String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folder = source.join(room);
    let paths: Vec<_> = match folder.is_dir() {
        true => fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect(),
        false => vec![folder.with_extension("rs")],
    };
    let read = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let lines = code.lines().map(|it| it.split("//").next().unwrap());
        let code = lines.collect::<Vec<_>>().join("\n");
        let code = code.split("Id<crate::").collect::<Vec<_>>().join("Id<");
        (path.display().to_string(), code)
    };
    paths.iter().map(|it| read(it)).collect()
}

/// The first parts of all paths that begin with `prefix`, in trees of `use` as well.
fn heads<'t>(code: &'t str, prefix: &str) -> Vec<&'t str> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        let Some(tree) = rest.strip_prefix('{') else {
            found.extend(rest.split(|it: char| !is_word(it)).next());
            continue;
        };
        let (mut depth, mut begins) = (0, true);
        for (place, letter) in tree.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => begins = true,
                _ if is_word(letter) && depth == 0 && begins => {
                    found.extend(tree[place..].split(|it: char| !is_word(it)).next());
                    begins = false;
                }
                _ => {}
            }
        }
    }
    found
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The room that `lib.rs` re-exports each name from.
fn homes(lib: &str) -> BTreeMap<&str, &str> {
    let mut homes = BTreeMap::new();
    for room in ROOMS {
        for start in ["pub use ", "pub(crate) use "] {
            for name in heads(lib, &format!("{start}{room}::")) {
                homes.insert(name, room);
            }
        }
    }
    homes
}

/// The rooms that a room uses, each with the file.
fn used_by<'t>(room: &str, homes: &BTreeMap<&'t str, &'t str>) -> BTreeSet<(String, &'t str)> {
    let mut used = BTreeSet::new();
    for (path, code) in code_of(room) {
        for head in heads(&code, "crate::") {
            let own = ROOMS.iter().find(|it| **it == head).copied();
            if let Some(to) = own.or_else(|| homes.get(head).copied()) {
                used.insert((path.clone(), to));
            }
        }
    }
    used
}

#[test]
fn the_rooms_stand_in_a_line() {
    let lib = code_of("lib").remove(0).1;
    let homes = homes(&lib);
    assert!(homes.len() > 300, "only {} names found", homes.len());
    let (mut wrong, mut edges) = (Vec::new(), 0);
    for (at, room) in ROOMS.iter().enumerate() {
        for (path, to) in used_by(room, &homes) {
            let place = ROOMS.iter().position(|it| *it == to).unwrap();
            edges += usize::from(place < at);
            if place > at {
                wrong.push(format!("{path} uses {to}, which stands above {room}"));
            }
        }
    }
    assert!(edges > 300, "only {edges} uses found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every room has its place, and nothing is boxed to keep a circle alive.
#[test]
fn every_room_has_its_place_and_no_future_is_boxed_below_the_jobs() {
    let lib = code_of("lib").remove(0).1;
    let all: BTreeSet<_> =
        heads(&lib, "\nmod ").into_iter().chain(heads(&lib, "\npub mod ")).collect();
    let known: BTreeSet<_> = ROOMS.into_iter().chain(["rooms", "schema"]).collect();
    assert!(all.is_subset(&known), "{:?} have no place", all.difference(&known));
    let jobs = ["tick", "webhooks", "deliveries"];
    for room in ROOMS.iter().filter(|it| !jobs.contains(it)) {
        for (path, code) in code_of(room) {
            assert!(!code.contains("Box::pin"), "{path} boxes a future");
        }
    }
}
