//! Gradebook items whose results are not released to the learner yet.
use std::collections::{BTreeSet, HashMap};

use crate::{
    Assessment,
    assignment::{Assignment, Submission, SubmissionStatus},
    attempt::{Score, ScoreStatus, withheld_scores},
    gradebook::{Grade, GradeItem, GradeStatus, Gradebook, GradebookPlan},
};
use lms_kernel::Id;
use lms_people::identity::Membership;
use lms_store::operation::{Effect, Part};
use lms_store::{Query, StoreError, Transaction};

/// The items with a grade that a learner may not see: those that are hidden, and those that tell a
/// result before its time.
///
/// # Errors
/// [`StoreError`].
#[derive(Clone, Copy, Debug)]
pub struct ItemsNotShown {
    /// The learner.
    pub learner_id: Id<Membership>,
}

impl Part for ItemsNotShown {
    const NAME: &'static str = "assessment.items_not_shown";
    const EFFECT: Effect = Effect::Reads;
    type Answer = BTreeSet<Id<GradeItem>>;
    type Error = StoreError;

    async fn run(self, tx: &mut Transaction) -> Result<BTreeSet<Id<GradeItem>>, StoreError> {
        items_not_shown(tx, self.learner_id).await
    }
}

async fn items_not_shown(
    tx: &mut Transaction,
    learner: Id<Membership>,
) -> Result<BTreeSet<Id<GradeItem>>, StoreError> {
    let grades = tx.all(Query::filter(Grade::LEARNER_ID.eq(learner))).await?;
    let books: BTreeSet<_> = grades.iter().map(|it| it.gradebook_id).collect();
    let mut found = BTreeSet::new();
    for book in books {
        let items = tx.all(GradeItem::of(book)).await?;
        let own: Vec<Grade> = grades.iter().filter(|it| it.gradebook_id == book).cloned().collect();
        found.extend(Sources::new(&items).withheld(tx, &own, learner).await?);
        found.extend(items.iter().filter(|it| it.hidden).map(|it| it.id));
    }
    Ok(found)
}

/// The tests and coursework of the items of a gradebook.
pub(super) struct Sources {
    tests: HashMap<Id<GradeItem>, Id<Assessment>>,
    works: HashMap<Id<GradeItem>, Id<Assignment>>,
}

impl Sources {
    pub(super) async fn of(tx: &mut Transaction, book: &Gradebook) -> Result<Self, StoreError> {
        Ok(Self::new(&tx.all(GradeItem::of(book.id)).await?))
    }

    fn new(items: &[GradeItem]) -> Self {
        let tests = items.iter().filter_map(|it| Some((it.id, it.assessment_id?))).collect();
        let works = items.iter().filter_map(|it| Some((it.id, it.assignment_id?))).collect();
        Self { tests, works }
    }

    /// The items whose grades were brought from a test that does not show its result yet, or from
    /// coursework that was not given back yet. What a person recorded in the gradebook is shown.
    async fn withheld(
        &self,
        tx: &mut Transaction,
        grades: &[Grade],
        learner: Id<Membership>,
    ) -> Result<BTreeSet<Id<GradeItem>>, StoreError> {
        let brought = |it: &&Grade| it.is_collected && it.status == GradeStatus::Graded;
        let brought: Vec<Id<GradeItem>> =
            grades.iter().filter(brought).map(|it| it.item_id).collect();
        let mut found = BTreeSet::new();
        if brought.iter().any(|it| self.tests.contains_key(it)) {
            let scores = withheld_scores(tx, learner).await?;
            // What is still to be marked is not in the book.
            let graded = |it: &&Score| it.status != ScoreStatus::Pending;
            let tests: BTreeSet<_> =
                scores.iter().filter(graded).map(|it| it.assessment_id).collect();
            let is_withheld =
                |item: &Id<GradeItem>| self.tests.get(item).is_some_and(|it| tests.contains(it));
            found.extend(brought.iter().copied().filter(is_withheld));
        }
        for item in brought {
            let Some(work) = self.works.get(&item) else { continue };
            let current = tx.first(Submission::of(*work, learner)).await?;
            if current.is_some_and(|it| it.status == SubmissionStatus::Graded) {
                found.insert(item);
            }
        }
        Ok(found)
    }

    /// The gradebook as the learner sees it: what is withheld is hidden, too. None where nothing
    /// is.
    pub(super) async fn plan_for_learner(
        &self,
        tx: &mut Transaction,
        (plan, grades): (&GradebookPlan, &[Grade]),
        learner: Id<Membership>,
    ) -> Result<Option<GradebookPlan>, StoreError> {
        let withheld = self.withheld(tx, grades, learner).await?;
        if withheld.is_empty() {
            return Ok(None);
        }
        let mut plan = plan.clone();
        for item in plan.categories.iter_mut().flat_map(|it| &mut it.items) {
            item.hidden |= withheld.contains(&item.id);
        }
        Ok(Some(plan))
    }
}
