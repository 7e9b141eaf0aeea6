//! JSON as PostgreSQL's `jsonb` compares it: what [`Expr`](crate::Expr) means by it on every
//! backend, for those whose engine compares it otherwise.
use serde_json::{Number, Value};

/// Whether two values are equal: numbers by what they are worth, so `1` is `1.0`; objects and
/// arrays part by part.
pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

/// Whether `whole` contains `part` as `jsonb @>` says (PostgreSQL manual, "jsonb Containment and
/// Existence"): every key of an object, every element of an array in any place and any number;
/// and an array contains a bare value that is among its elements, at the top only.
pub fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Array(_), Value::Array(_) | Value::Object(_)) => nested(whole, part),
        (Value::Array(items), bare) => items.iter().any(|it| equal(it, bare)),
        _ => nested(whole, part),
    }
}

fn nested(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|it| nested(it, part)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            part.iter().all(|part| whole.iter().any(|it| nested(it, part)))
        }
        _ => equal(whole, part),
    }
}

fn same_number(a: &Number, b: &Number) -> bool {
    match (whole_number(a), whole_number(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => a.as_f64() == b.as_f64(),
        _ => false,
    }
}

/// The number, where it is whole and below 2^127.
fn whole_number(number: &Number) -> Option<i128> {
    if let Some(number) = number.as_i64() {
        return Some(number.into());
    }
    if let Some(number) = number.as_u64() {
        return Some(number.into());
    }
    let number = number.as_f64()?;
    let fits = number.trunc() == number && number.abs() < 1e38;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
    fits.then_some(number as i128)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn containment_is_that_of_jsonb() {
        for (whole, part, expected) in [
            // The manual's own examples.
            (json!("foo"), json!("foo"), true),
            (json!([1, 2, 3]), json!([1, 3]), true),
            (json!([1, 2, 3]), json!([3, 1]), true),
            (json!([1, 2, 3]), json!([1, 2, 2]), true),
            (json!({"product": "x", "version": 9.4}), json!({"version": 9.4}), true),
            (json!([1, 2, [1, 3]]), json!([1, 3]), false),
            (json!([1, 2, [1, 3]]), json!([[1, 3]]), true),
            (json!({"foo": {"bar": "baz"}}), json!({"bar": "baz"}), false),
            (json!({"foo": {"bar": "baz"}}), json!({"foo": {}}), true),
            (json!(["foo", "bar"]), json!("bar"), true),
            (json!("bar"), json!(["bar"]), false),
            // And the corners.
            (json!({"a": ["x"]}), json!({"a": "x"}), false),
            (json!([["x"]]), json!("x"), false),
            (json!([]), json!([]), true),
            (json!([1]), json!([]), true),
            (json!([]), json!({}), false),
            (json!([{}]), json!({}), false),
            (json!([{"a": 1, "b": 2}]), json!([{"a": 1}]), true),
            (json!({"a": 1}), json!({}), true),
            (json!({"a": null}), json!({"a": null}), true),
            (json!({}), json!({"a": null}), false),
            (json!({"a": 1}), json!({"a": 1.0}), true),
            (json!({"a": 1}), json!({"a": 2}), false),
            (json!(null), json!(null), true),
        ] {
            assert_eq!(contains(&whole, &part), expected, "{whole} @> {part}");
        }
    }

    #[test]
    fn numbers_are_equal_by_what_they_are_worth() {
        assert!(equal(&json!([1, {"a": 2.0}]), &json!([1.0, {"a": 2}])));
        assert!(!equal(&json!(9_007_199_254_740_993_i64), &json!(9_007_199_254_740_992.0)));
        assert!(!equal(&json!(0.5), &json!(0)));
        assert!(equal(&json!(u64::MAX), &json!(u64::MAX)));
        assert!(!equal(&json!("1"), &json!(1)));
    }
}
