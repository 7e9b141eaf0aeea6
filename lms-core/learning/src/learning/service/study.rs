//! Recording study time and completed nodes.
use lms_derive::DomainError;
use lms_store::operation::{Access, Effect, Operation, operation};
use serde::{Deserialize, Serialize};

use super::enroll_learner::EnrollError;
use crate::{
    content::{ContentNode, CourseTree, load_tree},
    learning::{
        CompletionRules, CourseCompleted, Enrollment, EnrollmentEvent, EnrollmentFact,
        EnrollmentStatus, Learner, LearnerStats, NodeCompleted, NodeProgress, NodeRules,
        ProgressByNode, ProgressPlan, ProgressStatus, settle, subject_of_learning,
    },
};
use lms_kernel::{Context, Id, Percent, Rejected, TimeZone, Timestamp};
use lms_people::{
    authorization::{AuthorizationError, Permission, Subject, authorize_on, require_for},
    identity::Membership,
    tenancy::TenantSettings,
};
use lms_store::{StoreError, Transaction};

/// A learner's activity in a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Study {
    /// Spent time in it; what counts is no more than has passed.
    Time {
        /// The number of seconds.
        seconds: u32,
        /// How far into its film or recording.
        position_seconds: Option<u32>,
    },
    /// Says that it is done.
    Claim,
}

/// Why learning was not noted.
#[derive(Debug, thiserror::Error, DomainError)]
#[non_exhaustive]
pub enum StudyError {
    /// The node was not opened before.
    #[error("the lesson was not opened yet; open it first")]
    #[fault(conflict, field = "node_id")]
    NotOpened,
    /// The enrollment does not let its learner learn.
    #[error("the learner has no active enrollment in the course")]
    #[fault(forbidden)]
    NotEnrolled,
    /// The progress or the enrollment cannot take that step.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] Rejected),
    /// The right that the learner has could not become an enrollment.
    #[error(transparent)]
    #[fault(transparent)]
    Enroll(#[from] EnrollError),
    /// The actor may not.
    #[error(transparent)]
    #[fault(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The store failed.
    #[error(transparent)]
    #[fault(transparent)]
    Store(#[from] StoreError),
}

/// Records a learner's activity in a node that they opened, completes the node if its rule is met,
/// and updates progress.
///
/// # Locks
/// The enrollment's row is locked while progress is written.
///
/// # Errors
/// [`StudyError`].
#[operation("learning.record_study")]
pub struct RecordStudy {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The node, which must have been opened.
    pub node_id: Id<ContentNode>,
    /// The activity: time spent, or a claim that the node is done.
    pub study: Study,
}

impl Operation for RecordStudy {
    const ACCESS: Access = Access::Asks(&[Permission::LESSONS_STUDY]);
    type Answer = NodeProgress;
    type Error = StudyError;

    async fn run(self, tx: &mut Transaction) -> Result<NodeProgress, StudyError> {
        let Self { learner_id: learner, node_id: node, study } = self;
        authorize_on(tx, Permission::LESSONS_STUDY, &Subject::of(learner)).await?;
        let own = (learner, node, By::Learner);
        change(tx, own, |now, enrollment, progress| match study {
            Study::Time { seconds, position_seconds } => {
                let counted = progress.add_time(seconds, now);
                enrollment.position_node_id = Some(node);
                enrollment.position_seconds = position_seconds;
                counted
            }
            Study::Claim => {
                progress.is_claimed = true;
                0
            }
        })
        .await
    }
}

/// Confirms, as a teacher, that a learner has completed a node, whatever its rule says.
///
/// # Errors
/// [`StudyError`].
#[operation("learning.confirm_node")]
pub struct ConfirmNode {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The node to confirm.
    pub node_id: Id<ContentNode>,
}

impl Operation for ConfirmNode {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRESS_MANAGE]);
    type Answer = NodeProgress;
    type Error = StudyError;

    async fn run(self, tx: &mut Transaction) -> Result<NodeProgress, StudyError> {
        let Self { learner_id: learner, node_id: node } = self;
        may_correct(tx, learner, node).await?;
        change(tx, (learner, node, By::Learner), |_, _, progress| {
            progress.is_confirmed = true;
            0
        })
        .await
    }
}

/// Records a learner's score in a node; the best one counts.
///
/// # Errors
/// [`StudyError`].
#[operation("learning.record_score")]
pub struct RecordScore {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The node that was scored.
    pub node_id: Id<ContentNode>,
    /// The score in percent, from 0 to 100 with four decimal places.
    pub score: Percent,
}

