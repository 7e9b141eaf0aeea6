//! The records that hold data of a person, and in which column.
use lms_store::{Ownership, RecordType, Schema};

/// The role of a person in a row that names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Involvement {
    /// The row is about them, or theirs: what it says of a person, it says of them.
    Subject,
    /// They did something to it; what it says of a person, it says of another person.
    Actor,
}

/// What the columns that name a member make of them.
const COLUMNS: [(&str, Involvement); 34] = {
    use Involvement::{Actor, Subject};
    [
        ("assigned_by", Actor),
        ("assigned_to", Actor),
        ("assigned_tutor_id", Actor),
        ("author_id", Subject),
        ("beneficiary_id", Subject),
        ("buyer_id", Subject),
        ("decided_by", Actor),
        ("follower_id", Subject),
        ("following_id", Subject),
        ("given_by", Subject),
        ("graded_by", Actor),
        ("guardian_id", Subject),
        ("holder_id", Subject),
        ("host_id", Actor),
        ("invited_by", Actor),
        ("learner_id", Subject),
        ("marked_by", Actor),
        ("marker_id", Actor),
        ("member_id", Subject),
        ("membership_id", Subject),
        ("owner_id", Actor),
        ("participant_id", Subject),
        ("payee_id", Subject),
        ("payer_id", Subject),
        ("recipient_id", Subject),
        ("requested_by", Subject),
        ("reviewer_id", Actor),
        ("student_id", Subject),
        ("submitted_by", Subject),
        ("subscriber_id", Subject),
        ("teacher_id", Actor),
        ("tutor_id", Actor),
        ("uploaded_by", Subject),
        ("voter_id", Subject),
    ]
};

/// Where a column means something else than elsewhere.
const EXCEPTIONS: [(&str, &str, Involvement); 3] = [
    ("reviews", "reviewer_id", Involvement::Subject),
    ("ledger_entries", "tutor_id", Involvement::Subject),
    ("refunds", "requested_by", Involvement::Actor),
];

/// What the column of a table makes of the member it names; none for a column that no one has
/// thought about yet, which the tests refuse.
pub fn involvement(table: &str, column: &str) -> Option<Involvement> {
    let exception = EXCEPTIONS.iter().find(|it| (it.0, it.1) == (table, column)).map(|it| it.2);
    exception.or_else(|| COLUMNS.iter().find(|it| it.0 == column).map(|it| it.1))
}

/// How the rows of a table are a person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belonging {
    /// The row is the person.
    Itself,
    /// One of the columns names them.
    Named(Vec<&'static str>),
    /// It is part of a row that is theirs.
    PartOf {
        /// The column that holds the id of that row.
        column: &'static str,
        /// The table of that row.
        table: &'static str,
    },
    /// It is no one's; at most someone did something to it.
    Nobodys,
}

/// A kind of record, and how its rows are a person's.
#[derive(Clone, Debug)]
pub struct PersonalTable {
    /// The kind of record.
    pub record: RecordType,
    /// How its rows are a person's.
    pub belonging: Belonging,
    /// The columns that name a person who did something to it.
    pub actors: Vec<&'static str>,
}

impl PersonalTable {
    /// What the table looks like.
    pub fn schema(&self) -> &'static Schema {
        self.record.schema()
    }
}

/// The records of a tenant, and how the rows of each are a person's. It follows from the
/// references that the records declare, so that a new record cannot be forgotten: what names a
/// member is theirs, and so are the parts of it. `types` lists referred-to records first.
pub fn personal_tables(types: &[RecordType]) -> Vec<PersonalTable> {
    let mut tables: Vec<PersonalTable> = Vec::new();
    for record in types {
        let schema = record.schema();
        if schema.ownership == Ownership::Platform {
            continue;
        }
        let naming = |wanted: Involvement| -> Vec<&'static str> {
            let members = schema.columns.iter().filter(|it| it.references == Some("memberships"));
            members
                .map(|it| it.name)
                .filter(|it| involvement(schema.table, it) == Some(wanted))
                .collect()
        };
        let named = naming(Involvement::Subject);
        let belonging = if schema.table == "memberships" {
            Belonging::Itself
        } else if named.is_empty() {
            part_of(schema, &tables)
        } else {
            Belonging::Named(named)
        };
        tables.push(PersonalTable {
            record: *record,
            belonging,
            actors: naming(Involvement::Actor),
        });
    }
    tables
}

/// A row that must refer to someone's row is part of it.
fn part_of(schema: &'static Schema, earlier: &[PersonalTable]) -> Belonging {
    let needed = schema.columns.iter().filter(|it| !it.nullable);
    for column in needed {
        let Some(table) = column.references.filter(|it| *it != "memberships") else { continue };
        let parent = earlier.iter().find(|it| it.schema().table == table);
        if parent.is_some_and(|it| it.belonging != Belonging::Nobodys) {
            return Belonging::PartOf { column: column.name, table };
        }
    }
    Belonging::Nobodys
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn tables() -> Vec<PersonalTable> {
        personal_tables(&crate::registry::record_types())
    }

    fn belonging(table: &str) -> Belonging {
        tables().into_iter().find(|it| it.schema().table == table).unwrap().belonging
    }

    #[test]
    fn every_column_that_names_a_member_is_thought_about() {
        let mut used = BTreeSet::new();
        for record in crate::registry::record_types() {
            let schema = record.schema();
            for column in schema.columns.iter().filter(|it| it.references == Some("memberships")) {
                let known = involvement(schema.table, column.name);
                assert!(known.is_some(), "say what `{}.{}` is", schema.table, column.name);
                used.insert(column.name);
            }
        }
        let unused: Vec<_> =
            COLUMNS.iter().map(|it| it.0).filter(|it| !used.contains(it)).collect();
        assert_eq!(unused, [""; 0]);
    }

    #[test]
    fn what_names_a_person_is_theirs_and_so_are_its_parts() {
        assert_eq!(belonging("memberships"), Belonging::Itself);
        assert_eq!(belonging("attempts"), Belonging::Named(vec!["learner_id"]));
        let part = |column, table| Belonging::PartOf { column, table };
        assert_eq!(belonging("attempt_answers"), part("attempt_id", "attempts"));
        assert_eq!(belonging("proctoring_sessions"), part("attempt_id", "attempts"));
        assert_eq!(belonging("proctoring_violations"), part("session_id", "proctoring_sessions"));
        assert_eq!(belonging("gateway_transactions"), part("payment_id", "payments"));
        assert_eq!(belonging("notification_deliveries"), part("notification_id", "notifications"));
        assert_eq!(belonging("courses"), Belonging::Nobodys);
        assert_eq!(belonging("content_nodes"), Belonging::Nobodys);
        assert_eq!(belonging("sessions"), Belonging::Nobodys);
    }
}
