//! Opening nodes: checking access, and recording the visit.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    enroll_learner::{EnrollLearner, grant_enrollment},
    program_order::courses_before,
    rights::give_right,
    study::{StudyError, completed, may_learn, stats_of},
};
use crate::{
    content::{ContentNode, Course, CourseTree, PublicationStatus, load_tree},
    delivery::ClassMember,
    learning::{
        Access, AccessFacts, Denial, Enrollment, EnrollmentFact, EnrollmentRight, EnrollmentStatus,
        Entitlement, GrantSource, NodeProgress, NodeRules, Offer, ProgressEvent, Reason,
        ReleaseFacts, Unmet, Verdict, decide,
    },
};
use lms_kernel::{Id, TimeZone};
use lms_people::{
    authorization::{Permission, Subject, authorize_on, is_permitted_on},
    identity::Membership,
};
use lms_store::{
    Query, StoreError, Transaction,
    operation::{Effect, Part},
};

/// A node that a learner wants to open. By what right they may is found in what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccessRequest {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
    /// The node concerned.
    pub node_id: Id<ContentNode>,
}

impl AccessRequest {
    /// That the learner wants to open the node.
    pub const fn new(learner_id: Id<Membership>, node_id: Id<ContentNode>) -> Self {
        Self { learner_id, node_id }
    }
}

/// What sales know about a course: the rights that were bought and that no enrollment shows yet,
/// and what may be bought. The operations over it are in the commerce crate.
#[doc(hidden)]
pub trait CourseSales: Sync {
    /// The rights to a course that a learner has bought. `enrollment` is the one they have in it.
    fn rights(
        &self,
        tx: &mut Transaction,
        learner: Id<Membership>,
        place: (&Course, Option<&Enrollment>),
    ) -> impl Future<Output = Result<Vec<Entitlement>, StoreError>> + Send;

    /// What may be bought that includes a course, beside the course at the price that it carries.
    fn offers(
        &self,
        tx: &mut Transaction,
        course: &Course,
    ) -> impl Future<Output = Result<Vec<Offer>, StoreError>> + Send;
}

/// Checks whether a learner may open a node, by what right, or what to do about it.
///
/// # Errors
/// [`StudyError`].
#[derive(Clone, Copy, Debug)]
pub struct CheckAccessBy<'s, S> {
    /// The learner and the node.
    pub request: AccessRequest,
    /// The rights and offers that sales know.
    pub sales: &'s S,
}

impl<S: CourseSales> Part for CheckAccessBy<'_, S> {
    const NAME: &'static str = "learning.check_access_by";
    const EFFECT: Effect = Effect::Reads;
    type Answer = Access;
    type Error = StudyError;

    async fn run(self, tx: &mut Transaction) -> Result<Access, StudyError> {
        check_access(tx, self.request, self.sales).await
    }
}

pub(super) async fn check_access(
    tx: &mut Transaction,
    request: AccessRequest,
    sales: &impl CourseSales,
) -> Result<Access, StudyError> {
    Ok(examine(tx, request, sales).await?.access)
}

/// Opens a node for a learner who may, and notes it in their enrollment.
///
/// # Errors
/// [`StudyError`].
#[derive(Clone, Copy, Debug)]
pub struct OpenNodeBy<'s, S> {
    /// The learner and the node.
    pub request: AccessRequest,
    /// The time zone that decides which day counts for the streak; `None` uses the one the learner
    /// used last.
    pub time_zone: Option<TimeZone>,
    /// The rights and offers that sales know.
    pub sales: &'s S,
}

impl<S: CourseSales> Part for OpenNodeBy<'_, S> {
    const NAME: &'static str = "learning.open_node_by";
    const EFFECT: Effect = Effect::Writes;
    type Answer = (Access, Option<NodeProgress>);
    type Error = StudyError;

    async fn run(self, tx: &mut Transaction) -> Result<Self::Answer, StudyError> {
        open_node(tx, (self.request, self.time_zone), self.sales).await
    }
}