impl Operation for RecordScore {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRESS_MANAGE]);
    type Answer = NodeProgress;
    type Error = StudyError;

    async fn run(self, tx: &mut Transaction) -> Result<NodeProgress, StudyError> {
        let Self { learner_id: learner, node_id: node, score } = self;
        may_correct(tx, learner, node).await?;
        change(tx, (learner, node, By::Learner), |_, _, progress| {
            progress.recorded_score = progress.recorded_score.max(Some(score));
            progress.best_score = progress.best_score.max(Some(score));
            0
        })
        .await
    }
}

/// Shows a learner's study statistics, with the streak of days as of now.
///
/// # Errors
/// [`StudyError`].
#[operation("learning.view_learner_stats")]
pub struct ViewLearnerStats {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
}

impl Operation for ViewLearnerStats {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRESS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = Option<(LearnerStats, u32)>;
    type Error = StudyError;

    async fn run(self, tx: &mut Transaction) -> Result<Option<(LearnerStats, u32)>, StudyError> {
        let Self { learner_id: learner } = self;
        authorize_on(tx, Permission::PROGRESS_VIEW, &Learner(learner)).await?;
        let stats = tx.first(LearnerStats::of(learner)).await?;
        Ok(stats.map(|it| {
            let days = it.streak().days_on(it.time_zone.date(tx.now()));
            (it, days)
        }))
    }
}

/// What a learner has reached in the tests of a node.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// The best score, as a part of the marks; none where nothing counts, or may be seen yet.
    pub score: Option<Percent>,
    /// Whether one of the tests is passed.
    pub is_passed: bool,
}

/// Notes in a course what a learner has reached in the tests of a node: the best score counts, and a
/// test that is passed is done. A score that is lower than before lowers the best one, as far as
/// staff recorded none; what is done stays done. Nothing where the learner does not learn there now.
/// The day of a mark is no day of learning. The caller has asked for permission.
///
/// # Errors
/// [`StudyError`].
#[doc(hidden)]
pub async fn note_reached(
    tx: &mut Transaction,
    (learner, node): (Id<Membership>, Id<ContentNode>),
    reached: Reached,
) -> Result<(), StudyError> {
    let Some(node) = tx.get(node).await? else { return Ok(()) };
    let enrollment = tx.first(Enrollment::live(learner, node.course_id)).await?;
    let Some(enrollment) = enrollment.filter(|it| may_learn(tx.cx(), it)) else { return Ok(()) };
    let progress = tx.first(NodeProgress::of_node(enrollment.id, node.id)).await?;
    let is_known = progress.as_ref().is_some_and(|it| {
        it.best_score == it.recorded_score.max(reached.score)
            && (it.is_claimed || !reached.is_passed)
    });
    if is_known || (progress.is_none() && reached.score.is_none()) {
        return Ok(());
    }
    if progress.is_none() {
        let opened = NodeProgress::opened(tx.cx(), &enrollment, node.id);
        tx.insert(&opened).await?;
    }
    change(tx, (learner, node.id, By::Others), |_, _, progress| {
        progress.best_score = progress.recorded_score.max(reached.score);
        progress.is_claimed |= reached.is_passed;
        0
    })
    .await?;
    Ok(())
}

/// Whose doing a change of progress is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// The learner's, who learned on that day.
    Learner,
    /// That of a person who marked or confirmed it.
    Others,
}

pub(super) fn completed(progress: &[NodeProgress]) -> impl Iterator<Item = Id<ContentNode>> {
    let done = progress.iter().filter(|it| it.status == ProgressStatus::Completed);
    done.map(|it| it.node_id)
}

pub(super) fn may_learn(cx: &Context, enrollment: &Enrollment) -> bool {
    let fact = EnrollmentFact { status: enrollment.status, expires_at: enrollment.expires_at };
    fact.is_valid(cx.now())
}

/// Asks whether the actor may correct what a learner did in a node: it is the learner's own.
async fn may_correct(
    tx: &mut Transaction,
    learner: Id<Membership>,
    node: Id<ContentNode>,
) -> Result<(), StudyError> {
    let course = require_for(tx, Permission::PROGRESS_MANAGE, node).await?.course_id;
    let learning = subject_of_learning(tx, learner, course).await?;
    authorize_on(tx, Permission::PROGRESS_MANAGE, &learning).await?;
    Ok(())
}

