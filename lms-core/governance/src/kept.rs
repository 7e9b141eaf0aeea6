//! The data that erasure retains, with the reason.
use serde::{Deserialize, Serialize};

/// Why something about an erased person is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeptBecause {
    /// It is a grade or what a grade rests on; no longer tied to a name.
    Grade,
    /// It shows how money moved, which books must show for years.
    Money,
}

/// Personal columns that erasing keeps.
const KEPT: [(&str, &[&str], KeptBecause); 7] = [
    ("attempt_answers", &["answer", "tries"], KeptBecause::Grade),
    ("answer_sheets", &["packed"], KeptBecause::Grade),
    ("markings", &["mark"], KeptBecause::Grade),
    ("score_traces", &["result"], KeptBecause::Grade),
    ("placement_decisions", &["placement", "profile"], KeptBecause::Grade),
    ("course_grades", &["replaced", "trace"], KeptBecause::Grade),
    ("payment_proofs", &["proof_url", "bank_reference"], KeptBecause::Money),
];

/// Why erasing keeps a personal column; none where it does not.
pub fn kept_because(table: &str, column: &str) -> Option<KeptBecause> {
    let found = KEPT.iter().find(|it| it.0 == table && it.1.contains(&column));
    found.map(|it| it.2)
}

/// Personal columns that erasing a person does not reach by references, as table, column and what
/// looks after them instead; `*` means every table.
pub const PERSONAL_APART: [(&str, &str, &str); 7] = [
    ("audit_entries", "changes", "erased by the records that the entries are about"),
    ("audit_entries", "ip_address", "erased by the login that acted"),
    ("audit_entries", "user_agent", "erased by the login that acted"),
    ("org_units", "contact_email", "the address of an organisation"),
    ("org_units", "contact_phone", "the number of an organisation"),
    ("webhook_messages", "body", "a gateway's own words, which retention empties"),
    ("*", "metadata", "the host's own facts about a record that is nobody's"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Belonging, personal_tables};
    use lms_store::Privacy;

    #[test]
    fn every_personal_column_is_somebodys_or_looked_after() {
        for table in personal_tables(&crate::registry::record_types()) {
            let schema = table.schema();
            for column in &schema.columns {
                let is_personal = matches!(column.privacy, Privacy::Personal | Privacy::Sensitive);
                if !is_personal || table.belonging != Belonging::Nobodys {
                    continue;
                }
                let apart = PERSONAL_APART.iter().any(|(table, name, _)| {
                    (*table == schema.table || *table == "*") && *name == column.name
                });
                assert!(apart, "nobody erases `{}.{}`", schema.table, column.name);
            }
        }
    }

    #[test]
    fn what_is_kept_is_there_and_personal() {
        let tables = personal_tables(&crate::registry::record_types());
        for (table, columns, _) in KEPT {
            let schema = tables.iter().map(|it| it.schema()).find(|it| it.table == table).unwrap();
            for name in columns {
                let column = schema.column(name).unwrap();
                assert!(column.privacy > Privacy::Open, "{table}.{name}");
            }
        }
        for (table, column, _) in PERSONAL_APART.iter().filter(|it| it.0 != "*") {
            let schema = tables.iter().map(|it| it.schema()).find(|it| it.table == *table).unwrap();
            assert!(schema.column(column).is_some(), "{table}.{column}");
        }
    }
}
