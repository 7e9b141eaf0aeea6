//! The recent activity and progress of a student, for their teachers.
use async_trait::async_trait;
use lms_store::operation::{Access, Effect, Operation, operation};
use serde::{Deserialize, Serialize};

use crate::GovernanceError;
use lms_community::recognition::{BadgeAward, Certificate, TotalPoints};
use lms_kernel::{Id, Percent, Timestamp, Title};
use lms_learning::{
    content::{ContentNode, Course},
    delivery::{AttendanceStatus, Session, SessionParticipant, SessionStatus},
    learning::{Enrollment, EnrollmentStatus, Learner, LearnerStats, NodeProgress, ProgressStatus},
};
use lms_people::{
    authorization::{Permission, authorize_on},
    identity::Membership,
};
use lms_store::{Direction, PageSize, Query, Report, StoreError, Transaction};

/// How many lessons and sessions a history names: five, as source schema 002 keeps in
/// `students.history`.
pub const HISTORY_LENGTH: u32 = 5;

/// The recent activity and progress of a learner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StudentHistory {
    /// The student.
    pub learner_id: Id<Membership>,
}

/// A lesson or activity that a student completed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompletedLesson {
    /// The lesson or activity.
    pub node_id: Id<ContentNode>,
    /// What it is called.
    pub title: Title,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
    /// How long the student spent on it.
    pub time_spent_seconds: i64,
    /// The best score in it, where it is scored.
    pub best_score: Option<Percent>,
}

/// A session that a student was to be at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PastSession {
    /// The session.
    pub session_id: Id<Session>,
    /// What it is called.
    pub title: Title,
    /// When it started.
    pub starts_at: Timestamp,
    /// Whether the student was there; nothing before that was said or worked out.
    pub attendance: Option<AttendanceStatus>,
}

/// How far a student is in a course.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CourseStanding {
    /// The course.
    pub course_id: Id<Course>,
    /// The learner's status with it.
    pub status: EnrollmentStatus,
    /// How much of it is done.
    pub progress: Percent,
}

/// The history of a student.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HistoryOfStudent {
    /// The student.
    pub learner_id: Id<Membership>,
    /// The last lessons and activities they completed, the latest first.
    pub lessons: Vec<CompletedLesson>,
    /// The last sessions they were to be at, the latest first.
    pub sessions: Vec<PastSession>,
    /// Their courses, in the order in which they enrolled.
    pub courses: Vec<CourseStanding>,
    /// How long they have learned in all.
    pub time_spent_seconds: i64,
    /// On how many days in a row they learned, up to the last day of activity.
    pub current_streak_days: u32,
    /// How many points they have.
    pub points: i64,
    /// How many badges they have.
    pub badges: u64,
    /// How many certificates they were issued.
    pub certificates: u64,
}

#[async_trait]
impl Report for StudentHistory {
    const NAME: &'static str = "governance.student_history";
    type Output = HistoryOfStudent;

    async fn compute(&self, tx: &mut Transaction) -> Result<Self::Output, StoreError> {
        let learner = self.learner_id;
        let (lessons, sessions) = (lessons(tx, learner).await?, sessions(tx, learner).await?);
        let enrollments = tx.all(Enrollment::of_learner(learner)).await?;
        let courses = enrollments
            .iter()
            .map(|it| CourseStanding {
                course_id: it.course_id,
                status: it.status,
                progress: it.progress,
            })
            .collect();
        let stats = tx.first(LearnerStats::of(learner)).await?;
        let issued = Query::filter(Certificate::LEARNER_ID.eq(learner));
        Ok(HistoryOfStudent {
            learner_id: learner,
            lessons,
            sessions,
            courses,
            time_spent_seconds: stats.as_ref().map_or(0, |it| it.time_spent_seconds),
            current_streak_days: stats.as_ref().map_or(0, |it| it.current_streak_days),
            points: tx.part(TotalPoints { learner_id: learner }).await?,
            badges: tx.count(BadgeAward::of_learner(learner)).await?,
            certificates: tx.count(issued).await?,
        })
    }
}

/// The last lessons and activities that a student completed.
async fn lessons(
    tx: &mut Transaction,
    learner: Id<Membership>,
) -> Result<Vec<CompletedLesson>, StoreError> {
    let done = NodeProgress::LEARNER_ID
        .eq(learner)
        .and(NodeProgress::STATUS.eq(ProgressStatus::Completed));
    let latest = Query::filter(done)
        .order_by(NodeProgress::LAST_SEEN_AT, Direction::Desc)
        .limit(PageSize::new(HISTORY_LENGTH));
    let done = tx.page(latest).await?.items;
    let ids: Vec<_> = done.iter().map(|it| it.node_id).collect();
    let nodes = tx.get_many(&ids).await?;
    let lesson = |it: &NodeProgress| {
        let node = nodes.iter().find(|node| node.id == it.node_id)?;
        Some(CompletedLesson {
            node_id: it.node_id,
            title: node.title.clone(),
            completed_at: it.completed_at,
            time_spent_seconds: it.time_spent_seconds,
            best_score: it.best_score,
        })
    };
    Ok(done.iter().filter_map(lesson).collect())
}

/// The last sessions that a student was to be at and that took place.
async fn sessions(
    tx: &mut Transaction,
    learner: Id<Membership>,
) -> Result<Vec<PastSession>, StoreError> {
    let theirs = || SessionParticipant::PARTICIPANT_ID.eq(learner);
    let past = Session::ID
        .in_records(SessionParticipant::SESSION_ID, theirs())
        .and(Session::STATUS.eq(SessionStatus::Ended));
    let latest = Query::filter(past)
        .order_by(Session::STARTS_AT, Direction::Desc)
        .limit(PageSize::new(HISTORY_LENGTH));
    let sessions = tx.page(latest).await?.items;
    let ids = sessions.iter().map(|it| it.id);
    let there = Query::filter(theirs().and(SessionParticipant::SESSION_ID.is_in(ids)));
    let there = tx.page(there).await?.items;
    let session = |it: Session| PastSession {
        session_id: it.id,
        attendance: there.iter().find(|of| of.session_id == it.id).and_then(|it| it.attendance),
        title: it.title,
        starts_at: it.starts_at,
    };
    Ok(sessions.into_iter().map(session).collect())
}

/// Shows a learner's history: to the learner, their guardians, tutor and teachers, and staff who
/// may see their progress.
///
/// # Errors
/// [`GovernanceError`].
#[operation("governance.view_student_history")]
pub struct ViewStudentHistory {
    /// The learner's membership.
    pub learner_id: Id<Membership>,
}

impl Operation for ViewStudentHistory {
    const ACCESS: Access = Access::Asks(&[Permission::PROGRESS_VIEW]);
    const EFFECT: Effect = Effect::Reads;
    type Answer = HistoryOfStudent;
    type Error = GovernanceError;

    async fn run(self, tx: &mut Transaction) -> Result<HistoryOfStudent, GovernanceError> {
        let Self { learner_id: learner } = self;
        authorize_on(tx, Permission::PROGRESS_VIEW, &Learner(learner)).await?;
        let learner_id = tx.require(learner).await?.id;
        Ok(tx.report(StudentHistory { learner_id }).await?)
    }
}
