//! What an upsert did with each row.
pub(crate) mod outcomes {
    use std::cmp::Ordering;

    use lms_core::{
        kernel::Version,
        store::{Row, StoreError, UpsertRows, Upserted, Value},
    };
    use sqlx::{Row as _, postgres::PgRow};
    use uuid::Uuid;

    use crate::{codec, error::statement_error};

    /// Sorts the rows by their key, so that two writers of the same rows take them in the same
    /// order and do not deadlock. Returns the original position of each row.
    pub(crate) fn sort(upsert: &mut UpsertRows) -> Vec<usize> {
        let (schema, key) = (upsert.schema, upsert.key.clone());
        let mut rows: Vec<(usize, Row)> = upsert.rows.drain(..).enumerate().collect();
        rows.sort_by(|(_, a), (_, b)| {
            let of = |row| key.iter().map(move |it| schema.value(row, it));
            of(a)
                .zip(of(b))
                .map(|(a, b)| order(a, b))
                .find(|it| it.is_ne())
                .unwrap_or(Ordering::Equal)
        });
        let places = rows.iter().map(|(at, _)| *at).collect();
        upsert.rows = rows.into_iter().map(|(_, row)| row).collect();
        places
    }

    fn order(a: &Value, b: &Value) -> Ordering {
        match (a, b) {
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            (Value::Uuid(a), Value::Uuid(b)) => a.cmp(b),
            (Value::Time(a), Value::Time(b)) => a.cmp(b),
            (Value::Date(a), Value::Date(b)) => a.cmp(b),
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
            _ => Ordering::Equal,
        }
    }

    /// One outcome per row, in the order in which the rows were given.
    pub(crate) fn of(
        upsert: &UpsertRows,
        places: &[usize],
        written: &[PgRow],
    ) -> Result<Vec<Upserted>, StoreError> {
        let schema = upsert.schema;
        let read = |row: &PgRow| -> Result<(Uuid, i64, Vec<Value>), sqlx::Error> {
            let key = upsert.key.iter().enumerate().map(|(at, name)| {
                let ty = schema.column(name).map(|it| it.ty);
                codec::value(row, at + 2, ty.unwrap_or(lms_core::store::Type::Uuid))
            });
            Ok((row.try_get(0)?, row.try_get(1)?, key.collect::<Result<_, _>>()?))
        };
        let written: Vec<_> = written
            .iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map_err(|error| statement_error(schema, error))?;
        let mut outcomes = vec![Upserted::Kept; upsert.rows.len()];
        for (row, place) in upsert.rows.iter().zip(places) {
            let is_own = |key: &[Value]| {
                upsert.key.iter().zip(key).all(|(name, value)| schema.value(row, name) == value)
            };
            let Some((id, version, _)) = written.iter().find(|(_, _, key)| is_own(key)) else {
                continue;
            };
            // A row that was added has the id and the version that it was given.
            let (id, version) = (*id, Version::new(*version));
            let added = id == row.id() && version == schema.version(row);
            if let Some(outcome) = outcomes.get_mut(*place) {
                *outcome =
                    if added { Upserted::Inserted } else { Upserted::Replaced { id, version } };
            }
        }
        Ok(outcomes)
    }
}
