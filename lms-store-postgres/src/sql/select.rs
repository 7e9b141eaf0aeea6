//! Reading rows.
use lms_core::{
    kernel::Scope,
    store::{Direction, Expr, Lock, Op, Schema, Select, StoreError},
};
use uuid::Uuid;

use super::{
    condition::{About, column, condition},
    scope::{Access, Reach, owner_condition, reach},
    sink::{Argument, Listing, Sink},
};

const ALIAS: &str = "t.";

pub(crate) fn select(sink: &mut dyn Sink, select: &Select, scope: Scope) -> Result<(), StoreError> {
    let schema = select.schema;
    sink.text("SELECT ");
    sink.columns(schema, Listing::OfTable);
    from_where(sink, select, scope)?;
    if !is_one_row(select, scope) {
        order(sink, select)?;
        sink.text(" LIMIT ");
        // Written out, not bound: a plan for "some limit" assumes a tenth of the rows.
        sink.number(select.limit);
    }
    sink.text(match select.lock {
        Lock::None => "",
        Lock::Share => " FOR SHARE OF t",
        // Excludes every writer and every other holder, but not the check of a reference, so
        // that two who wrote children of one parent do not deadlock when both then lock it.
        Lock::Update => " FOR NO KEY UPDATE OF t",
        Lock::SkipLocked => " FOR NO KEY UPDATE OF t SKIP LOCKED",
    });
    Ok(())
}

pub(crate) fn count(sink: &mut dyn Sink, select: &Select, scope: Scope) -> Result<(), StoreError> {
    sink.text("SELECT count(*)");
    let plain = Select { after: None, ..select.clone() };
    from_where(sink, &plain, scope)
}

/// Which of these ids are there: tells a row that changed from one that is gone.
pub(crate) fn present(
    sink: &mut dyn Sink,
    schema: &'static Schema,
    ids: &[Uuid],
    scope: Scope,
) -> Result<(), StoreError> {
    sink.text("SELECT t.id FROM lms.");
    sink.text(schema.table);
    sink.text(" AS t WHERE ");
    if owner_condition(sink, ALIAS, reach(schema, scope, Access::Write))? {
        sink.text(" AND ");
    }
    sink.text("t.id = ANY(");
    sink.bind(Argument::Ids(ids))?;
    sink.text(")");
    Ok(())
}

/// Removes the rows that match.
pub(crate) fn delete_where(
    sink: &mut dyn Sink,
    schema: &'static Schema,
    filter: &Expr,
    scope: Scope,
) -> Result<(), StoreError> {
    sink.text("DELETE FROM lms.");
    sink.text(schema.table);
    sink.text(" AS t WHERE ");
    if owner_condition(sink, ALIAS, reach(schema, scope, Access::Write))? {
        sink.text(" AND ");
    }
    condition(sink, About { schema, alias: ALIAS, scope }, filter)
}

fn from_where(sink: &mut dyn Sink, select: &Select, scope: Scope) -> Result<(), StoreError> {
    let schema = select.schema;
    sink.text(" FROM lms.");
    sink.text(schema.table);
    sink.text(" AS t WHERE ");
    let mut some = owner_condition(sink, ALIAS, reach(schema, scope, Access::Read))?;
    let and = |sink: &mut dyn Sink, some: &mut bool| {
        if *some {
            sink.text(" AND ");
        }
        *some = true;
    };
    if let Some(filter) = &select.filter {
        and(sink, &mut some);
        condition(sink, About { schema, alias: ALIAS, scope }, filter)?;
    }
    if let Some(after) = &select.after {
        let name = select.order.column;
        let (ty, by_id) = (column(schema, name)?.ty, name == Schema::ID);
        and(sink, &mut some);
        let descending = select.order.direction == Direction::Desc;
        if by_id {
            sink.text(if descending { "t.id < " } else { "t.id > " });
            sink.bind(Argument::Id(after.id()))?;
        } else {
            // A comparison of rows is one index condition.
            sink.text("(t.");
            sink.text(name);
            sink.text(if descending { ", t.id) < (" } else { ", t.id) > (" });
            sink.bind(Argument::One(ty, after.value()))?;
            sink.text(", ");
            sink.bind(Argument::Id(after.id()))?;
            sink.text(")");
        }
    }
    if !some {
        sink.text("true");
    }
    Ok(())
}

/// Whether the condition is the whole primary key, so that order and limit say nothing.
fn is_one_row(select: &Select, scope: Scope) -> bool {
    let whole_key = match reach(select.schema, scope, Access::Read) {
        Reach::Own(..) => true,
        Reach::All => scope != Scope::AllTenants,
        Reach::None => false,
    };
    let is_id = |expr: &Expr| matches!(expr, Expr::Compare(Schema::ID, Op::Eq, _));
    whole_key
        && match &select.filter {
            Some(Expr::All(parts)) => parts.iter().any(is_id),
            Some(filter) => is_id(filter),
            None => false,
        }
}

fn order(sink: &mut dyn Sink, select: &Select) -> Result<(), StoreError> {
    let name = select.order.column;
    column(select.schema, name)?;
    let direction = match select.order.direction {
        Direction::Asc => " ASC",
        Direction::Desc => " DESC",
    };
    sink.text(" ORDER BY t.");
    sink.text(name);
    sink.text(direction);
    if name != Schema::ID {
        sink.text(", t.id");
        sink.text(direction);
    }
    Ok(())
}
