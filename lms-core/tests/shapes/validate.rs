//! Checks values against a schema, for the keywords of draft 2020-12 that the schemas here use.
//! A keyword that it does not know stops the test, so that none is passed over.
use std::collections::HashMap;

use regex::Regex;
use serde_json::{Map, Value};

pub(crate) struct Validator<'a> {
    root: &'a Value,
}

type Checked = Result<(), String>;

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(what()) }
}

thread_local! {
    static PATTERNS: std::cell::RefCell<HashMap<String, Regex>> = std::cell::RefCell::default();
}

fn matches(pattern: &str, text: &str) -> bool {
    PATTERNS.with_borrow_mut(|known| {
        let compiled = known.entry(pattern.to_owned());
        compiled.or_insert_with(|| Regex::new(pattern).unwrap()).is_match(text)
    })
}

impl<'a> Validator<'a> {
    pub(crate) fn of(root: &'a Value) -> Self {
        Self { root }
    }

    pub(crate) fn check(&self, value: &Value) -> Checked {
        self.against(self.root, value)
    }

    fn against(&self, schema: &Value, value: &Value) -> Checked {
        let Some(keys) = schema.as_object() else {
            return ensure(schema == &Value::Bool(true), || "nothing is accepted here".to_owned());
        };
        keys.iter().try_for_each(|(key, of)| self.keyword(key, of, keys, value))
    }

    fn keyword(&self, key: &str, of: &Value, keys: &Map<String, Value>, value: &Value) -> Checked {
        let refused = || format!("{value} is refused by `{key}`: {of}");
        match key {
            "$ref" => {
                let path = of.as_str().unwrap().trim_start_matches('#');
                self.against(self.root.pointer(path).unwrap(), value)
            }
            "type" => ensure(is_of(of, value), refused),
            "const" => ensure(of == value, refused),
            "enum" => ensure(of.as_array().unwrap().contains(value), refused),
            "allOf" => of.as_array().unwrap().iter().try_for_each(|it| self.against(it, value)),
            "anyOf" => ensure(self.matching(of, value) > 0, refused),
            "oneOf" => ensure(self.matching(of, value) == 1, refused),
            "pattern" | "minLength" | "maxLength" => match value {
                Value::String(text) => ensure(is_text(key, of, text), refused),
                _ => Ok(()),
            },
            "minimum" | "maximum" => match value.as_i64().zip(of.as_i64()) {
                Some((it, limit)) => {
                    ensure((key == "minimum") == (it > limit) || it == limit, refused)
                }
                None => Ok(()),
            },
            "minItems" | "maxItems" | "items" | "prefixItems" | "uniqueItems" => match value {
                Value::Array(items) => self.items(key, of, keys, items),
                _ => Ok(()),
            },
            "properties" | "patternProperties" | "required" | "additionalProperties" => match value
            {
                Value::Object(fields) => self.fields(key, of, keys, fields),
                _ => Ok(()),
            },
            "$schema" | "$defs" | "title" | "description" | "examples" | "default" | "format" => {
                Ok(())
            }
            _ => panic!("the keyword `{key}` is not known here"),
        }
    }

    fn matching(&self, all: &Value, value: &Value) -> usize {
        all.as_array().unwrap().iter().filter(|it| self.against(it, value).is_ok()).count()
    }

    fn items(&self, key: &str, of: &Value, keys: &Map<String, Value>, items: &[Value]) -> Checked {
        let count = items.len() as u64;
        match key {
            "minItems" => ensure(of.as_u64() <= Some(count), || format!("{count} are too few")),
            "maxItems" => ensure(of.as_u64() >= Some(count), || format!("{count} are too many")),
            "prefixItems" => {
                let pairs = of.as_array().unwrap().iter().zip(items);
                pairs.into_iter().try_for_each(|(of, it)| self.against(of, it))
            }
            "items" => {
                let before = keys.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
                items.iter().skip(before).try_for_each(|it| self.against(of, it))
            }
            _ => Ok(()),
        }
    }

    fn fields(
        &self,
        key: &str,
        of: &Value,
        keys: &Map<String, Value>,
        fields: &Map<String, Value>,
    ) -> Checked {
        let known = keys.get("properties").and_then(Value::as_object);
        match key {
            "properties" => fields.iter().try_for_each(|(name, it)| match of.get(name) {
                Some(of) => self.against(of, it).map_err(|error| format!("{name}: {error}")),
                None => Ok(()),
            }),
            "patternProperties" => fields.iter().try_for_each(|(name, it)| {
                let patterns = of.as_object().unwrap().iter();
                let mut matching = patterns.filter(|(pattern, _)| matches(pattern, name));
                matching.try_for_each(|(_, of)| self.against(of, it))
            }),
            "required" => of.as_array().unwrap().iter().try_for_each(|name| {
                ensure(fields.contains_key(name.as_str().unwrap()), || format!("{name} is missing"))
            }),
            _ => {
                let patterns = keys.get("patternProperties").and_then(Value::as_object);
                let is_known = |name: &str| {
                    known.is_some_and(|it| it.contains_key(name))
                        || patterns.is_some_and(|it| it.keys().any(|it| matches(it, name)))
                };
                let mut others = fields.iter().filter(|it| !is_known(it.0));
                others.try_for_each(|(name, it)| {
                    self.against(of, it).map_err(|error| format!("{name}: {error}"))
                })
            }
        }
    }
}

fn is_of(types: &Value, value: &Value) -> bool {
    let is = |name: &str| match value {
        Value::Null => name == "null",
        Value::Bool(_) => name == "boolean",
        Value::Number(it) => name == "number" || (name == "integer" && !it.is_f64()),
        Value::String(_) => name == "string",
        Value::Array(_) => name == "array",
        Value::Object(_) => name == "object",
    };
    match types {
        Value::Array(all) => all.iter().filter_map(Value::as_str).any(is),
        one => one.as_str().is_some_and(is),
    }
}

fn is_text(key: &str, of: &Value, text: &str) -> bool {
    let length = text.chars().count() as u64;
    match key {
        "pattern" => matches(of.as_str().unwrap(), text),
        "minLength" => of.as_u64() <= Some(length),
        _ => of.as_u64() >= Some(length),
    }
}
