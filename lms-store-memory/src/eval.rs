//! Whether a row matches a condition, as SQL would say.
use std::{cell::OnceCell, cmp::Ordering, collections::HashSet};

use lms_kernel::Scope;
use lms_store::{Expr, Op, Ownership, Related, Row, Schema, StoreError, Type, Value, json_match};
use uuid::Uuid;

use crate::{
    key::{after, encode},
    tree::{Bounds, Walk},
    view::{Part, View},
};

/// What a query may see.
#[derive(Clone, Copy)]
pub(crate) struct Site<'v> {
    pub(crate) view: View<'v>,
    pub(crate) scope: Scope,
}

/// A condition with its columns found and its values checked.
pub(crate) enum Test<'q> {
    Compare(usize, Op, &'q Value),
    In(usize, &'q [Value]),
    IsNull(usize),
    Prefix(usize, &'q str),
    Contains(usize, &'q str),
    JsonContains(usize, &'q serde_json::Value),
    /// A text or JSON test on a column of another type, which nothing passes.
    Never,
    Related(Box<RelatedTest<'q>>),
    All(Vec<Test<'q>>),
    Any(Vec<Test<'q>>),
    Not(Box<Test<'q>>),
}

/// A semi-join with its columns found.
pub(crate) struct RelatedTest<'q> {
    pub(crate) column: usize,
    /// The other table.
    pub(crate) schema: &'static Schema,
    pub(crate) target: usize,
    /// Whether both sides belong to tenants, so that only rows of one tenant are related.
    within_tenant: bool,
    pub(crate) test: Test<'q>,
    /// The values on the other side, once they have been gathered.
    pub(crate) values: OnceCell<HashSet<Vec<u8>>>,
}

impl<'q> Test<'q> {
    /// Checks a condition on a table.
    pub(crate) fn of(schema: &'static Schema, expr: Option<&'q Expr>) -> Result<Self, StoreError> {
        expr.map_or(Ok(Self::All(Vec::new())), |it| Self::checked(schema, it, true))
    }

    fn checked(schema: &'static Schema, expr: &'q Expr, outer: bool) -> Result<Self, StoreError> {
        let all = |parts: &'q [Expr]| -> Result<Vec<_>, _> {
            parts.iter().map(|it| Self::checked(schema, it, outer)).collect()
        };
        Ok(match expr {
            Expr::Compare(column, op, value) => {
                Self::Compare(position(schema, column, Some(value))?, *op, value)
            }
            Expr::In(column, values) => {
                let at = position(schema, column, None)?;
                values.iter().try_for_each(|it| position(schema, column, Some(it)).map(drop))?;
                Self::In(at, values)
            }
            Expr::IsNull(column) => Self::IsNull(position(schema, column, None)?),
            Expr::Prefix(column, text) => match typed(schema, column, Type::Text)? {
                Some(at) => Self::Prefix(at, text),
                None => Self::Never,
            },
            Expr::Contains(column, text) => match typed(schema, column, Type::Text)? {
                Some(at) => Self::Contains(at, text),
                None => Self::Never,
            },
            Expr::JsonContains(column, part) => match typed(schema, column, Type::Json)? {
                Some(at) => Self::JsonContains(at, part),
                None => Self::Never,
            },
            Expr::Related(related) if outer => {
                Self::Related(Box::new(RelatedTest::of(schema, related)?))
            }
            Expr::Related(_) => {
                return Err(refused(schema, "a semi-join does not hold another one"));
            }
            Expr::All(parts) => Self::All(all(parts)?),
            Expr::Any(parts) => Self::Any(all(parts)?),
            Expr::Not(part) => Self::Not(Box::new(Self::checked(schema, part, outer)?)),
        })
    }

    /// Whether a row of `owner` matches; unknown does not.
    pub(crate) fn passes(&self, row: &Row, owner: Uuid, site: Site<'_>) -> bool {
        self.truth(row, owner, site) == Some(true)
    }

    /// Three-valued logic: `None` is SQL's unknown.
    fn truth(&self, row: &Row, owner: Uuid, site: Site<'_>) -> Option<bool> {
        let value = |at: usize| row.0.get(at).unwrap_or(&Value::Null);
        let text = |at: usize| match value(at) {
            Value::Text(text) => Some(text),
            _ => None,
        };
        match self {
            Self::Compare(at, op, right) => compared(value(*at), *op, right),
            Self::In(at, options) => one_of(value(*at), options),
            Self::IsNull(at) => Some(value(*at).is_null()),
            Self::Prefix(at, prefix) => Some(text(*at)?.starts_with(prefix)),
            Self::Contains(at, part) => Some(text(*at)?.contains(part)),
            Self::JsonContains(at, part) => match value(*at) {
                Value::Json(whole) => Some(json_match::contains(&whole.document(), part)),
                _ => None,
            },
            Self::Never => Some(false),
            Self::Related(related) => Some(related.holds(value(related.column), owner, site)),
            Self::All(parts) => fold(parts.iter().map(|it| it.truth(row, owner, site)), false),
            Self::Any(parts) => fold(parts.iter().map(|it| it.truth(row, owner, site)), true),
            Self::Not(part) => part.truth(row, owner, site).map(|it| !it),
        }
    }
}

impl<'q> RelatedTest<'q> {
    fn of(schema: &'static Schema, related: &'q Related) -> Result<Self, StoreError> {
        let column = position(schema, related.column, None)?;
        let target = position(related.schema, related.target, None)?;
        let ty = |schema: &Schema, at: usize| schema.columns.get(at).map(|it| it.ty);
        if ty(schema, column) != ty(related.schema, target) {
            return Err(refused(schema, "the columns of a semi-join have one type"));
        }
        let test = match &related.filter {
            Some(filter) => Test::checked(related.schema, filter, false)?,
            None => Test::All(Vec::new()),
        };
        let tenants = |it: &Schema| it.ownership == Ownership::Tenant;
        let within_tenant = tenants(schema) && tenants(related.schema);
        let schema = related.schema;
        Ok(Self { column, schema, target, within_tenant, test, values: OnceCell::new() })
    }

    /// The rows on the other side that a row of `owner` may be related to.
    pub(crate) fn parts<'v>(&self, owner: Uuid, site: Site<'v>) -> Vec<Part<'v>> {
        if self.within_tenant {
            site.view.part(self.schema.table, owner).into_iter().collect()
        } else {
            site.view.parts(self.schema, site.scope)
        }
    }

    fn holds(&self, value: &Value, owner: Uuid, site: Site<'_>) -> bool {
        if value.is_null() {
            return false;
        }
        let mut bytes = Vec::new();
        encode(value, &mut bytes);
        if let Some(values) = self.values.get() {
            return values.contains(&bytes);
        }
        let parts = self.parts(owner, site);
        if self.target == 0 {
            let Value::Uuid(id) = value else { return false };
            return parts.iter().any(|part| {
                part.get(*id).is_some_and(|it| self.test.passes(it, part.owner, site))
            });
        }
        let index = parts.first().and_then(|it| it.shape.led_by(&[self.target]));
        let Some(index) = index else {
            return self.gather(&parts, site).contains(&bytes);
        };
        let until = after(bytes.clone());
        let bounds = Bounds { from: Some(bytes.as_slice()), until: until.as_deref() };
        parts.iter().any(|part| {
            part.in_index(index, bounds, Walk::Forward)
                .any(|it| self.test.passes(it, part.owner, site))
        })
    }

    fn gather(&self, parts: &[Part<'_>], site: Site<'_>) -> &HashSet<Vec<u8>> {
        self.values.get_or_init(|| {
            let rows = parts.iter().flat_map(|part| {
                let rows = part.rows(Bounds::all(), Walk::Forward);
                rows.filter(|it| self.test.passes(it, part.owner, site))
            });
            rows.filter_map(|it| self.value_of(it)).collect()
        })
    }

    /// What a row of the other side is found by; none for a null.
    pub(crate) fn value_of(&self, row: &Row) -> Option<Vec<u8>> {
        let value = row.0.get(self.target).filter(|it| !it.is_null())?;
        let mut bytes = Vec::new();
        encode(value, &mut bytes);
        Some(bytes)
    }
}

fn refused(schema: &'static Schema, reason: &'static str) -> StoreError {
    StoreError::InvalidQuery { table: schema.table, reason }
}

/// The position of a column, provided that it can hold `value`.
pub(crate) fn position(
    schema: &'static Schema,
    column: &str,
    value: Option<&Value>,
) -> Result<usize, StoreError> {
    let at = schema.position(column).ok_or_else(|| refused(schema, "it has no such column"))?;
    let wanted = value.and_then(Value::type_of);
    if wanted.is_some_and(|ty| schema.columns.get(at).is_none_or(|it| it.ty != ty)) {
        return Err(refused(schema, "a value is of another type than its column"));
    }
    Ok(at)
}

fn typed(schema: &'static Schema, column: &str, ty: Type) -> Result<Option<usize>, StoreError> {
    let at = position(schema, column, None)?;
    Ok(schema.columns.get(at).filter(|it| it.ty == ty).map(|_| at))
}

fn compared(left: &Value, op: Op, right: &Value) -> Option<bool> {
    if let (Value::Json(left), Value::Json(right)) = (left, right) {
        let equal = || left == right || json_match::equal(&left.document(), &right.document());
        return match op {
            Op::Eq => Some(equal()),
            Op::Ne => Some(!equal()),
            Op::Lt | Op::Le | Op::Gt | Op::Ge => None,
        };
    }
    let order = compare(left, right)?;
    Some(match op {
        Op::Eq => order.is_eq(),
        Op::Ne => order.is_ne(),
        Op::Lt => order.is_lt(),
        Op::Le => order.is_le(),
        Op::Gt => order.is_gt(),
        Op::Ge => order.is_ge(),
    })
}

/// SQL's `= ANY`: nothing is in an empty list, not even a null.
fn one_of(value: &Value, options: &[Value]) -> Option<bool> {
    fold(options.iter().map(|it| compared(value, Op::Eq, it)), true)
}

/// `AND` when `decisive` is false, `OR` when it is true.
fn fold(parts: impl Iterator<Item = Option<bool>>, decisive: bool) -> Option<bool> {
    let mut unknown = false;
    for part in parts {
        match part {
            Some(it) if it == decisive => return Some(decisive),
            Some(_) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(!decisive)
}

/// How two values of one type sort; unknown where one is null. Text sorts by code point.
pub(crate) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Decimal(a), Value::Decimal(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Uuid(a), Value::Uuid(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Bytes(a), Value::Bytes(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// How two values sort in a page: null after everything.
pub(crate) fn sorted(a: &Value, b: &Value) -> Ordering {
    compare(a, b).unwrap_or_else(|| a.is_null().cmp(&b.is_null()))
}
