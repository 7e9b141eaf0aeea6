//! Runs a query over what a transaction sees.
use std::{
    cmp::Ordering,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use lms_store::{Cursor, Direction, Expr, Op, Order, Row, Schema, Select, StoreError, Value};
use uuid::Uuid;

use crate::{
    eval::{Site, Test, position, sorted},
    plan::{Goal, Plan},
    tree::Walk,
};

/// A row that a query found, and whose it is.
#[derive(Clone, Copy)]
pub(crate) struct Found<'v> {
    pub(crate) owner: Uuid,
    pub(crate) row: &'v Arc<Row>,
}

/// Counts what queries cost.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Queries with a condition that no index narrowed.
    pub(crate) scans: AtomicU64,
    /// Rows that were looked at.
    pub(crate) looked_at: AtomicU64,
}

/// The position of the sort column, and which way.
#[derive(Clone, Copy)]
struct Sorting {
    by: usize,
    direction: Direction,
}

/// The rows that match and that `skip` does not pass over, in order, at most `select.limit`.
pub(crate) fn find<'v>(
    select: &Select,
    site: Site<'v>,
    meter: &Meter,
    skip: &dyn Fn(Found<'v>) -> bool,
) -> Result<Vec<Found<'v>>, StoreError> {
    let parts = site.view.parts(select.schema, site.scope);
    if let Some(id) = only_id(select) {
        let found = parts.iter().filter_map(|it| Some(Found { owner: it.owner, row: it.get(id)? }));
        meter.looked_at.fetch_add(1, Relaxed);
        return Ok(found.filter(|it| !skip(*it)).take(select.limit as usize).collect());
    }
    let sorting = Sorting::of(select.schema, select.order)?;
    Test::of(select.schema, select.filter.as_ref())?;
    let limit = select.limit as usize;
    let mut found = Vec::new();
    for part in &parts {
        // What a semi-join gathers differs by owner.
        let test = Test::of(select.schema, select.filter.as_ref())?;
        let plan = Plan::of(part, &test, Goal { page: Some((select, limit)) }, site);
        meter.note(select, &plan);
        let mut looked_at = 0;
        let rows = plan.rows(part, sorting.walk()).inspect(|_| looked_at += 1);
        let matching = rows
            .filter(|row| select.after.as_ref().is_none_or(|it| sorting.is_after(it, row)))
            .filter(|row| test.passes(row, part.owner, site))
            .map(|row| Found { owner: part.owner, row })
            .filter(|it| !skip(*it));
        if plan.ordered {
            found.extend(matching.take(limit));
        } else {
            found.extend(first(matching.collect(), limit, sorting));
        }
        meter.looked_at.fetch_add(looked_at, Relaxed);
    }
    Ok(if parts.len() > 1 { first(found, limit, sorting) } else { found })
}

/// How many rows match.
pub(crate) fn count(select: &Select, site: Site<'_>, meter: &Meter) -> Result<u64, StoreError> {
    Test::of(select.schema, select.filter.as_ref())?;
    let mut total = 0;
    for part in &site.view.parts(select.schema, site.scope) {
        let test = Test::of(select.schema, select.filter.as_ref())?;
        let plan = Plan::of(part, &test, Goal { page: None }, site);
        meter.note(select, &plan);
        let mut looked_at = 0;
        let rows = plan.rows(part, Walk::Forward).inspect(|_| looked_at += 1);
        total += rows.filter(|it| test.passes(it, part.owner, site)).count() as u64;
        meter.looked_at.fetch_add(looked_at, Relaxed);
    }
    Ok(total)
}

impl Meter {
    fn note(&self, select: &Select, plan: &Plan) {
        let asks = select.filter.as_ref().is_some_and(|it| !is_housekeeping(it));
        if asks && !plan.narrowed {
            self.scans.fetch_add(1, Relaxed);
        }
    }
}

/// Whether a condition only hides what is deleted.
fn is_housekeeping(filter: &Expr) -> bool {
    match filter {
        Expr::All(parts) => parts.iter().all(is_housekeeping),
        Expr::IsNull(column) => *column == "deleted_at",
        _ => false,
    }
}

/// The id, of a query that asks for nothing else.
fn only_id(select: &Select) -> Option<Uuid> {
    match (&select.filter, &select.after) {
        (Some(Expr::Compare(Schema::ID, Op::Eq, Value::Uuid(id))), None) => Some(*id),
        _ => None,
    }
}

/// The first so many in order.
fn first(mut found: Vec<Found<'_>>, limit: usize, sorting: Sorting) -> Vec<Found<'_>> {
    let compare = |a: &Found<'_>, b: &Found<'_>| sorting.compare(a.row, b.row);
    if let Some(last) = limit.checked_sub(1)
        && found.len() > limit
    {
        found.select_nth_unstable_by(last, compare);
        found.truncate(limit);
    }
    found.truncate(limit);
    found.sort_unstable_by(compare);
    found
}

impl Sorting {
    fn of(schema: &'static Schema, order: Order) -> Result<Self, StoreError> {
        Ok(Self { by: position(schema, order.column, None)?, direction: order.direction })
    }

    fn walk(self) -> Walk {
        match self.direction {
            Direction::Asc => Walk::Forward,
            Direction::Desc => Walk::Backward,
        }
    }

    fn value(self, row: &Row) -> &Value {
        row.0.get(self.by).unwrap_or(&Value::Null)
    }

    fn compare(self, a: &Row, b: &Row) -> Ordering {
        let order = sorted(self.value(a), self.value(b)).then_with(|| a.id().cmp(&b.id()));
        match self.direction {
            Direction::Asc => order,
            Direction::Desc => order.reverse(),
        }
    }

    fn is_after(self, cursor: &Cursor, row: &Row) -> bool {
        let order =
            sorted(self.value(row), cursor.value()).then_with(|| row.id().cmp(&cursor.id()));
        match self.direction {
            Direction::Asc => order.is_gt(),
            Direction::Desc => order.is_lt(),
        }
    }
}

/// The row of that id in what the scope includes.
pub(crate) fn by_id<'v>(schema: &Schema, id: Uuid, site: Site<'v>) -> Option<Found<'v>> {
    let parts = site.view.parts(schema, site.scope);
    parts.iter().find_map(|it| Some(Found { owner: it.owner, row: it.get(id)? }))
}
