//! Row-level security: who sees and writes which rows, whatever a statement says.
use lms_core::store::{Ownership, Schema};

use super::{APP_ROLE, MAINTENANCE_ROLE, PLATFORM_SETTING, SCHEMA, TENANT_SETTING, own_row_column};

/// The statements that close a table to all but its owners.
///
/// The tenant's policy is one comparison without a sub-select and without `OR`, so that it can
/// be an index condition. A setting that was local to an earlier transaction reads back as the
/// empty text, hence `NULLIF`.
pub(crate) fn policies(schema: &Schema) -> Vec<String> {
    let table = schema.table;
    let mut statements = vec![
        format!("ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY"),
        format!("ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY"),
    ];
    match schema.ownership {
        Ownership::Tenant => {
            let own = is_current_tenant("tenant_id");
            statements.push(format!(
                "CREATE POLICY {table}_tenant ON {SCHEMA}.{table}\n    USING ({own})\n    \
                 WITH CHECK ({own})"
            ));
        }
        Ownership::Platform => {
            let open = format!("current_setting('{PLATFORM_SETTING}', true) = 'on'");
            statements.push(format!(
                "CREATE POLICY {table}_platform ON {SCHEMA}.{table}\n    USING ({open})\n    \
                 WITH CHECK ({open})"
            ));
            statements.extend(own_row(schema));
        }
    }
    statements.push(format!(
        "CREATE POLICY {table}_all ON {SCHEMA}.{table} TO {MAINTENANCE_ROLE}\n    \
         USING (true)\n    WITH CHECK (true)"
    ));
    statements.push(format!(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.{table} TO {APP_ROLE}, \
         {MAINTENANCE_ROLE}"
    ));
    statements
}

/// A tenant reads and locks its own row among the platform's, but never writes it. A row lock
/// asks the policies for UPDATE; the check that nothing passes refuses the write itself.
fn own_row(schema: &Schema) -> Vec<String> {
    let Some(column) = own_row_column(schema) else { return Vec::new() };
    let (table, own) = (schema.table, is_current_tenant(column));
    vec![
        format!("CREATE POLICY {table}_own ON {SCHEMA}.{table} FOR SELECT\n    USING ({own})"),
        format!(
            "CREATE POLICY {table}_own_lock ON {SCHEMA}.{table} FOR UPDATE\n    \
             USING ({own})\n    WITH CHECK (false)"
        ),
    ]
}

fn is_current_tenant(column: &str) -> String {
    format!("{column} = NULLIF(current_setting('{TENANT_SETTING}', true), '')::uuid")
}
