//! Attempts: their lifecycle, answers, scores, and who may see the results.
//!
//! An **attempt** starts under **limits** (the assessment's own, with what classes and single
//! learners were given beyond), takes answers one by one until its time is up, and is handed in.
//! Its answers are then packed into one **sheet**, graded into a **score** with its sections, and
//! converted. Several attempts give one **result**. What a learner sees of it is decided by the
//! assessment's policy, and only that is ever read for them.
mod answer;
#[expect(clippy::module_inception, reason = "the record of the same name")]
mod attempt;
mod codec;
mod events;
mod limits;
mod marking;
#[cfg(test)]
mod model_check;
mod override_record;
mod paper;
mod queries;
mod reopen;
mod rules;
mod score;
mod selection;
mod service;
mod sheet;
mod status;
mod timing;
mod trace;
mod view;

pub use answer::AttemptAnswer;
pub use attempt::{Attempt, AttemptError, EndedBy};
pub use codec::{SheetCodecError, pack, unpack};
pub use events::{
    AttemptAbandoned, AttemptExpired, AttemptExtended, AttemptGraded, AttemptReopened,
    AttemptStarted, AttemptSubmitted, ScoreReleased,
};
pub use limits::{
    Allowance, Allowances, AttemptAllowance, AttemptLimits, Closing, SectionTime, TimeAllowance,
};
pub use marking::{Marking, MarkingProgress, MarkingRound};
pub use override_record::{AssessmentOverride, OverrideFor};
pub use paper::{AttemptPaper, PaperBlank, PaperOption, PaperQuestion, PaperSection, PaperStem};
pub use reopen::ReopenRefusal;
pub use rules::{AttemptRules, ResultRule, ReviewRules, SecondMarking, WhenTimeIsUp};
pub use score::{ReplacedScore, Score, ScoreEvent, ScoreStatus, SectionScore};
pub use selection::{CountedAttempt, SelectedResult, select_result};
pub use service::*;
pub(crate) use service::{GradedSection, progress::note_in_course};
pub use sheet::HandedInSheet;
pub use status::{AttemptEvent, AttemptStatus};
pub use timing::{
    EarlierAttempt, StartRefusal, answers_until, hand_in_until, may_start, next_start,
    section_until,
};
pub use trace::{LoadTrace, ScoreTrace};
pub use view::{Disclosure, Graded, LearnerResult, ShownKey, ShownQuestion, ShownScore};

use lms_store::RecordType;

/// The records of attempts.
pub(super) fn record_types() -> Vec<RecordType> {
    vec![
        RecordType::of::<Attempt>(),
        RecordType::of::<AttemptAnswer>(),
        RecordType::of::<HandedInSheet>(),
        RecordType::of::<Marking>(),
        RecordType::of::<Score>(),
        RecordType::of::<ScoreTrace>(),
        RecordType::of::<SectionScore>(),
        RecordType::of::<AssessmentOverride>(),
    ]
}
