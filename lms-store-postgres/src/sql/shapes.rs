//! Texts of statements by their shape, so that each is written once.
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use lms_core::store::StoreError;
use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr as _, SqlStr, postgres::PgArguments, query::Query};

use super::sink::{Binder, Sink, Writer};

/// The texts that one store has written. Bounded: a host that builds conditions of ever new
/// shapes starts over now and then.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    texts: RwLock<HashMap<u128, Arc<str>>>,
    #[cfg(feature = "test-server")]
    pub(crate) recording: Option<crate::testing::Recording>,
}

/// A statement and its values.
#[derive(Debug)]
pub(crate) struct Statement {
    text: Arc<str>,
    arguments: PgArguments,
}

impl Shapes {
    /// How many texts are kept.
    const MOST: usize = 4096;

    /// The statement that `write` writes.
    pub(crate) fn statement(
        &self,
        write: impl Fn(&mut dyn Sink) -> Result<(), StoreError>,
    ) -> Result<Statement, StoreError> {
        let mut binder = Binder::new();
        write(&mut binder)?;
        let shape = binder.fingerprint();
        let known = self.texts.read().unwrap_or_else(PoisonError::into_inner).get(&shape).cloned();
        let text = match known {
            Some(text) => text,
            None => {
                let mut writer = Writer::new();
                write(&mut writer)?;
                let text: Arc<str> = writer.text.into();
                let mut texts = self.texts.write().unwrap_or_else(PoisonError::into_inner);
                if texts.len() >= Self::MOST {
                    texts.clear();
                }
                texts.insert(shape, Arc::clone(&text));
                text
            }
        };
        #[cfg(feature = "test-server")]
        if let Some(recording) = &self.recording {
            recording.note(&text, &write)?;
        }
        Ok(Statement { text, arguments: binder.arguments })
    }
}

impl Statement {
    /// The query for sqlx, prepared once per connection.
    pub(crate) fn query(self) -> Query<'static, Postgres, PgArguments> {
        sqlx::query_with(vouched(self.text), self.arguments)
    }
}

/// Vouches for a text that holds nothing but names of our own, numbers, and ids as UUIDs. The
/// only place beside the reports' loader that does.
pub(crate) fn vouched(text: impl Into<Arc<str>>) -> SqlStr {
    AssertSqlSafe(text.into()).into_sql_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ever_new_shapes_do_not_fill_the_memory() {
        let shapes = Shapes::default();
        let write = |number: u32| {
            let write = move |sink: &mut dyn Sink| {
                sink.text("LIMIT ");
                sink.number(number);
                Ok(())
            };
            shapes.statement(write).unwrap().text
        };
        let most = u32::try_from(Shapes::MOST).unwrap();
        for number in 0..most * 2 + 7 {
            assert_eq!(*write(number), *format!("LIMIT {number}"));
            assert!(shapes.texts.read().unwrap().len() <= Shapes::MOST);
        }
        // One that was written before is the same text, not another of its kind.
        assert!(Arc::ptr_eq(&write(most * 2), &write(most * 2)));
    }
}