async fn open_node(
    tx: &mut Transaction,
    (request, time_zone): (AccessRequest, Option<TimeZone>),
    sales: &impl CourseSales,
) -> Result<(Access, Option<NodeProgress>), StudyError> {
    let Examined { access, course, enrollment, rights } = examine(tx, request, sales).await?;
    let enrollment = match (&access, enrollment) {
        (Access::Granted { reason: Reason::Entitlement { .. } }, known) => {
            match learn_by_right(tx, (request, &rights), (course.id, known)).await? {
                ByRight::Enrolled(enrollment) => *enrollment,
                ByRight::Unnoted => return Ok((access, None)),
                ByRight::Waits => {
                    return Ok((Access::Denied { because: Denial::Waitlisted }, None));
                }
            }
        }
        (Access::Granted { .. }, Some(it)) if may_learn(tx.cx(), &it) => it,
        _ => return Ok((access, None)),
    };
    let progress = note_opened(tx, enrollment, (request.node_id, time_zone)).await?;
    Ok((access, Some(progress)))
}

/// Notes in an enrollment that a node was opened, and the day for the streak.
async fn note_opened(
    tx: &mut Transaction,
    enrollment: Enrollment,
    (node, time_zone): (Id<ContentNode>, Option<TimeZone>),
) -> Result<NodeProgress, StudyError> {
    let mut enrollment = tx.lock(enrollment.id).await?;
    let known = tx.first(NodeProgress::of_node(enrollment.id, node)).await?;
    let progress = match known {
        Some(mut progress) => {
            progress.status = progress.status.apply(ProgressEvent::Open)?;
            progress.last_seen_at = progress.last_seen_at.max(tx.now());
            tx.update(&mut progress).await?;
            progress
        }
        None => {
            let progress = NodeProgress::opened(tx.cx(), &enrollment, node);
            tx.insert(&progress).await?;
            progress
        }
    };
    enrollment.position_node_id = Some(node);
    enrollment.position_seconds = None;
    enrollment.last_accessed_at = enrollment.last_accessed_at.max(Some(tx.now()));
    tx.update(&mut enrollment).await?;
    let mut stats = stats_of(tx, enrollment.learner_id, time_zone).await?;
    stats.note_activity(tx.now(), time_zone.unwrap_or(stats.time_zone));
    tx.update(&mut stats).await?;
    Ok(progress)
}

struct Examined {
    access: Access,
    course: Course,
    enrollment: Option<Enrollment>,
    rights: Vec<Entitlement>,
}

async fn examine(
    tx: &mut Transaction,
    request: AccessRequest,
    sales: &impl CourseSales,
) -> Result<Examined, StudyError> {
    let learner = request.learner_id;
    authorize_on(tx, Permission::LESSONS_STUDY, &Subject::of(learner)).await?;
    let node = tx.require(request.node_id).await?;
    let course = tx.require(node.course_id).await?;
    let tree = load_tree(tx, course.id).await?;
    let line: Vec<_> =
        [node.id].into_iter().chain(tree.ancestors(node.id).map(|it| it.id)).collect();
    let shared = course.shared(|_| true).at(&line);
    let is_author = is_permitted_on(tx, Permission::COURSES_VIEW_DRAFTS, &shared).await?;
    let enrollment = known_enrollment(tx, learner, course.id).await?;
    let mut release = release_of(tx, (&tree, &node), enrollment.as_ref(), learner).await?;
    let before = courses_before(tx, learner, (course.id, enrollment.as_ref()), sales).await?;
    let before = before.into_iter().map(|course_id| Unmet::CourseCompleted { course_id });
    release.unmet.extend(before);
    let enrolled = enrollment
        .as_ref()
        .map(|it| EnrollmentFact { status: it.status, expires_at: it.expires_at });
    let rights = match enrolled.is_some_and(|it| it.is_valid(tx.now())) {
        true => Vec::new(),
        false => {
            let mut rights = sales.rights(tx, learner, (&course, enrollment.as_ref())).await?;
            rights.extend(rights_left(tx, enrollment.as_ref()).await?);
            rights
        }
    };
    let facts = AccessFacts {
        now: tx.now(),
        is_member: true,
        is_author: is_author && !tx.actor().is_system(),
        is_visible: course.status == PublicationStatus::Published && tree.is_visible(node.id),
        pricing: &course.pricing,
        node_access: tree.access(node.id).unwrap_or_default(),
        enrollment: enrolled,
        entitlements: &rights,
        release: &release,
        products: &[],
    };
    let access = match decide(&facts) {
        Access::Offered { .. } | Access::Denied { because: Denial::NothingOffered } => {
            let products = sales.offers(tx, &course).await?;
            decide(&AccessFacts { products: &products, ..facts })
        }
        decided => decided,
    };
    Ok(Examined { access, course, enrollment, rights })
}

