//! Records, and what a table looks like to the domain.
use std::{collections::HashMap, fmt, vec};

use uuid::Uuid;

use crate::{Field, FieldError, Privacy, RecordStamp, StoreError, Type, Value};
use lms_kernel::{Id, TenantId, Version};

/// An entity with an id, one table and a version. Implement it with `#[derive(Record)]`.
///
/// ```
/// # extern crate lms_store as lms_core;
/// use lms_kernel::{Id, Slug, Title};
/// use lms_store::{Record, Stamp};
///
/// #[derive(Clone, Debug, PartialEq, Record)]
/// #[record(table = "shelves", unique(slug), index(title))]
/// pub struct Shelf {
///     pub id: Id<Shelf>,
///     #[record(flatten)]
///     pub stamp: Stamp,
///     pub slug: Slug,
///     pub title: Title,
///     pub seats: Option<i64>,
/// }
///
/// assert_eq!(Shelf::schema().table, "shelves");
/// assert_eq!(Shelf::TITLE.name(), "title");
/// ```
pub trait Record: Clone + fmt::Debug + PartialEq + Send + Sync + 'static {
    /// The table's name, also in error messages.
    const TABLE: &'static str;
    /// The entity's name in events, audit entries and references, such as `course`.
    const KIND: &'static str;
    /// What the library keeps about the record: [`Stamp`](crate::Stamp) for records of a
    /// tenant, [`PlatformStamp`](crate::PlatformStamp) for those of the platform, and
    /// [`LogStamp`](crate::LogStamp) for append-only ones.
    type Stamp: RecordStamp;

    /// What the table looks like.
    fn schema() -> &'static Schema;
    /// The record's id.
    fn id(&self) -> Id<Self>;
    /// When the record was created and last changed, and its version.
    fn stamp(&self) -> &Self::Stamp;
    /// What the library keeps about the record, for the store to bump.
    fn stamp_mut(&mut self) -> &mut Self::Stamp;
    /// The values to store, in column order.
    fn to_row(&self) -> Row;
    /// The record that stored values mean.
    fn from_row(row: Row) -> Result<Self, StoreError>;
}

/// A part of a record that fills several columns.
///
/// `prefix` is the field's name where the record says `#[record(prefixed)]`, and empty where it
/// says `#[record(flatten)]`.
pub trait Fields: Sized {
    /// Appends the part's columns.
    fn columns(prefix: &'static str, out: &mut Vec<Column>);
    /// Appends the part's values.
    fn write(&self, out: &mut Vec<Value>);
    /// Takes the part's values.
    fn read(values: &mut Values<'_>) -> Result<Self, FieldError>;
}

/// A part of a record that may be missing as a whole: what `Option<Self>` fills.
pub trait OptionalFields: Sized {
    /// Appends the part's columns, all of them nullable.
    fn columns(prefix: &'static str, out: &mut Vec<Column>);
    /// Appends the part's values, or as many nulls.
    fn write(part: Option<&Self>, out: &mut Vec<Value>);
    /// Takes the part's values.
    fn read(values: &mut Values<'_>) -> Result<Option<Self>, FieldError>;
}

impl<T: OptionalFields> Fields for Option<T> {
    fn columns(prefix: &'static str, out: &mut Vec<Column>) {
        T::columns(prefix, out);
    }
    fn write(&self, out: &mut Vec<Value>) {
        T::write(self.as_ref(), out);
    }
    fn read(values: &mut Values<'_>) -> Result<Self, FieldError> {
        T::read(values)
    }
}

/// One column of a [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// Whether it may hold null.
    pub nullable: bool,
    /// The closed set of texts, empty where the text is open.
    pub allowed: &'static [&'static str],
    /// The table whose id it holds.
    pub references: Option<&'static str>,
    /// The least and the greatest whole number.
    pub range: Option<(i64, i64)>,
    /// The greatest number of characters.
    pub max_length: Option<u32>,
    /// How closely the contents must be kept.
    pub privacy: Privacy,
}

impl Column {
    /// The column that holds a `T`.
    pub const fn of<T: Field>(name: &'static str) -> Self {
        Self {
            name,
            ty: T::TYPE,
            nullable: T::NULLABLE,
            allowed: T::ALLOWED,
            references: T::REFERENCES,
            range: T::RANGE,
            max_length: T::MAX_LENGTH,
            privacy: T::PRIVACY,
        }
    }

    /// The column that holds a `T` and is named `prefix_name`, or `name` without a prefix.
    ///
    /// The joined name is leaked: a schema is built once and lives as long as the program.
    pub fn prefixed<T: Field>(prefix: &'static str, name: &'static str) -> Self {
        let name = if prefix.is_empty() { name } else { format!("{prefix}_{name}").leak() };
        Self::of::<T>(name)
    }

    /// The column for a structured part stored as JSON.
    pub const fn json(name: &'static str, nullable: bool) -> Self {
        Self { nullable, ..Self::of::<serde_json::Value>(name) }
    }

    /// The same column, kept as `privacy` says.
    #[must_use]
    pub const fn with_privacy(mut self, privacy: Privacy) -> Self {
        self.privacy = privacy;
        self
    }
}

/// Which rows a [`Unique`] speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Rows whose column holds one of these texts.
    OneOf(&'static str, &'static [&'static str]),
    /// Rows whose column is null.
    IsNull(&'static str),
}

/// Columns that, together and within their owner, must not repeat. Nulls never clash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unique {
    /// The columns, without the owner's.
    pub columns: &'static [&'static str],
    /// Whether a soft-deleted row keeps its values reserved.
    pub reserved_when_deleted: bool,
    /// Which rows it speaks of; all of them when there is none.
    pub when: Option<Condition>,
}

/// Columns that queries filter or sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// The columns, without the owner's.
    pub columns: &'static [&'static str],
    /// Columns that a backend may keep beside them, so that what reads no others need not look at
    /// the rows: what counts and semi-joins test once the row is found.
    pub covers: &'static [&'static str],
}

