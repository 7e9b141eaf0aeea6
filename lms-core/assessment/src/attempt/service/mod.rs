//! What can be done with attempts: one file per use case.
mod change_attempt;
mod expire_attempts;
mod form;
mod grade;
mod grant_allowance;
mod mark_answer;
mod marking_queue;
mod release_score;
mod reopen_attempt;
mod save_answer;
mod start_attempt;
mod submit_attempt;
mod submit_try;
mod view_paper;
mod view_result;
mod withheld;

pub use change_attempt::{ChangeAttemptError, abandon_attempt, enter_section, visit_question};
pub use expire_attempts::{ExpiredAttempts, expire_attempts};
pub use form::{FormLoadError, load_form};
pub(crate) use grade::GradedSection;
pub use grade::{GradingError, grade_attempt};
pub use grant_allowance::{AllowanceError, GrantAllowance, grant_allowance};
pub use mark_answer::{MarkAnswer, mark_answer};
pub use marking_queue::{MarkingPage, ToMark, marking_queue};
pub use release_score::{
    ReplaceScore, release_score, release_scores, replace_score, withhold_score,
};
pub use reopen_attempt::{ReopenAttempt, ReopenError, reopen_attempt};
pub use save_answer::{SaveAnswer, SaveAnswerError, Saved, save_answer};
pub use start_attempt::{StartAttempt, StartAttemptError, Started, learner_limits, start_attempt};
pub use submit_attempt::{HandedIn, submit_attempt};
pub use submit_try::{SubmitTry, Tried, TryError, submit_try};
pub use view_paper::{PaperError, view_paper};
pub use view_result::{explain_result, view_result};
#[doc(hidden)]
pub use withheld::withheld_scores;