/// What the rules of a node and of all that it is under say.
async fn release_of(
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
        Enrollment::of_learner(learner).and(Enrollment::COMPLETED_AT.is_not_null());
    let mut facts = ReleaseFacts {
        enrolled_at: enrollment.map(|it| it.schedule_from.unwrap_or(it.enrolled_at)),
        completed: completed(&done).collect(),
        completed_courses: tx.all(completed_courses).await?.iter().map(|it| it.course_id).collect(),
        scores: done.iter().filter_map(|it| Some((it.node_id, it.best_score?))).collect(),
        classes: tx
            .all(ClassMember::active_of(learner))
            .await?
            .iter()
            .map(|it| it.class_id)
            .collect::<BTreeSet<_>>(),
        was_opened: done.iter().any(|it| it.node_id == node.id),
        ..ReleaseFacts::at(tx.now())
    };
    let mut unmet = Vec::new();
    for rules in rules {
        facts.before = tree.before(rules.node_id).map(|it| it.id);
        let left = rules.release.and_then(|rule| {
            let named = rule.nodes().into_iter();
            // What learners cannot see now, no one waits for.
            rule.without(&named.filter(|it| !tree.is_visible(*it)).collect())
        });
        let verdict = left.map(|it| it.evaluate(&facts));
        unmet.extend(verdict.into_iter().flat_map(|it| it.unmet));
    }
    Ok(Verdict { unmet })
}

/// The learner's live enrollment in a course, or else the latest.
pub(super) async fn known_enrollment(
    tx: &mut Transaction,
    learner: Id<Membership>,
    course: Id<Course>,
) -> Result<Option<Enrollment>, StoreError> {
    let mut known = tx.all(Enrollment::of(learner, course)).await?;
    let live = known.iter().position(|it| it.status.is_live());
    let at = live.unwrap_or(0);
    Ok(if known.is_empty() { None } else { Some(known.swap_remove(at)) })
}

/// The rights that outlived their enrollment: those of a learner who left the tenant and came back.
async fn rights_left(
    tx: &mut Transaction,
    enrollment: Option<&Enrollment>,
) -> Result<Vec<Entitlement>, StoreError> {
    let now = tx.now();
    let is_closed = |it: &&Enrollment| match it.status {
        EnrollmentStatus::Dropped => it.kept_out_at.is_none(),
        EnrollmentStatus::Completed => it.is_over(now),
        _ => false,
    };
    let Some(closed) = enrollment.filter(is_closed) else { return Ok(Vec::new()) };
    let rights = tx.all(EnrollmentRight::of(closed.id)).await?;
    Ok(rights
        .into_iter()
        .filter(|it| it.gives_access(now))
        .map(|it| Entitlement {
            source: it.source,
            source_id: it.source_id,
            starts_at: it.starts_at,
            ends_at: it.ends_at,
        })
        .collect())
}

/// Where what is learned by a right other than an enrollment is noted.
enum ByRight {
    /// In this enrollment.
    Enrolled(Box<Enrollment>),
    /// Nowhere: the enrollment is suspended.
    Unnoted,
    /// Nowhere yet: the learner waits for a seat.
    Waits,
}

/// Brings the learner's enrollment in line with a right that they have beside it.
async fn learn_by_right(
    tx: &mut Transaction,
    (request, rights): (AccessRequest, &[Entitlement]),
    (course, known): (Id<Course>, Option<Enrollment>),
) -> Result<ByRight, StudyError> {
    let right = rights.iter().find(|it| it.is_valid(tx.now()));
    let is_enrolled = match known.map(|it| it.status) {
        None
        | Some(EnrollmentStatus::Dropped | EnrollmentStatus::Expired | EnrollmentStatus::Retaken) => {
            false
        }
        Some(EnrollmentStatus::Suspended) => return Ok(ByRight::Unnoted),
        Some(EnrollmentStatus::Waitlisted) => return Ok(ByRight::Waits),
        Some(_) => true,
    };
    let source = right.map_or(GrantSource::Subscription, |it| it.source);
    let own = EnrollLearner::new(course, request.learner_id, source);
    let command = EnrollLearner {
        source_id: right.and_then(|it| it.source_id),
        expires_at: right.and_then(|it| it.ends_at),
        ..own
    };
    let enrollment = match is_enrolled {
        true => give_right(tx, command).await?,
        false => grant_enrollment(tx, command).await?,
    };
    let waits = enrollment.status == EnrollmentStatus::Waitlisted;
    Ok(if waits { ByRight::Waits } else { ByRight::Enrolled(Box::new(enrollment)) })
}
