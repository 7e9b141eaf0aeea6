//! Settlement files of gateways, compared with the payments that are stored.
mod events;
mod reconcile_statement;

pub use events::SettlementDifferenceFound;
pub use reconcile_statement::{
    MAX_STATEMENT_LINES, ReconcileStatement, StatementError, StatementMovement, StatementReport,
};
