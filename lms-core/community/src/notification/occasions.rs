//! The events that notify people, their recipients and their texts.
use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::{
    engagement::CommentPosted,
    notification::NotificationError,
    recognition::{BadgeAwarded, CertificateIssued},
};
use lms_assessment::{
    assignment::{SubmissionChanged, SubmissionStatus},
    attempt::ScoreReleased,
    placement::{LearnerPlaced, PlacementStatus},
    proctoring::ViolationRecorded,
};
use lms_commerce::{
    ProofDecided, ProofStatus, SubscriptionChanged, SubscriptionReminder, SubscriptionStatus,
};
use lms_kernel::{Id, TimeZone, Timestamp};
use lms_learning::{
    content::{ContentNode, Course},
    delivery::{
        ClassGroup, ClassMember, MemberPromoted, MemberStatus, Session, SessionMoved,
        SessionParticipant, SessionStatus, SessionStatusChanged,
    },
    learning::{AssignedKind, ContentAssigned, CourseCompleted},
};
use lms_people::{identity::Membership, tenancy::TenantSettings};
use lms_store::{
    outbox::{DomainEvent, Message},
    {StoreError, Transaction},
};

/// Something to tell some people.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Occasion {
    /// The name of the text.
    pub(super) text: &'static str,
    /// The recipient.
    pub(super) recipients: Vec<Id<Membership>>,
    /// What goes into the gaps of the text.
    pub(super) values: BTreeMap<String, String>,
}

/// The kinds of event that notify members.
pub const TOLD_EVENTS: [&str; 15] = [
    ContentAssigned::KIND,
    CourseCompleted::KIND,
    BadgeAwarded::KIND,
    CertificateIssued::KIND,
    ViolationRecorded::KIND,
    ScoreReleased::KIND,
    SubmissionChanged::KIND,
    LearnerPlaced::KIND,
    ProofDecided::KIND,
    SubscriptionReminder::KIND,
    SubscriptionChanged::KIND,
    MemberPromoted::KIND,
    SessionMoved::KIND,
    SessionStatusChanged::KIND,
    CommentPosted::KIND,
];

type Occasions = Result<Vec<Occasion>, NotificationError>;

impl Occasion {
    fn new<const N: usize>(
        text: &'static str,
        recipients: Vec<Id<Membership>>,
        values: [(&str, String); N],
    ) -> Self {
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { text, recipients, values }
    }

    /// What an event calls for; nothing for one that concerns no one, and for one about what is
    /// gone.
    pub(super) async fn of_event(tx: &mut Transaction, event: &Message) -> Occasions {
        match event.kind.as_str() {
            ContentAssigned::KIND => content_assigned(tx, read(event)?).await,
            CourseCompleted::KIND => course_completed(tx, read(event)?).await,
            BadgeAwarded::KIND => badge_awarded(tx, read(event)?).await,
            CertificateIssued::KIND => certificate_issued(tx, read(event)?).await,
            ViolationRecorded::KIND => violation_recorded(tx, read(event)?).await,
            ScoreReleased::KIND => score_released(tx, read(event)?).await,
            SubmissionChanged::KIND => submission_changed(tx, read(event)?).await,
            LearnerPlaced::KIND => learner_placed(tx, read(event)?).await,
            ProofDecided::KIND => proof_decided(tx, read(event)?).await,
            SubscriptionReminder::KIND => {
                let event: SubscriptionReminder = read(event)?;
                Ok(vec![Self::new("subscription-unpaid", vec![event.payer_id], [])])
            }
            SubscriptionChanged::KIND => subscription_changed(tx, read(event)?).await,
            MemberPromoted::KIND => member_promoted(tx, read(event)?).await,
            SessionMoved::KIND => session_moved(tx, read(event)?).await,
            SessionStatusChanged::KIND => session_changed(tx, read(event)?).await,
            CommentPosted::KIND => comment_posted(tx, read(event)?).await,
            _ => Ok(Vec::new()),
        }
    }
}

fn read<E: DomainEvent + DeserializeOwned>(event: &Message) -> Result<E, NotificationError> {
    let bad = || NotificationError::BadEvent { kind: event.kind.clone() };
    event.read().map_err(|_| bad())?.ok_or_else(bad)
}

/// The learners of a class with a seat.
async fn learners(
    tx: &mut Transaction,
    class: Id<ClassGroup>,
) -> Result<Vec<Id<Membership>>, StoreError> {
    let members = tx.all(ClassMember::of(class, MemberStatus::Active)).await?;
    Ok(members.into_iter().map(|it| it.student_id).collect())
}

