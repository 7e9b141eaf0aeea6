//! The operations on attempts, one file per use case.
mod change_attempt;
mod expire_attempts;
mod form;
mod grade;
mod grant_allowance;
mod item_statistics;
mod list_attempts;
mod mark_answer;
mod marking_queue;
mod note_closed_results;
pub(crate) mod progress;
mod release_score;
mod reopen_attempt;
mod save_answer;
mod start_attempt;
mod submit_attempt;
mod submit_try;
mod view_paper;
mod view_result;
mod withheld;

pub use change_attempt::{AbandonAttempt, ChangeAttemptError, EnterSection, VisitQuestion};
pub use expire_attempts::ExpireAttempts;
pub(crate) use form::load_form;
pub use form::{FormLoadError, LoadForm};
pub(crate) use grade::GradedSection;
pub use grade::{GradeAttempt, GradingError};
pub use grant_allowance::{AllowanceError, GrantAllowance};
pub use item_statistics::{
    CountedAttempts, ItemStatisticsError, ItemStatisticsView, ViewItemStatistics,
};
pub use list_attempts::{AttemptFilter, AttemptNextStep, AttemptView, ListAttempts};
pub use mark_answer::MarkAnswer;
pub use marking_queue::{MarkingPage, ToMark, ViewMarkingQueue};
pub use note_closed_results::NoteClosedResults;
pub use release_score::{ReleaseScore, ReleaseScores, ReplaceScore, WithholdScore};
pub use reopen_attempt::{ReopenAttempt, ReopenError};
pub use save_answer::{SaveAnswer, SaveAnswerError, Saved};
pub(crate) use start_attempt::learner_limits;
pub use start_attempt::{StartAttempt, StartAttemptError, Started};
pub use submit_attempt::{HandedIn, SubmitAttempt};
pub use submit_try::{SubmitTry, Tried, TryError};
pub use view_paper::{PaperError, ViewPaper};
pub use view_result::{ExplainResult, ViewResult};
pub use withheld::WithheldScores;
pub(crate) use withheld::withheld_scores;
