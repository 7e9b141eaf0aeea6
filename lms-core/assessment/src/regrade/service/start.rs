//! Starting a regrade with a policy for earlier attempts.
use lms_store::operation::{Access, Operation, operation};
use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    bank::{AssessmentSlot, QuestionVersion},
    question::Question,
    regrade::{KeyRuling, Regrade, RegradeError, RegradePolicy},
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, authorize_on};
use lms_store::Transaction;

/// The regrade policy of one question for attempts that were given an earlier key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ruling {
    /// The question.
    pub question: Id<Question>,
    /// What its present key means.
    pub policy: RegradePolicy,
}

/// Starts a regrade. From then on every grading of an attempt started before follows it;
/// [`run_regrade`](super::run_regrade) regrades the submitted ones. Needs `tests.manage` where the
/// assessment is.
///
/// # Locks
/// The assessment's row is locked, and it gets a new edition, so that later attempts are not
/// affected.
///
/// # Errors
/// [`RegradeError`] for questions that the assessment does not have, and for
/// [`RegradePolicy::CurrentAndPreviousCorrect`] where the question's worth changed too.
#[operation("assessment.start_regrade")]
#[derive(PartialEq)]
pub struct StartRegrade {
    /// The assessment to regrade.
    pub assessment_id: Id<Assessment>,
    /// The regrade policy of each question whose key was corrected.
    pub rulings: Vec<Ruling>,
    /// The reason, recorded with the regrade.
    pub reason: Option<String>,
}

impl Operation for StartRegrade {
    const ACCESS: Access = Access::Asks(&[Permission::TESTS_MANAGE]);
    type Answer = Regrade;
    type Error = RegradeError;

    async fn run(self, tx: &mut Transaction) -> Result<Regrade, RegradeError> {
        let command = self;
        let mut assessment = tx.lock(command.assessment_id).await?;
        authorize_on(tx, Permission::TESTS_MANAGE, &assessment).await?;
        let rulings = check_rulings(tx, &assessment, &command.rulings).await?;
        let regrade = Regrade::new(tx.cx(), &assessment, rulings, command.reason);
        assessment.edition = assessment.edition.saturating_add(1);
        tx.update(&mut assessment).await?;
        tx.insert(&regrade).await?;
        Ok(regrade)
    }
}

/// The rulings with the editions that they are about.
pub(super) async fn check_rulings(
    tx: &mut Transaction,
    assessment: &Assessment,
    rulings: &[Ruling],
) -> Result<Vec<KeyRuling>, RegradeError> {
    if rulings.is_empty() {
        return Err(RegradeError::NoRuling);
    }
    let (mut seen, mut checked) = (HashSet::new(), Vec::with_capacity(rulings.len()));
    for &Ruling { question, policy } in rulings {
        if !seen.insert(question) {
            return Err(RegradeError::RuledTwice { question });
        }
        let found = tx.get(question).await?.ok_or(RegradeError::NotInTest { question })?;
        if !is_asked(tx, assessment, &found).await? {
            return Err(RegradeError::NotInTest { question });
        }
        if policy == RegradePolicy::CurrentAndPreviousCorrect {
            check_worth(tx, &found).await?;
        }
        checked.push(KeyRuling { question, edition: found.edition, policy });
    }
    Ok(checked)
}

/// Whether the assessment owns the question or may draw it.
async fn is_asked(
    tx: &mut Transaction,
    assessment: &Assessment,
    question: &Question,
) -> Result<bool, RegradeError> {
    if question.assessment_id == Some(assessment.id) {
        return Ok(true);
    }
    let slots = AssessmentSlot::of_assessment(assessment.id).with_deleted();
    Ok(tx.all(slots).await?.iter().any(|it| it.may_hold(question)))
}

async fn check_worth(tx: &mut Transaction, question: &Question) -> Result<(), RegradeError> {
    let versions = tx.all(QuestionVersion::of_question(question.id)).await?;
    let other = versions.iter().find(|it| it.content.score != question.score);
    match other {
        None => Ok(()),
        Some(version) => Err(RegradeError::WorthChanged {
            question: question.id,
            before: version.content.score,
            now: question.score,
        }),
    }
}
