//! Results of a person that are not released to them yet.
use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use lms_assessment::{attempt::WithheldScores, gradebook::ItemsNotShown};
use lms_kernel::Id;
use lms_people::identity::Membership;
use lms_store::{StoreError, Transaction};

/// The results of a person that are not released yet, by their ids as text.
#[derive(Debug, Default)]
pub(super) struct Unreleased {
    attempts: BTreeSet<String>,
    scores: BTreeSet<String>,
    items: BTreeSet<String>,
}

/// What an export shows of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Showing {
    /// All of it.
    Whole,
    /// What is left of it.
    Part,
    /// Nothing.
    Nothing,
}

impl Unreleased {
    pub(super) async fn of(
        tx: &mut Transaction,
        member: Id<Membership>,
    ) -> Result<Self, StoreError> {
        let scores = tx.part(WithheldScores { learner_id: member }).await?;
        let items = tx.part(ItemsNotShown { learner_id: member }).await?;
        Ok(Self {
            attempts: scores.iter().map(|it| it.attempt_id.to_string()).collect(),
            scores: scores.iter().map(|it| it.id.to_string()).collect(),
            items: items.iter().map(ToString::to_string).collect(),
        })
    }

    /// Takes out of a row of that table what would tell a result.
    pub(super) fn take_from(&self, table: &str, row: &mut Map<String, Json>) -> Showing {
        let is = |column: &str, ids: &BTreeSet<String>| {
            row.get(column).and_then(Json::as_str).is_some_and(|id| ids.contains(id))
        };
        let says = |column: &str, text: &str| row.get(column).and_then(Json::as_str) == Some(text);
        let of_attempt = is("attempt_id", &self.attempts);
        let taken: &[&str] = match table {
            "scores" | "markings" if of_attempt => return Showing::Nothing,
            "section_scores" | "score_traces" if is("score_id", &self.scores) => {
                return Showing::Nothing;
            }
            "grades" if is("item_id", &self.items) => return Showing::Nothing,
            "course_grades" if says("audience", "staff") => return Showing::Nothing,
            "attempts" if is("id", &self.attempts) => &ATTEMPT,
            "answer_sheets" if of_attempt => &SHEET,
            "placement_decisions" if of_attempt || !self.attempts.is_empty() => &PLACEMENT,
            "submissions" if says("status", "graded") => &SUBMISSION,
            _ => return Showing::Whole,
        };
        for column in taken {
            row.remove(*column);
        }
        Showing::Part
    }
}

const ATTEMPT: [&str; 3] = ["score", "passed", "completed_at"];
const SHEET: [&str; 1] = ["packed"];
const PLACEMENT: [&str; 3] = ["score", "profile", "placement"];
const SUBMISSION: [&str; 6] = ["status", "earned", "grade", "feedback", "graded_at", "graded_by"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_table_and_column_exists() {
        let types = crate::registry::record_types();
        for (table, columns) in [
            ("scores", &["attempt_id"][..]),
            ("markings", &["attempt_id"]),
            ("section_scores", &["score_id"]),
            ("score_traces", &["score_id"]),
            ("grades", &["item_id"]),
            ("course_grades", &["audience"]),
            ("attempts", &ATTEMPT),
            ("answer_sheets", &SHEET),
            ("placement_decisions", &PLACEMENT),
            ("submissions", &SUBMISSION),
        ] {
            let record = types.iter().find(|it| it.schema().table == table).unwrap();
            for column in columns {
                let known = record.schema().columns.iter().any(|it| it.name == *column);
                assert!(known, "{table}.{column}");
            }
        }
    }

    #[test]
    fn what_is_released_stays_whole() {
        let own = |ids: &[&str]| ids.iter().map(ToString::to_string).collect();
        let it = Unreleased { attempts: own(&["a"]), scores: own(&["s"]), items: own(&["i"]) };
        let shown = |table: &str, row: Json| {
            let mut row = row.as_object().unwrap().clone();
            let showing = it.take_from(table, &mut row);
            (showing, row.len())
        };
        assert_eq!(shown("scores", json!({"attempt_id": "b", "total": "1"})).0, Showing::Whole);
        assert_eq!(shown("scores", json!({"attempt_id": "a", "total": "1"})).0, Showing::Nothing);
        assert_eq!(shown("attempts", json!({"id": "a", "score": "1"})), (Showing::Part, 1));
        assert_eq!(shown("attempts", json!({"id": "b", "score": "1"})), (Showing::Whole, 2));
        assert_eq!(shown("score_traces", json!({"score_id": "s"})).0, Showing::Nothing);
        assert_eq!(shown("grades", json!({"item_id": "i", "score": "1"})).0, Showing::Nothing);
        let returned = json!({"status": "returned", "grade": "1"});
        assert_eq!(shown("submissions", returned).0, Showing::Whole);
        let marked = json!({"id": "x", "status": "graded", "grade": "1"});
        assert_eq!(shown("submissions", marked), (Showing::Part, 1));
    }
}
