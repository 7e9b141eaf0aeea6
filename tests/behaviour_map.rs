//! `docs/behaviour-map.csv` has a row for every behaviour of the five source schemas: the file that
//! holds it and the test that shows it. Both exist.
use std::{collections::BTreeMap, fs, path::Path};

/// How many each of the schemas has.
const BEHAVIOURS: [(&str, usize); 5] =
    [("000", 35), ("001", 41), ("002", 36), ("003", 33), ("004", 34)];

#[test]
fn every_behaviour_has_a_home_and_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/behaviour-map.csv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("schema,behaviour,where,test"));
    let mut counts = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in lines {
        let cells: Vec<_> = line.split(',').collect();
        let [schema, behaviour, home, test] = cells[..] else {
            panic!("four cells: {line}");
        };
        *counts.entry(schema.to_owned()).or_insert(0) += 1;
        if !root.join(home).exists() {
            wrong.push(format!("{behaviour}: there is no {home}"));
        }
        let (file, name) = test.split_once("::").unwrap_or((test, ""));
        let source = fs::read_to_string(root.join(file)).unwrap_or_default();
        let shown = !name.is_empty() && source.contains(&format!("fn {name}("));
        if !shown {
            wrong.push(format!("{behaviour}: there is no test {test}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let expected: BTreeMap<_, _> =
        BEHAVIOURS.iter().map(|(schema, count)| ((*schema).to_owned(), *count)).collect();
    assert_eq!(counts, expected);
}