/// A time as people of the tenant read it.
async fn shown(tx: &mut Transaction, at: Timestamp) -> Result<String, StoreError> {
    let settings = tx.scope().tenant().map(|it| Id::<TenantSettings>::from_uuid(it.uuid()));
    let zone = match settings {
        Some(id) => tx.get(id).await?.map(|it| it.time_zone),
        None => None,
    };
    let zone = zone.unwrap_or(TimeZone::UTC);
    Ok(format!("on {} ({zone})", zone.local(at).format("%Y-%m-%d at %H:%M")))
}

async fn content_assigned(tx: &mut Transaction, event: ContentAssigned) -> Occasions {
    let Some(assignment) = tx.get(event.assignment_id).await? else { return Ok(Vec::new()) };
    let Some(class) = tx.get(event.class_id).await? else { return Ok(Vec::new()) };
    let work = match assignment.target_kind {
        AssignedKind::Course => {
            let course = Id::<Course>::from_uuid(assignment.target_id);
            tx.get(course).await?.map(|it| it.title)
        }
        AssignedKind::ContentNode => {
            let node = Id::<ContentNode>::from_uuid(assignment.target_id);
            tx.get(node).await?.map(|it| it.title)
        }
    };
    let Some(work) = work else { return Ok(Vec::new()) };
    let due = match event.due_at {
        Some(at) => format!("due {}", shown(tx, at).await?),
        None => "whenever it suits you".to_owned(),
    };
    let to = learners(tx, class.id).await?;
    let values = [("class", class.name.to_string()), ("work", work.to_string()), ("due", due)];
    Ok(vec![Occasion::new("content-assigned", to, values)])
}

async fn course_completed(tx: &mut Transaction, event: CourseCompleted) -> Occasions {
    let Some(course) = tx.get(event.course_id).await? else { return Ok(Vec::new()) };
    let values = [("course", course.title.to_string())];
    Ok(vec![Occasion::new("course-completed", vec![event.learner_id], values)])
}

async fn badge_awarded(tx: &mut Transaction, event: BadgeAwarded) -> Occasions {
    let Some(badge) = tx.get(event.badge_id).await? else { return Ok(Vec::new()) };
    let values = [("badge", badge.name.to_string())];
    Ok(vec![Occasion::new("badge-awarded", vec![event.learner_id], values)])
}

async fn certificate_issued(tx: &mut Transaction, event: CertificateIssued) -> Occasions {
    let Some(certificate) = tx.get(event.certificate_id).await? else { return Ok(Vec::new()) };
    let Some(course) = tx.get(event.course_id).await? else { return Ok(Vec::new()) };
    let number = certificate.number.to_string();
    let values = [("course", course.title.to_string()), ("number", number)];
    Ok(vec![Occasion::new("certificate-issued", vec![event.learner_id], values)])
}

/// Notifies the learner, and the people who lead the course so that they look at it.
async fn violation_recorded(tx: &mut Transaction, event: ViolationRecorded) -> Occasions {
    let Some(attempt) = tx.get(event.attempt_id).await? else { return Ok(Vec::new()) };
    let Some(test) = tx.get(attempt.assessment_id).await? else { return Ok(Vec::new()) };
    let Some(learner) = tx.get(event.learner_id).await? else { return Ok(Vec::new()) };
    let course = match test.course_id {
        Some(course) => tx.get(course).await?,
        None => None,
    };
    let violation = event.kind.as_str().replace('_', " ");
    let values = [("test", test.title.to_string()), ("violation", violation.clone())];
    let mut occasions = vec![Occasion::new("violation-recorded", vec![learner.id], values)];
    if let Some(course) = course {
        let name = learner.full_name.to_string();
        let values =
            [("test", test.title.to_string()), ("learner", name), ("violation", violation)];
        occasions.push(Occasion::new("violation-to-review", vec![course.owner_id], values));
    }
    Ok(occasions)
}

async fn score_released(tx: &mut Transaction, event: ScoreReleased) -> Occasions {
    let Some(test) = tx.get(event.assessment_id).await? else { return Ok(Vec::new()) };
    let values = [("test", test.title.to_string())];
    Ok(vec![Occasion::new("score-released", vec![event.learner_id], values)])
}

async fn submission_changed(tx: &mut Transaction, event: SubmissionChanged) -> Occasions {
    if event.status != SubmissionStatus::Returned {
        return Ok(Vec::new());
    }
    let Some(work) = tx.get(event.assignment_id).await? else { return Ok(Vec::new()) };
    let values = [("work", work.title.to_string())];
    Ok(vec![Occasion::new("work-returned", vec![event.learner_id], values)])
}

