//! Conditions, from the port's [`Expr`].
use lms_store::{Column, Expr, Op, Ownership, Related, Schema, StoreError, Type, Value};

use super::text::{Sql, column};
use crate::functions::{JSON_CONTAINS, JSON_EQUAL};

/// The longest list that is written value by value, so that the engine sees each of them.
const SHORT_LIST: usize = 16;

/// What a condition is written about.
#[derive(Clone, Copy)]
pub(super) struct About {
    pub(super) schema: &'static Schema,
    pub(super) alias: &'static str,
}

impl About {
    /// The column, which must be able to hold the value.
    fn column_for(&self, name: &str, value: &Value) -> Result<&'static Column, StoreError> {
        let column = column(self.schema, name)?;
        match value.type_of() {
            Some(ty) if ty != column.ty => {
                let reason = "a value is of another type than its column";
                Err(StoreError::InvalidQuery { table: self.schema.table, reason })
            }
            _ => Ok(column),
        }
    }
}

pub(super) fn condition(sql: &mut Sql, about: About, expr: &Expr) -> Result<(), StoreError> {
    match expr {
        Expr::Compare(name, op, value) => compare(sql, about, (name, *op, value))?,
        Expr::In(name, values) => one_of(sql, about, name, values)?,
        Expr::IsNull(name) => {
            sql.column(about.alias, column(about.schema, name)?.name);
            sql.text(" IS NULL");
        }
        Expr::Prefix(name, text) => match column(about.schema, name)? {
            it if it.ty == Type::Text => prefix(sql, about, it.name, text),
            _ => sql.text("0"),
        },
        Expr::Contains(name, text) => match column(about.schema, name)? {
            it if it.ty == Type::Text => {
                sql.text("instr(");
                sql.column(about.alias, it.name);
                sql.text(", ");
                sql.bind(&Value::Text(text.clone()));
                sql.text(") > 0");
            }
            _ => sql.text("0"),
        },
        Expr::JsonContains(name, part) => match column(about.schema, name)? {
            it if it.ty == Type::Json => {
                json(sql, about, JSON_CONTAINS, (it.name, &Value::Json(part.into())));
            }
            _ => sql.text("0"),
        },
        Expr::Related(related) => exists(sql, about, related)?,
        Expr::All(parts) => join(sql, about, parts, (" AND ", "1"))?,
        Expr::Any(parts) => join(sql, about, parts, (" OR ", "0"))?,
        Expr::Not(part) => {
            sql.text("NOT (");
            condition(sql, about, part)?;
            sql.text(")");
        }
    }
    Ok(())
}

fn compare(
    sql: &mut Sql,
    about: About,
    (name, op, value): (&str, Op, &Value),
) -> Result<(), StoreError> {
    let column = about.column_for(name, value)?;
    if column.ty == Type::Json {
        match op {
            Op::Eq => json(sql, about, JSON_EQUAL, (column.name, value)),
            Op::Ne => {
                sql.text("NOT ");
                json(sql, about, JSON_EQUAL, (column.name, value));
            }
            // Documents have no order.
            Op::Lt | Op::Le | Op::Gt | Op::Ge => sql.text("NULL"),
        }
        return Ok(());
    }
    sql.column(about.alias, column.name);
    sql.text(match op {
        Op::Eq => " = ",
        Op::Ne => " <> ",
        Op::Lt => " < ",
        Op::Le => " <= ",
        Op::Gt => " > ",
        Op::Ge => " >= ",
    });
    sql.bind(value);
    Ok(())
}

