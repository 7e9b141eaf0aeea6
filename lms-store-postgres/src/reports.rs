//! Reports in SQL.
use lms_core::kernel::Scope;
use sqlx::{Postgres, postgres::PgArguments, query::QueryScalar};

/// The query of that report, if this backend has one.
pub(crate) fn query(
    _name: &str,
    _parameters: &serde_json::Value,
    _scope: Scope,
) -> Option<QueryScalar<'static, Postgres, serde_json::Value, PgArguments>> {
    None
}