/// The owner of a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// Each row belongs to one tenant.
    Tenant,
    /// The rows belong to the platform.
    Platform,
}

/// A table as the domain sees it. The first column is always `id`.
#[derive(Debug)]
pub struct Schema {
    /// The table's name.
    pub table: &'static str,
    /// The entity's name.
    pub kind: &'static str,
    /// Who owns the rows.
    pub ownership: Ownership,
    /// The columns, in the order of a [`Row`].
    pub columns: Vec<Column>,
    /// What must not repeat, beside the id.
    pub uniques: Vec<Unique>,
    /// What queries filter or sort by.
    pub indexes: Vec<Index>,
    /// JSON columns that queries search by what they contain.
    pub contained: Vec<&'static str>,
    /// Whether changes leave an audit entry.
    pub audited: bool,
    positions: HashMap<&'static str, usize>,
    tenant: Option<usize>,
    version: usize,
    deleted_at: Option<usize>,
}

impl Schema {
    /// The name of the id column, which is always the first.
    pub const ID: &'static str = "id";

    /// Starts the description of a table.
    pub fn build(table: &'static str, kind: &'static str) -> SchemaBuilder {
        SchemaBuilder {
            table,
            kind,
            columns: Vec::new(),
            uniques: Vec::new(),
            indexes: Vec::new(),
            contained: Vec::new(),
            audited: true,
            platform: false,
        }
    }

    /// The position of `column` in a row, if there is one.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.positions.get(column).copied()
    }

    /// The column of that name, if there is one.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.get(self.position(name)?)
    }

    /// The position of the tenant's id, in a table whose rows tenants own (or are).
    pub fn tenant_position(&self) -> Option<usize> {
        self.tenant
    }

    /// The position of the version.
    pub fn version_position(&self) -> usize {
        self.version
    }

    /// The position of the time of a soft delete, in a table that has one.
    pub fn deleted_position(&self) -> Option<usize> {
        self.deleted_at
    }

    /// The row's value in `column`; null when there is no such column.
    pub fn value<'r>(&self, row: &'r Row, column: &str) -> &'r Value {
        self.position(column).and_then(|at| row.0.get(at)).unwrap_or(&Value::Null)
    }

    /// Whose row it is; `None` for the platform's.
    pub fn owner(&self, row: &Row) -> Option<TenantId> {
        match row.0.get(self.tenant?) {
            Some(Value::Uuid(id)) => Some(TenantId::from_uuid(*id)),
            _ => None,
        }
    }

    /// The row's version.
    pub fn version(&self, row: &Row) -> Version {
        match row.0.get(self.version) {
            Some(Value::Int(version)) => Version::new(*version),
            _ => Version::FIRST,
        }
    }
}

/// Collects a [`Schema`]. The derive calls it.
#[derive(Debug)]
pub struct SchemaBuilder {
    table: &'static str,
    kind: &'static str,
    columns: Vec<Column>,
    uniques: Vec<Unique>,
    indexes: Vec<Index>,
    contained: Vec<&'static str>,
    audited: bool,
    platform: bool,
}

impl SchemaBuilder {
    /// Adds a column.
    #[must_use]
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// Adds the columns of a part.
    #[must_use]
    pub fn fields<T: Fields>(mut self, prefix: &'static str) -> Self {
        T::columns(prefix, &mut self.columns);
        self
    }

