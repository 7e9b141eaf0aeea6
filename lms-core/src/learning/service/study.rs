//! Learning: opening nodes, spending time in them, being done with them.
use std::collections::BTreeSet;

use lms_derive::DomainError;

use super::enroll_learner::{EnrollError, EnrollLearner, grant_enrollment};
use crate::{
    authorization::{AuthorizationError, Permission, Place, authorize, is_permitted},
    content::{
        AuthorRole, ContentNode, Course, CourseTree, PublicationStatus, load_tree, places_for,
    },
    delivery::ClassMember,
    identity::Membership,
    kernel::{Context, Id, Percent, TimeZone},
    learning::{
        Access, AccessFacts, CompletionRules, CourseCompleted, Enrollment, EnrollmentEvent,
        EnrollmentFact, EnrollmentStatus, EnrollmentStatusError, Entitlement, GrantSource,
        LearnerStats, NodeCompleted, NodeProgress, NodeRules, Offer, ProgressByNode, ProgressError,
        ProgressEvent, ProgressPlan, ProgressStatus, Reason, ReleaseFacts, Verdict, decide, settle,
    },
    store::{Query, StoreError, Transaction},
    tenancy::TenantSettings,
};

/// A node that a learner wants to open, and what other parts of the product know about it.
#[derive(Clone, Debug)]
pub struct AccessRequest {
    /// Who.
    pub learner_id: Id<Membership>,
    /// What.
    pub node_id: Id<ContentNode>,
    /// The rights that the learner has beside an enrolment, such as a subscription.
    pub entitlements: Vec<Entitlement>,
    /// What may be bought that includes the course, beside the course itself.
    pub products: Vec<Offer>,
}

impl AccessRequest {
    /// Without other rights and products.
    pub const fn new(learner_id: Id<Membership>, node_id: Id<ContentNode>) -> Self {
        Self { learner_id, node_id, entitlements: Vec::new(), products: Vec::new() }
    }
}

