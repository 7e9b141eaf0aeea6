//! What the guide says is shown, is shown.
use std::{fs, path::Path};

#[test]
fn every_invariant_of_the_guide_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_to_string(root.join("docs/guide/commerce.md")).unwrap();
    let mut invariants = 0;
    for row in guide.lines().filter(|it| it.contains(".rs::")) {
        invariants += 1;
        assert!(row.starts_with(&format!("| {invariants} |")), "in order: {row}");
        for shown in row.split('`').filter(|it| it.contains(".rs::")) {
            let (file, test) = shown.split_once("::").unwrap();
            let text = fs::read_to_string(root.join(file)).expect(file);
            assert!(text.contains(&format!("fn {test}(")), "{shown} does not exist");
        }
    }
    assert_eq!(invariants, 25);
}
