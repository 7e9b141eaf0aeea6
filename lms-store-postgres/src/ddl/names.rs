//! Names of constraints, indexes and policies. The same function names a thing when it is made,
//! when a test looks for it and when an error mentions it.
use lms_core::store::{Column, Schema, Unique};

/// PostgreSQL cuts longer identifiers off (NAMEDATALEN - 1). Citus appends a shard number of up
/// to ten characters, so names stay that much shorter.
const LONGEST: usize = 52;

pub(crate) fn primary_key(schema: &Schema) -> String {
    fitting(schema.table, "", "pkey")
}

pub(crate) fn check(schema: &Schema, column: &Column) -> String {
    fitting(schema.table, column.name, "check")
}

pub(crate) fn foreign_key(schema: &Schema, column: &Column) -> String {
    fitting(schema.table, column.name, "fkey")
}

pub(crate) fn unique(schema: &Schema, unique: &Unique) -> String {
    let mut columns = unique.columns.join("_");
    // Two uniques over the same columns differ in the rows that they speak of.
    let same = |it: &&Unique| it.columns == unique.columns;
    let at = schema.uniques.iter().filter(same).position(|it| it == unique).unwrap_or_default();
    if at > 0 {
        columns.push_str(&format!("_{at}"));
    }
    fitting(schema.table, &columns, "key")
}

pub(crate) fn index(schema: &Schema, columns: &[&str]) -> String {
    fitting(schema.table, &columns.join("_"), "idx")
}

pub(crate) fn gin(schema: &Schema, column: &str) -> String {
    fitting(schema.table, column, "gin")
}

/// `table_columns_suffix`, shortened by a hash of the whole where it is too long.
fn fitting(table: &str, columns: &str, suffix: &str) -> String {
    let whole = if columns.is_empty() {
        format!("{table}_{suffix}")
    } else {
        format!("{table}_{columns}_{suffix}")
    };
    if whole.len() <= LONGEST {
        return whole;
    }
    let hash = fnv_1a(whole.as_bytes());
    let kept = LONGEST - suffix.len() - 10;
    let head: String = whole.chars().take(kept).collect();
    format!("{head}_{hash:08x}_{suffix}")
}

/// FNV-1a, 32 bits (the offset basis and prime of draft-eastlake-fnv): the name of a thing must
/// not change between builds, which the standard library's hashers do not promise.
fn fnv_1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_shortened_and_stay_apart() {
        let long = "a_rather_long_column_name_for_a_table";
        let one = fitting("a_table_with_a_long_name", &format!("{long}_one"), "key");
        let two = fitting("a_table_with_a_long_name", &format!("{long}_two"), "key");
        assert!(one.len() <= LONGEST && two.len() <= LONGEST);
        assert_ne!(one, two);
        assert!(one.ends_with("_key"));
        assert_eq!(fitting("courses", "slug", "key"), "courses_slug_key");
    }

    #[test]
    fn the_hash_is_the_published_one() {
        // Test vectors of draft-eastlake-fnv, section 7.
        assert_eq!(fnv_1a(b""), 0x811c_9dc5);
        assert_eq!(fnv_1a(b"a"), 0xe40c_292c);
        assert_eq!(fnv_1a(b"foobar"), 0xbf9c_f968);
    }
}
