//! Pages of records, and the cursor that leads from one to the next.
use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Direction, Row, Select, StoreError, Value};

/// How many records one call may return, from 1 to 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "u32", into = "u32")]
pub struct PageSize(u32);

impl From<u32> for PageSize {
    fn from(size: u32) -> Self {
        Self::new(size)
    }
}

impl From<PageSize> for u32 {
    fn from(size: PageSize) -> Self {
        size.get()
    }
}

impl Default for PageSize {
    /// 50 records.
    fn default() -> Self {
        Self(50)
    }
}

impl PageSize {
    /// The most that one call returns.
    pub const MAX: Self = Self(200);
    /// One record.
    pub const ONE: Self = Self(1);

    /// That many, brought into the range from 1 to 200.
    pub const fn new(size: u32) -> Self {
        match size {
            0 => Self(1),
            1..=200 => Self(size),
            _ => Self::MAX,
        }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// One page of the records that a query finds, and the cursor of the next page.
///
/// `next` is `None` on the last page. Records that are added or removed between two pages neither
/// repeat nor skip others, because the cursor holds the last key and not a number of rows.
///
/// # Pitfalls
/// - There is no total: counting every match costs more than the page. Ask with
///   [`Transaction::count`](crate::Transaction::count) where it is needed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Page<R> {
    /// The records, in the query's order.
    pub items: Vec<R>,
    /// Where the next page starts; none when this was the last one.
    pub next: Option<Cursor>,
}

/// The end of a page, from which the next one continues.
///
/// Its text form travels through a client, which cannot read it or use it for another query: a
/// cursor of another sort order or table is refused, and so is one longer than
/// [`Cursor::MAX_LENGTH`].
///
/// ```
/// use lms_store::Cursor;
///
/// assert!("not a cursor".parse::<Cursor>().is_err());
/// ```
///
/// # Pitfalls
/// - Pass it back unchanged with the same filter and order.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    column: String,
    descending: bool,
    value: Value,
    id: Uuid,
}

#[derive(Serialize, Deserialize)]
struct Wire(String, bool, Value, Uuid);

impl Cursor {
    /// The longest text that is read as a cursor.
    pub const MAX_LENGTH: usize = 4096;

    /// Where a page of `select` that ends with `row` leads on.
    pub fn after(select: &Select, row: &Row) -> Self {
        Self {
            column: select.order.column.to_owned(),
            descending: select.order.direction == Direction::Desc,
            value: select.schema.value(row, select.order.column).clone(),
            id: row.id(),
        }
    }

    /// The sort value of the last record.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The id of the last record.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Refuses a cursor that was made for another order.
    pub(crate) fn check(&self, select: &Select) -> Result<(), StoreError> {
        let same = self.column == select.order.column
            && self.descending == (select.order.direction == Direction::Desc)
            && self.value.type_of() == select.schema.column(select.order.column).map(|it| it.ty);
        if same { Ok(()) } else { Err(StoreError::ForeignCursor) }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wire = Wire(self.column.clone(), self.descending, self.value.clone(), self.id);
        let json = serde_json::to_vec(&wire).map_err(|_| fmt::Error)?;
        f.write_str(&hex::encode(json))
    }
}

impl FromStr for Cursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        if text.len() > Self::MAX_LENGTH {
            return Err(StoreError::ForeignCursor);
        }
        let json = hex::decode(text).map_err(|_| StoreError::ForeignCursor)?;
        let Wire(column, descending, value, id) =
            serde_json::from_slice(&json).map_err(|_| StoreError::ForeignCursor)?;
        Ok(Self { column, descending, value, id })
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text_form() {
        let cursor = Cursor {
            column: "title".into(),
            descending: true,
            value: Value::Text("é'\"".into()),
            id: Uuid::from_u128(7),
        };
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
    }

    #[test]
    fn a_page_has_one_to_two_hundred_records() {
        for (asked, given) in [(0, 1), (1, 1), (200, 200), (201, 200), (u32::MAX, 200)] {
            assert_eq!(PageSize::new(asked).get(), given);
            assert_eq!(serde_json::from_str::<PageSize>(&asked.to_string()).unwrap().get(), given);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "0", "zz", "7b7d", "é", &"00".repeat(5000)] {
            assert!(text.parse::<Cursor>().is_err(), "{text:.20}");
        }
    }
}
