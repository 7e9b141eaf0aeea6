//! Questions about records, as values: typed columns, conditions, order, pages, locks.
use std::{fmt, marker::PhantomData};

use crate::{Cursor, Field, PageSize, Record, Schema, Value};

/// A column of `R` holding a `T`.
pub struct Col<R, T> {
    name: &'static str,
    of: PhantomData<fn() -> (R, T)>,
}

impl<R, T> Clone for Col<R, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<R, T> Copy for Col<R, T> {}

impl<R, T> fmt::Debug for Col<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Col").field(&self.name).finish()
    }
}

impl<R, T> Col<R, T> {
    /// The column of that name. The derive calls it; a hand-written part may too.
    pub const fn new(name: &'static str) -> Self {
        Self { name, of: PhantomData }
    }

    /// The column's name.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl<R: Record, T: Field> Col<R, T> {
    /// Equal to `value`.
    pub fn eq(self, value: T) -> Filter<R> {
        self.compare(Op::Eq, &value)
    }
    /// Different from `value`; a null is neither equal nor different.
    pub fn ne(self, value: T) -> Filter<R> {
        self.compare(Op::Ne, &value)
    }
    /// Less than `value`.
    pub fn lt(self, value: T) -> Filter<R> {
        self.compare(Op::Lt, &value)
    }
    /// Less than or equal to `value`.
    pub fn le(self, value: T) -> Filter<R> {
        self.compare(Op::Le, &value)
    }
    /// Greater than `value`.
    pub fn gt(self, value: T) -> Filter<R> {
        self.compare(Op::Gt, &value)
    }
    /// Greater than or equal to `value`.
    pub fn ge(self, value: T) -> Filter<R> {
        self.compare(Op::Ge, &value)
    }
    /// Equal to one of `values`; nothing is in an empty list.
    pub fn is_in(self, values: impl IntoIterator<Item = T>) -> Filter<R> {
        Filter::new(Expr::In(self.name, values.into_iter().map(|it| it.to_value()).collect()))
    }
    /// Equal to `target` of some record of `S` that matches `filter` and is not deleted: a
    /// semi-join. `filter` may not hold another one.
    pub fn in_records<S: Record, U: Field>(
        self,
        target: Col<S, U>,
        filter: Filter<S>,
    ) -> Filter<R> {
        let schema = S::schema();
        let filter = hide_deleted(schema, Some(filter.expr));
        Filter::new(Expr::Related(Box::new(Related {
            column: self.name,
            schema,
            target: target.name,
            filter,
        })))
    }
    fn compare(self, op: Op, value: &T) -> Filter<R> {
        Filter::new(Expr::Compare(self.name, op, value.to_value()))
    }
}

impl<R: Record, T: Field> Col<R, Option<T>> {
    /// Nothing is stored.
    pub fn is_null(self) -> Filter<R> {
        Filter::new(Expr::IsNull(self.name))
    }
    /// Something is stored.
    pub fn is_not_null(self) -> Filter<R> {
        !self.is_null()
    }
    /// Equal to `value`, and so not null.
    pub fn is(self, value: T) -> Filter<R> {
        Filter::new(Expr::Compare(self.name, Op::Eq, value.to_value()))
    }
    /// Not null and before `value`.
    pub fn is_lt(self, value: T) -> Filter<R> {
        Filter::new(Expr::Compare(self.name, Op::Lt, value.to_value()))
    }
    /// Not null and at most `value`.
    pub fn is_le(self, value: T) -> Filter<R> {
        Filter::new(Expr::Compare(self.name, Op::Le, value.to_value()))
    }
    /// Not null and at least `value`.
    pub fn is_ge(self, value: T) -> Filter<R> {
        Filter::new(Expr::Compare(self.name, Op::Ge, value.to_value()))
    }
    /// Not null and equal to one of `values`.
    pub fn is_some_in(self, values: impl IntoIterator<Item = T>) -> Filter<R> {
        Filter::new(Expr::In(self.name, values.into_iter().map(|it| it.to_value()).collect()))
    }
}

