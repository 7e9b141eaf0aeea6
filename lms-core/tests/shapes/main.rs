//! The JSON of operations and events is a contract: `golden.txt` shows it, and a change of a name, a
//! field or a type is a change of that file. `LMS_UPDATE=1 cargo test -p lms-core --features schema
//! --test shapes` writes it anew; each line of the difference is a decision.
mod golden;
mod sample;
mod validate;

use std::{collections::BTreeSet, env, fs, path::PathBuf};

use lms_core::operation::OperationType;
use serde_json::{Value, json};

use sample::Filled;
use validate::Validator;

/// The operations that take JSON, each with its input schema.
fn operations() -> Vec<(OperationType, Value)> {
    let of = |it: OperationType| Some((it, it.input_schema()?.to_value()));
    let found: Vec<_> = lms_core::operations().into_iter().filter_map(of).collect();
    assert!(found.len() > 300, "only {} operations have a schema", found.len());
    found
}

#[test]
fn the_json_of_operations_and_events_is_the_one_that_is_promised() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/shapes/golden.txt");
    let made = golden::text();
    if env::var_os("LMS_UPDATE").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let differs = made.lines().zip(written.lines()).find(|(made, written)| made != written);
    assert!(
        made == written,
        "run `LMS_UPDATE=1 cargo test -p lms-core --features schema --test shapes` and review the \
         change, which starts at {differs:?}"
    );
}

#[test]
fn every_input_that_the_schema_describes_is_read() {
    let mut refused = Vec::new();
    for (operation, schema) in operations() {
        let input = Filled::of(&schema).value();
        match operation.read(input.clone()) {
            Err(error) => refused.push(format!("{}: {error}: {input}", operation.name)),
            Ok(read) => {
                let again = operation.read(read.clone()).map_err(|it| it.to_string());
                assert_eq!(again, Ok(read), "{} is written as it is read", operation.name);
            }
        }
    }
    assert!(refused.is_empty(), "{} are refused: {refused:#?}", refused.len());
}

#[test]
fn unknown_fields_are_refused_by_every_operation() {
    let mut accepted = Vec::new();
    for (operation, schema) in operations() {
        let mut input = Filled::of(&schema).value();
        input["a_field_of_no_operation"] = json!(1);
        if operation.read(input).is_ok() {
            accepted.push(operation.name);
        }
    }
    assert!(accepted.is_empty(), "unknown fields are accepted by {accepted:?}");
}

#[test]
fn names_are_snake_case() {
    let mut others = BTreeSet::new();
    let mut look = |whose: &str, schema: &Value| {
        for name in sample::names(schema) {
            // Days of the week are written as `chrono` writes them.
            let is_day = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].contains(&name.as_str());
            let is_name = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
            if !is_day && !name.chars().all(is_name) {
                others.insert(format!("{whose}: {name}"));
            }
        }
    };
    for (operation, input) in operations() {
        look(operation.name, &input);
        look(operation.name, &operation.answer_schema().unwrap().to_value());
    }
    for event in lms_core::events() {
        look(event.kind, &event.schema().to_value());
    }
    assert!(others.is_empty(), "{others:#?}");
}

/// What an operation reads, its schema accepts; and the schema refuses values of another type.
#[test]
fn the_schema_and_the_operation_agree() {
    let wrong = [json!(null), json!(true), json!(7), json!([]), json!({}), json!("no such thing")];
    let (mut stricter, mut refused) = (Vec::new(), 0);
    for (operation, schema) in operations() {
        let validator = Validator::of(&schema);
        let input = Filled::of(&schema).value();
        assert_eq!(validator.check(&input), Ok(()), "{}", operation.name);
        let mut unknown = input.clone();
        unknown["a_field_of_no_operation"] = json!(1);
        assert!(validator.check(&unknown).is_err(), "{} accepts unknown fields", operation.name);
        for field in operation.fields {
            for value in &wrong {
                // A struct is also read as the list of its fields.
                if input[field.name].is_object() && value.is_array() {
                    continue;
                }
                let mut changed = input.clone();
                changed[field.name] = value.clone();
                let is_valid = validator.check(&changed).is_ok();
                refused += usize::from(!is_valid);
                if !is_valid && operation.read(changed).is_ok() {
                    stricter.push(format!("{}.{} = {value}", operation.name, field.name));
                }
            }
        }
    }
    assert!(stricter.is_empty(), "the schema refuses what is read: {stricter:#?}");
    assert!(refused > 2_000, "only {refused} wrong values are refused");
}

#[test]
fn what_an_operation_is_given_by_secret_has_no_schema() {
    for it in lms_core::operations() {
        assert_eq!(it.takes_json(), it.input_schema().is_some(), "{}", it.name);
        assert_eq!(it.takes_json(), it.answer_schema().is_some(), "{}", it.name);
    }
}