/// What a learner did in a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Study {
    /// Spent time in it; what counts is no more than has passed.
    Time {
        /// How long.
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
    /// The enrolment does not let its learner learn.
    #[error("the learner has no active enrolment in the course")]
    #[fault(forbidden)]
    NotEnrolled,
    /// Progress cannot take that step.
    #[error(transparent)]
    #[fault(transparent)]
    Progress(#[from] ProgressError),
    /// The enrolment cannot take that step.
    #[error(transparent)]
    #[fault(transparent)]
    Status(#[from] EnrollmentStatusError),
    /// The right that the learner has could not become an enrolment.
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

/// Whether a learner may open a node, by what right, or what to do about it.
///
/// # Errors
/// [`StudyError`].
pub async fn check_access(
    cx: &Context,
    tx: &mut Transaction,
    request: &AccessRequest,
) -> Result<Access, StudyError> {
    Ok(examine(cx, tx, request).await?.access)
}

/// Opens a node for a learner who may: notes that it was opened, where to go on, and the day for
/// the streak. A right other than an enrolment, such as a subscription, becomes an enrolment for
/// as long as the right lasts, so that progress has a place. Whoever may not gets the reason or
/// the offers.
///
/// The enrolment's row is locked while progress is written.
///
/// # Errors
/// [`StudyError`].
pub async fn open_node(
    cx: &Context,
    tx: &mut Transaction,
    request: &AccessRequest,
    time_zone: Option<TimeZone>,
) -> Result<(Access, Option<NodeProgress>), StudyError> {
    let Examined { access, course, enrollment } = examine(cx, tx, request).await?;
    let enrollment = match (&access, enrollment) {
        (Access::Granted { reason: Reason::Entitlement { .. } }, _) => {
            Some(enroll_by_right(cx, tx, request, course.id).await?)
        }
        (Access::Granted { .. }, Some(it)) if may_learn(cx, &it) => Some(it),
        _ => None,
    };
    let Some(enrollment) = enrollment else { return Ok((access, None)) };
    let mut enrollment = tx.lock(enrollment.id).await?;
    let known = tx.first(NodeProgress::of_node(enrollment.id, request.node_id)).await?;
    let progress = match known {
        Some(mut progress) => {
            progress.status = progress.status.apply(ProgressEvent::Open)?;
            progress.last_seen_at = progress.last_seen_at.max(cx.now());
            tx.update(&mut progress).await?;
            progress
        }
        None => {
            let progress = NodeProgress::opened(cx, &enrollment, request.node_id);
            tx.insert(&progress).await?;
            progress
        }
    };
    enrollment.position_node_id = Some(request.node_id);
    enrollment.position_seconds = None;
    enrollment.last_accessed_at = Some(cx.now());
    tx.update(&mut enrollment).await?;
    let mut stats = stats_of(cx, tx, enrollment.learner_id, time_zone).await?;
    stats.note_activity(cx.now(), time_zone.unwrap_or(stats.time_zone));
    tx.update(&mut stats).await?;
    Ok((access, Some(progress)))
}

/// Notes what a learner did in a node that they opened, completes what is done by that, and rolls
/// progress up.
///
/// The enrolment's row is locked while progress is written.
///
/// # Errors
/// [`StudyError`].
pub async fn record_study(
    cx: &Context,
    tx: &mut Transaction,
    (learner, node): (Id<Membership>, Id<ContentNode>),
    study: Study,
) -> Result<NodeProgress, StudyError> {
    authorize(cx, tx, Permission::LESSONS_STUDY, Place::Own(learner)).await?;
    change(cx, tx, (learner, node), |cx, enrollment, progress| match study {
        Study::Time { seconds, position_seconds } => {
            let counted = progress.add_time(seconds, cx.now());
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

/// Says, for somebody who teaches, that a learner is done with a node, whatever its rule says.
///
/// # Errors
/// [`StudyError`].
pub async fn confirm_node(
    cx: &Context,
    tx: &mut Transaction,
    learner: Id<Membership>,
    node: Id<ContentNode>,
) -> Result<NodeProgress, StudyError> {
    manage(cx, tx, node).await?;
    change(cx, tx, (learner, node), |_, _, progress| {
        progress.is_confirmed = true;
        0
    })
    .await
}

/// Notes a score that a learner reached in a node; the best one counts.
///
/// # Errors
/// [`StudyError`].
pub async fn record_score(
    cx: &Context,
    tx: &mut Transaction,
    (learner, node): (Id<Membership>, Id<ContentNode>),
    score: Percent,
) -> Result<NodeProgress, StudyError> {
    manage(cx, tx, node).await?;
    change(cx, tx, (learner, node), |_, _, progress| {
        progress.best_score = progress.best_score.max(Some(score));
        0
    })
    .await
}

/// The figures of a learner, and on how many days in a row they have learned as of now.
///
/// # Errors
/// [`StudyError`].
pub async fn learner_stats(
    cx: &Context,
    tx: &mut Transaction,
    learner: Id<Membership>,
) -> Result<Option<(LearnerStats, u32)>, StudyError> {
    authorize(cx, tx, Permission::PROGRESS_VIEW, Place::Own(learner)).await?;
    let stats = tx.first(LearnerStats::of(learner)).await?;
    Ok(stats.map(|it| {
        let days = it.streak().days_on(it.time_zone.date(cx.now()));
        (it, days)
    }))
}

struct Examined {
    access: Access,
    course: Course,
    enrollment: Option<Enrollment>,
}

async fn examine(
    cx: &Context,
    tx: &mut Transaction,
    request: &AccessRequest,
) -> Result<Examined, StudyError> {
    let learner = request.learner_id;
    authorize(cx, tx, Permission::LESSONS_STUDY, Place::Own(learner)).await?;
    let node = tx.require(request.node_id).await?;
    let course = tx.require(node.course_id).await?;
    let tree = load_tree(tx, course.id).await?;
    let places = places_for(cx, tx, &course, &[node.id], |_: AuthorRole| true).await?;
    let is_author = is_permitted(cx, tx, Permission::COURSES_VIEW_DRAFTS, places).await?;
    let enrollment = tx.first(Enrollment::of(learner, course.id)).await?;
    let release = release_of(cx, tx, (&tree, &node), enrollment.as_ref(), learner).await?;
    let access = decide(&AccessFacts {
        now: cx.now(),
        is_member: true,
        is_author: is_author && !cx.actor().is_system(),
        is_visible: course.status == PublicationStatus::Published && tree.is_visible(node.id),
        pricing: &course.pricing,
        node_access: tree.access(node.id).unwrap_or_default(),
        enrollment: enrollment
            .as_ref()
            .map(|it| EnrollmentFact { status: it.status, expires_at: it.expires_at }),
        entitlements: &request.entitlements,
        release: &release,
        products: &request.products,
    });
    Ok(Examined { access, course, enrollment })
}

/// What the rules of a node and of all that it stands under say.
async fn release_of(
    cx: &Context,
    tx: &mut Transaction,
    (tree, node): (&CourseTree, &ContentNode),
    enrollment: Option<&Enrollment>,
    learner: Id<Membership>,
) -> Result<Verdict, StoreError> {
    let line: Vec<_> =
        [node.id].into_iter().chain(tree.ancestors(node.id).map(|it| it.id)).collect();
    let rules = tx.all(Query::filter(NodeRules::NODE_ID.is_in(line))).await?;
    if rules.iter().all(|it| it.release.is_none()) {
        return Ok(Verdict::OPEN);
    }
    let done = match enrollment {
        Some(enrollment) => tx.all(NodeProgress::of(enrollment.id)).await?,
        None => Vec::new(),
    };
    let completed_courses =
        Enrollment::of_learner(learner).and(Enrollment::STATUS.eq(EnrollmentStatus::Completed));
    let mut facts = ReleaseFacts {
        enrolled_at: enrollment.map(|it| it.enrolled_at),
        completed: completed(&done).collect(),
        completed_courses: tx.all(completed_courses).await?.iter().map(|it| it.course_id).collect(),
        scores: done.iter().filter_map(|it| Some((it.node_id, it.best_score?))).collect(),
        classes: tx
            .all(ClassMember::active_of(learner))
            .await?
            .iter()
            .map(|it| it.class_id)
            .collect::<BTreeSet<_>>(),
        ..ReleaseFacts::at(cx.now())
    };
    let mut unmet = Vec::new();
    for rules in rules {
        facts.before = tree.before(rules.node_id).map(|it| it.id);
        let verdict = rules.release.map(|it| it.evaluate(&facts));
        unmet.extend(verdict.into_iter().flat_map(|it| it.unmet));
    }
    Ok(Verdict { unmet })
}

fn completed(progress: &[NodeProgress]) -> impl Iterator<Item = Id<ContentNode>> {
    let done = progress.iter().filter(|it| it.status == ProgressStatus::Completed);
    done.map(|it| it.node_id)
}

fn may_learn(cx: &Context, enrollment: &Enrollment) -> bool {
    let fact = EnrollmentFact { status: enrollment.status, expires_at: enrollment.expires_at };
    fact.is_valid(cx.now())
}

/// Makes an enrolment of the first right that is valid, for as long as it lasts.
async fn enroll_by_right(
    cx: &Context,
    tx: &mut Transaction,
    request: &AccessRequest,
    course: Id<Course>,
) -> Result<Enrollment, StudyError> {
    let right = request.entitlements.iter().find(|it| it.is_valid(cx.now()));
    let command = EnrollLearner {
        source_id: right.and_then(|it| it.source_id),
        expires_at: right.and_then(|it| it.ends_at),
        ..EnrollLearner::new(
            course,
            request.learner_id,
            right.map_or(GrantSource::Subscription, |it| it.source),
        )
    };
    Ok(grant_enrollment(cx, tx, command).await?)
}

async fn manage(
    cx: &Context,
    tx: &mut Transaction,
    node: Id<ContentNode>,
) -> Result<(), StudyError> {
    let course = tx.require(node).await?.course_id;
    let course = tx.require(course).await?;
    authorize(cx, tx, Permission::PROGRESS_MANAGE, course.places()).await?;
    Ok(())
}

/// Changes a learner's progress on a node, and completes what is done by that. `work` returns how
/// many seconds of learning it noted.
async fn change(
    cx: &Context,
    tx: &mut Transaction,
    (learner, node): (Id<Membership>, Id<ContentNode>),
    work: impl FnOnce(&Context, &mut Enrollment, &mut NodeProgress) -> i64 + Send,
) -> Result<NodeProgress, StudyError> {
    let course = tx.require(node).await?.course_id;
    let enrollment = tx.first(Enrollment::live(learner, course)).await?;
    let enrollment = enrollment.ok_or(StudyError::NotEnrolled)?;
    let mut enrollment = tx.lock(enrollment.id).await?;
    if !may_learn(cx, &enrollment) {
        return Err(StudyError::NotEnrolled);
    }
    let all = tx.all(NodeProgress::of(enrollment.id)).await?;
    let mut progress: ProgressByNode = all.into_iter().map(|it| (it.node_id, it)).collect();
    let before = progress.clone();
    let own = progress.get_mut(&node).ok_or(StudyError::NotOpened)?;
    let seconds = work(cx, &mut enrollment, own);
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
        let own = own.or_insert_with(|| NodeProgress::opened(cx, &template, node.id));
        own.status = ProgressStatus::Completed;
        own.completed_at = Some(cx.now());
    });
    store(tx, before, &progress).await?;
    let kinds: Vec<_> = done.iter().filter_map(|it| tree.get(*it)).map(|it| it.kind).collect();
    let is_finished = roll_up(cx, tx, (&tree, &progress), &mut enrollment).await?;
    let mut stats = stats_of(cx, tx, learner, None).await?;
    stats.time_spent_seconds = stats.time_spent_seconds.saturating_add(seconds);
    kinds.into_iter().for_each(|it| stats.note_completed(it));
    stats.courses_completed = stats.courses_completed.saturating_add(u32::from(is_finished));
    stats.note_activity(cx.now(), stats.time_zone);
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

/// Rolls progress up into the enrolment and completes it when all is done.
async fn roll_up(
    cx: &Context,
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
    enrollment.last_accessed_at = Some(cx.now());
    let is_finished = share.is_complete() && enrollment.status == EnrollmentStatus::Active;
    if is_finished {
        enrollment.status = enrollment.status.apply(EnrollmentEvent::Complete)?;
        enrollment.completed_at = Some(cx.now());
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
async fn stats_of(
    cx: &Context,
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
            let settings = tx.get(TenantSettings::id_of(cx)).await?;
            settings.map_or(TimeZone::UTC, |it| it.time_zone)
        }
    };
    let stats = LearnerStats::new(cx, learner, zone);
    tx.insert(&stats).await?;
    Ok(stats)
}
