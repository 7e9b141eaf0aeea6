//! Reading rows.
use lms_kernel::Scope;
use lms_store::{Direction, Expr, Schema, Select, StoreError, Value};

use super::{
    condition::{About, condition},
    text::{Sql, Statement, column},
};
use crate::scope::Access;

const ALIAS: &str = "t";

pub(crate) fn select(select: &Select, scope: Scope) -> Result<Statement, StoreError> {
    let mut sql = Sql::new(scope, Access::Read);
    sql.text("SELECT ");
    sql.columns(select.schema, Some(ALIAS));
    from_where(&mut sql, select)?;
    order(&mut sql, select)?;
    sql.text(" LIMIT ");
    sql.number(select.limit);
    sql.finish()
}

pub(crate) fn count(select: &Select, scope: Scope) -> Result<Statement, StoreError> {
    let mut sql = Sql::new(scope, Access::Read);
    sql.text("SELECT count(*)");
    from_where(&mut sql, &Select { after: None, ..select.clone() })?;
    sql.finish()
}

/// Removes the rows that match.
pub(crate) fn delete_where(
    schema: &'static Schema,
    filter: &Expr,
    scope: Scope,
) -> Result<Statement, StoreError> {
    let mut sql = Sql::new(scope, Access::Write);
    sql.text("DELETE");
    from_where(&mut sql, &Select { filter: Some(filter.clone()), ..Select::all(schema) })?;
    sql.finish()
}

fn from_where(sql: &mut Sql, select: &Select) -> Result<(), StoreError> {
    let schema = select.schema;
    sql.text(" FROM ");
    sql.table(schema, ALIAS);
    sql.text(" WHERE ");
    sql.owner(ALIAS);
    if let Some(filter) = &select.filter {
        sql.text(" AND ");
        condition(sql, About { schema, alias: ALIAS }, filter)?;
    }
    let Some(after) = &select.after else { return Ok(()) };
    let name = column(schema, select.order.column)?.name;
    let descending = select.order.direction == Direction::Desc;
    sql.text(" AND ");
    if name == Schema::ID {
        sql.column(ALIAS, name);
        sql.text(if descending { " < " } else { " > " });
    } else {
        // A comparison of rows is one index condition.
        sql.text("(");
        sql.column(ALIAS, name);
        sql.text(", ");
        sql.column(ALIAS, Schema::ID);
        sql.text(if descending { ") < (" } else { ") > (" });
        sql.bind(after.value());
        sql.text(", ");
    }
    sql.bind(&Value::Uuid(after.id()));
    if name != Schema::ID {
        sql.text(")");
    }
    Ok(())
}

fn order(sql: &mut Sql, select: &Select) -> Result<(), StoreError> {
    let by = column(select.schema, select.order.column)?;
    let (way, nulls) = match select.order.direction {
        Direction::Asc => (" ASC", " NULLS LAST"),
        Direction::Desc => (" DESC", " NULLS FIRST"),
    };
    sql.text(" ORDER BY ");
    sql.column(ALIAS, by.name);
    sql.text(way);
    if by.nullable {
        sql.text(nulls);
    }
    if by.name != Schema::ID {
        sql.text(", ");
        sql.column(ALIAS, Schema::ID);
        sql.text(way);
    }
    Ok(())
}
