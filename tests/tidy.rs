//! What the architecture promises and the compiler cannot check.
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The contexts in the order of their dependencies: each may use those before it.
const CONTEXTS: [&str; 12] = [
    "tenancy",
    "identity",
    "content",
    "delivery",
    "learning",
    "assessment",
    "commerce",
    "recognition",
    "engagement",
    "notification",
    "operations",
    "governance",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where a context stands: a crate of its own, or a module of its district's.
fn folder(context: &str) -> PathBuf {
    let core = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("lms-core");
    ["store", "people", "learning", "community"]
        .iter()
        .map(|district| core.join(district).join("src").join(context))
        .find(|it| it.exists())
        .unwrap_or_else(|| core.join(context).join("src"))
}

fn sources(under: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(under), &mut found);
    assert!(!found.is_empty(), "nothing under {under}");
    found
}

/// The code without comments and without the unit tests behind it.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

#[test]
fn a_context_uses_only_those_before_it() {
    let mut wrong = Vec::new();
    for (at, context) in CONTEXTS.iter().enumerate() {
        for (path, text) in sources(folder(context).strip_prefix(root()).unwrap().to_str().unwrap())
        {
            let code = code(&text);
            for later in &CONTEXTS[at + 1..] {
                let used = code.contains(&format!("crate::{later}::"))
                    || code
                        .lines()
                        .any(|line| line.trim_start().starts_with(&format!("{later}::")));
                if used {
                    wrong.push(format!("{} uses {later}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_kernel_is_pure() {
    for (path, text) in sources("lms-core/kernel/src") {
        let code = code(&text);
        for word in ["async", "await", "Transaction", "Store", "f32", "f64"] {
            assert!(!words(&code).any(|it| it == word), "{} uses {word}", path.display());
        }
        assert!(!code.contains("crate::store"), "{} uses the store", path.display());
    }
}

/// Statistics of items and abilities are estimates, not scores; they alone use floats.
const STATISTICS: [&str; 2] =
    ["lms-core/assessment/src/analysis", "lms-core/assessment/src/conversion/presmooth.rs"];

/// The code without its texts and without comments at the end of lines.
fn without_texts(code: &str) -> String {
    let code = code.replace("'\"'", "' '");
    let mut kept = String::new();
    for line in code.lines() {
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '"' => {
                    while let Some(inner) = letters.next().filter(|it| *it != '"') {
                        if inner == '\\' {
                            letters.next();
                        }
                    }
                }
                '/' if letters.peek() == Some(&'/') => break,
                _ => kept.push(letter),
            }
        }
        kept.push('\n');
    }
    kept
}

/// What the compiler would read as a float, apart from texts: a type, or a number with a point.
fn floats(code: &str) -> Vec<String> {
    let is_float = |word: &str| {
        let number = word.starts_with(|it: char| it.is_ascii_digit());
        let typed = ["f32", "f64"].iter().any(|it| word.ends_with(it));
        let point = word.split_once('.').is_some_and(|(whole, part)| {
            let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit() || it == b'_');
            digits(whole) && (part.is_empty() || part.starts_with(|it: char| it.is_ascii_digit()))
        });
        (typed && (number || word.len() == 3)) || (number && point)
    };
    without_texts(code)
        .replace("..", " ")
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '.')
        .filter(|word| is_float(word))
        .map(str::to_owned)
        .collect()
}

#[test]
fn floats_are_found_where_they_are() {
    let found = |code: &str| !floats(code).is_empty();
    assert!(found("let half = 0.5;") && found("x as f64") && found("1f32") && found("1_f64"));
    assert!(found("fn mean(of: &[f64])") && found("2. * x"));
    assert!(!found("pair.0.1 + it.1") && !found("\"0.5\".parse()") && !found("0..5"));
    assert!(!found("Version1.0".trim_start_matches("Version1.0")) && !found("half_of_f6"));
}

#[test]
fn no_float_reaches_money_or_scores() {
    let mut wrong = Vec::new();
    for (path, text) in sources("lms-core") {
        let shown = path.strip_prefix(root()).unwrap();
        if shown.starts_with("lms-core/tests") {
            continue;
        }
        let is_statistics = STATISTICS.iter().any(|it| shown.starts_with(it));
        let is_tests = shown.file_name().is_some_and(|it| it == "tests.rs")
            || shown.components().any(|it| it.as_os_str() == "tests");
        if !is_statistics && !is_tests {
            let found = floats(&code(&text));
            wrong.extend(found.iter().map(|it| format!("{}: {it}", shown.display())));
            // Nobody else may switch the lint off that forbids the arithmetic.
            if text.contains("clippy::float_arithmetic") && !shown.ends_with("src/lib.rs") {
                wrong.push(format!("{} allows float arithmetic", shown.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let library = fs::read_to_string(root().join("lms-core/src/lib.rs")).unwrap();
    assert!(library.contains("deny(clippy::float_arithmetic)"), "the lint is denied");
}

#[test]
fn a_backend_knows_no_context() {
    for backend in ["lms-store-memory/src", "lms-store-postgres/src", "lms-store-sqlite/src"] {
        for (path, text) in sources(backend) {
            // A backend may answer a report of the core its own way, and so names its types.
            if path.parent().is_some_and(|it| it.ends_with("src/reports")) {
                continue;
            }
            let code = code(&text);
            for context in CONTEXTS {
                let used = code.contains(&format!("lms_core::{context}"))
                    || code.lines().any(|it| it.trim_start().starts_with(&format!("{context}::")));
                assert!(!used, "{} knows {context}", path.display());
            }
        }
    }
}

#[test]
fn sql_text_is_vouched_for_in_few_places() {
    let mut places = Vec::new();
    for (path, text) in sources("lms-store-postgres/src") {
        if code(&text).contains("AssertSqlSafe(") {
            places.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    assert!(places.len() <= 3, "{places:?}");
}

#[test]
fn the_core_has_no_clock_and_no_randomness_of_its_own() {
    for (path, text) in sources("lms-core") {
        let code = code(&text);
        for call in
            ["SystemTime::now", "Instant::now", "Utc::now", "now_v7", "new_v4", "thread_rng"]
        {
            assert!(!code.contains(call), "{} calls {call}", path.display());
        }
    }
}

/// The parameters of each function of a text.
fn parameters(code: &str) -> impl Iterator<Item = &str> {
    code.split("fn ").skip(1).filter_map(|it| {
        let from = it.find('(')?;
        let mut depth = 0_usize;
        let to = it.char_indices().skip_while(|(at, _)| *at < from).find_map(|(at, sign)| {
            match sign {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(at)
        })?;
        it.get(from..to)
    })
}

#[test]
fn one_operation_has_one_context() {
    let both = |it: &str| it.contains("&Context") && it.contains("mut Transaction");
    assert!(parameters("fn f(cx: &Context, tx: &mut Transaction) {").any(both));
    assert!(
        !parameters("fn f<F>(cx: &Context, work: F) where F: Fn(&mut Transaction) {").any(both)
    );
    for folder in
        ["lms-core", "lms-store-memory", "lms-store-postgres/src", "lms-testkit", "examples"]
    {
        for (path, text) in sources(folder) {
            let found: Vec<_> = parameters(&text).filter(|it| both(it)).collect();
            assert!(found.is_empty(), "{}: {found:?}", path.display());
        }
    }
}

/// The public functions that take a transaction and are no operation, each with its file: they
/// ask, for operations.
const ASKING: [(&str, &str); 19] = [
    ("people/src/authorization/authorize.rs", "authorize_on"),
    ("people/src/authorization/authorize.rs", "is_permitted_on"),
    ("people/src/authorization/authorize.rs", "get_authorized"),
    ("people/src/authorization/authorize.rs", "lock_authorized"),
    ("people/src/authorization/authorize.rs", "require_for"),
    ("people/src/authorization/authorize.rs", "acting_member"),
    ("people/src/authorization/listing.rs", "authorize_list"),
    ("people/src/authorization/listing.rs", "list_permitted"),
    // What a person may, for those who show less instead of refusing.
    ("people/src/authorization/principal.rs", "of"),
    ("people/src/tenancy/require_feature.rs", "require_feature"),
    // What a person leads, for lists that show no more.
    ("learning/src/learning/led.rs", "of"),
    ("learning/src/learning/led.rs", "of_teacher"),
    ("learning/src/learning/led.rs", "of_units"),
    ("learning/src/learning/led.rs", "one"),
    // Steps that two districts share and that are not a `Part` yet.
    ("assessment/src/assignment/extension.rs", "deadline_of"),
    ("learning/src/learning/service/leave_school.rs", "give_up_places"),
    ("learning/src/learning/service/rights.rs", "sync_rights"),
    ("learning/src/learning/service/study.rs", "note_reached"),
    ("people/src/identity/change_member.rs", "change_membership"),
];

/// The public async functions of a text that take a transaction.
fn services(code: &str) -> impl Iterator<Item = &str> {
    code.split("pub async fn ").skip(1).filter_map(|it| {
        let name = it.split(['(', '<']).next()?;
        parameters(&format!("fn {it}")).next()?.contains("Transaction").then_some(name)
    })
}

#[test]
fn only_operations_and_those_who_ask_take_a_transaction() {
    let found = |text| services(text).collect::<Vec<_>>();
    assert_eq!(found("pub async fn f<T>(tx: &mut Transaction, of: T) {}"), ["f"]);
    assert!(found("pub(crate) async fn f(tx: &mut Transaction) {}").is_empty());
    assert!(found("pub async fn f(store: &Store) { let _: Transaction; }").is_empty());
    let mut there = BTreeSet::new();
    for district in ["people", "learning", "assessment", "commerce", "community", "governance"] {
        for (path, text) in sources(&format!("lms-core/{district}/src")) {
            let path = path.strip_prefix(root().join("lms-core")).unwrap().display().to_string();
            there.extend(services(&code(&text)).map(|it| (path.clone(), it.to_owned())));
        }
    }
    let known = ASKING.map(|(path, name)| (path.to_owned(), name.to_owned()));
    let known = BTreeSet::from(known);
    let wrong: Vec<_> = there.difference(&known).collect();
    assert!(wrong.is_empty(), "make it an operation, or a `Part` of operations: {wrong:#?}");
    let gone: Vec<_> = known.difference(&there).collect();
    assert!(gone.is_empty(), "take it from the list: {gone:#?}");
}

#[test]
fn nothing_is_left_for_later() {
    for folder in [
        "lms-core",
        "lms-files",
        "lms-store-memory",
        "lms-store-postgres",
        "lms-store-sqlite",
        "lms-testkit",
        "examples",
    ] {
        for (path, text) in sources(folder) {
            for mark in [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")] {
                assert!(!text.contains(mark), "{} has a {mark}", path.display());
            }
        }
    }
}

#[test]
fn the_map_of_rules_names_files_that_exist() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, table) = text.split_once("| you look for | it is in |").unwrap();
    let rows: Vec<_> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 15, "{rows:?}");
    let mut wrong = Vec::new();
    for row in rows {
        let places = row.rsplit('|').nth(1).unwrap();
        let paths: Vec<_> = places.split('`').skip(1).step_by(2).collect();
        assert!(!paths.is_empty(), "{row}");
        wrong.extend(paths.into_iter().filter(|it| !root().join("lms-core").join(it).exists()));
    }
    assert!(wrong.is_empty(), "no such file or folder: {wrong:?}");
}

/// Riddles and private words that docs and messages do not use: say what it is, in the field's
/// words. Texts in backticks are code and not looked at.
const REFUSED_PHRASES: [&str; 40] = [
    "anybody",
    "are told",
    "as it is kept",
    "as they are kept",
    "at the least",
    "at the most",
    "bank took back",
    "be told",
    "became of",
    "become of",
    "becomes of",
    "been told",
    "brought to mind",
    "enrolment",
    "enrolments",
    "everybody",
    "given free",
    "gives back",
    "had again and again",
    "hears",
    "in one go",
    "is told",
    "left in peace",
    "letting go",
    "no one knows what became",
    "nobody",
    "once it has told",
    "put away",
    "somebody",
    "sort of",
    "stands",
    "time has brought",
    "was told",
    "were told",
    "what this context announces",
    "what time brings",
    "what was",
    "what were",
    "whoever",
    "whomever",
];

/// The docs and error messages of a source, each with its line.
fn docs(source: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let (mut is_going_on, mut is_message) = (false, false);
    for (at, line) in source.lines().enumerate() {
        let line = line.trim();
        let doc = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
        is_message = is_message || ["#[error(", "#[fault("].iter().any(|it| line.starts_with(it));
        let text = if is_message { Some(line) } else { doc };
        match (text, found.last_mut()) {
            (Some(text), Some((_, last))) if is_going_on => {
                last.push(' ');
                last.push_str(text);
            }
            (Some(text), _) => found.push((at + 1, text.to_owned())),
            (None, _) => {}
        }
        is_message = is_message && !line.ends_with(")]");
        is_going_on = text.is_some_and(|it| !it.trim().is_empty()) && !line.ends_with(")]");
    }
    found
}

/// The refused phrases of a text.
fn refused(text: &str) -> Vec<&'static str> {
    let prose: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" ` ");
    let prose = prose.to_lowercase();
    let words: Vec<_> = prose
        .split(|letter: char| !letter.is_alphanumeric() && letter != '`' && letter != '.')
        .map(|it| it.trim_end_matches('.'))
        .filter(|it| !it.is_empty())
        .collect();
    let text = format!(" {} ", words.join(" "));
    REFUSED_PHRASES.into_iter().filter(|it| text.contains(&format!(" {it} "))).collect()
}

#[test]
fn refused_phrases_are_found_where_they_are() {
    assert_eq!(
        refused("Whoever asks is\ntold what WAS found."),
        ["is told", "what was", "whoever"]
    );
    assert!(refused("`nobody` owns it; notwithstanding, it stands-in").contains(&"stands"));
    assert!(refused("the user `nobody`, at most").is_empty());
    let source =
        "/// A doc that\n/// goes on.\nfn f() {}\n    #[error(\n        \"a message\"\n    )]\n";
    let found = docs(source);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!((found[0].0, found[1].0), (1, 4));
    assert!(found[0].1.contains("that  goes on") && found[1].1.contains("a message"));
}

#[test]
fn docs_use_the_words_of_the_field() {
    let mut wrong = Vec::new();
    let mut look = |path: &Path, at: usize, text: &str| {
        let shown = path.strip_prefix(root()).unwrap().display().to_string();
        wrong.extend(refused(text).into_iter().map(|it| format!("{shown}:{at}: \"{it}\"")));
    };
    for folder in [
        "lms-core",
        "lms-derive/src",
        "lms-files/src",
        "lms-gateways/src",
        "lms-http/src",
        "lms-interop/src",
        "lms-password/src",
        "lms-store-memory/src",
        "lms-store-postgres/src",
        "lms-store-sqlite/src",
        "lms-testkit/src",
        "src",
    ] {
        for (path, text) in sources(folder) {
            let is_tests = path.components().any(|it| it.as_os_str() == "tests")
                || path.file_name().is_some_and(|it| it == "tests.rs");
            if !is_tests {
                docs(&text).iter().for_each(|(at, text)| look(&path, *at, text));
            }
        }
    }
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        let mut paragraph = (1, String::new());
        let mut is_code = false;
        for (at, line) in text.lines().enumerate() {
            let is_fence = line.trim_start().starts_with("```");
            is_code ^= is_fence;
            if is_code || is_fence || line.trim().is_empty() || line.starts_with('|') {
                look(&path, paragraph.0, &paragraph.1);
                paragraph = (at + 2, String::new());
            }
            if line.starts_with('|') && !is_code {
                look(&path, at + 1, line);
            } else if !is_code && !is_fence {
                paragraph.1.push(' ');
                paragraph.1.push_str(line);
            }
        }
        look(&path, paragraph.0, &paragraph.1);
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{} refused phrases: {wrong:#?}", wrong.len());
}

/// The first line of an operation's doc is "Records usage.": what a caller reads in the reference.
#[test]
fn operations_begin_with_a_verb() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, text) in sources("lms-core") {
        for (at, _) in text.match_indices("\n#[operation(\"") {
            let before = text.get(..at).unwrap();
            let doc = before.lines().rev().take_while(|it| it.starts_with("///"));
            let first = doc.last().unwrap_or_default().trim_start_matches("///").trim();
            let verb = first.split(|it: char| !it.is_alphanumeric()).next().unwrap_or_default();
            seen += 1;
            if !verb.ends_with('s') || !verb.starts_with(char::is_uppercase) {
                wrong.push(format!("{}: {first}", path.display()));
            }
        }
    }
    assert!(seen > 300, "only {seen} operations found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The pages for people, at the top and under `docs`.
fn pages() -> Vec<PathBuf> {
    let mut folders = vec![root().join("docs")];
    let mut found: Vec<_> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .iter()
        .map(|it| root().join(it))
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension().and_then(|it| it.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("md") => found.push(path),
                _ => {}
            }
        }
    }
    found
}