    /// Adds columns that must not repeat.
    #[must_use]
    pub fn unique(mut self, unique: Unique) -> Self {
        self.uniques.push(unique);
        self
    }

    /// Adds columns that queries filter or sort by, and those that may be kept beside them.
    #[must_use]
    pub fn index(
        mut self,
        columns: &'static [&'static str],
        covers: &'static [&'static str],
    ) -> Self {
        self.indexes.push(Index { columns, covers });
        self
    }

    /// Adds JSON columns that queries search by what they contain.
    #[must_use]
    pub fn contains(mut self, columns: &'static [&'static str]) -> Self {
        self.contained.extend(columns);
        self
    }

    /// Leaves changes out of the audit trail: for logs and high-volume rows.
    #[must_use]
    pub fn unaudited(mut self) -> Self {
        self.audited = false;
        self
    }

    /// Gives the rows to the platform.
    #[must_use]
    pub fn platform(mut self) -> Self {
        self.platform = true;
        self
    }

    /// The finished description.
    pub fn done(mut self) -> Schema {
        // A record's id names the record itself; it is not a reference to one.
        if let Some(id) = self.columns.first_mut() {
            id.references = None;
        }
        let positions: HashMap<_, _> =
            self.columns.iter().enumerate().map(|(at, column)| (column.name, at)).collect();
        // A tenant's own row is known by its id, so that the tenant sees it and nobody else's.
        let tenant = if self.table == "tenants" { "id" } else { "tenant_id" };
        let tenant = positions.get(tenant).copied();
        Schema {
            table: self.table,
            kind: self.kind,
            ownership: if self.platform { Ownership::Platform } else { Ownership::Tenant },
            uniques: self.uniques,
            indexes: self.indexes,
            contained: self.contained,
            audited: self.audited,
            tenant,
            version: positions.get("version").copied().unwrap_or(usize::MAX),
            deleted_at: positions.get("deleted_at").copied(),
            columns: self.columns,
            positions,
        }
    }
}

/// The values of one record, in column order.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Row(pub Vec<Value>);

impl Row {
    /// The record's id: the first value. Nil when the row is corrupt.
    pub fn id(&self) -> Uuid {
        match self.0.first() {
            Some(Value::Uuid(id)) => *id,
            _ => Uuid::nil(),
        }
    }

    /// Hands out the values one field at a time.
    pub fn values(self, schema: &Schema) -> Values<'_> {
        let id = Some(self.id());
        Values { schema, at: 0, values: self.0.into_iter(), id }
    }

    /// Replaces the value of `column`; does nothing when there is no such column.
    pub fn set(&mut self, schema: &Schema, column: &str, value: Value) {
        if let Some(slot) = schema.position(column).and_then(|at| self.0.get_mut(at)) {
            *slot = value;
        }
    }
}

/// Hands out the values of a row one field at a time.
#[derive(Debug)]
pub struct Values<'a> {
    schema: &'a Schema,
    at: usize,
    values: vec::IntoIter<Value>,
    id: Option<Uuid>,
}

impl Values<'_> {
    /// The next field.
    pub fn take<T: Field>(&mut self) -> Result<T, FieldError> {
        T::from_value(self.take_value())
    }

    /// The next value, as it is stored.
    pub fn take_value(&mut self) -> Value {
        self.at += 1;
        self.values.next().unwrap_or(Value::Null)
    }

    /// Says which row and which column a bad value came from.
    pub fn corrupt(&self, source: FieldError) -> StoreError {
        let column = self.schema.columns.get(self.at.saturating_sub(1));
        StoreError::Corrupt {
            table: self.schema.table,
            column: column.map_or("?", |it| it.name),
            id: self.id,
            source,
        }
    }
}

/// A record type in the registry: its table, and a check that a row means a record.
#[derive(Clone, Copy)]
pub struct RecordType {
    schema: fn() -> &'static Schema,
    through: fn(Row) -> Result<Row, StoreError>,
}

impl RecordType {
    /// The registry's entry for `R`.
    pub const fn of<R: Record>() -> Self {
        Self { schema: R::schema, through: |row| R::from_row(row).map(|record| record.to_row()) }
    }

    /// The record's table.
    pub fn schema(&self) -> &'static Schema {
        (self.schema)()
    }

    /// The row after a trip through the domain type; an error when it means no record.
    pub fn through_domain(&self, row: Row) -> Result<Row, StoreError> {
        (self.through)(row)
    }
}

impl fmt::Debug for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RecordType").field(&self.schema().table).finish()
    }
}