async fn learner_placed(tx: &mut Transaction, event: LearnerPlaced) -> Occasions {
    let class = match event.class_id {
        Some(class) => tx.get(class).await?,
        None => None,
    };
    let to = vec![event.learner_id];
    Ok(match (event.status, class) {
        (PlacementStatus::Placed, Some(class)) => {
            vec![Occasion::new("learner-placed", to, [("class", class.name.to_string())])]
        }
        (PlacementStatus::Waitlisted, Some(class)) => {
            vec![Occasion::new("learner-waitlisted", to, [("class", class.name.to_string())])]
        }
        (PlacementStatus::NotPlaced, _) => vec![Occasion::new("learner-not-placed", to, [])],
        _ => Vec::new(),
    })
}

async fn proof_decided(tx: &mut Transaction, event: ProofDecided) -> Occasions {
    let text = match event.status {
        ProofStatus::Approved => "proof-approved",
        ProofStatus::Rejected | ProofStatus::Revoked => "proof-rejected",
        _ => return Ok(Vec::new()),
    };
    let Some(payment) = tx.get(event.payment_id).await? else { return Ok(Vec::new()) };
    let Some(order) = tx.get(payment.order_id).await? else { return Ok(Vec::new()) };
    let values = [("order", order.number.to_string())];
    Ok(vec![Occasion::new(text, vec![payment.payer_id], values)])
}

/// Notifies of the end when it is cancelled for the end of its period, or is over.
async fn subscription_changed(tx: &mut Transaction, event: SubscriptionChanged) -> Occasions {
    let ended = matches!(event.to, SubscriptionStatus::Cancelled | SubscriptionStatus::Expired);
    let end = match event.current_period_end {
        _ if ended => "now".to_owned(),
        Some(end) if event.cancel_at_period_end => shown(tx, end).await?,
        _ => return Ok(Vec::new()),
    };
    let to = vec![event.subscriber_id];
    Ok(vec![Occasion::new("subscription-ending", to, [("end", end)])])
}

async fn member_promoted(tx: &mut Transaction, event: MemberPromoted) -> Occasions {
    let Some(class) = tx.get(event.class_id).await? else { return Ok(Vec::new()) };
    let values = [("class", class.name.to_string())];
    Ok(vec![Occasion::new("seat-given", vec![event.student_id], values)])
}

/// The people expected at a session: those named, and the learners of its class.
async fn attendees(
    tx: &mut Transaction,
    session: &Session,
) -> Result<Vec<Id<Membership>>, StoreError> {
    let named = tx.all(SessionParticipant::of(session.id)).await?;
    let mut people: Vec<_> = named.into_iter().map(|it| it.participant_id).collect();
    if let Some(class) = session.class_id {
        people.extend(learners(tx, class).await?);
    }
    Ok(people)
}

async fn session_moved(tx: &mut Transaction, event: SessionMoved) -> Occasions {
    let Some(session) = tx.get(event.session_id).await? else { return Ok(Vec::new()) };
    if event.from == event.to {
        return Ok(Vec::new());
    }
    let start = shown(tx, event.to).await?;
    let to = attendees(tx, &session).await?;
    let values = [("session", session.title.to_string()), ("start", start)];
    Ok(vec![Occasion::new("session-moved", to, values)])
}

async fn session_changed(tx: &mut Transaction, event: SessionStatusChanged) -> Occasions {
    if event.to != SessionStatus::Cancelled {
        return Ok(Vec::new());
    }
    let Some(session) = tx.get(event.session_id).await? else { return Ok(Vec::new()) };
    let start = shown(tx, session.starts_at).await?;
    let to = attendees(tx, &session).await?;
    let values = [("session", session.title.to_string()), ("start", start)];
    Ok(vec![Occasion::new("session-cancelled", to, values)])
}

/// Notifies the author of the comment that was answered, unless they answered themselves.
async fn comment_posted(tx: &mut Transaction, event: CommentPosted) -> Occasions {
    let Some(answered) = event.answers else { return Ok(Vec::new()) };
    let Some(answered) = tx.get(answered).await? else { return Ok(Vec::new()) };
    let Some(author) = tx.get(event.author_id).await? else { return Ok(Vec::new()) };
    if answered.author_id == author.id {
        return Ok(Vec::new());
    }
    let values = [("author", author.full_name.to_string())];
    Ok(vec![Occasion::new("comment-answered", vec![answered.author_id], values)])
}