/// Changes a learner's progress on a node, and completes what is done by that. `work` returns how
/// many seconds of learning it noted.
async fn change(
    tx: &mut Transaction,
    (learner, node, by): (Id<Membership>, Id<ContentNode>, By),
    work: impl FnOnce(Timestamp, &mut Enrollment, &mut NodeProgress) -> i64 + Send,
) -> Result<NodeProgress, StudyError> {
    let course = tx.require(node).await?.course_id;
    let enrollment = tx.first(Enrollment::live(learner, course)).await?;
    let enrollment = enrollment.ok_or(StudyError::NotEnrolled)?;
    let mut enrollment = tx.lock(enrollment.id).await?;
    if !may_learn(tx.cx(), &enrollment) {
        return Err(StudyError::NotEnrolled);
    }
    let all = tx.all(NodeProgress::of(enrollment.id)).await?;
    let mut progress: ProgressByNode = all.into_iter().map(|it| (it.node_id, it)).collect();
    let before = progress.clone();
    let own = progress.get_mut(&node).ok_or(StudyError::NotOpened)?;
    let seconds = work(tx.now(), &mut enrollment, own);
    let tree = load_tree(tx, course).await?;
    let rules: CompletionRules = tx
        .all(NodeRules::of_course(course))
        .await?
        .into_iter()
        .filter_map(|it| Some((it.node_id, it.completion?)))
        .collect();
    let template = enrollment.clone();
    let done = settle(&tree, &rules, &mut progress, node, |progress, node| {
        let own = progress.entry(node.id);
        let own = own.or_insert_with(|| NodeProgress::opened(tx.cx(), &template, node.id));
        own.status = ProgressStatus::Completed;
        own.completed_at = Some(tx.now().max(own.started_at));
    });
    store(tx, before, &progress).await?;
    let kinds: Vec<_> = done.iter().filter_map(|it| tree.get(*it)).map(|it| it.kind).collect();
    if by == By::Learner {
        enrollment.last_accessed_at = enrollment.last_accessed_at.max(Some(tx.now()));
    }
    let is_finished = roll_up(tx, (&tree, &progress), &mut enrollment).await?;
    let mut stats = stats_of(tx, learner, None).await?;
    stats.time_spent_seconds = stats.time_spent_seconds.saturating_add(seconds);
    kinds.into_iter().for_each(|it| stats.note_completed(it));
    // A course counts once, however often it was completed.
    let earlier = Enrollment::of(learner, course).and(Enrollment::COMPLETED_AT.is_not_null());
    let is_first = is_finished && tx.count(earlier).await? <= 1;
    stats.courses_completed = stats.courses_completed.saturating_add(u32::from(is_first));
    if by == By::Learner {
        stats.note_activity(tx.now(), stats.time_zone);
    }
    tx.update(&mut stats).await?;
    for node_id in done {
        tx.emit(&NodeCompleted { node_id, learner_id: learner, course_id: course });
    }
    progress.remove(&node).ok_or(StudyError::NotOpened)
}

/// Writes what changed.
async fn store(
    tx: &mut Transaction,
    before: ProgressByNode,
    progress: &ProgressByNode,
) -> Result<(), StoreError> {
    let mut changed: Vec<_> = progress
        .values()
        .filter(|it| before.get(&it.node_id).is_some_and(|was| was != *it))
        .cloned()
        .collect();
    let added: Vec<_> =
        progress.values().filter(|it| !before.contains_key(&it.node_id)).cloned().collect();
    tx.update_all(&mut changed).await?;
    tx.insert_all(&added).await
}

/// Rolls progress up into the enrollment and completes it when all is done.
pub(super) async fn roll_up(
    tx: &mut Transaction,
    (tree, progress): (&CourseTree, &ProgressByNode),
    enrollment: &mut Enrollment,
) -> Result<bool, StudyError> {
    let all: Vec<_> = progress.values().cloned().collect();
    let share = ProgressPlan::new(tree).course_share(completed(&all));
    // What was once reached is not lost when content is added to a course that is completed.
    if enrollment.status != EnrollmentStatus::Completed {
        enrollment.progress = share.percent();
    }
    let is_finished = share.is_complete() && enrollment.status == EnrollmentStatus::Active;
    if is_finished {
        enrollment.status = enrollment.status.apply(EnrollmentEvent::Complete)?;
        enrollment.completed_at = Some(tx.now().max(enrollment.enrolled_at));
        tx.emit(&CourseCompleted {
            enrollment_id: enrollment.id,
            learner_id: enrollment.learner_id,
            course_id: enrollment.course_id,
        });
    }
    tx.update(enrollment).await?;
    Ok(is_finished)
}

/// The learner's figures, held until the transaction ends; made when there are none.
pub(super) async fn stats_of(
    tx: &mut Transaction,
    learner: Id<Membership>,
    time_zone: Option<TimeZone>,
) -> Result<LearnerStats, StoreError> {
    if let Some(stats) = tx.first(LearnerStats::of(learner)).await? {
        return tx.lock(stats.id).await;
    }
    let zone = match time_zone {
        Some(zone) => zone,
        None => {
            let settings = tx.get(TenantSettings::id_of(tx.cx())).await?;
            settings.map_or(TimeZone::UTC, |it| it.time_zone)
        }
    };
    let stats = LearnerStats::new(tx.cx(), learner, zone);
    tx.insert(&stats).await?;
    Ok(stats)
}
