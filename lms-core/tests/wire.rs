//! JSON is a contract: every public enum that is written to it is written in snake case.
use std::{fs, path::Path};

/// The attributes above each public enum of a source file, and its name.
fn public_enums(text: &str) -> Vec<(String, String)> {
    let (mut found, mut attributes) = (Vec::new(), String::new());
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(rest) = trimmed.strip_prefix("pub enum ") {
            let name = rest.split([' ', '<', '{']).next().unwrap_or_default();
            found.push((std::mem::take(&mut attributes), name.to_owned()));
        } else if trimmed.is_empty() || trimmed == "}" || trimmed.ends_with('{') {
            attributes.clear();
        } else if !trimmed.starts_with("//") {
            attributes.push_str(trimmed);
        }
    }
    found
}

fn sources(folder: &Path, look_at: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, look_at);
        } else if path.extension().is_some_and(|it| it == "rs") {
            look_at(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_public_enum_is_snake_case_in_json() {
    let (mut written, mut others) = (0, Vec::new());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in [root.to_path_buf(), root.join("../lms-gateways/src")] {
        sources(&folder, &mut |path, text| {
            for (attributes, name) in public_enums(text) {
                if !attributes.contains("Serialize") {
                    continue;
                }
                written += 1;
                // Written by a form of its own, or as what is in it.
                let own = ["untagged", "transparent", "into = ", "try_from = "];
                let is_snake = attributes.contains("rename_all = \"snake_case\"");
                if !is_snake && !own.iter().any(|it| attributes.contains(it)) {
                    others.push(format!("{name} in {}", path.display()));
                }
            }
        });
    }
    assert!(written > 100, "only {written} enums were looked at");
    assert!(others.is_empty(), "add `#[serde(rename_all = \"snake_case\")]` to {others:#?}");
}
