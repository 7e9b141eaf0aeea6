//! Previewing a regrade.
use lms_store::operation::{Access, Effect, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::{
    Assessment,
    attempt::HandedInSheet,
    regrade::{
        Regrade, RegradeDelta, RegradeError, RegradeTally, Ruling,
        service::{
            chunk::{Reach, Regrader},
            start::check_rulings,
        },
    },
};
use lms_kernel::Id;
use lms_people::authorization::{Permission, authorize_on};
use lms_store::{PageSize, Transaction};

/// Previews the effect of a regrade on the scores of earlier attempts. Nothing is changed. Needs
/// `tests.manage` where the assessment is.
///
/// # Errors
/// [`RegradeError`] as [`StartRegrade`](super::StartRegrade).
#[operation("assessment.preview_regrade")]
#[derive(PartialEq)]
pub struct PreviewRegrade {
    /// The assessment to regrade.
    pub assessment_id: Id<Assessment>,
    /// The regrade policy of each question whose key was corrected.
    pub rulings: Vec<Ruling>,
    /// The last sheet of the previous page, from [`RegradePreview::next`]; `None` for the first
    /// page.
    pub after: Option<Id<HandedInSheet>>,
    /// The most rows to handle in this call, from 1 to 200.
    pub limit: PageSize,
}

/// A page of what a regrading would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegradePreview {
    /// The scores that would change.
    pub deltas: Vec<RegradeDelta>,
    /// All scores of the page, before and after.
    pub tally: RegradeTally,
    /// Where the next page begins; none after the last.
    pub next: Option<Id<HandedInSheet>>,
}

impl Operation for PreviewRegrade {
    const ACCESS: Access = Access::Asks(&[Permission::TESTS_MANAGE]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = RegradePreview;
    type Error = RegradeError;

    async fn run(self, tx: &mut Transaction) -> Result<RegradePreview, RegradeError> {
        let command = self;
        let mut assessment = tx.require(command.assessment_id).await?;
        authorize_on(tx, Permission::TESTS_MANAGE, &assessment).await?;
        let rulings = check_rulings(tx, &assessment, &command.rulings).await?;
        let regrade = Regrade::new(tx.cx(), &assessment, rulings, None);
        assessment.edition = assessment.edition.saturating_add(1);
        let mut regrader = Regrader::load(tx, assessment, &regrade).await?;
        let reach = Reach { after: command.after, limit: command.limit, to_write: false };
        let chunk = regrader.next(tx, reach).await?;
        let deltas = chunk.changes.into_iter().map(|it| it.delta);
        let deltas = deltas.filter(|it| it.before != it.after).collect();
        Ok(RegradePreview { deltas, tally: chunk.tally, next: chunk.last.filter(|_| chunk.more) })
    }
}