impl<R: Record, T> Col<R, T> {
    /// Text that starts with `prefix`, letter for letter. Other columns never match.
    pub fn starts_with(self, prefix: impl Into<String>) -> Filter<R> {
        Filter::new(Expr::Prefix(self.name, prefix.into()))
    }
    /// Text that contains `part`, letter for letter. Scans: keep it behind a narrower condition.
    pub fn contains(self, part: impl Into<String>) -> Filter<R> {
        Filter::new(Expr::Contains(self.name, part.into()))
    }
    /// JSON that contains `part` as `jsonb @>` does: every key and array element of `part` is there.
    pub fn json_contains(self, part: serde_json::Value) -> Filter<R> {
        Filter::new(Expr::JsonContains(self.name, part))
    }
}

/// How a column compares with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Equal.
    Eq,
    /// Different.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// A condition, as data. SQL's three-valued logic applies to nulls.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A column compares with a value.
    Compare(&'static str, Op, Value),
    /// A column equals one of the values.
    In(&'static str, Vec<Value>),
    /// A column is null.
    IsNull(&'static str),
    /// A text column starts with this, letter for letter.
    Prefix(&'static str, String),
    /// A text column contains this, letter for letter.
    Contains(&'static str, String),
    /// A JSON column contains this.
    JsonContains(&'static str, serde_json::Value),
    /// A column equals a column of some related row. Never unknown: a null is related to nothing.
    Related(Box<Related>),
    /// All of them; true when there are none.
    All(Vec<Expr>),
    /// Any of them; false when there are none.
    Any(Vec<Expr>),
    /// The opposite; unknown stays unknown.
    Not(Box<Expr>),
}

/// The other side of a semi-join.
#[derive(Clone, Debug)]
pub struct Related {
    /// The column on this side.
    pub column: &'static str,
    /// The other table.
    pub schema: &'static Schema,
    /// The column on the other side.
    pub target: &'static str,
    /// Which rows of the other table count; no other semi-join inside.
    pub filter: Option<Expr>,
}

impl PartialEq for Related {
    fn eq(&self, other: &Self) -> bool {
        self.schema.table == other.schema.table
            && (self.column, self.target, &self.filter)
                == (other.column, other.target, &other.filter)
    }
}

/// A condition on records of type `R`.
pub struct Filter<R> {
    expr: Expr,
    of: PhantomData<fn() -> R>,
}

impl<R> Clone for Filter<R> {
    fn clone(&self) -> Self {
        Self::new(self.expr.clone())
    }
}

impl<R> fmt::Debug for Filter<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

impl<R> Filter<R> {
    fn new(expr: Expr) -> Self {
        Self { expr, of: PhantomData }
    }
    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self.expr {
            Expr::All(mut parts) => {
                parts.push(other.expr);
                Self::new(Expr::All(parts))
            }
            expr => Self::new(Expr::All(vec![expr, other.expr])),
        }
    }
    /// Either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::new(Expr::Any(vec![self.expr, other.expr]))
    }
    /// All of them.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Expr::All(parts.into_iter().map(|it| it.expr).collect()))
    }
    /// No record at all.
    pub fn none() -> Self {
        Self::new(Expr::Any(Vec::new()))
    }
    /// Any of them.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Expr::Any(parts.into_iter().map(|it| it.expr).collect()))
    }
    /// The condition as data.
    pub fn into_expr(self) -> Expr {
        self.expr
    }
}

impl<R> std::ops::Not for Filter<R> {
    type Output = Self;
    fn not(self) -> Self {
        Self::new(Expr::Not(Box::new(self.expr)))
    }
}

/// Which way a page is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the least.
    Asc,
    /// From the greatest.
    Desc,
}

/// Sort by one column, then by id, so that the order is total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// The column.
    pub column: &'static str,
    /// Which way.
    pub direction: Direction,
}

/// The lock that a query takes on the rows it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Lock {
    /// Only reads them.
    #[default]
    None,
    /// Keeps others from changing them until the transaction ends; others may share the lock.
    Share,
    /// Holds them until the transaction ends.
    Update,
    /// As `Update`, but passes over rows that someone else holds.
    SkipLocked,
}

