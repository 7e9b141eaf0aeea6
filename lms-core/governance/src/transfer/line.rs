//! The lines of a tenant's file.
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::row_json::to_json;
use lms_kernel::{TenantId, Timestamp};
use lms_store::{Row, Schema};

/// What the first line says the file is.
pub const TRANSFER_FORMAT: &str = "lms-tenant";

/// The version of the format that this library writes and reads.
pub const TRANSFER_VERSION: u32 = 1;

/// One line: what the file is, a row, or that it ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum Line {
    /// The first line.
    Head { format: String, version: u32, tenant: TenantId, exported_at: Timestamp },
    /// A row, with its columns by name.
    Row { table: String, row: Map<String, Json> },
    /// The last line: how many rows there are.
    End { rows: u64 },
}

impl Line {
    /// The first line of a tenant's file.
    pub(super) fn head(tenant: TenantId, exported_at: Timestamp) -> Self {
        let format = TRANSFER_FORMAT.to_owned();
        Self::Head { format, version: TRANSFER_VERSION, tenant, exported_at }
    }

    /// The line of a row.
    pub(super) fn row(schema: &Schema, row: &Row) -> Self {
        Self::Row { table: schema.table.to_owned(), row: to_json(schema, row, |_| true) }
    }

    /// The text, without the line's end.
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let lines = [
            Line::head(TenantId::SINGLE, Timestamp::EPOCH),
            Line::Row { table: "courses".into(), row: Map::new() },
            Line::End { rows: 7 },
        ];
        for line in lines {
            assert_eq!(serde_json::from_str::<Line>(&line.to_text()).unwrap(), line);
        }
        for text in ["", "{}", "[]", r#"{"rows": -1}"#, r#"{"rows": 1, "more": 2}"#] {
            assert!(serde_json::from_str::<Line>(text).is_err(), "{text}");
        }
    }
}
