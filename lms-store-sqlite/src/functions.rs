//! What SQLite compares otherwise than the port does: JSON and decimals.
use std::cmp::Ordering;

use lms_store::json_match;
use rusqlite::{
    Connection,
    functions::{Context, FunctionFlags},
};
use rust_decimal::Decimal;
use serde_json::Value as Json;

/// The order of decimals by what they are worth. They are stored as text, and keep their scale.
pub(crate) const DECIMAL: &str = "lms_decimal";
/// Whether one document contains another; unknown where there is none.
pub(crate) const JSON_CONTAINS: &str = "lms_json_contains";
/// Whether two documents are equal; unknown where there is none.
pub(crate) const JSON_EQUAL: &str = "lms_json_equal";

/// Makes them known to a connection.
pub(crate) fn install(db: &Connection) -> rusqlite::Result<()> {
    db.create_collation(DECIMAL, by_worth)?;
    for (name, test) in [
        (JSON_CONTAINS, json_match::contains as fn(&Json, &Json) -> bool),
        (JSON_EQUAL, json_match::equal),
    ] {
        let flags = FunctionFlags::SQLITE_UTF8
            | FunctionFlags::SQLITE_DETERMINISTIC
            | FunctionFlags::SQLITE_DIRECTONLY;
        db.create_scalar_function(name, 2, flags, move |call| {
            Ok(match (document(call, 0)?, document(call, 1)?) {
                (Some(whole), Some(part)) => Some(test(&whole, &part)),
                _ => None,
            })
        })?;
    }
    rusqlite::vtab::array::load_module(db)
}

fn document(call: &Context<'_>, at: usize) -> rusqlite::Result<Option<Json>> {
    let text = call.get_raw(at).as_str_or_null()?;
    // What is no JSON means null, as everywhere.
    Ok(text.map(|it| serde_json::from_str(it).unwrap_or_default()))
}

/// What is no decimal, which the store never writes, comes behind all that are.
fn by_worth(a: &str, b: &str) -> Ordering {
    match (a.parse::<Decimal>(), b.parse::<Decimal>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_sort_by_what_they_are_worth() {
        let mut texts = ["10", "9.5", "-1", "1.50", "0", "x", "-10.25", "1.6"];
        texts.sort_by(|a, b| by_worth(a, b));
        assert_eq!(texts, ["-10.25", "-1", "0", "1.50", "1.6", "9.5", "10", "x"]);
        assert_eq!(by_worth("1.5", "1.500"), Ordering::Equal);
    }

    #[test]
    fn documents_are_compared_as_the_port_says() {
        let db = Connection::open_in_memory().unwrap();
        install(&db).unwrap();
        let ask = |sql: &str| db.query_row(sql, [], |row| row.get::<_, Option<bool>>(0)).unwrap();
        assert_eq!(ask(r#"SELECT lms_json_contains('{"a":[1,2]}', '{"a":[2]}')"#), Some(true));
        assert_eq!(ask(r#"SELECT lms_json_contains('{"a":[1,2]}', '{"a":2}')"#), Some(false));
        assert_eq!(ask("SELECT lms_json_contains(NULL, '{}')"), None);
        assert_eq!(ask("SELECT lms_json_equal('[1]', '[1.0]')"), Some(true));
        assert_eq!(ask("SELECT lms_json_equal('[1]', NULL)"), None);
    }
}