/// The untyped request a backend executes.
#[derive(Clone, Debug)]
pub struct Select {
    /// The table.
    pub schema: &'static Schema,
    /// Which rows.
    pub filter: Option<Expr>,
    /// In which order.
    pub order: Order,
    /// After which row.
    pub after: Option<Cursor>,
    /// How many rows at most.
    pub limit: u32,
    /// What to do to them.
    pub lock: Lock,
}

impl Select {
    /// The first rows of a table by id, deleted ones included.
    pub fn all(schema: &'static Schema) -> Self {
        let order = Order { column: Schema::ID, direction: Direction::Asc };
        let limit = PageSize::MAX.get();
        Self { schema, filter: None, order, after: None, limit, lock: Lock::None }
    }

    /// The row with that id, deleted or not.
    pub fn by_id(schema: &'static Schema, id: uuid::Uuid) -> Self {
        let filter = Some(Expr::Compare(Schema::ID, Op::Eq, Value::Uuid(id)));
        Self { filter, limit: 1, ..Self::all(schema) }
    }

    /// The rows with those ids, at most a [page](PageSize::MAX) of them, deleted or not.
    pub fn by_ids(schema: &'static Schema, ids: &[uuid::Uuid]) -> Self {
        let ids = ids.iter().map(|it| Value::Uuid(*it)).collect();
        Self { filter: Some(Expr::In(Schema::ID, ids)), ..Self::all(schema) }
    }
}

/// Whether soft-deleted records are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Deleted {
    /// They are hidden.
    #[default]
    Hidden,
    /// They are found like any other.
    Included,
    /// Only they are found.
    Only,
}

/// A query for records of type `R`, as a value.
///
/// Named queries are functions of the record (`Enrollment::active_in(course)`); a host builds its
/// own from the typed columns. Deleted records are left out unless asked for. Results are sorted by
/// the given column, then by id, so that pages never overlap.
///
/// ```
/// # use lms_kernel::{Timestamp, Id};
/// use lms_store::{Direction, PageSize, Query, outbox::Message, outbox::MessageStatus};
///
/// let waiting = Query::filter(Message::STATUS.eq(MessageStatus::Pending))
///     .and(Message::NEXT_ATTEMPT_AT.le(Timestamp::EPOCH))
///     .order_by(Message::NEXT_ATTEMPT_AT, Direction::Asc)
///     .page(PageSize::new(50), None);
/// let select = waiting.into_select();
/// assert_eq!(select.schema.table, "outbox_messages");
/// ```
///
/// # Pitfalls
/// - `ne` and comparisons never match null; use [`is_null`](crate::Col::is_null).
/// - [`Transaction::all`](crate::Transaction::all) reads every match; for lists of people or orders
///   use [`page`](Self::page).
/// - What it cannot express (sums, groups, joins) is a report, or SQL of your own in the same
///   transaction.
pub struct Query<R> {
    select: Select,
    deleted: Deleted,
    of: PhantomData<fn() -> R>,
}

impl<R> Clone for Query<R> {
    fn clone(&self) -> Self {
        Self { select: self.select.clone(), deleted: self.deleted, of: PhantomData }
    }
}

impl<R> fmt::Debug for Query<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.select.fmt(f)
    }
}

impl<R: Record> Query<R> {
    /// Every record that is not deleted, by id.
    pub fn all() -> Self {
        Self { select: Select::all(R::schema()), deleted: Deleted::Hidden, of: PhantomData }
    }

    /// The records that match, by id.
    pub fn filter(filter: Filter<R>) -> Self {
        let mut query = Self::all();
        query.select.filter = Some(filter.expr);
        query
    }

    /// The records with those ids.
    pub fn of_ids(ids: impl IntoIterator<Item = lms_kernel::Id<R>>) -> Self {
        Self::filter(Col::<R, lms_kernel::Id<R>>::new(Schema::ID).is_in(ids))
    }

    /// The same, and matching `filter` too.
    #[must_use]
    pub fn and(mut self, filter: Filter<R>) -> Self {
        self.select.filter = Some(match self.select.filter {
            None => filter.expr,
            Some(expr) => Filter::<R>::new(expr).and(filter).expr,
        });
        self
    }