fn json(
    sql: &mut Sql,
    about: About,
    function: &'static str,
    (name, value): (&'static str, &Value),
) {
    sql.text(function);
    sql.text("(");
    sql.column(about.alias, name);
    sql.text(", ");
    sql.bind(value);
    sql.text(")");
}

fn one_of(sql: &mut Sql, about: About, name: &str, values: &[Value]) -> Result<(), StoreError> {
    let found = column(about.schema, name)?;
    for value in values {
        about.column_for(name, value)?;
    }
    if found.ty == Type::Json {
        let equal = |it: &Value| Expr::Compare(found.name, Op::Eq, it.clone());
        return condition(sql, about, &Expr::Any(values.iter().map(equal).collect()));
    }
    sql.column(about.alias, found.name);
    sql.text(" IN ");
    if values.len() > SHORT_LIST {
        sql.bind_list(values);
        return Ok(());
    }
    sql.text("(");
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            sql.text(", ");
        }
        sql.bind(value);
    }
    sql.text(")");
    Ok(())
}

/// Texts from the prefix on, and before the first that no longer starts with it. LIKE takes
/// letters of both cases for one.
fn prefix(sql: &mut Sql, about: About, name: &'static str, prefix: &str) {
    sql.text("(");
    sql.column(about.alias, name);
    sql.text(" >= ");
    sql.bind(&Value::Text(prefix.to_owned()));
    if let Some(end) = after(prefix) {
        sql.text(" AND ");
        sql.column(about.alias, name);
        sql.text(" < ");
        sql.bind(&Value::Text(end));
    }
    sql.text(")");
}

/// The least text that is greater than all that start with `prefix`, by code point.
fn after(prefix: &str) -> Option<String> {
    let mut letters: Vec<char> = prefix.chars().collect();
    while let Some(last) = letters.pop() {
        // The range of characters steps over what is none.
        if let Some(next) = (last..=char::MAX).nth(1) {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

/// In halves, so that a long condition does not nest deeper than the engine goes.
fn join(
    sql: &mut Sql,
    about: About,
    parts: &[Expr],
    (by, none): (&'static str, &'static str),
) -> Result<(), StoreError> {
    const LEAVES: usize = 8;
    if parts.is_empty() {
        sql.text(none);
        return Ok(());
    }
    sql.text("(");
    if parts.len() > LEAVES {
        let (left, right) = parts.split_at(parts.len() / 2);
        join(sql, about, left, (by, none))?;
        sql.text(by);
        join(sql, about, right, (by, none))?;
    } else {
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                sql.text(by);
            }
            condition(sql, about, part)?;
        }
    }
    sql.text(")");
    Ok(())
}

/// A semi-join. Its other side is within the scope, and of the same tenant where both have one.
fn exists(sql: &mut Sql, about: About, related: &Related) -> Result<(), StoreError> {
    const ALIAS: &str = "r";
    let refused = |reason| StoreError::InvalidQuery { table: about.schema.table, reason };
    if about.alias == ALIAS {
        return Err(refused("a semi-join cannot hold another one"));
    }
    let here = column(about.schema, related.column)?;
    let there = column(related.schema, related.target)?;
    if here.ty != there.ty {
        return Err(refused("a semi-join needs columns of the same type"));
    }
    sql.text("EXISTS (SELECT 1 FROM ");
    sql.table(related.schema, ALIAS);
    sql.text(" WHERE ");
    sql.column(ALIAS, there.name);
    sql.text(" = ");
    sql.column(about.alias, here.name);
    if [about.schema, related.schema].iter().all(|it| it.ownership == Ownership::Tenant) {
        sql.text(" AND ");
        sql.column(ALIAS, "tenant_id");
        sql.text(" = ");
        sql.column(about.alias, "tenant_id");
    }
    sql.text(" AND ");
    sql.owner(ALIAS);
    if let Some(filter) = &related.filter {
        sql.text(" AND ");
        condition(sql, About { schema: related.schema, alias: ALIAS }, filter)?;
    }
    sql.text(")");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_the_next_begins() {
        assert_eq!(after("a").as_deref(), Some("b"));
        assert_eq!(after("az").as_deref(), Some("a{"));
        assert_eq!(after("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(after("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after("\u{10ffff}"), None);
        assert_eq!(after(""), None);
    }
}
