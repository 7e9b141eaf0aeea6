//! Conditions, from the port's [`Expr`].
use lms_core::{
    kernel::Scope,
    store::{Column, Expr, Op, Ownership, Related, Schema, StoreError, Type},
};

use super::{
    scope::{Access, owner_condition, reach},
    sink::{Argument, Sink},
};

/// What a condition is written about.
#[derive(Clone, Copy)]
pub(super) struct About {
    pub(super) schema: &'static Schema,
    /// The table's alias, with its dot.
    pub(super) alias: &'static str,
    pub(super) scope: Scope,
}

impl About {
    fn column(&self, name: &'static str) -> Result<&'static Column, StoreError> {
        column(self.schema, name)
    }

    fn write_column(&self, sink: &mut dyn Sink, name: &'static str) {
        sink.text(self.alias);
        sink.text(name);
    }
}

/// The column of that name; an error where there is none, because names reach the text.
pub(super) fn column(schema: &'static Schema, name: &str) -> Result<&'static Column, StoreError> {
    schema
        .column(name)
        .ok_or(StoreError::InvalidQuery { table: schema.table, reason: "there is no such column" })
}

pub(super) fn condition(sink: &mut dyn Sink, about: About, expr: &Expr) -> Result<(), StoreError> {
    match expr {
        Expr::Compare(name, op, value) => {
            let ty = about.column(name)?.ty;
            about.write_column(sink, name);
            sink.text(operator(*op));
            sink.bind(Argument::One(ty, value))?;
        }
        Expr::In(name, values) => {
            let ty = about.column(name)?.ty;
            about.write_column(sink, name);
            sink.text(" = ANY(");
            sink.bind(Argument::Many(ty, values))?;
            sink.text(")");
        }
        Expr::IsNull(name) => {
            about.column(name)?;
            about.write_column(sink, name);
            sink.text(" IS NULL");
        }
        Expr::Prefix(name, prefix) if about.column(name)?.ty == Type::Text => {
            // `^@` is leakproof and serves an index under row-level security; LIKE does not.
            about.write_column(sink, name);
            sink.text(" ^@ ");
            sink.bind(Argument::Text(prefix))?;
        }
        Expr::Contains(name, part) if about.column(name)?.ty == Type::Text => {
            sink.text("strpos(");
            about.write_column(sink, name);
            sink.text(", ");
            sink.bind(Argument::Text(part))?;
            sink.text(") > 0");
        }
        Expr::JsonContains(name, part) if about.column(name)?.ty == Type::Json => {
            about.write_column(sink, name);
            sink.text(" @> ");
            sink.bind(Argument::Json(part))?;
        }
        Expr::Prefix(name, _) | Expr::Contains(name, _) | Expr::JsonContains(name, _) => {
            about.column(name)?;
            sink.text("false");
        }
        Expr::Related(related) => exists(sink, about, related)?,
        Expr::All(parts) => join(sink, about, parts, " AND ", "true")?,
        Expr::Any(parts) => join(sink, about, parts, " OR ", "false")?,
        Expr::Not(part) => {
            sink.text("NOT (");
            condition(sink, about, part)?;
            sink.text(")");
        }
    }
    Ok(())
}

fn operator(op: Op) -> &'static str {
    match op {
        Op::Eq => " = ",
        Op::Ne => " <> ",
        Op::Lt => " < ",
        Op::Le => " <= ",
        Op::Gt => " > ",
        Op::Ge => " >= ",
    }
}

fn join(
    sink: &mut dyn Sink,
    about: About,
    parts: &[Expr],
    by: &'static str,
    none: &'static str,
) -> Result<(), StoreError> {
    if parts.is_empty() {
        sink.text(none);
        return Ok(());
    }
    sink.text("(");
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            sink.text(by);
        }
        condition(sink, about, part)?;
    }
    sink.text(")");
    Ok(())
}

/// A semi-join. The other side's owner is both bound and equated with this side's: the first is
/// what an index and a Citus shard are found by, the second is what joins within one shard.
fn exists(sink: &mut dyn Sink, about: About, related: &Related) -> Result<(), StoreError> {
    const ALIAS: &str = "r.";
    if about.alias == ALIAS {
        let reason = "a semi-join cannot hold another one";
        return Err(StoreError::InvalidQuery { table: about.schema.table, reason });
    }
    let here = about.column(related.column)?;
    let there = column(related.schema, related.target)?;
    if here.ty != there.ty {
        let reason = "a semi-join needs columns of the same type";
        return Err(StoreError::InvalidQuery { table: about.schema.table, reason });
    }
    sink.text("EXISTS (SELECT 1 FROM lms.");
    sink.text(related.schema.table);
    sink.text(" AS r WHERE r.");
    sink.text(related.target);
    sink.text(" = ");
    about.write_column(sink, related.column);
    let both_tenants = about.schema.ownership == Ownership::Tenant
        && related.schema.ownership == Ownership::Tenant;
    if both_tenants {
        sink.text(" AND r.tenant_id = ");
        about.write_column(sink, "tenant_id");
    }
    sink.text(" AND ");
    let theirs = About { schema: related.schema, alias: ALIAS, scope: about.scope };
    if owner_condition(sink, ALIAS, reach(related.schema, about.scope, Access::Read))? {
        sink.text(" AND ");
    }
    match &related.filter {
        Some(filter) => condition(sink, theirs, filter)?,
        None => sink.text("true"),
    }
    sink.text(")");
    Ok(())
}
