//! `docs/limits.md` lists every limit of the core with its value. `LMS_WRITE_DOCS=1` writes it.
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

struct Limit {
    file: String,
    owner: String,
    name: String,
    value: String,
    what: String,
}

/// The lines of a source file that are no tests.
fn lines_of(text: &str) -> Vec<&str> {
    text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default().lines().collect()
}

/// Whether a constant of that name is a limit.
fn is_limit(name: &str) -> bool {
    name.split('_').any(|word| ["MAX", "MOST", "LIMIT", "MIN", "LEAST"].contains(&word))
}

/// A product, a shift or a number, as a number with commas; any other expression as it is.
fn shown(expression: &str) -> String {
    let number = |text: &str| {
        let digits: String = text.trim().chars().filter(|it| *it != '_').collect();
        let end = digits.find(|it: char| !it.is_ascii_digit()).unwrap_or(digits.len());
        let is_typed = ["", "u8", "u16", "u32", "u64", "usize", "i32", "i64", "i128"];
        let (digits, rest) = digits.split_at(end);
        if is_typed.contains(&rest) { digits.parse::<i128>().ok() } else { None }
    };
    let value = match expression.split_once("<<") {
        Some((left, right)) => number(left).zip(number(right)).map(|(left, right)| left << right),
        None => expression.split('*').map(number).product::<Option<i128>>(),
    };
    let Some(value) = value else { return format!("`{expression}`") };
    let digits: Vec<char> = value.to_string().chars().rev().collect();
    let groups: Vec<String> =
        digits.chunks(3).map(|it| it.iter().rev().collect::<String>()).collect();
    groups.into_iter().rev().collect::<Vec<_>>().join(",")
}

fn first_sentence(docs: &[&str]) -> String {
    let text = docs.join(" ");
    match text.split_once(". ") {
        Some((first, _)) => first.to_owned(),
        None => text.trim_end_matches('.').to_owned(),
    }
}

fn limits_in(file: &str, text: &str) -> Vec<Limit> {
    let (mut found, mut owner, mut docs) = (Vec::new(), String::new(), Vec::new());
    let lines = lines_of(text);
    for (at, line) in lines.iter().enumerate() {
        let trimmed = line.trim();
        if let Some(doc) = trimmed.strip_prefix("/// ") {
            docs.push(doc);
            continue;
        }
        if let Some(rest) = line.strip_prefix("impl ") {
            let is_trait = rest.contains(" for ");
            let name = rest.split([' ', '<', '{']).next().unwrap_or_default();
            owner = if is_trait { "-".to_owned() } else { name.to_owned() };
        } else if *line == "}" {
            owner.clear();
        }
        let mut limit = |owner: &str, name: &str, value: &str, docs: &[&str]| {
            found.push(Limit {
                file: file.to_owned(),
                owner: owner.to_owned(),
                name: name.to_owned(),
                value: shown(value),
                what: first_sentence(docs),
            });
        };
        if let Some((name, rest)) = trimmed.split_once(", max: ")
            && text.contains("checked_text! {")
        {
            let value = rest.split(',').next().unwrap_or_default();
            limit(name, "MAX_LENGTH", value, &["The most characters"]);
        }
        if let Some((_, rest)) = trimmed.split_once("const ")
            && let Some((name, rest)) = rest.split_once(": ")
            && is_limit(name)
            && owner != "-"
        {
            let whole: String = lines[at..].iter().take(3).map(|it| it.trim()).collect();
            let (kind, value) = (rest.split(" =").next().unwrap_or_default(), whole);
            let value = value.split_once("= ").and_then(|(_, it)| it.split_once(';'));
            // What only repeats another constant is not one of its own.
            if let Some((value, _)) = value
                && kind != "Self"
                && !value.contains('$')
            {
                limit(&owner, name, value, &docs);
            }
        }
        docs.clear();
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            sources(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

fn page() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut page = String::from(
        "# Limits\n\nEvery limit of the core and its value. The page is made from the sources by a \
         test, which also says\nwhen it is stale: `LMS_WRITE_DOCS=1 cargo test -p lms-core --test \
         limits` writes it anew.\n\n`cargo bench --bench limits` prints the ten slowest of the \
         calls of rules that are made at these\nlimits. The goal is at most 50 ms for each.\n",
    );
    for district in [
        "kernel",
        "store",
        "people",
        "learning",
        "assessment",
        "commerce",
        "community",
        "governance",
    ] {
        let mut files = Vec::new();
        sources(&root.join(district).join("src"), &mut files);
        let limits = files.iter().flat_map(|path| {
            let file = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            limits_in(&file, &fs::read_to_string(path).unwrap())
        });
        let limits: Vec<Limit> = limits.collect();
        if limits.is_empty() {
            continue;
        }
        let title = district.replacen(&district[..1], &district[..1].to_uppercase(), 1);
        write!(page, "\n## {title}\n\n| limit | value | what | where |\n|---|---|---|---|\n")
            .unwrap();
        for it in limits {
            let owner = if it.owner.is_empty() { String::new() } else { format!("{}::", it.owner) };
            writeln!(page, "| `{owner}{}` | {} | {} | `{}` |", it.name, it.value, it.what, it.file)
                .unwrap();
        }
    }
    page
}

#[test]
fn every_limit_is_listed_with_its_value() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/limits.md");
    let page = page();
    if std::env::var_os("LMS_WRITE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/limits.md is stale; run this test with LMS_WRITE_DOCS=1");
}

#[test]
fn values_are_read_as_numbers() {
    for (text, value) in [
        ("1_000", "1,000"),
        ("256 * 1024", "262,144"),
        ("1 << 20", "1,048,576"),
        ("24", "24"),
        ("Some(36)", "`Some(36)`"),
    ] {
        assert_eq!(shown(text), value);
    }
}