    /// The same, and matching the filter of `value` too, where there is one: for lists whose
    /// filters are optional.
    #[must_use]
    pub fn and_some<T>(self, value: Option<T>, filter: impl FnOnce(T) -> Filter<R>) -> Self {
        match value {
            Some(value) => self.and(filter(value)),
            None => self,
        }
    }

    /// Sorts by `column`, then by id. A column that may be null does not compile.
    ///
    /// ```compile_fail
    /// # extern crate lms_store as lms_core;
    /// use lms_kernel::{Id, Title};
    /// use lms_store::{Direction, Query, Record, Stamp};
    /// #[derive(Clone, Debug, PartialEq, Record)]
    /// #[record(table = "shelves")]
    /// pub struct Shelf { pub id: Id<Shelf>, #[record(flatten)] pub stamp: Stamp, pub seats: Option<i64> }
    /// let _ = Query::<Shelf>::all().order_by(Shelf::SEATS, Direction::Asc);
    /// ```
    #[must_use]
    pub fn order_by<T: Sortable>(mut self, column: Col<R, T>, direction: Direction) -> Self {
        self.select.order = Order { column: column.name, direction };
        self
    }

    /// At most `size` records, from after `cursor`.
    #[must_use]
    pub fn page(mut self, size: PageSize, after: Option<Cursor>) -> Self {
        self.select.limit = size.get();
        self.select.after = after;
        self
    }

    /// At most `size` records.
    #[must_use]
    pub fn limit(mut self, size: PageSize) -> Self {
        self.select.limit = size.get();
        self
    }

    /// What to do to the records found.
    #[must_use]
    pub fn lock(mut self, lock: Lock) -> Self {
        self.select.lock = lock;
        self
    }

    /// Finds deleted records like any other.
    #[must_use]
    pub fn with_deleted(mut self) -> Self {
        self.deleted = Deleted::Included;
        self
    }

    /// Finds deleted records only.
    #[must_use]
    pub fn only_deleted(mut self) -> Self {
        self.deleted = Deleted::Only;
        self
    }

    /// The request a backend executes.
    pub fn into_select(mut self) -> Select {
        let schema = self.select.schema;
        self.select.filter = match self.deleted {
            Deleted::Included => self.select.filter,
            Deleted::Hidden => hide_deleted(schema, self.select.filter),
            Deleted::Only => match schema.deleted_position() {
                Some(_) => {
                    Some(both(self.select.filter, Expr::Not(Box::new(Expr::IsNull("deleted_at")))))
                }
                None => Some(Expr::Any(Vec::new())),
            },
        };
        self.select
    }
}

/// A column type that a page can be sorted by: one that is never null and has one order on
/// every backend.
pub trait Sortable: Field {}

macro_rules! sortable {
    ($($ty:ty),+ $(,)?) => { $(impl Sortable for $ty {})+ };
}

sortable!(
    bool,
    i64,
    i32,
    u8,
    u16,
    u32,
    String,
    uuid::Uuid,
    rust_decimal::Decimal,
    lms_kernel::LocalDate,
    lms_kernel::Timestamp,
    lms_kernel::Version,
    lms_kernel::Points,
    lms_kernel::Percent,
    lms_kernel::Slug,
    lms_kernel::Title,
    lms_kernel::EmailAddress,
    lms_kernel::TenantId,
);

impl<R: Record> Sortable for lms_kernel::Id<R> {}

/// Adds "not deleted" to a condition, in a table that has soft deletes.
pub(crate) fn hide_deleted(schema: &Schema, filter: Option<Expr>) -> Option<Expr> {
    match schema.deleted_position() {
        Some(_) => Some(both(filter, Expr::IsNull("deleted_at"))),
        None => filter,
    }
}

fn both(filter: Option<Expr>, with: Expr) -> Expr {
    match filter {
        None => with,
        Some(Expr::All(mut parts)) => {
            parts.push(with);
            Expr::All(parts)
        }
        Some(filter) => Expr::All(vec![filter, with]),
    }
}
